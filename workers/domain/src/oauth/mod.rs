//! Signing in through Google or GitHub: what is asked of them, and what of their answers is believed.
//!
//! `flow` is the way there and back (state, verifier, nonce); `google` reads id_tokens, `github` reads its API's answers;
//! `callback` says where a way may end. Who that then is here, `join` decides. Nothing here fetches anything.

pub mod callback;
pub mod failure;
pub mod flow;
pub mod github;
pub mod google;
pub mod join;

pub use failure::Failure;

use schemars::JsonSchema;
use serde::Serialize;

/// Scopes that are kept of an answer; we ask for three at most.
const MAX_SCOPES: usize = 10;

/// Somebody who can say who a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// OpenID Connect.
    Google,
    /// OAuth, and its API for who it was.
    Github,
}

impl Provider {
    /// Every provider, in the order they are offered.
    pub const ALL: [Self; 2] = [Self::Google, Self::Github];

    /// The name in paths, on the wire and in the column `account.provider_id`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Github => "github",
        }
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Google => "Google",
            Self::Github => "GitHub",
        }
    }

    /// Reads the name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == name)
    }

    /// What is asked for: who it is, and no access to anything of theirs.
    pub const fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Google => &["openid", "email", "profile"],
            Self::Github => &["read:user", "user:email"],
        }
    }
}

/// Who a provider says it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The provider's own name for the person, which never changes and is never given to another: Google's `sub`,
    /// GitHub's numeric id.
    pub account_id: String,
    /// An address, when the provider tells one.
    pub email: Option<String>,
    /// Whether the provider has seen the person read mail there.
    pub email_verified: bool,
    /// What the person is called, possibly empty.
    pub name: String,
}

/// What was allowed, as a provider lists it: by spaces or by commas. What cannot be a scope is left out.
pub fn scopes(listed: &str) -> Vec<String> {
    let is_scope = |scope: &&str| {
        (1..=100).contains(&scope.len()) && scope.bytes().all(|b| b.is_ascii_alphanumeric() || b":/._-".contains(&b))
    };
    listed.split([' ', ',']).filter(is_scope).take(MAX_SCOPES).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_has_one_name_everywhere() {
        for provider in Provider::ALL {
            assert_eq!(Provider::parse(provider.as_str()), Some(provider));
            assert_eq!(serde_json::to_value(provider).unwrap(), provider.as_str());
        }
        assert_eq!(Provider::parse("Google"), None);
        assert_eq!(Provider::parse(""), None);
    }

    #[test]
    fn scopes_are_listed_in_two_ways() {
        let all = ["openid", "https://www.googleapis.com/auth/userinfo.email"];
        assert_eq!(scopes("openid https://www.googleapis.com/auth/userinfo.email"), all);
        assert_eq!(scopes("read:user,user:email"), ["read:user", "user:email"]);
        assert!(scopes("").is_empty() && scopes("<b>, \n").is_empty());
        assert_eq!(scopes(&"a ".repeat(50)).len(), 10);
    }

    #[test]
    fn no_provider_is_asked_for_more_than_who_it_is() {
        for provider in Provider::ALL {
            for scope in provider.scopes() {
                assert!(["openid", "email", "profile", "read:user", "user:email"].contains(scope));
            }
        }
    }
}
