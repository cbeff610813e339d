//! What a process does, as its stream tells it.

use super::envelope::{Broken, Frames};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

/// Something that a process does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It runs, under this number. The first of all.
    Start(u32),
    /// It wrote. A piece may end within a character.
    Stdout(Vec<u8>),
    /// It complained, in such pieces as well.
    Stderr(Vec<u8>),
    /// It is over. The last of all.
    End(Ended),
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// What it gave back; -1 when a signal ended it.
    pub code: i32,
    /// Whether it ended by itself.
    pub exited: bool,
    /// In envd's words, such as `signal: killed`.
    pub status: String,
}

impl Ended {
    /// Whether it did what it should.
    pub fn is_success(&self) -> bool {
        self.exited && self.code == 0
    }
}

/// Why envd does not do something.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    /// For programs: `not_found`, `deadline_exceeded`, …
    #[serde(default)]
    pub code: String,
    /// In words, which may quote what was asked: not for showing.
    #[serde(default)]
    pub message: String,
}

/// What a stream brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An event.
    Event(Event),
    /// The stream's own end, by plan or with a reason. A stream that ends without was cut.
    Over(Option<Refusal>),
}

/// Reads a stream piece by piece.
#[derive(Debug, Default)]
pub struct Reader {
    frames: Frames,
    is_over: bool,
}

impl Reader {
    /// Takes the next bytes and gives what is whole, in its order. What comes before something broken is given first; the
    /// next call then says what is broken.
    ///
    /// # Errors
    /// [`Broken`] when this is no such stream, or has bytes behind its end.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Item>, Broken> {
        let (frames, result) = self.frames.feed(bytes);
        let mut items = Vec::new();
        for frame in frames {
            if self.is_over {
                return if items.is_empty() { Err(Broken("there is more behind the end")) } else { Ok(items) };
            }
            let item = if frame.is_last {
                self.is_over = true;
                Some(over(&frame.message)?)
            } else {
                event(&frame.message)?
            };
            items.extend(item);
        }
        match result {
            Err(broken) if items.is_empty() => Err(broken),
            _ => Ok(items),
        }
    }

    /// Whether the stream has said that it ends, and nothing is half.
    pub fn is_over(&self) -> bool {
        self.is_over && self.frames.is_empty()
    }
}

#[derive(Deserialize)]
struct Message {
    event: Option<Happened>,
}

#[derive(Deserialize)]
struct Happened {
    start: Option<Started>,
    data: Option<Data>,
    end: Option<End>,
}

#[derive(Deserialize)]
struct Started {
    #[serde(default)]
    pid: u32,
}

#[derive(Deserialize)]
struct Data {
    stdout: Option<String>,
    stderr: Option<String>,
}

/// JSON of protobuf leaves out what is zero.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct End {
    #[serde(default)]
    exit_code: i32,
    #[serde(default)]
    exited: bool,
    #[serde(default)]
    status: String,
}

#[derive(Deserialize)]
struct Last {
    error: Option<Refusal>,
}

const UNREADABLE: Broken = Broken("a message cannot be read");

/// One event; `None` for those that only keep the connection, and for kinds that are not known here.
fn event(message: &[u8]) -> Result<Option<Item>, Broken> {
    let Message { event } = serde_json::from_slice(message).map_err(|_| UNREADABLE)?;
    let Some(Happened { start, data, end }) = event else { return Ok(None) };
    let bytes = |text: String| STANDARD.decode(text).map_err(|_| UNREADABLE);
    let event = if let Some(Started { pid }) = start {
        Event::Start(pid)
    } else if let Some(text) = data.as_ref().and_then(|data| data.stdout.clone()) {
        Event::Stdout(bytes(text)?)
    } else if let Some(text) = data.and_then(|data| data.stderr) {
        Event::Stderr(bytes(text)?)
    } else if let Some(End { exit_code: code, exited, status }) = end {
        Event::End(Ended { code, exited, status })
    } else {
        return Ok(None);
    };
    Ok(Some(Item::Event(event)))
}

fn over(message: &[u8]) -> Result<Item, Broken> {
    let Last { error } = serde_json::from_slice(message).map_err(|_| UNREADABLE)?;
    Ok(Item::Over(error))
}
