//! What may be asked for on the way to a website's first page. The rules only; asking is the worker's business.

use super::domain::{Domain, House, Parts, Problem, is_number};

/// Redirects that are followed.
pub const MAX_REDIRECTS: usize = 3;
/// How long a look may take in all, its redirects and names included, in milliseconds.
pub const TIMEOUT_MS: u64 = 5000;
/// How much of a page is read, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Why a page was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    /// The name leads to no address.
    NoAddress,
    /// It leads, at least in part, to addresses that are not public.
    NotPublic,
    /// The name could not be looked up. Says nothing about the website.
    NotLookedUp,
    /// Nothing answered, or the line broke.
    NoAnswer,
    /// The answer took too long.
    TooSlow,
    /// A redirect leads to an unencrypted address.
    Insecure,
    /// A redirect leads to another website.
    Elsewhere,
    /// One redirect after another.
    TooManyRedirects,
    /// It answered with an error.
    Failed,
    /// It answered with something that is no page.
    NotHtml,
    /// It is an address that nobody is sent to by us: a place of our own, a port, a name and password before the host.
    OffLimits,
}

impl Unseen {
    /// `reason` in the answer.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoAddress => "no_address",
            Self::NotPublic => "not_public",
            Self::NotLookedUp => "not_looked_up",
            Self::NoAnswer => "no_answer",
            Self::TooSlow => "too_slow",
            Self::Insecure => "insecure",
            Self::Elsewhere => "elsewhere",
            Self::TooManyRedirects => "too_many_redirects",
            Self::Failed => "failed",
            Self::NotHtml => "not_html",
            Self::OffLimits => "off_limits",
        }
    }

    /// What the person reads: what happened, and what to do.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoAddress => "No website is known under that name. Look for a mistyping in it.",
            Self::NotPublic => {
                "That name leads into a private network, where we do not go. It must be a website that anybody can open."
            }
            Self::NotLookedUp => "That name could not be looked up just now. We try again by ourselves.",
            Self::NoAnswer => {
                "Your website does not answer over an encrypted line (https). Check that https:// works there in your browser."
            }
            Self::TooSlow => "Your website takes longer than five seconds to answer. Try again when it is faster.",
            Self::Insecure => {
                "Your website sends visitors on to an address without encryption (http), and we do not follow there."
            }
            Self::Elsewhere => "That address sends visitors on to another website. Connect the one they arrive at.",
            Self::TooManyRedirects => "Your website sends visitors on again and again, so no page could be read.",
            Self::Failed => "Your website answers with an error. Check that its first page opens in your browser.",
            Self::NotHtml => {
                "What stands at that address is no web page. Check that its first page opens in your browser."
            }
            Self::OffLimits => {
                "That address is one where we do not look. It must be a page of a website at its usual place."
            }
        }
    }
}

/// Where a redirect leads, if it may be followed: to the same website, with or without `www.`, encrypted, at the usual
/// port. Whoever controls another website must not be able to prove this one.
///
/// # Errors
/// Why not.
pub fn follow(domain: &Domain, to: &Parts, house: &House<'_>) -> Result<(), Unseen> {
    let development = domain.is_development(house);
    if is_number(&to.host) {
        return Err(Unseen::NotPublic);
    }
    if to.scheme != "https" && !(development && to.scheme == "http") {
        return Err(if to.scheme == "http" { Unseen::Insecure } else { Unseen::Elsewhere });
    }
    let host = to.host.strip_suffix('.').unwrap_or(&to.host);
    let bare = |name: &str| name.strip_prefix("www.").unwrap_or(name).to_owned();
    let same_port = match domain.as_str().split_once(':') {
        Some((_, port)) => to.port.map(|port| port.to_string()).as_deref() == Some(port),
        None => to.port.is_none(),
    };
    if to.credentials || !same_port || bare(host) != bare(domain.host()) {
        return Err(Unseen::Elsewhere);
    }
    Ok(())
}

/// Where on the web something may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On the public internet: the name is to be looked up first.
    Public,
    /// On the developer's own machine.
    Development,
}

/// Whether an address may be asked for at all, wherever it was read: a website's, at its usual place, and not the app's.
/// Sites that are made here are websites as all others.
///
/// # Errors
/// Why not.
pub fn may_ask(to: &Parts, house: &House<'_>) -> Result<Place, Unseen> {
    let host = to.host.strip_suffix('.').unwrap_or(&to.host);
    if to.credentials || host == house.app_host {
        return Err(Unseen::OffLimits);
    }
    // Nobody has a site at the app's name, so that what is below it is judged as if it belonged to nobody.
    let nobody = House { app_host: "invalid", sites_domain: "invalid", ..*house };
    match Domain::from_parts(to, &nobody) {
        Ok(domain) if domain.is_development(house) => Ok(Place::Development),
        Ok(_) => Ok(Place::Public),
        Err(Problem::Number | Problem::NotPublic | Problem::Ours) => Err(Unseen::NotPublic),
        Err(Problem::Empty | Problem::Mail | Problem::Unreadable | Problem::Port) => Err(Unseen::OffLimits),
    }
}

#[cfg(test)]
mod tests {
    use super::super::domain::tests::{AT_HOME, HOUSE, parts};
    use super::*;
    use proptest::prelude::*;

    fn ann() -> Domain {
        Domain::from_column("ann.example")
    }

    #[test]
    fn follows_to_the_same_website() {
        for host in ["ann.example", "www.ann.example", "ann.example."] {
            assert_eq!(follow(&ann(), &parts(host), &HOUSE), Ok(()), "{host}");
        }
        assert_eq!(follow(&Domain::from_column("www.ann.example"), &parts("ann.example"), &HOUSE), Ok(()));
    }

    #[test]
    fn follows_nowhere_else() {
        let http = Parts { scheme: "http".into(), ..parts("ann.example") };
        for (to, why) in [
            (parts("127.0.0.1"), Unseen::NotPublic),
            (parts("169.254.169.254"), Unseen::NotPublic),
            (parts("[::ffff:a00:1]"), Unseen::NotPublic),
            (Parts { scheme: "http".into(), ..parts("127.0.0.1") }, Unseen::NotPublic),
            (http, Unseen::Insecure),
            (Parts { scheme: "file".into(), ..parts("") }, Unseen::Elsewhere),
            (Parts { port: Some(8443), ..parts("ann.example") }, Unseen::Elsewhere),
            (Parts { credentials: true, ..parts("ann.example") }, Unseen::Elsewhere),
            (parts("evil.example"), Unseen::Elsewhere),
            (parts("ann.example.evil.example"), Unseen::Elsewhere),
            (parts("blog.ann.example"), Unseen::Elsewhere),
            (parts("localhost"), Unseen::Elsewhere),
        ] {
            assert_eq!(follow(&ann(), &to, &HOUSE), Err(why), "{to:?}");
            assert!(
                follow(&ann(), &to, &AT_HOME).is_err(),
                "a developer's machine opens nothing more for public names"
            );
        }
    }

    #[test]
    fn a_developers_site_stays_at_its_port() {
        let site = Domain::from_column("ann.localhost:5000");
        let to = |host, port| Parts { scheme: "http".into(), port, ..parts(host) };
        assert_eq!(follow(&site, &to("ann.localhost", Some(5000)), &AT_HOME), Ok(()));
        assert_eq!(follow(&site, &to("ann.localhost", Some(22)), &AT_HOME), Err(Unseen::Elsewhere));
        assert_eq!(follow(&site, &to("ann.localhost", None), &AT_HOME), Err(Unseen::Elsewhere));
        assert_eq!(follow(&site, &to("ann.localhost", Some(5000)), &HOUSE), Err(Unseen::Insecure));
    }

    #[test]
    fn asks_on_the_public_web_at_usual_places_alone() {
        let http = Parts { scheme: "http".into(), ..parts("ann.example") };
        for to in
            [parts("ann.example"), parts("ann.example."), http, parts("ann.vetka.sh"), parts("ann.sites.vetka.sh")]
        {
            assert_eq!(may_ask(&to, &HOUSE), Ok(Place::Public), "{to:?}");
        }
        for (to, why) in [
            (parts("vetka.sh"), Unseen::OffLimits),
            (parts("vetka.sh."), Unseen::OffLimits),
            (Parts { scheme: "ftp".into(), ..parts("ann.example") }, Unseen::OffLimits),
            (Parts { port: Some(8443), ..parts("ann.example") }, Unseen::OffLimits),
            (Parts { port: Some(22), ..parts("ann.localhost") }, Unseen::NotPublic),
            (Parts { credentials: true, ..parts("ann.example") }, Unseen::OffLimits),
            (parts("127.0.0.1"), Unseen::NotPublic),
            (parts("[::1]"), Unseen::NotPublic),
            (parts("localhost"), Unseen::NotPublic),
            (parts("localhost."), Unseen::NotPublic),
            (parts("printer.local"), Unseen::NotPublic),
            (parts("metadata"), Unseen::NotPublic),
            (parts("router.home.arpa"), Unseen::NotPublic),
        ] {
            assert_eq!(may_ask(&to, &HOUSE), Err(why), "{to:?}");
        }
        let home = |host, port| Parts { scheme: "http".into(), port, ..parts(host) };
        assert_eq!(may_ask(&home("ann.localhost", Some(5000)), &AT_HOME), Ok(Place::Development));
        assert_eq!(may_ask(&home("ann.vetka.localhost", Some(8787)), &AT_HOME), Ok(Place::Development));
        assert_eq!(may_ask(&home("vetka.localhost", Some(8787)), &AT_HOME), Err(Unseen::OffLimits));
        assert_eq!(may_ask(&home("localhost", Some(22)), &AT_HOME), Err(Unseen::NotPublic));
    }

    proptest! {
        #[test]
        fn wherever_it_asks_is_a_name_at_its_usual_place(
            host in "[a-z0-9.:\\[\\]-]{0,40}", scheme in "https?|ftp|file", port in proptest::option::of(1u16..), credentials: bool
        ) {
            let to = Parts { scheme, host, port, credentials, path: "/".into() };
            if may_ask(&to, &HOUSE).is_ok() {
                prop_assert!(to.port.is_none() && !to.credentials && to.scheme.starts_with("http"));
                prop_assert!(to.host.parse::<std::net::IpAddr>().is_err() && to.host != "vetka.sh");
            }
        }

        #[test]
        fn wherever_it_follows_is_encrypted_and_the_same_website(
            host in "(www\\.)?(ann|evil)\\.example\\.?", scheme in "https?", port in proptest::option::of(1u16..), credentials: bool
        ) {
            let to = Parts { scheme, host, port, credentials, path: "/".into() };
            if follow(&ann(), &to, &HOUSE).is_ok() {
                prop_assert!(to.scheme == "https" && to.port.is_none() && !to.credentials && to.host.contains("ann.example"));
            }
        }
    }
}
