//! The next piece of a line: a word, a span of code, a tag, a link.

/// What stands at the beginning of a text.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// White space.
    Space,
    /// A word with its punctuation.
    Word(&'a str),
    /// What stands between backticks.
    Code(&'a str),
    /// So many backticks that are never closed, and the rest of the line.
    OpenCode(usize, &'a str),
    /// A tag, with what is between its angle brackets.
    Tag(&'a str),
    /// A tag that does not end on this line, from its name on.
    OpenTag(&'a str),
    /// A link's words; where it leads is left out.
    Link(&'a str),
}

/// Reads the next piece and says how many bytes it takes. `None` while more must be known: what is given does not change
/// with what follows. `at_end` says that nothing follows.
pub fn next(text: &str, at_end: bool) -> Option<(usize, Piece<'_>)> {
    let first = text.chars().next()?;
    match first {
        c if c.is_whitespace() => Some((c.len_utf8(), Piece::Space)),
        '`' => code(text, at_end),
        '<' if begins_tag(text) => tag(text, at_end),
        '[' => link(text, 0, at_end),
        '!' if text.starts_with("![") => link(text, 1, at_end),
        '!' if text.len() == 1 && !at_end => None,
        _ => word(text, at_end),
    }
}

/// Whether an angle bracket begins a tag. While nothing follows it, [`word`] waits.
fn begins_tag(text: &str) -> bool {
    text.chars().nth(1).is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
}

fn code(text: &str, at_end: bool) -> Option<(usize, Piece<'_>)> {
    let count = |text: &str| text.bytes().take_while(|&byte| byte == b'`').count();
    let ticks = count(text);
    let mut at = ticks;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('`')) {
        let start = at + found;
        let length = count(text.get(start..).unwrap_or_default());
        if start + length == text.len() && !at_end {
            return None;
        }
        if length == ticks {
            return Some((start + length, Piece::Code(text.get(ticks..start).unwrap_or_default())));
        }
        at = start + length;
    }
    at_end.then(|| (text.len(), Piece::OpenCode(ticks, text.get(ticks..).unwrap_or_default())))
}

fn tag(text: &str, at_end: bool) -> Option<(usize, Piece<'_>)> {
    let end = if text.starts_with("<!--") { "-->" } else { ">" };
    // `<!-` may still become a comment.
    if !at_end && "<!--".starts_with(text) {
        return None;
    }
    match text.find(end) {
        Some(at) => Some((at + end.len(), Piece::Tag(text.get(1..at).unwrap_or_default()))),
        None => at_end.then(|| (text.len(), Piece::OpenTag(text.get(1..).unwrap_or_default()))),
    }
}

fn link(text: &str, skip: usize, at_end: bool) -> Option<(usize, Piece<'_>)> {
    let inner = text.get(skip + 1..).unwrap_or_default();
    let literal = || Some((skip + 1, Piece::Word(text.get(..skip + 1).unwrap_or_default())));
    let Some(close) = inner.find(']') else {
        return if at_end { literal() } else { None };
    };
    let after = inner.get(close + 1..).unwrap_or_default();
    if after.is_empty() && !at_end {
        return None;
    }
    let Some(target) = after.strip_prefix('(') else { return literal() };
    match target.find(')') {
        Some(end) => Some((skip + 1 + close + 2 + end + 1, Piece::Link(inner.get(..close).unwrap_or_default()))),
        None => at_end.then(|| (text.len(), Piece::Link(inner.get(..close).unwrap_or_default()))),
    }
}

/// Scripts that are written without spaces; each of their signs is a word.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

fn word(text: &str, at_end: bool) -> Option<(usize, Piece<'_>)> {
    let mut in_lead = true;
    for (at, c) in text.char_indices() {
        let begins_other =
            at > 0 && (c.is_whitespace() || matches!(c, '`' | '<') || stands_alone(c) || (c == '[' && in_lead));
        if begins_other {
            return Some((at, Piece::Word(text.get(..at).unwrap_or_default())));
        }
        if stands_alone(c) {
            return Some((c.len_utf8(), Piece::Word(text.get(..c.len_utf8()).unwrap_or_default())));
        }
        in_lead &= matches!(c, '(' | '"' | '\'' | '*' | '_' | '“' | '‘' | '~');
    }
    at_end.then_some((text.len(), Piece::Word(text)))
}
