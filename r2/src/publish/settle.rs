//! Telling the edge: the one place that writes a live record.

use super::{Bucket, Ledger, Pointer};
use crate::LiveRecord;

/// Brings the edge's copy up to a pointer of the ledger, and notes it.
pub(super) async fn settle<E>(
    bucket: &impl Bucket<Error = E>,
    ledger: &impl Ledger<Error = E>,
    pointer: &Pointer,
) -> Result<(), E> {
    raise(bucket, &pointer.label, &pointer.record).await?;
    match &pointer.record.version {
        // The ledger takes the note only while this very version is live, so a slow writer cannot note an old one.
        Some(version) => ledger.confirm(&pointer.record.site_id, &version.snapshot_id).await,
        None => Ok(()),
    }
}

/// Writes a record unless something at least as high stands there. Each lost race means that another writer raised
/// it, so this ends.
pub(super) async fn raise<E>(bucket: &impl Bucket<Error = E>, label: &str, record: &LiveRecord) -> Result<(), E> {
    loop {
        let standing = bucket.live(label).await?;
        if standing.record.is_some_and(|there| there.rank() >= record.rank()) {
            return Ok(());
        }
        if bucket.put_live(label, record, standing.etag.as_deref()).await? {
            return Ok(());
        }
    }
}
