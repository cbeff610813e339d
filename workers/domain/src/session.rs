//! What a session is: how long it lives, and the short signed token that lets any worker know it without asking.
//!
//! The token (a JWT, HS256) is believed for five minutes. After that its signature still tells whose session it was, and
//! whoever holds the session's record decides whether it goes on. Owns claims, lifetimes and signing; refuses to know
//! where records are kept.

use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, Mac};
use jwt_compact::{
    AlgorithmExt, Claims, Header, TimeOptions, UntrustedToken,
    alg::{Hs256, Hs256Key},
};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// How long a session lives after it was last extended. Sliding.
pub const LIFETIME_MS: i64 = 7 * DAY_MS;
/// A session is extended when its last extension is older than this.
pub const UPDATE_AGE_MS: i64 = DAY_MS;
/// How long after its beginning a session may do what asks for a fresh one. Never extended.
pub const FRESH_MS: i64 = DAY_MS;
/// How exactly it is noted when a session was last seen.
pub const SEEN_EVERY_MS: i64 = 60 * MINUTE_MS;
/// How long a token is believed without asking; also how long a reader may still see a session that was signed out.
pub const TOKEN_LIFETIME_MS: i64 = 5 * MINUTE_MS;

/// The key that signs tokens and keys the hashes of codes. Has no `Debug`, and never leaves the process.
#[derive(Clone)]
pub struct Key(Vec<u8>);

impl Key {
    /// `None` when there are fewer than 32 bytes: HMAC-SHA256 wants a key as long as its output.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() >= 32).then_some(Self(bytes))
    }

    /// HMAC-SHA256 over parts that no other choice of parts can spell. What tokens are signed over begins with `eyJ`, so
    /// one key serves both.
    pub(crate) fn mac(&self, parts: &[&str]) -> Vec<u8> {
        // Any length of key is accepted, so this cannot fail; an empty code equals no other.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return Vec::new() };
        for part in parts {
            mac.update(part.as_bytes());
            mac.update(&[0]);
        }
        mac.finalize().into_bytes().to_vec()
    }
}

/// Whose session a token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The session's id.
    pub session_id: String,
    /// The account's id.
    pub user_id: String,
}

/// What is signed: of a session, or of what [`crate::notch`] lets its frame have. One form for both, because a second one
/// costs every worker kilobytes; which of the two it is, is never in doubt, as each reader wants the other's part empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Signed {
    #[serde(rename = "sid", default, skip_serializing_if = "String::is_empty")]
    pub session_id: String,
    #[serde(rename = "gid", default, skip_serializing_if = "String::is_empty")]
    pub grant_id: String,
    #[serde(rename = "org", default, skip_serializing_if = "String::is_empty")]
    pub origin: String,
    #[serde(rename = "uid")]
    pub user_id: String,
}

/// What a token turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token<T = Identity> {
    /// Signed by us and young enough to be believed.
    Fresh(T),
    /// Signed by us, but too old: ask for the record of what it names.
    Stale(T),
    /// Not ours, or damaged.
    Forged,
}

impl<T> Token<T> {
    /// The same of something else; forged where it is none of that.
    pub(crate) fn and_then<U>(self, read: impl FnOnce(T) -> Option<U>) -> Token<U> {
        match self {
            Self::Fresh(named) => read(named).map_or(Token::Forged, Token::Fresh),
            Self::Stale(named) => read(named).map_or(Token::Forged, Token::Stale),
            Self::Forged => Token::Forged,
        }
    }
}

/// Signs a token for a session. `None` only when the clock is beyond what a date can say.
pub fn sign(key: &Key, identity: &Identity, now_ms: i64) -> Option<String> {
    let Identity { session_id, user_id } = identity.clone();
    sign_any(key, Signed { session_id, user_id, ..Signed::default() }, now_ms)
}

pub(crate) fn sign_any(key: &Key, named: Signed, now_ms: i64) -> Option<String> {
    let now = DateTime::<Utc>::from_timestamp_millis(now_ms)?;
    let options = TimeOptions::new(Duration::zero(), move || now);
    let claims = Claims::new(named).set_duration_and_issuance(&options, Duration::milliseconds(TOKEN_LIFETIME_MS));
    Hs256.token(&Header::empty(), &claims, &Hs256Key::new(&key.0)).ok()
}

/// Reads a token.
pub fn read(key: &Key, token: &str, now_ms: i64) -> Token {
    read_with(std::slice::from_ref(key), token, now_ms)
}

/// Reads a token that one of several keys may have signed. What the first has not signed is never believed for its age: its
/// session is looked up, and goes on with a token by the first, so that the others are needed less and less.
pub fn read_with(keys: &[Key], token: &str, now_ms: i64) -> Token {
    read_any(keys, token, now_ms).and_then(|named| {
        let Signed { session_id, grant_id, origin, user_id } = named;
        let is_session = !session_id.is_empty() && grant_id.is_empty() && origin.is_empty();
        is_session.then_some(Identity { session_id, user_id })
    })
}

pub(crate) fn read_any(keys: &[Key], token: &str, now_ms: i64) -> Token<Signed> {
    for (at, key) in keys.iter().enumerate() {
        match read_one(key, token, now_ms) {
            Token::Forged => {}
            Token::Fresh(named) if at > 0 => return Token::Stale(named),
            found => return found,
        }
    }
    Token::Forged
}

fn read_one(key: &Key, token: &str, now_ms: i64) -> Token<Signed> {
    let Ok(untrusted) = UntrustedToken::new(token) else { return Token::Forged };
    let key = Hs256Key::new(&key.0);
    let Ok(signed) = Hs256.validator::<Signed>(&key).validate(&untrusted) else { return Token::Forged };
    let claims = signed.claims();
    let named = claims.custom.clone();
    // A token without an end was not made here, whatever its signature says.
    let Some(expires) = claims.expiration else { return Token::Forged };
    if expires.timestamp_millis() > now_ms { Token::Fresh(named) } else { Token::Stale(named) }
}

/// Whether a session began recently enough for what must not be done from a forgotten device.
pub fn is_fresh(created_at_ms: i64, now_ms: i64) -> bool {
    now_ms - created_at_ms < FRESH_MS
}

/// Whether it is time to note again that a session is in use.
pub fn is_seen_due(seen_at_ms: i64, now_ms: i64) -> bool {
    now_ms - seen_at_ms >= SEEN_EVERY_MS
}

/// The new end of a session, when it is old enough to be extended.
pub fn extended(expires_at_ms: i64, now_ms: i64) -> Option<i64> {
    (expires_at_ms - LIFETIME_MS + UPDATE_AGE_MS <= now_ms).then_some(now_ms + LIFETIME_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_795_242_452_000;

    fn key(fill: u8) -> Key {
        Key::new(vec![fill; 32]).unwrap()
    }

    fn ann() -> Identity {
        Identity { session_id: "s".repeat(24), user_id: "u".repeat(24) }
    }

    #[test]
    fn a_token_by_an_older_key_is_renewed_before_it_is_believed() {
        let (old, new, other) = (key(1), key(2), key(3));
        let token = sign(&old, &ann(), NOW).unwrap();
        assert_eq!(read_with(std::slice::from_ref(&old), &token, NOW), Token::Fresh(ann()));
        assert_eq!(read_with(&[new.clone(), old.clone()], &token, NOW), Token::Stale(ann()));
        assert_eq!(read_with(&[new, other], &token, NOW), Token::Forged);
        assert_eq!(read_with(&[], &token, NOW), Token::Forged);
    }

    #[test]
    fn a_token_is_believed_for_five_minutes_and_then_names_its_session() {
        let token = sign(&key(1), &ann(), NOW).unwrap();
        assert_eq!(read(&key(1), &token, NOW), Token::Fresh(ann()));
        assert_eq!(read(&key(1), &token, NOW + TOKEN_LIFETIME_MS - 1), Token::Fresh(ann()));
        assert_eq!(read(&key(1), &token, NOW + TOKEN_LIFETIME_MS), Token::Stale(ann()));
    }

    #[test]
    fn another_key_means_forged() {
        let token = sign(&key(1), &ann(), NOW).unwrap();
        assert_eq!(read(&key(2), &token, NOW), Token::Forged);
    }

    #[test]
    fn an_unsigned_token_is_forged() {
        // {"alg":"none"} with our claims and no signature.
        let token = sign(&key(1), &ann(), NOW).unwrap();
        let claims = token.split('.').nth(1).unwrap();
        assert_eq!(read(&key(1), &format!("eyJhbGciOiJub25lIn0.{claims}."), NOW), Token::Forged);
        assert_eq!(read(&key(1), &format!("eyJhbGciOiJub25lIn0.{claims}"), NOW), Token::Forged);
    }

    #[test]
    fn a_token_without_an_end_is_forged() {
        let named = Signed { session_id: "s".repeat(24), user_id: "u".repeat(24), ..Signed::default() };
        let endless = Hs256.token(&Header::empty(), &Claims::new(named), &Hs256Key::new([1; 32])).unwrap();
        assert_eq!(read(&key(1), &endless, NOW), Token::Forged);
    }

    #[test]
    fn short_keys_are_refused() {
        assert!(Key::new(vec![0; 31]).is_none());
    }

    #[test]
    fn a_session_is_extended_once_a_day() {
        let expires = NOW + LIFETIME_MS;
        assert_eq!(extended(expires, NOW + UPDATE_AGE_MS - 1), None);
        assert_eq!(extended(expires, NOW + UPDATE_AGE_MS), Some(NOW + UPDATE_AGE_MS + LIFETIME_MS));
    }

    #[test]
    fn a_session_is_fresh_for_a_day_and_noted_once_an_hour() {
        assert!(is_fresh(NOW, NOW + FRESH_MS - 1) && !is_fresh(NOW, NOW + FRESH_MS));
        assert!(!is_seen_due(NOW, NOW + SEEN_EVERY_MS - 1) && is_seen_due(NOW, NOW + SEEN_EVERY_MS));
        assert!(is_seen_due(0, NOW), "a session from before this was noted");
    }

    proptest! {
        #[test]
        fn changing_any_character_forges_the_token(at in 0usize..200, with in "[A-Za-z0-9_-]") {
            let token = sign(&key(1), &ann(), NOW).unwrap();
            let at = at % token.len();
            let mut changed = token.clone();
            changed.replace_range(at..=at, &with);
            // The last character of a base64url group may carry unused bits, which the decoder refuses to ignore.
            prop_assume!(changed != token);
            prop_assert_eq!(read(&key(1), &changed, NOW), Token::Forged);
        }

        #[test]
        fn reading_anything_does_not_panic(text in ".*") {
            prop_assert_eq!(read(&key(1), &text, NOW), Token::Forged);
        }
    }
}
