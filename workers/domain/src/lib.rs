//! The rules of the product, without a network, a clock or a source of randomness: all of it runs in native tests.
//!
//! Times come in as Unix milliseconds UTC, random bytes as byte slices. Nothing here knows the `worker` crate.

pub mod audit;
pub mod conversation;
pub mod cookie;
pub mod destination;
pub mod email;
pub mod external;
pub mod handle;
pub mod label;
pub mod limit;
pub mod name;
pub mod oauth;
pub mod origin;
pub mod otp;
pub mod picture;
pub mod routes;
pub mod session;
pub mod target;
pub mod user_agent;
pub mod zip;
