//! How far one text is from another, and where in a long text something like a short one stands: edit distance, many rows
//! at a time in the bits of a word (Myers 1999, in Hyyrö's form for patterns of several words).

use std::collections::BTreeMap;

/// Bits of a word.
const WORD: usize = 64;

/// A text that is looked for.
pub struct Pattern {
    /// In which rows a character stands, a bit each.
    rows: BTreeMap<char, Vec<u64>>,
    length: usize,
}

/// Where a passage of the longer text ends, and how many edits it is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The first character after it.
    pub end: usize,
    /// Characters put in, left out or exchanged.
    pub errors: usize,
}

impl Pattern {
    /// Of the characters of a text.
    pub fn new(text: impl ExactSizeIterator<Item = char>) -> Self {
        let length = text.len();
        let words = length.div_ceil(WORD);
        let mut rows: BTreeMap<char, Vec<u64>> = BTreeMap::new();
        for (row, c) in text.enumerate() {
            let bits = rows.entry(c).or_insert_with(|| vec![0; words]);
            if let Some(word) = bits.get_mut(row / WORD) {
                *word |= 1 << (row % WORD);
            }
        }
        Self { rows, length }
    }

    /// Of a passage that may begin anywhere in the text: the fewest edits for each place where it may end. Only places that
    /// are within `most` edits and no worse than their neighbours are given.
    pub fn search(&self, text: &[char], most: usize) -> Vec<Hit> {
        let mut hits: Vec<Hit> = Vec::new();
        let mut before = self.length;
        // Whether the distance was falling when the last hit was taken, so that a slope is one hit: its foot.
        let mut falling = false;
        self.run(text.iter().copied(), 0, |end, errors| {
            if errors < before {
                if falling {
                    hits.pop();
                }
                falling = errors <= most;
                if falling {
                    hits.push(Hit { end, errors });
                }
            } else if errors > before {
                falling = false;
            }
            before = errors;
        });
        hits
    }

    /// Of a passage that begins where the text begins: where it ends with the fewest edits. Of several ends the one that
    /// makes it as long as the pattern.
    pub fn begins(&self, text: impl Iterator<Item = char>) -> Hit {
        let mut best = Hit { end: 0, errors: self.length };
        self.run(text, 1, |end, errors| {
            let nearer = end.abs_diff(self.length) < best.end.abs_diff(self.length);
            if errors < best.errors || (errors == best.errors && nearer) {
                best = Hit { end, errors };
            }
        });
        best
    }

    /// Goes through the text and tells after each character how many edits the whole pattern is away. `top` is what a
    /// character costs before the pattern has begun.
    fn run(&self, text: impl Iterator<Item = char>, top: i8, mut tell: impl FnMut(usize, usize)) {
        let words = self.length.div_ceil(WORD);
        let nowhere = vec![0; words];
        let mut column = vec![Block { plus: u64::MAX, minus: 0 }; words];
        let last_row = 1 << (self.length.wrapping_sub(1) % WORD);
        let mut errors = self.length;
        for (at, c) in text.enumerate() {
            let rows = self.rows.get(&c).unwrap_or(&nowhere);
            let mut carry = top;
            for (at, (block, equal)) in column.iter_mut().zip(rows).enumerate() {
                let row = if at + 1 == words { last_row } else { 1 << (WORD - 1) };
                carry = block.step(*equal, carry, row);
            }
            errors = errors.saturating_add_signed(isize::from(carry));
            tell(at + 1, errors);
        }
    }
}

/// A word's rows of the column: where the next one is one more, and where it is one less.
#[derive(Clone)]
struct Block {
    plus: u64,
    minus: u64,
}

impl Block {
    /// One character further. `carry` comes from the rows above; what the row `last` gives goes to the ones below.
    fn step(&mut self, equal: u64, carry: i8, last: u64) -> i8 {
        let vertical = equal | self.minus;
        let equal = equal | u64::from(carry < 0);
        let across = ((equal & self.plus).wrapping_add(self.plus) ^ self.plus) | equal;
        let mut plus = self.minus | !(across | self.plus);
        let mut minus = self.plus & across;
        let out = i8::from(plus & last != 0) - i8::from(minus & last != 0);
        plus = plus << 1 | u64::from(carry > 0);
        minus = minus << 1 | u64::from(carry < 0);
        self.plus = minus | !(vertical | plus);
        self.minus = plus & vertical;
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same by the book: the last row, for a passage that begins anywhere or at the start.
    fn by_the_book(pattern: &[char], text: &[char], anywhere: bool) -> Vec<usize> {
        let mut column: Vec<usize> = (0..=pattern.len()).collect();
        text.iter()
            .enumerate()
            .map(|(at, c)| {
                let mut diagonal = column[0];
                column[0] = if anywhere { 0 } else { at + 1 };
                for row in 1..column.len() {
                    let exchanged = diagonal + usize::from(pattern[row - 1] != *c);
                    diagonal = column[row];
                    column[row] = exchanged.min(column[row] + 1).min(column[row - 1] + 1);
                }
                column[pattern.len()]
            })
            .collect()
    }

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn finds_what_is_nearly_there() {
        let text = chars("The quick red fox jumps over the quick brown dog");
        let hits = Pattern::new(chars("quick brown fox").into_iter()).search(&text, 5);
        assert_eq!(hits, [Hit { end: 17, errors: 4 }, Hit { end: 47, errors: 2 }]);
        let exact = Pattern::new(chars("fox").into_iter()).search(&text, 0);
        assert_eq!(exact, [Hit { end: 17, errors: 0 }]);
    }

    #[test]
    fn tells_how_a_text_begins() {
        let begins = |pattern: &str, text: &str| Pattern::new(chars(pattern).into_iter()).begins(text.chars());
        assert_eq!(begins("abc", "abcdef"), Hit { end: 3, errors: 0 });
        assert_eq!(begins("abc", "axc"), Hit { end: 3, errors: 1 });
        assert_eq!(begins("abc", ""), Hit { end: 0, errors: 3 });
        assert_eq!(begins("abc", "xyz"), Hit { end: 3, errors: 3 });
    }

    proptest! {
        #[test]
        fn distances_are_those_of_the_book(pattern in "[ab ]{1,150}", text in "[abc ]{0,200}") {
            let (pattern, text) = (chars(&pattern), chars(&text));
            for (top, anywhere) in [(0, true), (1, false)] {
                let mut told = Vec::new();
                Pattern::new(pattern.iter().copied()).run(text.iter().copied(), top, |_, errors| told.push(errors));
                prop_assert_eq!(told, by_the_book(&pattern, &text, anywhere));
            }
        }

        #[test]
        fn the_best_place_is_among_the_hits(pattern in "[abc]{1,80}", text in "[abc]{0,200}") {
            let (pattern, text) = (chars(&pattern), chars(&text));
            let best = by_the_book(&pattern, &text, true).into_iter().min();
            let hits = Pattern::new(pattern.iter().copied()).search(&text, pattern.len());
            let found = hits.iter().map(|hit| hit.errors).min();
            // A text that has nothing of the pattern has no hit.
            prop_assert!(found == best || best == Some(pattern.len()) || best.is_none());
        }
    }
}
