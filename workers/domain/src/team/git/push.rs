//! A push on its way through: the list of what it would change is read, and only a push to the session's one branch
//! goes on, byte for byte as it came (gitprotocol-pack, "Reference Update Request and Packfile Transfer").
//!
//! What is read here has to be what the forge reads, so there is no leniency: whatever git would not send is refused.
//! A pack is not looked into but for its first bytes and its size.

use super::pkt_line::{self, Packet, Reader};
use super::refusal::{Answer, Refusal};
use crate::team::branch::Branch;
use std::borrow::Cow;

/// Largest pack, in bytes.
pub const MOST_PACK: u64 = 50 * 1024 * 1024;
/// Longest list of commands, in bytes: it is held back until it is whole.
const MOST_LIST: usize = 256 * 1024;
/// Commands that are read so that each is named in the answer.
const MOST_COMMANDS: usize = 100;
/// An empty pack: twelve bytes of header and the hash at its end.
const LEAST_PACK: u64 = 32;
const SHA1: usize = 40;

/// A push that is being read.
#[derive(Debug)]
pub struct Push {
    only: String,
    most: u64,
    length: Option<u64>,
    reader: Reader,
    /// What came so far, as long as it is not known whether it may go on.
    held: Vec<u8>,
    /// The branches and tags that the push names, each once for every command.
    branches: Vec<String>,
    report: bool,
    side_band: bool,
    /// The first thing that is wrong with a command. The list is read to its end, so that all can be answered.
    wrong: Option<Refusal>,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    List,
    /// The list was empty. With nothing after it that is how git asks whether it would be let in.
    Probe,
    Pack {
        seen: u64,
    },
    Refused(Refusal),
}

/// What to do after some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a> {
    /// Nothing may go on yet.
    Hold,
    /// These bytes go on to the forge.
    Pass(Cow<'a, [u8]>),
}

/// How a push ended that was not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Git only asked whether it would be let in: answer 200 with an empty body, the forge is not asked.
    Probe,
    /// All of it went on; the forge's answer goes back.
    Passed,
}

impl Push {
    /// Begins to read a push to `branch` whose pack has `most` bytes at most. `length` is the body's, when it was said.
    pub fn new(branch: &Branch, most: u64, length: Option<u64>) -> Self {
        Self {
            only: branch.reference(),
            most,
            length,
            reader: Reader::default(),
            held: Vec::new(),
            branches: Vec::new(),
            report: false,
            side_band: false,
            wrong: None,
            state: State::List,
        }
    }

    /// Takes the next bytes. The first [`Step::Pass`] is the verdict: the request to the forge is opened with it.
    ///
    /// # Errors
    /// Why the push does not go on; [`Push::answer`] says it to git. When bytes went on before, the request to the
    /// forge is to be broken off, so that it never looks whole.
    pub fn feed<'a>(&mut self, bytes: &'a [u8]) -> Result<Step<'a>, Refusal> {
        let step = match self.state {
            State::List => self.list(bytes),
            State::Probe if bytes.is_empty() => Ok(Step::Hold),
            State::Probe => Err(Refusal::Malformed),
            State::Pack { seen } => {
                self.pack(seen, bytes).map(|()| if bytes.is_empty() { Step::Hold } else { Step::Pass(bytes.into()) })
            }
            State::Refused(refusal) => Err(refusal),
        };
        step.inspect_err(|refusal| self.state = State::Refused(*refusal))
    }

    /// Says that no more bytes come. On an error that bytes went on before, the request to the forge is to be broken off.
    ///
    /// # Errors
    /// When the push is not whole, or was refused before.
    pub fn end(&self) -> Result<End, Refusal> {
        match self.state {
            State::Probe => Ok(End::Probe),
            State::Pack { seen } if seen >= LEAST_PACK => Ok(End::Passed),
            State::Pack { .. } | State::List => Err(Refusal::Truncated),
            State::Refused(refusal) => Err(refusal),
        }
    }

    /// What git is told about a refusal: "remote rejected" with the reason, for each branch that it wanted to push.
    pub fn answer(&self, refusal: Refusal) -> Answer {
        refusal.report(&self.branches, self.report, self.side_band, &self.only)
    }

    fn list<'a>(&mut self, mut bytes: &'a [u8]) -> Result<Step<'a>, Refusal> {
        loop {
            let (taken, packet) = self.reader.read(bytes).map_err(|_| Refusal::Malformed)?;
            let (read, rest) = bytes.split_at_checked(taken).ok_or(Refusal::Malformed)?;
            self.held.extend_from_slice(read);
            if self.held.len() > MOST_LIST {
                return Err(Refusal::TooManyCommands);
            }
            bytes = rest;
            match packet {
                None => return Ok(Step::Hold),
                Some(Packet::Line(line)) => self.line(&line)?,
                Some(Packet::Flush) => break,
                // Git ends the list at these too, but never sends them.
                Some(Packet::Delimiter | Packet::ResponseEnd) => return Err(Refusal::Malformed),
            }
        }
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        if self.branches.is_empty() {
            let only_a_flush = self.held == pkt_line::FLUSH && bytes.is_empty();
            self.state = State::Probe;
            return if only_a_flush { Ok(Step::Hold) } else { Err(Refusal::Malformed) };
        }
        let pack = self.length.map_or(0, |length| length.saturating_sub(self.held.len() as u64));
        if pack > self.most {
            return Err(Refusal::TooLarge(self.most));
        }
        self.pack(0, bytes)?;
        let mut on = std::mem::take(&mut self.held);
        on.extend_from_slice(bytes);
        Ok(Step::Pass(on.into()))
    }

    /// A line of the list.
    fn line(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let (line, capabilities) = match line.iter().position(|byte| *byte == 0) {
            Some(at) => line.split_at_checked(at).map(|(line, rest)| (line, rest.get(1..))).unwrap_or((line, None)),
            None => (line, None),
        };
        let first = self.branches.is_empty() && self.wrong.is_none();
        // Git reads them after any command; it writes them after the first.
        if capabilities.is_some() && !first {
            return Err(Refusal::Malformed);
        }
        if let Some(id) = line.strip_prefix(b"shallow ") {
            return if first && capabilities.is_none() && is_id(id) { Ok(()) } else { Err(Refusal::Malformed) };
        }
        let capabilities = capabilities.unwrap_or_default();
        // Git takes a tab for a separator too: what is one value here would be two there.
        if !capabilities.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(Refusal::Malformed);
        }
        for capability in capabilities.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
            self.capability(capability);
        }
        if line == b"push-cert" {
            return Err(Refusal::Certificate);
        }
        self.command(line)
    }

    fn capability(&mut self, capability: &[u8]) {
        match capability {
            b"report-status" | b"report-status-v2" => self.report = true,
            b"side-band-64k" => self.side_band = true,
            b"atomic" | b"quiet" | b"ofs-delta" | b"delete-refs" | b"object-format=sha1" => {}
            b"push-options" => self.find(Refusal::Options),
            other if other.starts_with(b"agent=") || other.starts_with(b"session-id=") => {}
            other if other.starts_with(b"object-format=") => self.find(Refusal::ObjectFormat),
            _ => self.find(Refusal::Capability),
        }
    }

    fn find(&mut self, wrong: Refusal) {
        self.wrong.get_or_insert(wrong);
    }

    fn command(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let mut words = line.splitn(3, |byte| *byte == b' ');
        let (Some(old), Some(new), Some(name)) = (words.next(), words.next(), words.next()) else {
            return Err(Refusal::Malformed);
        };
        // An id of SHA-256 has 64 digits.
        let is_sha256 = |id: &[u8]| id.len() == 64 && id.iter().all(u8::is_ascii_hexdigit);
        if is_sha256(old) && is_sha256(new) {
            self.find(Refusal::ObjectFormat);
        } else if !is_id(old) || !is_id(new) {
            return Err(Refusal::Malformed);
        }
        // The name is said again in the answer, so it must not be able to write lines of its own there.
        let plain = |byte: &u8| *byte > b' ' && *byte != 0x7f;
        let name = std::str::from_utf8(name).ok().filter(|name| !name.is_empty() && name.bytes().all(|b| plain(&b)));
        let name = name.ok_or(Refusal::Malformed)?;
        let twice = self.branches.iter().any(|branch| branch == name);
        if self.branches.len() == MOST_COMMANDS {
            return Err(Refusal::TooManyCommands);
        }
        self.branches.push(name.to_owned());
        if name != self.only {
            self.find(Refusal::OtherBranch);
        } else if is_zero(new) {
            self.find(Refusal::Delete);
        } else if twice {
            self.find(Refusal::Malformed);
        }
        Ok(())
    }

    /// Counts a pack's bytes, and looks at the first ones: "PACK" and the version.
    fn pack(&mut self, seen: u64, bytes: &[u8]) -> Result<(), Refusal> {
        const HEAD: &[u8; 7] = b"PACK\0\0\0";
        for (at, byte) in (seen..=7).zip(bytes) {
            let right = match HEAD.get(usize::try_from(at).unwrap_or(usize::MAX)) {
                Some(head) => head == byte,
                None => matches!(byte, 2 | 3),
            };
            if !right {
                return Err(Refusal::Malformed);
            }
        }
        let seen = seen.saturating_add(bytes.len() as u64);
        self.state = State::Pack { seen };
        if seen > self.most { Err(Refusal::TooLarge(self.most)) } else { Ok(()) }
    }
}

/// The name of an object: forty digits in lower case, as git writes them.
fn is_id(id: &[u8]) -> bool {
    id.len() == SHA1 && id.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_zero(id: &[u8]) -> bool {
    id.iter().all(|byte| *byte == b'0')
}
