//! The two stores that publishing takes place in, as far as all of it needs them, and what they are told.

use crate::{BlobHash, LiveRecord, Manifest, SiteId, SnapshotId, manifest::File, word::read_words};
use serde::{Deserialize, Serialize};

/// Where bytes are kept. Every method may fail, and may fail after it took effect.
#[expect(async_fn_in_trait, reason = "a worker runs on one thread; nothing here needs to be sent to another")]
pub trait Bucket {
    /// What a failure looks like.
    type Error;

    /// Whether a blob is there.
    async fn has_blob(&self, hash: &BlobHash) -> Result<bool, Self::Error>;
    /// Stores a blob; the store itself compares the bytes with the hash. Storing it twice is storing it once.
    async fn put_blob(&self, hash: &BlobHash, bytes: Vec<u8>) -> Result<(), Self::Error>;
    /// Stores a manifest under a name that was never used; fails when it was.
    async fn put_manifest(&self, site: &SiteId, id: &SnapshotId, manifest: &Manifest) -> Result<(), Self::Error>;
    /// Stores a manifest, unless there is one of this name. Only for lists that come out the same whoever makes them.
    async fn keep_manifest(&self, site: &SiteId, id: &SnapshotId, manifest: &Manifest) -> Result<(), Self::Error>;
    /// Stores a manifest in place of the one of this name. Only while nobody reads it.
    async fn replace_manifest(&self, site: &SiteId, id: &SnapshotId, manifest: &Manifest) -> Result<(), Self::Error>;
    /// Reads a manifest; `None` when there is none.
    async fn manifest(&self, site: &SiteId, id: &SnapshotId) -> Result<Option<Manifest>, Self::Error>;
    /// Removes blobs. Removing what is not there is fine.
    async fn remove_blobs(&self, blobs: &[BlobHash]) -> Result<(), Self::Error>;
    /// Removes manifests. Removing what is not there is fine.
    async fn remove_manifests(&self, manifests: &[(SiteId, SnapshotId)]) -> Result<(), Self::Error>;
    /// Removes all manifests of a site that is gone.
    async fn remove_all_manifests(&self, site: &SiteId) -> Result<(), Self::Error>;
    /// What stands at a name.
    async fn live(&self, label: &str) -> Result<Standing, Self::Error>;
    /// Writes a record, if what stands there still has this etag (`None`: if nothing stands there). Says whether it did.
    async fn put_live(&self, label: &str, record: &LiveRecord, guard: Option<&str>) -> Result<bool, Self::Error>;
}

/// What stands at `live/<label>`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// For the guard; `None` when nothing is there.
    pub etag: Option<String>,
    /// The record; `None` when nothing is there or it cannot be read.
    pub record: Option<LiveRecord>,
}

/// The truth. Every method is one transaction; it may fail, and may fail after it took effect.
#[expect(async_fn_in_trait, reason = "a worker runs on one thread; nothing here needs to be sent to another")]
pub trait Ledger {
    /// What a failure looks like.
    type Error;

    /// Writes the row of a version that is being built, draws its place in the order of starts, and takes hold of its
    /// blobs for its site, which revokes their doom.
    async fn begin(&self, version: &NewVersion<'_>, blobs: &[BlobHash]) -> Result<Result<Begun, Refusal>, Self::Error>;
    /// Whether any of these is on its way out.
    async fn leaving(&self, blobs: &[BlobHash]) -> Result<bool, Self::Error>;
    /// Lets a moment pass.
    async fn pause(&self);
    /// Marks a version as built and, unless it is a draft or a later start is live already, makes it the live one.
    async fn commit(&self, site: &SiteId, snapshot: &SnapshotId) -> Result<Committed, Self::Error>;
    /// Marks a version that was being built as failed. The live one stays as it is.
    async fn fail(&self, site: &SiteId, snapshot: &SnapshotId) -> Result<(), Self::Error>;
    /// Writes the row of a restore and makes it the live one, if the conditions hold.
    async fn restore(&self, restore: &NewRestore<'_>) -> Result<RestoreCommitted, Self::Error>;
    /// Notes that the edge knows this version to be live with these settings, if that is still so.
    async fn confirm(&self, record: &LiveRecord) -> Result<(), Self::Error>;
    /// Sites with a live version of which that note is missing.
    async fn unsettled(&self) -> Result<Vec<Pointer>, Self::Error>;
}

/// A version that is being built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// Its place in the order of starts.
    pub seq: u64,
    /// Whether some of its blobs are on their way out.
    pub leaving: bool,
}

/// A version that is about to be built.
#[derive(Debug, Clone, Copy)]
pub struct NewVersion<'a> {
    /// Of which site.
    pub site: &'a SiteId,
    /// Its id, new; names its manifest too.
    pub snapshot: &'a SnapshotId,
    /// One sentence for the list of versions.
    pub message: &'a str,
    /// How many files.
    pub file_count: usize,
    /// The sum of their sizes.
    pub byte_size: u64,
    /// Whether it is to go live when it is finished. Otherwise it is a draft: it can be looked at, and brought live.
    pub go_live: bool,
    /// Who publishes.
    pub triggered_by: TriggeredBy,
}

/// Who publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum TriggeredBy {
    /// An agent.
    Agent,
    /// A person.
    Manual,
}

impl TriggeredBy {
    /// As the ledger and JSON have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Manual => "manual",
        }
    }
}

read_words!(TriggeredBy: Agent Manual);

/// Why a site takes no new version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is gone or going.
    SiteGone,
    /// An operator has taken it down.
    TakenDown,
}

/// The wish to have an older version back.
#[derive(Debug, Clone, Copy)]
pub struct NewRestore<'a> {
    /// Of which site.
    pub site: &'a SiteId,
    /// The version wanted.
    pub target: &'a SnapshotId,
    /// The id of the new entry.
    pub snapshot: &'a SnapshotId,
    /// What the person saw as live when they asked.
    pub expected: Expected<'a>,
}

/// Which live version a restore is meant to replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected<'a> {
    /// Whichever it is.
    Any,
    /// None at all.
    Nothing,
    /// This one and no other.
    Version(&'a SnapshotId),
}

/// A live version, what its site is set to, and where it is to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// The name of the site.
    pub label: String,
    /// What is to stand at that name. Never a tombstone.
    pub record: LiveRecord,
}

/// How a commit went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// The version is live.
    Live(Pointer),
    /// The version is kept, to be looked at.
    Draft,
    /// The version is kept, but one that was started later is live.
    Superseded,
    /// The row is no longer being built: it took too long, or the site is gone.
    Lost,
}

/// How the commit of a restore went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestoreCommitted {
    /// The version is live again, as a new entry.
    Live(Pointer),
    /// No such version on this site, or no such site.
    NotFound,
    /// The version was never finished.
    NotFinished,
    /// Exactly these files are live already.
    AlreadyLive,
    /// Another version is live than the one that was expected.
    LiveChanged,
    /// An operator has taken the site down.
    TakenDown,
}

/// The files of a version, readable one at a time, so that never all of them are in memory at once.
pub trait Files {
    /// What a failure looks like.
    type Error;

    /// Names, hashes and sizes.
    fn list(&self) -> &[File];
    /// The bytes of the file at this place in the list.
    ///
    /// # Errors
    /// When they cannot be had.
    fn bytes(&self, at: usize) -> Result<Vec<u8>, Self::Error>;
}
