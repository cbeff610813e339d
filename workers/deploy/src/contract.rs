//! The JSON that this worker's routes take and give, for the document that describes them.

pub use crate::{
    listing::Body as BeginUpload,
    routes::{
        publish::Published,
        uploads::{BegunUpload, UploadState},
    },
    upload::Body as Publish,
};
