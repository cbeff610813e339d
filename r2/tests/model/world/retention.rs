//! The ledger: which versions stay.

use super::{Bug, Fault, Status, World};
use std::ops::Bound;
use vetka_r2::{BlobHash, SiteId, SnapshotId, publish::*};

impl Retention for World {
    async fn to_look_at(&self) -> Result<Vec<SiteId>, Fault> {
        // A turn lets others look at the same site when it is over; here it is over at once.
        self.call(|state| {
            let sites = state.sites.iter().filter(|(_, entry)| entry.to_look_at);
            sites.map(|(site, _)| site.clone()).collect()
        })
        .await
    }

    async fn versions(&self, site: &SiteId) -> Result<Option<Versions>, Fault> {
        let task = self.1;
        self.call(|state| {
            let entry = state.sites.get(site).filter(|entry| !entry.closed)?;
            let long_ago = state.long_ago(task);
            let building = state.bug != Bug::PrunesTheBuilding;
            let rows = state.rows.iter().rev().filter(|row| row.site == *site);
            let list = rows.filter(|row| building || row.status != Status::Building).map(|row| {
                let pinned = row.pinned && state.bug != Bug::PrunesThePinned;
                Version {
                    id: row.id.clone(),
                    manifest: row.manifest.clone(),
                    file_count: 1,
                    state: match row.status {
                        Status::Building => VersionState::Building,
                        Status::Failed if row.failed_at < long_ago => VersionState::FailedLongAgo,
                        Status::Failed => VersionState::Failed,
                        Status::Success if pinned || entry.live.as_ref() == Some(&row.id) => VersionState::Needed,
                        Status::Success => VersionState::Finished,
                    },
                    recorded: row.recorded,
                }
            });
            Some(Versions { seq: entry.versions_seq, list: list.collect() })
        })
        .await
    }

    async fn held(&self, site: &SiteId, after: Option<&BlobHash>) -> Result<Vec<BlobHash>, Fault> {
        self.call(|state| {
            let after = after.map_or(Bound::Unbounded, Bound::Excluded);
            let held = state.uses.range((after, Bound::Unbounded)).filter(|(_, sites)| sites.contains(site));
            held.map(|(blob, _)| *blob).take(5).collect()
        })
        .await
    }

    async fn remove(&self, site: &SiteId, seq: u64, going: &Going) -> Result<bool, Fault> {
        self.call(|state| {
            let entry = state.sites.get(site).filter(|entry| !entry.closed);
            let unchanged = entry.is_some_and(|entry| entry.versions_seq == seq || state.bug == Bug::PrunesUnasked);
            if !unchanged {
                return false;
            }
            for manifest in &going.manifests {
                let now = state.now;
                if state.bug != Bug::KeepsManifests {
                    state.doomed_manifests.entry((site.clone(), manifest.clone())).or_insert(now);
                }
            }
            for blob in &going.blobs {
                if state.bug == Bug::PrunesWithoutDoom {
                    state.uses.entry(*blob).or_default().remove(site);
                } else {
                    state.let_go_of(site, blob);
                }
            }
            let before = state.rows.len();
            state.rows.retain(|row| row.site != *site || !going.versions.contains(&row.id));
            state.pruned += (before - state.rows.len()) as u64;
            before > state.rows.len()
        })
        .await
    }

    async fn looked_at(&self, site: &SiteId, seq: u64) -> Result<(), Fault> {
        self.call(|state| {
            let failed = state.rows.iter().any(|row| row.site == *site && row.status == Status::Failed);
            if let Some(entry) = state.sites.get_mut(site).filter(|entry| entry.versions_seq == seq) {
                entry.to_look_at = failed;
            }
        })
        .await
    }

    async fn doomed_manifests(&self) -> Result<Vec<(SiteId, SnapshotId)>, Fault> {
        let task = self.1;
        self.call(|state| {
            let long_ago = state.long_ago(task);
            let doomed = state.doomed_manifests.iter().filter(|(_, at)| **at < long_ago);
            doomed.map(|(key, _)| key.clone()).take(8).collect()
        })
        .await
    }

    async fn forget_manifests(&self, manifests: &[(SiteId, SnapshotId)]) -> Result<(), Fault> {
        self.call(|state| manifests.iter().for_each(|key| _ = state.doomed_manifests.remove(key))).await
    }
}
