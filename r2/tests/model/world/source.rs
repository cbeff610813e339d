//! Where a reader looks.

use super::{Bug, Fault, State, Status, World};
use std::{collections::BTreeMap, rc::Rc};
use vetka_r2::{
    Manifest, SiteId, SnapshotId,
    live::LiveVersion,
    read::{Place, Sighting, Source},
};

impl Source for World {
    type Error = Fault;

    fn now(&self) -> i64 {
        self.0.borrow().now
    }

    async fn cached(&self, name: &str) -> Option<Sighting> {
        self.call(|state| state.cache.get(name).cloned()).await.ok().flatten()
    }

    async fn keep(&self, name: &str, sighting: &Sighting) {
        // A cache that cannot be written is not a failure of the read.
        let _ = self
            .call(|state| {
                let mut sighting = sighting.clone();
                if state.bug == Bug::YoungerThanItIs {
                    sighting.at = state.now;
                }
                state.cache.insert(name.to_owned(), sighting);
            })
            .await;
    }

    async fn stored(&self, name: &str) -> Result<Place, Fault> {
        if let Some(id) = name.strip_prefix("v--").and_then(SnapshotId::parse) {
            return self.call(|state| state.version(&id)).await;
        }
        let record = self.call(|state| state.live.get(name).cloned()).await?;
        match record.and_then(Place::of_record) {
            Some(place) => Ok(place),
            None => {
                self.call(|state| {
                    let taken = state.sites.values().find(|site| site.label == name && !site.closed);
                    match taken.map(|site| site.settings.taken_down) {
                        None => Place::Nobody,
                        Some(Some(why)) => Place::TakenDown(why),
                        Some(None) => Place::Waiting,
                    }
                })
                .await
            }
        }
    }

    async fn manifest(&self, site: &SiteId, id: &SnapshotId) -> Result<Option<Rc<Manifest>>, Fault> {
        let key = (site.clone(), id.clone());
        self.call(|state| state.manifests.get(&key).cloned().map(Rc::new)).await
    }
}

impl State {
    /// A version by its own address, for as long as its site is there.
    fn version(&self, id: &SnapshotId) -> Place {
        let row = self.row(id).filter(|row| row.status == Status::Success);
        let site = row.and_then(|row| self.sites.get(&row.site)).filter(|site| !site.closed);
        match (row, site) {
            (Some(row), Some(site)) => {
                let version = LiveVersion { snapshot_id: row.id.clone(), manifest_id: row.manifest.clone() };
                Place::of_version(row.site.clone(), version, site.settings.clone())
            }
            _ => Place::Nobody,
        }
    }
}

/// What a read of a whole version got.
pub type Pages = BTreeMap<String, Vec<u8>>;

impl World {
    /// Reads every file of a version, each with its own call.
    pub async fn read_files(&self, version: &LiveVersion, manifest: &Manifest) -> Result<Pages, Fault> {
        let mut pages = Pages::new();
        for entry in manifest.entries() {
            match self.call(|state| state.blobs.get(&entry.hash).cloned()).await? {
                Some(bytes) => {
                    pages.insert(entry.path.to_owned(), bytes);
                }
                None => self.0.borrow_mut().violation(format!("{} of {version:?} has no bytes", entry.path)),
            }
        }
        Ok(pages)
    }
}
