//! The ledger: sites that go, and the blobs that nobody holds any more.

use super::{Bug, Doom, Fault, Row, State, Status, World};
use vetka_r2::{BlobHash, SiteId, publish::*};

impl Sites for World {
    async fn close(&self, site: &SiteId) -> Result<Option<Burial>, Fault> {
        self.call(|state| {
            let last_seq = state.rows.iter().filter(|row| row.site == *site).map(|row| row.seq).max().unwrap_or(0);
            let entry = state.sites.get_mut(site)?;
            entry.closed = true;
            Some(Burial { label: Some(entry.label.clone()), last_seq })
        })
        .await
    }

    async fn erase(&self, site: &SiteId) -> Result<(), Fault> {
        self.call(|state| {
            state.let_go(site);
            let unfinished = state.rows.iter().filter(|row| row.site == *site && row.status != Status::Success);
            if state.bug != Bug::ForgetsLateManifests {
                let keys: Vec<_> = unfinished.map(|row| (site.clone(), row.manifest.clone())).collect();
                let now = state.now;
                state.doomed_manifests.extend(keys.into_iter().map(|key| (key, now)));
            }
            state.sites.remove(site);
            let State { rows, pins, .. } = &mut *state;
            rows.iter().filter(|row| row.site == *site).for_each(|row| _ = pins.remove(&row.id));
            rows.retain(|row| row.site != *site);
        })
        .await
    }

    async fn closed(&self) -> Result<Vec<SiteId>, Fault> {
        self.call(|state| state.sites.iter().filter(|(_, entry)| entry.closed).map(|(site, _)| site.clone()).collect())
            .await
    }
}

impl Holds for World {
    async fn unrecorded(&self, site: Option<&SiteId>) -> Result<Vec<Unrecorded>, Fault> {
        self.call(|state| {
            let rows = state.rows.iter().filter(|row| !row.recorded && row.status != Status::Building);
            let rows = rows.filter(|row| site.is_none_or(|site| row.site == *site));
            rows.take(1).map(|row| Unrecorded { site: row.site.clone(), manifest: row.manifest.clone() }).collect()
        })
        .await
    }

    async fn record(&self, version: &Unrecorded, blobs: &[BlobHash]) -> Result<(), Fault> {
        self.call(|state| {
            let same = |row: &Row| row.site == version.site && row.manifest == version.manifest;
            if state.rows.iter().any(|row| same(row) && !row.recorded) {
                for blob in blobs {
                    state.uses.entry(*blob).or_default().insert(version.site.clone());
                }
            }
            let rows = state.rows.iter_mut().filter(|row| same(row) && row.status != Status::Building);
            rows.for_each(|row| row.recorded = true);
        })
        .await
    }

    async fn condemn(&self) -> Result<Vec<BlobHash>, Fault> {
        let task = self.1;
        self.call(|state| {
            let State { doomed, alive, bug, .. } = &mut *state;
            if *bug != Bug::MarksForEver {
                for doom in doomed.values_mut().filter(|doom| doom.mark.is_some_and(|mark| !alive.contains_key(&mark)))
                {
                    *doom = Doom { mark: None, again: false, ..doom.clone() };
                }
            }
            let held: Vec<BlobHash> =
                state.uses.iter().filter(|(_, sites)| !sites.is_empty()).map(|(blob, _)| *blob).collect();
            state
                .doomed
                .retain(|blob, doom| doom.mark.is_some() || !held.contains(blob) || state.bug == Bug::SweepsTheHeld);
            if state.rows.iter().any(|row| !row.recorded) && state.bug != Bug::SweepsTheUnrecorded {
                return Vec::new();
            }
            // Whoever puts or reads a blob has begun after it was doomed, and after every cache forgot it; nobody lives as
            // long as a blob is doomed before it goes.
            let since = state.long_ago(task);
            let old = |doom: &Doom| doom.at < since || state.bug == Bug::SweepsTheYoung;
            let free = |doom: &Doom| doom.mark.is_none();
            let due = state.doomed.iter().filter(|(blob, doom)| {
                old(doom) && free(doom) && (!state.is_held(blob) || state.bug == Bug::SweepsTheHeld)
            });
            let due: Vec<BlobHash> = due.map(|(blob, _)| *blob).take(3).collect();
            for blob in &due {
                if let Some(doom) = state.doomed.get_mut(blob) {
                    doom.mark = Some(task);
                }
            }
            due
        })
        .await
    }

    async fn forget_blobs(&self, blobs: &[BlobHash]) -> Result<(), Fault> {
        let task = self.1;
        self.call(|state| {
            for blob in blobs {
                let Some(doom) = state.doomed.get_mut(blob).filter(|doom| doom.mark == Some(task)) else { continue };
                if doom.again {
                    *doom = Doom { mark: None, again: false, ..doom.clone() };
                } else {
                    state.doomed.remove(blob);
                }
            }
        })
        .await
    }

    async fn reprieve(&self, blobs: &[BlobHash]) -> Result<(), Fault> {
        let task = self.1;
        self.call(|state| {
            for blob in blobs {
                if let Some(doom) = state.doomed.get_mut(blob).filter(|doom| doom.mark == Some(task)) {
                    *doom = Doom { mark: None, again: false, ..doom.clone() };
                }
            }
        })
        .await
    }
}
