//! What the workers share on top of the `worker` crate: errors to responses, configuration, ids, time, hashing, and
//! helpers that close the crate's traps. Rules live in `vetka_domain`; this crate is where they meet the platform.

pub mod audit;
pub mod auth;
pub mod config;
pub mod d1;
pub mod error;
pub mod hash;
pub mod id;
pub mod limit;
pub mod log;
pub mod reply;
pub mod rest;
pub mod rs256;
pub mod snapshot;
pub mod time;
pub mod url;

pub use error::{Error, Result};
