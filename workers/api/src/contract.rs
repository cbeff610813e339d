//! The JSON that this worker's routes take and give, for the document that describes them.

pub use crate::{
    account::{history::Events, profile::Account},
    custom_domain::CustomDomain,
    external::connect::Seen,
    operator::{Closing, Found, Reports, Resynced, Takedown, WhichSecrets, WhichSites},
    publish::Permission,
    routes::{
        account::Wish as AccountChange,
        account_data::{AskForDeletion, Deletion},
        health::Health,
        sign_in::Me as WhoAmI,
        site_settings::NewDomain,
    },
    site::{Availability, NewSite, Site, Sites},
    site_settings::{Change as SiteSettingsChange, SiteSettings},
    social::mentions::Mentions,
    social::messages::{
        Edit as MessageEdit, MarkRead, Message as SiteMessage, Messages, NewMessage, Threads, UnreadMessages,
    },
    social::reactions::{
        change::Change as ReactionChange,
        leave::{NewReaction, Reaction},
        list::Reactions,
        received::ReceivedReactions,
        who::Who,
    },
    social::{
        feed::Feed,
        follows::Followed,
        notifications::{Notifications, ReadUpTo, Unread},
        preferences::{Change as PreferencesChange, Preferences},
        profile::{Profile, SiteList},
        websites::{FollowedWebsite, Website},
    },
    version::{Versions, Wish, changes::Changes, words::Wish as SnapshotChange},
};

/// What BetterAuth's wire gives.
pub mod auth {
    pub use crate::{
        account::sessions::Session,
        routes::auth::{Account, Deleted, Redirect, Running, SessionAndUser, SignedIn, Status, Success},
    };
}

/// What the frame on members' pages is told.
pub mod notch {
    pub use crate::{
        routes::notch::{Nonce, Nothing},
        social::{
            bearers::{Bearer, Retry},
            grants::{Code, Grants, NewGrant, Redeemed, Redemption},
            me::Me,
        },
    };
}
