//! The wire of a sandbox's own service, envd, as far as it can be read without a network: a stream of what a process does,
//! cut by the way anywhere. Its calls are in the worker.

mod envelope;
mod event;
mod network;

pub use envelope::{Broken, envelope};
pub use event::{Ended, Event, Item, Reader, Refusal};
pub use network::reach;

#[cfg(test)]
mod tests;
