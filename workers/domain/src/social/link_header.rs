//! The `Link` header (RFC 8288), as its many writers write it.

/// One link of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// As it is written, between `<` and `>`.
    pub target: String,
    /// The page that it is about, if it is not the one that was asked for.
    pub anchor: Option<String>,
    parameters: Vec<(String, String)>,
}

impl Link {
    /// A parameter by its lower-cased name. Of two with one name the first counts.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether it has a relation of that name.
    pub fn has_rel(&self, wanted: &str) -> bool {
        let rel = self.parameter("rel").unwrap_or_default();
        rel.split_ascii_whitespace().any(|token| token.eq_ignore_ascii_case(wanted))
    }
}

/// Reads the links of one header; several headers may come joined by commas.
pub fn read(value: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut rest = value;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((target, after)) = after.split_once('>') else { break };
        let (parameters, after) = parameters(after);
        let anchor = parameters.iter().find(|(name, _)| name == "anchor").map(|(_, value)| value.clone());
        links.push(Link { target: target.trim().to_owned(), anchor, parameters });
        rest = after;
    }
    links
}

/// What follows a target, up to the comma before the next one.
fn parameters(text: &str) -> (Vec<(String, String)>, &str) {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ';');
        if rest.is_empty() || rest.starts_with(',') {
            return (found, rest);
        }
        let end = rest.find(['=', ';', ',']).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let name = name.trim().trim_end_matches('*').to_ascii_lowercase();
        let (value, after) = match after.strip_prefix('=') {
            Some(after) => self::value(after.trim_start()),
            None => (String::new(), after),
        };
        found.push((name, value));
        rest = after;
    }
}

fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ',']).unwrap_or(text.len());
        let (value, after) = text.split_at_checked(end).unwrap_or((text, ""));
        return (value.trim().to_owned(), after);
    };
    let (mut out, mut characters) = (String::new(), quoted.char_indices());
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (out, quoted.get(at + 1..).unwrap_or_default()),
            '\\' => out.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => out.push(character),
        }
    }
    (out, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_is_written() {
        let read = |value| {
            read(value)
                .into_iter()
                .map(|link| (link.target.clone(), link.parameter("rel").unwrap_or("-").to_owned()))
                .collect::<Vec<_>>()
        };
        let one = |target: &str, rel: &str| vec![(target.to_owned(), rel.to_owned())];
        assert_eq!(read("</e>; rel=webmention"), one("/e", "webmention"));
        assert_eq!(read("</e> ; REL = \"a b\""), one("/e", "a b"));
        assert_eq!(read("</a,b;c>; title=\"x, <y>; rel=z\"; rel=q"), one("/a,b;c", "q"));
        assert_eq!(read("</e>; rel=a; rel=b"), one("/e", "a"));
        assert_eq!(read("<>; rel=a"), one("", "a"));
        assert_eq!(read("</a>; rel=a, </b>; rel=b"), [one("/a", "a"), one("/b", "b")].concat());
        assert_eq!(read("</a>,</b>"), [one("/a", "-"), one("/b", "-")].concat());
        assert_eq!(read("nonsense"), []);
        assert_eq!(read("<never"), []);
    }

    proptest! {
        #[test]
        fn reading_anything_ends(value in any::<String>(), like in "(<|>|;|,|=|\"|\\\\| |rel|a){0,40}") {
            let _ = (read(&value), read(&like));
        }
    }
}
