//! How a version goes live, and how a site goes away.
//!
//! Two stores take part. The **ledger** (D1) is the truth: which versions exist, in which order they were started, and
//! which one is live. The **bucket** (R2) holds the bytes and, at `live/<label>`, the edge's copy of that truth. A
//! version goes live in this order, and a crash between any two steps harms nobody:
//!
//! 1. `begin` writes a row, draws the version's place in the one order of all starts, and takes hold of the version's
//!    blobs for its site;
//! 2. blobs, then the manifest, are put under names that nothing refers to yet;
//! 3. `commit` moves the live pointer by one conditional update: only forward in that order, only for a site that is
//!    not being deleted. From here on the version is live;
//! 4. the live record is written behind an etag guard and only upwards ([`LiveRecord::rank`]);
//! 5. `confirm` notes that the edge knows. What crashed after 3 lacks this note, and [`repair`] does 4 and 5 for it.
//!
//! Deleting closes the site first (no new start), then buries the name under a tombstone that outranks every version
//! the site ever started, and only then gives the name free. A writer that slept through all that wakes to find
//! something higher than what it wants to write, also when the name belongs to somebody else by then.

//!
//! A blob is held by the sites whose versions name it. Erasing a site lets go of its blobs, and dooms those that nobody
//! else holds; taking hold of one again before it goes revokes that. [`sweep`] deletes what has been doomed for long, and
//! a publisher takes hold *before* it looks which blobs are there, so whatever it finds stays. While a blob is on its way
//! out nobody relies on it: whoever takes hold of it then waits until it is gone and puts it anew.

mod delete;
mod deploy;
mod repair;
mod restore;
mod settle;
mod sweep;

pub use delete::delete;
pub use deploy::{DeployProblem, Deployed, deploy};
pub use repair::{Repaired, repair};
pub use restore::{Restored, restore};
pub use sweep::{Swept, sweep};

use crate::{BlobHash, LiveRecord, Manifest, SiteId, SnapshotId, manifest::File};

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
    /// Reads a manifest; `None` when there is none.
    async fn manifest(&self, site: &SiteId, id: &SnapshotId) -> Result<Option<Manifest>, Self::Error>;
    /// Removes blobs. Removing what is not there is fine.
    async fn remove_blobs(&self, blobs: &[BlobHash]) -> Result<(), Self::Error>;
    /// Removes all manifests of a site that is gone.
    async fn remove_manifests(&self, site: &SiteId) -> Result<(), Self::Error>;
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
    /// blobs for its site, which revokes their doom. `None` when the site is gone or going.
    async fn begin(&self, version: &NewVersion<'_>, blobs: &[BlobHash]) -> Result<Option<Begun>, Self::Error>;
    /// Whether any of these is on its way out.
    async fn leaving(&self, blobs: &[BlobHash]) -> Result<bool, Self::Error>;
    /// Lets a moment pass.
    async fn pause(&self);
    /// Marks a version as built and, unless a later start is live already, makes it the live one.
    async fn commit(&self, site: &SiteId, snapshot: &SnapshotId) -> Result<Committed, Self::Error>;
    /// Marks a version that was being built as failed. The live one stays as it is.
    async fn fail(&self, site: &SiteId, snapshot: &SnapshotId) -> Result<(), Self::Error>;
    /// Writes the row of a restore and makes it the live one, if the conditions hold.
    async fn restore(&self, restore: &NewRestore<'_>) -> Result<RestoreCommitted, Self::Error>;
    /// Notes that the edge knows this version to be live, if it still is.
    async fn confirm(&self, site: &SiteId, snapshot: &SnapshotId) -> Result<(), Self::Error>;
    /// Live versions of which that note is missing.
    async fn unsettled(&self) -> Result<Vec<Pointer>, Self::Error>;
    /// Closes a site for new starts; says what must be buried. `None` when there is no such site.
    async fn close(&self, site: &SiteId) -> Result<Option<Burial>, Self::Error>;
    /// Forgets a closed site, which gives its name free, lets go of its blobs, and dooms those that nobody else holds.
    async fn erase(&self, site: &SiteId) -> Result<(), Self::Error>;
    /// Sites that were closed and not yet erased.
    async fn closed(&self) -> Result<Vec<SiteId>, Self::Error>;

    /// Finished versions whose blobs their site does not hold yet, some at a time: those from before blobs were held.
    /// Of one site or of all.
    async fn unrecorded(&self, site: Option<&SiteId>) -> Result<Vec<Unrecorded>, Self::Error>;
    /// Takes hold of the blobs of such a version.
    async fn record(&self, version: &Unrecorded, blobs: &[BlobHash]) -> Result<(), Self::Error>;
    /// Marks blobs as on their way out that have been doomed for longer than any request lives and that nobody holds,
    /// and gives them to whoever asks, each to one asker alone; a mark whose owner cannot be alive any more lapses
    /// first. None while there is an unrecorded version.
    async fn condemn(&self) -> Result<Vec<BlobHash>, Self::Error>;
    /// Forgets condemned blobs that are gone. One that was doomed anew meanwhile stays doomed.
    async fn forget_blobs(&self, blobs: &[BlobHash]) -> Result<(), Self::Error>;
    /// Takes the mark from condemned blobs that may not be gone. They stay doomed.
    async fn reprieve(&self, blobs: &[BlobHash]) -> Result<(), Self::Error>;
}

/// A version that is being built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// Its place in the order of starts.
    pub seq: u64,
    /// Whether some of its blobs are on their way out.
    pub leaving: bool,
}

/// A version whose blobs are not held yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrecorded {
    /// Of which site.
    pub site: SiteId,
    /// Where its files are listed.
    pub manifest: SnapshotId,
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

/// A live version and where it is to be seen.
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
}

/// What deleting a site has to bury.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burial {
    /// The name of the site; `None` for a site that lives elsewhere.
    pub label: Option<String>,
    /// The highest place in the order of starts that any version of the site has.
    pub last_seq: u64,
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
