//! What the forge says, read: what is needed of its answers, and why it did not do something, in words that a person
//! understands and can act on.
//!
//! Its sentences are no interface, so a status decides first, and the words decide only between things that have the same
//! status. What is not understood is passed on as it was said.

mod failure;
mod leave_out;
mod read;

pub use failure::{Asked, Failure, Requirement};
pub use leave_out::leave_out;
pub use read::{
    Comparison, Entry, Merged, PullRequest, Reply, branch_head, comparison, entries, merged, pull_request,
    pull_requests,
};

/// How a pull request becomes a part of the main branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As one commit, with the words of whoever merges.
    Squash,
    /// With a commit that joins both.
    Merge,
    /// Its commits anew, one after another.
    Rebase,
}

impl Method {
    /// In the order in which they are tried: a repository may forbid some.
    pub const ALL: [Self; 3] = [Self::Squash, Self::Merge, Self::Rebase];

    /// On the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Squash => "squash",
            Self::Merge => "merge",
            Self::Rebase => "rebase",
        }
    }
}
