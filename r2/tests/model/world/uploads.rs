//! The ledger: versions that come in several requests.

use super::{Bug, Fault, Row, Status, World};
use vetka_r2::{
    BlobHash, SiteId, SnapshotId,
    publish::{
        NewVersion, Refusal,
        upload::{BegunUpload, Lacking, Sized, State, Uploads},
    },
};

impl Uploads for World {
    async fn begin_upload(
        &self,
        version: &NewVersion<'_>,
        key: &str,
        blobs: &[Sized],
    ) -> Result<Result<BegunUpload, Refusal>, Fault> {
        self.call(|state| {
            if !state.is_open(version.site) {
                return Err(Refusal::SiteGone);
            }
            if state.is_down(version.site) {
                return Err(Refusal::TakenDown);
            }
            let standing = state.pointer(version.site).map_or(0, |pointer| pointer.record.seq);
            let same = |row: &Row| row.site == *version.site && row.key.as_deref() == Some(key);
            state.fail(|row| same(row) && row.go_live && row.seq < standing);
            let building = |row: &&Row| row.status == Status::Building && same(row);
            let known = state.rows.iter().find(building).map(|row| row.id.clone());
            let hashes: Vec<BlobHash> = blobs.iter().map(|(hash, _)| *hash).collect();
            state.hold(version.site, &hashes);
            let leaving = state.bug != Bug::ReliesOnTheLeaving && state.leaving(&hashes);
            state.waited += u64::from(leaving);
            state.resumed += u64::from(known.is_some());
            let snapshot = known.unwrap_or_else(|| {
                state.add_row(version.snapshot, version.site, version.snapshot, Status::Building);
                if let Some(row) = state.rows.iter_mut().find(|row| row.id == *version.snapshot) {
                    (row.key, row.go_live) = (Some(key.to_owned()), version.go_live);
                }
                version.snapshot.clone()
            });
            let missing = state.not_stored(version.site, &hashes);
            Ok(BegunUpload { snapshot, leaving, lacking: Lacking { missing, misstated: Vec::new() } })
        })
        .await
    }

    async fn lacking(&self, site: &SiteId, blobs: &[Sized]) -> Result<Lacking, Fault> {
        let hashes: Vec<BlobHash> = blobs.iter().map(|(hash, _)| *hash).collect();
        self.call(|state| Lacking { missing: state.not_stored(site, &hashes), misstated: Vec::new() }).await
    }

    async fn stored(&self, site: &SiteId, blobs: &[Sized]) -> Result<(), Fault> {
        self.call(|state| {
            for (hash, _) in blobs {
                let held = state.uses.get(hash).is_some_and(|sites| sites.contains(site));
                if held {
                    state.stored.insert((*hash, site.clone()));
                }
            }
        })
        .await
    }

    async fn state(&self, site: &SiteId, upload: &SnapshotId) -> Result<Option<State>, Fault> {
        self.call(|state| {
            let row = state.row(upload).filter(|row| row.site == *site && row.key.is_some())?;
            Some(match row.status {
                Status::Building => State::Building,
                Status::Success => State::Done,
                Status::Failed => State::Over,
            })
        })
        .await
    }
}
