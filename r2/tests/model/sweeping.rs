//! Two rules of the sweep whose breaking takes so many coincidences that chance seldom finds them.

use crate::{
    actors,
    history::finish,
    world::{Alive, Bug, World},
};
use vetka_r2::{BlobHash, SiteId, publish::*};

/// Stores in which nothing fails, a site whose one blob nobody holds any more, and that blob.
fn doomed() -> (World, BlobHash) {
    let world = World::new(1, Bug::None);
    world.0.borrow_mut().faulty = false;
    let site = claim(&world, "ann");
    finish(actors::deploy_something(world.clone(), site.clone()));
    finish(actors::delete_site(world.clone(), site, std::rc::Rc::default()));
    let blob = *world.0.borrow().doomed.keys().next().unwrap();
    later(&world);
    (world, blob)
}

fn claim(world: &World, label: &str) -> SiteId {
    assert!(finish(actors::claim(world.clone(), label.to_owned())));
    world.0.borrow().sites.keys().next_back().unwrap().clone()
}

fn later(world: &World) {
    world.0.borrow_mut().now += 1_000_000;
}

/// A sweep that has marked what it will delete.
fn marked(world: &World, blob: BlobHash) -> (World, Alive, Vec<BlobHash>) {
    let (sweep, alive) = world.task();
    let condemned = finish(sweep.condemn()).unwrap();
    assert!(condemned.contains(&blob));
    assert!(finish(world.leaving(&[blob])).unwrap());
    (sweep, alive, condemned)
}

fn sweep_all(world: &World) {
    for _ in 0..4 {
        later(world);
        finish(actors::sweep_blobs(world.clone()));
    }
}

#[test]
fn the_mark_of_a_sweep_that_died_lapses() {
    let (world, blob) = doomed();
    let (_, alive, _) = marked(&world, blob);
    finish(actors::sweep_blobs(world.clone()));
    assert!(world.0.borrow().blobs.contains_key(&blob), "given to one sweep alone");
    drop(alive);
    sweep_all(&world);
    assert!(!world.0.borrow().blobs.contains_key(&blob));
    assert!(world.0.borrow().doomed.is_empty());
}

#[test]
fn what_is_doomed_anew_while_it_is_deleted_is_swept_again() {
    let (world, blob) = doomed();
    let (sweep, alive, condemned) = marked(&world, blob);
    let bytes = world.0.borrow().blobs[&blob].clone();
    // Somebody takes hold of it meanwhile, lets go again, and puts it after the sweep has deleted it.
    let site = claim(&world, "bob");
    world.hold_for(&site, blob);
    finish(actors::delete_site(world.clone(), site, std::rc::Rc::default()));
    finish(sweep.remove_blobs(&condemned)).unwrap();
    finish(world.put_blob(&blob, bytes)).unwrap();
    finish(sweep.forget_blobs(&condemned)).unwrap();
    drop(alive);
    assert!(world.0.borrow().doomed.contains_key(&blob));
    sweep_all(&world);
    assert!(!world.0.borrow().blobs.contains_key(&blob));
    assert!(world.0.borrow().doomed.is_empty());
}
