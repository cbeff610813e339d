//! The stores, in memory. Every call yields to the scheduler before it takes effect and may fail before and after.
//! Whatever a store sees that must never happen is written down as a violation.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    future::poll_fn,
    rc::Rc,
    task::Poll,
};
use vetka_r2::{
    BlobHash, LiveRecord, Manifest, SiteId, SnapshotId,
    live::LiveVersion,
    publish::*,
    read::{MAX_AGE_MS, Place, Sighting, Source},
};

/// A call that failed. Whether it took effect is not known to whoever called.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault;

/// A rule that can be taken out, to see that the test notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// All rules hold.
    None,
    /// The live record is written without looking at its etag.
    NoEtagGuard,
    /// Whoever commits last is live, whenever it started.
    NoOrderOfStarts,
    /// Deleting leaves no tombstone.
    NoTombstone,
    /// A site that is being deleted takes new versions.
    StartsWhileClosing,
    /// The cache takes the time of writing for the time of asking.
    YoungerThanItIs,
    /// Blobs are taken for stored before they are.
    BlobsInPassing,
    /// The sweep does not ask who holds a blob.
    SweepsTheHeld,
    /// The sweep takes blobs whose last holder may still be writing.
    SweepsTheYoung,
    /// The sweep does not wait for versions whose blobs nobody has written down.
    SweepsTheUnrecorded,
    /// A publisher takes hold when it commits, after it has looked which blobs are there.
    HoldsTooLate,
    /// A publisher relies on blobs that are on their way out.
    ReliesOnTheLeaving,
    /// Erasing a site dooms nothing.
    NoDoom,
    /// The mark of a sweep that died stays.
    MarksForEver,
}

impl Bug {
    pub const ALL: [Self; 13] = [
        Self::NoEtagGuard,
        Self::NoOrderOfStarts,
        Self::NoTombstone,
        Self::StartsWhileClosing,
        Self::YoungerThanItIs,
        Self::BlobsInPassing,
        Self::SweepsTheHeld,
        Self::SweepsTheYoung,
        Self::SweepsTheUnrecorded,
        Self::HoldsTooLate,
        Self::ReliesOnTheLeaving,
        Self::NoDoom,
        Self::MarksForEver,
    ];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Building,
    Success,
    Failed,
}

#[derive(Debug, Clone)]
pub struct Row {
    pub seq: u64,
    pub id: SnapshotId,
    pub site: SiteId,
    pub manifest: SnapshotId,
    pub status: Status,
    /// Whether its blobs are held.
    pub recorded: bool,
}

/// A blob that lost its last holder.
#[derive(Debug, Clone)]
pub struct Doom {
    pub at: i64,
    /// The sweep that is deleting it.
    pub mark: Option<u64>,
    /// Doomed once more since it was marked.
    pub again: bool,
}

#[derive(Debug, Clone)]
pub struct Site {
    pub label: String,
    pub live: Option<SnapshotId>,
    pub edge: Option<SnapshotId>,
    pub closed: bool,
}

/// SplitMix64: small, and the same on every machine.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }
}

pub struct State {
    pub rng: Rng,
    pub bug: Bug,
    pub now: i64,
    pub faulty: bool,
    pub faults: u64,
    pub violations: Vec<String>,
    // The bucket.
    pub blobs: BTreeMap<BlobHash, Vec<u8>>,
    pub manifests: BTreeMap<(SiteId, SnapshotId), Manifest>,
    pub live: BTreeMap<String, LiveRecord>,
    /// What stood at a name, and from when on.
    pub live_history: BTreeMap<String, Vec<(i64, Option<LiveRecord>)>>,
    pub cache: BTreeMap<String, Sighting>,
    // The ledger.
    pub sites: BTreeMap<SiteId, Site>,
    pub rows: Vec<Row>,
    pub last_seq: u64,
    pub uses: BTreeMap<BlobHash, BTreeSet<SiteId>>,
    pub doomed: BTreeMap<BlobHash, Doom>,
    /// Tasks that live, and since when.
    pub alive: BTreeMap<u64, i64>,
    // What the test knows.
    pub ever_committed: Vec<SnapshotId>,
    pub intended: BTreeMap<SnapshotId, BTreeMap<String, Vec<u8>>>,
    pub ids: u64,
    pub swept: u64,
    pub waited: u64,
}

/// The stores, as one task sees them: the number is the task's.
#[derive(Clone)]
pub struct World(pub Rc<RefCell<State>>, u64);

/// Says that a task lives, until it ends or is dropped.
pub struct Alive(World);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.0.borrow_mut().alive.remove(&self.0.1);
    }
}

impl World {
    pub fn new(seed: u64, bug: Bug) -> Self {
        Self(
            Rc::new(RefCell::new(State {
                rng: Rng(seed),
                bug,
                now: 0,
                faulty: true,
                faults: 0,
                violations: Vec::new(),
                blobs: BTreeMap::new(),
                manifests: BTreeMap::new(),
                live: BTreeMap::new(),
                live_history: BTreeMap::new(),
                cache: BTreeMap::new(),
                sites: BTreeMap::new(),
                rows: Vec::new(),
                last_seq: 0,
                uses: BTreeMap::new(),
                doomed: BTreeMap::new(),
                alive: BTreeMap::new(),
                ever_committed: Vec::new(),
                intended: BTreeMap::new(),
                ids: 0,
                swept: 0,
                waited: 0,
            })),
            0,
        )
    }

    /// The stores for a task of its own.
    pub fn task(&self) -> (Self, Alive) {
        let mut state = self.0.borrow_mut();
        state.ids += 1;
        let (id, now) = (state.ids, state.now);
        state.alive.insert(id, now);
        let task = Self(Rc::clone(&self.0), id);
        (task.clone(), Alive(task))
    }

    /// Makes everything that was published so far a thing from before blobs were held.
    pub fn forget_holds(&self) {
        let mut state = self.0.borrow_mut();
        state.rows.iter_mut().for_each(|row| row.recorded = false);
        state.uses.clear();
    }

    /// Lets the others go on, lets time pass, and maybe fails.
    pub async fn step(&self) -> Result<(), Fault> {
        let mut waited = false;
        poll_fn(|context| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        let mut state = self.0.borrow_mut();
        state.now += if state.rng.one_in(12) { 3_000 } else { 40 };
        if state.faulty && state.rng.one_in(60) {
            state.faults += 1;
            return Err(Fault);
        }
        Ok(())
    }

    /// One call: a step, its effect, and a step in which the answer may be lost.
    async fn call<T>(&self, effect: impl FnOnce(&mut State) -> T) -> Result<T, Fault> {
        self.step().await?;
        let answer = effect(&mut self.0.borrow_mut());
        self.step().await?;
        Ok(answer)
    }
}

impl State {
    pub fn violation(&mut self, text: impl Into<String>) {
        self.violations.push(text.into());
    }

    pub fn fresh_id(&mut self) -> String {
        self.ids += 1;
        format!("{:0>24}", self.ids)
    }

    pub fn row(&self, id: &SnapshotId) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == *id)
    }

    fn pointer(&self, site: &SiteId) -> Option<Pointer> {
        let entry = self.sites.get(site)?;
        let row = self.row(entry.live.as_ref()?)?;
        let record = LiveRecord::live(row.seq, site.clone(), row.id.clone(), row.manifest.clone());
        Some(Pointer { label: entry.label.clone(), record })
    }

    fn is_open(&self, site: &SiteId) -> bool {
        self.sites.get(site).is_some_and(|entry| !entry.closed || self.bug == Bug::StartsWhileClosing)
    }

    /// R2's etag is a digest of the content, so the same content has the same etag whoever wrote it.
    fn etag(&self, label: &str) -> Option<String> {
        self.live.get(label).map(|record| BlobHash::of(record.to_json().as_bytes()).to_string())
    }

    fn add_row(&mut self, id: &SnapshotId, site: &SiteId, manifest: &SnapshotId, status: Status) -> u64 {
        self.last_seq += 1;
        let seq = self.last_seq;
        let (id, site, manifest) = (id.clone(), site.clone(), manifest.clone());
        self.rows.push(Row { seq, id, site, manifest, status, recorded: true });
        seq
    }

    fn hold(&mut self, site: &SiteId, blobs: &[BlobHash]) {
        for blob in blobs {
            self.uses.entry(*blob).or_default().insert(site.clone());
            if self.doomed.get(blob).is_some_and(|doom| doom.mark.is_none()) {
                self.doomed.remove(blob);
            }
        }
    }

    fn leaving(&self, blobs: &[BlobHash]) -> bool {
        blobs.iter().any(|blob| self.doomed.get(blob).is_some_and(|doom| doom.mark.is_some()))
    }

    fn is_held(&self, blob: &BlobHash) -> bool {
        self.uses.get(blob).is_some_and(|sites| !sites.is_empty())
    }

    fn let_go(&mut self, site: &SiteId) {
        let now = self.now;
        let held: Vec<BlobHash> =
            self.uses.iter().filter(|(_, sites)| sites.contains(site)).map(|(blob, _)| *blob).collect();
        for blob in held {
            self.uses.entry(blob).or_default().remove(site);
            if self.is_held(&blob) || self.bug == Bug::NoDoom {
                continue;
            }
            let doom = self.doomed.entry(blob).or_insert(Doom { at: now, mark: None, again: false });
            doom.at = now;
            doom.again = doom.mark.is_some();
        }
    }

    /// Blobs of all that is kept.
    pub fn needed(&self) -> BTreeSet<BlobHash> {
        let kept = self.rows.iter().filter(|row| row.status == Status::Success);
        let manifests = kept.filter_map(|row| self.manifests.get(&(row.site.clone(), row.manifest.clone())));
        manifests.flat_map(Manifest::blobs).collect()
    }

    fn make_live(&mut self, site: &SiteId, id: &SnapshotId) {
        self.ever_committed.push(id.clone());
        if let Some(entry) = self.sites.get_mut(site) {
            entry.live = Some(id.clone());
        }
    }
}

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

    async fn remove_manifests(&self, site: &SiteId) -> Result<(), Fault> {
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
            if state.live.get(label).is_some_and(|there| there.rank() >= record.rank()) {
                state.violation(format!("{label} went back to {record:?}"));
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

impl Ledger for World {
    type Error = Fault;

    async fn begin(&self, version: &NewVersion<'_>, blobs: &[BlobHash]) -> Result<Option<Begun>, Fault> {
        self.call(|state| {
            if !state.is_open(version.site) {
                return None;
            }
            if state.bug != Bug::HoldsTooLate {
                state.hold(version.site, blobs);
            }
            let leaving = state.bug != Bug::ReliesOnTheLeaving && state.leaving(blobs);
            state.waited += u64::from(leaving);
            let seq = state.add_row(version.snapshot, version.site, version.snapshot, Status::Building);
            Some(Begun { seq, leaving })
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
            let wins = in_order(row.seq);
            state.rows.iter_mut().filter(|row| row.id == *snapshot).for_each(|row| row.status = Status::Success);
            if state.bug == Bug::HoldsTooLate
                && let Some(manifest) = state.manifests.get(&(site.clone(), snapshot.clone())).cloned()
            {
                state.hold(site, &manifest.blobs());
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
            let building = state.rows.iter_mut().filter(|row| row.id == *snapshot && row.status == Status::Building);
            building.for_each(|row| row.status = Status::Failed);
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

    async fn confirm(&self, site: &SiteId, snapshot: &SnapshotId) -> Result<(), Fault> {
        self.call(|state| {
            let entry = state.sites.get_mut(site).filter(|entry| entry.live.as_ref() == Some(snapshot));
            if let Some(entry) = entry {
                entry.edge = Some(snapshot.clone());
            }
        })
        .await
    }

    async fn unsettled(&self) -> Result<Vec<Pointer>, Fault> {
        self.call(|state| {
            let unsettled = state.sites.iter().filter(|(_, entry)| entry.live != entry.edge && !entry.closed);
            unsettled.filter_map(|(site, _)| state.pointer(site)).collect()
        })
        .await
    }

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
            state.sites.remove(site);
            state.rows.retain(|row| row.site != *site);
        })
        .await
    }

    async fn closed(&self) -> Result<Vec<SiteId>, Fault> {
        self.call(|state| state.sites.iter().filter(|(_, entry)| entry.closed).map(|(site, _)| site.clone()).collect())
            .await
    }

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
            if state.sites.contains_key(&version.site) {
                for blob in blobs {
                    state.uses.entry(*blob).or_default().insert(version.site.clone());
                }
            }
            let same = |row: &&mut Row| row.site == version.site && row.manifest == version.manifest;
            let rows = state.rows.iter_mut().filter(same).filter(|row| row.status != Status::Building);
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
            let oldest = state.alive.iter().filter(|(id, _)| **id != task).map(|(_, since)| *since).min();
            let since = oldest.unwrap_or(state.now) - MAX_AGE_MS;
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
        let record = self.call(|state| state.live.get(name).cloned()).await?;
        match record.and_then(Place::of_record) {
            Some(place) => Ok(place),
            None => {
                self.call(|state| {
                    let taken = state.sites.values().any(|site| site.label == name && !site.closed);
                    if taken { Place::Waiting } else { Place::Nobody }
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
