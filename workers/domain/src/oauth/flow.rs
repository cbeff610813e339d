//! One way through a provider: the state that comes back, the verifier and the nonce that belong to it, and the address
//! that the browser is sent to.
//!
//! Verifier and nonce are derived from the state with a key that never leaves the process, so nothing that could finish
//! somebody's sign-in is stored: the database holds the state's hash, the browser holds the state.

use super::Provider;
use crate::{session::Key, target::encode_component};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// How long a person may take at the provider.
pub const LIFETIME_MS: i64 = 10 * 60_000;
/// How long the browser keeps the state. Shorter than the record, as on BetterAuth's wire.
pub const COOKIE_MS: i64 = 5 * 60_000;
/// Characters of a state.
pub const STATE_LENGTH: usize = 32;
/// Those of them that are random: base64url of 18 bytes.
const RANDOM_LENGTH: usize = 24;

/// A state from 18 random bytes, with six more that say which key it was made with.
pub fn state(key: &Key, random: &[u8; 18]) -> String {
    let random = URL_SAFE_NO_PAD.encode(random);
    let mark = mark(key, &random);
    random + &mark
}

/// The key that a state was made with; the first, when it was none of these.
pub fn made_with<'a>(keys: &'a [Key], state: &str) -> Option<&'a Key> {
    let (random, given) = state.split_at_checked(RANDOM_LENGTH).unwrap_or_default();
    keys.iter().find(|key| mark(key, random) == given).or(keys.first())
}

fn mark(key: &Key, random: &str) -> String {
    URL_SAFE_NO_PAD.encode(key.mac(&["state", random]).get(..6).unwrap_or_default())
}

/// Whether a text can be a state of ours.
pub fn is_state(text: &str) -> bool {
    text.len() == STATE_LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// PKCE's secret (RFC 7636), 43 characters. Shown to the provider together with the code.
pub fn verifier(key: &Key, state: &str) -> String {
    URL_SAFE_NO_PAD.encode(key.mac(&["verifier", state]))
}

/// What an id_token must repeat.
pub fn nonce(key: &Key, state: &str) -> String {
    URL_SAFE_NO_PAD.encode(key.mac(&["nonce", state]))
}

/// PKCE's `S256` challenge.
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// What the address at the provider is made of.
#[derive(Debug, Clone, Copy)]
pub struct Authorize<'a> {
    /// Who is asked.
    pub provider: Provider,
    /// Their page, without a query.
    pub endpoint: &'a str,
    /// Who we are there.
    pub client_id: &'a str,
    /// Where the browser comes back to.
    pub redirect_uri: &'a str,
    /// What comes back with it.
    pub state: &'a str,
    /// An address or name that the provider may fill in.
    pub login_hint: Option<&'a str>,
}

/// The address at the provider that the browser is sent to.
pub fn authorize_url(key: &Key, authorize: &Authorize<'_>) -> String {
    let Authorize { provider, endpoint, client_id, redirect_uri, state, login_hint } = *authorize;
    let (scope, challenge) = (provider.scopes().join(" "), challenge(&verifier(key, state)));
    let nonce = nonce(key, state);
    let mut query = vec![
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("scope", &scope),
        ("state", state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    match provider {
        Provider::Google => {
            query.push(("nonce", &nonce));
            query.extend(login_hint.map(|hint| ("login_hint", hint)));
        }
        Provider::Github => query.extend(login_hint.map(|hint| ("login", hint))),
    }
    let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encode_component(value))).collect();
    format!("{endpoint}?{}", query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    fn key(fill: u8) -> Key {
        Key::new(vec![fill; 32]).unwrap()
    }

    #[test]
    fn the_challenge_is_the_one_of_rfc_7636_appendix_b() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn verifier_and_nonce_belong_to_one_state_and_one_key() {
        let states = [state(&key(1), &[1; 18]), state(&key(1), &[2; 18])];
        assert!(states.iter().all(|state| is_state(state)));
        let mut all = Vec::new();
        for key in [key(1), key(2)] {
            for state in &states {
                all.extend([verifier(&key, state), nonce(&key, state)]);
            }
        }
        assert!(all.iter().all(|secret| secret.len() == 43));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 8);
    }

    #[test]
    fn a_state_tells_its_key() {
        let keys = [key(1), key(2)];
        for (at, made) in keys.iter().enumerate() {
            let found = made_with(&keys, &state(made, &[7; 18])).unwrap();
            assert_eq!(verifier(found, "x"), verifier(&keys[at], "x"));
        }
        for strange in [state(&key(3), &[7; 18]), String::new(), "ä".repeat(16)] {
            assert_eq!(verifier(made_with(&keys, &strange).unwrap(), "x"), verifier(&keys[0], "x"));
        }
        assert!(made_with(&[], "x").is_none());
    }

    #[test]
    fn takes_no_other_text_for_a_state() {
        for text in ["", "short", &"a".repeat(33), &"ä".repeat(16), &format!("{};", "a".repeat(31))] {
            assert!(!is_state(text), "{text}");
        }
    }

    #[test]
    fn the_address_says_everything_and_holds_neither_secret() {
        let state = state(&key(3), &[3; 18]);
        for provider in Provider::ALL {
            let url = authorize_url(
                &key(1),
                &Authorize {
                    provider,
                    endpoint: "https://x.test/auth",
                    client_id: "a&b=c",
                    redirect_uri: "https://vetka.sh/api/auth/callback/x",
                    state: &state,
                    login_hint: Some("ann@x.test"),
                },
            );
            let target = Target::parse(&url).unwrap();
            assert_eq!(target.param("client_id").as_deref(), Some("a&b=c"));
            assert_eq!(target.param("state").as_deref(), Some(state.as_str()));
            assert_eq!(target.param("code_challenge_method").as_deref(), Some("S256"));
            assert_eq!(target.param("code_challenge").unwrap(), challenge(&verifier(&key(1), &state)));
            assert_eq!(target.param("nonce").is_some(), provider == Provider::Google);
            assert!(!url.contains(&verifier(&key(1), &state)));
        }
    }
}
