//! Accounts: the codes that prove an address, the providers that prove one as well, the sessions that follow; who
//! somebody is here, what was done with their account, and how they take everything along or have it deleted.

pub mod codes;
pub mod deletion;
pub mod export;
pub mod history;
pub mod picture;
pub mod profile;
pub mod providers;
pub mod purge;
pub mod sessions;
