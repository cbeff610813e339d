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
    // The ledger takes the note only while this is all still so, and a slow writer cannot note what is no longer.
    ledger.confirm(&pointer.record).await
}

/// Merges a record into what stands there. Each lost race means that another writer raised it, so this ends.
pub(super) async fn raise<E>(bucket: &impl Bucket<Error = E>, label: &str, record: &LiveRecord) -> Result<(), E> {
    loop {
        let standing = bucket.live(label).await?;
        let wanted = match &standing.record {
            Some(there) => there.merged(record),
            None => record.clone(),
        };
        if standing.record.as_ref() == Some(&wanted)
            || bucket.put_live(label, &wanted, standing.etag.as_deref()).await?
        {
            return Ok(());
        }
    }
}
