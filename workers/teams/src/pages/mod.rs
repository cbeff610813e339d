//! What people see of teams, as pure functions from small view models to HTML. Owns markup and words; refuses to know
//! requests, storage and clocks: a route handler gathers the facts, calls one function here and answers.

pub mod session;
