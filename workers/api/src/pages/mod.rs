//! What people see, as pure functions from small view models to HTML. Owns markup and words; refuses to know
//! requests, storage, clocks or sessions: a route handler gathers the facts, calls one function here and answers.
//!
//! Read in this order: `shell` (the frame every page stands in), then a page: `hub`, `sign_in`, `setup`, `connect`, `sites`,
//! `builder`, `site_settings`, `settings`, `social`, `problem`. Nothing here writes an inline script or style, so the pages live under a CSP of
//! `'self'`.

mod art;
pub mod assets;
pub mod builder;
pub mod connect;
pub mod hub;
pub mod mentions;
pub mod messages;
pub mod news;
pub mod notch;
pub mod notice;
pub mod problem;
pub mod reactions;
pub mod report;
pub mod settings;
pub mod setup;
mod shell;
pub mod sign_in;
mod signals;
pub mod site_settings;
pub mod sites;
pub mod social;
pub(crate) mod takedown;
pub(crate) mod text;
mod versions;

#[cfg(test)]
mod tests;

pub use assets::Assets;
pub use maud::Markup;
pub use notice::Notice;

/// What every page is given: where the built assets are and who is looking.
#[derive(Clone, Copy)]
pub struct Shell<'a> {
    /// Built names of scripts, styles and fonts.
    pub assets: &'a Assets,
    /// The signed-in person; `None` for a visitor.
    pub viewer: Option<&'a Viewer>,
}

/// The signed-in person, as far as pages need to know them.
#[derive(Clone, Debug, Default)]
pub struct Viewer {
    /// Their address, shown only to themselves.
    pub email: String,
    /// What they call themselves; empty when they have not said.
    pub name: String,
    /// What others call them here, without an `@`.
    pub handle: Option<String>,
    /// Path of their picture here.
    pub picture: Option<String>,
    /// When their account goes for good, Unix milliseconds UTC; `None` unless they asked for that.
    pub deletion_at: Option<i64>,
    /// How many messages from other sites they have not read.
    pub unread_messages: u32,
    /// Domain of their site, for the link in the navigation.
    pub site_domain: Option<String>,
    /// Domain of the site that others know them as here, whether it is made here or not.
    pub member: Option<String>,
    /// How much of what others did is new to them; 100 stands for more.
    pub unread: u32,
}

impl Viewer {
    /// What to call them: by their name, else by their handle, else by their address.
    pub fn called(&self) -> &str {
        match (self.name.as_str(), &self.handle) {
            ("", Some(handle)) => handle,
            ("", None) => self.email.split('@').next().unwrap_or_default(),
            (name, _) => name,
        }
    }

    /// What stands for them where there is no picture: the first letters of the first and the last word.
    pub fn initials(&self) -> String {
        let mut words = self.called().split_whitespace();
        let letter = |word: &str| word.chars().find(|c| c.is_alphanumeric());
        let first = words.next().and_then(letter);
        let last = words.next_back().and_then(letter);
        let letters: String = first.into_iter().chain(last).flat_map(char::to_uppercase).collect();
        if letters.is_empty() { "?".to_owned() } else { letters }
    }
}

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
