//! What a request to publish says: `{"files":[{"path","contentBase64"}],"message"?,"live"?}`.
//!
//! Owns the limits of one request. The body stays as it came and is borrowed from; a file is decoded once to be hashed
//! and once more when the bucket lacks it, so that never more than a few are in memory beside the body.

use base64::{Engine, engine::general_purpose::STANDARD};
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;
use vetka_edge::{Error, Result, error, reply};
use vetka_r2::{
    BlobHash, Manifest, files,
    manifest::File,
    publish::Files,
    rules::{self, Compiled, Warning},
};

/// Bytes of all files of one request together: 20 MB, read as MiB.
pub const MAX_TOTAL_BYTES: u64 = 20 * 1024 * 1024;
/// How much of a message is kept, in characters.
const MAX_MESSAGE_CHARS: usize = 200;

/// All files of a version, 20 MB together, and what changed.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Publish")]
pub struct Body<'a> {
    /// One of them is `index.html`.
    #[serde(borrow)]
    #[schemars(length(min = 1, max = 10_000))]
    files: Vec<SentFile<'a>>,
    /// One plain sentence of what changed. Absent: one is made from what differs.
    #[serde(borrow, default)]
    message: Option<Cow<'a, str>>,
    /// False makes a draft: it can be looked at at its own address, and visitors see what they saw before.
    #[serde(default = "yes")]
    live: bool,
}

/// What `live` is when nothing is said about it.
pub const fn yes() -> bool {
    true
}

/// A file of a version.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SentFile<'a> {
    /// `about/index.html`.
    #[serde(borrow)]
    path: Cow<'a, str>,
    /// Its bytes in standard base64 with padding.
    #[serde(borrow)]
    #[schemars(extend("contentEncoding" = "base64"))]
    content_base64: Cow<'a, str>,
}

/// A request whose files have been found good.
pub struct Upload<'a> {
    body: Body<'a>,
    files: Vec<File>,
}

impl<'a> Upload<'a> {
    /// Reads a request.
    ///
    /// # Errors
    /// 400 for JSON or base64 that is none, 413 for too much, 422 for files that cannot be published; each but the
    /// first names the file.
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        let body: Body<'a> = serde_json::from_slice(bytes).map_err(|failure| reply::bad_json(&failure))?;
        let sizes = body.files.iter().map(|file| (&*file.path, decoded_length(&file.content_base64)));
        let paths = files::check(sizes).map_err(refusal)?;
        let mut total = 0;
        for file in &body.files {
            total += decoded_length(&file.content_base64);
            if total > MAX_TOTAL_BYTES {
                let message = format!(
                    "The files are too large together: from “{}” on they pass 20 MB. Make pictures smaller and try again.",
                    file.path
                );
                return Err(error::too_large(message).with_extra(serde_json::json!({ "path": file.path })));
            }
        }
        let mut list = Vec::with_capacity(paths.len());
        for (path, sent) in paths.into_iter().zip(&body.files) {
            let bytes = decode(sent)?;
            let size = u32::try_from(bytes.len()).map_err(|_| error::internal("a file of more than 4 GB"))?;
            list.push(File { path, hash: BlobHash::of(&bytes), size });
        }
        Ok(Self { body, files: list })
    }

    /// The files, in the order they came.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The version's own rules, compiled, and what of them was left out. `manifest` is that of its files.
    ///
    /// # Errors
    /// As [`Files::bytes`].
    pub fn rules(&self, manifest: &Manifest) -> Result<(Compiled, Vec<Warning>)> {
        let read = |name: &str| {
            let at = self.files.iter().position(|file| file.path.as_str() == name);
            at.map(|at| self.bytes(at)).transpose()
        };
        let (redirects, headers) = (read(rules::REDIRECTS)?, read(rules::HEADERS)?);
        Ok(rules::compile(redirects.as_deref(), headers.as_deref(), manifest))
    }

    /// What the request says about itself.
    pub fn message(&self) -> Option<String> {
        self.body.message.as_deref().and_then(clean_message)
    }

    /// Whether it is to go live.
    pub const fn live(&self) -> bool {
        self.body.live
    }
}

/// The sentence that a request says about itself, on one line. None when it says nothing, or something that must not be
/// shown: whoever writes it also holds the token.
pub fn clean_message(said: &str) -> Option<String> {
    let line: Vec<&str> = said.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let line = line.join(" ");
    if line.is_empty() || line.contains("vdt_") {
        return None;
    }
    if line.chars().count() <= MAX_MESSAGE_CHARS {
        return Some(line);
    }
    Some(line.chars().take(MAX_MESSAGE_CHARS - 1).chain(['…']).collect())
}

impl Files for Upload<'_> {
    type Error = Error;

    fn list(&self) -> &[File] {
        &self.files
    }

    fn bytes(&self, at: usize) -> Result<Vec<u8>> {
        self.body.files.get(at).map_or_else(|| Err(error::internal("no such file in the upload")), decode)
    }
}

/// What strict base64 of this length decodes to. For other text the number means nothing; decoding will say so.
fn decoded_length(base64: &str) -> u64 {
    let padding = base64.bytes().rev().take(2).filter(|byte| *byte == b'=').count();
    ((base64.len() / 4 * 3).saturating_sub(padding)) as u64
}

fn decode(file: &SentFile<'_>) -> Result<Vec<u8>> {
    STANDARD.decode(file.content_base64.as_bytes()).map_err(|_| {
        error::bad_request(
            "malformed_base64",
            format!("The content of “{}” is not standard base64 with padding.", file.path),
        )
        .with_extra(serde_json::json!({ "path": file.path }))
    })
}

/// Why files cannot be published, naming the first of them.
pub fn refusal(problem: files::FilesProblem) -> Error {
    let status = if matches!(problem, files::FilesProblem::FileTooLarge { .. }) { 413 } else { 422 };
    let path = problem.path().to_owned();
    Error::new(status, problem.code(), problem.to_string()).with_extra(serde_json::json!({ "path": path }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> (u16, &'static str) {
        Upload::read(body.as_bytes()).map_or_else(|problem| (problem.status, problem.code), |_| (200, "ok"))
    }

    fn with_file(path: &str, base64: &str) -> String {
        format!(
            r#"{{"files":[{{"path":"index.html","contentBase64":"aGk="}},{{"path":"{path}","contentBase64":"{base64}"}}]}}"#
        )
    }

    #[test]
    fn reads_files_and_keeps_their_order() {
        let body = with_file("a.txt", "");
        let upload = Upload::read(body.as_bytes()).unwrap();
        let sizes: Vec<u32> = upload.files().iter().map(|file| file.size).collect();
        assert_eq!(sizes, [2, 0]);
        assert_eq!(upload.bytes(0).unwrap(), b"hi");
        assert_eq!(upload.files()[0].hash, BlobHash::of(b"hi"));
    }

    #[test]
    fn refuses_with_the_right_status() {
        assert_eq!(code("{"), (400, "malformed_json"));
        assert_eq!(code("{}"), (400, "malformed_json"));
        assert_eq!(code(r#"{"files":[{"path":1}]}"#), (400, "malformed_json"));
        assert_eq!(code(r#"{"files":[]}"#), (422, "index_missing"));
        for base64 in ["aGk", "aGk=\\n", "aG k=", "aGl=", "_-==", "====", "a"] {
            assert_eq!(code(&with_file("a.txt", base64)), (400, "malformed_base64"), "{base64}");
        }
        assert_eq!(code(&with_file("../a", "aGk=")), (422, "invalid_path"));
        assert_eq!(code(&with_file("a\\u0000", "aGk=")), (422, "invalid_path"));
        assert_eq!(code(&with_file("index.html", "aGk=")), (422, "duplicate_path"));
    }

    #[test]
    fn the_limit_of_all_files_is_on_decoded_bytes() {
        let of = |bytes: usize| with_file("film.mp4", &STANDARD.encode(vec![0; bytes]));
        assert_eq!(code(&of(MAX_TOTAL_BYTES as usize - 2)), (200, "ok"));
        assert_eq!(code(&of(MAX_TOTAL_BYTES as usize - 1)), (413, "too_large"));
        assert_eq!(code(&of(files::MAX_FILE_BYTES as usize + 1)), (413, "file_too_large"));
    }

    #[test]
    fn a_message_is_one_short_line_and_never_a_token() {
        let said = |message: &str| {
            let body = format!(
                r#"{{"message":{},"files":[{{"path":"index.html","contentBase64":""}}]}}"#,
                serde_json::json!(message)
            );
            Upload::read(body.as_bytes()).unwrap().message()
        };
        assert_eq!(said(" Made it\n  green \u{7} "), Some("Made it green".to_owned()));
        assert_eq!(said("  \n"), None);
        assert_eq!(said("curl -H 'Bearer vdt_abc'"), None);
        let long = said(&"é".repeat(500)).unwrap();
        assert_eq!(long.chars().count(), 200);
        assert!(long.ends_with('…'));
    }
}
