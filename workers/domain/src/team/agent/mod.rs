//! The agent in a sandbox: what its runner prints, and what a member sees of it.
//!
//! Reading order: [`lines`] (bytes to lines), [`message`] (lines to messages), [`turn`] (messages to what follows from
//! them), then what it says it with: [`status`] for steps, [`filter`] for texts, [`trouble`] for errors.

pub mod filter;
mod inline;
mod line;
pub mod lines;
pub mod message;
mod preview;
pub mod status;
mod terminal;
pub mod trouble;
pub mod turn;
mod vocabulary;
mod word;
mod writer;

#[cfg(test)]
mod filter_tests;
#[cfg(test)]
mod turn_kit;
#[cfg(test)]
mod turn_tests;
