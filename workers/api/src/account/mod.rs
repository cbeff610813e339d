//! Accounts: the codes that prove an address, the mail that carries them, and the sessions that follow.

pub mod codes;
mod mail;
pub mod sessions;
