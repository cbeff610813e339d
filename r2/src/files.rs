//! What may be published together: the rules over all files of a version at once.

use crate::path::{PathProblem, SitePath, is_control};
use crate::unicode::folded;
use thiserror::Error;

/// Files in one version.
pub const MAX_FILES: usize = 10_000;
/// Bytes of one file: 25 MB, read as MiB.
pub const MAX_FILE_BYTES: u64 = 25 * 1024 * 1024;
/// How much of a file's name a sentence shows.
const MAX_SHOWN_CHARS: usize = 120;
/// The page that every site must have.
pub const INDEX: &str = "index.html";

/// Why a set of files is refused. Each sentence names the file; nothing has been stored when it is said.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FilesProblem {
    /// A name breaks a rule.
    #[error("The file {} {problem}.", quoted(path))]
    Path {
        /// As it was sent.
        path: String,
        /// Which rule.
        problem: PathProblem,
    },
    /// The same name twice.
    #[error("The file {} is there twice. Send each file once.", quoted(path))]
    Duplicate {
        /// The name.
        path: String,
    },
    /// Two names that some computers could not keep apart.
    #[error(
        "The files {} and {} differ only in upper and lower case. Rename one of them.",
        quoted(path),
        quoted(other)
    )]
    CaseClash {
        /// One name.
        path: String,
        /// The other.
        other: String,
    },
    /// `a` and `a/b`: one place cannot be both.
    #[error("{} is a file and also the folder of {}. Rename one of them.", quoted(path), quoted(other))]
    FileIsFolder {
        /// The file.
        path: String,
        /// The file that needs it to be a folder.
        other: String,
    },
    /// No home page.
    #[error("There is no index.html. A site needs one at the top as its home page.")]
    NoIndex,
    /// More than [`MAX_FILES`].
    #[error("There are {count} files, from {} on too many. A site can have 10,000.", quoted(first_over))]
    TooMany {
        /// How many there are.
        count: usize,
        /// The first one that no longer fits.
        first_over: String,
    },
    /// More than [`MAX_FILE_BYTES`].
    #[error("The file {} is too large. A file can have 25 MB.", quoted(path))]
    FileTooLarge {
        /// The name.
        path: String,
    },
}

impl FilesProblem {
    /// The code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Path { .. } => "invalid_path",
            Self::Duplicate { .. } => "duplicate_path",
            Self::CaseClash { .. } => "case_clash",
            Self::FileIsFolder { .. } => "file_is_folder",
            Self::NoIndex => "index_missing",
            Self::TooMany { .. } => "too_many_files",
            Self::FileTooLarge { .. } => "file_too_large",
        }
    }

    /// The file that the problem is about, as it was sent.
    pub fn path(&self) -> &str {
        match self {
            Self::Path { path, .. }
            | Self::Duplicate { path }
            | Self::CaseClash { path, .. }
            | Self::FileIsFolder { path, .. }
            | Self::FileTooLarge { path } => path,
            Self::TooMany { first_over, .. } => first_over,
            Self::NoIndex => INDEX,
        }
    }
}

/// Checks the names and sizes of a version's files; gives the names back in the order they came.
///
/// # Errors
/// The first problem found.
pub fn check<'a>(files: impl ExactSizeIterator<Item = (&'a str, u64)>) -> Result<Vec<SitePath>, FilesProblem> {
    let count = files.len();
    let mut paths = Vec::with_capacity(count.min(MAX_FILES));
    for (at, (path, size)) in files.enumerate() {
        if at >= MAX_FILES {
            return Err(FilesProblem::TooMany { count, first_over: path.to_owned() });
        }
        if size > MAX_FILE_BYTES {
            return Err(FilesProblem::FileTooLarge { path: path.to_owned() });
        }
        let parsed = SitePath::parse(path).map_err(|problem| FilesProblem::Path { path: path.to_owned(), problem })?;
        paths.push(parsed);
    }
    check_clashes(&paths)?;
    if !paths.iter().any(|path| path.as_str() == INDEX) {
        return Err(FilesProblem::NoIndex);
    }
    Ok(paths)
}

/// Finds two names that cannot be together. Sorted with the slash before every other character, everything inside a
/// folder stands right behind a file of the folder's name, so that looking at neighbours is enough.
fn check_clashes(paths: &[SitePath]) -> Result<(), FilesProblem> {
    let mut folded: Vec<(String, &SitePath)> = paths.iter().map(|path| (fold(path.as_str()), path)).collect();
    folded.sort_unstable();
    for pair in folded.windows(2) {
        let [(left, path), (right, other)] = pair else { continue };
        let (path, other) = (path.to_string(), other.to_string());
        if left == right && path == other {
            return Err(FilesProblem::Duplicate { path });
        }
        if left == right {
            return Err(FilesProblem::CaseClash { path, other });
        }
        if right.strip_prefix(left.as_str()).is_some_and(|rest| rest.starts_with('\0')) {
            return Err(FilesProblem::FileIsFolder { path, other });
        }
    }
    Ok(())
}

/// A path without case, its slashes replaced by NUL, which no path holds.
fn fold(path: &str) -> String {
    folded(path).replace('/', "\0")
}

/// A file's name as a sentence may show it: invisible characters escaped, cut when long.
fn quoted(path: &str) -> String {
    let mut shown = String::from('“');
    for (at, c) in path.chars().enumerate() {
        if at == MAX_SHOWN_CHARS {
            shown.push('…');
            break;
        }
        if is_control(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown.push('”');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn check_names(names: &[&str]) -> Result<Vec<SitePath>, FilesProblem> {
        check(names.iter().map(|name| (*name, 1)))
    }

    fn code(names: &[&str]) -> &'static str {
        check_names(names).map_or_else(|problem| problem.code(), |_| "ok")
    }

    #[test]
    fn refuses_what_cannot_be_together() {
        assert_eq!(code(&["index.html", "a/b.css", "a.css"]), "ok");
        assert_eq!(code(&["index.html", "a", "a-b/c", "a/b"]), "file_is_folder");
        assert_eq!(code(&["index.html", "A", "a/b"]), "file_is_folder");
        assert_eq!(code(&["index.html", "a", "a"]), "duplicate_path");
        assert_eq!(code(&["index.html", "Logo.png", "logo.PNG"]), "case_clash");
        assert_eq!(code(&["index.html", "É.html", "é.html"]), "case_clash");
        assert_eq!(code(&["index.html", "\u{212a}.html", "k.html"]), "invalid_path"); // the Kelvin sign is not NFC
        assert_eq!(code(&["about.html"]), "index_missing");
        assert_eq!(code(&[]), "index_missing");
        assert_eq!(code(&["sub/index.html"]), "index_missing");
        assert_eq!(code(&["index.html", "../x"]), "invalid_path");
    }

    /// The browser says what is wrong before anything is sent. Its rules are written a second time
    /// (`notch/src/builder/publish/rules.ts`), and this table holds the two together.
    #[test]
    fn says_what_the_table_says() {
        #[derive(serde::Deserialize)]
        struct Case {
            names: Vec<String>,
            code: Option<String>,
        }
        let cases: Vec<Case> = serde_json::from_str(include_str!("../../tests/conformance/names.json")).unwrap();
        for Case { names, code: expected } in cases {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            assert_eq!(code(&names), expected.as_deref().unwrap_or("ok"), "{names:?}");
        }
    }

    #[test]
    fn limits_hold_at_their_edge() {
        let names: Vec<String> =
            std::iter::once(INDEX.to_owned()).chain((1..=MAX_FILES).map(|n| format!("f{n}"))).collect();
        let exactly: Vec<&str> = names.iter().take(MAX_FILES).map(String::as_str).collect();
        assert_eq!(code(&exactly), "ok");
        let over: Vec<&str> = names.iter().map(String::as_str).collect();
        let problem = check_names(&over).unwrap_err();
        assert_eq!((problem.code(), problem.path()), ("too_many_files", "f10000"));

        assert!(check([(INDEX, MAX_FILE_BYTES)].into_iter()).is_ok());
        let problem = check([(INDEX, 1), ("film.mp4", MAX_FILE_BYTES + 1)].into_iter()).unwrap_err();
        assert_eq!((problem.code(), problem.path()), ("file_too_large", "film.mp4"));
    }

    #[test]
    fn every_sentence_names_the_file_and_shows_no_control_character() {
        let sentence = check_names(&["index.html", "a\u{202e}\nb"]).unwrap_err().to_string();
        assert_eq!(sentence, "The file “a\\u{202e}\\u{a}b” has an invisible control character in its name.");
        assert!(check_names(&["index.html", "..\\a"]).unwrap_err().to_string().contains("“..\\a”"));
        let long = "x".repeat(600);
        let sentence = check_names(&["index.html", &long]).unwrap_err().to_string();
        assert!(sentence.len() < 220 && sentence.contains('…'), "{sentence}");
    }

    proptest! {
        /// The neighbour rule finds what comparing everything with everything finds.
        #[test]
        fn agrees_with_comparing_all_pairs(names in prop::collection::vec("[abAB](-|\\.)?[ab]?(/[abA]{1,2}){0,2}", 0..8)) {
            let mut all: Vec<&str> = names.iter().map(String::as_str).collect();
            all.push(INDEX);
            let folded: Vec<String> = all.iter().map(|name| name.to_lowercase()).collect();
            let distinct = folded.iter().collect::<HashSet<_>>().len() == folded.len();
            let nested = folded.iter().any(|a| folded.iter().any(|b| b.starts_with(&format!("{a}/"))));
            prop_assert_eq!(check_names(&all).is_ok(), distinct && !nested);
        }
    }
}
