use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: i64 = 1_795_242_452;
const ISSUER: &str = "https://accounts.google.com";

fn expected() -> Expected<'static> {
    Expected { issuer: ISSUER, client_id: "our-id", nonce: "n-0S6_WzA2Mj", now_ms: NOW * 1000 }
}

fn claims(changes: Value) -> Verified {
    let mut claims = json!({
        "iss": ISSUER, "aud": "our-id", "azp": "our-id", "exp": NOW + 3600, "iat": NOW, "nonce": "n-0S6_WzA2Mj",
        "sub": "110169484474386276334", "email": "Ann@X.test", "email_verified": true, "name": "Ann",
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => {
                claims.as_object_mut().unwrap().remove(name);
            }
            value => claims[name] = value.clone(),
        }
    }
    Verified(serde_json::to_vec(&claims).unwrap())
}

fn read(changes: Value) -> Result<Profile, Fault> {
    claims(changes).profile(&expected())
}

#[test]
fn believes_what_google_says_of_somebody() {
    let ann = read(json!({})).unwrap();
    assert_eq!(
        ann,
        Profile {
            account_id: "110169484474386276334".into(),
            email: Some("Ann@X.test".into()),
            email_verified: true,
            name: "Ann".into()
        }
    );
    assert_eq!(read(json!({ "iss": "accounts.google.com" })), Ok(ann.clone()));
    assert_eq!(read(json!({ "azp": null })), Ok(ann.clone()));
    assert_eq!(read(json!({ "aud": ["our-id"] })), Ok(ann.clone()));
    assert_eq!(read(json!({ "aud": ["another", "our-id"] })), Ok(ann.clone()));
    assert_eq!(read(json!({ "email_verified": "true" })), Ok(ann));
}

#[test]
fn refuses_every_claim_that_is_not_as_it_must_be() {
    for (changes, fault) in [
        (json!({ "iss": "https://accounts.google.com.evil.test" }), Fault::Issuer),
        (json!({ "iss": "http://accounts.google.com" }), Fault::Issuer),
        (json!({ "iss": null }), Fault::Malformed),
        (json!({ "aud": "another" }), Fault::Audience),
        (json!({ "aud": [] }), Fault::Audience),
        (json!({ "aud": ["another", "our-id"], "azp": null }), Fault::Audience),
        (json!({ "azp": "another" }), Fault::Audience),
        (json!({ "exp": NOW - 60 }), Fault::Expired),
        (json!({ "exp": null }), Fault::Malformed),
        (json!({ "iat": NOW + 61 }), Fault::NotYet),
        (json!({ "iat": null }), Fault::Malformed),
        (json!({ "nbf": NOW + 61 }), Fault::NotYet),
        (json!({ "nonce": "another" }), Fault::Nonce),
        (json!({ "nonce": null }), Fault::Nonce),
        (json!({ "sub": "" }), Fault::Subject),
        (json!({ "sub": "a b" }), Fault::Subject),
        (json!({ "sub": "a".repeat(256) }), Fault::Subject),
        (json!({ "sub": 7 }), Fault::Malformed),
    ] {
        assert_eq!(read(changes.clone()), Err(fault), "{changes}");
    }
    let without = Expected { nonce: "", ..expected() };
    assert_eq!(claims(json!({ "nonce": "" })).profile(&without), Err(Fault::Nonce));
}

#[test]
fn clocks_may_differ_by_a_minute() {
    assert!(read(json!({ "exp": NOW - 59 })).is_ok());
    assert!(read(json!({ "iat": NOW + 60, "nbf": NOW + 60 })).is_ok());
}

#[test]
fn an_address_is_verified_only_when_it_says_so() {
    for flag in [json!(null), json!(false), json!("false"), json!("TRUE"), json!("")] {
        assert!(!read(json!({ "email_verified": flag })).unwrap().email_verified);
    }
    assert_eq!(read(json!({ "email": null })).unwrap().email, None);
    assert_eq!(read(json!({ "name": "\u{202e}nnA" })).unwrap().name, "", "turned text is no name");
}

#[test]
fn discovery_is_the_issuers_own_and_over_tls() {
    let document = |changes: Value| {
        let mut document = json!({
            "issuer": ISSUER, "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
            "token_endpoint": "https://oauth2.googleapis.com/token",
            "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs", "response_types_supported": ["code"],
        });
        for (name, value) in changes.as_object().unwrap() {
            document[name] = value.clone();
        }
        Discovery::parse(document.to_string().as_bytes(), ISSUER)
    };
    assert!(document(json!({})).is_some());
    for changes in [
        json!({ "issuer": "https://evil.test" }),
        json!({ "token_endpoint": "http://oauth2.googleapis.com/token" }),
        json!({ "jwks_uri": "http://www.googleapis.com/oauth2/v3/certs" }),
        json!({ "authorization_endpoint": "https://evil.test/auth" }),
        json!({ "authorization_endpoint": "https://accounts.google.com/auth?x=1" }),
        json!({ "jwks_uri": 7 }),
    ] {
        assert_eq!(document(changes.clone()), None, "{changes}");
    }
    assert_eq!(Discovery::parse(b"<html>", ISSUER), None);
}

#[test]
fn takes_only_keys_that_can_have_signed() {
    let good = json!({ "kty": "RSA", "kid": "a", "n": "A".repeat(342), "e": "AQAB", "alg": "RS256", "use": "sig" });
    let with = |name: &str, value: Value| {
        let mut key = good.clone();
        key[name] = value;
        keys(json!({ "keys": [key] }).to_string().as_bytes()).unwrap().len()
    };
    assert_eq!(with("extra", json!(1)), 1);
    assert_eq!(with("kty", json!("EC")), 0);
    assert_eq!(with("alg", json!("HS256")), 0);
    assert_eq!(with("use", json!("enc")), 0);
    assert_eq!(with("n", json!("A".repeat(171))), 0, "1024 bits");
    assert_eq!(with("n", json!("A".repeat(5000))), 0);
    assert_eq!(with("n", json!(format!("{}+", "A".repeat(341)))), 0);
    assert_eq!(with("e", json!("")), 0);
    assert_eq!(with("kid", json!(null)), 0);
    assert_eq!(keys(b"[]"), None);
    assert_eq!(keys(br#"{"keys":[{"kty":"OKP"}, 7]}"#), Some(vec![]));
}

fn token(header: &Value) -> String {
    let encode = |text: String| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.c2ln", encode(header.to_string()), encode(json!({ "sub": "1" }).to_string()))
}

#[test]
fn takes_one_way_of_signing() {
    let good = token(&json!({ "alg": "RS256", "kid": "a", "typ": "JWT" }));
    let parsed = Unverified::parse(&good).unwrap();
    assert_eq!((parsed.kid.as_str(), parsed.signature.as_slice()), ("a", b"sig".as_slice()));
    assert_eq!(format!("{}.c2ln", parsed.signed), good);
    for header in [
        json!({ "alg": "none", "kid": "a" }),
        json!({ "alg": "HS256", "kid": "a" }),
        json!({ "alg": "rs256", "kid": "a" }),
        json!({ "alg": "RS256" }),
        json!({ "kid": "a" }),
        json!({ "alg": "RS256", "kid": "a", "crit": ["exp"] }),
    ] {
        assert_eq!(Unverified::parse(&token(&header)), None, "{header}");
    }
    let unsigned = good.rsplit_once('.').unwrap().0;
    for text in ["", ".", "..", "a.b.c", unsigned, &format!("{unsigned}."), &format!("{good}.x"), &format!("{good}=")] {
        assert_eq!(Unverified::parse(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn reading_anything_does_not_panic(text in ".*", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Unverified::parse(&text);
        let _ = Verified(bytes.clone()).profile(&expected());
        let _ = keys(&bytes);
        let _ = Discovery::parse(&bytes, ISSUER);
    }
}
