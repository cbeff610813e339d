//! The bucket.

use super::{Bug, Fault, World};
use vetka_r2::{BlobHash, LiveRecord, Manifest, SiteId, SnapshotId, publish::*};

impl Bucket for World {
    type Error = Fault;

    async fn has_blob(&self, hash: &BlobHash) -> Result<bool, Fault> {
        self.call(|state| {
            let careless = state.bug == Bug::BlobsInPassing && state.rng.one_in(3);
            careless || state.blobs.contains_key(hash)
        })
        .await
    }

    async fn put_blob(&self, hash: &BlobHash, bytes: Vec<u8>) -> Result<(), Fault> {
        self.call(|state| {
            if BlobHash::of(&bytes) != *hash {
                state.violation("a blob was put under another's name");
            }
            state.blobs.insert(*hash, bytes);
        })
        .await
    }

    async fn put_manifest(&self, site: &SiteId, id: &SnapshotId, manifest: &Manifest) -> Result<(), Fault> {
        let key = (site.clone(), id.clone());
        self.call(|state| state.manifests.insert(key, manifest.clone()).map_or(Ok(()), |_| Err(Fault))).await?
    }

    async fn keep_manifest(&self, site: &SiteId, id: &SnapshotId, manifest: &Manifest) -> Result<(), Fault> {
        let key = (site.clone(), id.clone());
        self.call(|state| {
            state.manifests.entry(key).or_insert_with(|| manifest.clone());
        })
        .await
    }

    async fn replace_manifest(&self, site: &SiteId, id: &SnapshotId, manifest: &Manifest) -> Result<(), Fault> {
        let key = (site.clone(), id.clone());
        self.call(|state| {
            state.manifests.insert(key, manifest.clone());
        })
        .await
    }

    async fn manifest(&self, site: &SiteId, id: &SnapshotId) -> Result<Option<Manifest>, Fault> {
        let key = (site.clone(), id.clone());
        self.call(|state| state.manifests.get(&key).cloned()).await
    }

    async fn remove_blobs(&self, blobs: &[BlobHash]) -> Result<(), Fault> {
        // One after the other, so that a crash can come between two.
        for blob in blobs {
            self.call(|state| {
                state.swept += 1;
                state.blobs.remove(blob);
            })
            .await?;
        }
        Ok(())
    }

    async fn remove_manifests(&self, manifests: &[(SiteId, SnapshotId)]) -> Result<(), Fault> {
        for manifest in manifests {
            self.call(|state| state.manifests.remove(manifest)).await?;
        }
        Ok(())
    }

    async fn remove_all_manifests(&self, site: &SiteId) -> Result<(), Fault> {
        self.call(|state| state.manifests.retain(|(owner, _), _| owner != site)).await
    }

    async fn live(&self, label: &str) -> Result<Standing, Fault> {
        self.call(|state| Standing { etag: state.etag(label), record: state.live.get(label).cloned() }).await
    }

    async fn put_live(&self, label: &str, record: &LiveRecord, guard: Option<&str>) -> Result<bool, Fault> {
        self.call(|state| {
            if state.etag(label).as_deref() != guard && state.bug != Bug::NoEtagGuard {
                return false;
            }
            if state.bug == Bug::NoTombstone && record.version.is_none() {
                return true;
            }
            if let Some(there) = state.live.get(label).filter(|there| *record != there.merged(record)) {
                let text = format!("{label} went back from {there:?} to {record:?}");
                state.violation(text);
            }
            if let Some(version) = &record.version
                && !state.ever_committed.contains(&version.snapshot_id)
            {
                state.violation(format!("{label} shows {version:?}, which was never committed"));
            }
            let now = state.now;
            state.live_history.entry(label.to_owned()).or_default().push((now, Some(record.clone())));
            state.live.insert(label.to_owned(), record.clone());
            true
        })
        .await
    }
}
