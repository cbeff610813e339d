//! Zip archives as answers, written while they are being sent. Files follow one at a time: no more than one is ever in
//! memory.

use crate::{answer, ask::Ask};
use futures::stream::{self, LocalBoxStream, StreamExt};
use serde::Serialize;
use std::collections::VecDeque;
use vetka_domain::zip::Writer;
use vetka_edge::{Result, config, log};
use vetka_r2::{BlobHash, keys};
use worker::{Bucket, Env, Object};

/// Objects that one archive holds at most, each read from the bucket by itself. The platform lets a request ask 10,000
/// times for anything at all; the rest is for finding out who asks, and for what.
const MAX_OBJECTS: u32 = 9_900;

/// The name of the list of what could not be put in.
pub const LEFT_OUT: &str = "left-out.txt";

/// How many files of the bucket one archive holds. `ARCHIVE_FILES` says so where Cloudflare lets a request ask less often.
pub fn most_objects(env: &Env) -> u32 {
    let set = config::optional(env, "ARCHIVE_FILES").and_then(|text| text.parse().ok());
    set.filter(|most| (1..MAX_OBJECTS).contains(most)).unwrap_or(MAX_OBJECTS)
}

/// One file on its way into an archive.
pub struct Item {
    name: String,
    at: i64,
    from: From,
}

enum From {
    Bytes(Vec<u8>),
    Object(String),
}

impl Item {
    /// A text. `at` is Unix milliseconds UTC, here as in all of these.
    pub fn text(name: &str, text: String, at: i64) -> Self {
        Self { name: name.to_owned(), at, from: From::Bytes(text.into_bytes()) }
    }

    /// Anything as JSON that a person can read too.
    pub fn json<T: Serialize>(name: &str, value: &T, at: i64) -> Result<Self> {
        let mut bytes = serde_json::to_vec_pretty(value)?;
        bytes.push(b'\n');
        Ok(Self { name: name.to_owned(), at, from: From::Bytes(bytes) })
    }

    /// An object of the bucket, which is read when its turn comes.
    pub fn object(name: String, key: String, at: i64) -> Self {
        Self { name, at, from: From::Object(key) }
    }

    /// A file of a version.
    pub fn blob(name: &str, hash: &BlobHash, at: i64) -> Self {
        Self::object(name.to_owned(), keys::blob(hash), at)
    }

    /// Its bytes; `None` when the object is gone.
    async fn bytes(self, bucket: &Bucket) -> Result<Option<Vec<u8>>> {
        match self.from {
            From::Bytes(bytes) => Ok(Some(bytes)),
            From::Object(key) => {
                let object = bucket.get(key).execute().await?;
                match object.as_ref().and_then(Object::body) {
                    Some(body) => Ok(Some(body.bytes().await?)),
                    None => Ok(None),
                }
            }
        }
    }
}

/// An archive that is being written.
pub struct Archive {
    bucket: Bucket,
    items: VecDeque<Item>,
    /// Gone when the archive has been ended.
    writer: Option<Writer>,
    left_out: Vec<String>,
    /// Objects that may still be read.
    reads_left: u32,
    now: i64,
}

impl Archive {
    /// An archive of these files, in this order. Of more objects than it may read, the last ones are named as left out.
    pub fn of(ask: &Ask, bucket: Bucket, items: VecDeque<Item>) -> Self {
        let reads_left = most_objects(ask.env());
        Self { bucket, items, writer: Some(Writer::default()), left_out: Vec::new(), reads_left, now: ask.now() }
    }

    /// The answer with which a browser saves it under a name. The name is of letters, digits, dots and hyphens.
    pub fn answer(self, ask: &Ask, file_name: &str) -> answer::Response {
        let disposition = format!("attachment; filename=\"{file_name}\"");
        let headers = [
            ("content-type", "application/zip"),
            ("content-disposition", disposition.as_str()),
            ("cache-control", "no-store"),
        ];
        answer::stream(200, &headers, self.stream(ask.request_id().to_owned()))
    }

    /// Pulled, never pushed: the next file is read when the last one has been taken.
    fn stream(self, request_id: String) -> LocalBoxStream<'static, Result<Vec<u8>>> {
        stream::unfold(Some(self), move |archive| {
            let request_id = request_id.clone();
            async move {
                let mut archive = archive?;
                match archive.next().await {
                    Ok(Some(piece)) => Some((Ok(piece), Some(archive))),
                    Ok(None) => None,
                    Err(failure) => {
                        // The answer has begun, so all that can be said is that it broke off.
                        log::error(
                            &request_id,
                            "archive_broke_off",
                            failure.internal.as_deref().unwrap_or(failure.code),
                        );
                        Some((Err(failure), None))
                    }
                }
            }
        })
        .boxed_local()
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            let Some(item) = self.items.pop_front() else { return Ok(self.end()) };
            let (name, at) = (item.name.clone(), item.at);
            if matches!(item.from, From::Object(_)) {
                let Some(left) = self.reads_left.checked_sub(1) else {
                    self.left_out.push(format!("{name}: there are more files than one archive can hold."));
                    continue;
                };
                self.reads_left = left;
            }
            match item.bytes(&self.bucket).await? {
                Some(bytes) => match self.add(&name, &bytes, at) {
                    Some(piece) => return Ok(Some(piece)),
                    None => self.left_out.push(format!("{name}: a file of this name cannot be put into an archive.")),
                },
                None => self.left_out.push(format!("{name}: was deleted while the archive was being made.")),
            }
        }
    }

    fn add(&mut self, name: &str, bytes: &[u8], at: i64) -> Option<Vec<u8>> {
        let mut piece = self.writer.as_mut()?.add(name, bytes, at).ok()?;
        piece.extend_from_slice(bytes);
        Some(piece)
    }

    fn end(&mut self) -> Option<Vec<u8>> {
        let mut end = Vec::new();
        if !self.left_out.is_empty() {
            let list = std::mem::take(&mut self.left_out).join("\n") + "\n";
            end = self.add(LEFT_OUT, list.as_bytes(), self.now).unwrap_or_default();
        }
        end.extend(self.writer.take()?.finish());
        Some(end)
    }
}
