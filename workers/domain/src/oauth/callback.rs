//! Where a way through a provider may end, by BetterAuth's rule: a path of ours, or an address whose origin is exactly
//! ours. Decided once, when the way begins; what was stored is believed.

use crate::{origin::origin_of, target::encode_component};

/// Longest address that is kept.
const MAX_BYTES: usize = 2000;

/// Whether the browser may be sent there.
pub fn is_trusted(url: &str, app_origin: &str) -> bool {
    if url.len() > MAX_BYTES || url.contains('\\') || url.chars().any(char::is_control) {
        return false;
    }
    if !url.starts_with('/') {
        return origin_of(url) == Some(app_origin);
    }
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    // Two slashes at the beginning are another host, and an escaped one may become one further on.
    !url.starts_with("//") && !path.contains("%2f") && !path.contains("%5c")
}

/// An address with what went wrong added to its query.
pub fn with_error(url: &str, code: &str, description: Option<&str>) -> String {
    let (before, fragment) = url.split_once('#').map_or((url, None), |(before, after)| (before, Some(after)));
    let separator = match before.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    let mut out = format!("{before}{separator}error={}", encode_component(code));
    if let Some(description) = description {
        out.push_str(&format!("&error_description={}", encode_component(description)));
    }
    if let Some(fragment) = fragment {
        out.push('#');
        out.push_str(fragment);
    }
    out
}

/// An address as a `Location` header may hold it: everything that is no visible ASCII is percent-encoded.
pub fn location(url: &str) -> String {
    url.chars().fold(String::with_capacity(url.len()), |mut out, c| {
        if c.is_ascii_graphic() {
            out.push(c);
        } else {
            out.push_str(&encode_component(c.encode_utf8(&mut [0; 4])));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const APP: &str = "https://vetka.sh";

    #[test]
    fn takes_paths_and_our_own_origin() {
        for url in ["/", "/dashboard", "/dash?x=1#y", "/a?b=%2Fc", "https://vetka.sh", "https://vetka.sh/ok", "/ä"] {
            assert!(is_trusted(url, APP), "{url}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for url in [
            "",
            "dashboard",
            "https://evil.test/",
            "https://vetka.sh.evil.test/",
            "https://vetka.sh@evil.test/",
            "https://vetka.sh:444/",
            "http://vetka.sh/",
            "https://ann.vetka.sh/",
            "//evil.test",
            "/\\evil.test",
            "/%2fevil",
            "/a/%5Cevil",
            "/\t/evil.test",
            "https://vetka.sh\\@evil.test",
            "javascript:alert(1)",
            "myapp://cb",
        ] {
            assert!(!is_trusted(url, APP), "{url:?}");
        }
        assert!(!is_trusted(&format!("/{}", "a".repeat(2000)), APP));
    }

    #[test]
    fn an_error_is_added_where_a_query_ends() {
        assert_eq!(with_error("/x", "no_code", None), "/x?error=no_code");
        assert_eq!(with_error("/?sign-in", "a&b", Some("c d")), "/?sign-in&error=a%26b&error_description=c%20d");
        assert_eq!(with_error("/x?#top", "no_code", None), "/x?error=no_code#top");
    }

    #[test]
    fn a_location_is_ascii() {
        assert_eq!(location("/ä b?x=%20"), "/%C3%A4%20b?x=%20");
    }

    proptest! {
        #[test]
        fn a_path_that_passes_stays_here(path in "[/\\\\a-z%2f:.@?#]{0,24}") {
            if is_trusted(&path, APP) {
                prop_assert_eq!(path.as_bytes()[0], b'/');
                prop_assert!(!path.starts_with("//"));
            }
        }
    }
}
