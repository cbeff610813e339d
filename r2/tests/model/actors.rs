//! What people, agents and the schedule do, as tasks.

use crate::world::{Pages, Site, Status, World};
use std::collections::BTreeMap;
use vetka_r2::{
    BlobHash, Manifest, SiteId, SitePath, SnapshotId,
    manifest::File,
    publish::*,
    read::{Freshness, MAX_AGE_MS, Memory, Opened, open},
};

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

/// Publishes a few files. Contents come from a small pool, so that versions share blobs.
pub async fn deploy_something(world: World, site: SiteId) -> Option<Deployed<crate::world::Fault>> {
    let (world, _alive) = world.task();
    let (snapshot, pages) = {
        let mut state = world.0.borrow_mut();
        let snapshot = SnapshotId::parse(&state.fresh_id()).unwrap();
        let mut pages = BTreeMap::from([("index.html".to_owned(), vec![state.rng.below(3) as u8])]);
        for name in ["a.css", "b.js", "c.png"] {
            if state.rng.one_in(2) {
                pages.insert(name.to_owned(), vec![state.rng.below(3) as u8]);
            }
        }
        state.intended.insert(snapshot.clone(), pages.clone());
        (snapshot, pages)
    };
    let list: Vec<File> = pages
        .iter()
        .map(|(path, bytes)| File { path: SitePath::parse(path).unwrap(), hash: BlobHash::of(bytes), size: 1 })
        .collect();
    let manifest = Manifest::build(&list);
    let version = NewVersion {
        site: &site,
        snapshot: &snapshot,
        message: "",
        file_count: list.len(),
        byte_size: list.len() as u64,
    };
    let before = world.0.borrow().sites.get(&site).map(|site| site.live.clone());
    let result = deploy(&world, &world, &Batch { list, pages }, &manifest, &version).await;
    let mut state = world.0.borrow_mut();
    let committed = state.ever_committed.contains(&snapshot);
    match &result {
        Ok(deployed) if deployed.live != committed => {
            state.violation(format!("{snapshot} was said to be live={}, but is committed={committed}", deployed.live));
        }
        Err(DeployProblem::SiteGone | DeployProblem::TookTooLong | DeployProblem::BlobsLeaving) if committed => {
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

/// The schedule gives up versions that have been building for too long.
pub async fn abandon_slow_ones(world: World) {
    if world.step().await.is_ok() {
        let mut state = world.0.borrow_mut();
        let building = state.rows.iter_mut().filter(|row| row.status == Status::Building);
        building.for_each(|row| row.status = Status::Failed);
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
    state.sites.insert(id, Site { label, live: None, edge: None, closed: false });
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
        Opened::Version(version, _) => Some(version.clone()),
        Opened::Waiting | Opened::Nobody => None,
        Opened::Broken => {
            world.0.borrow_mut().violation(format!("{label} names a version whose list is gone"));
            return None;
        }
    };
    check_age(&world, &label, seen.as_ref(), oldest, end);
    let Opened::Version(version, manifest) = opened else { return None };
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
fn check_age(world: &World, label: &str, seen: Option<&vetka_r2::live::LiveVersion>, oldest: i64, end: i64) {
    let mut state = world.0.borrow_mut();
    let mut moments = vec![(i64::MIN, None)];
    for (since, record) in state.live_history.get(label).into_iter().flatten() {
        moments.push((*since, record.as_ref().and_then(|record| record.version.as_ref())));
    }
    let stood = moments.iter().enumerate().any(|(at, (since, version))| {
        let until = moments.get(at + 1).map_or(i64::MAX, |(next, _)| *next);
        *version == seen && *since <= end && until >= oldest
    });
    if !stood {
        state.violation(format!("{label} gave {seen:?}, which did not stand there from {oldest} to {end}"));
    }
}
