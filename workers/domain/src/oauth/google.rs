//! Google as OpenID Connect has it: where its endpoints are, which keys it signs with, and what of an id_token is believed.
//!
//! The signature is checked by the platform, before anything of the claims is read; this module says over what, with which
//! key, and by which one method.

use super::Profile;
use crate::{name::Name, origin::origin_of};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use subtle::ConstantTimeEq;

/// The one way of signing that is taken; it is what Google uses.
const METHOD: &str = "RS256";
/// How far two clocks may differ.
const SKEW_S: i64 = 60;
/// Longest `sub` (OpenID Connect Core 2).
const MAX_SUBJECT: usize = 255;
/// An RSA modulus of 2048 bits, and one of 8192, as base64url.
const MODULUS: std::ops::RangeInclusive<usize> = 342..=1366;
/// Longest id_token that is looked at.
const MAX_TOKEN: usize = 16 * 1024;

/// Where an issuer's endpoints are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Discovery {
    issuer: String,
    /// The page that the browser is sent to, on the issuer's own origin: our pages' policy names that one.
    pub authorization_endpoint: String,
    /// Where a code is exchanged.
    pub token_endpoint: String,
    /// Where the keys are.
    pub jwks_uri: String,
}

impl Discovery {
    /// Reads the document of `issuer`; `None` when it is another's, or sends us anywhere without TLS.
    pub fn parse(document: &[u8], issuer: &str) -> Option<Self> {
        let found: Self = serde_json::from_slice(document).ok()?;
        let endpoints = [&found.authorization_endpoint, &found.token_endpoint, &found.jwks_uri];
        // Only an issuer that itself has no TLS, on a developer's machine, may name such endpoints.
        let safe = issuer.starts_with("http://") || endpoints.iter().all(|url| url.starts_with("https://"));
        let same_page = origin_of(&found.authorization_endpoint) == origin_of(issuer);
        let plain = !found.authorization_endpoint.contains(['?', '#']);
        (found.issuer == issuer && safe && same_page && plain).then_some(found)
    }
}

/// A key that the issuer may have signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub kid: String,
    /// RSA modulus, base64url.
    pub n: String,
    /// RSA exponent, base64url.
    pub e: String,
}

/// The keys of a JWK set that can check a signature: RSA, at least 2048 bits, for signing. `None` when it is no key set.
pub fn keys(document: &[u8]) -> Option<Vec<Key>> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<serde_json::Value>,
    }
    #[derive(Deserialize)]
    struct Jwk {
        kty: String,
        kid: String,
        n: String,
        e: String,
        alg: Option<String>,
        #[serde(rename = "use")]
        purpose: Option<String>,
    }
    let is_base64url = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let set: Set = serde_json::from_slice(document).ok()?;
    // Keys of other kinds are no mistake; they are for somebody else.
    let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok()).filter(|key| {
        key.kty == "RSA"
            && key.alg.as_deref().is_none_or(|alg| alg == METHOD)
            && key.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && MODULUS.contains(&key.n.len())
            && is_base64url(&key.n)
            && (1..=8).contains(&key.e.len())
            && is_base64url(&key.e)
    });
    Some(keys.map(|Jwk { kid, n, e, .. }| Key { kid, n, e }).collect())
}

/// An id_token in parts, nothing of which is believed yet.
#[derive(Debug, PartialEq, Eq)]
pub struct Unverified<'a> {
    /// Which key it says it was signed with.
    pub kid: String,
    /// What the signature is over.
    pub signed: &'a str,
    /// The signature.
    pub signature: Vec<u8>,
    claims: Vec<u8>,
}

impl<'a> Unverified<'a> {
    /// Splits a token. `None` when it is none, or not signed with RS256.
    pub fn parse(token: &'a str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Header {
            alg: String,
            kid: String,
            // A token that wants more understood than we do must be refused (RFC 7515, 4.1.11).
            crit: Option<serde_json::Value>,
        }
        if token.len() > MAX_TOKEN {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.').filter(|(_, claims)| !claims.contains('.'))?;
        let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        (header.alg == METHOD && header.crit.is_none() && !signature.is_empty()).then_some(Self {
            kid: header.kid,
            signed,
            signature,
            claims,
        })
    }

    /// The claims, for whoever has checked the signature.
    pub fn verified(self) -> Verified {
        Verified(self.claims)
    }
}

/// Claims whose signature has been checked.
pub struct Verified(Vec<u8>);

/// What an id_token must say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who must have issued it.
    pub issuer: &'a str,
    /// For whom.
    pub client_id: &'a str,
    /// In answer to what.
    pub nonce: &'a str,
    /// Unix milliseconds UTC.
    pub now_ms: i64,
}

/// Why claims are not believed. For the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// They cannot be read.
    Malformed,
    /// `iss` is somebody else.
    Issuer,
    /// `aud` or `azp` is somebody else.
    Audience,
    /// `exp` has passed.
    Expired,
    /// `iat` or `nbf` is still to come.
    NotYet,
    /// `nonce` is another, or missing.
    Nonce,
    /// `sub` names nobody.
    Subject,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    sub: String,
    email: Option<String>,
    email_verified: Option<Flag>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Some issuers write booleans as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    Bool(bool),
    Text(String),
}

impl Verified {
    /// Who it was.
    ///
    /// # Errors
    /// The first thing that is not as it must be.
    pub fn profile(&self, expected: &Expected<'_>) -> Result<Profile, Fault> {
        let claims: Claims = serde_json::from_slice(&self.0).map_err(|_| Fault::Malformed)?;
        let now = expected.now_ms / 1000;
        // Google's is the address; its older tokens leave the scheme out.
        if claims.iss != expected.issuer && Some(claims.iss.as_str()) != expected.issuer.strip_prefix("https://") {
            return Err(Fault::Issuer);
        }
        let audience = match &claims.aud {
            Audience::One(one) => one == expected.client_id,
            // Made for several: then it must say that we were the one who asked.
            Audience::Many(many) => {
                many.iter().any(|one| one == expected.client_id) && (many.len() == 1 || claims.azp.is_some())
            }
        };
        if !audience || claims.azp.as_deref().is_some_and(|party| party != expected.client_id) {
            return Err(Fault::Audience);
        }
        if claims.exp <= now.saturating_sub(SKEW_S) {
            return Err(Fault::Expired);
        }
        if claims.iat.max(claims.nbf.unwrap_or(i64::MIN)) > now + SKEW_S {
            return Err(Fault::NotYet);
        }
        let nonce = claims.nonce.as_deref().unwrap_or_default();
        if expected.nonce.is_empty() || !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
            return Err(Fault::Nonce);
        }
        if !(1..=MAX_SUBJECT).contains(&claims.sub.len()) || !claims.sub.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Fault::Subject);
        }
        let email_verified = match claims.email_verified {
            Some(Flag::Bool(flag)) => flag,
            Some(Flag::Text(text)) => text == "true",
            None => false,
        };
        Ok(Profile {
            account_id: claims.sub,
            email: claims.email.filter(|email| !email.is_empty()),
            email_verified,
            // A name that cannot be shown is no reason to turn somebody away.
            name: claims
                .name
                .and_then(|name| Name::from_typed(&name).ok())
                .map(|name| name.as_str().to_owned())
                .unwrap_or_default(),
        })
    }
}

#[cfg(test)]
#[path = "google_tests.rs"]
mod tests;
