//! Publishing in several requests, for versions of which most is there already: first the list, then what is missing,
//! then the word that all of it is there.
//!
//! 1. [`begin`] writes the row, takes hold of the blobs and keeps the list as the version's manifest, which nobody reads
//!    while the version is being built. It answers what is missing;
//! 2. each missing blob is put, and [`receive`] notes that the site has proven to have it. The proof is the site's own:
//!    what others stored counts as missing, since whoever knows a hash need not have the bytes;
//! 3. [`commit`] goes on where a deploy in one request does, from its third step.
//!
//! Each of the three may be asked again, at any time and by several at once: beginning with the same list finds the
//! upload that was begun, putting a blob twice is putting it once, and a committed upload stays committed.

use super::{Bucket, Committed, Ledger, NewVersion, Refusal, deploy::stay_leaving, settle::settle};
use crate::{BlobHash, Manifest, SiteId, SnapshotId};

/// Bytes of all files of one upload together: 500 MB, read as MiB.
pub const MAX_UPLOAD_BYTES: u64 = 500 * 1024 * 1024;
/// How many uploads of one site may be unfinished. When one more begins, the one that was begun first gives way.
pub const MAX_UNFINISHED: usize = 5;
/// How long an upload may take, in milliseconds, counted from when it was last begun.
pub const UPLOAD_MS: i64 = 24 * 60 * 60 * 1000;

/// A blob, and how many bytes it has.
pub type Sized = (BlobHash, u32);

/// What the ledger knows about uploads. As with [`Ledger`], every method is one transaction.
#[expect(async_fn_in_trait, reason = "a worker runs on one thread; nothing here needs to be sent to another")]
pub trait Uploads: Ledger {
    /// As [`Ledger::begin`], for a version whose blobs come later. When the site is building a version with this key, and
    /// nothing that was started later is live, that one is meant. More than [`MAX_UNFINISHED`] fail the oldest.
    async fn begin_upload(
        &self,
        version: &NewVersion<'_>,
        key: &str,
        blobs: &[Sized],
    ) -> Result<Result<BegunUpload, Refusal>, Self::Error>;
    /// Which of these the site has not proven to have stored, in that size.
    async fn lacking(&self, site: &SiteId, blobs: &[Sized]) -> Result<Lacking, Self::Error>;
    /// Notes that the site has stored these blobs. Says nothing of those that the site does not hold.
    async fn stored(&self, site: &SiteId, blobs: &[Sized]) -> Result<(), Self::Error>;
    /// How far an upload is; `None` when the site has none of this id.
    async fn state(&self, site: &SiteId, upload: &SnapshotId) -> Result<Option<State>, Self::Error>;
}

/// An upload that has begun, now or before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BegunUpload {
    /// Its id: the one that was offered, or that of the upload with the same key.
    pub snapshot: SnapshotId,
    /// Whether some of its blobs are on their way out.
    pub leaving: bool,
    /// What has to be put.
    pub lacking: Lacking,
}

/// Blobs that a site has not proven to have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lacking {
    /// To be put.
    pub missing: Vec<BlobHash>,
    /// Stored, but not with the size that was said.
    pub misstated: Vec<BlobHash>,
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Blobs may be put.
    Building,
    /// It is a version.
    Done,
    /// It was given up, abandoned, or gave way.
    Over,
}

/// Why an upload did not begin or was not committed.
#[derive(Debug, PartialEq, Eq)]
pub enum UploadProblem<E> {
    /// The site takes none.
    Refused(Refusal),
    /// The site has no such upload.
    NotFound,
    /// It was given up, abandoned, or gave way.
    Over,
    /// Some of its blobs were on their way out and still are. It works when they are gone.
    BlobsLeaving,
    /// Some sizes in the list are not those of the blobs.
    Misstated(Vec<BlobHash>),
    /// Some blobs are still to be put.
    Missing(Vec<BlobHash>),
    /// A store failed.
    Store(E),
}

impl<E> From<E> for UploadProblem<E> {
    fn from(failure: E) -> Self {
        Self::Store(failure)
    }
}

/// Begins an upload or finds the one that was begun. Gives its id and what has to be put.
///
/// # Errors
/// [`UploadProblem`]; an upload whose blobs are leaving or misstated has failed then.
pub async fn begin<E>(
    bucket: &impl Bucket<Error = E>,
    ledger: &impl Uploads<Error = E>,
    manifest: &Manifest,
    version: &NewVersion<'_>,
    key: &str,
) -> Result<(SnapshotId, Vec<BlobHash>), UploadProblem<E>> {
    let sized = manifest.sized_blobs();
    let begun = ledger.begin_upload(version, key, &sized).await?.map_err(UploadProblem::Refused)?;
    let problem = if !begun.lacking.misstated.is_empty() {
        Some(UploadProblem::Misstated(begun.lacking.misstated))
    } else if begun.leaving && stay_leaving(ledger, &manifest.blobs()).await? {
        Some(UploadProblem::BlobsLeaving)
    } else {
        None
    };
    if let Some(problem) = problem {
        let _ = ledger.fail(version.site, &begun.snapshot).await;
        return Err(problem);
    }
    bucket.keep_manifest(version.site, &begun.snapshot, manifest).await?;
    Ok((begun.snapshot, begun.lacking.missing))
}

/// Puts a blob that the site holds for an upload, and notes that the site has it.
///
/// # Errors
/// When putting it or noting it fails; doing it again is fine.
pub async fn receive<E>(
    ledger: &impl Uploads<Error = E>,
    site: &SiteId,
    blob: Sized,
    put: impl Future<Output = Result<(), E>>,
) -> Result<(), E> {
    put.await?;
    // Not before: whoever finds the note relies on the blob, for as long as the site holds it.
    ledger.stored(site, &[blob]).await
}

/// What has still to be put.
///
/// # Errors
/// As [`commit`].
pub async fn missing<E>(
    bucket: &impl Bucket<Error = E>,
    ledger: &impl Uploads<Error = E>,
    site: &SiteId,
    upload: &SnapshotId,
) -> Result<(State, Vec<BlobHash>), UploadProblem<E>> {
    match ledger.state(site, upload).await?.ok_or(UploadProblem::NotFound)? {
        State::Building => {
            let manifest = bucket.manifest(site, upload).await?.ok_or(UploadProblem::NotFound)?;
            Ok((State::Building, all_lacking(ledger, site, &manifest).await?))
        }
        state => Ok((state, Vec::new())),
    }
}

/// An upload that is a version.
#[derive(Debug, PartialEq, Eq)]
pub struct CommittedUpload<E> {
    /// Its files.
    pub manifest: Manifest,
    /// When this request made it live: its place in the order of starts.
    pub went_live: Option<u64>,
    /// Whether it was a version before this request.
    pub again: bool,
    /// Why the edge was not told, for the log; [`super::repair`] will tell it.
    pub untold: Option<E>,
}

/// Makes a version of an upload. `finish` gives the manifest what takes more than the list to know, if there is
/// something; of the same files it makes the same.
///
/// # Errors
/// [`UploadProblem`]; the upload goes on, so that it can be asked again, unless it is over.
pub async fn commit<E>(
    bucket: &impl Bucket<Error = E>,
    ledger: &impl Uploads<Error = E>,
    site: &SiteId,
    upload: &SnapshotId,
    finish: impl AsyncFnOnce(&Manifest) -> Result<Option<Manifest>, E>,
) -> Result<CommittedUpload<E>, UploadProblem<E>> {
    let state = ledger.state(site, upload).await?.ok_or(UploadProblem::NotFound)?;
    if state == State::Over {
        return Err(UploadProblem::Over);
    }
    let mut manifest = bucket.manifest(site, upload).await?.ok_or(UploadProblem::NotFound)?;
    let done = |manifest| CommittedUpload { manifest, went_live: None, again: true, untold: None };
    if state == State::Done {
        return Ok(done(manifest));
    }
    let lacking = all_lacking(ledger, site, &manifest).await?;
    if !lacking.is_empty() {
        return Err(UploadProblem::Missing(lacking));
    }
    if let Some(finished) = finish(&manifest).await? {
        bucket.replace_manifest(site, upload, &finished).await?;
        manifest = finished;
    }
    match ledger.commit(site, upload).await? {
        Committed::Live(pointer) => {
            let untold = settle(bucket, ledger, &pointer).await.err();
            Ok(CommittedUpload { manifest, went_live: Some(pointer.record.seq), again: false, untold })
        }
        Committed::Draft | Committed::Superseded => {
            Ok(CommittedUpload { manifest, went_live: None, again: false, untold: None })
        }
        // Somebody else committed it meanwhile, or it is over.
        Committed::Lost => match ledger.state(site, upload).await?.ok_or(UploadProblem::NotFound)? {
            State::Done => Ok(done(manifest)),
            State::Building | State::Over => Err(UploadProblem::Over),
        },
    }
}

async fn all_lacking<E>(
    ledger: &impl Uploads<Error = E>,
    site: &SiteId,
    manifest: &Manifest,
) -> Result<Vec<BlobHash>, E> {
    let Lacking { mut missing, misstated } = ledger.lacking(site, &manifest.sized_blobs()).await?;
    missing.extend(misstated);
    Ok(missing)
}

/// Ends an upload that is not wanted any more. What was put for it is let go of like that of any version that failed.
///
/// # Errors
/// [`UploadProblem::NotFound`], and when the ledger cannot be reached.
pub async fn abandon<E>(
    ledger: &impl Uploads<Error = E>,
    site: &SiteId,
    upload: &SnapshotId,
) -> Result<(), UploadProblem<E>> {
    match ledger.state(site, upload).await?.ok_or(UploadProblem::NotFound)? {
        State::Building => Ok(ledger.fail(site, upload).await?),
        State::Done | State::Over => Ok(()),
    }
}
