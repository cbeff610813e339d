//! Accounts: the codes that prove an address, the mail that carries them, the providers that prove one as well, the
//! sessions that follow; who somebody is here, and what was done with their account.

pub mod codes;
pub mod history;
mod mail;
pub mod picture;
pub mod profile;
#[allow(dead_code)]
pub mod providers;
#[allow(dead_code, unused_imports)]
pub mod sessions;
