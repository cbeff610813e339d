//! What one isolate remembers between requests: where it runs, which version is at which name, the lists of files, and the
//! small files that are asked for most. A visitor who comes again is answered from here without a store being asked.

use crate::{page::Page, tag::Tag};
use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
};
use vetka_edge::{Result, config::Config};
use vetka_r2::{BlobHash, Manifest, read::Memory};
use worker::{Env, js_sys::Uint8Array};

/// Bytes of manifests kept. The largest possible one has under 6 MB; a usual one a few KB.
const MAX_MANIFEST_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of files kept. They lie outside of WASM, and an isolate has 128 MB in all.
const MAX_FILE_BYTES: usize = 24 * 1024 * 1024;
/// Things of one kind kept at once: they are looked for one after the other, the latest used first.
const MAX_COUNT: usize = 500;
/// Pages of which is known what their heads say.
const MAX_PAGES: usize = 500;

thread_local! {
    static ISOLATE: Rc<Isolate> = Rc::default();
}

/// The memory of this isolate.
#[derive(Debug, Default)]
pub struct Isolate {
    installation: OnceCell<Rc<Installation>>,
    /// Which version is at which name, for seconds.
    pub names: Memory,
    /// Lists of files, for as long as there is room: they never change.
    pub manifests: RefCell<Recent<Rc<Manifest>>>,
    /// Files as they are answered, by the key of [`crate::content::Content`]: they never change either.
    pub files: RefCell<Recent<Uint8Array>>,
    pages: RefCell<Vec<(BlobHash, Rc<Page>)>>,
}

/// Where this worker runs. An isolate lives in one place.
#[derive(Debug)]
pub struct Installation {
    /// Settings.
    pub config: Config,
    /// What pages get.
    pub tag: Tag,
    /// What the names of cache entries begin with: a host that is ours and can be no site, and a slash.
    pub cache_origin: String,
}

/// This isolate's memory.
pub fn memory() -> Rc<Isolate> {
    ISOLATE.with(Rc::clone)
}

impl Isolate {
    /// Where this worker runs.
    ///
    /// # Errors
    /// Internal, when a setting is missing.
    pub fn installation(&self, env: &Env) -> Result<Rc<Installation>> {
        if let Some(known) = self.installation.get() {
            return Ok(known.clone());
        }
        let config = Config::from_env(env)?;
        let tag = Tag::of(&config.app_origin);
        let cache_origin = config.site_url("x--cache");
        Ok(self.installation.get_or_init(|| Rc::new(Installation { config, tag, cache_origin })).clone())
    }

    /// What is known of a page.
    pub fn page(&self, hash: &BlobHash) -> Option<Rc<Page>> {
        self.pages.borrow().iter().find(|(known, _)| known == hash).map(|(_, page)| page.clone())
    }

    /// Remembers what is known of a page.
    pub fn learn_page(&self, hash: BlobHash, page: Page) -> Rc<Page> {
        let mut pages = self.pages.borrow_mut();
        if pages.len() >= MAX_PAGES {
            pages.clear();
        }
        let page = Rc::new(page);
        pages.push((hash, page.clone()));
        page
    }
}

/// Something that takes room.
pub trait Weighed {
    /// The most that all of its kind may take, in bytes.
    const ROOM: usize;
    /// How much this one takes.
    fn bytes(&self) -> usize;
}

impl Weighed for Rc<Manifest> {
    const ROOM: usize = MAX_MANIFEST_BYTES;
    fn bytes(&self) -> usize {
        self.as_bytes().len()
    }
}

impl Weighed for Uint8Array {
    const ROOM: usize = MAX_FILE_BYTES;
    fn bytes(&self) -> usize {
        self.length() as usize
    }
}

/// Things by their key, the latest used first.
#[derive(Debug)]
pub struct Recent<T> {
    kept: Vec<Kept<T>>,
}

#[derive(Debug)]
struct Kept<T> {
    key: String,
    bytes: usize,
    thing: T,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self { kept: Vec::new() }
    }
}

impl<T: Weighed + Clone> Recent<T> {
    /// Finds a thing and moves it to the front.
    pub fn get(&mut self, key: &str) -> Option<T> {
        let at = self.kept.iter().position(|kept| kept.key == key)?;
        self.kept.get_mut(..=at)?.rotate_right(1);
        self.kept.first().map(|kept| kept.thing.clone())
    }

    /// Keeps a thing, and lets go of the longest unused ones that no longer fit beside it.
    pub fn put(&mut self, key: String, thing: T) {
        self.kept.retain(|kept| kept.key != key);
        self.kept.insert(0, Kept { key, bytes: thing.bytes(), thing });
        self.kept.truncate(MAX_COUNT);
        let mut room = T::ROOM;
        self.kept.retain(|kept| match room.checked_sub(kept.bytes) {
            Some(left) => {
                room = left;
                true
            }
            None => {
                room = 0;
                false
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A megabyte, or whatever it says.
    #[derive(Clone)]
    struct Weight(usize);

    impl Weighed for Weight {
        const ROOM: usize = 16 * 1024 * 1024;
        fn bytes(&self) -> usize {
            self.0
        }
    }

    const LARGE: Weight = Weight(1024 * 1024);

    #[test]
    fn keeps_the_latest_used_within_its_room() {
        let mut recent = Recent::default();
        for n in 0..10 {
            recent.put(n.to_string(), LARGE);
        }
        assert!(recent.get("0").is_some());
        for n in 10..24 {
            recent.put(n.to_string(), LARGE);
        }
        assert!(recent.get("0").is_some(), "used lately");
        assert!(recent.get("1").is_none(), "not used since");
        assert!(recent.get("23").is_some());
        let bytes: usize = recent.kept.iter().map(|kept| kept.bytes).sum();
        assert!(bytes <= Weight::ROOM && recent.kept.len() > 10);
    }

    #[test]
    fn one_key_is_kept_once_and_many_small_things_have_an_end() {
        let mut recent = Recent::default();
        recent.put("a".to_owned(), Weight(1));
        recent.put("a".to_owned(), Weight(1));
        assert_eq!(recent.kept.len(), 1);
        for n in 0..2 * MAX_COUNT {
            recent.put(n.to_string(), Weight(1));
        }
        assert_eq!(recent.kept.len(), MAX_COUNT);
    }

    #[test]
    fn what_is_larger_than_the_room_is_not_kept() {
        let mut recent = Recent::default();
        recent.put("a".to_owned(), Weight(Weight::ROOM + 1));
        assert!(recent.get("a").is_none());
    }
}
