//! Keeping only so many versions of a site. Run on a schedule.
//!
//! What goes is worked out at leisure: which versions, and which of the blobs that the site holds none of the others
//! names. Then one transaction does it, if nothing has happened to the site's versions since; otherwise it is worked out
//! anew another time. A version that is being built counts like one that is kept, and while nobody knows yet what it
//! names, everything stays.
//!
//! Manifests go a day after their versions, like blobs: until then a writer may be alive who puts one.

use super::{Bucket, Ledger};
use crate::{BlobHash, SiteId, SnapshotId};
use std::collections::BTreeMap;

/// How many finished versions a site keeps, beside the live one and the pinned ones.
pub const KEPT: usize = 50;
/// How many versions of a site can be pinned.
pub const MAX_PINNED: usize = 50;

/// Manifests that one run reads at most, or a few more: each is a request to the bucket, of which a run has a thousand.
const READS: usize = 300;
/// Files of the versions that go at once, at most, unless one alone has more: what a transaction does in good time.
const FILES_AT_ONCE: u64 = 20_000;

/// What retention asks of the ledger.
#[expect(async_fn_in_trait, reason = "a worker runs on one thread; nothing here needs to be sent to another")]
pub trait Retention: Ledger {
    /// Sites that may keep more than they should, some at a time. Whoever is given one has minutes for it; then others
    /// are given it too, unless it has been [looked at](Self::looked_at).
    async fn to_look_at(&self) -> Result<Vec<SiteId>, Self::Error>;
    /// All versions of a site, the latest start first; `None` when the site is gone or going.
    async fn versions(&self, site: &SiteId) -> Result<Option<Versions>, Self::Error>;
    /// Blobs that a site holds, some at a time, in their order: those after this one. None: there are no more.
    async fn held(&self, site: &SiteId, after: Option<&BlobHash>) -> Result<Vec<BlobHash>, Self::Error>;
    /// Does it: removes versions, dooms manifests, lets go of blobs and dooms those that nobody else holds. Unless
    /// something has happened to the site's versions since [`Versions::seq`]; says whether it did.
    async fn remove(&self, site: &SiteId, seq: u64, going: &Going) -> Result<bool, Self::Error>;
    /// Notes that there is nothing more to do for a site for now, unless something has happened to its versions since.
    async fn looked_at(&self, site: &SiteId, seq: u64) -> Result<(), Self::Error>;
    /// Manifests that have been doomed for longer than any request lives, some at a time.
    async fn doomed_manifests(&self) -> Result<Vec<(SiteId, SnapshotId)>, Self::Error>;
    /// Forgets doomed manifests, which are gone.
    async fn forget_manifests(&self, manifests: &[(SiteId, SnapshotId)]) -> Result<(), Self::Error>;
}

/// All versions of a site at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// Counts what has happened to them.
    pub seq: u64,
    /// The latest start first.
    pub list: Vec<Version>,
}

/// A version, as far as retention cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its id.
    pub id: SnapshotId,
    /// Where its files are listed.
    pub manifest: SnapshotId,
    /// How many those are.
    pub file_count: u64,
    /// How far it came.
    pub state: State,
    /// Whether its blobs are held.
    pub recorded: bool,
}

/// How far a version came, and what keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is being built.
    Building,
    /// It failed lately, and is listed for people to see.
    Failed,
    /// It failed so long ago that nobody cares, and nobody who wrote it is alive.
    FailedLongAgo,
    /// It is finished.
    Finished,
    /// It is finished, and live or pinned.
    Needed,
}

/// What goes together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Going {
    /// Versions.
    pub versions: Vec<SnapshotId>,
    /// Manifests, which no version names that stays.
    pub manifests: Vec<SnapshotId>,
    /// Blobs that no version names that stays.
    pub blobs: Vec<BlobHash>,
}

/// What a run did, for the log.
#[derive(Debug, PartialEq, Eq)]
pub struct Pruned<E> {
    /// Versions that are gone now.
    pub versions: usize,
    /// Manifests that are gone now.
    pub manifests: usize,
    /// Why some sites wait for the next time.
    pub failures: Vec<E>,
}

/// Removes what sites keep beyond `kept` finished versions, what failed long ago, and manifests of neither. May be cut
/// off anywhere, and may run twice at once.
///
/// # Errors
/// When the ledger cannot say what there is to do, or manifests cannot be removed; the next run goes on.
pub async fn prune<E>(
    bucket: &impl Bucket<Error = E>,
    ledger: &impl Retention<Error = E>,
    kept: usize,
) -> Result<Pruned<E>, E> {
    let mut pruned = Pruned { versions: 0, manifests: 0, failures: Vec::new() };
    let mut reads = READS;
    for site in ledger.to_look_at().await? {
        if reads == 0 {
            break;
        }
        match prune_site(bucket, ledger, &site, kept, &mut reads).await {
            Ok(versions) => pruned.versions += versions,
            Err(failure) => pruned.failures.push(failure),
        }
    }
    let doomed = ledger.doomed_manifests().await?;
    if !doomed.is_empty() {
        bucket.remove_manifests(&doomed).await?;
        ledger.forget_manifests(&doomed).await?;
        pruned.manifests = doomed.len();
    }
    Ok(pruned)
}

async fn prune_site<E>(
    bucket: &impl Bucket<Error = E>,
    ledger: &impl Retention<Error = E>,
    site: &SiteId,
    kept: usize,
    reads: &mut usize,
) -> Result<usize, E> {
    let Some(versions) = ledger.versions(site).await? else { return Ok(0) };
    let (going, staying, all) = choose(&versions.list, kept);
    if going.is_empty() {
        ledger.looked_at(site, versions.seq).await?;
        return Ok(0);
    }
    // What is not held cannot be let go of. The sweep writes it down soon.
    if versions.list.iter().any(|version| !version.recorded) {
        return Ok(0);
    }
    let mut held = Vec::new();
    let mut last = None;
    loop {
        let some = ledger.held(site, last.as_ref()).await?;
        let Some(end) = some.last() else { break };
        last = Some(*end);
        held.extend(some);
    }
    let (mut named, mut kept) = (Vec::new(), BTreeMap::new());
    for version in &staying {
        // What failed names nothing: it can never be seen.
        if matches!(version.state, State::Failed | State::FailedLongAgo) || named.contains(&&version.manifest) {
            continue;
        }
        named.push(&version.manifest);
        *reads = reads.saturating_sub(1);
        // Not there yet, because the version is being built; or lost, and then what it named is better kept.
        let Some(manifest) = bucket.manifest(site, &version.manifest).await? else { return Ok(0) };
        for entry in manifest.entries() {
            kept.insert(entry.hash, entry.size);
        }
    }
    let stays = |manifest: &SnapshotId| staying.iter().any(|version| version.manifest == *manifest);
    let mut manifests: Vec<SnapshotId> =
        going.iter().map(|version| version.manifest.clone()).filter(|manifest| !stays(manifest)).collect();
    manifests.sort_unstable();
    manifests.dedup();
    let blobs = held.into_iter().filter(|hash| !kept.contains_key(hash)).collect();
    let ids: Vec<SnapshotId> = going.iter().map(|version| version.id.clone()).collect();
    let count = ids.len();
    let removed = ledger.remove(site, versions.seq, &Going { versions: ids, manifests, blobs }).await?;
    if removed && all {
        ledger.looked_at(site, versions.seq).await?;
    }
    Ok(if removed { count } else { 0 })
}

/// Which versions go and which stay, and whether those are all that should go.
fn choose(list: &[Version], kept: usize) -> (Vec<&Version>, Vec<&Version>, bool) {
    let mut room = kept;
    let (mut going, mut staying): (Vec<&Version>, Vec<&Version>) =
        list.iter().partition(|version| match version.state {
            State::FailedLongAgo => true,
            State::Finished if room == 0 => true,
            State::Finished => {
                room -= 1;
                false
            }
            State::Building | State::Failed | State::Needed => false,
        });
    let mut files = 0;
    let fits = |version: &&Version| {
        files += version.file_count;
        files <= FILES_AT_ONCE
    };
    // From the oldest on, and at least one.
    let some = going.iter().rev().copied().take_while(fits).count().max(1);
    let rest = going.len().saturating_sub(some);
    staying.extend(going.drain(..rest));
    (going, staying, rest == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(at: usize, state: State, file_count: u64) -> Version {
        let id = SnapshotId::parse(&format!("{at:0>24}")).unwrap();
        Version { id: id.clone(), manifest: id, file_count, state, recorded: true }
    }

    fn going(states: &[State], kept: usize, file_count: u64) -> (Vec<usize>, bool) {
        let list: Vec<Version> = states.iter().enumerate().map(|(at, state)| version(at, *state, file_count)).collect();
        let (going, staying, all) = choose(&list, kept);
        assert_eq!(going.len() + staying.len(), list.len());
        (list.iter().enumerate().filter(|(_, one)| going.contains(one)).map(|(at, _)| at).collect(), all)
    }

    #[test]
    fn the_newest_stay_and_so_does_what_is_live_or_pinned() {
        use State::*;
        assert_eq!(going(&[Finished, Finished], 2, 1), (vec![], true));
        assert_eq!(going(&[Finished, Finished, Finished], 2, 1), (vec![2], true));
        assert_eq!(going(&[Needed, Finished, Building, Finished, Needed, Finished, Needed], 2, 1), (vec![5], true));
        assert_eq!(going(&[Failed, FailedLongAgo, Finished], 2, 1), (vec![1], true));
    }

    #[test]
    fn the_oldest_go_first_and_not_too_many_at_once() {
        use State::*;
        assert_eq!(going(&[Finished; 5], 1, 9_000), (vec![3, 4], false));
        assert_eq!(going(&[Finished; 3], 1, 90_000), (vec![2], false));
    }
}
