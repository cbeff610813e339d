//! Which bytes a `Range` header asks for (RFC 9110, section 14).
//!
//! What makes no sense is ignored, as the RFC allows everywhere: the whole file is always a right answer. Several ranges
//! that touch are one. At most [`MAX_PARTS`] remain apart, since each costs a read of its own; who wants more, or as much
//! as the file has, gets the file.

/// Ranges that are answered apart from each other.
const MAX_PARTS: usize = 5;
/// Ranges that are read at all before the header is taken for a trick.
const MAX_SPECS: usize = 50;

/// Bytes of a file, from `start` to before `end`. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub start: u64,
    /// After the last.
    pub end: u64,
}

impl Span {
    /// How many bytes.
    pub const fn len(self) -> u64 {
        self.end - self.start
    }

    /// As `Content-Range` has it.
    pub fn of(self, size: u64) -> String {
        format!("bytes {}-{}/{size}", self.start, self.end - 1)
    }

    /// Both, when they overlap or touch.
    fn joined(self, other: Self) -> Option<Self> {
        let apart = self.end < other.start || other.end < self.start;
        (!apart).then(|| Self { start: self.start.min(other.start), end: self.end.max(other.end) })
    }
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it: there is no range that could be understood.
    Whole,
    /// These, in the order in which they were asked for; at least one.
    Parts(Vec<Span>),
    /// Only what is not there: 416.
    Nothing,
}

/// Reads the header for a file of `size` bytes.
pub fn wanted(header: &str, size: u64) -> Wanted {
    read(header, size).unwrap_or(Wanted::Whole)
}

/// `None` when the header is to be ignored.
fn read(header: &str, size: u64) -> Option<Wanted> {
    let (unit, list) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let specs = list.split(',').map(|spec| spec.trim_matches([' ', '\t'])).filter(|spec| !spec.is_empty());
    let mut parts: Vec<Span> = Vec::new();
    let mut count = 0;
    for spec in specs {
        count += 1;
        if count > MAX_SPECS {
            return None;
        }
        if let Some(span) = satisfied(parse(spec)?, size) {
            join(&mut parts, span);
        }
    }
    match parts.len() {
        0 if count == 0 => None,
        // The end of an empty file is there, but nothing can say where.
        0 if size == 0 && list.split(',').any(|spec| wants_an_end(spec.trim_matches([' ', '\t']))) => None,
        0 => Some(Wanted::Nothing),
        1 => Some(Wanted::Parts(parts)),
        _ => {
            let asked: u64 = parts.iter().map(|span| span.len()).sum();
            (parts.len() <= MAX_PARTS && asked < size).then_some(Wanted::Parts(parts))
        }
    }
}

/// One range as it is written.
enum Spec {
    /// From a byte to another, which it includes.
    FromTo(u64, u64),
    /// The last bytes.
    Last(u64),
}

/// `None` for what is no range. Numbers too large to count stand for the largest, never for a small one.
fn parse(spec: &str) -> Option<Spec> {
    let (first, last) = spec.split_once('-')?;
    match (first, last) {
        ("", last) => Some(Spec::Last(number(last)?)),
        (first, "") => Some(Spec::FromTo(number(first)?, u64::MAX)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Spec::FromTo(first, last))
        }
    }
}

fn number(digits: &str) -> Option<u64> {
    let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| digits.parse().unwrap_or(u64::MAX))
}

fn satisfied(spec: Spec, size: u64) -> Option<Span> {
    let span = match spec {
        Spec::FromTo(first, last) => Span { start: first.min(size), end: last.saturating_add(1).min(size) },
        Spec::Last(count) => Span { start: size.saturating_sub(count), end: size },
    };
    (span.start < span.end).then_some(span)
}

fn wants_an_end(spec: &str) -> bool {
    matches!(parse(spec), Some(Spec::Last(count)) if count > 0)
}

/// Adds a span where the first is that it touches, and joins whatever touches the two together.
fn join(parts: &mut Vec<Span>, span: Span) {
    let Some(at) = parts.iter().position(|part| part.joined(span).is_some()) else {
        parts.push(span);
        return;
    };
    let joined = parts.remove(at).joined(span).unwrap_or(span);
    match parts.iter().position(|part| part.joined(joined).is_some()) {
        Some(_) => join(parts, joined),
        None => parts.insert(at, joined),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(spans: &[(u64, u64)]) -> Wanted {
        Wanted::Parts(spans.iter().map(|(first, last)| Span { start: *first, end: last + 1 }).collect())
    }

    /// Rows 28 to 49 of the case table, of a file of 100 bytes, and numbers that no machine can hold.
    #[test]
    fn the_case_table_of_ranges() {
        for (header, expected) in [
            ("bytes=0-9", parts(&[(0, 9)])),
            ("bytes=0-0", parts(&[(0, 0)])),
            ("bytes=90-", parts(&[(90, 99)])),
            ("bytes=-10", parts(&[(90, 99)])),
            ("bytes=-1000", parts(&[(0, 99)])),
            ("bytes=90-1000", parts(&[(90, 99)])),
            ("bytes=99-99", parts(&[(99, 99)])),
            ("bytes=100-", Wanted::Nothing),
            ("bytes=100-200", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=9-5", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=", Wanted::Whole),
            ("", Wanted::Whole),
            ("items=0-5", Wanted::Whole),
            ("BYTES=0-5", parts(&[(0, 5)])),
            ("bytes=0-4, 10-14", parts(&[(0, 4), (10, 14)])),
            ("bytes=0-4, 200-", parts(&[(0, 4)])),
            ("bytes=200-, 300-", Wanted::Nothing),
            ("bytes= 0-4 ,, 10-14", parts(&[(0, 4), (10, 14)])),
            ("bytes=0-4, 9-5", Wanted::Whole),
            ("bytes=0-0,-1", parts(&[(0, 0), (99, 99)])),
            ("bytes=0-99999999999999999999", parts(&[(0, 99)])),
            ("bytes=99999999999999999999-", Wanted::Nothing),
            ("bytes=99999999999999999999-5", Wanted::Whole),
            ("bytes=-99999999999999999999", parts(&[(0, 99)])),
            ("bytes=+1-2", Wanted::Whole),
            ("bytes=1-2-3", Wanted::Whole),
            ("bytes 0-9", Wanted::Whole),
        ] {
            assert_eq!(wanted(header, 100), expected, "{header}");
        }
    }

    /// Rows 52 to 54.
    #[test]
    fn an_empty_file_has_no_ranges() {
        assert_eq!(wanted("bytes=0-0", 0), Wanted::Nothing);
        assert_eq!(wanted("bytes=0-", 0), Wanted::Nothing);
        assert_eq!(wanted("bytes=-5", 0), Wanted::Whole);
        assert_eq!(wanted("bytes=-0", 0), Wanted::Nothing);
    }

    #[test]
    fn what_touches_is_one_and_many_are_too_many() {
        assert_eq!(wanted("bytes=50-59, 0-9, 5-14, 15-19", 100), parts(&[(50, 59), (0, 19)]));
        assert_eq!(wanted("bytes=0-1, 4-5, 2-3", 100), parts(&[(0, 5)]));
        assert_eq!(wanted("bytes=0-0,2-2,4-4,6-6,8-8", 100), parts(&[(0, 0), (2, 2), (4, 4), (6, 6), (8, 8)]));
        assert_eq!(wanted("bytes=0-0,2-2,4-4,6-6,8-8,10-10", 100), Wanted::Whole);
        assert_eq!(wanted("bytes=0-49,51-99", 100), parts(&[(0, 49), (51, 99)]));
        let trick = format!("bytes={}", "0-,".repeat(10_000));
        assert_eq!(wanted(&trick, 100), Wanted::Whole);
    }

    proptest! {
        /// Whatever is asked, what is answered lies in the file, and no byte is answered twice.
        #[test]
        fn parts_lie_in_the_file_and_apart(header in "(bytes=)?([0-9]{0,3}-[0-9]{0,3},? ?){0,7}", size in 0..200_u64) {
            if let Wanted::Parts(parts) = wanted(&header, size) {
                prop_assert!((1..=MAX_PARTS).contains(&parts.len()));
                for (at, part) in parts.iter().enumerate() {
                    prop_assert!(part.start < part.end && part.end <= size);
                    prop_assert!(parts.iter().skip(at + 1).all(|other| part.joined(*other).is_none()));
                }
            }
        }

        /// Each byte that a well-formed list names is in the answer, and no other.
        #[test]
        fn parts_are_what_was_asked_for(asked in prop::collection::vec((0..120_u64, 0..40_u64), 1..4)) {
            let specs: Vec<String> = asked.iter().map(|(first, more)| format!("{first}-{}", first + more)).collect();
            let named = |byte: u64| asked.iter().any(|(first, more)| (*first..=first + more).contains(&byte));
            let wanted = wanted(&format!("bytes={}", specs.join(",")), 100);
            for byte in 0..100 {
                let answered = match &wanted {
                    Wanted::Parts(parts) => parts.iter().any(|part| (part.start..part.end).contains(&byte)),
                    Wanted::Nothing => false,
                    Wanted::Whole => true,
                };
                prop_assert!(answered == named(byte) || wanted == Wanted::Whole);
            }
        }

        #[test]
        fn any_header_is_read(header in ".{0,40}", size: u64) {
            let _ = wanted(&header, size);
        }
    }
}
