//! Paths with placeholders: `/blog/:year/*`.
//!
//! A placeholder is a colon and a name, and stands for what is in its part of the path, not for nothing. A `*`, the splat,
//! stands for anything, slashes too, also for nothing. In every part between slashes is at most one of either, which is
//! what lets a path be matched in one pass without going back: parts before the splat are counted from the front, parts
//! after it from the end.

/// The name that the splat's value goes by.
pub const SPLAT: &str = "splat";

/// Why a path cannot be that of a rule.
pub fn problem(pattern: &str) -> Option<&'static str> {
    if pattern.matches('*').count() > 1 {
        return Some("only one * is possible in a path.");
    }
    let mut names: Vec<&str> = Vec::new();
    if pattern.contains('*') {
        names.push(SPLAT);
    }
    for part in pattern.split('/') {
        if matches!(part, "." | "..") {
            return Some("a path has no parts that are only dots.");
        }
        let mut inside = usize::from(part.contains('*'));
        let mut rest = part;
        while let Some((_, name, after)) = placeholder(rest) {
            inside += 1;
            if names.contains(&name) {
                return Some("the same placeholder is there twice.");
            }
            names.push(name);
            rest = after;
        }
        if inside > 1 {
            return Some("between two slashes there can be one placeholder or one *.");
        }
    }
    None
}

/// Whether a path means itself alone.
pub fn is_fixed(pattern: &str) -> bool {
    fixed_length(pattern) == pattern.len()
}

/// How much of a pattern, from its beginning, stands for itself.
pub fn fixed_length(pattern: &str) -> usize {
    let before_splat = pattern.find('*').unwrap_or(pattern.len());
    placeholder(pattern).map_or(before_splat, |(before, ..)| before.len().min(before_splat))
}

/// Splits a text at its first placeholder: what is before it, its name, what is after it.
pub fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let colon = from + text.get(from..)?.find(':')?;
        let after = text.get(colon + 1..)?;
        if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let length = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
            let (name, rest) = after.split_at_checked(length)?;
            return Some((text.get(..colon)?, name, rest));
        }
        from = colon + 1;
    }
}

/// A path that matches, with `~` for whatever the placeholders stand for.
pub fn example(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, _, after)) = placeholder(rest) {
        out.extend([before, "~"]);
        rest = after;
    }
    out.push_str(rest);
    out.replace('*', "~")
}

/// Whether a path matches.
pub fn matches(pattern: &str, path: &str) -> bool {
    each(pattern, path, &mut |_, _| {}).is_some()
}

/// What a placeholder of the pattern stands for in a path that matches.
pub fn value<'a>(pattern: &str, path: &'a str, name: &str) -> Option<&'a str> {
    let mut found = None;
    each(pattern, path, &mut |known, value| {
        if known == name {
            found = Some(value);
        }
    })?;
    found
}

/// Walks a pattern and a path together and tells every placeholder's value. `None` as soon as they differ.
fn each<'a>(pattern: &str, path: &'a str, tell: &mut dyn FnMut(&str, &'a str)) -> Option<()> {
    let Some((left, right)) = pattern.split_once('*') else {
        let mut parts = path.split('/');
        for part in pattern.split('/') {
            one_part(part, parts.next()?, tell)?;
        }
        return parts.next().is_none().then_some(());
    };
    let mut rest = path;
    // The part of the splat itself begins with what stands right before the star and ends with what stands right after.
    let (whole, begins) = left.rsplit_once('/')?;
    for part in whole.split('/') {
        let (front, behind) = rest.split_once('/')?;
        one_part(part, front, tell)?;
        rest = behind;
    }
    rest = rest.strip_prefix(begins)?;
    let (ends, whole) = match right.split_once('/') {
        Some((ends, whole)) => (ends, Some(whole)),
        None => (right, None),
    };
    for part in whole.into_iter().flat_map(|whole| whole.rsplit('/')) {
        let (front, behind) = rest.rsplit_once('/')?;
        one_part(part, behind, tell)?;
        rest = front;
    }
    tell(SPLAT, rest.strip_suffix(ends)?);
    Some(())
}

fn one_part<'a>(pattern: &str, part: &'a str, tell: &mut dyn FnMut(&str, &'a str)) -> Option<()> {
    let Some((before, name, after)) = placeholder(pattern) else { return (pattern == part).then_some(()) };
    let value = part.strip_prefix(before)?.strip_suffix(after)?;
    if value.is_empty() {
        return None;
    }
    tell(name, value);
    Some(())
}

/// A path as browsers send it: with its slash, and everything encoded that they encode.
pub fn as_requested(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    if !text.starts_with('/') {
        out.push('/');
    }
    for byte in text.bytes() {
        if matches!(byte, b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'}') || !byte.is_ascii_graphic() {
            super::location::push_encoded(&mut out, byte);
        } else {
            out.push(char::from(byte));
        }
    }
    out
}
