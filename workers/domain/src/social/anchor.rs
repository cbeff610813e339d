//! A place on a page: the words that stand there with a little of what is around them, where they begin in the page's
//! text, the element that holds them, and, for when all that fails, how far right and down it is.
//!
//! The page that embeds the frame describes the place, so all of it is a claim: it is read here, cut to size, and never
//! taken for more than a place.

use super::text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest quote, in code points.
pub const MAX_EXACT: usize = 500;
/// Longest text kept from before and from after a quote, in code points.
pub const MAX_CONTEXT: usize = 64;
/// Longest path to an element, in code points.
pub const MAX_CSS: usize = 500;
/// The farthest that a quote may begin, in code points.
const MAX_START: u32 = 50_000_000;
/// How near two places without words are the same, in hundredths of the page: in the same element, and in none.
const NEAR: (f64, f64) = (4.0, 1.0);

/// Whether the place is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "AnchorState")]
pub enum State {
    /// The same words among the same others.
    Placed,
    /// The same words among others.
    Moved,
    /// Nearly the same words.
    Changed,
    /// Gone. The quote is kept as it was.
    Lost,
}

impl State {
    /// The column `anchor.state`, and `state` in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Moved => "moved",
            Self::Changed => "changed",
            Self::Lost => "lost",
        }
    }
}

impl TryFrom<String> for State {
    type Error = ();

    fn try_from(text: String) -> Result<Self, ()> {
        [Self::Placed, Self::Moved, Self::Changed, Self::Lost]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(())
    }
}

/// A place as it comes in JSON.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[schemars(rename = "NewAnchor")]
#[serde(default)]
pub struct Claim {
    /// The words, at most 500 characters. Empty for a place without words.
    #[schemars(extend("maxLength" = 500))]
    pub exact: String,
    /// What stands before them, at most 64 characters.
    #[schemars(extend("maxLength" = 64))]
    pub prefix: String,
    /// What stands after them, at most 64 characters.
    #[schemars(extend("maxLength" = 64))]
    pub suffix: String,
    /// Where they begin in the page's normalised text, in code points.
    pub start: Option<u32>,
    /// A selector of the element that holds them, at most 500 characters.
    #[schemars(extend("maxLength" = 500))]
    pub css: String,
    /// How far right, in hundredths of the page's width.
    #[schemars(range(min = 0, max = 100))]
    pub x: f64,
    /// How far down, in hundredths of the page's height.
    #[schemars(range(min = 0, max = 100))]
    pub y: f64,
}

/// A place on a page.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Anchor {
    /// The words, in normalised text. Empty for a place without words.
    pub exact: String,
    /// What stands before them.
    pub prefix: String,
    /// What stands after them.
    pub suffix: String,
    /// Where they begin, in code points of the normalised text.
    pub start: Option<u32>,
    /// A selector of the element that holds them; may be empty.
    pub css: String,
    /// 0 to 100.
    pub x: f64,
    /// 0 to 100.
    pub y: f64,
}

/// What is wrong with a claimed place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The quote is too long.
    Exact,
    /// What stands around it is too long.
    Context,
    /// It begins too far along to be in any page.
    Start,
    /// The selector is too long, or holds what none holds.
    Css,
    /// It is not on the page.
    Position,
}

impl Problem {
    /// What the person reads.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Exact => "That is a lot of text. Select at most 500 characters.",
            Self::Context => "What stands around a place is told in at most 64 characters on each side.",
            Self::Start | Self::Position => "That place is not on the page.",
            Self::Css => "The element that holds a place is told in at most 500 characters.",
        }
    }
}

impl Anchor {
    /// Reads a claim.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(claim: &Claim) -> Result<Self, Problem> {
        let words = |claimed: &str, longest: usize, problem: Problem| {
            // Asked first, so that nobody has us normalise a book.
            if text::length(claimed) > longest * 4 {
                return Err(problem);
            }
            let words = text::of_plain(&shown(claimed));
            if text::length(&words) > longest { Err(problem) } else { Ok(words) }
        };
        let exact = words(&claim.exact, MAX_EXACT, Problem::Exact)?;
        let around = |claimed: &str| if exact.is_empty() { Ok(String::new()) } else { context(claimed) };
        let css = claim.css.trim();
        if text::length(css) > MAX_CSS || css.chars().any(char::is_control) {
            return Err(Problem::Css);
        }
        let on_page = |at: f64| (0.0..=100.0).contains(&at);
        if !on_page(claim.x) || !on_page(claim.y) {
            return Err(Problem::Position);
        }
        let start = claim.start.filter(|_| !exact.is_empty());
        if start.is_some_and(|start| start > MAX_START) {
            return Err(Problem::Start);
        }
        Ok(Self {
            prefix: around(&claim.prefix)?,
            suffix: around(&claim.suffix)?,
            exact,
            start,
            css: css.to_owned(),
            x: rounded(claim.x),
            y: rounded(claim.y),
        })
    }

    /// Whether two are the same place to a reader, so that what is left at one is left at the other. Words are the same
    /// place when they are the same among the same others, or when most of the longer ones are the shorter ones.
    pub fn is_near(&self, other: &Self) -> bool {
        if self.exact.is_empty() != other.exact.is_empty() {
            return false;
        }
        if self.exact.is_empty() {
            let near = if !self.css.is_empty() && self.css == other.css { NEAR.0 } else { NEAR.1 };
            return (self.x - other.x).abs() <= near && (self.y - other.y).abs() <= near;
        }
        if self.exact == other.exact && self.agrees_around(other) {
            return true;
        }
        let (Some(one), Some(two)) = (self.range(), other.range()) else { return false };
        let shared = one.1.min(two.1).saturating_sub(one.0.max(two.0));
        let longer = (one.1 - one.0).max(two.1 - two.0);
        shared * 2 > longer && (self.exact.contains(&other.exact) || other.exact.contains(&self.exact) || shared >= 8)
    }

    /// Where its words begin and end, in code points.
    pub fn range(&self) -> Option<(usize, usize)> {
        let start = usize::try_from(self.start?).ok()?;
        Some((start, start + text::length(&self.exact)))
    }

    /// Whether what stands around is the same, as far as both tell of it.
    fn agrees_around(&self, other: &Self) -> bool {
        let before = self.prefix.chars().rev().zip(other.prefix.chars().rev()).all(|(one, two)| one == two);
        let after = self.suffix.chars().zip(other.suffix.chars()).all(|(one, two)| one == two);
        let told = |one: &str, two: &str| !one.is_empty() && !two.is_empty();
        let anything = told(&self.prefix, &other.prefix) || told(&self.suffix, &other.suffix);
        before && after && (anything || self.start == other.start)
    }
}

/// The first of a page's places that is the same as this one; one with the very words comes before others.
pub fn same<'a, Id>(places: &'a [(Id, Anchor)], wanted: &Anchor) -> Option<&'a (Id, Anchor)> {
    let exactly = places.iter().find(|(_, known)| known.exact == wanted.exact && known.is_near(wanted));
    exactly.or_else(|| places.iter().find(|(_, known)| known.is_near(wanted)))
}

/// What stands around a quote keeps the space that parts it from the quote.
fn context(claimed: &str) -> Result<String, Problem> {
    if text::length(claimed) > MAX_CONTEXT * 4 {
        return Err(Problem::Context);
    }
    let claimed = shown(claimed);
    let edge = |c: Option<char>| if c.is_some_and(char::is_whitespace) { " " } else { "" };
    let (before, after) = (edge(claimed.chars().next()), edge(claimed.chars().next_back()));
    let words = text::of_plain(&claimed);
    let kept = if words.is_empty() { before.to_owned() } else { format!("{before}{words}{after}") };
    if text::length(&kept) > MAX_CONTEXT { Err(Problem::Context) } else { Ok(kept) }
}

/// Without what no page shows.
fn shown(claimed: &str) -> String {
    claimed.chars().filter(|c| c.is_whitespace() || !c.is_control()).collect()
}

fn rounded(hundredths: f64) -> f64 {
    (hundredths * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quote(exact: &str, prefix: &str, suffix: &str, start: Option<u32>) -> Anchor {
        let claim =
            Claim { exact: exact.into(), prefix: prefix.into(), suffix: suffix.into(), start, ..Claim::default() };
        Anchor::parse(&claim).unwrap()
    }

    #[test]
    fn a_claim_is_cut_to_what_a_place_is() {
        let claim = Claim {
            exact: " quick\n\tbrown&nbsp; fo\u{ad}x ".into(),
            prefix: "The ".into(),
            suffix: "\u{a0}jumps".into(),
            start: Some(4),
            css: " main > p ".into(),
            x: 12.3456,
            y: 100.0,
        };
        let anchor = Anchor::parse(&claim).unwrap();
        assert_eq!((anchor.exact.as_str(), anchor.prefix.as_str()), ("quick brown&nbsp; fox", "The "));
        assert_eq!((anchor.suffix.as_str(), anchor.css.as_str(), anchor.x), (" jumps", "main > p", 12.35));
        let bare = Anchor::parse(&Claim { exact: " ".into(), ..claim }).unwrap();
        assert_eq!((bare.prefix.as_str(), bare.start), ("", None), "without words there is nothing around them");
    }

    #[test]
    fn what_is_no_place_is_refused() {
        let claim = Claim::default();
        for (claim, problem) in [
            (Claim { exact: "x".repeat(501), ..claim.clone() }, Problem::Exact),
            (Claim { exact: "x".into(), prefix: "x".repeat(65), ..claim.clone() }, Problem::Context),
            (Claim { exact: "x".into(), suffix: " ".repeat(500), ..claim.clone() }, Problem::Context),
            (Claim { exact: "x".into(), start: Some(MAX_START + 1), ..claim.clone() }, Problem::Start),
            (Claim { css: "x".repeat(501), ..claim.clone() }, Problem::Css),
            (Claim { css: "p\u{0}".into(), ..claim.clone() }, Problem::Css),
            (Claim { x: 100.1, ..claim.clone() }, Problem::Position),
            (Claim { y: -0.1, ..claim.clone() }, Problem::Position),
            (Claim { y: f64::NAN, ..claim.clone() }, Problem::Position),
        ] {
            assert_eq!(Anchor::parse(&claim), Err(problem), "{claim:?}");
        }
        assert!(Anchor::parse(&Claim { exact: "😀".repeat(500), ..claim }).is_ok());
    }

    #[test]
    fn the_same_words_at_the_same_place_are_one_place() {
        let fox = quote("quick brown fox", "The ", " jumps", Some(4));
        for (other, near) in [
            (fox.clone(), true),
            (quote("quick brown fox", "The ", " jumps over", Some(900)), true),
            (quote("quick brown fox", "A ", " sleeps", Some(900)), false),
            (quote("brown fox", "quick ", " jumps", Some(10)), true),
            (quote("fox", "brown ", " jumps", Some(16)), false),
            (quote("quick brown fox", "", "", None), false),
            (quote("jumps over", "fox ", " the", Some(20)), false),
            (quote("quick brown cat", "A ", " x", Some(4)), true),
            (Anchor { x: fox.x, y: fox.y, ..Anchor::default() }, false),
        ] {
            assert_eq!(fox.is_near(&other), near, "{other:?}");
            assert_eq!(other.is_near(&fox), near, "{other:?}, the other way");
        }
    }

    #[test]
    fn places_without_words_are_the_same_when_they_are_close() {
        let at = |css: &str, x, y| Anchor { css: css.into(), x, y, ..Anchor::default() };
        assert!(at("img", 10.0, 10.0).is_near(&at("img", 13.0, 8.0)));
        assert!(!at("img", 10.0, 10.0).is_near(&at("p", 13.0, 8.0)));
        assert!(at("", 10.0, 10.0).is_near(&at("", 10.5, 10.9)));
        assert!(!at("", 10.0, 10.0).is_near(&at("", 13.0, 10.0)));
    }

    #[test]
    fn of_several_near_places_the_one_with_the_same_words_is_taken() {
        let known = [
            (1, quote("brown fox jumps", "quick ", " over", Some(10))),
            (2, quote("brown fox", "quick ", " jumps", Some(10))),
        ];
        assert_eq!(same(&known, &quote("brown fox", "The quick ", " jumps over", Some(10))), known.get(1));
        assert_eq!(same(&known, &quote("lazy dog", "the ", "", Some(40))), None);
    }

    proptest! {
        #[test]
        fn whatever_is_claimed_becomes_a_place_or_a_problem(
            exact in ".{0,40}", prefix in ".{0,20}", start in any::<Option<u32>>(), css in ".{0,20}", x in any::<f64>(), y in -1.0..101.0,
        ) {
            let claim = Claim { exact, prefix: prefix.clone(), suffix: prefix, start, css, x, y };
            if let Ok(anchor) = Anchor::parse(&claim) {
                prop_assert!(anchor.is_near(&anchor) || anchor.exact.is_empty() == anchor.prefix.is_empty());
                let again = Claim {
                    exact: anchor.exact.clone(), prefix: anchor.prefix.clone(), suffix: anchor.suffix.clone(), start: anchor.start,
                    css: anchor.css.clone(), x: anchor.x, y: anchor.y,
                };
                prop_assert_eq!(Anchor::parse(&again), Ok(anchor));
            }
        }
    }
}
