//! What people, agents and the schedule do, as tasks.

use crate::world::{Pages, Site, World};
use std::collections::BTreeMap;
use vetka_r2::{
    BlobHash, Manifest, Settings, SiteId, SitePath, SnapshotId,
    live::LiveVersion,
    manifest::File,
    publish::*,
    read::{Freshness, MAX_AGE_MS, Memory, Opened, Place, open},
    rules::Compiled,
    settings::TakenDown,
};

/// Finished versions that a site keeps beside the live one and the pinned ones: few, so that histories prune.
pub const KEPT: usize = 2;

struct Batch {
    list: Vec<File>,
    pages: Pages,
}

impl Files for Batch {
    type Error = crate::world::Fault;

    fn list(&self) -> &[File] {
        &self.list
    }

    fn bytes(&self, at: usize) -> Result<Vec<u8>, Self::Error> {
        Ok(self.pages[self.list[at].path.as_str()].clone())
    }
}

/// A few files. Contents come from a small pool, so that versions share blobs.
pub fn some_pages(world: &World) -> Pages {
    let rng = &mut world.0.borrow_mut().rng;
    let mut pages = BTreeMap::from([("index.html".to_owned(), vec![rng.below(3) as u8])]);
    for name in ["a.css", "b.js", "c.png"] {
        if rng.one_in(2) {
            pages.insert(name.to_owned(), vec![rng.below(3) as u8]);
        }
    }
    pages
}

/// Publishes a few files.
pub async fn deploy_something(world: World, site: SiteId) -> Option<Deployed<crate::world::Fault>> {
    let (world, _alive) = world.task();
    let pages = some_pages(&world);
    let snapshot = SnapshotId::parse(&world.0.borrow_mut().fresh_id()).unwrap();
    world.0.borrow_mut().intended.insert(snapshot.clone(), pages.clone());
    let go_live = !world.0.borrow_mut().rng.one_in(5);
    let list: Vec<File> = pages
        .iter()
        .map(|(path, bytes)| File { path: SitePath::parse(path).unwrap(), hash: BlobHash::of(bytes), size: 1 })
        .collect();
    let manifest = Manifest::build(&list, &Compiled::default());
    let version = NewVersion {
        site: &site,
        snapshot: &snapshot,
        message: "",
        file_count: list.len(),
        byte_size: list.len() as u64,
        go_live,
        triggered_by: TriggeredBy::Agent,
    };
    let before = world.0.borrow().sites.get(&site).map(|site| site.live.clone());
    let down = |world: &World| {
        let state = world.0.borrow();
        let site = state.sites.get(&site).filter(|site| site.settings.taken_down.is_some());
        site.map(|site| site.settings_seq)
    };
    let down_before = down(&world);
    let result = deploy(&world, &world, &Batch { list, pages }, &manifest, &version).await;
    let down_all_along = down_before.is_some() && down_before == down(&world);
    let mut state = world.0.borrow_mut();
    let committed = state.ever_committed.contains(&snapshot);
    match &result {
        Ok(_) if down_all_along => state.violation(format!("{snapshot} was taken by a site that was down")),
        Ok(deployed) if deployed.live != committed => {
            state.violation(format!("{snapshot} was said to be live={}, but is committed={committed}", deployed.live));
        }
        Err(DeployProblem::Refused(_) | DeployProblem::TookTooLong | DeployProblem::BlobsLeaving) if committed => {
            state.violation(format!("{snapshot} was refused and is live; before it, {before:?} was"));
        }
        _ => {}
    }
    result.ok()
}

/// Wants a version back: of this site mostly, of another one now and then.
pub async fn restore_something(world: World, site: SiteId) {
    let (snapshot, target, seen) = {
        let mut state = world.0.borrow_mut();
        let own: Vec<SnapshotId> = state.rows.iter().filter(|row| row.site == site).map(|row| row.id.clone()).collect();
        let all: Vec<SnapshotId> = state.rows.iter().map(|row| row.id.clone()).collect();
        let pool = if own.is_empty() || state.rng.one_in(10) { all } else { own };
        if pool.is_empty() {
            return;
        }
        let target = pool[state.rng.below(pool.len())].clone();
        let seen = state.sites.get(&site).and_then(|site| site.live.clone());
        (SnapshotId::parse(&state.fresh_id()).unwrap(), target, seen)
    };
    let expected = match (world.0.borrow_mut().rng.below(3), &seen) {
        (0, _) => Expected::Any,
        (_, Some(seen)) => Expected::Version(seen),
        (_, None) => Expected::Nothing,
    };
    let _ = restore(&world, &world, &NewRestore { site: &site, target: &target, snapshot: &snapshot, expected }).await;
}

/// Deletes the site; notes when that was done.
pub async fn delete_site(world: World, site: SiteId, gone: std::rc::Rc<std::cell::RefCell<BTreeMap<SiteId, i64>>>) {
    if delete(&world, &world, &site, async || world.step().await).await.is_ok() {
        let now = world.0.borrow().now;
        gone.borrow_mut().entry(site).or_insert(now);
    }
}

/// What the schedule does.
pub async fn repair_everything(world: World) {
    let _ = repair(&world, &world, async |_site: &SiteId| world.step().await).await;
}

/// The schedule sweeps.
pub async fn sweep_blobs(world: World) {
    let (world, _alive) = world.task();
    let _ = sweep(&world, &world).await;
}

/// The schedule removes old versions.
pub async fn prune_versions(world: World) {
    let (world, _alive) = world.task();
    let _ = prune(&world, &world, KEPT).await;
}

/// Sets a site otherwise; now and then that is taking it down.
pub async fn configure_something(world: World, site: SiteId) {
    let change = {
        let rng = &mut world.0.borrow_mut().rng;
        match rng.below(4) {
            0 => Change { taken_down: Some(Some(TakenDown::Abuse)), ..Change::default() },
            1 => Change { taken_down: Some(None), ..Change::default() },
            _ => Change { notch: Some(rng.one_in(2)), ..Change::default() },
        }
    };
    let _ = configure(&world, &world, &site, &change).await;
}

/// Pins a version or takes a pin away.
pub async fn pin_something(world: World) {
    if world.step().await.is_ok() {
        let mut state = world.0.borrow_mut();
        if state.rows.is_empty() {
            return;
        }
        let (at, pinned) = (state.rng.next() as usize, state.rng.one_in(2));
        let id = state.rows[at % state.rows.len()].id.clone();
        state.pin(&id, pinned);
    }
}

/// The schedule gives up versions that have been building for too long.
pub async fn abandon_slow_ones(world: World) {
    if world.step().await.is_ok() {
        let mut state = world.0.borrow_mut();
        state.fail(|_| true);
    }
}

/// Takes a name, if nobody has it.
pub async fn claim(world: World, label: String) -> bool {
    if world.step().await.is_err() {
        return false;
    }
    let mut state = world.0.borrow_mut();
    if state.sites.values().any(|site| site.label == label) {
        return false;
    }
    let id = SiteId::parse(&state.fresh_id()).unwrap();
    state.sites.insert(id, Site::new(label));
    true
}

/// Reads a whole version, and checks that it is one, and not older than a visitor may get.
pub async fn read_all(
    world: World,
    memory: std::rc::Rc<Memory>,
    label: String,
    freshness: Freshness,
    gone: std::rc::Rc<std::cell::RefCell<BTreeMap<SiteId, i64>>>,
) -> Option<SnapshotId> {
    let (world, _alive) = world.task();
    let start = world.0.borrow().now;
    let opened = open(&world, &memory, &label, freshness).await.ok()?;
    let end = world.0.borrow().now;
    let oldest = if freshness == Freshness::Now { start } else { start - MAX_AGE_MS };
    let seen = match &opened {
        Opened::Version { version, settings, .. } => Seen::Version(version.clone(), settings.clone()),
        Opened::TakenDown(why) => Seen::TakenDown(*why),
        Opened::Waiting | Opened::Nobody | Opened::Elsewhere(_) => Seen::Nothing,
        Opened::Broken => {
            world.0.borrow_mut().violation(format!("{label} names a version whose list is gone"));
            return None;
        }
    };
    check_age(&world, &label, &seen, oldest, end);
    let Opened::Version { version, manifest, .. } = opened else { return None };
    let pages = world.read_files(&version, &manifest).await.ok()?;
    let mut state = world.0.borrow_mut();
    if state.intended.get(&version.manifest_id) != Some(&pages) {
        state.violation(format!("{label} gave {pages:?}, which is not {version:?}"));
    }
    if !state.ever_committed.contains(&version.snapshot_id) {
        state.violation(format!("{label} gave {version:?}, which was never committed"));
    }
    let owner = state.live_history.get(&label).into_iter().flatten().find_map(|(_, record)| {
        let record = record.as_ref()?;
        (record.version.as_ref() == Some(&version)).then(|| record.site_id.clone())
    });
    if let Some(deleted) = owner.and_then(|owner| gone.borrow().get(&owner).copied())
        && start > deleted + MAX_AGE_MS
    {
        state.violation(format!("{label} gave {version:?} of a site deleted at {deleted}, at {start}"));
    }
    Some(version.snapshot_id)
}

/// What was read must have stood at the name at some moment from `oldest` to `end`.
fn check_age(world: &World, label: &str, seen: &Seen, oldest: i64, end: i64) {
    let mut state = world.0.borrow_mut();
    let mut moments = vec![(i64::MIN, Seen::Nothing)];
    for (since, record) in state.live_history.get(label).into_iter().flatten() {
        moments.push((*since, record.clone().and_then(Place::of_record).map_or(Seen::Nothing, Seen::of)));
    }
    let stood = moments.iter().enumerate().any(|(at, (since, stood))| {
        let until = moments.get(at + 1).map_or(i64::MAX, |(next, _)| *next);
        // Of a site that has nothing yet, only the ledger knows whether it is up.
        let same = stood == seen || (matches!(seen, Seen::TakenDown(_)) && *stood == Seen::Nothing);
        same && *since <= end && until >= oldest
    });
    if !stood {
        state.violation(format!("{label} gave {seen:?}, which did not stand there from {oldest} to {end}"));
    }
}

/// What a reader saw at a name.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Nothing,
    Version(LiveVersion, Settings),
    TakenDown(TakenDown),
}

impl Seen {
    fn of(place: Place) -> Self {
        match place {
            Place::Version { version, settings, .. } => Self::Version(version, settings),
            Place::TakenDown(why) => Self::TakenDown(why),
            Place::Waiting | Place::Nobody | Place::Elsewhere(_) => Self::Nothing,
        }
    }
}

/// Looks at a version at its own address, live or not: all of it is there, or none.
pub async fn look_at_version(world: World, memory: std::rc::Rc<Memory>, id: SnapshotId) {
    let (world, _alive) = world.task();
    let Ok(opened) = open(&world, &memory, &format!("v--{id}"), Freshness::Cached).await else { return };
    let (version, manifest) = match opened {
        Opened::Version { version, manifest, .. } => (version, manifest),
        Opened::Broken => return world.0.borrow_mut().violation(format!("{id} is listed and has no list of files")),
        Opened::Waiting | Opened::Nobody | Opened::Elsewhere(_) | Opened::TakenDown(_) => return,
    };
    let Ok(pages) = world.read_files(&version, &manifest).await else { return };
    let mut state = world.0.borrow_mut();
    if state.intended.get(&version.manifest_id) != Some(&pages) {
        state.violation(format!("{id} gave {pages:?}, which is not {version:?}"));
    }
}
