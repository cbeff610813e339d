//! What the outside may ask of this worker, a file per resource. Each handler reads: who is asking, for which
//! conversation, may they, do it.

pub mod internal;
pub mod live;
pub mod session;
pub mod socket;
pub mod stop;
pub mod stream;
pub mod upload;

use vetka_domain::target::Target;

/// The conversation that a query names. Absent: the asker's own.
fn asked_conversation(target: &Target<'_>) -> Option<String> {
    target.param("conversationId").or_else(|| target.param("conversation"))
}
