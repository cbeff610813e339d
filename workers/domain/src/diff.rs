//! What changed in a text, as people read it: the lines that went and came, with a few of their neighbours.
//!
//! Owns what is worth showing at all: a picture, a script without line breaks or a very long text is only said to have
//! changed. Finding the lines is left to `imara-diff`, whose heuristics keep it fast on whatever somebody publishes.

use imara_diff::{Algorithm, Diff, InternedInput};
use std::ops::Range;

/// Longest text that is compared line by line, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// Longest line, in bytes. What is beyond was written by a program for programs.
const MAX_LINE_BYTES: usize = 2000;
/// Most lines that are shown of one text.
const MAX_LINES: u32 = 2000;
/// Lines that stand before and after what changed.
const CONTEXT: u32 = 3;

/// Why the lines of a text are not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotShown {
    /// It is no text.
    Binary,
    /// It is longer than [`MAX_BYTES`], or too much of it changed.
    Large,
    /// Its lines are too long to be read.
    Dense,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stands in both.
    Same,
    /// Only in the text before.
    Removed,
    /// Only in the text after.
    Added,
}

/// A line, with its line break if it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// What became of it.
    pub fate: Fate,
    /// All of it.
    pub text: &'a str,
}

/// A place that changed, with its neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk<'a> {
    /// Which line of the text before is the first here, counted from 1.
    pub before: u32,
    /// The same for the text after.
    pub after: u32,
    /// In the order in which they are read.
    pub lines: Vec<Line<'a>>,
}

/// The places where two texts differ, from top to bottom.
///
/// # Errors
/// Why they are not shown.
pub fn lines<'a>(before: &'a [u8], after: &'a [u8]) -> Result<Vec<Hunk<'a>>, NotShown> {
    let (before, after) = (readable(before)?, readable(after)?);
    let input = InternedInput::new(before, after);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);

    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let mut shown = 0;
    let mut hunks: Vec<Hunk<'a>> = Vec::new();
    // Up to which line of the text before all has been shown.
    let mut old_at = 0;
    for change in diff.hunks() {
        let apart = hunks.is_empty() || change.before.start > old_at + 2 * CONTEXT;
        let neighbours = if apart {
            close(&mut hunks, &old, old_at);
            let first = change.before.start.saturating_sub(CONTEXT);
            let back = change.before.start - first;
            hunks.push(Hunk { before: first + 1, after: change.after.start - back + 1, lines: Vec::new() });
            first..change.before.start
        } else {
            old_at..change.before.start
        };
        let Some(hunk) = hunks.last_mut() else { break };
        put(hunk, Fate::Same, &old, neighbours);
        put(hunk, Fate::Removed, &old, change.before.clone());
        put(hunk, Fate::Added, &new, change.after.clone());
        shown += change.before.end - change.before.start + change.after.end - change.after.start;
        if shown > MAX_LINES {
            return Err(NotShown::Large);
        }
        old_at = change.before.end;
    }
    close(&mut hunks, &old, old_at);
    Ok(hunks)
}

/// Puts the neighbours behind what changed last.
fn close<'a>(hunks: &mut [Hunk<'a>], old: &[&'a str], at: u32) {
    if let Some(hunk) = hunks.last_mut() {
        put(hunk, Fate::Same, old, at..at + CONTEXT);
    }
}

fn put<'a>(hunk: &mut Hunk<'a>, fate: Fate, from: &[&'a str], range: Range<u32>) {
    let (start, length) = (range.start as usize, range.len());
    hunk.lines.extend(from.iter().skip(start).take(length).map(|text| Line { fate, text }));
}

fn readable(bytes: &[u8]) -> Result<&str, NotShown> {
    if bytes.len() > MAX_BYTES {
        return Err(NotShown::Large);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| NotShown::Binary)?;
    if text.contains('\0') {
        return Err(NotShown::Binary);
    }
    if text.split('\n').any(|line| line.len() > MAX_LINE_BYTES) {
        return Err(NotShown::Dense);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(before: &str, after: &str) -> Vec<String> {
        let sign = |fate| match fate {
            Fate::Same => ' ',
            Fate::Removed => '-',
            Fate::Added => '+',
        };
        let hunks = lines(before.as_bytes(), after.as_bytes()).unwrap();
        hunks
            .iter()
            .flat_map(|hunk| {
                std::iter::once(format!("@ {} {}", hunk.before, hunk.after))
                    .chain(hunk.lines.iter().map(|line| format!("{}{}", sign(line.fate), line.text.trim_end())))
            })
            .collect()
    }

    /// Writes a text anew from the one before and what changed; every line of context has to agree.
    fn apply(before: &str, hunks: &[Hunk<'_>]) -> String {
        let old: Vec<&str> = before.split_inclusive('\n').collect();
        let (mut new, mut at, mut written) = (String::new(), 0, 0);
        for hunk in hunks {
            while at + 1 < hunk.before as usize {
                new.push_str(old[at]);
                (at, written) = (at + 1, written + 1);
            }
            assert_eq!(hunk.after, written + 1, "the place in the text after");
            for line in &hunk.lines {
                if line.fate != Fate::Added {
                    assert_eq!(line.text, old[at]);
                    at += 1;
                }
                if line.fate != Fate::Removed {
                    new.push_str(line.text);
                    written += 1;
                }
            }
        }
        old[at..].iter().for_each(|line| new.push_str(line));
        new
    }

    #[test]
    fn a_changed_line_stands_between_its_neighbours() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        assert_eq!(
            shown(before, &before.replace('5', "five")),
            ["@ 2 2", " 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8"]
        );
        assert_eq!(shown("a\n", "a\n"), Vec::<String>::new());
        assert_eq!(shown("", "a\nb"), ["@ 1 1", "+a", "+b"]);
        assert_eq!(shown("a\nb", ""), ["@ 1 1", "-a", "-b"]);
        assert_eq!(shown("a", "a\n"), ["@ 1 1", "-a", "+a"], "a line break that is new");
    }

    #[test]
    fn what_is_near_stands_together_and_what_is_far_apart() {
        let before: String = (1..=30).map(|n| format!("{n}\n")).collect();
        let near = before.replace("10\n", "ten\n").replace("16\n", "sixteen\n");
        assert_eq!(shown(&before, &near).iter().filter(|line| line.starts_with('@')).count(), 1);
        let far = before.replace("10\n", "ten\n").replace("18\n", "eighteen\n");
        assert_eq!(shown(&before, &far).iter().filter(|line| line.starts_with('@')).count(), 2);
    }

    #[test]
    fn what_nobody_could_read_is_not_shown() {
        let why = |bytes: &[u8]| lines(b"a\n", bytes).unwrap_err();
        assert_eq!(why(&[0x89, b'P', b'N', b'G', 0xff]), NotShown::Binary);
        assert_eq!(why(b"a\0b"), NotShown::Binary);
        assert_eq!(why("x".repeat(MAX_LINE_BYTES + 1).as_bytes()), NotShown::Dense);
        assert_eq!(why("x\n".repeat(MAX_BYTES / 2 + 1).as_bytes()), NotShown::Large);
        assert_eq!(why("x\n".repeat(MAX_LINES as usize + 1).as_bytes()), NotShown::Large);
        assert!(lines("ü\n".as_bytes(), "é\n".as_bytes()).is_ok());
    }

    /// The worst that fits: nothing in common, and everything in common but the order.
    #[test]
    fn the_worst_text_takes_no_time() {
        let before: String = (0..60_000).map(|n| format!("{}\n", n % 997)).collect();
        let after: String = (0..60_000).map(|n| format!("{}\n", n * 31 % 991)).collect();
        let start = std::time::Instant::now();
        let _ =
            lines(&before.as_bytes()[..MAX_BYTES.min(before.len())], &after.as_bytes()[..MAX_BYTES.min(after.len())]);
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }

    fn text() -> impl Strategy<Value = String> {
        (prop::collection::vec("[a-dé]{0,2}\r?\n", 0..60), "[a-d]{0,2}").prop_map(|(lines, end)| lines.concat() + &end)
    }

    proptest! {
        #[test]
        fn what_changed_makes_the_new_text_of_the_old_one(before in text(), after in text()) {
            let hunks = lines(before.as_bytes(), after.as_bytes()).unwrap();
            prop_assert_eq!(apply(&before, &hunks), after.clone());
            prop_assert_eq!(hunks.is_empty(), before == after);
            for hunk in &hunks {
                prop_assert!(hunk.lines.iter().any(|line| line.fate != Fate::Same));
            }
        }

        #[test]
        fn small_changes_to_a_long_text_show_little(at in 0_usize..400, word in "[a-z]{1,8}") {
            let old: Vec<String> = (0..400).map(|n| format!("line {n}\n")).collect();
            let mut new = old.clone();
            new[at] = format!("{word}\n");
            let (old, new) = (old.concat(), new.concat());
            let hunks = lines(old.as_bytes(), new.as_bytes()).unwrap();
            prop_assert_eq!(&apply(&old, &hunks), &new);
            prop_assert!(hunks.iter().map(|hunk| hunk.lines.len()).sum::<usize>() <= 8);
        }

        #[test]
        fn no_bytes_do_harm(before in prop::collection::vec(any::<u8>(), 0..200), after in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = lines(&before, &after);
        }
    }
}
