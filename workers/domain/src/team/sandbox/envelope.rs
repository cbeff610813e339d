//! Envelopes of the Connect protocol: a byte of flags, four bytes of length, the message.

/// Bytes before a message.
const HEAD: usize = 5;
/// Bytes of one message after which a stream is no such stream: envd sends pieces of 32 KB, a third more in base64.
const MOST: usize = 1024 * 1024;
const COMPRESSED: u8 = 1;
const LAST: u8 = 2;

/// The stream is not what it should be; nothing more of it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken(pub &'static str);

/// A message on its way out. Requests are small: one that is longer than a length can say is cut, and refused there.
pub fn envelope(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let mut whole = Vec::with_capacity(HEAD + message.len());
    whole.push(0);
    whole.extend(length.to_be_bytes());
    whole.extend(message);
    whole
}

/// One message that came.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// Whether it is the stream's end, which says how it went.
    pub is_last: bool,
    /// Its bytes.
    pub message: Vec<u8>,
}

/// Collects bytes and gives back whole messages.
#[derive(Debug, Default)]
pub(super) struct Frames {
    held: Vec<u8>,
}

impl Frames {
    /// Takes the next bytes. What was whole before something broke comes before the [`Broken`].
    pub fn feed(&mut self, bytes: &[u8]) -> (Vec<Frame>, Result<(), Broken>) {
        self.held.extend(bytes);
        let (mut whole, mut at) = (Vec::new(), 0);
        let result = loop {
            let rest = self.held.get(at..).unwrap_or_default();
            match cut(rest) {
                Ok(Some((frame, length))) => {
                    whole.push(frame);
                    at += length;
                }
                Ok(None) => break Ok(()),
                Err(broken) => break Err(broken),
            }
        };
        self.held.drain(..at.min(self.held.len()));
        (whole, result)
    }

    /// Whether nothing half is left.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
}

/// The first message of some bytes and how many bytes it took; `None` when it is not whole yet.
fn cut(bytes: &[u8]) -> Result<Option<(Frame, usize)>, Broken> {
    let Some((&[flags, a, b, c, d], rest)) = bytes.split_first_chunk::<HEAD>() else { return Ok(None) };
    if flags & COMPRESSED != 0 {
        return Err(Broken("a message is compressed"));
    }
    let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    if length > MOST {
        return Err(Broken("a message is too long"));
    }
    let message = rest.get(..length).map(<[u8]>::to_vec);
    Ok(message.map(|message| (Frame { is_last: flags & LAST != 0, message }, HEAD + length)))
}
