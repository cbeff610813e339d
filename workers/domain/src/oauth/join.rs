//! Who somebody is here, whom a provider vouches for. The first verified proof of an address owns it: whoever proves it
//! afterwards joins that account, and what is not verified joins nothing and makes nothing.

use super::{Failure, Profile};
use crate::email::Email;

/// What is known here about the identity.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The account that the identity is connected with.
    pub owner: Option<&'a str>,
    /// The account that is to be connected, when somebody who is signed in asked for that.
    pub link: Option<&'a str>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The identity is connected already: it is them.
    SignIn,
    /// Sign in to the account with this address, and connect the identity; make the account when there is none.
    Join(Email),
    /// Connect the identity with the account that asked, whatever the address: that was an explicit act.
    Connect,
    /// The identity is connected with the account that asked: nothing to do.
    Connected,
}

/// Decides.
///
/// # Errors
/// What the person is told.
pub fn decide(profile: &Profile, known: Known<'_>) -> Result<Decision, Failure> {
    match (known.owner, known.link) {
        (Some(owner), Some(link)) if owner == link => return Ok(Decision::Connected),
        (Some(_), Some(_)) => return Err(Failure::AlreadyLinkedToDifferentUser),
        (Some(_), None) => return Ok(Decision::SignIn),
        (None, _) => {}
    }
    let email = profile.email.as_deref().and_then(Email::parse).ok_or(Failure::EmailNotFound)?;
    if !profile.email_verified {
        return Err(Failure::EmailNotVerified);
    }
    Ok(if known.link.is_some() { Decision::Connect } else { Decision::Join(email) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(email: Option<&str>, email_verified: bool) -> Profile {
        Profile { account_id: "1".into(), email: email.map(str::to_owned), email_verified, name: String::new() }
    }

    fn known(owner: Option<&'static str>, link: Option<&'static str>) -> Known<'static> {
        Known { owner, link }
    }

    #[test]
    fn whoever_is_connected_signs_in_whatever_their_address_has_become() {
        for profile in [profile(Some("ann@x.test"), true), profile(Some("new@x.test"), false), profile(None, false)] {
            assert_eq!(decide(&profile, known(Some("ann"), None)), Ok(Decision::SignIn));
        }
    }

    #[test]
    fn a_verified_address_joins() {
        let email = Email::parse("ann@x.test").unwrap();
        assert_eq!(decide(&profile(Some("Ann@X.test"), true), known(None, None)), Ok(Decision::Join(email)));
    }

    #[test]
    fn an_unverified_or_missing_address_joins_nothing() {
        for link in [None, Some("ann")] {
            let known = known(None, link);
            assert_eq!(decide(&profile(Some("ann@x.test"), false), known), Err(Failure::EmailNotVerified));
            assert_eq!(decide(&profile(None, true), known), Err(Failure::EmailNotFound));
            assert_eq!(decide(&profile(Some("no address"), true), known), Err(Failure::EmailNotFound));
        }
    }

    #[test]
    fn connecting_takes_nothing_from_anybody() {
        let ann = profile(Some("ann@x.test"), true);
        assert_eq!(decide(&ann, known(None, Some("ann"))), Ok(Decision::Connect));
        assert_eq!(decide(&ann, known(Some("ann"), Some("ann"))), Ok(Decision::Connected));
        assert_eq!(decide(&ann, known(Some("ben"), Some("ann"))), Err(Failure::AlreadyLinkedToDifferentUser));
    }
}
