//! Server-sent events, both ways: reading the agent service's stream byte by byte as it arrives, and writing ours.

/// Bytes of one event after which a stream is no stream of events.
const MOST: usize = 8 * 1024 * 1024;

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What the `event:` line says, possibly empty.
    pub name: String,
    /// The `data:` lines, joined by newlines.
    pub data: String,
}

/// Collects bytes and gives back whole events. Accepts LF, CRLF, comments and events cut anywhere.
#[derive(Debug, Default)]
pub struct Reader {
    line: Vec<u8>,
    name: String,
    data: Vec<String>,
    size: usize,
}

impl Reader {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// When one event grows beyond 8 MB.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Message>, &'static str> {
        let mut whole = Vec::new();
        for &byte in bytes {
            if byte != b'\n' {
                self.line.push(byte);
                continue;
            }
            if self.line.last() == Some(&b'\r') {
                self.line.pop();
            }
            let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
            self.size += line.len();
            if line.is_empty() {
                whole.extend(self.finish());
            } else {
                self.field(&line);
            }
            if self.size > MOST {
                return Err("an event is too large");
            }
        }
        if self.size + self.line.len() > MOST { Err("an event is too large") } else { Ok(whole) }
    }

    fn field(&mut self, line: &str) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => self.data.push(value.to_owned()),
            _ => {}
        }
    }

    fn finish(&mut self) -> Option<Message> {
        self.size = 0;
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        if data.is_empty() { None } else { Some(Message { name, data: data.join("\n") }) }
    }
}

/// One event of ours. `json` has no newline, as JSON needs none.
pub fn write(seq: Option<i64>, name: &str, json: &str) -> String {
    match seq {
        Some(seq) => format!("id: {seq}\nevent: {name}\ndata: {json}\n\n"),
        None => format!("event: {name}\ndata: {json}\n\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_services_send() {
        let mut reader = Reader::default();
        let read = reader
            .feed(b": hello\n\nevent: a\r\ndata: {\"x\":1}\r\n\r\nid: 3\ndata:1\ndata: 2\n\nevent: ping\n\n")
            .unwrap();
        assert_eq!(
            read,
            vec![
                Message { name: "a".into(), data: "{\"x\":1}".into() },
                Message { name: String::new(), data: "1\n2".into() },
            ]
        );
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_the_bytes_are_cut(data in proptest::collection::vec("[^\r\n]{0,12}", 1..6), size in 1usize..9) {
            let stream: String = data.iter().map(|data| write(Some(1), "e", data)).collect();
            let mut reader = Reader::default();
            let mut read = Vec::new();
            for piece in stream.as_bytes().chunks(size) {
                read.extend(reader.feed(piece).unwrap());
            }
            prop_assert_eq!(read.into_iter().map(|message| message.data).collect::<Vec<_>>(), data);
        }
    }
}
