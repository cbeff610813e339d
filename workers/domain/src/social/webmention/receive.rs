//! What is taken from whoever tells us of a mention, before anything is asked of anybody.

/// Longest address.
pub const MAX_URL: usize = 2000;
/// Largest form.
pub const MAX_FORM: usize = 8 * 1024;

/// What is wrong with what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// No source, or no target.
    Missing,
    /// More than one of them.
    Twice,
    /// One of them is no web address.
    NotWeb,
    /// One of them is too long.
    TooLong,
    /// Both are the same page.
    Same,
}

impl Problem {
    /// What the sender reads.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Missing => "Send a form with source, the page that links, and target, the page that it links to.",
            Self::Twice => "Send one source and one target.",
            Self::NotWeb => "Source and target must be whole addresses that begin with https:// or http://.",
            Self::TooLong => "That address is longer than we take.",
            Self::Same => "A page that links to itself is no mention.",
        }
    }
}

/// What was told: that `source` links to `target`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// As the URL standard writes it, without a fragment.
    pub source: String,
    /// As the URL standard writes it; a fragment stays.
    pub target: String,
}

/// Reads the fields of the form. `absolute` reads an address by itself, as the URL standard does.
///
/// # Errors
/// The first thing that is wrong.
pub fn read<'a>(
    fields: impl Iterator<Item = (&'a str, &'a str)>,
    absolute: impl Fn(&str) -> Option<String>,
) -> Result<Told, Problem> {
    let (mut source, mut target) = (None, None);
    for (name, value) in fields {
        let slot = match name {
            "source" => &mut source,
            "target" => &mut target,
            _ => continue,
        };
        if slot.replace(value.trim()).is_some() {
            return Err(Problem::Twice);
        }
    }
    let written = [source, target].map(|value| value.filter(|value| !value.is_empty()));
    let [Some(source), Some(target)] = written else { return Err(Problem::Missing) };
    if source.len() > MAX_URL || target.len() > MAX_URL {
        return Err(Problem::TooLong);
    }
    let web = |written: &str| absolute(written).filter(|url| super::super::is_web(url)).ok_or(Problem::NotWeb);
    let (source, target) = (web(source)?, web(target)?);
    if source.len() > MAX_URL || target.len() > MAX_URL {
        return Err(Problem::TooLong);
    }
    let source = without_fragment(&source).to_owned();
    if source == without_fragment(&target) {
        return Err(Problem::Same);
    }
    Ok(Told { source, target })
}

/// An address without what is after `#`.
pub fn without_fragment(url: &str) -> &str {
    url.split_once('#').map_or(url, |(before, _)| before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(form: &[(&str, &str)]) -> Result<Told, Problem> {
        read(form.iter().copied(), |url| url::Url::parse(url).ok().map(String::from))
    }

    #[test]
    fn takes_two_addresses() {
        let taken =
            told(&[("source", " https://B.example/post#a "), ("target", "https://ann.example/p#c"), ("vouch", "x")])
                .unwrap();
        assert_eq!(
            (taken.source.as_str(), taken.target.as_str()),
            ("https://b.example/post", "https://ann.example/p#c")
        );
    }

    #[test]
    fn refuses_everything_else() {
        let long = format!("https://b.example/{}", "x".repeat(MAX_URL));
        for (form, problem) in [
            (&[][..], Problem::Missing),
            (&[("source", "https://b.example/")], Problem::Missing),
            (&[("target", "https://b.example/")], Problem::Missing),
            (&[("source", ""), ("target", "https://b.example/")], Problem::Missing),
            (
                &[
                    ("source", "https://b.example/"),
                    ("source", "https://c.example/"),
                    ("target", "https://ann.example/"),
                ],
                Problem::Twice,
            ),
            (&[("source", "b.example"), ("target", "https://ann.example/")], Problem::NotWeb),
            (&[("source", "mailto:b@b.example"), ("target", "https://ann.example/")], Problem::NotWeb),
            (&[("source", "https://b.example/"), ("target", "ftp://ann.example/")], Problem::NotWeb),
            (&[("source", "javascript:alert(1)"), ("target", "data:,x")], Problem::NotWeb),
            (&[("source", "https://"), ("target", "https://ann.example/")], Problem::NotWeb),
            (&[("source", &long), ("target", "https://ann.example/")], Problem::TooLong),
            (&[("source", "https://ann.example/p#x"), ("target", "https://ANN.example/p#y")], Problem::Same),
        ] {
            assert_eq!(told(form), Err(problem), "{form:?}");
        }
    }
}
