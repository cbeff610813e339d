//! The rules of the product, without a network, a clock or a source of randomness: all of it runs in native tests.
//!
//! Times come in as Unix milliseconds UTC, random bytes as byte slices. Nothing here knows the `worker` crate.

pub mod audit;
pub mod conversation;
pub mod cookie;
pub mod custom_domain;
pub mod destination;
pub mod diff;
pub mod email;
pub mod entity;
pub mod external;
pub mod handle;
pub mod html;
pub mod label;
pub mod limit;
pub mod message;
pub mod name;
pub mod nfc;
pub mod notch;
pub mod oauth;
pub mod operator;
pub mod origin;
pub mod otp;
pub mod picture;
pub mod report;
pub mod routes;
pub mod safe_browsing;
pub mod session;
pub mod social;
pub mod target;
pub mod team;
pub mod user_agent;
pub mod version;
pub mod zip;
