//! Taking a site down for good.

use super::{Bucket, Ledger, settle::raise, sweep::record_some};
use crate::{LiveRecord, SiteId};

/// Deletes a site; deleting one that is gone, or half gone, is fine. `farewell` runs when visitors can no longer see
/// the site and before it is forgotten: it clears what others keep about the site, which they find by its row.
///
/// # Errors
/// When a store fails or the farewell does; the site stays closed, and doing this again goes on from there.
pub async fn delete<E>(
    bucket: &impl Bucket<Error = E>,
    ledger: &impl Ledger<Error = E>,
    site: &SiteId,
    farewell: impl AsyncFnOnce() -> Result<(), E>,
) -> Result<(), E> {
    let Some(burial) = ledger.close(site).await? else { return Ok(()) };
    if let Some(label) = &burial.label {
        // Also when nothing stands there: a writer of this site may still be on its way.
        raise(bucket, label, &LiveRecord::tombstone(burial.last_seq, site.clone())).await?;
    }
    // What is not held cannot be let go of, and only the lists say what there is to hold.
    while record_some(bucket, ledger, Some(site)).await? > 0 {}
    bucket.remove_manifests(site).await?;
    farewell().await?;
    ledger.erase(site).await
}
