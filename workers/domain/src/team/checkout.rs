//! What git does in a sandbox: scripts for bash, and the reading of what they print.
//!
//! The sandbox's own files decide nothing here: hooks of the repository do not run, and who signs a commit is said with
//! it. Where the token comes from is the environment's business, so that it is on no disk; see [`credentials`].

mod aside;

use super::branch::Branch;
use super::files::{Changed, What};
use super::frame::Person;
use super::startup::{WORKSPACE, shell_quoted as quoted};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Commits that are fetched of the branch's past.
const DEPTH: u32 = 50;
/// The exit status of [`undo`] when later work stands on what is to be taken back.
pub const IN_THE_WAY: i32 = 3;
/// The exit status of [`save`] when the forge has something on the branch that the sandbox has not.
pub const NOT_PUSHED: i32 = 4;

/// The variables by which git gives the session's token to the proxy, and to nobody else.
pub fn credentials(proxy: &str, token: &str) -> Vec<(String, String)> {
    let basic = STANDARD.encode(format!("x-access-token:{token}"));
    [
        ("GIT_CONFIG_COUNT", "1".to_owned()),
        ("GIT_CONFIG_KEY_0", format!("http.{proxy}/.extraHeader")),
        ("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {basic}")),
        ("GIT_TERMINAL_PROMPT", "0".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn beginning() -> String {
    format!(
        "set -eu\ncd -- {WORKSPACE}\nexport GIT_TERMINAL_PROMPT=0 LC_ALL=C\n\
         git() {{ command git -c core.hooksPath=/dev/null -c commit.gpgSign=false \"$@\"; }}\n"
    )
}

/// Gets the session's branch of the repository behind `url`. May be run again.
pub fn fetch(url: &str, branch: &Branch) -> String {
    let (url, name, reference) = (quoted(url), quoted(branch.name()), quoted(&branch.reference()));
    format!(
        "{}[ -d .git ] || git init -q\ngit remote remove origin 2>/dev/null || true\ngit remote add origin {url}\n\
         git config user.name Vetka\ngit config user.email agent@vetka.invalid\n\
         git fetch -q --no-tags --depth={DEPTH} origin {reference}\ngit checkout -q -f -B {name} FETCH_HEAD\ngit rev-parse HEAD\n",
        beginning()
    )
}

/// Leaves out of all later commits what starting the project has put there or changed: a lockfile that nobody asked for is
/// no change of whoever speaks first.
pub fn settle() -> String {
    format!(
        "{}{}{}mkdir -p .git/info\n\
         git -c core.quotePath=false ls-files --others --exclude-standard --directory --no-empty-directory |\n\
         sed -e 's/[][*?\\\\]/\\\\&/g' -e 's|^|/|' >> .git/info/exclude\n",
        beginning(),
        aside::FUNCTIONS,
        aside::SET
    )
}

/// Commits what lies there uncommitted, in somebody's name, and prints where the branch is then. `since` is the commit that
/// the branch was at when what lies there was begun: an agent may have committed by itself.
pub fn commit(branch: &Branch, since: Option<&str>, message: &str, author: &Person) -> String {
    let name = author_name(author);
    format!(
        "{}{}[ \"$(git symbolic-ref -q HEAD || true)\" = {reference} ] || git checkout -q -B {branch}\n\
         git add -A\nsince={since}\n{}git diff --cached --quiet || git commit -q --no-verify --author={author} -m {message}\ngit rev-parse HEAD\n",
        beginning(),
        aside::FUNCTIONS,
        aside::KEEP,
        since = quoted(since.unwrap_or("HEAD")),
        reference = quoted(&branch.reference()),
        branch = quoted(branch.name()),
        author = quoted(&format!("{name} <{}@people.vetka.invalid>", author.id)),
        message = quoted(message),
    )
}

/// Pushes the branch, and prints where it is then. When the forge has more than the sandbox, what is here goes on top of that.
pub fn push(branch: &Branch) -> String {
    let reference = quoted(&branch.reference());
    format!(
        "{}git push -q origin HEAD:{reference} || {{\n\
         git fetch -q --no-tags origin {reference} && git rebase -q --autostash FETCH_HEAD || {{ git rebase --abort 2>/dev/null || true; exit {NOT_PUSHED}; }}\n\
         git push -q origin HEAD:{reference} || exit {NOT_PUSHED}\n}}\ngit rev-parse HEAD\n",
        beginning()
    )
}

/// Lists what differs between two commits; for [`changes`].
pub fn difference(before: &str, after: &str) -> String {
    format!("{}git diff --name-status -z -M {} {}\n", beginning(), quoted(before), quoted(after))
}

/// Takes back what came between two commits, by a new one.
pub fn undo(before: &str, after: &str, message: &str, author: &Person) -> String {
    let name = author_name(author);
    format!(
        "{}{}{}{}git revert --no-commit {before}..{after} || {{ git revert --abort 2>/dev/null || git reset -q --hard HEAD; back; exit {IN_THE_WAY}; }}\n\
         git diff --cached --quiet || git commit -q --no-verify --author={author} -m {message}\n\
         git revert --quit 2>/dev/null || true\nback\ngit rev-parse HEAD\n",
        beginning(),
        aside::FUNCTIONS,
        aside::BACK,
        aside::LIFT,
        before = quoted(before),
        after = quoted(after),
        author = quoted(&format!("{name} <{}@people.vetka.invalid>", author.id)),
        message = quoted(message),
    )
}

/// A name as git takes it.
fn author_name(person: &Person) -> String {
    let name: String = person.name.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).take(80).collect();
    let name = name.trim();
    if name.is_empty() { "Vetka".to_owned() } else { name.to_owned() }
}

/// A commit's hash in what a script printed: its last line.
pub fn head(printed: &str) -> Option<String> {
    let last = printed.trim_end().lines().last()?.trim();
    let is_hash = last.len() == 40 && last.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| last.to_owned())
}

/// Reads what [`difference`] printed.
pub fn changes(printed: &[u8]) -> Vec<Changed> {
    let mut parts = printed.split(|byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned());
    let mut found = Vec::new();
    while let Some(status) = parts.next().filter(|status| !status.is_empty()) {
        let Some(path) = parts.next() else { break };
        let changed = match status.chars().next() {
            Some('A') => Changed { path, previous: None, what: What::Added },
            Some('D') => Changed { path, previous: None, what: What::Removed },
            Some(status @ ('R' | 'C')) => {
                let Some(to) = parts.next() else { break };
                match status {
                    'R' => Changed { path: to, previous: Some(path), what: What::Renamed },
                    // A copy leaves the other one where it was.
                    _ => Changed { path: to, previous: None, what: What::Added },
                }
            }
            _ => Changed { path, previous: None, what: What::Changed },
        };
        found.push(changed);
    }
    found
}

#[cfg(test)]
mod tests;
