//! Deleting blobs that nobody holds any more. Run on a schedule.

use super::{Bucket, Ledger};
use crate::SiteId;

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
pub async fn sweep<E>(bucket: &impl Bucket<Error = E>, ledger: &impl Ledger<Error = E>) -> Result<Swept, E> {
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
    ledger: &impl Ledger<Error = E>,
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
