//! Whose site a request is for, and which path of it. Taken from the URL; no header decides, but for one in development.

use vetka_domain::{external::domain::is_below, target::Target};
use vetka_edge::config::Config;
use vetka_r2::SnapshotId;

/// Where other workers reach this one.
const INTERNAL_HOST: &str = "hosting.internal";
/// Where the apex shows a site in development.
const APEX_PREFIX: &str = "/api/serve";

/// What a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked<'a> {
    /// A path of a site.
    Site {
        /// Which site.
        name: Name,
        /// Begins with `/`, percent-encoded.
        path: &'a str,
        /// On the app's own origin, where nothing that a site brings may act with the app's powers.
        sandboxed: bool,
    },
    /// Nothing that could be a site.
    Nothing,
}

/// What stands before the sites' domain, or a domain of somebody's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// The name of a site, or of one that could be made. Not longer than a part of a host name can be.
    Label(String),
    /// One version, whether it is live or not.
    Version(SnapshotId),
    /// A host that is none of ours: the domain of a site's owner, or nobody's.
    Host(String),
}

impl Name {
    /// The name as caches and memory know it.
    pub fn key(&self) -> String {
        match self {
            Self::Label(name) | Self::Host(name) => name.clone(),
            Self::Version(id) => format!("v--{id}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        if let Some(id) = text.strip_prefix("v--").and_then(SnapshotId::parse) {
            return Some(Self::Version(id));
        }
        let fits = (1..=63).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        fits.then(|| Self::Label(text.to_owned()))
    }
}

/// Whether another worker asks how this one is.
pub fn is_health(target: &Target<'_>) -> bool {
    target.host == INTERNAL_HOST && target.path == "/healthz"
}

/// Reads a request. `override_label` is the header `X-Vetka-Subdomain`, heeded on the app's host in development only:
/// in production whoever sets a header could otherwise choose what the app's origin shows (lesson 9).
pub fn read<'a>(target: &Target<'a>, config: &Config, override_label: Option<&str>) -> Asked<'a> {
    if target.host == INTERNAL_HOST {
        return Asked::Nothing;
    }
    let label = target.host.strip_suffix(config.sites_domain()).and_then(|rest| rest.strip_suffix('.'));
    if let Some(name) = label.and_then(Name::parse) {
        return Asked::Site { name, path: target.path, sandboxed: false };
    }
    let house = config.house();
    // A label has no dot and a host has one, so that neither can be taken for the other.
    if target.host.contains('.') && !is_below(target.host, house.sites_domain) && !is_below(target.host, house.app_host)
    {
        return Asked::Site { name: Name::Host(target.host.to_owned()), path: target.path, sandboxed: false };
    }
    let app_host = Target::parse(&config.app_origin).map(|app| app.host);
    let path = target.path.strip_prefix(APEX_PREFIX).filter(|path| path.starts_with('/'));
    match (override_label.and_then(Name::parse), path) {
        (Some(name), Some(path)) if config.development && app_host == Some(target.host) => {
            Asked::Site { name, path, sandboxed: true }
        }
        _ => Asked::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(development: bool) -> Config {
        Config {
            app_origin: "https://vetka.sh".to_owned(),
            sites_origin: "https://{label}.vetka.sh".to_owned(),
            development,
            development_site_host: None,
        }
    }

    fn site(url: &str, header: Option<&str>, development: bool) -> Option<(String, String, bool)> {
        match read(&Target::parse(url)?, &config(development), header) {
            Asked::Site { name, path, sandboxed } => Some((name.key(), path.to_owned(), sandboxed)),
            _ => None,
        }
    }

    #[test]
    fn the_host_names_the_site() {
        let found = |label: &str, path: &str| Some((label.to_owned(), path.to_owned(), false));
        assert_eq!(site("https://ann.vetka.sh/a?b", None, false), found("ann", "/a"));
        assert_eq!(site("https://ann.vetka.sh/", Some("bob"), true), found("ann", "/"));
        let version = "v--abcdefghijklmnopqrstuvwx";
        assert_eq!(site(&format!("https://{version}.vetka.sh/"), None, false), found(version, "/"));
        for host in ["www.ann.example", "annvetka.sh", "ann.vetka.sh.evil.test"] {
            assert_eq!(site(&format!("https://{host}/a?b"), None, false), found(host, "/a"));
        }
        for url in ["https://a.b.vetka.sh/", "https://vetka.sh/", "https://a_b.vetka.sh/", "https://localhost/"] {
            assert_eq!(site(url, None, true), None, "{url}");
        }
    }

    /// Lesson 9: a header or a query parameter overrides the host in production.
    #[test]
    fn a_header_names_the_site_in_development_only() {
        let url = "https://vetka.sh/api/serve/x.css?subdomain=bob";
        assert_eq!(site(url, Some("ann"), true), Some(("ann".to_owned(), "/x.css".to_owned(), true)));
        assert_eq!(site(url, Some("ann"), false), None);
        assert_eq!(site(url, None, true), None);
        let elsewhere = Some(("elsewhere.test".to_owned(), "/api/serve/x".to_owned(), false));
        assert_eq!(site("https://elsewhere.test/api/serve/x", Some("ann"), true), elsewhere);
        assert_eq!(site("https://vetka.sh/api/served", Some("ann"), true), None);
    }
}
