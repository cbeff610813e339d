//! Deleting blobs that nobody holds any more. Run on a schedule.

use super::{Bucket, Ledger};
use crate::{BlobHash, SiteId, SnapshotId};

/// What sweeping asks of the ledger.
#[expect(async_fn_in_trait, reason = "a worker runs on one thread; nothing here needs to be sent to another")]
pub trait Holds: Ledger {
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

/// A version whose blobs are not held yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrecorded {
    /// Of which site.
    pub site: SiteId,
    /// Where its files are listed.
    pub manifest: SnapshotId,
}

/// What a sweep did, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Versions whose blobs are held now.
    pub recorded: usize,
    /// Blobs that are gone now.
    pub removed: usize,
}

/// Takes hold of what older versions need, then deletes some of what is doomed. May be cut off anywhere, and may run
/// twice at once: a blob is given to one sweep alone, and its mark stays until it is known to be gone.
///
/// # Errors
/// When a store fails; the next run goes on.
pub async fn sweep<E>(bucket: &impl Bucket<Error = E>, ledger: &impl Holds<Error = E>) -> Result<Swept, E> {
    let mut swept = Swept { recorded: record_some(bucket, ledger, None).await?, removed: 0 };
    let condemned = ledger.condemn().await?;
    if condemned.is_empty() {
        return Ok(swept);
    }
    if let Err(failure) = bucket.remove_blobs(&condemned).await {
        // Some may be gone and some not. Nobody has to wait for them: whoever takes hold of one looks whether it is there.
        let _ = ledger.reprieve(&condemned).await;
        return Err(failure);
    }
    ledger.forget_blobs(&condemned).await?;
    swept.removed = condemned.len();
    Ok(swept)
}

/// Takes hold of the blobs of some versions from before blobs were held. Gives how many versions that were.
pub(super) async fn record_some<E>(
    bucket: &impl Bucket<Error = E>,
    ledger: &impl Holds<Error = E>,
    site: Option<&SiteId>,
) -> Result<usize, E> {
    let versions = ledger.unrecorded(site).await?;
    for version in &versions {
        // Without a list there are no files: the version failed.
        let blobs = bucket.manifest(&version.site, &version.manifest).await?.map(|manifest| manifest.blobs());
        ledger.record(version, &blobs.unwrap_or_default()).await?;
    }
    Ok(versions.len())
}
