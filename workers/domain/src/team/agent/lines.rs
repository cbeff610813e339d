//! From bytes to lines: what a runner prints arrives cut anywhere, and a reader that lost its stream goes on in the log
//! file at the byte where it stopped.

/// Bytes of a line. A tool that wrote a large file tells of it twice in one.
pub const LONGEST: usize = 4 * 1024 * 1024;

/// A line, or what was to be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Its bytes, without the end.
    Whole(Vec<u8>),
    /// It was longer than [`LONGEST`] and is gone.
    TooLong,
}

/// Collects bytes and gives back lines. Empty ones are left out.
#[derive(Debug, Default)]
pub struct Lines {
    line: Vec<u8>,
    overlong: bool,
    offset: u64,
    held: u64,
}

impl Lines {
    /// For bytes that begin at this offset of the log.
    pub fn at(offset: u64) -> Self {
        Self { offset, ..Self::default() }
    }

    /// Where the first byte is that belongs to no line given so far: from there a new reader goes on, and misses nothing
    /// and sees nothing twice.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether a line has begun that has no end yet.
    pub fn is_within_line(&self) -> bool {
        self.held > 0
    }

    /// Takes the next bytes; gives each line with the offset behind it.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<(Line, u64)> {
        let mut whole = Vec::new();
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.held += part.len() as u64;
            let (text, ends) = match part.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (part, false),
            };
            if self.line.len() + text.len() > LONGEST {
                self.line = Vec::new();
                self.overlong = true;
            } else if !self.overlong {
                self.line.extend_from_slice(text);
            }
            if ends {
                self.offset += std::mem::take(&mut self.held);
                let mut line = std::mem::take(&mut self.line);
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                if std::mem::take(&mut self.overlong) {
                    whole.push((Line::TooLong, self.offset));
                } else if !line.is_empty() {
                    whole.push((Line::Whole(line), self.offset));
                }
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(lines: &[(Line, u64)]) -> Vec<(&str, u64)> {
        lines
            .iter()
            .map(|(line, end)| {
                (
                    match line {
                        Line::Whole(bytes) => std::str::from_utf8(bytes).unwrap(),
                        Line::TooLong => "…",
                    },
                    *end,
                )
            })
            .collect()
    }

    #[test]
    fn gives_whole_lines_and_where_they_end() {
        let mut lines = Lines::at(100);
        assert!(lines.feed(b"{\"a\":").is_empty());
        assert!(lines.is_within_line());
        assert_eq!(texts(&lines.feed("1}\r\n\nzwölf\nrest".as_bytes())), [("{\"a\":1}", 109), ("zwölf", 117)]);
        assert_eq!(lines.offset(), 117);
        assert!(lines.is_within_line());
    }

    #[test]
    fn a_line_without_end_takes_no_room_and_the_next_one_is_read() {
        let mut lines = Lines::default();
        let piece = vec![b'x'; LONGEST / 3];
        for _ in 0..9 {
            assert!(lines.feed(&piece).is_empty());
            assert!(lines.line.capacity() <= 2 * LONGEST);
        }
        let end = piece.len() as u64 * 9 + 1;
        assert_eq!(texts(&lines.feed(b"\nnext\n")), [("…", end), ("next", end + 5)]);
    }

    proptest! {
        #[test]
        fn a_reader_that_was_cut_off_goes_on_where_it_stopped(
            log in proptest::collection::vec("[a-zä€\r]{0,12}", 0..12), cuts in proptest::collection::vec(0usize..200, 0..6), lost in 0usize..200,
        ) {
            let log = log.join("\n") + "\n";
            let bytes = log.as_bytes();
            let mut whole = Lines::default();
            let expected = whole.feed(bytes);
            let lost = lost.min(bytes.len());
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(lost)).chain([0, lost]).collect();
            cuts.sort_unstable();
            let mut reader = Lines::default();
            let mut got: Vec<_> = cuts.windows(2).flat_map(|pair| reader.feed(&bytes[pair[0]..pair[1]])).collect();
            let mut second = Lines::at(reader.offset());
            got.extend(second.feed(&bytes[usize::try_from(reader.offset()).unwrap()..]));
            prop_assert_eq!(got, expected);
            prop_assert_eq!(second.offset(), bytes.len() as u64);
        }
    }
}
