//! A site with a domain of its owner's has two addresses. One of them counts, and visitors of the other are sent there, so
//! that search engines and bookmarks know one site and not two.

use crate::{answer::Answer, asked::Name, fields::Fields};
use vetka_domain::target::Target;
use vetka_edge::config::Config;
use vetka_r2::{Settings, settings::Canonical};

/// The domain that visitors of a site's label are sent to. Who looks at one version, or through the app, stays.
pub fn elsewhere<'a>(name: &Name, settings: &'a Settings, sandboxed: bool) -> Option<&'a str> {
    let counts = matches!(name, Name::Label(_)) && !sandboxed && settings.canonical == Canonical::Domain;
    settings.domain.as_deref().filter(|_| counts)
}

/// Where a domain is. On a developer's machine that is at the port, and as unencrypted, as the request came.
pub fn origin(domain: &str, target: &Target<'_>, config: &Config) -> String {
    match target.port.filter(|_| config.development) {
        Some(port) => format!("{}://{domain}:{port}", target.scheme),
        None => format!("https://{domain}"),
    }
}

/// Sends a visitor to the same place at another address. For good, as search engines want it; but no browser is to keep
/// that, since the owner may change their mind, or lose the domain.
pub fn to(origin: &str, target: &Target<'_>) -> Answer {
    let query = if target.query.is_empty() { String::new() } else { format!("?{}", target.query) };
    let mut fields = Fields::default();
    fields.set("location", format!("{origin}{}{query}", target.path));
    fields.set("cache-control", "no-store");
    fields.set("x-content-type-options", "nosniff");
    Answer::empty(301, fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_visitors_of_the_label_are_sent_to_the_domain_that_counts() {
        let label = Name::Label("ann".to_owned());
        let settings = |domain: Option<&str>, canonical| Settings {
            domain: domain.map(str::to_owned),
            canonical,
            ..Settings::default()
        };
        let counts = settings(Some("www.ann.cafe"), Canonical::Domain);
        assert_eq!(elsewhere(&label, &counts, false), Some("www.ann.cafe"));
        assert_eq!(elsewhere(&label, &counts, true), None);
        assert_eq!(elsewhere(&Name::Host("www.ann.cafe".to_owned()), &counts, false), None);
        assert_eq!(elsewhere(&label, &settings(Some("www.ann.cafe"), Canonical::Label), false), None);
        assert_eq!(elsewhere(&label, &settings(None, Canonical::Domain), false), None);
    }
}
