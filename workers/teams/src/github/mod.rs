//! GitHub, as far as somebody lets us work on their repositories there: the connection, and what is asked over it.

mod client;
mod connection;

pub use client::{Client, Failure};
pub use connection::{Refusal, begin, finish, is_offered};
