//! The bytes of an answer: a blob as it is stored, with Notch's tag behind it where that is due, whole or in pieces.
//!
//! None of them passes through WASM, but for the head of a page that is seen for the first time. Small files are kept in the
//! isolate's memory as the runtime's own arrays, of which any range is a view; large ones stream from the data centre's
//! cache or from R2, and what they are put together from is piped by the runtime.

use crate::{
    isolate::memory,
    page::{self, Page},
    range::Span,
    stores::{Edge, KEEP_FOREVER_SECONDS},
    tag::Tag,
};
use std::rc::Rc;
use vetka_edge::{Result, error};
use vetka_r2::{BlobHash, keys, manifest::Entry};
use worker::{
    js_sys::Uint8Array,
    wasm_bindgen::JsValue,
    wasm_bindgen_futures::JsFuture,
    web_sys::{self, ReadableStream, StreamPipeOptions, WritableStream},
    worker_sys::FixedLengthStream,
};

/// The largest file that memory keeps, with its tag.
const SMALL: u64 = 128 * 1024;

/// What is answered for one file.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    hash: BlobHash,
    /// Of the blob.
    size: u64,
    tag: Option<&'a Tag>,
}

/// A part of an answer.
#[derive(Debug)]
pub enum Piece {
    /// Ours.
    Text(String),
    /// The file's.
    Bytes(Span),
}

impl Piece {
    /// How many bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Bytes(span) => span.len(),
        }
    }
}

/// A body, as the runtime takes it.
#[derive(Debug)]
pub enum Body {
    /// None.
    Empty,
    /// A text.
    Text(String),
    /// Bytes that lie in the isolate's memory.
    Bytes(Uint8Array),
    /// Bytes on their way.
    Stream(ReadableStream),
}

/// Where the bytes of an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// From nowhere: there are none, or they are ours.
    None,
    /// From the isolate's memory.
    Memory,
    /// From the data centre's cache.
    Cache,
    /// From R2.
    Bucket,
}

impl Came {
    /// As it is counted; `None` when nothing was looked for.
    pub const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Memory => Some("memory"),
            Self::Cache => Some("edge"),
            Self::Bucket => Some("store"),
        }
    }
}

impl<'a> Content<'a> {
    /// The file as it is stored, and its tag, if it gets one.
    pub fn of(entry: &Entry<'_>, tag: Option<&'a Tag>) -> Self {
        Self { hash: entry.hash, size: u64::from(entry.size), tag }
    }

    /// How many bytes in all.
    pub fn len(&self) -> u64 {
        self.size + self.tag.map_or(0, |tag| tag.html.len() as u64)
    }

    /// The entity tag, in quotes. Strong: it is made from the bytes.
    pub fn etag(&self) -> String {
        match self.tag {
            None => format!("\"{}\"", self.hash),
            Some(tag) => format!("\"{}-{}\"", self.hash, tag.mark),
        }
    }

    /// What separates parts of this file in one answer. No file holds its own hash.
    pub fn boundary(&self) -> String {
        let mut boundary = self.hash.to_string();
        boundary.truncate(24);
        boundary
    }

    /// The name of these bytes in caches.
    fn key(&self) -> String {
        match self.tag {
            None => keys::blob(&self.hash),
            Some(tag) => format!("tagged/{}/{}", tag.mark, self.hash),
        }
    }

    /// All of it.
    ///
    /// # Errors
    /// Internal, when the bucket lacks what a manifest names, or cannot be reached.
    pub async fn whole(&self, source: &Edge<'_>) -> Result<(Body, Came)> {
        if self.len() == 0 {
            return Ok((Body::Empty, Came::None));
        }
        if self.len() <= SMALL {
            let (bytes, came) = self.small(source).await?;
            return Ok((Body::Bytes(bytes), came));
        }
        let key = self.key();
        if let Some(cached) = source.in_cache(&key).await {
            return Ok((Body::Stream(cached), Came::Cache));
        }
        let mut stream = source.blob(&keys::blob(&self.hash), None).await?;
        if let Some(tag) = self.tag {
            let parts = vec![Part::Stream(stream), Part::Text(tag.html.clone())];
            stream = joined(source, parts, self.len())?;
        }
        Ok((Body::Stream(source.shared_with_cache(&key, &stream, self.len())?), Came::Bucket))
    }

    /// Some of it, between texts of ours. `len` is the length of all pieces together.
    ///
    /// # Errors
    /// As [`Content::whole`].
    pub async fn pieces(&self, source: &Edge<'_>, pieces: Vec<Piece>, len: u64) -> Result<(Body, Came)> {
        if self.len() <= SMALL {
            let (bytes, came) = self.small(source).await?;
            return Ok((Body::Bytes(assembled(&bytes, &pieces, len)), came));
        }
        let mut came = Came::Bucket;
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Text(text) => parts.push(Part::Text(text)),
                Piece::Bytes(span) => {
                    let (stored, tag) = self.split(span);
                    if let Some(stored) = stored {
                        let (stream, from) = self.some(source, stored).await?;
                        came = from;
                        parts.push(Part::Stream(stream));
                    }
                    parts.extend(tag.map(Part::Text));
                }
            }
        }
        match parts.as_mut_slice() {
            [Part::Stream(_)] | [Part::Text(_)] => Ok((parts.pop().map_or(Body::Empty, Part::alone), came)),
            _ => Ok((Body::Stream(joined(source, parts, len)?), came)),
        }
    }

    /// What of a span is stored, and what is of the tag.
    fn split(&self, span: Span) -> (Option<Span>, Option<String>) {
        let stored = Span { start: span.start, end: span.end.min(self.size) };
        let from = span.start.max(self.size) - self.size;
        let to = span.end.max(self.size) - self.size;
        let tag = self.tag.and_then(|tag| tag.html.get(from as usize..to as usize));
        ((stored.start < stored.end).then_some(stored), tag.filter(|text| !text.is_empty()).map(str::to_owned))
    }

    /// The bytes of a small file, which are remembered.
    async fn small(&self, source: &Edge<'_>) -> Result<(Uint8Array, Came)> {
        let isolate = memory();
        let key = self.key();
        let known = isolate.files.borrow_mut().get(&key);
        if let Some(bytes) = known {
            return Ok((bytes, Came::Memory));
        }
        let (stored, came) = stored(source, &self.hash, self.size).await?;
        let bytes = match self.tag {
            None => stored,
            Some(tag) => {
                let whole = [Piece::Bytes(Span { start: 0, end: self.size }), Piece::Text(tag.html.clone())];
                assembled(&stored, &whole, self.len())
            }
        };
        isolate.files.borrow_mut().put(key, bytes.clone());
        Ok((bytes, came))
    }

    /// Stored bytes of a large file. The cache may have all of them, and cuts by itself; R2 does so too.
    async fn some(&self, source: &Edge<'_>, span: Span) -> Result<(ReadableStream, Came)> {
        match source.part_in_cache(&self.key(), span).await {
            Some(stream) => Ok((stream, Came::Cache)),
            None => Ok((source.blob(&keys::blob(&self.hash), Some(span)).await?, Came::Bucket)),
        }
    }
}

/// What the head of a page says.
///
/// # Errors
/// As [`Content::whole`].
pub async fn page(source: &Edge<'_>, entry: &Entry<'_>) -> Result<Rc<Page>> {
    let isolate = memory();
    if let Some(known) = isolate.page(&entry.hash) {
        return Ok(known);
    }
    let size = u64::from(entry.size);
    let head = if size <= SMALL {
        stored(source, &entry.hash, size).await?.0.subarray(0, page::LOOKED_AT as u32)
    } else {
        let (stream, _) = Content::of(entry, None).some(source, Span { start: 0, end: page::LOOKED_AT }).await?;
        collected(&stream).await?
    };
    Ok(isolate.learn_page(entry.hash, Page::read(&head.to_vec())))
}

/// A small blob.
async fn stored(source: &Edge<'_>, hash: &BlobHash, size: u64) -> Result<(Uint8Array, Came)> {
    if size == 0 {
        return Ok((Uint8Array::new_with_length(0), Came::None));
    }
    let key = keys::blob(hash);
    let known = memory().files.borrow_mut().get(&key);
    if let Some(bytes) = known {
        return Ok((bytes, Came::Memory));
    }
    let cached = source.in_cache(&key).await;
    let (bytes, came) = match cached {
        Some(stream) => (collected(&stream).await?, Came::Cache),
        None => {
            let bytes = collected(&source.blob(&key, None).await?).await?;
            source.bytes_to_cache(&key, &bytes, KEEP_FOREVER_SECONDS)?;
            (bytes, Came::Bucket)
        }
    };
    if u64::from(bytes.length()) != size {
        return Err(error::internal(format!("{key} has {} bytes and should have {size}", bytes.length())));
    }
    memory().files.borrow_mut().put(key, bytes.clone());
    Ok((bytes, came))
}

/// All bytes of a stream, gathered by the runtime.
pub async fn collected(stream: &ReadableStream) -> Result<Uint8Array> {
    let gathered = web_sys::Response::new_with_opt_readable_stream(Some(stream)).and_then(|all| all.array_buffer());
    let buffer = JsFuture::from(gathered.map_err(worker::Error::from)?).await.map_err(worker::Error::from)?;
    Ok(Uint8Array::new(&buffer))
}

/// Pieces of bytes that lie in memory. One alone is a view of them.
fn assembled(bytes: &Uint8Array, pieces: &[Piece], len: u64) -> Uint8Array {
    let view = |span: &Span| bytes.subarray(span.start as u32, span.end as u32);
    if let [Piece::Bytes(span)] = pieces {
        return view(span);
    }
    let all = Uint8Array::new_with_length(len as u32);
    let mut at = 0;
    for piece in pieces {
        let next = match piece {
            Piece::Text(text) => Uint8Array::from(text.as_bytes()),
            Piece::Bytes(span) => view(span),
        };
        all.set(&next, at);
        at += next.length();
    }
    all
}

/// A part of a body that is put together while it is sent.
enum Part {
    Text(String),
    Stream(ReadableStream),
}

impl Part {
    fn alone(self) -> Body {
        match self {
            Self::Text(text) => Body::Text(text),
            Self::Stream(stream) => Body::Stream(stream),
        }
    }
}

/// One stream from several parts, piped by the runtime after the answer has begun.
fn joined(source: &Edge<'_>, parts: Vec<Part>, len: u64) -> Result<ReadableStream> {
    let pipe = FixedLengthStream::new(len as u32).map_err(worker::Error::from)?;
    let (readable, writable) = (pipe.readable(), pipe.writable());
    source.afterwards(async move {
        if pour(parts, &writable).await.is_err() {
            // Whoever reads is to see that it broke off. They may have gone, which is how this fails most often.
            let _ = JsFuture::from(writable.abort()).await;
        }
    });
    Ok(readable)
}

async fn pour(parts: Vec<Part>, writable: &WritableStream) -> core::result::Result<(), JsValue> {
    for part in parts {
        match part {
            Part::Stream(stream) => {
                let options = StreamPipeOptions::new();
                options.set_prevent_close(true);
                JsFuture::from(stream.pipe_to_with_options(writable, &options)).await?;
            }
            Part::Text(text) => {
                let writer = writable.get_writer()?;
                JsFuture::from(writer.write_with_chunk(&Uint8Array::from(text.as_bytes()))).await?;
                writer.release_lock();
            }
        }
    }
    JsFuture::from(writable.close()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(tag: Option<&Tag>) -> Content<'_> {
        Content { hash: BlobHash::of(b"x"), size: 10, tag }
    }

    #[test]
    fn a_page_with_the_tag_is_another_page() {
        let tag = Tag { html: "<script>".to_owned(), mark: "00000001".to_owned() };
        let (plain, tagged) = (content(None), content(Some(&tag)));
        assert_eq!((plain.len(), tagged.len()), (10, 18));
        assert_eq!(plain.etag(), format!("\"{}\"", BlobHash::of(b"x")));
        assert_eq!(tagged.etag(), format!("\"{}-00000001\"", BlobHash::of(b"x")));
        assert_ne!(plain.key(), tagged.key());
    }

    #[test]
    fn a_range_may_reach_into_the_tag() {
        let tag = Tag { html: "<script>".to_owned(), mark: String::new() };
        let tagged = content(Some(&tag));
        let split = |start, end| {
            let (stored, text) = tagged.split(Span { start, end });
            (stored.map(|span| (span.start, span.end)), text)
        };
        assert_eq!(split(2, 5), (Some((2, 5)), None));
        assert_eq!(split(8, 13), (Some((8, 10)), Some("<sc".to_owned())));
        assert_eq!(split(0, 18), (Some((0, 10)), Some("<script>".to_owned())));
        assert_eq!(split(12, 14), (None, Some("cr".to_owned())));
        assert_eq!(content(None).split(Span { start: 2, end: 10 }), (Some(Span { start: 2, end: 10 }), None));
    }
}
