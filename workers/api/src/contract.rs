//! The JSON that this worker's routes take and give, for the document that describes them.

pub use crate::{
    account::{history::Events, profile::Account},
    external::connect::Seen,
    routes::{
        account::Wish as AccountChange,
        account_data::{AskForDeletion, Deletion},
        health::Health,
    },
    site::{Availability, NewSite, Site, Sites},
    version::{Versions, Wish},
};
