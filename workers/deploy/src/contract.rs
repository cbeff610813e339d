//! The JSON that this worker's routes take and give, for the document that describes them.

pub use crate::{routes::publish::Published, upload::Body as Publish};
