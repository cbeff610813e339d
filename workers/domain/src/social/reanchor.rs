//! Where the places on a page are once the page has changed: from the text before and the text after.
//!
//! In this order: the same words among the same others; the same words elsewhere, if there is no doubt that they are the
//! same; nearly the same words among the same others; else the place is lost, and its quote kept. A place without words
//! stays where it is as long as there is a page. Weights and the floor are those that open annotation tools have found,
//! stricter in one point: a best match is not good enough for being the best.

use super::{
    anchor::{Anchor, MAX_EXACT, State},
    approx::Pattern,
    text,
};

/// How much of what stands around a quote is kept on each side, in code points. Browsers take as much.
pub const CONTEXT: usize = 32;
/// A quote of fewer code points is found only as it is: too much is like it.
const SHORT: usize = 8;
/// A quote of so many code points is its own evidence: one like it is hardly another, wherever it stands.
const TELLING: usize = 40;
/// From here on what stands around a quote is taken for the same.
const SAME_AROUND: f64 = 0.5;
/// From here on it leaves no doubt.
const SURE_AROUND: f64 = 0.9;
/// The share of a quote that may differ, and how much when what stands around leaves no doubt.
const MAY_DIFFER: (f64, f64) = (0.2, 0.4);
/// The least that all evidence must come to.
const FLOOR: f64 = 0.6;
/// What counts how much: the quote, what stands before, what stands after, the position.
const WEIGHTS: [f64; 4] = [50.0, 20.0, 20.0, 2.0];
/// How many passages are held against what stood around a quote; of a page that repeats itself they are enough.
const MOST_PASSAGES: usize = 200;
/// How far a passage is let out to where a word begins or ends, in code points. Not every script parts its words.
const LONGEST_WORD: usize = 16;
/// Longest text that is looked through, in code points: the rest of a page that is longer is taken for gone.
const LONGEST: usize = 1_000_000;

/// A place as it is known, and how many reactions are at it.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// The anchor's id.
    pub id: String,
    /// The place.
    pub anchor: Anchor,
    /// What has become of it so far.
    pub state: State,
    /// How many reactions.
    pub reactions: u32,
}

/// What became of a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The anchor's id.
    pub id: String,
    /// Where it is now; where it was, when it is lost.
    pub anchor: Anchor,
    /// What has become of it.
    pub state: State,
    /// What had become of it before.
    pub before: State,
    /// How many reactions.
    pub reactions: u32,
}

/// Holds the places of a page against its HTML before and after. `None` before: nobody knows; `None` after: the page is
/// gone. Gives those of which anything is to be written down.
pub fn reanchor(before: Option<&[u8]>, after: Option<&[u8]>, held: &[Held]) -> Vec<Change> {
    let page = |html: Option<&[u8]>| html.map(|html| Page::new(&text::of_html(html)));
    let (before, after) = (page(before), page(after));
    let before = before.as_ref().map(|before| (before, Shift::between(before, after.as_ref())));
    let change = |held: &Held| {
        let (anchor, state) = match &after {
            None => (held.anchor.clone(), State::Lost),
            Some(after) => place(before.as_ref(), after, &held.anchor, held.state),
        };
        let changed = state != held.state || anchor != held.anchor;
        changed.then(|| Change { id: held.id.clone(), anchor, state, before: held.state, reactions: held.reactions })
    };
    held.iter().filter_map(change).collect()
}

/// What the owner of the page is told: `3 reactions moved, 1 lost its place.` `None` when there is nothing to tell.
pub fn summary(changes: &[Change]) -> Option<String> {
    let count =
        |told: fn(&Change) -> bool| changes.iter().filter(|change| told(change)).map(|change| change.reactions).sum();
    let parts: [(u32, &str, &str); 4] = [
        (count(|c| c.state == State::Moved && c.before != State::Moved), "moved", "moved"),
        (
            count(|c| c.state == State::Changed && c.before != State::Changed),
            "is on words that changed",
            "are on words that changed",
        ),
        (count(|c| c.state == State::Lost && c.before != State::Lost), "lost its place", "lost their place"),
        (
            count(|c| c.state != State::Lost && c.before == State::Lost),
            "found its place again",
            "found their place again",
        ),
    ];
    let mut sentence = String::new();
    for (number, one, several) in parts.into_iter().filter(|(number, ..)| *number > 0) {
        let noun = match (sentence.is_empty(), number) {
            (false, _) => "",
            (true, 1) => " reaction",
            (true, _) => " reactions",
        };
        let comma = if sentence.is_empty() { "" } else { ", " };
        sentence.push_str(&format!("{comma}{number}{noun} {}", if number == 1 { one } else { several }));
    }
    if sentence.is_empty() { None } else { Some(sentence + ".") }
}

/// A page's text, ready to be looked through.
struct Page {
    /// As it is.
    chars: Vec<char>,
    /// With signs that typographers exchange made one, so that nicer quotation marks are no change.
    folded: Vec<char>,
}

impl Page {
    fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().take(LONGEST).collect();
        Self { folded: chars.iter().copied().map(folded).collect(), chars }
    }

    /// Where the words stand.
    fn find(&self, words: &[char]) -> Vec<usize> {
        let stands = self.folded.windows(words.len().max(1)).enumerate().filter(|(_, window)| *window == words);
        stands.map(|(at, _)| at).take(MOST_PASSAGES).collect()
    }

    /// Where the word begins that goes through this gap between two characters; the gap itself, when none does.
    fn word_start(&self, gap: usize) -> usize {
        if !self.is_inside_word(gap) {
            return gap;
        }
        let before = self.chars.get(..gap).unwrap_or_default().iter().rev();
        gap - before.take(LONGEST_WORD).take_while(|c| c.is_alphanumeric()).count()
    }

    /// Where that word ends.
    fn word_end(&self, gap: usize) -> usize {
        if !self.is_inside_word(gap) {
            return gap;
        }
        let after = self.chars.get(gap..).unwrap_or_default().iter();
        gap + after.take(LONGEST_WORD).take_while(|c| c.is_alphanumeric()).count()
    }

    fn is_inside_word(&self, gap: usize) -> bool {
        let is_letter = |at: usize| self.chars.get(at).is_some_and(|c| c.is_alphanumeric());
        gap > 0 && is_letter(gap - 1) && is_letter(gap)
    }

    /// A place at these characters, told anew.
    fn anchor(&self, start: usize, end: usize, old: &Anchor) -> Anchor {
        let end = end.min(start + MAX_EXACT);
        let slice = |from: usize, to: usize| self.chars.get(from..to).unwrap_or_default().iter().collect::<String>();
        Anchor {
            exact: slice(start, end),
            prefix: slice(start.saturating_sub(CONTEXT), start),
            suffix: slice(end, (end + CONTEXT).min(self.chars.len())),
            start: u32::try_from(start).ok(),
            ..old.clone()
        }
    }
}

fn folded(c: char) -> char {
    match c {
        '‘' | '’' | '‚' | '‹' | '›' | '′' => '\'',
        '“' | '”' | '„' | '«' | '»' | '″' => '"',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        other => other,
    }
}

fn fold(text: &str) -> Vec<char> {
    text.chars().map(folded).collect()
}

/// What is looked for, and all that speaks for a passage.
struct Quote {
    words: Vec<char>,
    /// Read from the quote outwards.
    prefix: Vec<char>,
    suffix: Vec<char>,
    expected: Option<usize>,
}

/// A passage that may be the place.
struct Passage {
    start: usize,
    end: usize,
    errors: usize,
    /// How much is the same around, 0 to 1. `None` when nothing is known of what was.
    around: Option<f64>,
    score: f64,
}

fn place(before: Option<&(&Page, Shift)>, after: &Page, anchor: &Anchor, state: State) -> (Anchor, State) {
    if anchor.exact.is_empty() {
        return (anchor.clone(), if state == State::Lost { State::Placed } else { state });
    }
    let mut quote = Quote {
        words: fold(&anchor.exact),
        prefix: fold(&anchor.prefix).into_iter().rev().collect(),
        suffix: fold(&anchor.suffix),
        expected: anchor.start.and_then(|start| usize::try_from(start).ok()),
    };
    let stood = before.map_or(0, |(before, shift)| {
        let hits = before.find(&quote.words);
        let was = best(before, &quote, hits.iter().map(|at| (*at, at + quote.words.len(), 0)));
        quote.expected = was.map(|was| was.start).or(quote.expected).map(|at| shift.of(at));
        hits.len()
    });
    let found = same_words(after, &quote, stood).or_else(|| like_words(after, &quote));
    match found {
        Some((passage, now)) => {
            // What was moved or changed once is not what was reacted to, however quiet the versions after that are.
            let state = if state == State::Lost || rank(now) > rank(state) { now } else { state };
            (after.anchor(passage.start, passage.end, anchor), state)
        }
        None => (anchor.clone(), State::Lost),
    }
}

fn rank(state: State) -> u8 {
    match state {
        State::Placed => 0,
        State::Moved => 1,
        State::Changed => 2,
        State::Lost => 3,
    }
}

/// Where positions in the text before are in the text after, as far as their common beginning and end tell.
struct Shift {
    head: usize,
    tail: usize,
    before: usize,
    after: usize,
}

impl Shift {
    fn between(before: &Page, after: Option<&Page>) -> Self {
        let (before, after) = (before.folded.as_slice(), after.map_or(&[][..], |after| &after.folded));
        let common =
            |pairs: &mut dyn Iterator<Item = (&char, &char)>| pairs.take_while(|(one, two)| one == two).count();
        let head = common(&mut before.iter().zip(after));
        let tail = common(&mut before.iter().rev().zip(after.iter().rev())).min(before.len().min(after.len()) - head);
        Self { head, tail, before: before.len(), after: after.len() }
    }

    fn of(&self, at: usize) -> usize {
        if at < self.head {
            return at;
        }
        let from_end = self.before.saturating_sub(at);
        if from_end <= self.tail {
            return self.after - from_end;
        }
        let (was, is) = (self.before - self.head - self.tail, self.after - self.head - self.tail);
        self.head + (at - self.head) * is / was.max(1)
    }
}

/// The very words. Where what stands around is another, there must be no doubt: the words are many, and stood and stand
/// only once.
fn same_words(page: &Page, quote: &Quote, stood: usize) -> Option<(Passage, State)> {
    let hits = page.find(&quote.words);
    let only = hits.len() == 1 && stood <= 1;
    let passage = best(page, quote, hits.iter().map(|at| (*at, at + quote.words.len(), 0)))?;
    let state = match passage.around {
        Some(around) if around >= SAME_AROUND => State::Placed,
        None if only || quote.expected == Some(passage.start) => State::Placed,
        _ if only && quote.words.len() >= SHORT => State::Moved,
        _ => return None,
    };
    Some((passage, state))
}

/// Nearly the same words.
fn like_words(page: &Page, quote: &Quote) -> Option<(Passage, State)> {
    let length = quote.words.len();
    if length < SHORT {
        return None;
    }
    let most = share(length, MAY_DIFFER.1);
    let mut hits = Pattern::new(quote.words.iter().copied()).search(&page.folded, most);
    hits.sort_unstable_by_key(|hit| hit.errors);
    hits.truncate(MOST_PASSAGES);
    let backwards = Pattern::new(quote.words.iter().rev().copied());
    // The very words elsewhere have been judged already.
    let passages = hits.iter().filter(|hit| hit.errors > 0).map(|hit| {
        let before = page.folded.get(..hit.end).unwrap_or_default().iter().rev().take(length + most).copied();
        let start = hit.end - backwards.begins(before).end;
        (page.word_start(start), page.word_end(hit.end), hit.errors)
    });
    let passage = best(page, quote, passages)?;
    let sure = passage.around.is_some_and(|around| around >= SURE_AROUND);
    let may_differ = share(length, if sure { MAY_DIFFER.1 } else { MAY_DIFFER.0 });
    let in_place = length >= TELLING || passage.around.is_none_or(|around| around >= SAME_AROUND);
    (in_place && passage.errors <= may_differ && passage.score >= FLOOR).then_some((passage, State::Changed))
}

fn share(length: usize, share: f64) -> usize {
    (length as f64 * share) as usize
}

/// The passage for which most speaks.
fn best(page: &Page, quote: &Quote, passages: impl Iterator<Item = (usize, usize, usize)>) -> Option<Passage> {
    let before = Pattern::new(quote.prefix.iter().copied());
    let after = Pattern::new(quote.suffix.iter().copied());
    let weigh = |(start, end, errors): (usize, usize, usize)| {
        let reach = |known: &[char]| known.len() + known.len() / 2;
        let outwards = page.folded.get(..start).unwrap_or_default().iter().rev().take(reach(&quote.prefix)).copied();
        let onwards = page.folded.get(end..).unwrap_or_default().iter().take(reach(&quote.suffix)).copied();
        let likeness = |known: &[char], errors: usize| 1.0 - errors as f64 / known.len() as f64;
        let prefix = (!quote.prefix.is_empty()).then(|| likeness(&quote.prefix, before.begins(outwards).errors));
        let suffix = (!quote.suffix.is_empty()).then(|| likeness(&quote.suffix, after.begins(onwards).errors));
        let position =
            quote.expected.map(|at| 1.0 - at.abs_diff(start) as f64 / page.folded.len().max(at).max(1) as f64);
        let known = [Some(likeness(&quote.words, errors)), prefix, suffix, position];
        let (sum, all) = known.iter().zip(WEIGHTS).fold((0.0, 0.0), |(sum, all), (part, weight)| match part {
            Some(part) => (sum + part * weight, all + weight),
            None => (sum, all),
        });
        let around = match (prefix, suffix) {
            (Some(prefix), Some(suffix)) => Some(f64::midpoint(prefix, suffix)),
            (one, other) => one.or(other),
        };
        Passage { start, end, errors, around, score: sum / all }
    };
    passages.map(weigh).reduce(|best, next| if next.score > best.score { next } else { best })
}

#[cfg(test)]
mod tests;
