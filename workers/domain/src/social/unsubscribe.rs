//! Ending a kind of mail with one click (RFC 8058). The address in the mail says whose it is, and is signed: whoever has it
//! can end that mail and do nothing else. Nobody has to be signed in, since mail programs are not.

use crate::session::Key;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

/// What sets these signatures apart from all others by the same key.
const PURPOSE: &str = "unsubscribe from the digest";
/// What a mail program sends.
const ONE_CLICK: &str = "One-Click";

/// The token for the digest of a site.
pub fn token(key: &Key, site_id: &str) -> String {
    format!("{site_id}.{}", URL_SAFE_NO_PAD.encode(key.mac(&[PURPOSE, site_id])))
}

/// The site that a token names, if one of these keys made it.
pub fn read(keys: &[Key], token: &str) -> Option<String> {
    let (site_id, signature) = token.split_once('.')?;
    let given = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let ours = |key: &Key| {
        let made = key.mac(&[PURPOSE, site_id]);
        !made.is_empty() && bool::from(made.ct_eq(&given))
    };
    keys.iter().any(ours).then(|| site_id.to_owned())
}

/// Whether the value of `List-Unsubscribe` in a form is what a mail program sends, or our own button.
pub fn is_click(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case(ONE_CLICK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(fill: u8) -> Key {
        Key::new(vec![fill; 32]).unwrap()
    }

    #[test]
    fn a_token_names_its_site_by_either_key() {
        let made = token(&key(1), "abc");
        assert_eq!(read(&[key(1)], &made).as_deref(), Some("abc"));
        assert_eq!(read(&[key(2), key(1)], &made).as_deref(), Some("abc"));
        assert_eq!(read(&[key(2)], &made), None);
        assert_eq!(read(&[], &made), None);
    }

    #[test]
    fn a_click_is_a_click() {
        assert!(is_click("One-Click") && is_click(" one-click "));
        assert!(!is_click("") && !is_click("yes"));
    }

    proptest! {
        #[test]
        fn no_other_token_is_ours(site in "[a-z2-7]{1,24}", other in "[a-z2-7]{1,24}", text in ".{0,80}") {
            prop_assume!(site != other);
            let made = token(&key(1), &site);
            let forged = format!("{other}.{}", made.split_once('.').unwrap().1);
            prop_assert_eq!(read(&[key(1)], &forged), None);
            prop_assert_eq!(read(&[key(1)], &text), None);
        }
    }
}
