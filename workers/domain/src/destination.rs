//! Where somebody goes after signing in, and which paths a link may send them to.

/// Longest path that is remembered over a sign-in.
const MAX_BYTES: usize = 512;

/// A path of ours to go on to. Parsed by rule, not by prefix: `//evil.test` and `/\evil.test` are other hosts to a
/// browser, and so may be their percent-encoded forms to whoever decodes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next<'a>(&'a str);

impl<'a> Next<'a> {
    /// Reads `?next=` or a form's field.
    pub fn parse(path: &'a str) -> Option<Self> {
        let only_printable = path.bytes().all(|byte| byte.is_ascii_graphic());
        let within = path.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        let plain =
            !path.contains('\\') && !within.contains("//") && !within.contains("%2f") && !within.contains("%5c");
        // Only pages: an API's answer is no place to be sent to. The way to GitHub is one that goes on from there.
        let page = (!within.starts_with("/api/") || within == "/api/v1/auth/github") && within != "/after-sign-in";
        (path.starts_with('/') && path.len() <= MAX_BYTES && only_printable && plain && page).then_some(Self(path))
    }

    /// The path with its query.
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

/// Where to go after signing in, when no page was asked for: home with a site, else to get one.
pub fn post_login(has_site: bool) -> &'static str {
    if has_site { "/" } else { "/setup" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn somebody_with_a_site_goes_home_and_others_get_one() {
        assert_eq!(post_login(true), "/");
        assert_eq!(post_login(false), "/setup");
    }

    #[test]
    fn takes_pages_of_ours() {
        for path in [
            "/",
            "/setup",
            "/sites/ann.vetka.sh/builder?tab=versions",
            "/dash?x=1#y",
            "/?a=%2Fb",
            "/api/v1/auth/github?next=%2Forgs",
        ] {
            assert_eq!(Next::parse(path).map(Next::as_str), Some(path));
        }
    }

    #[test]
    fn refuses_everything_that_could_lead_elsewhere() {
        for path in [
            "",
            "setup",
            "https://evil.test/",
            "//evil.test",
            "/\\evil.test",
            "/%2fevil",
            "/%5Cevil",
            "/a//b",
            "\\\\evil.test",
            "javascript:alert(1)",
            "/\tevil",
            "/a b",
            "/ä",
            "/\r\nset-cookie: x=1",
            "/api/sites",
            "/api/v1/auth/github/callback?code=x",
            "/api/v1/auth/google?next=/",
            "/after-sign-in?next=/",
        ] {
            assert_eq!(Next::parse(path), None, "{path:?}");
        }
        assert_eq!(Next::parse(&format!("/{}", "a".repeat(512))), None);
    }

    proptest! {
        #[test]
        fn what_passes_stays_on_this_origin(path in "[/\\\\a-z%2f:.@?#]{0,24}") {
            if let Some(next) = Next::parse(&path) {
                let bytes = next.as_str().as_bytes();
                prop_assert_eq!(bytes[0], b'/');
                prop_assert!(bytes.get(1).is_none_or(|second| *second != b'/' && *second != b'\\'));
            }
        }
    }
}
