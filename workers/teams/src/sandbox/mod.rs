//! Sandboxes: machines of their own at e2b, one for each session, where a project runs and the agent works on it.
//!
//! [`Sandboxes`] asks e2b for them, and for the [`templates`] that they are made from; a [`Sandbox`] is one of them, whose
//! files and processes one reaches through its own service, envd. What its streams bring is read by
//! `vetka_domain::team::sandbox`. Nothing here knows a session: what belongs together is told by a sandbox's metadata.

mod account;
mod answers;
mod files;
mod process;
pub mod templates;

pub use account::Sandboxes;
pub use answers::Failure;
pub use process::{Command, Events, Signal};

/// Whose the project is in a sandbox, and who does everything in it.
const USER: &str = "user";

/// One sandbox. To have one of these says nothing about whether it still runs.
#[derive(Debug, Clone)]
pub struct Sandbox {
    base: String,
    id: String,
    token: String,
}
