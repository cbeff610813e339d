//! Publishing in several requests, each of which may be repeated, given up, or never come.

use crate::{
    actors::{self, some_pages},
    history::finish,
    world::{Bug, Fault, World},
};
use vetka_r2::{
    BlobHash, Manifest, SiteId, SitePath, SnapshotId,
    manifest::File,
    publish::{upload::*, *},
    rules::Compiled,
};

/// Uploads a few files. Now and then somebody stops half-way, asks again, or gives up.
pub async fn upload_something(world: World, site: SiteId) -> Option<CommittedUpload<Fault>> {
    let (world, _alive) = world.task();
    let pages = some_pages(&world);
    let go_live = !world.0.borrow_mut().rng.one_in(5);
    let list: Vec<File> = pages
        .iter()
        .map(|(path, bytes)| File { path: SitePath::parse(path).unwrap(), hash: BlobHash::of(bytes), size: 1 })
        .collect();
    let (manifest, key) = (Manifest::build(&list, &Compiled::default()), format!("{go_live} {pages:?}"));
    let chance = |of| world.0.borrow_mut().rng.one_in(of);
    for _ in 0..3 {
        let offered = SnapshotId::parse(&world.0.borrow_mut().fresh_id()).unwrap();
        let version = NewVersion {
            site: &site,
            snapshot: &offered,
            message: "",
            file_count: list.len(),
            byte_size: list.len() as u64,
            go_live,
            triggered_by: TriggeredBy::Manual,
        };
        world.0.borrow_mut().intended.insert(offered.clone(), pages.clone());
        let Ok((upload, missing)) = begin(&world, &world, &manifest, &version, &key).await else { continue };
        if chance(6) {
            continue;
        }
        for hash in &missing {
            let bytes = pages.values().find(|bytes| BlobHash::of(bytes) == *hash)?.clone();
            if !chance(12) {
                let _ = receive(&world, &site, (*hash, 1), world.put_blob(hash, bytes)).await;
            }
        }
        if chance(12) {
            let _ = abandon(&world, &site, &upload).await;
        }
        match commit(&world, &world, &site, &upload, async |_| Ok(None)).await {
            Ok(committed) => {
                let mut state = world.0.borrow_mut();
                if committed.went_live.is_some() && !state.ever_committed.contains(&upload) {
                    state.violation(format!("{upload} was said to have gone live"));
                }
                return Some(committed);
            }
            Err(UploadProblem::Refused(_)) => return None,
            Err(_) => {}
        }
    }
    None
}

/// A manifest of one page, with its blob.
fn one_page() -> (Manifest, BlobHash, Vec<u8>) {
    let (path, bytes) = (SitePath::parse("index.html").unwrap(), b"one".to_vec());
    let blob = BlobHash::of(&bytes);
    (Manifest::build(&[File { path, hash: blob, size: 3 }], &Compiled::default()), blob, bytes)
}

/// Begins to upload it, always under the same key.
async fn begin_page(world: &World, site: &SiteId) -> (SnapshotId, Vec<BlobHash>) {
    let snapshot = SnapshotId::parse(&world.0.borrow_mut().fresh_id()).unwrap();
    let version = NewVersion {
        site,
        snapshot: &snapshot,
        message: "",
        file_count: 1,
        byte_size: 3,
        go_live: true,
        triggered_by: TriggeredBy::Agent,
    };
    begin(world, world, &one_page().0, &version, "page").await.unwrap()
}

#[test]
fn what_was_put_counts_for_as_long_as_it_is_held() {
    let world = World::new(1, Bug::None);
    world.0.borrow_mut().faulty = false;
    assert!(finish(actors::claim(world.clone(), "ann".to_owned())));
    let site = world.0.borrow().sites.keys().next_back().unwrap().clone();
    let (_, blob, bytes) = one_page();
    let (first, missing) = finish(begin_page(&world, &site));
    assert_eq!(missing, [blob]);
    finish(receive(&world, &site, (blob, 3), world.put_blob(&blob, bytes))).unwrap();
    assert_eq!(finish(begin_page(&world, &site)), (first.clone(), vec![]), "the same again is the same upload");
    finish(abandon(&world, &site, &first)).unwrap();
    let (second, missing) = finish(begin_page(&world, &site));
    assert!(second != first && missing.is_empty(), "another one goes on with what is there");
    finish(abandon(&world, &site, &second)).unwrap();
    for _ in 0..4 {
        world.0.borrow_mut().now += 1_000_000;
        finish(actors::prune_versions(world.clone()));
        finish(actors::sweep_blobs(world.clone()));
    }
    assert!(!world.0.borrow().blobs.contains_key(&blob), "what no version came to name is swept");
    assert_eq!(finish(begin_page(&world, &site)).1, [blob]);
}
