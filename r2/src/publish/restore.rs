//! Having an older version back.
//!
//! A restore is an entry of its own that names the older version's manifest: no file is touched, its cost does not
//! depend on their number, and undoing it is restoring again.

use super::{Bucket, Ledger, NewRestore, RestoreCommitted, settle::settle};

/// How restoring went; refusals are [`RestoreCommitted`]'s others.
#[derive(Debug, PartialEq, Eq)]
pub enum Restored<E> {
    /// Live again.
    Live {
        /// Its place in the order of starts: after all before it.
        seq: u64,
        /// Why the edge was not told, for the log; [`super::repair`] will tell it.
        untold: Option<E>,
    },
    /// No such version on this site.
    NotFound,
    /// The version was never finished.
    NotFinished,
    /// Exactly these files are live already.
    AlreadyLive,
    /// Another version is live than the one that was expected.
    LiveChanged,
    /// An operator has taken the site down.
    TakenDown,
}

/// Restores a version.
///
/// # Errors
/// When the ledger cannot be reached. As with deploying, success means that the ledger has it.
pub async fn restore<E>(
    bucket: &impl Bucket<Error = E>,
    ledger: &impl Ledger<Error = E>,
    wish: &NewRestore<'_>,
) -> Result<Restored<E>, E> {
    Ok(match ledger.restore(wish).await? {
        RestoreCommitted::Live(pointer) => {
            let untold = settle(bucket, ledger, &pointer).await.err();
            Restored::Live { seq: pointer.record.seq, untold }
        }
        RestoreCommitted::NotFound => Restored::NotFound,
        RestoreCommitted::NotFinished => Restored::NotFinished,
        RestoreCommitted::AlreadyLive => Restored::AlreadyLive,
        RestoreCommitted::LiveChanged => Restored::LiveChanged,
        RestoreCommitted::TakenDown => Restored::TakenDown,
    })
}
