//! The script between a real bash, a real git and a real repository. Where there is no git, it is only read.

use super::*;
use crate::team::files::Why;
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const BASE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn file(path: &str, what: What) -> Changed {
    Changed { path: path.to_owned(), previous: None, what }
}

fn outside(paths: &[&str]) -> Vec<Outside> {
    paths.iter().map(|path| Outside { path: (*path).to_owned(), why: Why::NotAllowed }).collect()
}

fn comparison(merge_base: &str, files: Vec<Changed>) -> Comparison {
    Comparison { ahead_by: 1, behind_by: 0, merge_base: merge_base.to_owned(), files, is_all: true }
}

fn branch() -> Branch {
    Branch::of("x1").unwrap()
}

#[test]
fn only_what_is_outside_is_taken_back() {
    let renamed = |from: &str, to: &str| Changed { path: to.into(), previous: Some(from.into()), what: What::Renamed };
    let files = [
        file("site/a.html", What::Changed),
        file("new.yml", What::Added),
        file("package.json", What::Changed),
        file("gone.txt", What::Removed),
        renamed("site/b.html", "lib/b.html"),
        renamed(".env", "site/env.txt"),
        renamed("site/c.html", "site/d.html"),
    ];
    let outside = outside(&["new.yml", "package.json", "gone.txt", "lib/b.html", ".env"]);
    assert_eq!(
        taken_back(&files, &outside),
        (vec!["new.yml", "lib/b.html", "site/env.txt"], vec!["package.json", "gone.txt", "site/b.html", ".env"],)
    );
    assert_eq!(leave_out(&comparison(BASE, files.to_vec()), &[], &branch()), None);
}

#[test]
fn every_name_is_one_quoted_word() {
    let name = "a'; touch pwned; '$(id)";
    let script = leave_out(&comparison(BASE, vec![file(name, What::Added)]), &outside(&[name]), &branch()).unwrap();
    assert!(script.contains(r"git rm -q -r -f --ignore-unmatch -- 'a'\''; touch pwned; '\''$(id)'"), "{script}");
    assert!(!script.contains("git checkout"));
    assert!(script.ends_with("git push -q origin HEAD:'refs/heads/vendi/session-x1'\n"));
}

/// A folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("vetka-leave-out-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A program with an environment of its own, so that nobody's settings decide.
fn program(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(name);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", folder);
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C").current_dir(folder);
    command
}

fn git(folder: &Path, args: &[&str]) -> String {
    let output = program("git", folder).args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// What differs between two commits, as the forge would tell it.
fn changed(folder: &Path, from: &str, to: &str) -> Vec<Changed> {
    let listed = git(folder, &["diff", "--name-status", "-z", "-M", from, to]);
    let mut fields = listed.split('\0').filter(|field| !field.is_empty());
    let mut files = Vec::new();
    while let Some(status) = fields.next() {
        let path = fields.next().unwrap();
        files.push(match status.chars().next() {
            Some('R') => {
                Changed { path: fields.next().unwrap().into(), previous: Some(path.into()), what: What::Renamed }
            }
            Some('A') => file(path, What::Added),
            Some('D') => file(path, What::Removed),
            _ => file(path, What::Changed),
        });
    }
    files
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn names_of_every_kind_become_what_they_were() {
    if !Command::new("git").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return;
    }
    let root = Folder::new("names");
    let (forge, work) = (root.0.join("forge.git"), root.0.join("work"));
    std::fs::create_dir_all(&work).unwrap();
    git(&root.0, &["init", "-q", "--bare", "forge.git"]);
    git(&work, &["init", "-q", "-b", "main"]);
    for (name, value) in [("user.name", "Vetka"), ("user.email", "agent@vetka.invalid")] {
        git(&work, &["config", name, value]);
    }
    git(&work, &["remote", "add", "origin", forge.to_str().unwrap()]);

    let odd = [
        "-rf",
        ":(top)x",
        "q'\"uote",
        "$(touch pwned)",
        "new\nline",
        "back\\slash",
        "ünï cødé",
        "*",
        "[a].txt",
        " space ",
    ];
    for (at, name) in odd.iter().enumerate() {
        write(&work, name, &format!("before {at}\n"));
    }
    write(&work, "site/index.html", "before\n");
    write(&work, "gone.yml", "it was here\n");
    write(&work, "folder", "a file\n");
    write(&work, "keys/.env", "A=a-value-that-is-long-enough-to-be-known-again\nB=b\n");
    git(&work, &["add", "-A"]);
    git(&work, &["commit", "-q", "-m", "base"]);
    let base = git(&work, &["rev-parse", "HEAD"]);

    for (at, name) in odd.iter().enumerate() {
        write(&work, name, &format!("after {at}\n"));
        write(&work, &format!("new/{name}"), &format!("new {at}\n"));
    }
    write(&work, "site/index.html", "after\n");
    write(&work, "site/new.html", "new\n");
    for name in ["gone.yml", "folder"] {
        std::fs::remove_file(work.join(name)).unwrap();
    }
    write(&work, "folder/inside", "a folder now\n");
    git(&work, &["mv", "keys/.env", "site/env.txt"]);
    git(&work, &["add", "-A"]);
    git(&work, &["commit", "-q", "-m", "the work"]);
    // Hooks of the sandbox are not asked, and what lies about uncommitted stays as it is.
    write(&work, ".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    program("chmod", &work).args(["+x", ".git/hooks/pre-commit", ".git/hooks"]).status().unwrap();
    write(&work, "site/unsaved.html", "unsaved\n");

    let files = changed(&work, &base, "HEAD");
    assert!(files.iter().any(|file| file.what == What::Renamed));
    let paths: Vec<&str> = files
        .iter()
        .flat_map(|file| [Some(file.path.as_str()), file.previous.as_deref()])
        .flatten()
        .filter(|path| !path.starts_with("site/"))
        .collect();
    let script = leave_out(&comparison(&base, files.clone()), &outside(&paths), &branch()).unwrap();
    let script = script.replace("cd -- /workspace", &format!("cd -- {}", quoted(work.to_str().unwrap())));
    for _again in 0..2 {
        let mut bash = program("bash", &root.0).arg("-s").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut bash.stdin.take().unwrap(), script.as_bytes()).unwrap();
        let output = bash.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    let tip = git(&forge, &["rev-parse", "refs/heads/vendi/session-x1"]);
    let left: Vec<String> = changed(&work, &base, &tip).into_iter().map(|file| file.path).collect();
    assert_eq!(left, ["site/index.html", "site/new.html"]);
    assert_eq!(git(&work, &["rev-list", "--count", &format!("{base}..{tip}")]), "2", "once is enough");
    assert_eq!(std::fs::read_to_string(work.join("site/unsaved.html")).unwrap(), "unsaved\n");
    assert!(!work.join("pwned").exists() && !root.0.join("pwned").exists());
}
