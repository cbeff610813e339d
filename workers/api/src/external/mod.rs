//! Sites that people own already: looking whether one proves to be theirs, connecting it, and looking again every week.
//! The rules are in `vetka_domain::external`.

pub mod connect;
pub mod look;
pub mod review;
