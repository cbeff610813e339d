//! Publishing new files.

use super::{Bucket, Committed, Files, Ledger, NewVersion, Refusal, settle::settle};
use crate::{BlobHash, Manifest, manifest::File};
use futures::stream::{self, StreamExt, TryStreamExt};
use std::collections::BTreeMap;

/// Blobs on their way at once. The platform allows six connections; two stay free for the others of this request.
const AT_ONCE: usize = 4;
/// How often a publisher looks whether blobs that are on their way out are gone, before it gives up.
const LOOKS: usize = 5;

/// How publishing went.
#[derive(Debug, PartialEq, Eq)]
pub struct Deployed<E> {
    /// The version's place in the order of starts.
    pub seq: u64,
    /// False for a draft, and when a version that was started later is live instead.
    pub live: bool,
    /// Why the edge was not told, for the log; [`super::repair`] will tell it.
    pub untold: Option<E>,
}

/// Why nothing was published. The live version is what it was.
#[derive(Debug, PartialEq, Eq)]
pub enum DeployProblem<E> {
    /// The site takes none.
    Refused(Refusal),
    /// The row was given up as dead while this was still running.
    TookTooLong,
    /// Some of its blobs were on their way out and still are. It works when they are gone.
    BlobsLeaving,
    /// A store failed.
    Store(E),
}

/// Publishes a version: see the steps at the head of [`super`].
///
/// Success means that the ledger has it. Whether the edge has been told is not part of the answer: if that write is
/// lost, the version is live all the same and [`super::repair`] makes up for it.
///
/// # Errors
/// [`DeployProblem`]; the version is marked as failed, as far as the ledger can be reached.
pub async fn deploy<E>(
    bucket: &impl Bucket<Error = E>,
    ledger: &impl Ledger<Error = E>,
    files: &impl Files<Error = E>,
    manifest: &Manifest,
    version: &NewVersion<'_>,
) -> Result<Deployed<E>, DeployProblem<E>> {
    let blobs = manifest.blobs();
    let begun = ledger.begin(version, &blobs).await.map_err(DeployProblem::Store)?.map_err(DeployProblem::Refused)?;
    let committed = async {
        if begun.leaving && stay_leaving(ledger, &blobs).await.map_err(DeployProblem::Store)? {
            return Err(DeployProblem::BlobsLeaving);
        }
        build_and_commit(bucket, ledger, files, manifest, version).await.map_err(DeployProblem::Store)
    };
    match committed.await {
        Ok(Committed::Live(pointer)) => {
            let untold = settle(bucket, ledger, &pointer).await.err();
            Ok(Deployed { seq: begun.seq, live: true, untold })
        }
        Ok(Committed::Draft | Committed::Superseded) => Ok(Deployed { seq: begun.seq, live: false, untold: None }),
        Ok(Committed::Lost) => Err(DeployProblem::TookTooLong),
        Err(problem) => {
            // Only a row that is still being built can fail, so a commit whose answer was lost stays a commit.
            let _ = ledger.fail(version.site, version.snapshot).await;
            Err(problem)
        }
    }
}

/// Waits for blobs that are on their way out. Whether some still are after a while.
pub(super) async fn stay_leaving<E>(ledger: &impl Ledger<Error = E>, blobs: &[BlobHash]) -> Result<bool, E> {
    for _ in 0..LOOKS {
        ledger.pause().await;
        if !ledger.leaving(blobs).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn build_and_commit<E>(
    bucket: &impl Bucket<Error = E>,
    ledger: &impl Ledger<Error = E>,
    files: &impl Files<Error = E>,
    manifest: &Manifest,
    version: &NewVersion<'_>,
) -> Result<Committed, E> {
    put_blobs(bucket, files).await?;
    bucket.put_manifest(version.site, version.snapshot, manifest).await?;
    ledger.commit(version.site, version.snapshot).await
}

/// Puts the blobs that the bucket lacks, each once, a few at a time.
async fn put_blobs<E>(bucket: &impl Bucket<Error = E>, files: &impl Files<Error = E>) -> Result<(), E> {
    let mut seen = BTreeMap::new();
    let distinct: Vec<(usize, &File)> =
        files.list().iter().enumerate().filter(|(_, file)| seen.insert(file.hash, file.size).is_none()).collect();
    stream::iter(distinct)
        .map(|(at, file)| async move {
            if bucket.has_blob(&file.hash).await? {
                return Ok(());
            }
            bucket.put_blob(&file.hash, files.bytes(at)?).await
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}
