//! The frame that stands on other people's pages: how it is known who is in it.
//!
//! A visitor agrees, in a window of ours, to be known on one origin. The frame gets a code for that, and for the code a
//! grant: a row, and a signed token that names the row, the account and the origin. The token is kept in a cookie, which the
//! page around the frame cannot read but can have sent; so every request of the frame says on which origin it stands, in
//! a header that no other origin can send, and that must be the token's.
//!
//! Some browsers do not keep that cookie. There, and only there, the frame keeps a bearer itself: random, for that origin, a
//! day at most, another one each hour. Scripts can read it, which is why it is no more than a fallback; it is taken in the
//! same requests as the cookie, and in none beside it.
//!
//! Owns claims, lifetimes, codes and what a request of the frame must look like; refuses to know where rows are kept.

use crate::{
    cookie,
    session::{self, Key, Signed, Token},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

const SECOND_MS: i64 = 1000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// The header in which the frame says on which origin it stands.
pub const HEADER: &str = "x-notch";
/// How long a grant lives after it was last extended. Sliding.
pub const LIFETIME_MS: i64 = 30 * DAY_MS;
/// A grant is extended when its last extension is older than this.
const UPDATE_AGE_MS: i64 = DAY_MS;
/// How long a code waits for the frame, to which the window hands it at once.
pub const CODE_MS: i64 = 60 * SECOND_MS;
/// How long a code waits that a person reads in one window and types into another.
pub const TYPED_MS: i64 = 5 * MINUTE_MS;
/// How often such a code may be tried.
pub const TYPED_TRIES: i64 = 5;
/// How long the proof waits that an act was begun inside the frame.
pub const NONCE_MS: i64 = 30 * SECOND_MS;
/// How long the frame, having its grant, may still say that the browser has not kept the cookie.
pub const RETRY_MS: i64 = 60 * SECOND_MS;
/// How long a bearer is good for.
pub const BEARER_MS: i64 = DAY_MS;
/// A bearer that is used when it is older than this gives way to another one.
const ROTATE_MS: i64 = 60 * MINUTE_MS;
/// How long the one before is still taken, for requests that were under way.
pub const FORMER_MS: i64 = 60 * SECOND_MS;
/// The header of an answer that brings the frame its next bearer.
pub const BEARER_HEADER: &str = "x-notch-bearer";
/// The protocol that the frame's socket speaks when it brings a bearer, which is offered beside it: a socket's address would
/// be written into logs, and other headers it cannot have.
pub const PROTOCOL: &str = "vetka-notch";
/// The scheme of `Authorization` for bearers.
const SCHEME: &str = "notch";
/// What a bearer begins with.
pub const BEARER: &str = "vb_";

/// How many grants one account keeps. The oldest make room.
pub const MOST_GRANTS: i64 = 100;
/// How many cookies of grants one browser keeps in one place. Sites under one domain share a place, and all of them are sent.
pub const MOST_COOKIES: usize = 20;

/// Longest origin: a host name, a scheme and a port.
const MAX_ORIGIN: usize = 300;
/// Characters of a code that is typed. None looks like another.
const TYPED_ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// How many of them a code has: 40 bits, of which five tries guess nothing.
const TYPED_LENGTH: usize = 8;

/// What a token says: on which origin whose frame is known, and by which grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The grant's id.
    pub grant_id: String,
    /// The account's id.
    pub user_id: String,
    /// Where the frame stands, as browsers write origins.
    pub origin: String,
}

/// Signs a token for a grant. `None` only when the clock is beyond what a date can say.
pub fn sign(key: &Key, granted: &Granted, now_ms: i64) -> Option<String> {
    let Granted { grant_id, user_id, origin } = granted.clone();
    session::sign_any(key, Signed { grant_id, user_id, origin, session_id: String::new() }, now_ms)
}

/// Reads a token that one of several keys may have signed, as [`session::read_with`] does. A session's token is none.
pub fn read_with(keys: &[Key], token: &str, now_ms: i64) -> Token<Granted> {
    session::read_any(keys, token, now_ms).and_then(|named| {
        let Signed { session_id, grant_id, origin, user_id } = named;
        let is_grant = session_id.is_empty() && !grant_id.is_empty() && !origin.is_empty();
        is_grant.then_some(Granted { grant_id, user_id, origin })
    })
}

/// Under which name the token for an origin is kept. Browsers keep cookies apart by site, not by origin, so without this
/// agreeing on one of two neighbours would sign out of the other.
pub fn cookie_name(origin: &str) -> String {
    let digest = Sha256::digest(origin);
    digest.iter().take(6).fold(format!("{}-", cookie::NOTCH), |name, byte| name + &format!("{byte:02x}"))
}

/// The names of the oldest cookies in a `Cookie` header, of which there are too many once `adding` has come.
pub fn surplus<'a>(header: &'a str, adding: &str) -> Vec<&'a str> {
    let prefix = format!("{}-", cookie::NOTCH);
    let there: Vec<&str> = cookie::names(header, &prefix).filter(|name| *name != adding).collect();
    let too_many = (there.len() + 1).saturating_sub(MOST_COOKIES);
    there.into_iter().take(too_many).collect()
}

/// The new end of a grant, when it is old enough to be extended.
pub fn extended(expires_at_ms: i64, now_ms: i64) -> Option<i64> {
    (expires_at_ms - LIFETIME_MS + UPDATE_AGE_MS <= now_ms).then_some(now_ms + LIFETIME_MS)
}

/// Why a request that says it comes from the frame is not taken for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Another page sent it, or no browser that says so.
    Elsewhere,
    /// What it names is no origin.
    NoOrigin,
    /// It is to change something and is no JSON.
    NotJson,
}

/// What a request says that comes from the frame, or pretends to.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// `Sec-Fetch-Site`.
    pub fetch_site: Option<&'a str>,
    /// `X-Notch`.
    pub origin: &'a str,
    /// Whether it may change something.
    pub changes: bool,
    /// The content type's essence.
    pub content_type: &'a str,
}

/// Whether a request has the form that only our own frame can give it. A neighbour (`same-site`) is a stranger.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check(sent: &Sent<'_>) -> Result<(), Refusal> {
    if sent.fetch_site != Some("same-origin") {
        return Err(Refusal::Elsewhere);
    }
    if !is_origin(sent.origin) {
        return Err(Refusal::NoOrigin);
    }
    if sent.changes && sent.content_type != "application/json" {
        return Err(Refusal::NotJson);
    }
    Ok(())
}

/// Whether a text is an origin of the web as browsers write it: `https://maya.dev`, `http://maya.localhost:8787`.
pub fn is_origin(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
    let usual = if scheme == "https" { "443" } else { "80" };
    let is_port = |port: &str| {
        port != usual
            && !port.starts_with('0')
            && port.parse::<u16>().is_ok()
            && port.bytes().all(|b| b.is_ascii_digit())
    };
    matches!(scheme, "https" | "http")
        && text.len() <= MAX_ORIGIN
        && !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.')
        && port.is_none_or(is_port)
}

/// What the frame keeps back until it redeems the code: 43 to 128 of RFC 7636's characters.
pub fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

/// Whether a text can be the challenge of a verifier.
pub fn is_challenge(text: &str) -> bool {
    // Exactly one spelling decodes: what is left over of the last character must be zero.
    text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok_and(|digest| digest.len() == 32)
}

/// What a verifier was announced by (RFC 7636, `S256`).
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// A code to be typed, of random bytes.
pub fn typed_code(random: [u8; TYPED_LENGTH]) -> String {
    // 32 characters divide 256 evenly, so taking five bits of each byte favours none.
    random.iter().filter_map(|byte| TYPED_ALPHABET.get(usize::from(byte & 31))).map(|&c| c as char).collect()
}

/// A code as it was typed: small letters, spaces and hyphens are fine.
pub fn read_typed(typed: &str) -> Option<String> {
    let plain = typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2013}'));
    let code: String = plain.map(|c| c.to_ascii_uppercase()).collect();
    (code.len() == TYPED_LENGTH && code.bytes().all(|b| TYPED_ALPHABET.contains(&b))).then_some(code)
}

/// Under what a code waits that the window hands over: it has 256 random bits, so a plain hash hides it.
pub fn code_hash(code: &str) -> String {
    hash(&["notch code", code])
}

/// Under what a code waits that is typed. It opens nothing without the verifier, so its few bits need no key.
pub fn typed_hash(challenge: &str, code: &str) -> String {
    hash(&["notch typed code", challenge, code])
}

/// The bearer that an `Authorization` header brings.
pub fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, bearer) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case(SCHEME).then(|| bearer.trim())
}

/// The bearer that a socket brings among the protocols that it offers.
pub fn offered(protocols: &str) -> Option<&str> {
    let mut offered = protocols.split(',').map(str::trim);
    if offered.next() != Some(PROTOCOL) {
        return None;
    }
    offered.find(|protocol| protocol.starts_with(BEARER))
}

/// Whether a bearer gives way to another one when it is used.
pub fn is_rotated(made_at_ms: i64, now_ms: i64) -> bool {
    now_ms - made_at_ms >= ROTATE_MS
}

/// Under what a bearer is kept: it has 256 random bits, so a plain hash hides it.
pub fn bearer_hash(bearer: &str) -> String {
    hash(&["notch bearer", bearer])
}

/// Under what the word waits by which the frame says that its cookie was not kept.
pub fn retry_hash(retry: &str) -> String {
    hash(&["notch retry", retry])
}

/// Under what a nonce waits.
pub fn nonce_hash(grant_id: &str, nonce: &str) -> String {
    hash(&["notch nonce", grant_id, nonce])
}

fn hash(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
        digest.update([0]);
    }
    digest.finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests;
