//! Teams: organizations, their projects, and the sessions in which an agent changes a repository for them.

pub mod agent;
pub mod ledger;
pub mod meter;
pub mod model_request;
pub mod money;
pub mod price;
pub mod strict_json;
pub mod usage;
