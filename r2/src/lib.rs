//! The bucket: what its keys are, what a version is, how one goes live, and how it is found again.
//!
//! Owns: names and limits of files, the manifest, the live record, and the publishing protocol. Pure: everything that
//! touches a network is a trait ([`publish::Bucket`], [`publish::Ledger`], [`read::Source`]), so that the workers run
//! exactly the code that the model test runs. Refuses: HTTP, SQL, and who may do what.
//!
//! Reading order: [`path`] and [`files`] say what may be published; [`manifest`] holds it,
//! with its own [`rules`]; [`publish`] makes it live;
//! [`read`] and [`lookup`] find it.

pub mod compare;
pub mod content_type;
pub mod files;
pub mod hash;
pub mod hashed_name;
pub mod host;
pub mod id;
pub mod keys;
pub mod live;
pub mod lookup;
pub mod manifest;
pub mod path;
pub mod publish;
pub mod read;
pub mod rules;
pub mod settings;
pub mod summary;
mod unicode;
mod word;

pub use hash::BlobHash;
pub use host::HostRecord;
pub use id::{SiteId, SnapshotId};
pub use live::LiveRecord;
pub use manifest::Manifest;
pub use path::SitePath;
pub use settings::Settings;
