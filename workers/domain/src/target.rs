//! Where a request is going: host, path and query of a URL that the runtime has already normalised.
//!
//! Owns: splitting. Refuses: parsing URLs that people typed; the `url` crate would cost 77 KB of WASM for that, and the
//! runtime's own parser has run before any of our code sees a request.

/// The parts of a request's URL. Routing reads these and never the `Host` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target<'a> {
    /// `https` or `http`.
    pub scheme: &'a str,
    /// Lower-case host name without a port.
    pub host: &'a str,
    /// The part after the host's colon, when there is one.
    pub port: Option<&'a str>,
    /// Begins with `/`, still percent-encoded.
    pub path: &'a str,
    /// What stands between `?` and `#`, still percent-encoded, possibly empty.
    pub query: &'a str,
}

impl<'a> Target<'a> {
    /// Splits an absolute URL; `None` when it is not one.
    pub fn parse(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(end)?;
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, Some(port)),
            _ => (authority, None),
        };
        let tail = tail.split_once('#').map_or(tail, |(before, _)| before);
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        Some(Self { scheme, host, port, path: if path.is_empty() { "/" } else { path }, query })
    }

    /// The first value of a query parameter, decoded. `None` when it is absent.
    pub fn param(&self, name: &str) -> Option<String> {
        self.query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_form(key) == name).then(|| decode_form(value))
        })
    }
}

/// Percent-decodes one segment of a path; `None` when that gives no UTF-8.
pub fn decode_segment(segment: &str) -> Option<String> {
    String::from_utf8(percent_decode(segment, false)).ok()
}

/// Decodes `application/x-www-form-urlencoded` text: `+` is a space; bytes that are no UTF-8 become U+FFFD.
pub fn decode_form(text: &str) -> String {
    String::from_utf8_lossy(&percent_decode(text, true)).into_owned()
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
pub fn encode_component(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn percent_decode(text: &str, plus_is_space: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' if plus_is_space => out.push(b' '),
            b'%' => {
                let mut ahead = bytes.clone();
                match (ahead.next().and_then(hex), ahead.next().and_then(hex)) {
                    (Some(high), Some(low)) => {
                        out.push(high << 4 | low);
                        bytes = ahead;
                    }
                    // A stray percent sign stands for itself, as browsers have it.
                    _ => out.push(byte),
                }
            }
            _ => out.push(byte),
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn splits_a_url() {
        let target = Target::parse("http://ann.vetka.localhost:8787/a/b%20c?x=1&y=a+b%21#top").unwrap();
        assert_eq!(target.host, "ann.vetka.localhost");
        assert_eq!(target.port, Some("8787"));
        assert_eq!(target.path, "/a/b%20c");
        assert_eq!(target.param("y").as_deref(), Some("a b!"));
        assert_eq!(target.param("z"), None);
    }

    #[test]
    fn a_bare_origin_has_the_root_path() {
        assert_eq!(Target::parse("https://vetka.sh").unwrap().path, "/");
        assert_eq!(Target::parse("https://vetka.sh?x=1").unwrap().query, "x=1");
        assert_eq!(Target::parse("/nothing"), None);
    }

    #[test]
    fn user_information_is_not_the_host() {
        assert_eq!(Target::parse("https://vetka.sh@evil.test/").unwrap().host, "evil.test");
    }

    proptest! {
        #[test]
        fn encoding_round_trips(text in ".*") {
            prop_assert_eq!(decode_form(&encode_component(&text)), text);
        }
    }
}
