//! The key of whoever runs an installation.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Fewest characters of a key: 24 random bytes in base64. With a shorter one there is no door.
pub const SHORTEST_KEY: usize = 32;

/// Whether this is the key. Takes the same time whatever is wrong with it, its length too: digests are compared.
pub fn is_key(key: &str, presented: &str) -> bool {
    Sha256::digest(key).ct_eq(&Sha256::digest(presented)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_is_the_key() {
        let key = "k".repeat(SHORTEST_KEY);
        assert!(is_key(&key, &key));
        for other in ["", "k", &key[1..], &format!("{key}k"), &key.to_uppercase()] {
            assert!(!is_key(&key, other), "{other}");
        }
    }
}
