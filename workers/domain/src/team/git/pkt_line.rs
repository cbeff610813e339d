//! The framing of git's protocol: four hexadecimal digits that give a length, themselves included, and then the bytes
//! (gitprotocol-common, "pkt-line Format"). Four lengths that no line can have mark the ends of things.

/// The longest line with its four digits (`LARGE_PACKET_MAX`).
pub const MAX: usize = 65_520;
const HEAD: usize = 4;

/// One packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    /// A line. Git ends most of them with a newline, which is part of it here.
    Line(Vec<u8>),
    /// `0000`: a message ends.
    Flush,
    /// `0001`: a section ends (version 2).
    Delimiter,
    /// `0002`: an answer ends (version 2 over stateless connections).
    ResponseEnd,
}

/// Why bytes are no packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Something other than four hexadecimal digits stands where a length has to.
    Digits,
    /// A length that no packet has: 3, or more than [`MAX`].
    Length,
}

/// Collects bytes and gives back whole packets, wherever the bytes were cut.
#[derive(Debug, Default)]
pub struct Reader {
    /// The digits and then the bytes of a packet that is not whole yet. Never more than [`MAX`].
    partial: Vec<u8>,
}

impl Reader {
    /// Takes bytes up to the end of the first packet. Gives how many it took, and the packet if it is whole; without
    /// one, all bytes were taken.
    ///
    /// # Errors
    /// What is wrong with the length. The reader is of no use after that.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(usize, Option<Packet>), Problem> {
        let digits = self.take(bytes, HEAD);
        let Some(head) = self.partial.first_chunk::<HEAD>() else { return Ok((digits, None)) };
        let length = length(*head)?;
        let special = match length {
            0 => Some(Packet::Flush),
            1 => Some(Packet::Delimiter),
            2 => Some(Packet::ResponseEnd),
            3 => return Err(Problem::Length),
            4..=MAX => None,
            _ => return Err(Problem::Length),
        };
        if special.is_some() {
            self.partial.clear();
            return Ok((digits, special));
        }
        let taken = digits + self.take(bytes.get(digits..).unwrap_or_default(), length);
        if self.partial.len() < length {
            return Ok((taken, None));
        }
        let line = self.partial.split_off(HEAD);
        self.partial.clear();
        Ok((taken, Some(Packet::Line(line))))
    }

    /// Whether a packet has begun and not ended.
    pub fn is_inside(&self) -> bool {
        !self.partial.is_empty()
    }

    /// Fills the packet up to `length`; gives how many bytes that took.
    fn take(&mut self, bytes: &[u8], length: usize) -> usize {
        let missing = length.saturating_sub(self.partial.len());
        let taken = bytes.get(..missing).unwrap_or(bytes);
        self.partial.extend_from_slice(taken);
        taken.len()
    }
}

/// Git takes digits of both cases, and nothing that a number parser might take besides: no sign, no space.
fn length(digits: [u8; HEAD]) -> Result<usize, Problem> {
    digits.into_iter().try_fold(0, |length, digit| {
        let value = (digit as char).to_digit(16).ok_or(Problem::Digits)?;
        Ok(length << 4 | value as usize)
    })
}

/// What marks the end of a message.
pub const FLUSH: &[u8] = b"0000";

/// Adds a line; an empty one is none. What is longer than a line can be goes into several, which for a channel of [`band`] is the same.
pub fn write(to: &mut Vec<u8>, line: &[u8]) {
    for part in line.chunks(MAX - HEAD) {
        to.extend_from_slice(format!("{:04x}", part.len() + HEAD).as_bytes());
        to.extend_from_slice(part);
    }
}

/// The channels of `side-band-64k` (gitprotocol-pack, "Packfile Data").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// What the program reads.
    Data = 1,
    /// What git prints after `remote: `.
    Progress = 2,
    /// As [`Band::Progress`], and git gives up.
    Error = 3,
}

/// Adds bytes on a channel.
pub fn band(to: &mut Vec<u8>, band: Band, bytes: &[u8]) {
    for part in bytes.chunks(MAX - HEAD - 1) {
        let mut line = Vec::with_capacity(part.len() + 1);
        line.push(band as u8);
        line.extend_from_slice(part);
        write(to, &line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All packets of a stream that is cut into pieces of one size.
    fn packets(stream: &[u8], size: usize) -> Result<Vec<Packet>, Problem> {
        let mut reader = Reader::default();
        let mut found = Vec::new();
        for mut piece in stream.chunks(size) {
            while !piece.is_empty() {
                let (taken, packet) = reader.read(piece)?;
                piece = &piece[taken..];
                found.extend(packet);
            }
        }
        assert!(!reader.is_inside(), "the stream ends with a packet");
        Ok(found)
    }

    #[test]
    fn reads_lines_and_marks() {
        let line = |text: &str| Packet::Line(text.as_bytes().to_vec());
        assert_eq!(
            packets(b"0006a\n0005a000bfoobar\n000400000001" as &[u8], 3),
            Ok(vec![line("a\n"), line("a"), line("foobar\n"), line(""), Packet::Flush, Packet::Delimiter])
        );
        assert_eq!(packets(b"0002000A123456", 1), Ok(vec![Packet::ResponseEnd, line("123456")]));
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for (stream, problem) in [
            ("0003", Problem::Length),
            ("fff1", Problem::Length),
            ("ffff", Problem::Length),
            ("GET ", Problem::Digits),
            ("+005", Problem::Digits),
            (" 005", Problem::Digits),
            ("0x05", Problem::Digits),
            ("-001", Problem::Digits),
            ("\u{661}00", Problem::Digits),
        ] {
            assert_eq!(Reader::default().read(stream.as_bytes()), Err(problem), "{stream:?}");
        }
    }

    #[test]
    fn a_line_may_be_as_long_as_git_allows_and_a_longer_text_is_cut() {
        let mut stream = b"fff0".to_vec();
        stream.extend(vec![7; MAX - 4]);
        assert_eq!(packets(&stream, 1000), Ok(vec![Packet::Line(vec![7; MAX - 4])]));
        let mut written = Vec::new();
        band(&mut written, Band::Progress, &vec![b'x'; 70_000]);
        let parts = packets(&written, 999).unwrap();
        assert_eq!(parts.len(), 2);
        assert!(parts.iter().all(|part| matches!(part, Packet::Line(line) if line[0] == 2)));
    }

    #[test]
    fn a_packet_that_is_not_whole_is_waited_for() {
        let mut reader = Reader::default();
        assert_eq!(reader.read(b"00"), Ok((2, None)));
        assert!(reader.is_inside());
        assert_eq!(reader.read(b"06a"), Ok((3, None)));
        assert_eq!(reader.read(b"b0000"), Ok((1, Some(Packet::Line(b"ab".to_vec())))));
        assert!(!reader.is_inside());
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_the_bytes_are_cut(
            lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..300), 0..8), size in 1usize..50,
        ) {
            let mut stream = Vec::new();
            lines.iter().for_each(|line| write(&mut stream, line));
            let read = packets(&stream, size).unwrap();
            prop_assert_eq!(read, lines.into_iter().map(Packet::Line).collect::<Vec<_>>());
        }

        #[test]
        fn no_bytes_make_it_hold_more_than_a_line(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let mut reader = Reader::default();
            let mut rest = bytes.as_slice();
            while let Ok((taken, _)) = reader.read(rest) {
                prop_assert!(reader.partial.len() <= MAX);
                rest = &rest[taken..];
                if rest.is_empty() { break; }
            }
        }
    }
}
