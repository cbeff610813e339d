//! Accounts: the codes that prove an address, the mail that carries them, the sessions that follow; who somebody is here,
//! and what was done with their account.

pub mod codes;
pub mod history;
mod mail;
pub mod picture;
pub mod profile;
pub mod sessions;
