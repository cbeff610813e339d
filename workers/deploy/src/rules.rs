//! `_redirects` and `_headers` of a version: read when it is published, so that nobody has to when it is served.

use crate::bucket::R2;
use schemars::JsonSchema;
use serde::Serialize;
use vetka_edge::{Result, error};
use vetka_r2::{
    Manifest,
    manifest::File,
    rules::{self, HEADERS, MAX_FILE_BYTES, REDIRECTS},
};

/// A line of `_redirects` or `_headers` that was left out.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RuleWarning")]
pub struct Warning {
    /// Which file.
    file: &'static str,
    /// Which line of it, from 1; 0 when it is about the file as a whole.
    line: u32,
    /// What is wrong with it, in a plain sentence.
    message: String,
}

impl From<rules::Warning> for Warning {
    fn from(rules::Warning { file, line, message }: rules::Warning) -> Self {
        Self { file, line, message }
    }
}

/// Refuses files of rules that nobody would read to their end, before they are sent.
///
/// # Errors
/// 413 that names the file.
pub fn require_small(files: &[File]) -> Result<()> {
    let too_large =
        |file: &&File| file.size as usize > MAX_FILE_BYTES && [REDIRECTS, HEADERS].contains(&file.path.as_str());
    match files.iter().find(too_large) {
        Some(file) => {
            let message = format!("The file “{}” is too large. A file of rules can have 512 KB.", file.path);
            Err(error::too_large(message).with_extra(serde_json::json!({ "path": file.path.as_str() })))
        }
        None => Ok(()),
    }
}

/// The manifest with the rules of its version, when it has files of them, and what was left out of these.
///
/// # Errors
/// When the bucket cannot be read.
pub async fn finish(bucket: &R2, manifest: &Manifest) -> Result<(Option<Manifest>, Vec<Warning>)> {
    let (redirects, headers) = (read(bucket, manifest, REDIRECTS).await?, read(bucket, manifest, HEADERS).await?);
    if redirects.is_none() && headers.is_none() {
        return Ok((None, Vec::new()));
    }
    let (compiled, left_out) = rules::compile(redirects.as_deref(), headers.as_deref(), manifest);
    Ok((Some(manifest.with_rules(&compiled)), left_out.into_iter().map(Warning::from).collect()))
}

async fn read(bucket: &R2, manifest: &Manifest, name: &str) -> Result<Option<Vec<u8>>> {
    match manifest.find(name) {
        Some(file) => bucket.blob(&file.hash).await,
        None => Ok(None),
    }
}
