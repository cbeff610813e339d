//! The output filter: what a person sees of an agent's work. Tool calls become plain words, texts lose their code.
//!
//! What it never lets through: code, commands, tool output, tokens, the context block. A step's detail is the name of
//! a file or of a website and nothing else. It works on what it knows; whatever it does not know becomes "Working on it".

use super::frame::Phase;
use super::redact;
use serde_json::Value;

/// A step in plain words.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Words {
    /// The kind of work.
    pub phase: Phase,
    /// "Writing the home page".
    pub text: String,
    /// The name of a file or a website.
    pub detail: Option<String>,
}

impl Words {
    /// Words without a detail.
    pub fn new(phase: Phase, text: impl Into<String>) -> Self {
        Self { phase, text: text.into(), detail: None }
    }
}

/// The words for a tool call.
pub fn tool(name: &str, server: Option<&str>, input: &Value) -> Words {
    let field = |key: &str| input.get(key).and_then(Value::as_str).unwrap_or_default();
    let path = || Some(field("path")).filter(|path| !path.is_empty()).unwrap_or_else(|| field("file_path"));
    if server.is_some() {
        return Words::new(Phase::Looking, "Using a connected service");
    }
    match name {
        "read" => file(Phase::Looking, "Reading", path()),
        "glob" | "grep" => Words::new(Phase::Looking, "Looking through the files"),
        "write" => written("Writing", path()),
        "edit" => written("Changing", path()),
        "bash" => command(field("command")),
        "web_search" => Words::new(Phase::Looking, "Searching the web"),
        "web_fetch" => Words { detail: host(field("url")), ..Words::new(Phase::Looking, "Reading a web page") },
        "get_deploy_credentials" => Words::new(Phase::Publishing, "Getting ready to publish"),
        _ => Words::new(Phase::Working, "Working on it"),
    }
}

pub(crate) fn base_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

pub(crate) fn extension(path: &str) -> String {
    base_name(path).rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

/// A file name that is nothing but that.
pub(crate) fn file_detail(path: &str) -> Option<String> {
    let name = base_name(path);
    let plain = !name.is_empty()
        && name.chars().count() <= 60
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' '))
        && !name.contains(redact::TOKEN_PREFIX);
    plain.then(|| name.to_owned())
}

pub(crate) fn host(url: &str) -> Option<String> {
    let target = crate::target::Target::parse(url)?;
    let plain =
        target.host.len() <= 80 && target.host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    (plain && !target.host.is_empty()).then(|| target.host.to_owned())
}

/// "the home page", "the about page", …: what a file is to a person. Also the phase in which it is written.
fn called(path: &str) -> (Phase, String) {
    match extension(path).as_str() {
        "html" | "htm" => {
            let name = base_name(path);
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            let folder = path.rsplit('/').nth(1).unwrap_or_default();
            let page = if stem.eq_ignore_ascii_case("index") { folder } else { stem };
            (Phase::Writing, page_name(page))
        }
        "css" | "scss" | "less" => (Phase::Drawing, "the look of the site".into()),
        "svg" | "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "ico" => (Phase::Drawing, "a picture".into()),
        "woff" | "woff2" | "ttf" | "otf" => (Phase::Drawing, "the lettering".into()),
        "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" => (Phase::Building, "how the site works".into()),
        "md" | "txt" => (Phase::Writing, "the texts".into()),
        _ => (Phase::Building, "the parts of the site".into()),
    }
}

/// Folders in which sites are built; their names say nothing to a person.
const WORKPLACES: [&str; 14] =
    ["", ".", "site", "public", "dist", "build", "src", "app", "www", "workspace", "home", "root", "tmp", "user"];

fn page_name(page: &str) -> String {
    let words: String = page.chars().map(|c| if matches!(c, '-' | '_') { ' ' } else { c }).collect();
    let plain =
        !words.is_empty() && words.chars().count() <= 30 && words.chars().all(|c| c.is_alphanumeric() || c == ' ');
    if WORKPLACES.contains(&page) || !plain || page.contains(redact::TOKEN_PREFIX) {
        return "the home page".into();
    }
    format!("the {} page", words.to_lowercase())
}

fn file(phase: Phase, verb: &str, path: &str) -> Words {
    Words { phase, text: format!("{verb} {}", called(path).1), detail: file_detail(path) }
}

fn written(verb: &str, path: &str) -> Words {
    let (phase, what) = called(path);
    let text = match (phase, what.as_str(), verb) {
        (Phase::Building, ..) => "Putting the site together".to_owned(),
        (_, "a picture", "Writing") => "Drawing a picture".to_owned(),
        (_, "the look of the site", "Writing") => "Choosing the look of the site".to_owned(),
        _ => format!("{verb} {what}"),
    };
    Words { phase, text, detail: file_detail(path) }
}

/// Reads a shell command for what it is about. Nothing of the command itself is shown but the name of a file it writes.
fn command(command: &str) -> Words {
    if command.contains("/api/agent/deploy") {
        return Words::new(Phase::Publishing, "Publishing");
    }
    if let Some(path) = redirected(command) {
        return written("Writing", path);
    }
    let word = |wanted: &[&str]| {
        command
            .split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '_' | '-')))
            .any(|word| wanted.contains(&word))
    };
    if word(&["npm", "npx", "bun", "bunx", "pnpm", "yarn", "vite", "esbuild", "tsc", "tailwindcss", "make", "build"]) {
        Words::new(Phase::Building, "Putting the site together")
    } else if word(&["convert", "magick", "rsvg-convert", "cwebp", "ffmpeg"]) {
        Words::new(Phase::Drawing, "Preparing pictures")
    } else if word(&["curl", "wget"]) && command.contains("://v--") {
        // The address of the live version, which the context block names.
        Words::new(Phase::Looking, "Looking at your site as it is")
    } else if word(&["curl", "wget"]) {
        Words::new(Phase::Looking, "Fetching something it needs")
    } else if word(&["mkdir", "cp", "mv", "rm", "touch", "tar", "unzip", "zip"]) {
        Words::new(Phase::Working, "Tidying the files")
    } else if word(&["ls", "cat", "head", "tail", "find", "grep", "rg", "wc", "tree", "pwd", "file", "stat", "du"]) {
        Words::new(Phase::Looking, "Looking through the files")
    } else {
        Words::new(Phase::Working, "Working on it")
    }
}

/// The file that a here-document or an echo is written to.
fn redirected(command: &str) -> Option<&str> {
    let first = command.lines().next()?;
    if !first.contains("<<") && !first.trim_start().starts_with("echo ") && !first.trim_start().starts_with("printf ") {
        return None;
    }
    let (_, after) = first.split_once('>')?;
    let path = after.trim_start_matches(['>', ' ']).split([' ', ';', '&', '|']).next()?.trim_matches(['"', '\'']);
    (!path.is_empty() && !path.starts_with('/') || path.contains('.'))
        .then_some(path)
        .filter(|path| !path.starts_with("/dev/"))
}

/// An agent's text for a person: no context block, no code, no token. Empty when nothing is left.
pub fn text(raw: &str) -> String {
    let without_block = drop_context(raw);
    let mut lines: Vec<String> = Vec::new();
    let mut fence: Option<(char, usize)> = None;
    let mut in_list = false;
    for line in without_block.lines() {
        let trimmed = line.trim_start();
        if let Some((mark, length)) = fence {
            if closes(trimmed, mark, length) {
                fence = None;
            }
            continue;
        }
        if let Some(opened) = opens(trimmed) {
            fence = Some(opened);
            continue;
        }
        let indented = line.starts_with("    ") || line.starts_with('\t');
        if indented && !in_list && lines.last().is_none_or(|last| last.is_empty()) && !trimmed.is_empty() {
            // An indented block after an empty line is code, unless a list goes on.
            continue;
        }
        if looks_like_code(trimmed) {
            continue;
        }
        if !trimmed.is_empty() {
            in_list = is_item(trimmed) || (in_list && line.starts_with(' '));
        }
        lines.push(inline(line.trim_end()));
    }
    let mut out = String::new();
    for line in lines {
        if line.is_empty() && (out.is_empty() || out.ends_with("\n\n")) {
            continue;
        }
        out.push_str(&line);
        out.push('\n');
    }
    redact::text(out.trim()).into_owned()
}

fn drop_context(raw: &str) -> String {
    let mut out = String::new();
    let mut rest = raw;
    while let Some((before, block)) = rest.split_once("<vetka_context") {
        out.push_str(before);
        rest = block.split_once("</vetka_context>").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

/// Three or more backticks or tildes open a fence. Quotes and list marks in front of it do not hide it.
pub(crate) fn opens(trimmed: &str) -> Option<(char, usize)> {
    let bare = trimmed
        .trim_start_matches(|c: char| matches!(c, '>' | '-' | '*' | '+' | ' ' | '.' | ')') || c.is_ascii_digit());
    let mark = bare.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = bare.chars().take_while(|&c| c == mark).count();
    let info = bare.get(length..).unwrap_or_default();
    (length >= 3 && !(mark == '`' && info.contains('`'))).then_some((mark, length))
}

pub(crate) fn closes(trimmed: &str, mark: char, length: usize) -> bool {
    let bare = trimmed.trim_start_matches(['>', ' ']).trim_end();
    bare.chars().count() >= length && bare.chars().all(|c| c == mark)
}

pub(crate) fn is_item(trimmed: &str) -> bool {
    let after_number = trimmed.trim_start_matches(|c: char| c.is_ascii_digit());
    trimmed.starts_with("- ")
        || trimmed.starts_with("* ")
        || trimmed.starts_with("+ ")
        || (after_number.len() < trimmed.len() && (after_number.starts_with(". ") || after_number.starts_with(") ")))
}

/// A line that is code although no fence says so: markup, a rule, a statement, a prompt.
pub(crate) fn looks_like_code(trimmed: &str) -> bool {
    let line = trimmed.trim_end();
    let tag = line.starts_with('<')
        && line.get(1..2).is_some_and(|c| c.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!'));
    let statement = line.ends_with(';') && line.contains(['=', '(', ':', '{', '}']);
    let block = line.ends_with('{') || matches!(line, "}" | "};" | "});" | "})" | "]" | "],");
    let prompt = ["$ ", "# curl", "curl -", "npm ", "npx ", "bun ", "sudo ", "export "]
        .iter()
        .any(|start| line.starts_with(start));
    tag || statement || block || prompt
}

/// Code in the middle of a sentence: a plain name stays as a word, anything else becomes an ellipsis.
fn inline(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let ticks = tail.chars().take_while(|&c| c == '`').count();
        let (mark, inner) = tail.split_at(ticks);
        match inner.split_once(mark) {
            Some((code, after)) => {
                out.push_str(if is_plain_name(code) { code.trim() } else { "…" });
                rest = after;
            }
            None if is_plain_name(inner) || !inner.contains(['=', '(', '{', '<', ';', '$']) => {
                out.push_str(inner);
                rest = "";
            }
            // An unclosed mark before what may be code that is still being written.
            None => {
                out.push('…');
                rest = "";
            }
        }
    }
    out.push_str(rest);
    out
}

fn is_plain_name(code: &str) -> bool {
    let code = code.trim();
    (1..=40).contains(&code.chars().count())
        && !code.starts_with('-')
        && code.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '#'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn words(name: &str, input: Value) -> (Phase, String, Option<String>) {
        let words = tool(name, None, &input);
        (words.phase, words.text, words.detail)
    }

    #[test]
    fn says_what_is_being_done() {
        let path = |path: &str| json!({ "path": path, "content": "<h1>secret</h1>" });
        assert_eq!(
            words("write", path("/workspace/site/index.html")),
            (Phase::Writing, "Writing the home page".into(), Some("index.html".into()))
        );
        assert_eq!(
            words("write", path("about/index.html")),
            (Phase::Writing, "Writing the about page".into(), Some("index.html".into()))
        );
        assert_eq!(
            words("edit", json!({ "file_path": "/x/my-dog.html" })),
            (Phase::Writing, "Changing the my dog page".into(), Some("my-dog.html".into()))
        );
        assert_eq!(words("write", path("logo.svg")).1, "Drawing a picture");
        assert_eq!(words("write", path("style.css")).1, "Choosing the look of the site");
        assert_eq!(words("edit", path("style.css")).1, "Changing the look of the site");
        assert_eq!(words("write", path("site.json")).1, "Putting the site together");
        assert_eq!(words("read", path("styles.css")).1, "Reading the look of the site");
        assert_eq!(
            words("bash", json!({ "command": "curl -H 'Authorization: Bearer vdt_x' https://v/api/agent/deploy" })),
            (Phase::Publishing, "Publishing".into(), None)
        );
        assert_eq!(
            words("bash", json!({ "command": "cat > about.html <<'EOF'\n<p>x</p>\nEOF" })),
            (Phase::Writing, "Writing the about page".into(), Some("about.html".into()))
        );
        assert_eq!(words("bash", json!({ "command": "bun install && bun run build" })).1, "Putting the site together");
        assert_eq!(
            words("bash", json!({ "command": "curl -sS https://v--abc.vetka.sh/site.json" })).1,
            "Looking at your site as it is"
        );
        assert_eq!(words("bash", json!({ "command": "ls -la" })).1, "Looking through the files");
        assert_eq!(
            words("web_fetch", json!({ "url": "https://example.org/a?token=1" })).2.as_deref(),
            Some("example.org")
        );
        assert_eq!(words("quantum_leap", json!({ "x": "y" })), (Phase::Working, "Working on it".into(), None));
    }

    #[test]
    fn texts_lose_their_code() {
        assert_eq!(text("Here it is:\n\n```html\n<b>x</b>\n```\n\nDone."), "Here it is:\n\nDone.");
        assert_eq!(text("~~~\ncode"), "");
        assert_eq!(text("1. ```js\n   let a\n   ```\nafter"), "after");
        assert_eq!(text("I changed `index.html` with `npm run build`."), "I changed index.html with ….");
        assert_eq!(text("Look:\n\n    let x = 1;\n\nfine"), "Look:\n\nfine");
        assert_eq!(text("- one\n\n    goes on\n- two"), "- one\n\n    goes on\n- two");
        assert_eq!(text("<div class=\"a\">\nThree < four\ncolor: red;"), "Three < four");
        assert_eq!(text("hi <vetka_context turn=\"a\">\nsite_id: x\n</vetka_context>there"), "hi there");
        assert_eq!(text("my token is vdt_abc"), "my token is [hidden]");
    }

    #[test]
    fn plain_texts_stay_as_they_are() {
        let plain = "I made **three pages** for your bakery:\n\n- Home\n- Menu\n\nTell me what to change; I like \"green\" (a lot).";
        assert_eq!(text(plain), plain);
    }

    const CANARY: &str = "zqxcanary";

    proptest! {
        #[test]
        fn no_line_of_a_fence_gets_through(
            before in "[a-z .]{0,20}", code in proptest::collection::vec("[a-z<>{}();= `~]{0,20}", 0..6), ticks in 3usize..6, tilde: bool,
            indent in 0usize..4, closed: bool, cut in 0usize..400,
        ) {
            let mark = if tilde { "~" } else { "`" }.repeat(ticks);
            let pad = " ".repeat(indent);
            let code: Vec<String> = code.into_iter().map(|line| format!("{CANARY}{line}")).collect();
            let mut raw = format!("{before}\n{pad}{mark}html\n{}\n", code.join("\n"));
            if closed {
                raw.push_str(&format!("{pad}{mark}\nafter"));
            }
            prop_assert!(!text(&raw).contains(CANARY));
            // Nor while it is still being written.
            let cut = (0..=cut.min(raw.len())).rev().find(|&at| raw.is_char_boundary(at)).unwrap_or(0);
            prop_assert!(!text(&raw[..cut]).contains(CANARY));
        }

        #[test]
        fn no_token_gets_through(before in ".{0,30}", token in "vdt_[A-Za-z0-9_-]{1,43}", after in "[ \n].{0,30}", tool_name in "(bash|write|read|edit|web_fetch|x)") {
            let said = format!("{before}{token}{after}");
            prop_assert!(!text(&said).contains(&token));
            let input = json!({ "command": said, "path": said, "url": format!("https://{said}"), "content": said });
            let words = tool(&tool_name, None, &input);
            prop_assert!(!words.text.contains(&token) && !words.detail.unwrap_or_default().contains(&token));
        }

        #[test]
        fn nothing_of_a_command_is_shown(command in "[a-z]{3,9} [a-z0-9 /|&;'\"$-]{4,60}") {
            let words = tool("bash", None, &json!({ "command": format!("{command} {CANARY}") }));
            prop_assert!(!words.text.contains(CANARY) && words.detail.is_none());
        }
    }
}
