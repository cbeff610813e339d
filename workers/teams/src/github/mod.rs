//! GitHub, as far as somebody lets us work on their repositories there: the connection, and what is asked over it.

mod branches;
mod client;
mod connection;
mod contents;
mod pull_requests;

pub use client::{Client, Outcome};
pub use connection::{Refusal, begin, end, finish, is_offered, not_connected};
pub use pull_requests::Merge;
