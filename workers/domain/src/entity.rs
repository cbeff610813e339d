//! Character references of HTML, all 2,125 names of them, as a browser reads them in text.
//!
//! The names lie in one sorted text, 11 KB in a worker that uses this and nothing in one that does not. For addresses in
//! attributes [`crate::html::decode`] is enough, and smaller.

use std::borrow::Cow;

/// One a line: the name, `;` or, for those that older pages write without one, a space, and what it means.
/// From <https://html.spec.whatwg.org/entities.json>.
const NAMES: &str = include_str!("entities.txt");
/// Two names mean what would break the lines of the table.
const SPACES: [(&str, &str); 2] = [("Tab", "\t"), ("NewLine", "\n")];
/// The longest name.
const LONGEST: usize = 31;
/// The longest name that is read without a `;`.
const LONGEST_BARE: usize = 6;
/// What browsers make of the numbers 0x80 to 0x9F: the characters that Windows-1252 has there.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Text as it is meant, of text as HTML writes it.
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        match number(after).map(|(c, length)| (c.to_string(), length)).or_else(|| named(after)) {
            Some((meant, length)) => {
                out.push_str(&meant);
                rest = after.get(length..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// `#228;` or `#xE4`: the character and the length of the reference.
fn number(text: &str) -> Option<(char, usize)> {
    let number = text.strip_prefix('#')?;
    let (digits, radix, skipped) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16, 2),
        None => (number, 10, 1),
    };
    let length = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let digits_alone = digits.get(..length).filter(|digits| !digits.is_empty())?;
    let meant = match u32::from_str_radix(digits_alone, radix).unwrap_or(u32::MAX) {
        0 => None,
        code @ 0x80..=0x9f => WINDOWS.get(code as usize - 0x80).copied(),
        code => char::from_u32(code),
    };
    let ends = usize::from(digits.get(length..).is_some_and(|after| after.starts_with(';')));
    Some((meant.unwrap_or('\u{fffd}'), skipped + length + ends))
}

/// `auml;` or `auml`: what the longest name means that stands here, and the length of the reference.
fn named(text: &str) -> Option<(String, usize)> {
    let length = text.bytes().take(LONGEST).take_while(u8::is_ascii_alphanumeric).count();
    let name = text.get(..length)?;
    if text.get(length..).is_some_and(|after| after.starts_with(';'))
        && let Some((meaning, _)) = look_up(name)
    {
        return Some((meaning.to_owned(), length + 1));
    }
    (2..=length.min(LONGEST_BARE)).rev().find_map(|length| {
        let (meaning, bare) = look_up(text.get(..length)?)?;
        let ends = usize::from(text.get(length..).is_some_and(|after| after.starts_with(';')));
        bare.then(|| (meaning.to_owned(), length + ends))
    })
}

/// What a name means, and whether it does so without a `;`.
fn look_up(name: &str) -> Option<(&'static str, bool)> {
    if let Some((_, meaning)) = SPACES.iter().find(|(space, _)| *space == name) {
        return Some((meaning, false));
    }
    let mut lines = NAMES;
    while !lines.is_empty() {
        // A line near the middle: what stands before `middle` ends with a line break, or is nothing.
        let bytes = lines.as_bytes();
        let half = bytes.len() / 2;
        let middle = bytes.get(..half)?.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let (before, from) = lines.split_at_checked(middle)?;
        let (line, after) = from.split_once('\n')?;
        let end = line.find([';', ' '])?;
        let (known, meaning) = line.split_at_checked(end)?;
        match name.cmp(known) {
            std::cmp::Ordering::Equal => return Some((meaning.get(1..)?, meaning.starts_with(' '))),
            std::cmp::Ordering::Less => lines = before,
            std::cmp::Ordering::Greater => lines = after,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn references_mean_what_browsers_make_of_them() {
        for (written, meant) in [
            ("a&nbsp;b &mdash; c&hellip;", "a\u{a0}b — c…"),
            ("&eacute;&Eacute;&eacuteX", "éÉéX"),
            ("&lt;b&gt; &quot;x&quot; &apos;", "<b> \"x\" '"),
            ("&notin; &notit; &not;", "∉ ¬it; ¬"),
            ("&CounterClockwiseContourIntegral;", "∳"),
            ("&NotEqualTilde;", "≂\u{338}"),
            ("&Tab;&NewLine;&semi;", "\t\n;"),
            ("&#228;&#xE4;&#x1F600;&#228", "ää😀ä"),
            ("&#150;&#x80;&#0;&#xD800;&#x110000;&#99999999999;", "–€\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
            ("&;&#;&#x;&nosuch;&Mdash;&", "&;&#;&#x;&nosuch;&Mdash;&"),
            ("AT&T &ampamp; a&b", "AT&T &amp; a&b"),
            ("&hopf", "&hopf"),
        ] {
            assert_eq!(decode(written), meant, "{written}");
        }
    }

    #[test]
    fn every_name_is_found() {
        for line in NAMES.lines() {
            let (name, meaning) = line.split_at(line.find([';', ' ']).unwrap());
            assert_eq!(decode(&format!("&{name};")), &meaning[1..], "{name}");
            assert!(name.len() <= LONGEST);
            if let Some(meaning) = meaning.strip_prefix(' ') {
                assert!(name.len() <= LONGEST_BARE);
                assert_eq!(decode(&format!("&{name}")), meaning, "{name}");
            }
        }
        assert_eq!(NAMES.lines().count() + SPACES.len(), 2125);
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_without_a_panic(text in "(&|#|x|;|a|amp|not|0|9|é| ){0,40}", any in any::<String>()) {
            let _ = (decode(&text), decode(&any));
        }

        #[test]
        fn text_without_an_ampersand_means_itself(text in "[^&]{0,40}") {
            prop_assert_eq!(decode(&text), text.as_str());
        }
    }
}
