//! The JSON that this worker's routes take and give, for the document that describes them.

pub use crate::routes::{
    session::Session,
    stop::{Stop, Stopping},
    stream::Message,
};
