//! What people see, as pure functions from small view models to HTML. Owns markup and words; refuses to know
//! requests, storage, clocks or sessions: a route handler gathers the facts, calls one function here and answers.
//!
//! Read in this order: `shell` (the frame every page stands in), then a page: `hub`, `sign_in`, `setup`, `connect`, `sites`,
//! `builder`, `site_settings`, `settings`, `social`, `problem`. Nothing here writes an inline script or style, so the pages live under a CSP of
//! `'self'`.

pub mod builder;
pub mod connect;
pub mod hub;
pub mod mentions;
pub mod messages;
pub mod news;
pub mod notch;
pub mod reactions;
pub mod report;
pub mod settings;
pub mod setup;
pub mod sign_in;
mod signals;
pub mod site_settings;
pub mod sites;
pub mod social;
pub(crate) mod takedown;
mod versions;

#[cfg(test)]
mod tests;

pub use vetka_app::pages::{Assets, Markup, Notice, Shell, Viewer, art, notice, problem, shell, text};

/// How a site is doing, in the words of the `site.status` column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteStatus {
    /// Named, nothing published yet.
    Draft,
    /// Its first version is being made.
    Building,
    /// People can visit it.
    Live,
    /// The last attempt to publish went wrong.
    Error,
}

impl SiteStatus {
    /// Reads the column; a value that is not known is a site that is not live.
    pub fn from_column(value: &str) -> Self {
        match value {
            "building" => Self::Building,
            "live" => Self::Live,
            "error" => Self::Error,
            _ => Self::Draft,
        }
    }
}

/// One site, as its owner sees it.
#[derive(Clone, Debug)]
pub struct SiteCard {
    /// `name.vetka.sh`: what stands in our own paths.
    pub domain: String,
    /// `name`: what has to be typed to delete it. The domain, of a connected site.
    pub label: String,
    /// The live address, with scheme and port.
    pub url: String,
    /// How it is doing.
    pub status: SiteStatus,
    /// Unix milliseconds UTC.
    pub created_at: i64,
    /// Path of the picture of what is live.
    pub picture: Option<String>,
    /// While an operator keeps it down.
    pub taken_down: Option<Takedown>,
    /// Of a site that its owner had before; `None` for one that is made here.
    pub connected: Option<Connection>,
}

/// That an operator has taken a site down.
#[derive(Clone, Debug)]
pub struct Takedown {
    /// Unix milliseconds UTC.
    pub at: i64,
    /// `law`, `abuse` or `unsafe`.
    pub reason: String,
    /// In the operator's words; may be empty.
    pub note: String,
}

/// How the proof of a connected site stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// It was there at the last look, or has not been missing for long.
    Proven {
        /// By the tag, not by a DNS record.
        by_tag: bool,
    },
    /// It has been missing for too long.
    Lost {
        /// Unix milliseconds UTC.
        since: i64,
    },
    /// Somebody else has proven the domain since.
    PassedOn {
        /// The domain that this site had.
        domain: String,
    },
}

impl SiteCard {
    /// What a person calls it.
    pub fn name(&self) -> &str {
        match &self.connected {
            Some(Connection::PassedOn { domain }) => domain,
            _ => &self.label,
        }
    }

    /// Path of the builder of this site.
    pub fn builder_path(&self) -> String {
        format!("/sites/{}/builder", self.domain)
    }

    /// Where the files that visitors see are downloaded.
    pub fn archive_path(&self) -> String {
        format!("/api/sites/{}/archive", self.domain)
    }

    /// Where the files of a version are downloaded.
    pub fn version_archive_path(&self, id: &str) -> String {
        format!("/api/sites/{}/snapshots/{id}/archive", self.domain)
    }
}

/// One row of the Versions tab, as `GET /api/sites/:domain/snapshots` has it.
#[derive(Clone, Debug)]
pub struct Version {
    /// Snapshot id.
    pub id: String,
    /// Unix milliseconds UTC.
    pub created_at: i64,
    /// One plain sentence of what changed.
    pub message: String,
    /// `success` and `failed` are shown, `pending` and `building` are shown as in the making.
    pub status: VersionStatus,
    /// Number of files.
    pub file_count: u32,
    /// Bytes of all files.
    pub byte_size: u64,
    /// Whether visitors see this one now.
    pub live: bool,
    /// The version that this one brought back.
    pub restored_from: Option<String>,
    /// The version's own address, for looking at it.
    pub preview_url: String,
    /// What its owner calls it; empty when they do not.
    pub name: String,
    /// What its owner wrote about it; empty when they did not.
    pub note: String,
    /// Whether it is kept for good.
    pub pinned: bool,
    /// Whether no visitor has ever seen it.
    pub draft: bool,
}

/// How far a version got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionStatus {
    /// Being published.
    Building,
    /// Published.
    Success,
    /// Given up; what was live before stayed live.
    Failed,
}

impl VersionStatus {
    /// Reads the column `site_snapshot.status`.
    pub fn from_column(value: &str) -> Self {
        match value {
            "success" => Self::Success,
            "failed" => Self::Failed,
            _ => Self::Building,
        }
    }
}

/// Where sites live: `SITES_ORIGIN`, such as `http://{label}.vetka.localhost:8787`.
#[derive(Clone, Copy, Debug)]
pub struct SitesOrigin<'a>(pub &'a str);

impl SitesOrigin<'_> {
    /// What follows the label in an address that a person reads: `.vetka.localhost:8787`.
    pub fn suffix(&self) -> &str {
        self.0.split_once("{label}").map_or("", |(_, rest)| rest.trim_end_matches('/'))
    }
}
