//! What the workers share on top of the `worker` crate: errors to responses, configuration, ids, time, hashing, and
//! helpers that close the crate's traps. Rules live in `vetka_domain`; this crate is where they meet the platform.

// The derived code of this crate's own rows names it as everybody's does.
extern crate self as vetka_edge;

pub mod audit;
pub mod auth;
pub mod browser;
pub mod config;
pub mod d1;
pub mod dns;
pub mod error;
pub mod fetch;
pub mod hash;
pub mod health;
pub mod id;
pub mod limit;
pub mod live;
pub mod log;
pub mod mail;
pub mod metrics;
pub mod notch;
pub mod notify;
pub mod object_sql;
pub mod outside;
pub mod reply;
pub mod rest;
pub mod room;
pub mod rs256;
pub mod seal;
pub mod service;
pub mod snapshot;
pub mod time;
pub mod trace;
pub mod transcript;
pub mod url;

pub use error::{Error, Result};
