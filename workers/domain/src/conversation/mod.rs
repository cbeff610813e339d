//! The rules of a conversation: what is in its log, what an agent's raw output becomes, what a turn waits for.
//!
//! Owns: frames, the reading of upstream events, the turn as a reducer, the output filter, redaction, the context
//! block, retries, and what may be uploaded. Refuses: SQL, sockets, HTTP, clocks. Reading order: [`frame`] (what people
//! get), [`event`] (what the agent service sends), [`turn`] (how one becomes the other), then the rest.

pub mod client;
pub mod context;
pub mod event;
pub mod filter;
pub mod frame;
pub mod redact;
pub mod retry;
pub mod sse;
pub mod turn;
pub mod upload;

#[cfg(test)]
mod turn_tests;
