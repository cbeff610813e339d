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

pub use account::{Listed, Sandboxes, Started};
pub use answers::Failure;
pub use process::{Command, Events, Process, Ran, Signal};

/// Which of a sandbox's people one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum As {
    /// Whose the project is.
    User,
    /// Who may change the sandbox itself.
    Root,
}

impl As {
    const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Root => "root",
        }
    }
}

/// One sandbox. To have one of these says nothing about whether it still runs.
#[derive(Debug, Clone)]
pub struct Sandbox {
    base: String,
    id: String,
    token: String,
}
