//! Teams: a member of an organization asks for a change of a repository in plain words, sees it live, and ends with a
//! pull request. The rules of that, without a network, a clock or a source of randomness.

pub mod branch;
pub mod files;
pub mod git;
pub mod proposal;
pub mod startup;
