//! Checking an RS256 signature with the platform's own cryptography: a Rust implementation of RSA would cost every cold
//! start its size.

use crate::{Result, error};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CryptoKey, SubtleCrypto, WorkerGlobalScope};
use worker::{wasm_bindgen, wasm_bindgen_futures::JsFuture};

const ALGORITHM: &str = "RSASSA-PKCS1-v1_5";

/// Whether `signature` is that of `signed` under the RSA key with modulus `n` and exponent `e`, both base64url. A key that
/// the platform cannot use has signed nothing.
///
/// # Errors
/// Internal, when there is no cryptography.
pub async fn verify(n: &str, e: &str, signed: &[u8], signature: &[u8]) -> Result<bool> {
    let subtle = subtle()?;
    let Some(key) = import(&subtle, n, e).await? else { return Ok(false) };
    let algorithm = object(&[("name", ALGORITHM.into())])?;
    let verdict = subtle
        .verify_with_object_and_u8_array_and_u8_array(&algorithm, &key, signature, signed)
        .map_err(|_| error::internal("a signature could not be given to be checked"))?;
    Ok(JsFuture::from(verdict).await.ok().and_then(|verdict| verdict.as_bool()).unwrap_or_default())
}

async fn import(subtle: &SubtleCrypto, n: &str, e: &str) -> Result<Option<CryptoKey>> {
    let jwk = object(&[("kty", "RSA".into()), ("alg", "RS256".into()), ("n", n.into()), ("e", e.into())])?;
    let algorithm = object(&[("name", ALGORITHM.into()), ("hash", "SHA-256".into())])?;
    let usages = Array::of1(&"verify".into());
    let Ok(import) = subtle.import_key_with_object("jwk", &jwk, &algorithm, false, &usages) else { return Ok(None) };
    Ok(JsFuture::from(import).await.ok().and_then(|key| key.dyn_into().ok()))
}

fn subtle() -> Result<SubtleCrypto> {
    let global: WorkerGlobalScope = js_sys::global().unchecked_into();
    Ok(global.crypto().map_err(|_| error::internal("there is no cryptography here"))?.subtle())
}

fn object(fields: &[(&str, JsValue)]) -> Result<Object> {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value).map_err(|_| error::internal("an object takes no fields"))?;
    }
    Ok(object)
}
