//! The deploy worker's routes.

use crate::operation::{Operation, Tag};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use vetka_deploy::contract::{BeginUpload, BegunUpload, Publish, Published, UploadState};
use vetka_domain::routes::Deploy;

/// Which file, beside a refusal.
#[derive(Serialize, JsonSchema)]
struct Culprit {
    /// The file that it is about.
    path: String,
}

/// Which files, beside a refusal.
#[derive(Serialize, JsonSchema)]
struct StillMissing {
    /// SHA-256 of each, when some are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<String>,
}

/// Why files cannot be published together.
const UNFIT: &[&str] =
    &["invalid_path", "duplicate_path", "case_clash", "file_is_folder", "index_missing", "too_many_files"];

/// What a row takes and gives.
pub fn operation(row: Deploy) -> Option<Operation> {
    Some(match row {
        Deploy::Publish => Operation::new(Tag::Publishing, "Publishes a new version of the token's site")
            .about("All files or none: visitors see the version as a whole, or the one before it.")
            .takes::<Publish<'static>>()
            .gives::<Published<'static>>(201, "The version.")
            .refuses(400, &["malformed_base64"])
            .refuses(403, &["taken_down"])
            .refuses(410, &["site_gone"])
            .refuses(411, &["length_required"])
            .refuses(413, &["file_too_large"])
            .refuses_with::<Culprit>(422, UNFIT)
            .refuses_with::<Culprit>(422, &["unsafe_link"])
            .refuses(503, &["took_too_long", "try_again"]),
        Deploy::DeployScript => Operation::new(Tag::Publishing, "The program that publishes a folder")
            .about("For a shell with curl: it begins an upload, sends what is missing, and commits.")
            .gives_file(200, "text/plain", "The program.", |_| json!({ "type": "string" })),
        Deploy::BeginUpload => Operation::new(Tag::Publishing, "Begins to publish a new version, of which only what is missing is sent")
            .about("The same list finds the upload that it began before, for a day. The version takes its place in the order of starts now.")
            .takes::<BeginUpload<'static>>()
            .gives::<BegunUpload>(201, "The upload, and what is missing.")
            .gives::<BegunUpload>(200, "The upload that was begun before, and what is still missing.")
            .refuses(403, &["taken_down"])
            .refuses(410, &["site_gone"])
            .refuses(411, &["length_required"])
            .refuses(413, &["file_too_large"])
            .refuses_with::<Culprit>(422, UNFIT)
            .refuses_with::<Culprit>(422, &["invalid_hash", "size_mismatch"])
            .refuses(503, &["try_again"]),
        Deploy::UploadState => Operation::new(Tag::Publishing, "How far an upload is")
            .gives::<UploadState>(200, "What is still missing.")
            .refuses(404, &["not_found"]),
        Deploy::PutBlob => Operation::new(Tag::Publishing, "Takes a file that was missing")
            .about("Again is fine. Bytes that do not have the hash are not kept.")
            .takes_file(&["application/octet-stream"], |_| json!({ "type": "string", "format": "binary" }))
            .gives_nothing(204, "It is there.")
            .refuses(404, &["not_found"])
            .refuses(409, &["upload_over"])
            .refuses(411, &["length_required"])
            .refuses(422, &["size_mismatch", "hash_mismatch"]),
        Deploy::CommitUpload => Operation::new(Tag::Publishing, "Makes a version of an upload")
            .about("All files or none: visitors see the version as a whole, or the one before it.")
            .gives::<Published<'static>>(201, "The version.")
            .gives::<Published<'static>>(200, "The version, which it was already.")
            .refuses(404, &["not_found"])
            .refuses_with::<StillMissing>(409, &["blobs_missing", "upload_over"])
            .refuses(422, &["unsafe_link"]),
        Deploy::AbandonUpload => Operation::new(Tag::Publishing, "Gives an upload up")
            .gives_nothing(204, "It is over, unless it was a version already.")
            .refuses(404, &["not_found"]),
    })
}
