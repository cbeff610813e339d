//! Having an older version back.
//!
//! A restore is an entry of its own that names the older version's manifest: no file is touched, its cost does not
//! depend on their number, and undoing it is restoring again.

use super::{Bucket, Ledger, NewRestore, RestoreCommitted, settle::settle};

/// How restoring went; refusals are [`RestoreCommitted`]'s others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// Live again. `seq` is its place in the order of starts.
    Live {
        /// Later than every start before it.
        seq: u64,
    },
    /// No such version on this site.
    NotFound,
    /// The version was never finished.
    NotFinished,
    /// Exactly these files are live already.
    AlreadyLive,
    /// Another version is live than the one that was expected.
    LiveChanged,
}

/// Restores a version.
///
/// # Errors
/// When the ledger cannot be reached. As with deploying, success means that the ledger has it.
pub async fn restore<E>(
    bucket: &impl Bucket<Error = E>,
    ledger: &impl Ledger<Error = E>,
    wish: &NewRestore<'_>,
) -> Result<Restored, E> {
    Ok(match ledger.restore(wish).await? {
        RestoreCommitted::Live(pointer) => {
            let _ = settle(bucket, ledger, &pointer).await;
            Restored::Live { seq: pointer.record.seq }
        }
        RestoreCommitted::NotFound => Restored::NotFound,
        RestoreCommitted::NotFinished => Restored::NotFinished,
        RestoreCommitted::AlreadyLive => Restored::AlreadyLive,
        RestoreCommitted::LiveChanged => Restored::LiveChanged,
    })
}
