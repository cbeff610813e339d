//! What one isolate remembers between requests: which version is at which name, and the lists of files themselves.

use std::{cell::RefCell, rc::Rc};
use vetka_r2::{Manifest, read::Memory};

/// Bytes of manifests kept. The largest possible one has under 6 MB; a usual one a few KB.
const MAX_MANIFEST_BYTES: usize = 16 * 1024 * 1024;

thread_local! {
    static ISOLATE: Rc<Isolate> = Rc::default();
}

/// The memory of this isolate.
#[derive(Debug, Default)]
pub struct Isolate {
    /// Which version is at which name, for seconds.
    pub names: Memory,
    /// Lists of files, for as long as there is room: they never change.
    pub manifests: RefCell<Recent>,
}

/// This isolate's memory.
pub fn memory() -> Rc<Isolate> {
    ISOLATE.with(Rc::clone)
}

/// Manifests by their key in the bucket, the latest used first.
#[derive(Debug, Default)]
pub struct Recent {
    kept: Vec<(String, Rc<Manifest>)>,
}

impl Recent {
    /// Finds a manifest and moves it to the front.
    pub fn get(&mut self, key: &str) -> Option<Rc<Manifest>> {
        let at = self.kept.iter().position(|(known, _)| known == key)?;
        self.kept.get_mut(..=at)?.rotate_right(1);
        self.kept.first().map(|(_, manifest)| manifest.clone())
    }

    /// Keeps a manifest, and lets go of the longest unused ones that no longer fit beside it.
    pub fn put(&mut self, key: String, manifest: Rc<Manifest>) {
        self.kept.retain(|(known, _)| *known != key);
        self.kept.insert(0, (key, manifest));
        let mut room = MAX_MANIFEST_BYTES;
        self.kept.retain(|(_, manifest)| match room.checked_sub(manifest.as_bytes().len()) {
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
    use vetka_r2::{BlobHash, SitePath, manifest::File};

    /// A manifest of about a megabyte.
    fn large() -> Rc<Manifest> {
        let file = |n: usize| File {
            path: SitePath::parse(&format!("{n:0>400}.txt")).unwrap(),
            hash: BlobHash::of(b""),
            size: 0,
        };
        Rc::new(Manifest::build(&(0..2_300).map(file).collect::<Vec<_>>()))
    }

    #[test]
    fn keeps_the_latest_used_within_its_room() {
        let mut recent = Recent::default();
        let manifest = large();
        for n in 0..10 {
            recent.put(n.to_string(), manifest.clone());
        }
        assert!(recent.get("0").is_some());
        for n in 10..24 {
            recent.put(n.to_string(), manifest.clone());
        }
        assert!(recent.get("0").is_some(), "used lately");
        assert!(recent.get("1").is_none(), "not used since");
        assert!(recent.get("23").is_some());
        let bytes: usize = recent.kept.iter().map(|(_, manifest)| manifest.as_bytes().len()).sum();
        assert!(bytes <= MAX_MANIFEST_BYTES && recent.kept.len() > 10);
    }

    #[test]
    fn one_key_is_kept_once() {
        let mut recent = Recent::default();
        let manifest = Rc::new(Manifest::build(&[]));
        recent.put("a".to_owned(), manifest.clone());
        recent.put("a".to_owned(), manifest);
        assert_eq!(recent.kept.len(), 1);
    }
}
