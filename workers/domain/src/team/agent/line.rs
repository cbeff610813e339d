//! What a line of an agent's text is: a sentence, code, a part of a diff, markup.

use super::vocabulary;
use crate::conversation::filter::looks_like_code;

/// Whether a line has shown itself to be a sentence: its first words are words. Called behind white space.
pub fn begins_sentence(line: &str, in_list: bool) -> bool {
    if is_indented(line) && !in_list {
        return false;
    }
    let mut words = line.get(marks(line)..).unwrap_or_default().split_whitespace();
    let Some(first) = words.next() else { return false };
    let bare = first.trim_matches(|c: char| c.is_ascii_punctuation() || matches!(c, '“' | '”' | '’' | '‘'));
    if vocabulary::is_statement(bare) || vocabulary::is_command(bare) {
        return false;
    }
    let needed = if bare.starts_with(char::is_uppercase) { 2 } else { 3 };
    std::iter::once(first).chain(words).take(needed).filter(|word| is_prose(word)).count() == needed
}

/// Far enough in to be code, where no list goes on.
pub fn is_indented(line: &str) -> bool {
    line.starts_with("    ") || line.starts_with('\t')
}

/// Letters, with the punctuation of sentences around them.
pub fn is_prose(word: &str) -> bool {
    let core = word.trim_start_matches(['(', '"', '“', '‘', '*', '_', '\'']);
    let core = core.trim_end_matches(['.', ',', ':', '!', '?', '"', '”', '’', '\'', '*', '_', '…', ')']);
    core.starts_with(char::is_alphabetic) && core.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’' | '-'))
}

/// How many bytes in front of a line's text are indentation, quotes, and the marks of lists and headings.
pub fn marks(line: &str) -> usize {
    let mut rest = line;
    loop {
        let trimmed = rest.trim_start();
        let digits = trimmed.len() - trimmed.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let mark = match trimmed.as_bytes().get(digits) {
            Some(b'.' | b')') if (1..=4).contains(&digits) => digits + 1,
            Some(b'-' | b'*' | b'+') if digits == 0 => 1,
            Some(b'#') if digits == 0 => trimmed.len() - trimmed.trim_start_matches('#').len(),
            Some(b'>') if digits == 0 => 1,
            _ => return line.len() - trimmed.len(),
        };
        let behind = trimmed.get(mark..).unwrap_or_default();
        if !behind.starts_with([' ', '\t']) {
            return line.len() - trimmed.len();
        }
        rest = behind;
    }
}

/// Elements whose content is nothing for a reader, either.
const ELEMENTS: [&str; 16] = [
    "script",
    "style",
    "svg",
    "pre",
    "code",
    "head",
    "template",
    "system-reminder",
    "vetka_context",
    "thinking",
    "analysis",
    "local-command-stdout",
    "local-command-stderr",
    "command-name",
    "command-message",
    "tool_result",
];

/// What ends an element that is left out with its content; `None` for one whose content is shown.
pub fn end_of_element(inner: &str) -> Option<String> {
    let name: String = inner
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect::<String>()
        .to_ascii_lowercase();
    (ELEMENTS.contains(&name.as_str()) && !inner.ends_with('/')).then(|| format!("</{name}"))
}

/// What ends the markup that a line leaves open, in lower case.
pub fn open_element(line: &str) -> Option<String> {
    let lower = line.to_ascii_lowercase();
    if let Some((_, after)) = lower.rsplit_once("<!--")
        && !after.contains("-->")
    {
        return Some("-->".to_owned());
    }
    for (at, _) in lower.match_indices('<') {
        let inner = lower.get(at + 1..).unwrap_or_default();
        let own = inner.split('>').next().unwrap_or_default();
        if let Some(end) = end_of_element(own)
            && !inner.contains(&end)
        {
            return Some(end);
        }
    }
    None
}

pub fn is_diff(line: &str) -> bool {
    ["diff --git ", "--- a/", "+++ b/", "@@ -", "--- /dev/null", "Index: "].iter().any(|begin| line.starts_with(begin))
}

pub fn goes_on_as_diff(line: &str) -> bool {
    line.trim().is_empty()
        || line.starts_with(['+', '-', ' ', '@', '\\', '\t'])
        || is_diff(line)
        || line.starts_with("index ")
        || line.starts_with("new file mode")
        || line.starts_with("deleted file mode")
        || line.starts_with("similarity index")
        || line.starts_with("rename ")
}

/// A whole line that is code, or the output of a program, although nothing around it says so.
pub fn is_code(line: &str) -> bool {
    const BEGINNINGS: [&str; 19] = [
        "npm ERR!",
        "npm error",
        "npm warn",
        "npm WARN",
        "Traceback (most",
        "File \"",
        "error TS",
        "error[E",
        "#!/",
        "#include",
        "<?",
        "{%",
        "@media",
        "@import",
        "@font-face",
        "❯ ",
        "➜ ",
        "$ ",
        "% ",
    ];
    let mut words = line.split_whitespace();
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    let ends_as_sentence = line.ends_with(['.', '!', '?', ':']);
    let is_statement = vocabulary::is_statement(first)
        && first.chars().all(|c| c.is_lowercase())
        && line.contains(['=', '(', '{', ';'])
        && !ends_as_sentence;
    let is_import = (first == "import" || first == "from") && line.contains(['"', '\'']) && !ends_as_sentence;
    let is_query = matches!(first, "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "CREATE" | "ALTER" | "DROP")
        && second.chars().all(|c| !c.is_lowercase());
    let is_command = vocabulary::is_command(first)
        && !ends_as_sentence
        && line.split_whitespace().count() <= 12
        && !second.is_empty();
    let is_frame = first == "at" && line.contains(':') && line.contains(['(', '/', '\\']);
    let is_script = first == ">" && second.contains('@') && second.contains(|c: char| c.is_ascii_digit());
    let is_json = line.starts_with('"') && line.contains("\": ") && line.ends_with([',', '{', '[', '"', '}']);
    let is_closing = line.chars().all(|c| matches!(c, '{' | '}' | '[' | ']' | '(' | ')' | ';' | ',' | '>' | '/' | ' '));
    looks_like_code(line)
        || BEGINNINGS.iter().any(|begin| line.starts_with(begin))
        || is_statement
        || is_import
        || is_query
        || is_command
        || is_frame
        || is_script
        || is_json
        || is_closing
        || (line.contains("=\"") && !line.contains('<') && !is_prose(first))
        || line.contains(" => {")
}
