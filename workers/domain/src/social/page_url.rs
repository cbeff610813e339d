//! Which page it is: one address for each page of a member's site, however people came to it.
//!
//! Whose page an address is of is told by its origin alone. A site that is made here has the origin of its label and
//! perhaps that of a domain of its own; its pages are kept under the first, which nobody can take away.
//!
//! What visitors bring along from mail and advertisements is dropped everywhere. Where we serve the pages ourselves, we
//! know more: they have no fragments that matter, `/a/`, `/a.html` and `/a/index.html` are the same page, and a slash too
//! many changes nothing. On other hosts each of these may be a page by itself.

use crate::external::domain::Parts;

/// Longest address of a page, in bytes.
pub const MAX_BYTES: usize = 2000;

/// Parameters that tell where a visitor came from, and nothing about what they see. `utm_` is the beginning of more.
const TRACKING: [&str; 24] = [
    "_hsenc",
    "_hsmi",
    "_openstat",
    "dclid",
    "fbclid",
    "gbraid",
    "gclid",
    "igsh",
    "igshid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "oly_anon_id",
    "oly_enc_id",
    "srsltid",
    "ttclid",
    "twclid",
    "vero_id",
    "wbraid",
    "wickedid",
    "yclid",
    "ysclid",
    "gclsrc",
];

/// Why an address is no page's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Neither `https` nor `http`.
    Scheme,
    /// A name or a password stands in it.
    Credentials,
    /// More than [`MAX_BYTES`].
    Long,
}

impl Problem {
    /// What the person reads.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Scheme => "That is no address of a page on the web.",
            Self::Credentials => "That address has a name or a password in it, so it is not kept.",
            Self::Long => "That address is too long.",
        }
    }
}

/// Whose pages an origin holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// The site that is made here and has this label.
    Label(String),
    /// The site with this domain, its own or a connected one's: a host, with a port where there is one.
    Domain(String),
}

/// Where a site's pages are kept.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// Without a slash at the end: of the label, or of the connected domain.
    pub origin: &'a str,
    /// Whether we serve its pages.
    pub hosted: bool,
}

/// Scheme, host and port, as browsers write an origin. A dot at the end of the host is no part of the name.
pub fn origin(parts: &Parts) -> String {
    let port = parts.port.map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{}{port}", parts.scheme, host(parts))
}

/// Whose page an address is of. `sites_origin` is where sites that are made here live: `https://{label}.vetka.sh`.
///
/// # Errors
/// What keeps it from being an address of a page at all.
pub fn home(parts: &Parts, sites_origin: &str) -> Result<Home, Problem> {
    check(parts)?;
    let origin = origin(parts);
    if let Some((before, after)) = sites_origin.split_once("{label}") {
        let label = origin.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        if let Some(label) = label.filter(|label| !label.is_empty() && !label.contains('.')) {
            return Ok(Home::Label(label.to_owned()));
        }
    }
    let port = parts.port.map_or_else(String::new, |port| format!(":{port}"));
    Ok(Home::Domain(format!("{}{port}", host(parts))))
}

/// The one address of a page of this site.
///
/// # Errors
/// What keeps it from being one.
pub fn normalise(parts: &Parts, site: &Site<'_>) -> Result<String, Problem> {
    check(parts)?;
    let (path, query) = parts.path.split_once('?').unwrap_or((&parts.path, ""));
    let path = unreserved(path);
    let path = if site.hosted { hosted(&path) } else { path };
    let query = unreserved(query);
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_tracking(pair)).collect();
    let query = if kept.iter().all(|pair| pair.is_empty()) { String::new() } else { format!("?{}", kept.join("&")) };
    let url = format!("{}{path}{query}", site.origin);
    if url.len() > MAX_BYTES { Err(Problem::Long) } else { Ok(url) }
}

fn check(parts: &Parts) -> Result<(), Problem> {
    if !matches!(parts.scheme.as_str(), "https" | "http") || parts.host.is_empty() {
        return Err(Problem::Scheme);
    }
    if parts.credentials { Err(Problem::Credentials) } else { Ok(()) }
}

fn host(parts: &Parts) -> &str {
    parts.host.strip_suffix('.').unwrap_or(&parts.host)
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    name.starts_with("utm_") || TRACKING.contains(&name.as_str())
}

/// The path of a page that we serve, which is one of the forms under which `vetka_r2::lookup` finds its file.
fn hosted(path: &str) -> String {
    let mut segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    while let Some(last) = segments.last_mut() {
        match last.strip_suffix(".html") {
            Some(stem) if !stem.is_empty() => *last = stem,
            // `/a/index.html` is `/a/index`, and that is `/a`.
            _ if *last == "index" => {
                segments.pop();
            }
            _ => break,
        }
    }
    format!("/{}", segments.join("/"))
}

/// Decodes what need not be encoded, and writes the rest in upper case (RFC 3986, 6.2.2).
fn unreserved(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let code = after.get(..2).filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let Some(code) = code else {
            out.push('%');
            rest = after;
            continue;
        };
        match u8::from_str_radix(code, 16) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => out.push(byte as char),
            _ => {
                out.push('%');
                out.push_str(&code.to_ascii_uppercase());
            }
        }
        rest = after.get(2..).unwrap_or_default();
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An address as the platform's parser gives it, for plain ones.
    fn parts(url: &str) -> Parts {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (credentials, authority) = authority.rsplit_once('@').map_or((false, authority), |(_, host)| (true, host));
        let (host, port) =
            authority.split_once(':').map_or((authority, None), |(host, port)| (host, port.parse().ok()));
        let path = path.split('#').next().filter(|path| !path.is_empty()).unwrap_or("/").to_owned();
        Parts { scheme: scheme.into(), host: host.into(), port, credentials, path }
    }

    fn elsewhere(url: &str) -> Result<String, Problem> {
        let parts = parts(url);
        normalise(&parts, &Site { origin: &origin(&parts), hosted: false })
    }

    fn here(path: &str) -> String {
        let ann = Site { origin: "https://ann.vetka.sh", hosted: true };
        normalise(&parts(&format!("https://www.ann.cafe{path}")), &ann).unwrap()
    }

    #[test]
    fn on_hosts_of_others_only_what_is_sure_is_made_one() {
        for (url, one) in [
            ("https://e.com", "https://e.com/"),
            ("http://e.com/", "http://e.com/"),
            ("https://e.com:8443/a", "https://e.com:8443/a"),
            ("https://e.com/a/", "https://e.com/a/"),
            ("https://e.com/a/index.html", "https://e.com/a/index.html"),
            ("https://e.com/a.html", "https://e.com/a.html"),
            ("https://e.com/index.html", "https://e.com/index.html"),
            ("https://e.com/?utm_source=x&id=7", "https://e.com/?id=7"),
            ("https://e.com/?b=2&a=1", "https://e.com/?b=2&a=1"),
            ("https://e.com/%7euser/", "https://e.com/~user/"),
            ("https://e.com/a%2fb", "https://e.com/a%2Fb"),
            ("https://e.com/a//b", "https://e.com/a//b"),
            ("https://e.com./", "https://e.com/"),
            ("https://www.e.com/", "https://www.e.com/"),
            ("https://e.com/A", "https://e.com/A"),
            ("https://xn--e1aybc.xn--p1ai/", "https://xn--e1aybc.xn--p1ai/"),
            ("https://e.com/?fbclid=1", "https://e.com/"),
            ("https://e.com/?ref=rss", "https://e.com/?ref=rss"),
            ("https://e.com/a#b", "https://e.com/a"),
            ("https://e.com/%zz%", "https://e.com/%zz%"),
            ("https://e.com/?a=%3d&&b", "https://e.com/?a=%3D&&b"),
            ("https://e.com/?UTM_Medium=x&YCLID=1&utmost=1", "https://e.com/?utmost=1"),
        ] {
            assert_eq!(elsewhere(url).as_deref(), Ok(one), "{url}");
        }
    }

    #[test]
    fn on_sites_that_we_serve_every_form_is_the_same_page() {
        for (path, one) in [
            ("/", "/"),
            ("/index.html", "/"),
            ("/index", "/"),
            ("/a", "/a"),
            ("/a/", "/a"),
            ("/a.html", "/a"),
            ("/a/index.html", "/a"),
            ("//a//b/", "/a/b"),
            ("/%61bout", "/about"),
            ("/a.html/", "/a"),
            ("/a/index/index.html", "/a"),
            ("/.html", "/.html"),
            ("/paper.pdf?gclid=1", "/paper.pdf"),
            ("/a/?q=1&utm_id=2#c", "/a?q=1"),
        ] {
            assert_eq!(here(path), format!("https://ann.vetka.sh{one}"), "{path}");
        }
    }

    #[test]
    fn some_addresses_are_no_pages() {
        assert_eq!(elsewhere("https://u:p@e.com/"), Err(Problem::Credentials));
        assert_eq!(elsewhere("ftp://e.com/"), Err(Problem::Scheme));
        assert_eq!(elsewhere(&format!("https://e.com/{}", "a".repeat(MAX_BYTES))), Err(Problem::Long));
        assert_eq!(home(&parts("mailto://x"), "https://{label}.vetka.sh"), Err(Problem::Scheme));
    }

    #[test]
    fn an_origin_says_whose_page_it_is() {
        const SITES: &str = "https://{label}.vetka.sh";
        let domain = |host: &str| Ok(Home::Domain(host.to_owned()));
        assert_eq!(home(&parts("https://ann.vetka.sh/a"), SITES), Ok(Home::Label("ann".into())));
        assert_eq!(home(&parts("https://ann.vetka.sh:8443/a"), SITES), domain("ann.vetka.sh:8443"));
        assert_eq!(home(&parts("http://ann.vetka.sh/a"), SITES), domain("ann.vetka.sh"));
        assert_eq!(home(&parts("https://a.b.vetka.sh/"), SITES), domain("a.b.vetka.sh"));
        assert_eq!(home(&parts("https://vetka.sh/"), SITES), domain("vetka.sh"));
        assert_eq!(home(&parts("https://ann.cafe./"), SITES), domain("ann.cafe"));
        assert_eq!(
            home(&parts("http://ann.vetka.localhost:8787/"), "http://{label}.vetka.localhost:8787"),
            Ok(Home::Label("ann".into()))
        );
    }

    proptest! {
        #[test]
        fn what_was_made_one_stays_one(path in "(/|a|b|%41|%2f|%e4|index|\\.html|\\.|\\?|&|=|utm_a|id){0,16}") {
            let path = format!("/{}", path.trim_start_matches('/'));
            let once = here(&path);
            prop_assert_eq!(here(once.strip_prefix("https://ann.vetka.sh").unwrap()), once.clone(), "{}", path);
            let once = elsewhere(&format!("https://e.com{path}")).unwrap();
            prop_assert_eq!(elsewhere(&once).unwrap(), once);
        }
    }
}
