//! Sites that people own already: which domains can be connected, what may be fetched to look at one, what counts as a
//! proof that it is theirs, and how long a proof that has gone missing is waited for.
//!
//! Read in this order: `domain` (what somebody types), `address` and `dns` (where it leads), `fetch` (what may be asked
//! there), `tag` (what is looked for), `proof` (what a look amounts to).

pub mod address;
pub mod dns;
pub mod domain;
pub mod fetch;
pub mod proof;
pub mod tag;
