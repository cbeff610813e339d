//! One run: tasks in an order that a seed decides, then rest, then the final checks.

use crate::{
    actors, uploading,
    world::{Bug, Row, State, Status, World},
};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Waker},
};
use vetka_r2::{
    SiteId, SnapshotId,
    read::{Freshness, MAX_AGE_MS, Memory},
};

const LABELS: [&str; 2] = ["ann", "bob"];

/// What was tried, so that a run says how much it proves.
#[derive(Debug, Default)]
pub struct Tried {
    histories: u64,
    steps: u64,
    pub crashes: u64,
    pub faults: u64,
    pub versions_read: u64,
    pub superseded: u64,
    /// Names that came to a second owner.
    pub reborn: u64,
    pub swept: u64,
    pub pruned: u64,
    /// Deploys that met blobs on their way out.
    pub waited: u64,
    /// Uploads that went live, and those that were begun more than once.
    pub uploaded: u64,
    pub resumed: u64,
}

impl Tried {
    pub fn add(&mut self, other: &Self) {
        self.histories += 1;
        self.steps += other.steps;
        self.crashes += other.crashes;
        self.faults += other.faults;
        self.versions_read += other.versions_read;
        self.superseded += other.superseded;
        self.reborn += other.reborn;
        self.swept += other.swept;
        self.pruned += other.pruned;
        self.waited += other.waited;
        self.uploaded += other.uploaded;
        self.resumed += other.resumed;
    }
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} histories, {} steps, {} crashes, {} failed calls, {} versions read, {} deploys overtaken, {} names taken again, {} blobs swept, {} versions pruned, {} waits for a blob, {} uploads, {} of them resumed",
            self.histories,
            self.steps,
            self.crashes,
            self.faults,
            self.versions_read,
            self.superseded,
            self.reborn,
            self.swept,
            self.pruned,
            self.waited,
            self.uploaded,
            self.resumed
        )
    }
}

struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    /// A crash of a reader shows nothing.
    writes: bool,
}

#[derive(Default)]
struct Counters {
    read: Cell<u64>,
    superseded: Cell<u64>,
    uploaded: Cell<u64>,
    claims: Cell<u64>,
}

struct History {
    world: World,
    isolates: [Rc<Memory>; 2],
    gone: Rc<RefCell<BTreeMap<SiteId, i64>>>,
    counters: Rc<Counters>,
    /// Every site there ever was, also after its end: sleepers wake late.
    known: Vec<SiteId>,
    /// In some histories sweeps come so often that they meet each other and publishers.
    sweeps_often: bool,
    /// In some nobody uploads.
    uploads: bool,
}

/// Runs the history of a seed.
pub fn run(seed: u64, bug: Bug) -> Result<Tried, String> {
    let mut history = History {
        world: World::new(seed, bug),
        isolates: [Rc::new(Memory::default()), Rc::new(Memory::default())],
        gone: Rc::default(),
        counters: Rc::default(),
        known: Vec::new(),
        sweeps_often: seed % 3 != 1,
        uploads: !seed.is_multiple_of(3),
    };
    let mut tried = Tried::default();
    history.world.0.borrow_mut().faulty = false;
    for label in LABELS {
        finish(actors::claim(history.world.clone(), label.to_owned()));
    }
    history.begin_with_old_versions();
    history.world.0.borrow_mut().faulty = true;
    history.play(&mut tried);
    history.come_to_rest();
    history.check();

    let state = history.world.0.borrow();
    if let Some(violation) = state.violations.first() {
        return Err(violation.clone());
    }
    tried.faults = state.faults;
    tried.versions_read = history.counters.read.get();
    tried.superseded = history.counters.superseded.get();
    tried.reborn = history.counters.claims.get();
    tried.swept = state.swept;
    tried.pruned = state.pruned;
    tried.waited = state.waited;
    tried.uploaded = history.counters.uploaded.get();
    tried.resumed = state.resumed;
    Ok(tried)
}

impl History {
    /// In some histories there are versions from before blobs were held.
    fn begin_with_old_versions(&self) {
        if self.below(4) > 0 {
            return;
        }
        let sites: Vec<SiteId> = self.world.0.borrow().sites.keys().cloned().collect();
        for site in sites.iter().cycle().take(6) {
            finish(actors::deploy_something(self.world.clone(), site.clone()));
        }
        self.world.forget_holds();
    }

    fn play(&mut self, tried: &mut Tried) {
        let mut to_start = 6 + self.below(if self.sweeps_often { 50 } else { 20 });
        let mut tasks: Vec<Task> = Vec::new();
        while to_start > 0 || !tasks.is_empty() {
            if to_start > 0 && (tasks.is_empty() || self.below(8) == 0) {
                to_start -= 1;
                tasks.push(self.start_something());
            }
            let at = self.below(tasks.len());
            if tasks[at].writes && self.below(150) == 0 {
                tasks.swap_remove(at);
                tried.crashes += 1;
                continue;
            }
            tried.steps += 1;
            if tasks[at].future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                tasks.swap_remove(at);
            }
            if !self.world.0.borrow().violations.is_empty() {
                return;
            }
        }
    }

    fn below(&self, limit: usize) -> usize {
        self.world.0.borrow_mut().rng.below(limit)
    }

    fn start_something(&mut self) -> Task {
        for site in self.world.0.borrow().sites.keys() {
            if !self.known.contains(site) {
                self.known.push(site.clone());
            }
        }
        let world = self.world.clone();
        let label = LABELS[self.below(LABELS.len())].to_owned();
        // Mostly a site of now, sometimes one that may be gone.
        let known = &self.known;
        let recent = known.len().saturating_sub(2);
        let at = if self.below(4) == 0 { self.below(known.len()) } else { recent + self.below(known.len() - recent) };
        let site = known[at].clone();
        let (writes, future): (bool, Pin<Box<dyn Future<Output = ()>>>) = match self.what_next() {
            0..=6 => {
                let counters = self.counters.clone();
                (
                    true,
                    Box::pin(async move {
                        if actors::deploy_something(world, site).await.is_some_and(|deployed| !deployed.live) {
                            bump(&counters.superseded);
                        }
                    }),
                )
            }
            7..=8 => (true, Box::pin(actors::restore_something(world, site))),
            9..=10 => (true, Box::pin(actors::delete_site(world, site, self.gone.clone()))),
            11 => (true, Box::pin(actors::repair_everything(world))),
            12 => (true, Box::pin(actors::abandon_slow_ones(world))),
            13..=14 => {
                let counters = self.counters.clone();
                (
                    true,
                    Box::pin(async move {
                        if actors::claim(world, label).await {
                            bump(&counters.claims);
                        }
                    }),
                )
            }
            15..=19 | 38.. => (true, Box::pin(actors::sweep_blobs(world))),
            20..=22 => (true, Box::pin(actors::prune_versions(world))),
            23..=25 => (true, Box::pin(actors::configure_something(world, site))),
            26..=27 => (true, Box::pin(actors::pin_something(world))),
            28..=29 => match self.some_version() {
                Some(id) => (false, Box::pin(actors::look_at_version(world, self.isolates[0].clone(), id))),
                None => (false, Box::pin(self.read(label))),
            },
            34..=37 => {
                let counters = self.counters.clone();
                (
                    true,
                    Box::pin(async move {
                        if uploading::upload_something(world, site).await.is_some_and(|done| done.went_live.is_some()) {
                            bump(&counters.uploaded);
                        }
                    }),
                )
            }
            _ => (false, Box::pin(self.read(label))),
        };
        Task { future, writes }
    }

    /// Which of the things below, the last of them for all numbers that are left.
    fn what_next(&self) -> usize {
        let (uploads, sweeps) = (if self.uploads { 4 } else { 0 }, if self.sweeps_often { 12 } else { 0 });
        let drawn = self.below(34 + uploads + sweeps);
        if drawn < 34 || self.uploads { drawn } else { drawn + 4 }
    }

    fn some_version(&self) -> Option<SnapshotId> {
        let mut state = self.world.0.borrow_mut();
        let State { rng, rows, .. } = &mut *state;
        (!rows.is_empty()).then(|| rows[rng.below(rows.len())].id.clone())
    }

    fn read(&self, label: String) -> impl Future<Output = ()> + use<> {
        let isolate = self.isolates[self.below(2)].clone();
        let freshness = if self.below(4) == 0 { Freshness::Now } else { Freshness::Cached };
        let (world, gone, counters) = (self.world.clone(), self.gone.clone(), self.counters.clone());
        async move {
            if actors::read_all(world, isolate, label, freshness, gone).await.is_some() {
                bump(&counters.read);
            }
        }
    }

    /// Nothing fails any more; the schedule runs, and the caches grow old.
    fn come_to_rest(&self) {
        self.world.0.borrow_mut().faulty = false;
        for _ in 0..2 {
            finish(actors::repair_everything(self.world.clone()));
        }
        finish(actors::abandon_slow_ones(self.world.clone()));
        self.world.0.borrow_mut().now += MAX_AGE_MS + 1;
        for _ in 0..16 {
            finish(actors::sweep_blobs(self.world.clone()));
            finish(actors::prune_versions(self.world.clone()));
            self.world.0.borrow_mut().now += MAX_AGE_MS + 1;
        }
        self.world.0.borrow_mut().now += MAX_AGE_MS + 1;
    }

    /// After rest the edge says what the ledger says, and the ledger says the latest start.
    fn check(&self) {
        let mut expected = BTreeMap::new();
        {
            let mut state = self.world.0.borrow_mut();
            let sites = state.sites.clone();
            for (id, site) in &sites {
                let newest = state
                    .rows
                    .iter()
                    .filter(|row| row.site == *id && row.status == Status::Success && row.go_live)
                    .max_by_key(|row| row.seq);
                let newest = newest.map(|row| row.id.clone());
                expected.insert(site.label.clone(), newest.clone());
                let record = state.live.get(&site.label).cloned();
                let record = record.filter(|record| record.site_id == *id);
                let settings = record.as_ref().map(|record| (record.settings_seq, record.settings.clone()));
                let edge = record.and_then(|record| record.version);
                let edge = edge.map(|version| version.snapshot_id);
                if site.closed {
                    state.violation(format!("{} was never finished being deleted", site.label));
                } else if site.live != newest {
                    state.violation(format!("{:?} is live, but {newest:?} was started last", site.live));
                } else if edge != newest || site.edge != newest {
                    state.violation(format!("{} shows {edge:?} instead of {newest:?}", site.label));
                } else if newest.is_some() && settings != Some((site.settings_seq, site.settings.clone())) {
                    state.violation(format!("{} is set to {settings:?} instead of {:?}", site.label, site.settings));
                }
                if site.settings.taken_down.is_some() {
                    expected.insert(site.label.clone(), None);
                }
            }
        }
        self.check_blobs();
        for label in LABELS {
            let read = actors::read_all(
                self.world.clone(),
                self.isolates[0].clone(),
                label.to_owned(),
                Freshness::Cached,
                self.gone.clone(),
            );
            let seen = finish(read);
            let wanted = expected.get(label).cloned().flatten();
            if seen != wanted {
                self.world.0.borrow_mut().violation(format!("at rest {label} gave {seen:?} instead of {wanted:?}"));
            }
        }
    }
}

impl History {
    /// After rest all that is kept has its list and its bytes, nothing else is there, and no more is kept than should be.
    fn check_blobs(&self) {
        let mut state = self.world.0.borrow_mut();
        for blob in state.needed() {
            if !state.blobs.contains_key(&blob) {
                state.violation(format!("{blob} is needed and was swept"));
            }
        }
        let needed = state.needed();
        for blob in state.blobs.keys().copied().collect::<Vec<_>>() {
            if !needed.contains(&blob) {
                state.violation(format!("no version names {blob}, and it stays"));
            }
        }
        let named: BTreeSet<_> = state.rows.iter().map(|row| (row.site.clone(), row.manifest.clone())).collect();
        if named != state.manifests.keys().cloned().collect() {
            let text = format!("the lists of {:?} are there, those of {named:?} should be", state.manifests.keys());
            state.violation(text);
        }
        if let Some(row) = state.rows.iter().find(|row| row.status != Status::Success).cloned() {
            state.violation(format!("{row:?} is listed for ever"));
        }
        for (id, site) in state.sites.clone() {
            let spare = |row: &&Row| row.site == id && !row.pinned && site.live.as_ref() != Some(&row.id);
            if state.rows.iter().filter(spare).count() > actors::KEPT {
                state.violation(format!("{} keeps too many versions", site.label));
            }
        }
        for pin in state.pins.clone() {
            if state.row(&pin).is_none() {
                state.violation(format!("{pin} was pinned and is gone"));
            }
        }
        if let Some(blob) = state.doomed.keys().next().copied() {
            state.violation(format!("{blob} is doomed for ever"));
        }
    }
}

fn bump(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

/// Runs one task alone.
pub fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}
