//! GitHub's answers: the token that a code is exchanged for, and who it then says it was.

use super::Profile;
use crate::name::Name;
use serde::Deserialize;

/// What a code was exchanged for. Has no `Debug`: it opens somebody's account.
pub struct Token {
    /// For the `Authorization` header, used twice and dropped.
    pub access_token: String,
    /// What was allowed, which may be less than what was asked.
    pub scopes: Vec<String>,
}

/// Reads the answer of the token endpoint, which says with status 200 that it refuses.
///
/// # Errors
/// GitHub's code for why, or `unreadable`.
pub fn token(body: &[u8]) -> Result<Token, String> {
    #[derive(Deserialize)]
    struct Answer {
        access_token: Option<String>,
        scope: Option<String>,
        error: Option<String>,
    }
    let unreadable = || "unreadable".to_owned();
    let answer: Answer = serde_json::from_slice(body).map_err(|_| unreadable())?;
    if let Some(error) = answer.error {
        return Err(super::failure::tidy_code(&error).to_owned());
    }
    // It becomes a header.
    let access_token = answer
        .access_token
        .filter(|token| (1..=1024).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic()))
        .ok_or_else(unreadable)?;
    Ok(Token { access_token, scopes: super::scopes(answer.scope.as_deref().unwrap_or_default()) })
}

/// Who it was, from the answers of `/user` and `/user/emails`. The address is the one that is both primary and verified;
/// what `/user` itself says of an address is for show. `None` when the answers cannot be read.
pub fn profile(user: &[u8], emails: &[u8]) -> Option<Profile> {
    #[derive(Deserialize)]
    struct User {
        id: u64,
        login: String,
        name: Option<String>,
    }
    #[derive(Deserialize)]
    struct Email {
        email: String,
        primary: bool,
        verified: bool,
    }
    let user: User = serde_json::from_slice(user).ok()?;
    let emails: Vec<Email> = serde_json::from_slice(emails).ok()?;
    let primary = emails.into_iter().find(|email| email.primary);
    let shown = |name: &str| Name::from_typed(name).ok().map(|name| name.as_str().to_owned());
    let name = user.name.as_deref().and_then(shown).filter(|name| !name.is_empty());
    Some(Profile {
        account_id: user.id.to_string(),
        email_verified: primary.as_ref().is_some_and(|email| email.verified),
        email: primary.map(|email| email.email),
        name: name.or_else(|| shown(&user.login)).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_error_comes_with_a_token_that_is_not_taken() {
        let refused = |body: &str| token(body.as_bytes()).err();
        assert_eq!(
            refused(r#"{"error":"bad_verification_code","access_token":"gho_x"}"#).unwrap(),
            "bad_verification_code"
        );
        assert_eq!(refused(r#"{"error":"<script>"}"#).unwrap(), "unknown");
        assert_eq!(refused("access_token=gho_x").unwrap(), "unreadable");
        assert_eq!(refused("{}").unwrap(), "unreadable");
        assert_eq!(refused(r#"{"access_token":"a\r\nx: y"}"#).unwrap(), "unreadable");
        let token =
            token(br#"{"access_token":"gho_x","token_type":"bearer","scope":"read:user,user:email"}"#).ok().unwrap();
        assert_eq!(
            (token.access_token.as_str(), token.scopes),
            ("gho_x", vec!["read:user".into(), "user:email".into()])
        );
    }

    #[test]
    fn the_address_is_the_primary_one() {
        let user = br#"{"id":583231,"login":"octocat","name":null,"email":"shown@x.test"}"#;
        let of = |emails: &str| profile(user, emails.as_bytes()).unwrap();
        let ann = of(
            r#"[{"email":"old@x.test","primary":false,"verified":true},{"email":"ann@x.test","primary":true,"verified":true}]"#,
        );
        assert_eq!((ann.email.as_deref(), ann.email_verified), (Some("ann@x.test"), true));
        assert_eq!((ann.account_id.as_str(), ann.name.as_str()), ("583231", "octocat"));
        let unverified = of(
            r#"[{"email":"ann@x.test","primary":true,"verified":false},{"email":"old@x.test","primary":false,"verified":true}]"#,
        );
        assert!(!unverified.email_verified, "another address that is verified does not vouch for this one");
        assert_eq!((of("[]").email, of("[]").email_verified), (None, false));
        assert_eq!(profile(user, b"{}"), None);
        assert_eq!(profile(br#"{"login":"octocat"}"#, b"[]"), None);
        assert_eq!(profile(br#"{"id":"7","login":"octocat"}"#, b"[]"), None);
    }

    proptest! {
        #[test]
        fn reading_anything_does_not_panic(a in proptest::collection::vec(any::<u8>(), 0..200), b in ".*") {
            let _ = token(&a);
            let _ = profile(&a, b.as_bytes());
        }
    }
}
