//! The deploy worker's routes.

use crate::operation::{Operation, Tag};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_deploy::contract::{Publish, Published};
use vetka_domain::routes::Deploy;

/// Which file, beside a refusal.
#[derive(Serialize, JsonSchema)]
struct Culprit {
    /// The file that it is about.
    path: String,
}

/// What a row takes and gives.
pub fn operation(row: Deploy) -> Option<Operation> {
    Some(match row {
        Deploy::Publish => Operation::new(Tag::Publishing, "Publishes a new version of the token's site")
            .about("All files or none: visitors see the version as a whole, or the one before it.")
            .takes::<Publish<'static>>()
            .gives::<Published<'static>>(201, "The version.")
            .refuses(400, &["malformed_base64"])
            .refuses(410, &["site_gone"])
            .refuses(411, &["length_required"])
            .refuses(413, &["file_too_large"])
            .refuses_with::<Culprit>(
                422,
                &["invalid_path", "duplicate_path", "case_clash", "file_is_folder", "index_missing", "too_many_files"],
            )
            .refuses(503, &["took_too_long", "try_again"]),
    })
}
