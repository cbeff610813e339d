//! Why a way through a provider ended without what it was for: the codes of BetterAuth's wire, which go into the address
//! that the browser is sent to.

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The browser came back without a state.
    StateNotFound,
    /// The state is not known (any more), too old, or another browser's.
    StateMismatch,
    /// The browser came back without a code.
    NoCode,
    /// The provider is not offered (any more).
    ProviderNotFound,
    /// The answer comes from another provider than the one that was asked.
    IssuerMismatch,
    /// The provider does not take the code.
    InvalidCode,
    /// The provider does not say who it was, or says it in a way that is not believed.
    UnableToGetUserInfo,
    /// The provider tells no address.
    EmailNotFound,
    /// The provider has not seen the person read mail at that address.
    EmailNotVerified,
    /// There is an account with that address that must not be joined.
    AccountNotLinked,
    /// Connecting was asked for by somebody who is not signed in any more.
    UnableToLinkAccount,
    /// The identity is connected with somebody else's account.
    AlreadyLinkedToDifferentUser,
}

impl Failure {
    /// Every failure.
    pub const ALL: [Self; 12] = [
        Self::StateNotFound,
        Self::StateMismatch,
        Self::NoCode,
        Self::ProviderNotFound,
        Self::IssuerMismatch,
        Self::InvalidCode,
        Self::UnableToGetUserInfo,
        Self::EmailNotFound,
        Self::EmailNotVerified,
        Self::AccountNotLinked,
        Self::UnableToLinkAccount,
        Self::AlreadyLinkedToDifferentUser,
    ];

    /// The code on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StateNotFound => "state_not_found",
            Self::StateMismatch => "state_mismatch",
            Self::NoCode => "no_code",
            Self::ProviderNotFound => "oauth_provider_not_found",
            Self::IssuerMismatch => "issuer_mismatch",
            Self::InvalidCode => "invalid_code",
            Self::UnableToGetUserInfo => "unable_to_get_user_info",
            Self::EmailNotFound => "email_not_found",
            Self::EmailNotVerified => "email_not_verified",
            Self::AccountNotLinked => "account_not_linked",
            Self::UnableToLinkAccount => "unable_to_link_account",
            Self::AlreadyLinkedToDifferentUser => "account_already_linked_to_different_user",
        }
    }

    /// Reads the code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| failure.as_str() == code)
    }
}

/// A code that came from outside, when it has the shape of one.
pub fn tidy_code(code: &str) -> &str {
    let is_code =
        (1..=64).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if is_code { code } else { "unknown" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back_and_nothing_else_is_one() {
        for failure in Failure::ALL {
            assert_eq!(Failure::parse(failure.as_str()), Some(failure));
            assert_eq!(tidy_code(failure.as_str()), failure.as_str());
        }
        assert_eq!(Failure::parse("access_denied"), None);
        for code in ["", "<b>", "a b", "ä", &"a".repeat(65)] {
            assert_eq!(tidy_code(code), "unknown");
        }
    }
}
