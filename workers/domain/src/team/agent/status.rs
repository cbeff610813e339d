//! What a member reads while a tool works: the kind of work in plain words, chosen from a few sentences. Nothing of the
//! tool's name, its files or its command is in them.

use super::vocabulary;
use crate::conversation::frame::Phase;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kinds of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// No visible work yet.
    Thinking,
    /// Reading files.
    Looking,
    /// Reading the web.
    Web,
    /// Writing files.
    Editing,
    /// Running the project's checks, or building it.
    Checking,
    /// Fetching what the project is made of.
    Installing,
    /// Keeping what was done.
    Saving,
    /// Making a list of what to do.
    Planning,
    /// Handing something to another agent.
    Delegating,
    /// Summing up a long conversation.
    Remembering,
    /// Anything else.
    Working,
}

impl Work {
    /// What a tool does. For a command, what it begins with tells the kind.
    pub fn of(tool: &str, input: &Value) -> Self {
        match tool {
            "Read" | "Glob" | "Grep" | "LS" | "NotebookRead" | "ToolSearch" => Self::Looking,
            "Write" | "Edit" | "MultiEdit" | "NotebookEdit" => Self::Editing,
            "WebFetch" | "WebSearch" => Self::Web,
            "TodoWrite" | "EnterPlanMode" | "ExitPlanMode" | "TaskCreate" | "TaskUpdate" => Self::Planning,
            "Task" | "Agent" => Self::Delegating,
            "Bash" => Self::of_command(input.get("command").and_then(Value::as_str).unwrap_or_default()),
            _ => Self::Working,
        }
    }

    fn of_command(command: &str) -> Self {
        let mut found = Self::Working;
        // The last part that tells something: `cd shop && npm test` is about the test.
        for part in command.split(['\n', ';', '&', '|']) {
            let words: Vec<&str> = part.split_whitespace().filter(|word| !word.contains('=')).collect();
            let word = |at: usize| words.get(at).copied().unwrap_or_default();
            let work = match (word(0), word(1)) {
                ("git", "commit" | "push" | "add" | "stash" | "checkout" | "merge" | "restore") => Self::Saving,
                ("git", _) => Self::Looking,
                (
                    "npm" | "pnpm" | "yarn" | "bun" | "pip" | "pip3" | "apt-get" | "apt",
                    "install" | "i" | "ci" | "add",
                ) => Self::Installing,
                (
                    "ls" | "cat" | "head" | "tail" | "find" | "grep" | "rg" | "wc" | "tree" | "pwd" | "stat" | "du"
                    | "file" | "diff",
                    _,
                ) => Self::Looking,
                ("mkdir" | "cp" | "mv" | "rm" | "touch" | "sed" | "tee" | "patch", _) => Self::Editing,
                ("cd" | "echo" | "sleep" | "true" | "", _) => continue,
                (first, _) if vocabulary::is_command(first) => Self::Checking,
                _ => Self::Working,
            };
            if found == Self::Working || work == Self::Checking {
                found = work;
            }
        }
        found
    }

    /// The sentence.
    pub fn text(self) -> &'static str {
        match self {
            Self::Thinking => "Thinking…",
            Self::Looking => "Looking through the files…",
            Self::Web => "Looking something up on the web…",
            Self::Editing => "Editing files…",
            Self::Checking => "Running checks…",
            Self::Installing => "Installing what the project needs…",
            Self::Saving => "Saving the work…",
            Self::Planning => "Planning the next steps…",
            Self::Delegating => "Looking into a part of it…",
            Self::Remembering => "Looking back over the conversation…",
            Self::Working => "Working on it…",
        }
    }

    /// The kind, in the words of all agents.
    pub fn phase(self) -> Phase {
        match self {
            Self::Thinking | Self::Planning | Self::Remembering => Phase::Thinking,
            Self::Looking | Self::Web | Self::Delegating => Phase::Looking,
            Self::Editing => Phase::Writing,
            Self::Checking | Self::Installing => Phase::Building,
            Self::Saving | Self::Working => Phase::Working,
        }
    }
}

/// The file that a tool writes.
pub fn written_file<'a>(tool: &str, input: &'a Value) -> Option<&'a str> {
    let key = match tool {
        "Write" | "Edit" | "MultiEdit" => "file_path",
        "NotebookEdit" => "notebook_path",
        _ => return None,
    };
    input.get(key).and_then(Value::as_str).filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn says_the_kind_of_work() {
        let of = |tool: &str, input: Value| Work::of(tool, &input).text();
        assert_eq!(of("Read", json!({ "file_path": "/x" })), "Looking through the files…");
        assert_eq!(of("Edit", json!({ "file_path": "/x" })), "Editing files…");
        assert_eq!(of("mcp__a__b", json!(null)), "Working on it…");
        for (command, text) in [
            ("cd /workspace && npm test -- --run 2>&1 | tail -20", "Running checks…"),
            ("CI=1 npm run build", "Running checks…"),
            ("npm ci", "Installing what the project needs…"),
            ("ls -la src", "Looking through the files…"),
            ("git status", "Looking through the files…"),
            ("git add -A && git commit -m 'npm test'", "Saving the work…"),
            ("mkdir -p a/b", "Editing files…"),
            ("./secret-script", "Working on it…"),
            ("", "Working on it…"),
        ] {
            assert_eq!(of("Bash", json!({ "command": command })), text, "{command}");
        }
    }

    #[test]
    fn only_tools_that_write_have_a_written_file() {
        assert_eq!(written_file("Write", &json!({ "file_path": "/a" })), Some("/a"));
        assert_eq!(written_file("Read", &json!({ "file_path": "/a" })), None);
        assert_eq!(written_file("Edit", &json!({ "file_path": 7 })), None);
    }

    proptest! {
        #[test]
        fn nothing_of_a_tool_is_said(tool in "(Bash|Read|zqx[a-z]{3})", said in "zqx[a-z]{3}( [a-z|;&]{1,4}){0,3}") {
            let work = Work::of(&tool, &json!({ "command": said, "file_path": said }));
            prop_assert!(!work.text().contains("zqx"));
        }
    }
}
