//! The social layer: who is asking as which site, who follows whom, what is new, who is left alone. Handlers stand in
//! `routes/`, pages in `pages/social/`.

pub mod actor;
pub mod apart;
pub mod bearers;
pub mod brief;
pub mod feed;
pub mod follows;
pub mod grants;
pub mod me;
pub mod members;
pub mod mentions;
pub mod messages;
pub mod nonce;
pub mod notifications;
pub mod origins;
pub mod preferences;
pub mod profile;
pub mod reactions;
pub mod websites;
