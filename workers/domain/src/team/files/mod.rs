//! Which files a session may change. A project's developers write patterns, as in `.gitignore`; whatever a session
//! changed is held against them before anybody is asked to take it.
//!
//! `glob` reads and matches one pattern, `guard` names the files that nobody means by "everything", and `plain` calls a
//! file what a person would call it.

mod glob;
mod guard;
mod plain;

pub use glob::Problem;
pub use plain::describe;

use glob::Glob;

/// Most patterns of a project.
pub const MOST_PATTERNS: usize = 100;
/// Longest all patterns together, in bytes, so that checking many files stays a matter of milliseconds.
const MOST_TEXT: usize = 4000;
/// Longest path that is looked at, in bytes.
const MOST_PATH: usize = 1000;
/// Files that a comparison at GitHub names at most; what is beyond them cannot be known from it.
pub const MOST_FILES: usize = 300;

/// The patterns of a project. Without any, every file may be changed that nothing guards.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    allowed: Vec<Pattern>,
    excluded: Vec<Pattern>,
}

#[derive(Debug, Clone)]
struct Pattern {
    text: String,
    glob: Glob,
}

/// A line that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The line.
    pub line: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl Wrong {
    /// What the person reads.
    pub fn sentence(&self) -> String {
        let line: String = self.line.chars().filter(|c| !c.is_control()).take(60).collect();
        format!("The pattern “{line}” {}", self.problem.sentence())
    }
}

impl Patterns {
    /// Reads patterns, one a line. Empty lines and those that begin with `#` say nothing; `!` excludes, whatever other
    /// lines allow and in whatever order.
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self, Wrong> {
        let mut patterns = Self::default();
        let mut length = 0;
        for line in lines {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |problem| Wrong { line: line.to_owned(), problem };
            length += line.len();
            if length > MOST_TEXT || patterns.allowed.len() + patterns.excluded.len() == MOST_PATTERNS {
                return Err(wrong(Problem::TooMany));
            }
            let (excludes, text) = line.strip_prefix('!').map_or((false, line), |text| (true, text));
            let pattern = Pattern { text: text.to_owned(), glob: Glob::parse(text).map_err(wrong)? };
            if excludes { patterns.excluded.push(pattern) } else { patterns.allowed.push(pattern) }
        }
        Ok(patterns)
    }

    /// Why a file may not be changed; `None` when it may.
    fn refuse(&self, path: &str) -> Option<Why> {
        let odd = path.len() > MOST_PATH
            || path.chars().any(char::is_control)
            || path.split('/').any(|part| matches!(part, "" | "." | ".."));
        if odd {
            return Some(Why::Odd);
        }
        if self.excluded.iter().any(|pattern| pattern.glob.matches(path)) {
            return Some(Why::Excluded);
        }
        if let Some(guard) = guard::of(path) {
            let named = |pattern: &&Pattern| guard.named(&pattern.text) && pattern.glob.matches(path);
            return self.allowed.iter().find(named).is_none().then_some(Why::Guarded(guard.why));
        }
        let matches = self.allowed.is_empty() || self.allowed.iter().any(|pattern| pattern.glob.matches(path));
        (!matches).then_some(Why::NotAllowed)
    }
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Added,
    /// It was there, and is other now.
    Changed,
    /// It is gone.
    Removed,
    /// It has another path, and perhaps changed as well.
    Renamed,
}

impl What {
    /// For a person, after the name of the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed | Self::Renamed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// A file that is other than before, be it in a comparison at the forge or between two commits in a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its path in the repository.
    pub path: String,
    /// The path before, when it was renamed: it is gone from there.
    pub previous: Option<String>,
    /// What happened.
    pub what: What,
}

impl Changed {
    /// As the rules for files want it.
    pub fn change(&self) -> Change<'_> {
        Change { path: &self.path, previous: self.previous.as_deref() }
    }
}

/// Where a file is that a session changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// Its path in the repository.
    pub path: &'a str,
    /// The path before, when it was renamed: it is gone from there.
    pub previous: Option<&'a str>,
}

/// Why a file may not be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// No pattern names it.
    NotAllowed,
    /// A pattern with `!` names it.
    Excluded,
    /// It is one of those that have to be named, and this is why.
    Guarded(&'static str),
    /// The path is none that a repository has.
    Odd,
}

impl Why {
    /// For a person, after the file's name.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotAllowed => "this project’s settings do not allow changes there",
            Self::Excluded => "this project’s settings exclude it",
            Self::Guarded(why) => why,
            Self::Odd => "its name is not one that Vetka can check",
        }
    }
}

/// A file outside of what may be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// Its path.
    pub path: String,
    /// Why.
    pub why: Why,
}

impl Outside {
    /// "a settings file (package.json): this project's settings do not allow changes there".
    pub fn sentence(&self) -> String {
        format!("{}: {}", describe(&self.path), self.why.reason())
    }
}

/// What the person reads who wants to hand over a change with these files in it.
pub fn refusal(outside: &[Outside]) -> String {
    const NAMED: usize = 3;
    let named: Vec<String> = outside.iter().take(NAMED).map(Outside::sentence).collect();
    let more = match outside.len().saturating_sub(NAMED) {
        0 => String::new(),
        1 => "; and one more file".to_owned(),
        more => format!("; and {more} more files"),
    };
    format!(
        "Some of what was changed cannot be handed over: {}{more}. Leave it out, or ask an admin.",
        named.join("; ")
    )
}

/// What is to be said about the changes of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All of them are allowed.
    Allowed,
    /// These are not; each path once.
    Outside(Vec<Outside>),
    /// So many files that the forge did not name all: nothing can be said, so it is not allowed.
    TooMany,
}

/// Holds the changed files against the patterns. A renamed file counts in both places.
pub fn check(patterns: &Patterns, changes: &[Change<'_>]) -> Verdict {
    if changes.len() >= MOST_FILES {
        return Verdict::TooMany;
    }
    let mut outside: Vec<Outside> = Vec::new();
    for path in changes.iter().flat_map(|change| std::iter::once(change.path).chain(change.previous)) {
        if let Some(why) = patterns.refuse(path)
            && outside.iter().all(|known| known.path != path)
        {
            outside.push(Outside { path: path.to_owned(), why });
        }
    }
    if outside.is_empty() { Verdict::Allowed } else { Verdict::Outside(outside) }
}

#[cfg(test)]
mod tests;
