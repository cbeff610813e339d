//! Text of people and agents for a place where text does things.

/// What closes an issue when it stands before its number (GitHub, "Linking a pull request to an issue").
const CLOSING: [&str; 9] = ["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved"];
/// Cuts a word for the forge's eyes and for nobody else's.
const BREAK: char = '\u{200b}';

/// Without what cannot be seen: control characters, and those that turn the direction of the text around.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !c.is_control()
                && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        })
        .collect()
}

/// One paragraph without code: blocks between fences and what stands between backticks are left out.
pub(super) fn prose(text: &str) -> String {
    let mut kept = String::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(_)) => fence = mark,
            (Some(open), Some(mark)) if open == mark => fence = None,
            (Some(_), _) => {}
            (None, None) => {
                kept.push_str(line);
                kept.push(' ');
            }
        }
    }
    let without: String = kept.split('`').step_by(2).collect();
    let spaced: String = without.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let clean = printable(&spaced);
    let words: Vec<&str> = clean.split_whitespace().collect();
    // A list or a heading is a line's matter, and this is one line.
    words.join(" ").trim_start_matches(['#', '*', '-', '>', '+']).trim_start().to_owned()
}

/// Text that calls nobody, closes nothing, loads nothing and is no markup.
pub(super) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut word = String::new();
    let mut before = "".to_owned();
    while let Some(c) = letters.next() {
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        } else if !word.is_empty() {
            before = std::mem::take(&mut word);
        }
        let next = letters.peek().copied().unwrap_or(' ');
        match c {
            '<' => out.push_str("&lt;"),
            '[' | ']' | '!' if c != '!' || next == '[' => {
                out.push('\\');
                out.push(c);
            }
            '@' | '#' if next.is_alphanumeric() => {
                out.push(c);
                out.push(BREAK);
            }
            // `fixes owner/name#1` and `fixes https://…/issues/1` close as well.
            ' ' | ':' if CLOSING.contains(&before.as_str()) => {
                out.push(BREAK);
                out.push(c);
                before.clear();
            }
            _ => out.push(c),
        }
    }
    out
}

/// At most so many characters, cut after a word where there is one.
pub(super) fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most.saturating_sub(1)).collect();
    let whole = cut.rsplit_once(' ').map(|(whole, _)| whole).filter(|whole| whole.chars().count() * 2 > most);
    format!("{}…", whole.unwrap_or(&cut).trim_end_matches([' ', ',', ';', ':']))
}
