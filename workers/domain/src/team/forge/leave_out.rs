//! Leaving out what a session may not change: its files become again what they were where the branch began.

use super::read::Comparison;
use crate::team::{
    branch::Branch,
    files::{Changed, Outside, What},
    startup::{WORKSPACE, shell_quoted as quoted},
};

/// What the commit says.
const MESSAGE: &str = "Leave out what this project's settings do not allow";

/// The script for bash that takes the files outside back, in a commit that it pushes to the session's branch; `None` when
/// there is nothing to take back. It is as long as the names in it, so it is given as a file or to the standard input.
///
/// What comes out of it is to be checked again: the sandbox is not trusted with having done it.
pub fn leave_out(comparison: &Comparison, outside: &[Outside], branch: &Branch) -> Option<String> {
    let (removed, restored) = taken_back(&comparison.files, outside);
    if removed.is_empty() && restored.is_empty() {
        return None;
    }
    let words = |paths: &[&str]| paths.iter().map(|path| quoted(path)).collect::<Vec<_>>().join(" ");
    // No name is a pattern, an option or a place elsewhere, and nothing of the repository's runs.
    let mut script = format!(
        "set -eu\ncd -- {WORKSPACE}\nexport GIT_TERMINAL_PROMPT=0 GIT_LITERAL_PATHSPECS=1 LC_ALL=C\n\
         git() {{ command git -c core.hooksPath=/dev/null -c commit.gpgSign=false \"$@\"; }}\n"
    );
    // First what is new: a new folder may stand where a file was.
    if !removed.is_empty() {
        script.push_str(&format!("git rm -q -r -f --ignore-unmatch -- {}\n", words(&removed)));
    }
    if !restored.is_empty() {
        let base = quoted(&comparison.merge_base);
        script.push_str(&format!(
            "git cat-file -e {base} 2>/dev/null || git fetch -q --no-tags --depth=1 origin {base}\n\
             git checkout -q {base} -- {}\n",
            words(&restored)
        ));
    }
    script.push_str(&format!(
        "git diff --cached --quiet || git commit -q --no-verify -m {}\ngit push -q origin HEAD:{}\n",
        quoted(MESSAGE),
        quoted(&branch.reference())
    ));
    Some(script)
}

/// Which paths are to go, and which are to be as before.
fn taken_back<'a>(files: &'a [Changed], outside: &[Outside]) -> (Vec<&'a str>, Vec<&'a str>) {
    let is_outside = |path: &str| outside.iter().any(|outside| outside.path == path);
    let (mut removed, mut restored) = (Vec::new(), Vec::new());
    for file in files {
        let previous = file.previous.as_deref();
        if !is_outside(&file.path) && !previous.is_some_and(is_outside) {
            continue;
        }
        match file.what {
            What::Added => removed.push(file.path.as_str()),
            What::Changed | What::Removed => restored.push(file.path.as_str()),
            // As a whole: half of it would lose the file, or have it twice.
            What::Renamed => {
                removed.push(file.path.as_str());
                restored.extend(previous);
            }
        }
    }
    (removed, restored)
}

#[cfg(test)]
mod tests;
