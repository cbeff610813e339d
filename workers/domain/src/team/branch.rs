//! A session's branch, and what is written about its work at the forge when nobody has written anything: the pull
//! request's title and text from the conversation, and the message of a commit.
//!
//! What people and agents said is shown to others there, so it loses its code and every power that the forge gives to
//! text: to call people, to close issues, to load pictures, to sign for others.

mod words;

use words::{clip, harmless, prose};

/// Longest title and longest first line of a commit, in characters, as forges and git show them whole.
pub const TITLE: usize = 72;
/// Longest text of a pull request, in characters. GitHub takes 65,536.
pub const BODY: usize = 8000;
/// Longest message of a commit, in characters.
pub const MESSAGE: usize = 4000;
/// Requests that a pull request's text lists.
const LISTED: usize = 30;

/// The branch that a session works on, and the only one that it may push to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch(String);

impl Branch {
    /// The branch of a session. `None` when the id is not one: it is made of lower-case letters, digits and single
    /// hyphens inside, 63 at most, because it is a label of the preview's host name too.
    pub fn of(session: &str) -> Option<Self> {
        let fits = (1..=63).contains(&session.len())
            && session.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !session.starts_with('-')
            && !session.ends_with('-')
            && !session.contains("--");
        fits.then(|| Self(format!("vendi/session-{session}")))
    }

    /// `vendi/session-…`.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// `refs/heads/vendi/session-…`.
    pub fn reference(&self) -> String {
        format!("refs/heads/{}", self.0)
    }
}

/// One exchange of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange<'a> {
    /// What the person asked for.
    pub asked: &'a str,
    /// What the agent answered in the end, already filtered; empty when it was stopped.
    pub answered: &'a str,
}

/// The title and text of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// One line, [`TITLE`] characters at most.
    pub title: String,
    /// Markdown, [`BODY`] characters at most.
    pub body: String,
}

impl PullRequest {
    /// With the words that a person chose instead, where there are any.
    #[must_use]
    pub fn wished(self, title: Option<&str>, description: Option<&str>) -> Self {
        let title = title.and_then(commit_message).and_then(|message| message.lines().next().map(str::to_owned));
        let lines = |text: &str| {
            let lines: Vec<String> = text.lines().map(|line| harmless(&words::printable(line))).collect();
            clip_lines(lines.join("\n").trim(), BODY)
        };
        let body = description.map(lines).filter(|body| !body.is_empty());
        Self { title: title.unwrap_or(self.title), body: body.unwrap_or(self.body) }
    }
}

/// Writes a pull request from the conversation: what was asked, and what came of it. `project` is the project's name.
pub fn pull_request(conversation: &[Exchange<'_>], project: &str) -> PullRequest {
    let asked = |exchange: &Exchange<'_>| prose(exchange.asked);
    let first = conversation.iter().map(asked).find(|text| !text.is_empty());
    let project = clip(&prose(project), 40);
    let title = match &first {
        Some(text) => title(text),
        None if project.is_empty() => "Change the project".to_owned(),
        None => format!("Change {project}"),
    };
    let mut body = String::from("Made in a session with Vetka.\n");
    let all: Vec<(String, String)> = conversation
        .iter()
        .map(|exchange| (asked(exchange), prose(exchange.answered)))
        .filter(|(asked, _)| !asked.is_empty())
        .collect();
    if !all.is_empty() {
        body.push_str("\n**What was asked for**\n\n");
    }
    // The last requests say best what this is now.
    let skipped = all.len().saturating_sub(LISTED);
    if skipped > 0 {
        body.push_str(&format!("- {skipped} earlier requests\n"));
    }
    // Room for the answer, the headings and the line about what was left out.
    let mut room = BODY - 3000;
    for (asked, _) in all.iter().skip(skipped) {
        let line = format!("- {}\n", harmless(&clip(asked, 280)));
        let Some(left) = room.checked_sub(line.chars().count()) else {
            body.push_str("- and more\n");
            break;
        };
        room = left;
        body.push_str(&line);
    }
    if let Some((_, answer)) = all.iter().rev().find(|(_, answer)| !answer.is_empty()) {
        body.push_str(&format!("\n**What was done**\n\n{}\n", harmless(&clip(answer, 1200))));
    }
    PullRequest { title: clip(&harmless(&title), TITLE), body: clip_lines(&body, BODY) }
}

/// The first sentence of a request, short enough for a title, with a capital.
fn title(text: &str) -> String {
    let end = text
        .char_indices()
        .find(|(at, c)| {
            let after = text.get(at + c.len_utf8()..).unwrap_or_default();
            matches!(c, '.' | '!' | '?') && (after.is_empty() || after.starts_with(' '))
        })
        .map_or(text.len(), |(at, _)| at);
    let sentence = text.get(..end).filter(|sentence| !sentence.is_empty()).unwrap_or(text);
    let mut letters = sentence.chars();
    let capital: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    clip(&capital, TITLE)
}

/// Cleans the message of a commit: a first line, then perhaps a text of whole lines. `None` when nothing is left.
///
/// Lines that sign for somebody (`Signed-off-by: …`) are dropped, as nobody did.
pub fn commit_message(text: &str) -> Option<String> {
    const SIGNED: [&str; 7] =
        ["signed-off-by", "co-authored-by", "reviewed-by", "acked-by", "tested-by", "reported-by", "approved-by"];
    let signs = |line: &str| {
        line.split_once(':').is_some_and(|(key, _)| SIGNED.iter().any(|name| key.trim().eq_ignore_ascii_case(name)))
    };
    let mut lines = text
        .lines()
        .map(|line| harmless(&words::printable(line)).trim_end().to_owned())
        .filter(|line| !signs(line))
        .skip_while(|line| line.trim().is_empty());
    let first = lines.next()?;
    let subject = clip(first.trim(), TITLE);
    let body: Vec<String> = lines.collect();
    let body = clip_lines(body.join("\n").trim(), MESSAGE - TITLE - 2);
    Some(if body.is_empty() { subject } else { format!("{subject}\n\n{body}") })
}

/// A short name out of a person's words: lower-case letters, digits and single hyphens, 40 at most, perhaps empty.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() == 40 {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Whole lines, as many as fit.
fn clip_lines(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut count = 2;
    for line in text.split_inclusive('\n') {
        count += line.chars().count();
        if count > most {
            break;
        }
        kept.push_str(line);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests;
