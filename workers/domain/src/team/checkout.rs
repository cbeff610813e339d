//! What git does in a sandbox: scripts for bash, and the reading of what they print.
//!
//! The sandbox's own files decide nothing here: hooks of the repository do not run, and who signs a commit is said with
//! it. Where the token comes from is the environment's business, so that it is on no disk; see [`credentials`].

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

/// Leaves out of all later commits what starting the project has put there: a lockfile that nobody asked for is no change of
/// whoever speaks first.
pub fn settle() -> String {
    format!(
        "{}mkdir -p .git/info\n\
         git -c core.quotePath=false ls-files --others --exclude-standard --directory --no-empty-directory |\n\
         sed -e 's/[][*?\\\\]/\\\\&/g' -e 's|^|/|' >> .git/info/exclude\n",
        beginning()
    )
}

/// Commits what lies there uncommitted, in somebody's name, and prints where the branch is then.
pub fn commit(branch: &Branch, message: &str, author: &Person) -> String {
    let name = author_name(author);
    format!(
        "{}[ \"$(git symbolic-ref -q HEAD || true)\" = {reference} ] || git checkout -q -B {branch}\n\
         git add -A\ngit diff --cached --quiet || git commit -q --no-verify --author={author} -m {message}\ngit rev-parse HEAD\n",
        beginning(),
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
         git fetch -q --no-tags origin {reference} && git rebase -q FETCH_HEAD || {{ git rebase --abort 2>/dev/null || true; exit {NOT_PUSHED}; }}\n\
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
        "{}git revert --no-commit {before}..{after} || {{ git revert --abort 2>/dev/null || git reset -q --hard HEAD; exit {IN_THE_WAY}; }}\n\
         git diff --cached --quiet || git commit -q --no-verify --author={author} -m {message}\n\
         git revert --quit 2>/dev/null || true\ngit rev-parse HEAD\n",
        beginning(),
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
mod tests {
    use super::*;
    use std::{fs, path::Path, process::Command};

    fn ann() -> Person {
        Person { id: "u1".into(), name: "Ann <Ash>\n".into() }
    }

    fn bash(script: &str, workspace: &Path) -> (i32, Vec<u8>) {
        let script = script.replace(&format!("cd -- {WORKSPACE}"), &format!("cd -- {}", workspace.display()));
        let output = Command::new("bash")
            .args(["-c", &script])
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("HOME", workspace.parent().unwrap())
            .output()
            .unwrap();
        (output.status.code().unwrap(), output.stdout)
    }

    fn text(run: (i32, Vec<u8>)) -> String {
        assert_eq!(run.0, 0, "{}", String::from_utf8_lossy(&run.1));
        String::from_utf8(run.1).unwrap()
    }

    /// A forge, and a sandbox with its branch.
    fn laid(name: &str) -> (std::path::PathBuf, std::path::PathBuf, Branch) {
        let folder = std::env::temp_dir().join(format!("vetka-checkout-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let (forge, workspace) = (folder.join("forge.git"), folder.join("workspace"));
        fs::create_dir_all(&workspace).unwrap();
        let seed = folder.join("seed");
        fs::create_dir_all(&seed).unwrap();
        let branch = Branch::of("s1").unwrap();
        let script = format!(
            "set -eu; git init -q --bare {f}; git init -q -b main; git config user.name x; git config user.email x@y.invalid; \
             echo one > a.txt; git add -A; git commit -q -m first; git push -q {f} main main:{b}",
            f = forge.display(),
            b = branch.reference()
        );
        let output =
            Command::new("bash").args(["-c", &script]).current_dir(&seed).env("HOME", &folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (forge, workspace, branch)
    }

    #[test]
    fn fetches_commits_pushes_and_takes_back() {
        let (forge, workspace, branch) = laid("whole");
        let url = forge.display().to_string();
        let first = head(&text(bash(&fetch(&url, &branch), &workspace))).unwrap();
        assert_eq!(head(&text(bash(&fetch(&url, &branch), &workspace))), Some(first.clone()), "again");
        fs::write(workspace.join("a.txt"), "two\n").unwrap();
        fs::write(workspace.join("ümlaut 'x'.txt"), "new\n").unwrap();
        let second = head(&text(bash(&commit(&branch, "It's \"done\" $(x)", &ann()), &workspace))).unwrap();
        assert_ne!(first, second);
        assert_eq!(
            head(&text(bash(&commit(&branch, "none", &ann()), &workspace))),
            Some(second.clone()),
            "nothing to do"
        );
        let listed = changes(&bash(&difference(&first, &second), &workspace).1);
        assert_eq!(
            listed,
            [
                Changed { path: "a.txt".into(), previous: None, what: What::Changed },
                Changed { path: "ümlaut 'x'.txt".into(), previous: None, what: What::Added },
            ]
        );
        assert_eq!(head(&text(bash(&push(&branch), &workspace))), Some(second.clone()));
        let third = head(&text(bash(&undo(&first, &second, "Undo", &ann()), &workspace))).unwrap();
        assert_eq!(fs::read_to_string(workspace.join("a.txt")).unwrap(), "one\n");
        // Taking the taking back back.
        head(&text(bash(&undo(&second, &third, "Undo", &ann()), &workspace))).unwrap();
        assert_eq!(fs::read_to_string(workspace.join("a.txt")).unwrap(), "two\n");
        text(bash(&push(&branch), &workspace));
    }

    #[test]
    fn what_the_start_has_put_there_is_nobodys_change() {
        let (forge, workspace, branch) = laid("start");
        let first = head(&text(bash(&fetch(&forge.display().to_string(), &branch), &workspace))).unwrap();
        fs::write(workspace.join("made [1].lock"), "x").unwrap();
        fs::create_dir_all(workspace.join("made")).unwrap();
        fs::write(workspace.join("made/by-start.js"), "x").unwrap();
        text(bash(&settle(), &workspace));
        assert_eq!(head(&text(bash(&commit(&branch, "none", &ann()), &workspace))), Some(first.clone()));
        fs::write(workspace.join("made 1.lock"), "asked for").unwrap();
        let second = head(&text(bash(&commit(&branch, "asked for", &ann()), &workspace))).unwrap();
        let listed = changes(&bash(&difference(&first, &second), &workspace).1);
        assert_eq!(listed, [Changed { path: "made 1.lock".into(), previous: None, what: What::Added }]);
    }

    #[test]
    fn later_work_on_the_same_lines_is_in_the_way_and_nothing_is_lost() {
        let (forge, workspace, branch) = laid("way");
        let first = head(&text(bash(&fetch(&forge.display().to_string(), &branch), &workspace))).unwrap();
        fs::write(workspace.join("a.txt"), "two\n").unwrap();
        let second = head(&text(bash(&commit(&branch, "b", &ann()), &workspace))).unwrap();
        fs::write(workspace.join("a.txt"), "three\n").unwrap();
        text(bash(&commit(&branch, "c", &ann()), &workspace));
        assert_eq!(bash(&undo(&first, &second, "Undo", &ann()), &workspace).0, IN_THE_WAY);
        assert_eq!(fs::read_to_string(workspace.join("a.txt")).unwrap(), "three\n");
        assert_eq!(bash(&difference(&second, "HEAD"), &workspace).0, 0);
    }

    #[test]
    fn an_agent_that_left_the_branch_is_brought_back() {
        let (forge, workspace, branch) = laid("left");
        text(bash(&fetch(&forge.display().to_string(), &branch), &workspace));
        fs::write(workspace.join("b.txt"), "x").unwrap();
        text(bash(
            "cd -- /workspace\ngit checkout -q -b elsewhere && git add -A && git commit -q -m mine && git rev-parse HEAD",
            &workspace,
        ));
        let head = head(&text(bash(&commit(&branch, "d", &ann()), &workspace))).unwrap();
        text(bash(&push(&branch), &workspace));
        let there = Command::new("git").args(["rev-parse", &branch.reference()]).current_dir(&forge).output().unwrap();
        assert_eq!(String::from_utf8(there.stdout).unwrap().trim(), head);
    }

    #[test]
    fn what_no_script_printed_is_no_commit() {
        assert_eq!(head("fatal: x"), None);
        assert_eq!(head(""), None);
        assert_eq!(changes(b""), []);
        assert_eq!(changes(b"M\0"), [Changed { path: String::new(), previous: None, what: What::Changed }]);
    }
}
