//! The texts that are being written. Kept in memory only: whoever comes late gets the finished message.

use super::filter::Filter;
use super::message::StreamEvent;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the message that is being written.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    message: String,
    texts: u32,
    current: Option<(u64, u32, Filter)>,
    /// Events of it.
    seen: BTreeSet<String>,
    /// Messages before it. They come again only when a log is read again.
    past: BTreeSet<String>,
}

/// What a text is called: the model's message, and which of its texts.
pub fn id(message: &str, text: u32) -> String {
    format!("{message}.{text}")
}

impl Preview {
    /// Takes an event; gives the text's id and what has come to it. `finished` says how many texts of each message are
    /// whole already: those are not written again when a stream is replayed.
    pub fn take(
        &mut self,
        uuid: Option<&str>,
        message: Option<&str>,
        event: &StreamEvent,
        finished: &BTreeMap<String, u32>,
    ) -> Option<(String, String)> {
        if let Some(message) = message.filter(|message| *message != self.message) {
            if self.past.contains(message) {
                return None;
            }
            let texts =
                if *event == StreamEvent::MessageStart { 0 } else { finished.get(message).copied().unwrap_or(0) };
            let mut past = std::mem::take(&mut self.past);
            past.insert(std::mem::take(&mut self.message));
            *self = Self { message: message.to_owned(), texts, past, ..Self::default() };
        }
        if uuid.is_some_and(|uuid| !self.seen.insert(uuid.to_owned())) {
            return None;
        }
        match event {
            StreamEvent::TextStart(index) => {
                let text = self.texts;
                self.texts += 1;
                let is_new = finished.get(&self.message).is_none_or(|finished| *finished <= text);
                self.current = is_new.then(|| (*index, text, Filter::default()));
                None
            }
            StreamEvent::Text(index, piece) => {
                let (_, text, filter) = self.current.as_mut().filter(|(current, ..)| current == index)?;
                let delta = filter.feed(piece);
                (!delta.is_empty()).then(|| (id(&self.message, *text), delta))
            }
            _ => None,
        }
    }

    /// A text is whole; its message takes the place of what was shown of it.
    pub fn finish(&mut self, message: &str, text: u32) {
        if self.message == message && self.current.as_ref().is_some_and(|(_, current, _)| *current == text) {
            self.current = None;
        }
    }

    /// The text that is being written, as far as it may be shown: its id, and all of it so far.
    pub fn shown(&self) -> Option<(String, &str)> {
        let (_, text, filter) = self.current.as_ref()?;
        Some((id(&self.message, *text), filter.shown())).filter(|(_, shown)| !shown.is_empty())
    }
}
