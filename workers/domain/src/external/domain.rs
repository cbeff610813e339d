//! The domain of a site that somebody owns: read once from what a person types, and from then on known to be a name
//! on the public internet that is not one of ours.

use std::fmt;

/// Longest host name (RFC 1035).
const MAX: usize = 253;

/// Names below which nothing is on the public internet: IANA's special-use names, and those that home and company
/// networks use. `.example` is missing on purpose: it belongs to nobody and leads nowhere, and the documentation needs
/// names.
const SPECIAL: [&str; 15] = [
    "alt",
    "arpa",
    "corp",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "mail",
    "onion",
    "private",
    "test",
];

/// `ann.example`, lower-case and in ASCII. On a developer's machine also `ann.localhost:5000`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Domain(String);

/// A URL that the platform's own parser has read, so that every spelling of a host has become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// `https`, without the colon.
    pub scheme: String,
    /// `ann.example`, `127.0.0.1`, `[::1]`.
    pub host: String,
    /// Only when it is not the scheme's own.
    pub port: Option<u16>,
    /// Whether a name or a password stands before the host.
    pub credentials: bool,
    /// Path and query, beginning with `/`.
    pub path: String,
}

/// What is ours, and so nobody's to connect.
#[derive(Debug, Clone, Copy)]
pub struct House<'a> {
    /// `vetka.sh`: where the app is.
    pub app_host: &'a str,
    /// `vetka.sh`: below it the sites that are made here.
    pub sites_domain: &'a str,
    /// `localhost` on a developer's machine: names below it may be connected, over HTTP and with a port.
    pub development: Option<&'a str>,
}

/// Why a domain cannot be connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Nothing was typed.
    Empty,
    /// It has an @ before the host.
    Mail,
    /// It is no web address.
    Unreadable,
    /// It has a port.
    Port,
    /// It is a number, not a name.
    Number,
    /// It is one word, or a name that only home and company networks know.
    NotPublic,
    /// It is ours.
    Ours,
}

impl Problem {
    /// `reason` in the answer.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty | Self::Unreadable => "unreadable",
            Self::Mail => "mail_address",
            Self::Port => "port",
            Self::Number => "number",
            Self::NotPublic => "not_public",
            Self::Ours => "ours",
        }
    }

    /// What the person reads.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Empty => "Type the address of your website, such as ann.example.",
            Self::Mail => "That looks like an e-mail address. Type the address of your website, such as ann.example.",
            Self::Unreadable => "That is no address of a website. Copy it from the top of your browser.",
            Self::Port => {
                "That address ends in a colon and a number. Only websites at their usual place can be connected."
            }
            Self::Number => "That address is a number. Type the name of your website, such as ann.example.",
            Self::NotPublic => "That address works only inside a home or an office, so visitors could not reach it.",
            Self::Ours => "That address is one of Vetka’s own. To have a site here, pick a free name instead.",
        }
    }
}

impl Domain {
    /// Reads the parts of an address that a person typed. Path and query are not looked at: people paste whole links.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn from_parts(parts: &Parts, house: &House<'_>) -> Result<Self, Problem> {
        if parts.credentials {
            return Err(Problem::Mail);
        }
        if !matches!(parts.scheme.as_str(), "https" | "http") {
            return Err(Problem::Unreadable);
        }
        let host = parts.host.strip_suffix('.').unwrap_or(&parts.host);
        if is_number(host) {
            return Err(Problem::Number);
        }
        if host.is_empty() || host.len() > MAX || !host.split('.').all(is_label) {
            return Err(Problem::Unreadable);
        }
        if is_below(host, house.app_host) || is_below(host, house.sites_domain) {
            return Err(Problem::Ours);
        }
        if house.development.is_some_and(|development| host != development && is_below(host, development)) {
            let port = parts.port.map_or_else(String::new, |port| format!(":{port}"));
            return Ok(Self(format!("{host}{port}")));
        }
        if !host.contains('.') || SPECIAL.iter().any(|special| is_below(host, special)) {
            return Err(Problem::NotPublic);
        }
        if parts.port.is_some() {
            return Err(Problem::Port);
        }
        Ok(Self(host.to_owned()))
    }

    /// A domain that was read before and comes from the database.
    pub fn from_column(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As the column `site.domain` has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without a port.
    pub fn host(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(host, _)| host)
    }

    /// Whether it is a name on the developer's own machine.
    pub fn is_development(&self, house: &House<'_>) -> bool {
        house.development.is_some_and(|development| is_below(self.host(), development))
    }

    /// Where the site is, without a slash at the end.
    pub fn origin(&self, house: &House<'_>) -> String {
        format!("{}://{}", if self.is_development(house) { "http" } else { "https" }, self.0)
    }

    /// The name of the DNS record that can prove it.
    pub fn record_name(&self) -> String {
        format!("_vetka.{}", self.host())
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Under which name a site stands when somebody else has proven its domain since. Nobody can type it: `.invalid` is no
/// public name.
pub fn lost_name(site_id: &str) -> String {
    format!("lost--{site_id}.invalid")
}

/// Whether a name is `domain` or below it.
pub fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// An address in numbers, as the platform's parser writes them, and what could be taken for one.
pub(super) fn is_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    host.starts_with('[') || (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub const HOUSE: House<'_> = House { app_host: "vetka.sh", sites_domain: "sites.vetka.sh", development: None };
    pub const AT_HOME: House<'_> =
        House { app_host: "vetka.localhost", sites_domain: "vetka.localhost", development: Some("localhost") };

    pub fn parts(host: &str) -> Parts {
        Parts { scheme: "https".into(), host: host.into(), port: None, credentials: false, path: "/".into() }
    }

    #[test]
    fn takes_public_names() {
        for host in [
            "ann.example",
            "www.ann.example",
            "a.b.c.d.example",
            "xn--nn-xka.example",
            "vetka.sh.example",
            "notvetka.sh",
        ] {
            assert_eq!(Domain::from_parts(&parts(host), &HOUSE).map(|d| d.to_string()), Ok(host.to_owned()));
        }
        assert_eq!(Domain::from_parts(&parts("ann.example."), &HOUSE).unwrap().as_str(), "ann.example");
        let http = Parts { scheme: "http".into(), ..parts("ann.example") };
        assert_eq!(Domain::from_parts(&http, &HOUSE).unwrap().origin(&HOUSE), "https://ann.example");
    }

    #[test]
    fn says_what_is_wrong() {
        let long = format!("{}.example", "a.".repeat(130));
        for (host, problem) in [
            ("", Problem::Unreadable),
            ("ann", Problem::NotPublic),
            ("localhost", Problem::NotPublic),
            ("ann.localhost", Problem::NotPublic),
            ("printer.local", Problem::NotPublic),
            ("wiki.internal", Problem::NotPublic),
            ("router.home.arpa", Problem::NotPublic),
            ("ann.test", Problem::NotPublic),
            ("lost--a.invalid", Problem::NotPublic),
            ("hidden.onion", Problem::NotPublic),
            ("127.0.0.1", Problem::Number),
            ("[::1]", Problem::Number),
            ("ann.example.1", Problem::Number),
            ("vetka.sh", Problem::Ours),
            ("ann.vetka.sh", Problem::Ours),
            ("ann.sites.vetka.sh", Problem::Ours),
            ("ann..example", Problem::Unreadable),
            ("-ann.example", Problem::Unreadable),
            ("ann_b.example", Problem::Unreadable),
            ("änn.example", Problem::Unreadable),
            (long.as_str(), Problem::Unreadable),
        ] {
            assert_eq!(Domain::from_parts(&parts(host), &HOUSE), Err(problem), "{host:?}");
        }
        let ann = parts("ann.example");
        let with_port = Parts { port: Some(8443), ..ann.clone() };
        assert_eq!(Domain::from_parts(&with_port, &HOUSE), Err(Problem::Port));
        assert_eq!(Domain::from_parts(&Parts { credentials: true, ..ann.clone() }, &HOUSE), Err(Problem::Mail));
        assert_eq!(Domain::from_parts(&Parts { scheme: "ftp".into(), ..ann }, &HOUSE), Err(Problem::Unreadable));
    }

    #[test]
    fn names_of_this_machine_are_for_developers_alone() {
        let typed = Parts { port: Some(5000), ..parts("ann.localhost") };
        let domain = Domain::from_parts(&typed, &AT_HOME).unwrap();
        assert_eq!((domain.as_str(), domain.host()), ("ann.localhost:5000", "ann.localhost"));
        assert_eq!(domain.origin(&AT_HOME), "http://ann.localhost:5000");
        assert_eq!(domain.origin(&HOUSE), "https://ann.localhost:5000", "elsewhere it is no such name");
        assert_eq!(Domain::from_parts(&typed, &HOUSE), Err(Problem::NotPublic));
        assert_eq!(Domain::from_parts(&parts("localhost"), &AT_HOME), Err(Problem::NotPublic));
        for ours in ["vetka.localhost", "ann.vetka.localhost"] {
            assert_eq!(Domain::from_parts(&parts(ours), &AT_HOME), Err(Problem::Ours));
        }
    }

    proptest! {
        #[test]
        fn the_name_of_a_lost_site_cannot_be_typed(id in "[a-z2-7]{24}") {
            let name = lost_name(&id);
            prop_assert!(Domain::from_parts(&parts(&name), &HOUSE).is_err());
            prop_assert!(Domain::from_parts(&parts(&name), &AT_HOME).is_err());
        }

        #[test]
        fn what_parses_is_a_public_name(host in "[a-z0-9.:\\[\\]-]{0,40}") {
            if let Ok(domain) = Domain::from_parts(&parts(&host), &HOUSE) {
                let text = domain.as_str();
                prop_assert!(text.contains('.') && !is_below(text, "vetka.sh"));
                prop_assert!(text.parse::<std::net::IpAddr>().is_err());
                prop_assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.'));
            }
        }
    }
}
