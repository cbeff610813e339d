//! From the target of a rule and the address that was asked for to the address that answers.
//!
//! What a visitor typed ends up in a header here. So every character is let through by name or written as `%XX`, and the
//! part that says which site it is comes from the rule alone.

use super::pattern;

/// Which part of an address a text goes to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Between the host and `?`.
    Path,
    /// Between `?` and `#`.
    Query,
    /// After `#`.
    Fragment,
    /// Into a header's value, where `,` and `;` would begin something new.
    Value,
}

/// Writes a text so that it is safe in its place. Percent signs are kept: what comes here has been encoded as far as its
/// writer knew, and encoding twice would name something else.
pub fn push_safe(out: &mut String, text: &str, part: Part) {
    for byte in text.bytes() {
        let safe = byte.is_ascii_alphanumeric()
            || match part {
                Part::Path => b"-._~!$&'()*+,;=:@/%".contains(&byte),
                Part::Query | Part::Fragment => b"-._~!$&'()*+,;=:@/%?[]".contains(&byte),
                Part::Value => b"-._~!$&()*+=:@/%".contains(&byte),
            };
        if safe { out.push(char::from(byte)) } else { push_encoded(out, byte) }
    }
}

/// Writes a byte as `%XX`.
pub fn push_encoded(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    for digit in [byte >> 4, byte & 15] {
        out.push(DIGITS.get(usize::from(digit)).copied().map_or('0', char::from));
    }
}

/// The address that a rule leads to. A target without a query of its own takes the visitor's along.
pub fn build(target: &str, pattern: &str, path: &str, query: &str) -> String {
    let (rest, fragment) = split(target, '#');
    let (place, own_query) = split(rest, '?');
    let mut out = String::with_capacity(target.len() + 32);
    match origin(place) {
        Some((origin, place)) => {
            out.push_str(origin);
            fill(&mut out, place, pattern, path, Part::Path);
        }
        None => {
            let mut filled = String::new();
            fill(&mut filled, place, pattern, path, Part::Path);
            // Whatever the placeholders stand for: one slash is a path of this site, two would be a host.
            for c in filled.chars() {
                if c != '/' || !out.ends_with('/') {
                    out.push(c);
                }
            }
        }
    }
    match own_query {
        Some(own) => {
            out.push('?');
            fill(&mut out, own, pattern, path, Part::Query);
        }
        None if !query.is_empty() => {
            out.push('?');
            push_safe(&mut out, query, Part::Query);
        }
        None => {}
    }
    if let Some(fragment) = fragment {
        out.push('#');
        fill(&mut out, fragment, pattern, path, Part::Fragment);
    }
    out
}

/// Fills in the placeholders that the pattern knows; others stay as they are written.
pub fn fill(out: &mut String, template: &str, pattern: &str, path: &str, part: Part) {
    let mut rest = template;
    while let Some((before, name, after)) = pattern::placeholder(rest) {
        push_literal(out, before, part);
        match pattern::value(pattern, path, name) {
            // In a query `&` and `+` mean something else than in a path.
            Some(value) if part == Part::Query => {
                for piece in value.split_inclusive(['&', '+']) {
                    push_safe(out, piece.trim_end_matches(['&', '+']), part);
                    if let Some(last) = piece.bytes().next_back().filter(|last| b"&+".contains(last)) {
                        push_encoded(out, last);
                    }
                }
            }
            Some(value) => push_safe(out, value, part),
            None => {
                out.push(':');
                out.push_str(name);
            }
        }
        rest = after;
    }
    push_literal(out, rest, part);
}

/// What its owner wrote into a header's value stands as it is; it has been checked.
fn push_literal(out: &mut String, text: &str, part: Part) {
    if part == Part::Value { out.push_str(text) } else { push_safe(out, text, part) }
}

/// Splits `https://host` from the path after it.
pub fn origin(target: &str) -> Option<(&str, &str)> {
    let host_at = target.strip_prefix("https://").map(|rest| target.len() - rest.len())?;
    let length = target.get(host_at..)?.find('/').map_or(target.len(), |slash| host_at + slash);
    target.split_at_checked(length)
}

/// A target's path as one of this site's; `None` when it leads elsewhere.
pub fn path_of(target: &str) -> Option<&str> {
    target.starts_with('/').then(|| split(split(target, '#').0, '?').0)
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}
