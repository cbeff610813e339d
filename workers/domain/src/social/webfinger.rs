//! WebFinger (RFC 7033): what a site is, for programs that know its name alone. It names pages and feeds, and no actor:
//! nobody can be followed here by a protocol that is not spoken.

use serde::Serialize;

/// Longest `resource`.
const MAX: usize = 500;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The site's domain, lower-cased.
    pub domain: String,
}

/// What is wrong with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// It has no `resource`, or more than one, or one that is no URI.
    Malformed,
    /// It is about somebody else.
    Unknown,
}

/// What is known of a site.
#[derive(Debug, Serialize)]
pub struct Document {
    /// Its one name.
    pub subject: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// Where more is.
    pub links: Vec<Link>,
}

/// Where more is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it is.
    pub rel: &'static str,
    /// Its content type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// Where.
    pub href: String,
}

/// Reads `resource`: `acct:ann@ann.example`, or the address of the site. The name before the `@` is anybody's: a site has
/// one owner.
///
/// # Errors
/// It is not one that can be answered.
pub fn read(resources: &[String]) -> Result<Resource, Problem> {
    let [resource] = resources else { return Err(Problem::Malformed) };
    let resource = resource.trim();
    if resource.is_empty() || resource.len() > MAX {
        return Err(Problem::Malformed);
    }
    let (scheme, rest) = resource.split_once(':').ok_or(Problem::Malformed)?;
    let domain = match scheme.to_ascii_lowercase().as_str() {
        "acct" => rest.rsplit_once('@').filter(|(name, _)| !name.is_empty()).ok_or(Problem::Malformed)?.1,
        "https" | "http" => {
            let rest = rest.strip_prefix("//").ok_or(Problem::Malformed)?;
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            if !path.is_empty() {
                return Err(Problem::Unknown);
            }
            host
        }
        _ => return Err(Problem::Unknown),
    };
    let domain = domain.to_ascii_lowercase();
    let known = domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'));
    if domain.is_empty() || !known {
        return Err(Problem::Unknown);
    }
    Ok(Resource { domain })
}

/// The name of a site, as an account: `acct:ann@ann.vetka.sh`, after the first part of its domain.
pub fn subject(domain: &str) -> String {
    let name = domain.strip_prefix("www.").unwrap_or(domain).split('.').next().unwrap_or_default();
    format!("acct:{name}@{domain}")
}

/// The document with the links that were asked for; all of them when none was.
pub fn document(domain: &str, url: &str, links: Vec<Link>, wanted: &[String]) -> Document {
    let links =
        links.into_iter().filter(|link| wanted.is_empty() || wanted.iter().any(|rel| rel == link.rel)).collect();
    Document { subject: subject(domain), aliases: vec![url.to_owned()], links }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(resource: &str) -> Result<String, Problem> {
        read(&[resource.to_owned()]).map(|resource| resource.domain)
    }

    #[test]
    fn reads_names_and_addresses() {
        for resource in [
            "acct:bob@bob.vetka.sh",
            "ACCT:Bob@BOB.vetka.sh",
            "acct:x@y@bob.vetka.sh",
            "https://bob.vetka.sh/",
            "https://bob.vetka.sh",
            "http://Bob.vetka.sh/",
        ] {
            assert_eq!(asked(resource).as_deref(), Ok("bob.vetka.sh"), "{resource}");
        }
        assert_eq!(asked("acct:bob@bob.localhost:5000").as_deref(), Ok("bob.localhost:5000"));
        assert_eq!(subject("bob.vetka.sh"), "acct:bob@bob.vetka.sh");
        assert_eq!(subject("www.bob.example"), "acct:bob@www.bob.example");
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(read(&[]), Err(Problem::Malformed));
        assert_eq!(read(&["acct:a@b.test".into(), "acct:a@b.test".into()]), Err(Problem::Malformed));
        for resource in ["", "bob", "acct:bob", "acct:@b.test", "https:bob.test"] {
            assert_eq!(asked(resource), Err(Problem::Malformed), "{resource}");
        }
        for resource in ["mailto:a@b.test", "https://bob.test/about", "acct:a@b test", "acct:a@"] {
            assert_eq!(asked(resource), Err(Problem::Unknown), "{resource}");
        }
        assert_eq!(asked(&format!("acct:a@{}", "b".repeat(600))), Err(Problem::Malformed));
    }

    #[test]
    fn gives_what_was_asked_for_and_no_actor() {
        let link = |rel| Link { rel, kind: None, href: "https://x.test/".into() };
        let links = || vec![link("http://webfinger.net/rel/profile-page"), link("alternate")];
        assert_eq!(document("b.test", "https://b.test/", links(), &[]).links.len(), 2);
        assert_eq!(document("b.test", "https://b.test/", links(), &["alternate".into()]).links, [link("alternate")]);
        let none = document("b.test", "https://b.test/", links(), &["self".into()]);
        assert!(none.links.is_empty() && none.subject == "acct:b@b.test");
    }
}
