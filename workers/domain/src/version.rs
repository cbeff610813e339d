//! What a person writes on a version of their site: a name for it, and a note. And under which name it is downloaded.

use crate::name::{is_refused, is_unseen};
use chrono::{DateTime, Datelike, Timelike, Utc};

/// Longest name of a version, in characters.
pub const MAX_NAME: usize = 60;
/// Longest note on a version, in characters.
pub const MAX_NOTE: usize = 500;
/// How many versions of a site can be kept for ever.
pub const MAX_PINS: i64 = 50;
/// How much of a version's name stands in the name of its file, in characters.
const MAX_SLUG: usize = 40;

/// Why a name or a note cannot be written on a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// A name of more than [`MAX_NAME`] characters.
    LongName,
    /// A note of more than [`MAX_NOTE`] characters.
    LongNote,
    /// Something that cannot be shown, or only unseen things.
    Characters,
}

impl Problem {
    /// What the person reads.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::LongName => "A name has at most 60 characters. Longer words fit into the note.",
            Self::LongNote => "A note has at most 500 characters.",
            Self::Characters => "There is a character in it that cannot be shown. Type it anew instead of pasting it.",
        }
    }
}

/// A name as it is kept: one line, any space inside is one space. `None` is a version without a name.
///
/// # Errors
/// What is wrong with it.
pub fn name(typed: &str) -> Result<Option<String>, Problem> {
    kept(typed.split_whitespace().collect::<Vec<_>>().join(" "), MAX_NAME, Problem::LongName)
}

/// A note as it is kept: lines stay lines. `None` is a version without a note.
///
/// # Errors
/// What is wrong with it.
pub fn note(typed: &str) -> Result<Option<String>, Problem> {
    let lines: Vec<&str> = typed.lines().map(str::trim_end).collect();
    kept(lines.join("\n").trim().to_owned(), MAX_NOTE, Problem::LongNote)
}

fn kept(text: String, most: usize, too_long: Problem) -> Result<Option<String>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    if text.chars().any(|c| c != '\n' && is_refused(c)) || text.chars().all(is_unseen) {
        return Err(Problem::Characters);
    }
    if text.chars().count() > most { Err(too_long) } else { Ok(Some(text)) }
}

/// The name of the file in which a version is downloaded: its site, its name as far as file systems everywhere take it,
/// and when it was made. `at` is Unix milliseconds UTC.
pub fn file_name(label: &str, name: Option<&str>, at: i64) -> String {
    let mut slug = String::new();
    for c in name.unwrap_or_default().chars() {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            'A'..='Z' => slug.push(c.to_ascii_lowercase()),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
        if slug.len() >= MAX_SLUG {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    let at = DateTime::<Utc>::from_timestamp_millis(at).unwrap_or_default();
    let when = format!("{:04}-{:02}-{:02}-{:02}{:02}", at.year(), at.month(), at.day(), at.hour(), at.minute());
    if slug.is_empty() { format!("{label}-{when}.zip") } else { format!("{label}-{slug}-{when}.zip") }
}

/// How many archives a version of so many files takes, when one holds so many.
pub const fn archive_parts(files: u32, most: u32) -> u32 {
    if files <= most || most == 0 { 1 } else { files.div_ceil(most) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_version_takes_as_few_archives_as_hold_it() {
        for (files, most, parts) in
            [(0, 10, 1), (1, 10, 1), (10, 10, 1), (11, 10, 2), (20, 10, 2), (21, 10, 3), (10_000, 9_900, 2), (5, 0, 1)]
        {
            assert_eq!(archive_parts(files, most), parts, "{files} of {most}");
        }
    }

    const NOON: i64 = 1_795_262_400_000; // 2026-11-21T12:00:00Z

    #[test]
    fn a_name_is_one_line_and_a_note_may_be_several() {
        assert_eq!(name("  Before \n the fair ").unwrap().as_deref(), Some("Before the fair"));
        assert_eq!(note(" With  prices \r\n\nof 2026 \n").unwrap().as_deref(), Some("With  prices\n\nof 2026"));
        assert_eq!((name(" \t"), note("\n \n")), (Ok(None), Ok(None)));
    }

    #[test]
    fn says_what_is_wrong() {
        assert!(name(&"ж".repeat(60)).is_ok());
        assert_eq!(name(&"ж".repeat(61)), Err(Problem::LongName));
        assert!(note(&"ж".repeat(500)).is_ok());
        assert_eq!(note(&"ж".repeat(501)), Err(Problem::LongNote));
        for hidden in ["a\u{0}", "a\u{202e}b", "\u{200d}", "a\u{1b}[2J"] {
            assert_eq!(
                (name(hidden), note(hidden)),
                (Err(Problem::Characters), Err(Problem::Characters)),
                "{hidden:?}"
            );
        }
    }

    #[test]
    fn a_file_is_named_by_its_site_and_its_time() {
        assert_eq!(file_name("hearth", None, NOON), "hearth-2026-11-21-1200.zip");
        assert_eq!(file_name("hearth", Some("Before the fair!"), NOON), "hearth-before-the-fair-2026-11-21-1200.zip");
        assert_eq!(file_name("hearth", Some("Мира"), NOON), "hearth-2026-11-21-1200.zip");
        assert_eq!(file_name("hearth", Some("../\"x\r\n"), NOON), "hearth-x-2026-11-21-1200.zip");
    }

    proptest! {
        #[test]
        fn what_is_kept_stays_when_it_is_kept_again(typed in "(?s).{0,80}") {
            if let Ok(Some(kept)) = name(&typed) {
                prop_assert!(kept.chars().count() <= MAX_NAME && !kept.contains('\n'));
                prop_assert_eq!(name(&kept), Ok(Some(kept)));
            }
            if let Ok(Some(kept)) = note(&typed) {
                prop_assert_eq!(note(&kept), Ok(Some(kept)));
            }
        }

        #[test]
        fn a_file_name_is_plain_everywhere(name in "(?s).{0,80}", at in any::<i64>()) {
            let name = file_name("hearth", Some(&name), at.rem_euclid(4_000_000_000_000));
            prop_assert!(name.len() < 80 && name.ends_with(".zip"), "{}", name);
            prop_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')), "{}", name);
        }
    }
}
