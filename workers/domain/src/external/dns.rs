//! What a resolver says over HTTPS, in the JSON form that Cloudflare and Google speak (`application/dns-json`).

use serde::Deserialize;
use std::net::IpAddr;

const A: u16 = 1;
const CNAME: u16 = 5;
const TXT: u16 = 16;
const AAAA: u16 = 28;
const NO_ERROR: u16 = 0;
const NO_SUCH_NAME: u16 = 3;

/// A kind of record to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Another name for the same.
    Cname,
    /// Texts.
    Txt,
}

impl Kind {
    /// `?type=`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Txt => "TXT",
        }
    }
}

/// An answer.
#[derive(Debug, Deserialize)]
pub struct Answer {
    #[serde(rename = "Status")]
    status: u16,
    #[serde(rename = "Answer", default)]
    answer: Vec<Record>,
}

#[derive(Debug, Deserialize)]
struct Record {
    #[serde(rename = "type")]
    kind: u16,
    data: String,
}

impl Answer {
    /// The addresses; none for a name that does not exist. The resolver has followed aliases already.
    /// `None` when the resolver could not say, or said something that is no address: then nobody knows.
    pub fn addresses(&self) -> Option<Vec<IpAddr>> {
        self.of(|kind| kind == A || kind == AAAA)?.map(|data| data.trim().parse().ok()).collect()
    }

    /// The names that the resolver was sent on to, lower-case and without the dot at the end; none for a name that does not
    /// exist. `None` when the resolver could not say.
    pub fn aliases(&self) -> Option<Vec<String>> {
        let name = |data: &str| data.trim().trim_end_matches('.').to_ascii_lowercase();
        Some(self.of(|kind| kind == CNAME)?.map(name).collect())
    }

    /// The texts, each put together from its pieces. `None` when the resolver could not say.
    pub fn texts(&self) -> Option<Vec<String>> {
        Some(self.of(|kind| kind == TXT)?.map(text).collect())
    }

    fn of(&self, wanted: impl Fn(u16) -> bool) -> Option<impl Iterator<Item = &str>> {
        let known = matches!(self.status, NO_ERROR | NO_SUCH_NAME);
        known.then(|| self.answer.iter().filter(move |record| wanted(record.kind)).map(|record| record.data.as_str()))
    }
}

/// `"abc" "def"` is one text in two pieces; some resolvers leave the quotes out.
fn text(data: &str) -> String {
    let data = data.trim();
    if !data.starts_with('"') {
        return data.to_owned();
    }
    let (mut out, mut inside, mut characters) = (String::new(), false, data.chars());
    while let Some(character) = characters.next() {
        match character {
            '"' => inside = !inside,
            '\\' if inside => out.extend(characters.next()),
            _ if inside => out.push(character),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answer(json: &str) -> Answer {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn reads_addresses_behind_an_alias() {
        let said = answer(
            r#"{"Status":0,"TC":false,"Answer":[{"name":"ann.example","type":5,"TTL":60,"data":"host.example."},
            {"name":"host.example","type":1,"TTL":60,"data":"1.1.1.1"},{"name":"host.example","type":28,"TTL":60,"data":"2606:4700::1"}]}"#,
        );
        assert_eq!(said.aliases().unwrap(), ["host.example"]);
        assert_eq!(said.addresses().unwrap(), ["1.1.1.1".parse::<IpAddr>().unwrap(), "2606:4700::1".parse().unwrap()]);
    }

    #[test]
    fn a_name_that_does_not_exist_has_no_address_and_a_resolver_in_trouble_says_nothing() {
        assert_eq!(answer(r#"{"Status":3}"#).addresses(), Some(vec![]));
        assert_eq!(answer(r#"{"Status":0,"Answer":[]}"#).texts(), Some(vec![]));
        assert_eq!(answer(r#"{"Status":2}"#).addresses(), None);
        assert_eq!(answer(r#"{"Status":5,"Answer":[]}"#).texts(), None);
        assert_eq!(answer(r#"{"Status":0,"Answer":[{"type":1,"data":"not an address"}]}"#).addresses(), None);
    }

    #[test]
    fn puts_a_text_together() {
        for (data, whole) in [
            (r#""v=spf1 -all""#, "v=spf1 -all"),
            (r#""one" "two""#, "onetwo"),
            (r#""a \"b\" c""#, r#"a "b" c"#),
            ("bare", "bare"),
            ("\"open", "open"),
            ("", ""),
        ] {
            assert_eq!(text(data), whole, "{data}");
        }
    }

    proptest! {
        #[test]
        fn reading_any_text_does_not_panic(data in ".*") {
            let _ = text(&data);
        }
    }
}
