//! What must be known again in the clear, sealed at rest: AES-256-GCM with keys that have versions, each ciphertext bound to
//! the row that it belongs to, so that it opens nowhere else. By the platform's own cryptography.
//!
//! `SECRETS_KEY` is `<version>:<base64 of 32 bytes>`. While it is being changed, `SECRETS_KEY_PREVIOUS` is the one before it;
//! everything new is sealed with the first, and what has another [`version`] is still to be sealed again.

use crate::{Result, config, error, id};
use base64::{Engine, engine::general_purpose::STANDARD};
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CryptoKey, SubtleCrypto, WorkerGlobalScope};
use worker::{Env, wasm_bindgen, wasm_bindgen_futures::JsFuture};

const PREVIOUS: &str = "SECRETS_KEY_PREVIOUS";
const ALGORITHM: &str = "AES-GCM";
/// Bytes of a nonce, as NIST SP 800-38D has it.
const IV_BYTES: usize = 12;

/// Sealed, as a row keeps it.
#[derive(Debug, Clone, crate::d1::FromRow)]
pub struct Sealed {
    /// Which key it was sealed with.
    pub key_version: i64,
    /// Base64 of a nonce that was never used before.
    pub iv: String,
    /// Base64 of the ciphertext with its tag.
    pub ciphertext: String,
}

struct Key {
    version: i64,
    bytes: Vec<u8>,
}

/// Seals a secret. `row` names the row and the column that it is kept in: it opens under this name alone.
///
/// # Errors
/// Internal only.
pub async fn seal(env: &Env, row: &str, secret: &[u8]) -> Result<Sealed> {
    let key = current(env)?;
    let iv = id::bytes::<IV_BYTES>()?;
    let subtle = subtle()?;
    let algorithm = algorithm(&iv, row)?;
    let imported = import(&subtle, &key.bytes, "encrypt").await?;
    let promise = subtle.encrypt_with_object_and_u8_array(&algorithm, &imported, secret).map_err(|_| refused())?;
    let ciphertext = bytes(JsFuture::from(promise).await.map_err(|_| refused())?);
    Ok(Sealed { key_version: key.version, iv: STANDARD.encode(iv), ciphertext: STANDARD.encode(ciphertext) })
}

/// Opens what was sealed under the name of a row.
///
/// # Errors
/// Internal: when its key is not here any more, or it was not sealed under this name.
pub async fn open(env: &Env, row: &str, sealed: &Sealed) -> Result<Vec<u8>> {
    let unreadable = || error::internal("a sealed secret does not open");
    let key = keys(env)?.into_iter().find(|key| key.version == sealed.key_version);
    let key = key.ok_or_else(|| error::internal(format!("no key of version {}", sealed.key_version)))?;
    let iv = STANDARD.decode(&sealed.iv).map_err(|_| unreadable())?;
    let ciphertext = STANDARD.decode(&sealed.ciphertext).map_err(|_| unreadable())?;
    let subtle = subtle()?;
    let algorithm = algorithm(&iv, row)?;
    let imported = import(&subtle, &key.bytes, "decrypt").await?;
    let promise = subtle.decrypt_with_object_and_u8_array(&algorithm, &imported, &ciphertext).map_err(|_| refused())?;
    Ok(bytes(JsFuture::from(promise).await.map_err(|_| unreadable())?))
}

/// The version that everything new is sealed with; what has another is to be sealed again.
///
/// # Errors
/// Internal, when there is no key.
pub fn version(env: &Env) -> Result<i64> {
    Ok(current(env)?.version)
}

/// The version of the key before it, while the key is being changed.
///
/// # Errors
/// Internal, when it is no key.
pub fn previous_version(env: &Env) -> Result<Option<i64>> {
    Ok(previous(env)?.map(|key| key.version))
}

fn current(env: &Env) -> Result<Key> {
    parse("SECRETS_KEY", &config::secret(env, "SECRETS_KEY")?)
}

fn previous(env: &Env) -> Result<Option<Key>> {
    config::optional(env, PREVIOUS).map(|key| parse(PREVIOUS, &key)).transpose()
}

fn keys(env: &Env) -> Result<Vec<Key>> {
    Ok([Some(current(env)?), previous(env)?].into_iter().flatten().collect())
}

fn parse(name: &str, text: &str) -> Result<Key> {
    let key = text.trim().split_once(':').and_then(|(version, key)| {
        let bytes = STANDARD.decode(key).ok().filter(|bytes| bytes.len() == 32)?;
        Some(Key { version: version.parse().ok()?, bytes })
    });
    key.ok_or_else(|| error::internal(format!("{name} must be a version, a colon, and base64 of 32 bytes")))
}

async fn import(subtle: &SubtleCrypto, key: &[u8], usage: &str) -> Result<CryptoKey> {
    let data: Object = Uint8Array::from(key).unchecked_into();
    let usages = Array::of1(&usage.into());
    let promise = subtle.import_key_with_str("raw", &data, ALGORITHM, false, &usages).map_err(|_| refused())?;
    JsFuture::from(promise).await.map_err(|_| refused())?.dyn_into().map_err(|_| refused())
}

fn algorithm(iv: &[u8], row: &str) -> Result<Object> {
    let object = Object::new();
    let fields: [(&str, JsValue); 3] = [
        ("name", ALGORITHM.into()),
        ("iv", Uint8Array::from(iv).into()),
        ("additionalData", Uint8Array::from(row.as_bytes()).into()),
    ];
    for (name, value) in fields {
        Reflect::set(&object, &name.into(), &value).map_err(|_| refused())?;
    }
    Ok(object)
}

fn bytes(buffer: JsValue) -> Vec<u8> {
    Uint8Array::new(&buffer).to_vec()
}

fn subtle() -> Result<SubtleCrypto> {
    let global: WorkerGlobalScope = js_sys::global().unchecked_into();
    Ok(global.crypto().map_err(|_| refused())?.subtle())
}

/// Says nothing of what was given.
fn refused() -> error::Error {
    error::internal("the platform's cryptography refuses")
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_key_has_a_version_and_32_bytes() {
        let key = parse("K", "7:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").ok().unwrap();
        assert_eq!((key.version, key.bytes.len()), (7, 32));
        for bad in ["", "7", "7:", "7:AAAA", "x:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
            assert!(parse("K", bad).is_err(), "{bad}");
        }
    }
}
