//! Names for things. An id is a name and never an authority: whoever shows one is still asked who they are.

use crate::{Result, error};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Characters of an id: they fit in a host name, a file name and a URL without escaping.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A new id: 24 characters of `[a-z2-7]`, 120 random bits.
pub fn random() -> Result<String> {
    // 32 characters divide 256 evenly, so taking five bits of each byte favours none.
    Ok(bytes::<24>()?.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 31))).map(|&c| c as char).collect())
}

/// A new secret with 256 random bits, as 43 base64url characters behind a prefix that says what it is.
pub fn secret(prefix: &str) -> Result<String> {
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes::<32>()?)))
}

/// Random bytes from the platform.
pub fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut out = [0; N];
    getrandom::fill(&mut out).map_err(|failure| error::internal(format!("no randomness: {failure}")))?;
    Ok(out)
}

/// Whether a text has the shape of one of our ids, so that it may name a key or an object.
pub fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}
