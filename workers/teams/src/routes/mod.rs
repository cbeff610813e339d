//! The handlers, one file a resource. Each reads top to bottom: who is asking, what do they want, may they, do it, answer.

pub mod api_key;
pub mod github;
pub mod invites;
pub mod members;
pub mod organizations;
pub mod pages;
pub mod pictures;
pub mod previews;
pub mod projects;
pub mod proposal;
pub mod sessions;
pub mod templates;
pub mod work;

use crate::contract::Done;
use vetka_app::answer::{self, Answer};
use vetka_edge::Error;

/// It is done, and there is nothing else to say.
fn done() -> Answer {
    answer::json(200, &Done { ok: true })
}

/// 422 for a field that cannot be so.
fn invalid(code: &'static str, sentence: impl Into<String>) -> Error {
    Error::new(422, code, sentence)
}
