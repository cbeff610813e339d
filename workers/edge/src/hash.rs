//! SHA-256 of small things: tokens and secrets. Bodies of files are hashed by the runtime, outside WASM.

use sha2::{Digest, Sha256};

/// Lower-case hex of the SHA-256.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
