//! The scripts between a real bash, a real git and a real repository.

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
    let output = Command::new("bash").args(["-c", &script]).current_dir(&seed).env("HOME", &folder).output().unwrap();
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
    let second = head(&text(bash(&commit(&branch, None, "It's \"done\" $(x)", &ann()), &workspace))).unwrap();
    assert_ne!(first, second);
    assert_eq!(
        head(&text(bash(&commit(&branch, None, "none", &ann()), &workspace))),
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
    assert_eq!(head(&text(bash(&commit(&branch, None, "none", &ann()), &workspace))), Some(first.clone()));
    fs::write(workspace.join("made 1.lock"), "asked for").unwrap();
    let second = head(&text(bash(&commit(&branch, None, "asked for", &ann()), &workspace))).unwrap();
    let listed = changes(&bash(&difference(&first, &second), &workspace).1);
    assert_eq!(listed, [Changed { path: "made 1.lock".into(), previous: None, what: What::Added }]);
}

/// A project with these files, whose start has changed them; gives its first commit.
fn begun(name: &str, start: &str) -> (std::path::PathBuf, Branch, String) {
    let (forge, workspace, branch) = laid(name);
    text(bash(&fetch(&forge.display().to_string(), &branch), &workspace));
    let rows: String = (1..=9).map(|row| format!("row {row}\n")).collect();
    fs::write(workspace.join("rows.txt"), rows).unwrap();
    fs::write(workspace.join("of the *start*.lock"), "1\n").unwrap();
    fs::write(workspace.join("old.txt"), "old\n").unwrap();
    let first = head(&text(bash(&commit(&branch, None, "files", &ann()), &workspace))).unwrap();
    text(bash(&format!("cd -- {WORKSPACE}\nset -eu\n{start}"), &workspace));
    text(bash(&settle(), &workspace));
    (workspace, branch, first)
}

fn committed(branch: &Branch, workspace: &Path) -> String {
    head(&text(bash(&commit(branch, None, "turn", &ann()), workspace))).unwrap()
}

fn edited(workspace: &Path, name: &str, from: &str, to: &str) {
    let path = workspace.join(name);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

fn shown(workspace: &Path, commit: &str, name: &str) -> String {
    text(bash(&format!("cd -- {WORKSPACE}\ngit show '{commit}:{name}'"), workspace))
}

const START: &str =
    "echo 2 > 'of the *start*.lock'; sed -i 's/row 1/row 1 by the start/' rows.txt; chmod +x a.txt; rm old.txt";

#[test]
fn what_the_start_has_changed_stays_where_it_is_and_is_in_no_commit() {
    let (workspace, branch, first) = begun("aside", START);
    assert_eq!(committed(&branch, &workspace), first);
    fs::write(workspace.join("new.txt"), "x").unwrap();
    let second = committed(&branch, &workspace);
    let listed = changes(&bash(&difference(&first, &second), &workspace).1);
    assert_eq!(listed, [Changed { path: "new.txt".into(), previous: None, what: What::Added }]);
    assert_eq!(fs::read_to_string(workspace.join("of the *start*.lock")).unwrap(), "2\n");
    assert!(!workspace.join("old.txt").exists());

    // A turn's lines are committed without those of the start beside them, again and again.
    edited(&workspace, "rows.txt", "row 9", "row nine");
    edited(&workspace, "a.txt", "one", "two");
    let third = committed(&branch, &workspace);
    edited(&workspace, "rows.txt", "row 6", "row six");
    let fourth = committed(&branch, &workspace);
    let rows = shown(&workspace, &fourth, "rows.txt");
    assert!(rows.starts_with("row 1\n") && rows.contains("row six\n") && rows.ends_with("row nine\n"), "{rows}");
    assert_eq!(shown(&workspace, &fourth, "a.txt"), "two\n");
    let modes = text(bash(&format!("cd -- {WORKSPACE}\ngit ls-tree HEAD a.txt"), &workspace));
    assert!(modes.starts_with("100644"), "{modes}");
    assert!(fs::read_to_string(workspace.join("rows.txt")).unwrap().starts_with("row 1 by the start\n"));
    assert_eq!(committed(&branch, &workspace), fourth, "nothing new");

    // It is there before and after something is taken back, and before and after a push that had to give way.
    head(&text(bash(&undo(&second, &third, "Undo", &ann()), &workspace))).unwrap();
    let rows = fs::read_to_string(workspace.join("rows.txt")).unwrap();
    assert!(
        rows.starts_with("row 1 by the start\n") && rows.contains("row six") && rows.ends_with("row 9\n"),
        "{rows}"
    );
    assert_eq!(fs::read_to_string(workspace.join("of the *start*.lock")).unwrap(), "2\n");
    assert!(!workspace.join("old.txt").exists());
    let fifth = committed(&branch, &workspace);
    let rows = shown(&workspace, &fifth, "rows.txt");
    assert!(rows.starts_with("row 1\n") && rows.ends_with("row 9\n"), "{rows}");
    assert_eq!(changes(&bash(&difference(&second, &fifth), &workspace).1).len(), 1);
    let elsewhere = format!(
        "cd -- {WORKSPACE}\nset -eu\ngit push -q origin HEAD:{r}\ngit clone -q -b {b} \"$(git remote get-url origin)\" ../other\ncd ../other\n\
         git config user.name x; git config user.email x@y; echo x > theirs.txt; git add -A; git commit -q -m theirs; git push -q",
        r = branch.reference(),
        b = branch.name()
    );
    text(bash(&elsewhere, &workspace));
    fs::write(workspace.join("more.txt"), "x").unwrap();
    committed(&branch, &workspace);
    let pushed = head(&text(bash(&push(&branch), &workspace))).unwrap();
    assert_eq!(shown(&workspace, &pushed, "theirs.txt"), "x\n");
    assert!(shown(&workspace, &pushed, "rows.txt").starts_with("row 1\n"));
    assert!(fs::read_to_string(workspace.join("rows.txt")).unwrap().starts_with("row 1 by the start\n"));
    assert_eq!(committed(&branch, &workspace), pushed);
}

#[test]
fn a_file_whose_lines_cannot_be_told_apart_goes_as_it_is() {
    let (workspace, branch, first) = begun("apart", START);
    edited(&workspace, "rows.txt", "row 1 by the start", "row 1 by the turn");
    fs::write(workspace.join("old.txt"), "back\n").unwrap();
    // What the turn itself made as it was is no change.
    fs::write(workspace.join("of the *start*.lock"), "1\n").unwrap();
    let second = committed(&branch, &workspace);
    let listed = changes(&bash(&difference(&first, &second), &workspace).1);
    let paths: Vec<&str> = listed.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["old.txt", "rows.txt"]);
    assert!(shown(&workspace, &second, "rows.txt").starts_with("row 1 by the turn\n"));
    // From here on it is a file like any other.
    edited(&workspace, "rows.txt", "row 2", "row two");
    fs::remove_file(workspace.join("of the *start*.lock")).unwrap();
    let third = committed(&branch, &workspace);
    assert!(shown(&workspace, &third, "rows.txt").contains("row two"));
    assert_eq!(changes(&bash(&difference(&second, &third), &workspace).1).len(), 2);
}

#[test]
fn an_agent_that_commits_by_itself_hands_over_its_own_lines_alone() {
    let (workspace, branch, first) = begun("itself", START);
    edited(&workspace, "rows.txt", "row 9", "row nine");
    text(bash(&format!("cd -- {WORKSPACE}\ngit commit -q -a -m mine"), &workspace));
    let second = head(&text(bash(&commit(&branch, Some(&first), "turn", &ann()), &workspace))).unwrap();
    let listed = changes(&bash(&difference(&first, &second), &workspace).1);
    assert_eq!(listed, [Changed { path: "rows.txt".into(), previous: None, what: What::Changed }]);
    let rows = shown(&workspace, &second, "rows.txt");
    assert!(rows.starts_with("row 1\n") && rows.ends_with("row nine\n"), "{rows}");
    assert_eq!(fs::read_to_string(workspace.join("of the *start*.lock")).unwrap(), "2\n");
    assert_eq!(head(&text(bash(&commit(&branch, Some(&second), "none", &ann()), &workspace))), Some(second.clone()));
    let nowhere = "a".repeat(40);
    assert_eq!(head(&text(bash(&commit(&branch, Some(&nowhere), "none", &ann()), &workspace))), Some(second.clone()));
    head(&text(bash(&undo(&first, &second, "Undo", &ann()), &workspace))).unwrap();
    assert!(!workspace.join("old.txt").exists());
    assert!(fs::read_to_string(workspace.join("rows.txt")).unwrap().ends_with("row 9\n"));
    let last = head(&text(bash(&commit(&branch, None, "none", &ann()), &workspace))).unwrap();
    assert_eq!(changes(&bash(&difference(&first, &last), &workspace).1), []);
}

#[test]
fn an_undo_that_cannot_be_leaves_what_was_set_aside() {
    let (workspace, branch, first) = begun("stuck", START);
    edited(&workspace, "rows.txt", "row 9", "row nine");
    let second = committed(&branch, &workspace);
    edited(&workspace, "rows.txt", "row nine", "row ten");
    let third = committed(&branch, &workspace);
    assert_eq!(bash(&undo(&first, &second, "Undo", &ann()), &workspace).0, IN_THE_WAY);
    let rows = fs::read_to_string(workspace.join("rows.txt")).unwrap();
    assert!(rows.starts_with("row 1 by the start\n") && rows.ends_with("row ten\n"), "{rows}");
    assert_eq!(fs::read_to_string(workspace.join("of the *start*.lock")).unwrap(), "2\n");
    assert_eq!(committed(&branch, &workspace), third);
}

#[test]
fn later_work_on_the_same_lines_is_in_the_way_and_nothing_is_lost() {
    let (forge, workspace, branch) = laid("way");
    let first = head(&text(bash(&fetch(&forge.display().to_string(), &branch), &workspace))).unwrap();
    fs::write(workspace.join("a.txt"), "two\n").unwrap();
    let second = head(&text(bash(&commit(&branch, None, "b", &ann()), &workspace))).unwrap();
    fs::write(workspace.join("a.txt"), "three\n").unwrap();
    text(bash(&commit(&branch, None, "c", &ann()), &workspace));
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
    let head = head(&text(bash(&commit(&branch, None, "d", &ann()), &workspace))).unwrap();
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
