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

/// What BetterAuth's wire gives.
pub mod auth {
    pub use crate::{
        account::sessions::Session,
        routes::auth::{Account, Deleted, Redirect, Running, SessionAndUser, SignedIn, Status, Success},
    };
}
