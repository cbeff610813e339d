//! Safe Browsing, as far as it needs no network: which links a page has, what each is called in the lists, and what the
//! lists' answer means. The rules are Google's ("URLs and Hashing", version 5 of the API).
//!
//! Nobody is told where a page leads: of each name's SHA-256 only the first four bytes are asked about, and the answer
//! lists all whole hashes that begin so.

pub mod canonical;
pub mod links;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// What is asked about: the beginning of a hash.
pub type Prefix = [u8; 4];
/// SHA-256.
pub type Hash = [u8; 32];

/// The hash of an expression.
pub fn hash(expression: &str) -> Hash {
    Sha256::digest(expression.as_bytes()).into()
}

/// The beginning of a hash.
pub fn prefix(hash: &Hash) -> Prefix {
    let [a, b, c, d, ..] = *hash;
    [a, b, c, d]
}

/// A prefix as it stands in a query: base64, escaped.
pub fn in_query(prefix: Prefix) -> String {
    STANDARD.encode(prefix).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threat {
    /// It harms whoever opens it.
    Malware,
    /// It pretends to be what it is not.
    Deceptive,
    /// It offers programs that do what nobody wants.
    Unwanted,
}

impl Threat {
    /// After "which is known".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Malware => "to be harmful to whoever opens it",
            Self::Deceptive => "to deceive people",
            Self::Unwanted => "to spread unwanted programs",
        }
    }
}

/// An answer of `hashes:search`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    full_hashes: Vec<WireHash>,
    #[serde(default)]
    cache_duration: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireHash {
    full_hash: String,
    #[serde(default)]
    full_hash_details: Vec<WireDetail>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireDetail {
    threat_type: String,
    #[serde(default)]
    attributes: Vec<String>,
}

/// What the lists have answered.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Unsafe ones among all that begin with what was asked about.
    pub listed: Vec<(Hash, Threat)>,
    /// For how long the answer holds, of each prefix that was asked about, found or not. Milliseconds.
    pub keep_ms: i64,
}

impl Answer {
    /// Reads an answer. `None` when it is none.
    pub fn read(json: &[u8]) -> Option<Self> {
        let wire: Wire = serde_json::from_slice(json).ok()?;
        // Written as `300s` or `300.5s`; a part of a second is not worth the code that reads it.
        let whole = wire.cache_duration.strip_suffix('s').and_then(|seconds| seconds.split('.').next());
        let keep: i64 = whole.and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
        let mut listed = Vec::new();
        for found in wire.full_hashes {
            let hash: Hash = STANDARD.decode(&found.full_hash).ok()?.try_into().ok()?;
            listed.extend(found.full_hash_details.iter().find_map(threat).map(|threat| (hash, threat)));
        }
        // The lists' own rule: never longer than a day.
        Some(Self { listed, keep_ms: keep.clamp(0, 86_400) * 1000 })
    }
}

/// A detail with a value that is not known is to be ignored, says the contract. One with an attribute is not for us: a
/// canary is not to be enforced, and what counts in frames only says nothing about a link.
fn threat(detail: &WireDetail) -> Option<Threat> {
    if !detail.attributes.is_empty() {
        return None;
    }
    match detail.threat_type.as_str() {
        "MALWARE" | "POTENTIALLY_HARMFUL_APPLICATION" => Some(Threat::Malware),
        "SOCIAL_ENGINEERING" => Some(Threat::Deceptive),
        "UNWANTED_SOFTWARE" => Some(Threat::Unwanted),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_and_what_is_not_known_in_it_is_left_out() {
        let hash_of = |name: &str| STANDARD.encode(hash(name));
        let json = format!(
            r#"{{"fullHashes":[
                {{"fullHash":"{}","fullHashDetails":[{{"threatType":"LATER_KIND"}},{{"threatType":"SOCIAL_ENGINEERING"}}]}},
                {{"fullHash":"{}","fullHashDetails":[{{"threatType":"MALWARE","attributes":["CANARY"]}}]}},
                {{"fullHash":"{}"}}],"cacheDuration":"3.5s"}}"#,
            hash_of("bad.test/"),
            hash_of("canary.test/"),
            hash_of("empty.test/")
        );
        let answer = Answer::read(json.as_bytes()).unwrap();
        assert_eq!(answer.listed, [(hash("bad.test/"), Threat::Deceptive)]);
        assert_eq!(answer.keep_ms, 3000, "whole seconds");
        assert_eq!(Answer::read(br#"{"cacheDuration":"999999s"}"#).unwrap().keep_ms, 86_400_000);
        assert_eq!(Answer::read(b"{}"), Some(Answer::default()));
        for wrong in [&b"<html>"[..], br#"{"fullHashes":[{"fullHash":"AAAA"}]}"#, br#"{"fullHashes":1}"#] {
            assert_eq!(Answer::read(wrong), None);
        }
    }

    #[test]
    fn a_prefix_is_four_bytes_and_safe_in_a_query() {
        // The SHA-256 of "abc" is in every book.
        assert_eq!(prefix(&hash("abc")), [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(in_query([0xfb, 0xff, 0xfe, 0x00]), "%2B%2F%2F%2BAA%3D%3D");
    }
}
