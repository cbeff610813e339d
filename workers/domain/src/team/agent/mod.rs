//! The agent in a sandbox: what its runner prints, and what a member sees of it.

pub mod lines;
