//! Finishing what a crash left half done. Run on a schedule.

use super::{Bucket, Sites, delete, settle::settle};
use crate::SiteId;

/// What a repair did, for the log.
#[derive(Debug, PartialEq, Eq)]
pub struct Repaired<E> {
    /// Sites of which the edge has been told now.
    pub settled: usize,
    /// Deletions that were finished.
    pub deleted: usize,
    /// Why some wait for the next time.
    pub failures: Vec<E>,
}

/// Tells the edge of every live version and every setting it may not know, and finishes deletions. One site's failure does not keep the
/// others waiting.
///
/// # Errors
/// When the ledger cannot say what there is to do.
pub async fn repair<E>(
    bucket: &impl Bucket<Error = E>,
    ledger: &impl Sites<Error = E>,
    farewell: impl AsyncFn(&SiteId) -> Result<(), E>,
) -> Result<Repaired<E>, E> {
    let mut repaired = Repaired { settled: 0, deleted: 0, failures: Vec::new() };
    for pointer in ledger.unsettled().await? {
        match settle(bucket, ledger, &pointer).await {
            Ok(()) => repaired.settled += 1,
            Err(failure) => repaired.failures.push(failure),
        }
    }
    for site in ledger.closed().await? {
        match delete(bucket, ledger, &site, async || farewell(&site).await).await {
            Ok(()) => repaired.deleted += 1,
            Err(failure) => repaired.failures.push(failure),
        }
    }
    Ok(repaired)
}
