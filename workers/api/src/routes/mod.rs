//! The handlers, one file a resource. Each reads top to bottom: who is asking, what do they want, may they, do it, answer.

pub mod account;
pub mod account_data;
pub mod assets;
pub mod auth;
pub mod builder;
pub mod connect;
pub mod health;
pub mod hub;
pub mod pictures;
pub mod settings;
pub mod setup;
pub mod sign_in_forms;
pub mod sites;
pub mod sites_page;
pub mod snapshots;
