//! The ledger: versions, and what is live.

use super::{Bug, Fault, Site, State, Status, World};
use vetka_r2::{BlobHash, LiveRecord, SiteId, SnapshotId, publish::*};

impl Ledger for World {
    type Error = Fault;

    async fn begin(&self, version: &NewVersion<'_>, blobs: &[BlobHash]) -> Result<Result<Begun, Refusal>, Fault> {
        self.call(|state| {
            if !state.is_open(version.site) {
                return Err(Refusal::SiteGone);
            }
            if state.is_down(version.site) {
                return Err(Refusal::TakenDown);
            }
            if state.bug != Bug::HoldsTooLate {
                state.hold(version.site, blobs);
            }
            let leaving = state.bug != Bug::ReliesOnTheLeaving && state.leaving(blobs);
            state.waited += u64::from(leaving);
            let seq = state.add_row(version.snapshot, version.site, version.snapshot, Status::Building);
            state.rows.iter_mut().filter(|row| row.seq == seq).for_each(|row| row.go_live = version.go_live);
            Ok(Begun { seq, leaving })
        })
        .await
    }

    async fn leaving(&self, blobs: &[BlobHash]) -> Result<bool, Fault> {
        self.call(|state| state.leaving(blobs)).await
    }

    async fn pause(&self) {
        let _ = self.step().await;
    }

    async fn commit(&self, site: &SiteId, snapshot: &SnapshotId) -> Result<Committed, Fault> {
        self.call(|state| {
            let standing = state.pointer(site).map_or(0, |pointer| pointer.record.seq);
            let open = state.is_open(site);
            let in_order = |seq| seq > standing || state.bug == Bug::NoOrderOfStarts;
            let Some(row) = state.rows.iter().find(|row| row.id == *snapshot && row.status == Status::Building) else {
                return Committed::Lost;
            };
            if !open {
                return Committed::Lost;
            }
            let (wins, go_live) = (in_order(row.seq), row.go_live);
            state.rows.iter_mut().filter(|row| row.id == *snapshot).for_each(|row| row.status = Status::Success);
            state.something_happened(site);
            if state.bug == Bug::HoldsTooLate
                && let Some(manifest) = state.manifests.get(&(site.clone(), snapshot.clone())).cloned()
            {
                state.hold(site, &manifest.blobs());
            }
            if !go_live {
                return Committed::Draft;
            }
            if !wins {
                return Committed::Superseded;
            }
            state.make_live(site, snapshot);
            state.pointer(site).map_or(Committed::Lost, Committed::Live)
        })
        .await
    }

    async fn fail(&self, _site: &SiteId, snapshot: &SnapshotId) -> Result<(), Fault> {
        self.call(|state| {
            state.fail(|row| row.id == *snapshot);
        })
        .await
    }

    async fn restore(&self, wish: &NewRestore<'_>) -> Result<RestoreCommitted, Fault> {
        self.call(|state| {
            let Some(target) = state.row(wish.target).filter(|row| row.site == *wish.site).cloned() else {
                return RestoreCommitted::NotFound;
            };
            if !state.is_open(wish.site) {
                return RestoreCommitted::NotFound;
            }
            if state.is_down(wish.site) {
                return RestoreCommitted::TakenDown;
            }
            if target.status != Status::Success {
                return RestoreCommitted::NotFinished;
            }
            let live = state.pointer(wish.site).and_then(|pointer| pointer.record.version);
            let as_expected = match wish.expected {
                Expected::Any => true,
                Expected::Nothing => live.is_none(),
                Expected::Version(id) => live.as_ref().is_some_and(|live| live.snapshot_id == *id),
            };
            if !as_expected {
                return RestoreCommitted::LiveChanged;
            }
            if live.is_some_and(|live| live.manifest_id == target.manifest) {
                return RestoreCommitted::AlreadyLive;
            }
            state.add_row(wish.snapshot, wish.site, &target.manifest, Status::Success);
            state.rows.iter_mut().filter(|row| row.id == *wish.snapshot).for_each(|row| row.recorded = target.recorded);
            state.make_live(wish.site, wish.snapshot);
            state.pointer(wish.site).map_or(RestoreCommitted::NotFound, RestoreCommitted::Live)
        })
        .await
    }

    async fn confirm(&self, record: &LiveRecord) -> Result<(), Fault> {
        self.call(|state| {
            let snapshot = record.version.as_ref().map(|version| version.snapshot_id.clone());
            let entry = state.sites.get_mut(&record.site_id);
            let any = state.bug == Bug::ConfirmsTooMuch;
            let same = |entry: &&mut Site| entry.live == snapshot && entry.settings_seq == record.settings_seq;
            if let Some(entry) = entry.filter(|entry| any || same(entry)) {
                (entry.edge, entry.edge_settings_seq) = match any {
                    true => (entry.live.clone(), entry.settings_seq),
                    false => (snapshot, record.settings_seq),
                };
            }
        })
        .await
    }

    async fn unsettled(&self) -> Result<Vec<Pointer>, Fault> {
        self.call(|state| {
            let settings = state.bug != Bug::RepairsVersionsOnly;
            let differ =
                |entry: &Site| entry.live != entry.edge || (settings && entry.settings_seq != entry.edge_settings_seq);
            let unsettled = state.sites.iter().filter(|(_, entry)| differ(entry) && !entry.closed);
            unsettled.filter_map(|(site, _)| state.pointer(site)).collect()
        })
        .await
    }
}

impl State {
    pub(super) fn is_down(&self, site: &SiteId) -> bool {
        let down = self.sites.get(site).is_some_and(|entry| entry.settings.taken_down.is_some());
        down && self.bug != Bug::PublishesWhatIsDown
    }
}

impl Configure for World {
    async fn configure(&self, site: &SiteId, change: &Change) -> Result<Changed, Fault> {
        self.call(|state| {
            let Some(entry) = state.sites.get_mut(site).filter(|entry| !entry.closed) else {
                return Changed::SiteGone;
            };
            entry.settings_seq += 1;
            if let Some(notch) = change.notch {
                entry.settings.notch = notch;
            }
            if let Some(taken_down) = change.taken_down {
                entry.settings.taken_down = taken_down;
            }
            state.pointer(site).map_or(Changed::NothingLive, Changed::Live)
        })
        .await
    }
}
