//! Taking a site down for good.

use super::{Bucket, Holds, settle::raise, sweep::record_some};
use crate::{LiveRecord, SiteId};

/// What deleting asks of the ledger.
#[expect(async_fn_in_trait, reason = "a worker runs on one thread; nothing here needs to be sent to another")]
pub trait Sites: Holds {
    /// Closes a site for new starts; says what must be buried. `None` when there is no such site.
    async fn close(&self, site: &SiteId) -> Result<Option<Burial>, Self::Error>;
    /// Forgets a closed site, which gives its name free, lets go of its blobs, dooms those that nobody else holds, and
    /// dooms the manifests of versions that were never finished: whoever makes one may still put it.
    async fn erase(&self, site: &SiteId) -> Result<(), Self::Error>;
    /// Sites that were closed and not yet erased.
    async fn closed(&self) -> Result<Vec<SiteId>, Self::Error>;
}

/// What deleting a site has to bury.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burial {
    /// The name of the site; `None` for a site that lives elsewhere.
    pub label: Option<String>,
    /// The highest place in the order of starts that any version of the site has.
    pub last_seq: u64,
}

/// Deletes a site; deleting one that is gone, or half gone, is fine. `farewell` runs when visitors can no longer see
/// the site and before it is forgotten: it clears what others keep about the site, which they find by its row.
///
/// # Errors
/// When a store fails or the farewell does; the site stays closed, and doing this again goes on from there.
pub async fn delete<E>(
    bucket: &impl Bucket<Error = E>,
    ledger: &impl Sites<Error = E>,
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
    bucket.remove_all_manifests(site).await?;
    farewell().await?;
    ledger.erase(site).await
}
