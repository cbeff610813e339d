//! The one spelling of an address, and the names under which the lists may have it.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Host names that are looked up beside the exact one.
const MORE_HOSTS: usize = 4;
/// Folders that are looked up beside the exact path, the root among them.
const FOLDERS: usize = 4;

/// An address in its one spelling. ASCII; user, password, port and fragment are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    host: String,
    path: String,
    query: Option<String>,
    is_number: bool,
}

impl Canonical {
    /// Reads an address of `http` or `https`; one without a scheme is taken for such. `None` for any other.
    pub fn of(address: &[u8]) -> Option<Self> {
        let written: Vec<u8> = address.trim_ascii().iter().copied().filter(|b| !b"\t\r\n".contains(b)).collect();
        let without_fragment = written.split(|byte| *byte == b'#').next().unwrap_or_default();
        let rest = without_scheme(without_fragment)?;
        let end = rest.iter().position(|byte| b"/?".contains(byte)).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let host_and_port = authority.rsplit(|byte| *byte == b'@').next().unwrap_or_default();
        let (host, is_number) = host(&unescape(without_port(host_and_port)))?;
        let tail = unescape(tail);
        let cut = tail.iter().position(|byte| *byte == b'?');
        let (path, query) = tail.split_at(cut.unwrap_or(tail.len()));
        let query = cut.map(|_| escape(query.get(1..).unwrap_or_default()));
        Some(Self { host, path: escape(&resolve(path)), query, is_number })
    }

    /// The host.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Everything that the lists may have this address under, the most exact first: 30 at most.
    pub fn expressions(&self) -> Vec<String> {
        let mut found = Vec::new();
        for host in self.hosts() {
            for path in self.paths() {
                let expression = format!("{host}{path}");
                if !found.contains(&expression) {
                    found.push(expression);
                }
            }
        }
        found
    }

    /// The exact host, and those above it: of the last five labels at most, down to two. A number has no hosts above it.
    fn hosts(&self) -> Vec<&str> {
        let mut hosts = vec![self.host.as_str()];
        if self.is_number {
            return hosts;
        }
        let dots: Vec<usize> = self.host.match_indices('.').map(|(at, _)| at).collect();
        let above = dots.iter().rev().skip(1).take(MORE_HOSTS).rev().filter_map(|at| self.host.get(at + 1..));
        hosts.extend(above);
        hosts
    }

    /// The exact path with its query, without it, and the folders from the root down.
    fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        if let Some(query) = &self.query {
            paths.push(format!("{}?{query}", self.path));
        }
        paths.push(self.path.clone());
        let folders = self.path.match_indices('/').take(FOLDERS).filter_map(|(at, _)| self.path.get(..=at));
        paths.extend(folders.map(str::to_owned));
        paths
    }
}

/// As it would be written, with `http` for both schemes.
impl std::fmt::Display for Canonical {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "http://{}{}", self.host, self.path)?;
        self.query.as_ref().map_or(Ok(()), |query| write!(f, "?{query}"))
    }
}

fn without_scheme(address: &[u8]) -> Option<&[u8]> {
    let begins = |scheme: &[u8]| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    for scheme in [&b"http://"[..], b"https://"] {
        if begins(scheme) {
            return address.get(scheme.len()..);
        }
    }
    (!address.windows(3).any(|window| window == b"://")).then_some(address)
}

fn without_port(host: &[u8]) -> &[u8] {
    let colon = host.iter().rposition(|byte| *byte == b':');
    match colon.map(|at| host.split_at(at)) {
        Some((name, [_, port @ ..])) if port.iter().all(u8::is_ascii_digit) && !name.ends_with(b":") => name,
        _ => host,
    }
}

/// Until there is nothing left to unescape.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    loop {
        let once = unescape_once(&text);
        // Each round that changes anything makes it shorter.
        if once.len() == text.len() {
            return once;
        }
        text = once;
    }
}

fn unescape_once(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let digits = after.first_chunk::<2>().and_then(|[high, low]| Some(hex(*high)? << 4 | hex(*low)?));
        match (first, digits) {
            (b'%', Some(byte)) => {
                out.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).and_then(|value| value.try_into().ok())
}

/// What is no printable ASCII, and the two characters that mean something.
fn escape(text: &[u8]) -> String {
    text.iter().fold(String::with_capacity(text.len()), |mut out, byte| {
        if matches!(byte, 0..=32 | 127.. | b'#' | b'%') {
            out.push_str(&format!("%{byte:02X}"));
        } else {
            out.push(*byte as char);
        }
        out
    })
}

/// The host's one spelling, and whether it is a number.
fn host(written: &[u8]) -> Option<(String, bool)> {
    let lower = written.to_ascii_lowercase();
    let labels: Vec<&[u8]> = lower.split(|byte| *byte == b'.').filter(|label| !label.is_empty()).collect();
    let name = labels.join(&b'.');
    if let Some(inside) = name.strip_prefix(b"[").and_then(|name| name.strip_suffix(b"]")) {
        let address: Ipv6Addr = std::str::from_utf8(inside).ok()?.parse().ok()?;
        let plain = address.to_ipv4_mapped().map_or_else(|| format!("[{address}]"), |v4| v4.to_string());
        return Some((plain, true));
    }
    if let Some(address) = number(&labels) {
        return Some((address.to_string(), true));
    }
    // No browser opens a host with any of these, however they were written; left in, they would read as something else.
    let is_host = !name.is_empty() && !name.iter().any(|byte| b":/?@[]\\".contains(byte));
    is_host.then(|| (escape(&name), false))
}

/// An IPv4 address in any spelling that systems have ever taken: fewer parts, octal, hexadecimal.
fn number(labels: &[&[u8]]) -> Option<Ipv4Addr> {
    let (last, before) = labels.split_last()?;
    if before.len() > 3 {
        return None;
    }
    let mut address = 0_u32;
    for (at, part) in before.iter().enumerate() {
        address |= u32::from(u8::try_from(integer(part)?).ok()?) << (24 - 8 * at);
    }
    let last = integer(last)?;
    let room = 32 - 8 * before.len();
    (last < 1_u64 << room).then(|| Ipv4Addr::from_bits(address | last as u32))
}

fn integer(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    let (digits, radix) = match text.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    if digits.is_empty() || digits.len() > 16 || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

/// Without `.`, `..` and empty segments.
fn resolve(path: &[u8]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut ends_in_folder = true;
    for segment in path.split(|byte| *byte == b'/') {
        ends_in_folder = matches!(segment, b"" | b"." | b"..");
        match segment {
            b"" | b"." => {}
            b".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    let mut out = Vec::with_capacity(path.len() + 1);
    for segment in &kept {
        out.push(b'/');
        out.extend_from_slice(segment);
    }
    if ends_in_folder || kept.is_empty() {
        out.push(b'/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(address: &[u8]) -> String {
        Canonical::of(address).map(|address| address.to_string()).unwrap_or_default()
    }

    /// Each line is one of the cases that the documentation lists, with hosts of our own.
    #[test]
    fn every_spelling_becomes_one() {
        for (written, expected) in [
            // Escapes are undone until none is left; what must stay escaped is escaped once.
            ("http://a.test/%25%32%35", "http://a.test/%25"),
            ("http://a.test/%25%32%35%25%32%35", "http://a.test/%25%25"),
            ("http://a.test/%2525252525252525", "http://a.test/%25"),
            ("http://a.test/left%25%32%35right", "http://a.test/left%25right"),
            ("http://a.test/%%%25%32%35left%%", "http://a.test/%25%25%25left%25%25"),
            (
                "http://%39%33%2e%31%38%34%2e%32%31%36%2e%33%34/%2E%68%69%64/%78%2E%74%65%73%74/",
                "http://93.184.216.34/.hid/x.test/",
            ),
            ("http://a.test/up/%20%20/.in/.Log=a,b-c=d/", "http://a.test/up/%20%20/.in/.Log=a,b-c=d/"),
            (
                "http://a%23.test/%257Ex%2521y%2540z%2523w%2524v%25u%255Et00%252611%252A22%252833%252944_55%252B",
                "http://a%23.test/~x!y@z%23w$v%25u^t00&11*22(33)44_55+",
            ),
            // Numbers.
            ("http://1572395042/page", "http://93.184.216.34/page"),
            ("http://0x5db8d822/", "http://93.184.216.34/"),
            ("http://0135.0270.0330.042/", "http://93.184.216.34/"),
            ("http://93.12113954/", "http://93.184.216.34/"),
            ("http://[2001:DB8:0:0::1]:80/x", "http://[2001:db8::1]/x"),
            ("http://[::ffff:93.184.216.34]/", "http://93.184.216.34/"),
            ("http://999.1.2.3/", "http://999.1.2.3/"),
            // Paths.
            ("http://a.test/page/..", "http://a.test/"),
            ("http://a.test/1/./2/../../../3", "http://a.test/3"),
            ("http://a.test//two//slashes?more//slashes", "http://a.test/two/slashes?more//slashes"),
            // What is missing.
            ("a.test/", "http://a.test/"),
            ("a.test", "http://a.test/"),
            ("http://a.test?q", "http://a.test/?q"),
            ("https://a.test/", "http://a.test/"),
            // What is too much.
            ("http://a.test/page#part", "http://a.test/page"),
            ("http://a.test/page#part#of", "http://a.test/page"),
            ("http://ann:secret@a.test:8080/", "http://a.test/"),
            ("http://A.TeST/", "http://a.test/"),
            ("http://..a...test.../", "http://a.test/"),
            ("http://a.test/one\ttwo\rthree\n4", "http://a.test/onetwothree4"),
            ("  http://a.test/  ", "http://a.test/"),
            ("http:// a.test/", "http://%20a.test/"),
            ("http://%20a.test/", "http://%20a.test/"),
            ("%20a.test/", "http://%20a.test/"),
            // Queries.
            ("http://a.test/q?", "http://a.test/q?"),
            ("http://a.test/q?r?", "http://a.test/q?r?"),
            ("http://a.test/q?r?s", "http://a.test/q?r?s"),
            ("http://a.test/x;", "http://a.test/x;"),
            ("http://a.test/x?y;", "http://a.test/x?y;"),
            ("http://a.test/ab%23cd", "http://a.test/ab%23cd"),
        ] {
            assert_eq!(canonical(written.as_bytes()), expected, "{written}");
        }
        assert_eq!(canonical(b"http://\x01\x80.test/"), "http://%01%80.test/");
        for none in [
            "ftp://a.test/",
            "http://",
            "http:///page",
            "http://.../",
            ":.",
            "a.test:80.",
            "a.test::80",
            "http://a.test%3A80/",
            "http://a%2Fb.test/",
            "http://ann%40a.test/",
            "http://[::1/",
        ] {
            assert_eq!(Canonical::of(none.as_bytes()), None, "{none}");
        }
    }

    fn expressions(address: &str) -> Vec<String> {
        Canonical::of(address.as_bytes()).unwrap().expressions()
    }

    #[test]
    fn an_address_is_looked_up_under_its_hosts_and_folders() {
        assert_eq!(
            expressions("http://x.y.test/1/2.html?p=1"),
            [
                "x.y.test/1/2.html?p=1",
                "x.y.test/1/2.html",
                "x.y.test/",
                "x.y.test/1/",
                "y.test/1/2.html?p=1",
                "y.test/1/2.html",
                "y.test/",
                "y.test/1/",
            ]
        );
        // Of a long name the last five labels, and the whole.
        assert_eq!(
            expressions("http://a.b.c.d.e.f.test/1.html"),
            ["a.b.c.d.e.f.test", "c.d.e.f.test", "d.e.f.test", "e.f.test", "f.test"]
                .iter()
                .flat_map(|host| [format!("{host}/1.html"), format!("{host}/")])
                .collect::<Vec<_>>()
        );
        assert_eq!(expressions("http://1.2.3.4/1/"), ["1.2.3.4/1/", "1.2.3.4/"]);
        assert_eq!(
            expressions("http://y.test/1/2/3/4/5/6?q"),
            ["y.test/1/2/3/4/5/6?q", "y.test/1/2/3/4/5/6", "y.test/", "y.test/1/", "y.test/1/2/", "y.test/1/2/3/"]
        );
    }

    /// Mostly what means something in an address, to come to its corners.
    fn byte() -> impl Strategy<Value = u8> {
        prop_oneof![3 => proptest::sample::select(b":./?#@%[]\\0123x2eEfF a".to_vec()), 1 => any::<u8>()]
    }

    proptest! {
        #[test]
        fn one_spelling_is_its_own(address in proptest::collection::vec(byte(), 0..80)) {
            if let Some(once) = Canonical::of(&address) {
                let text = once.to_string();
                prop_assert!(text.is_ascii());
                prop_assert_eq!(Canonical::of(text.as_bytes()).map(|again| again.to_string()), Some(text));
            }
        }

        #[test]
        fn there_are_thirty_expressions_at_most(host in "[a-z]{1,3}(\\.[a-z]{1,3}){1,9}", path in "(/[a-z.]{0,3}){0,9}(\\?[a-z]{0,3})?") {
            let found = expressions(&format!("http://{host}{path}"));
            prop_assert!((1..=30).contains(&found.len()));
            prop_assert!(found.iter().all(|expression| expression.contains('/') && !expression.contains("//")));
        }
    }
}
