//! E-mail addresses: read once at the border, lower-cased, and from then on known to be well-formed.

use std::fmt;

/// Longest address that mail can be sent to (RFC 5321, with its erratum).
const MAX_BYTES: usize = 254;
const MAX_LOCAL_BYTES: usize = 64;

/// A lower-cased address of ASCII characters, `name@example.org`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Reads what a person typed. `None` when no mail could be sent there: quoted names and bare hosts are addresses by
    /// the letter of the standard, but in practice they are mistypings.
    pub fn parse(typed: &str) -> Option<Self> {
        let address = typed.trim().to_ascii_lowercase();
        let (local, domain) = address.split_once('@')?;
        let known = address.len() <= MAX_BYTES && is_local(local) && is_domain(domain);
        known.then_some(Self(address))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_local(local: &str) -> bool {
    let is_atom = |atom: &str| {
        !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    local.len() <= MAX_LOCAL_BYTES && local.split('.').all(is_atom)
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.')
        && domain.split('.').all(is_label)
        && top.len() >= 2
        && !top.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lower_cases_and_trims() {
        assert_eq!(Email::parse("  Ann.B+site@X.Test ").unwrap().as_str(), "ann.b+site@x.test");
    }

    #[test]
    fn refuses_what_is_no_address() {
        for typed in [
            "",
            "ann",
            "@x.test",
            "ann@",
            "ann@x",
            "ann@x.1",
            "ann@127.0.0.1",
            "ann@x..test",
            "ann@-x.test",
            "a b@x.test",
            "ann@x.test@y.test",
            "ann.@x.test",
            ".ann@x.test",
            "a..b@x.test",
            "ann@x.t",
            "\"ann\"@x.test",
            "änn@x.test",
            "ann@x.test\r\nbcc: evil@x.test",
            "ann@x.test,ben@x.test",
            "<ann@x.test>",
        ] {
            assert_eq!(Email::parse(typed), None, "{typed:?}");
        }
        assert_eq!(Email::parse(&format!("{}@x.test", "a".repeat(65))), None);
        assert_eq!(Email::parse(&format!("a@{}.test", "b.".repeat(130))), None);
    }

    proptest! {
        #[test]
        fn parsing_twice_is_parsing_once(local in "[A-Za-z0-9+_]{1,20}", domain in "[A-Za-z][A-Za-z0-9]{0,10}\\.[a-z]{2,6}") {
            let once = Email::parse(&format!("{local}@{domain}")).unwrap();
            prop_assert_eq!(Email::parse(once.as_str()), Some(once.clone()));
        }

        #[test]
        fn nothing_that_parses_holds_a_separator_of_mail_headers(typed in ".{0,60}") {
            if let Some(email) = Email::parse(&typed) {
                prop_assert!(email.as_str().bytes().all(|b| b.is_ascii_graphic() && !b",;<>\"()[]\\:".contains(&b)));
            }
        }
    }
}
