//! A model test of publishing.
//!
//! The real protocol (`vetka_r2::publish`, `vetka_r2::read`) runs over stores in memory in which every call is a place
//! to be interrupted: a scheduler that a seed decides interleaves deploys, restores, deletions, repairs, sweeps,
//! claims of a freed name and reads; it lets calls fail before and after they took effect, and it drops whole tasks, as a crash
//! does. Then everything comes to rest, the repair runs, and what is live is compared with what should be.
//!
//! Reading order: [`world`] holds the stores and writes down what must never happen, [`actors`] what is done,
//! [`history`] one run. `VETKA_MODEL_HISTORIES` tries more than the usual number of runs, `VETKA_MODEL_SEED` one only.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic; clippy's own exception reaches only functions that are marked as tests"
)]

mod actors;
mod history;
mod sweeping;
mod uploading;
mod world;

use history::{Tried, run};
use world::Bug;

/// Tried on every run of the tests: seconds, on two cores.
const HISTORIES: u64 = 20_000;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn each_read_is_one_version_whatever_happens() {
    let mut tried = Tried::default();
    let seeds = match setting("VETKA_MODEL_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..setting("VETKA_MODEL_HISTORIES").unwrap_or(HISTORIES),
    };
    for seed in seeds {
        match run(seed, Bug::None) {
            Ok(one) => tried.add(&one),
            Err(violation) => panic!("seed {seed}: {violation}"),
        }
    }
    println!("{tried}");
    // A run in which nothing ever goes wrong would prove nothing.
    if setting("VETKA_MODEL_SEED").is_none() {
        assert!(
            tried.crashes > 0
                && tried.faults > 0
                && tried.superseded > 0
                && tried.reborn > 0
                && tried.versions_read > 0
                && tried.swept > 0
                && tried.pruned > 0
                && tried.waited > 0
                && tried.uploaded > 0
                && tried.resumed > 0
        );
    }
}

/// The test can fail: with any one of the rules taken out of the stores, some history shows it.
#[test]
fn without_any_one_of_its_rules_publishing_is_caught() {
    let mut missed = Vec::new();
    for bug in Bug::ALL {
        let caught = (0..HISTORIES).find_map(|seed| run(seed, bug).err().map(|violation| (seed, violation)));
        match caught {
            Some((seed, violation)) => println!("{bug:?}: seed {seed}: {violation}"),
            None => missed.push(bug),
        }
    }
    assert!(missed.is_empty(), "not noticed: {missed:?}");
}
