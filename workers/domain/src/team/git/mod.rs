//! The git proxy's rules: what a sandbox may say to the forge. A fetch of the session's one repository and a push to
//! the session's one branch go through; everything else is refused in words that git shows.
//!
//! `request` reads what is asked for and which headers go on, `pkt_line` the framing that git puts its lines in, `push`
//! the list of what a push would change, and `refusal` answers the way that git understands.

pub mod pkt_line;
pub mod push;
pub mod refusal;
pub mod request;

#[cfg(test)]
mod push_tests;
#[cfg(test)]
mod request_tests;
#[cfg(test)]
mod with_git_tests;

pub use push::{End, Push, Step};
pub use refusal::{Answer, Refusal};
pub use request::{Operation, Repository};
