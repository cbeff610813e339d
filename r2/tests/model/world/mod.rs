//! The stores, in memory. Every call yields to the scheduler before it takes effect and may fail before and after.
//! Whatever a store sees that must never happen is written down as a violation.

mod bucket;
mod bug;
mod holds;
mod ledger;
mod retention;
mod rng;
mod source;
mod uploads;

pub use bug::Bug;
pub use rng::Rng;
pub use source::Pages;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    future::poll_fn,
    rc::Rc,
    task::Poll,
};
use vetka_r2::{
    BlobHash, LiveRecord, Manifest, Settings, SiteId, SnapshotId,
    live::LiveVersion,
    publish::*,
    read::{MAX_AGE_MS, Sighting},
};

/// A call that failed. Whether it took effect is not known to whoever called.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault;

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
    /// Whether it is to go live when it is finished.
    pub go_live: bool,
    pub pinned: bool,
    /// When it failed, if it did.
    pub failed_at: i64,
    /// By which the same upload is found again.
    pub key: Option<String>,
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
    pub settings: Settings,
    pub settings_seq: u64,
    pub edge_settings_seq: u64,
    pub closed: bool,
    /// Counts what happens to its versions.
    pub versions_seq: u64,
    /// Whether it may keep more than it should.
    pub to_look_at: bool,
}

impl Site {
    pub fn new(label: String) -> Self {
        Self {
            label,
            live: None,
            edge: None,
            settings: Settings::default(),
            settings_seq: 0,
            edge_settings_seq: 0,
            closed: false,
            versions_seq: 0,
            to_look_at: false,
        }
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
    /// What a site has proven to have stored, for as long as it holds it.
    pub stored: BTreeSet<(BlobHash, SiteId)>,
    pub doomed: BTreeMap<BlobHash, Doom>,
    pub doomed_manifests: BTreeMap<(SiteId, SnapshotId), i64>,
    /// Tasks that live, and since when.
    pub alive: BTreeMap<u64, i64>,
    // What the test knows.
    pub ever_committed: Vec<SnapshotId>,
    pub pins: BTreeSet<SnapshotId>,
    pub intended: BTreeMap<SnapshotId, BTreeMap<String, Vec<u8>>>,
    pub ids: u64,
    pub swept: u64,
    pub pruned: u64,
    pub waited: u64,
    /// Uploads that were begun again.
    pub resumed: u64,
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
                stored: BTreeSet::new(),
                doomed: BTreeMap::new(),
                doomed_manifests: BTreeMap::new(),
                alive: BTreeMap::new(),
                ever_committed: Vec::new(),
                pins: BTreeSet::new(),
                intended: BTreeMap::new(),
                ids: 0,
                swept: 0,
                pruned: 0,
                waited: 0,
                resumed: 0,
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
        state.stored.clear();
    }

    /// Takes hold of a blob, as beginning a version does.
    pub fn hold_for(&self, site: &SiteId, blob: BlobHash) {
        self.0.borrow_mut().hold(site, &[blob]);
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
        let record = LiveRecord {
            seq: row.seq,
            site_id: site.clone(),
            settings_seq: entry.settings_seq,
            settings: entry.settings.clone(),
            version: Some(LiveVersion { snapshot_id: row.id.clone(), manifest_id: row.manifest.clone() }),
        };
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
        self.something_happened(&site);
        self.rows.push(Row {
            seq,
            id,
            site,
            manifest,
            status,
            recorded: true,
            go_live: true,
            pinned: false,
            failed_at: 0,
            key: None,
        });
        seq
    }

    /// What the triggers of the ledger do.
    fn something_happened(&mut self, site: &SiteId) {
        if let Some(entry) = self.sites.get_mut(site) {
            entry.versions_seq += 1;
            entry.to_look_at = true;
        }
    }

    /// Marks versions that are being built as failed.
    pub fn fail(&mut self, which: impl Fn(&Row) -> bool) {
        let now = self.now;
        let mut sites = Vec::new();
        for row in self.rows.iter_mut().filter(|row| row.status == Status::Building && which(row)) {
            row.status = Status::Failed;
            row.failed_at = now;
            sites.push(row.site.clone());
        }
        sites.iter().for_each(|site| self.something_happened(site));
    }

    /// Keeps a version whatever else goes, or does so no longer. What was pruned cannot be pinned.
    pub fn pin(&mut self, id: &SnapshotId, pinned: bool) {
        let Some(row) = self.rows.iter_mut().find(|row| row.id == *id && row.status == Status::Success) else { return };
        row.pinned = pinned;
        let site = row.site.clone();
        self.something_happened(&site);
        if pinned {
            self.pins.insert(id.clone());
        } else {
            self.pins.remove(id);
        }
    }

    /// Before this, nobody of those alive had begun, and no cache had looked: what was doomed or failed by then may go.
    fn long_ago(&self, asker: u64) -> i64 {
        let oldest = self.alive.iter().filter(|(id, _)| **id != asker).map(|(_, since)| *since).min();
        oldest.unwrap_or(self.now) - MAX_AGE_MS
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

    fn not_stored(&self, site: &SiteId, blobs: &[BlobHash]) -> Vec<BlobHash> {
        blobs.iter().filter(|blob| !self.stored.contains(&(**blob, site.clone()))).copied().collect()
    }

    fn is_held(&self, blob: &BlobHash) -> bool {
        self.uses.get(blob).is_some_and(|sites| !sites.is_empty())
    }

    /// Whoever holds a blob no longer dooms it, unless others hold it.
    fn let_go_of(&mut self, site: &SiteId, blob: &BlobHash) {
        let held = self.uses.entry(*blob).or_default().remove(site);
        self.stored.remove(&(*blob, site.clone()));
        if !held || self.is_held(blob) || self.bug == Bug::NoDoom {
            return;
        }
        let now = self.now;
        let doom = self.doomed.entry(*blob).or_insert(Doom { at: now, mark: None, again: false });
        doom.at = now;
        doom.again = doom.mark.is_some();
    }

    fn let_go(&mut self, site: &SiteId) {
        let held: Vec<BlobHash> =
            self.uses.iter().filter(|(_, sites)| sites.contains(site)).map(|(blob, _)| *blob).collect();
        held.iter().for_each(|blob| self.let_go_of(site, blob));
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
