//! The reader's side: from a name to the version that is live there, through two caches that say how old they are.
//!
//! A change must be seen everywhere within [`MAX_AGE_MS`] without anybody purging anything. Isolate memory answers for
//! [`MEMORY_MS`], the data centre's cache for [`CACHE_MS`] beneath it, and both count from the moment *before* the
//! bucket was asked, so that a slow answer is not young.

use crate::{LiveRecord, Manifest, SiteId, SnapshotId, live::LiveVersion};
use serde::{Deserialize, Serialize};
use std::{cell::RefCell, collections::HashMap, rc::Rc};

/// How long one isolate believes what it remembers.
pub const MEMORY_MS: i64 = 2_000;
/// How long a data centre's cache is believed.
pub const CACHE_MS: i64 = 5_000;
/// The oldest answer a visitor can get.
pub const MAX_AGE_MS: i64 = MEMORY_MS + CACHE_MS;

/// Names an isolate remembers at once.
const MEMORY_NAMES: usize = 1_000;

/// What is at a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// A version.
    Version {
        /// Whose it is.
        site: SiteId,
        /// Which it is.
        version: LiveVersion,
    },
    /// A site that has published nothing yet.
    Waiting,
    /// No site.
    Nobody,
}

impl Place {
    /// What a live record says; `None` for a tombstone, whose name somebody else may have by now.
    pub fn of_record(record: LiveRecord) -> Option<Self> {
        record.version.map(|version| Self::Version { site: record.site_id, version })
    }
}

/// What was seen at a name, and when it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sighting {
    /// What.
    pub place: Place,
    /// Unix milliseconds, taken before the bucket was asked.
    pub at: i64,
}

/// Whether an answer may come from a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// As usual.
    Cached,
    /// As it is now: somebody pressed reload.
    Now,
}

/// Where a reader looks. `name` is a label, or the address of one version.
#[expect(async_fn_in_trait, reason = "a worker runs on one thread; nothing here needs to be sent to another")]
pub trait Source {
    /// What a failure looks like.
    type Error;

    /// Unix milliseconds.
    fn now(&self) -> i64;
    /// What the data centre's cache holds, however old.
    async fn cached(&self, name: &str) -> Option<Sighting>;
    /// Gives the data centre's cache something to hold for [`CACHE_MS`].
    async fn keep(&self, name: &str, sighting: &Sighting);
    /// What is really there.
    async fn stored(&self, name: &str) -> Result<Place, Self::Error>;
    /// A manifest, which never changes; `None` when its site has been deleted.
    async fn manifest(&self, site: &SiteId, id: &SnapshotId) -> Result<Option<Rc<Manifest>>, Self::Error>;
}

/// What one isolate remembers of names.
#[derive(Debug, Default)]
pub struct Memory {
    names: RefCell<HashMap<String, (Sighting, i64)>>,
}

impl Memory {
    fn recall(&self, name: &str, now: i64) -> Option<Place> {
        let names = self.names.borrow();
        let (sighting, since) = names.get(name)?;
        (now - since < MEMORY_MS).then(|| sighting.place.clone())
    }

    /// Remembers a sighting from `since` on, unless a later one is known.
    fn learn(&self, name: &str, sighting: Sighting, since: i64) {
        let mut names = self.names.borrow_mut();
        if names.get(name).is_some_and(|(known, _)| known.at > sighting.at) {
            return;
        }
        if names.len() >= MEMORY_NAMES && !names.contains_key(name) {
            names.retain(|_, (_, known_since)| since - *known_since < MEMORY_MS);
            if names.len() >= MEMORY_NAMES {
                names.clear();
            }
        }
        names.insert(name.to_owned(), (sighting, since));
    }
}

/// What a reader gets.
#[derive(Debug, Clone)]
pub enum Opened {
    /// A version, all of whose files are listed.
    Version(LiveVersion, Rc<Manifest>),
    /// A site that has published nothing yet.
    Waiting,
    /// No site.
    Nobody,
    /// A version is named whose list of files is not there: the two stores disagree.
    Broken,
}

/// Opens the version that is live at a name.
///
/// # Errors
/// When the bucket cannot be reached.
pub async fn open<S: Source>(
    source: &S,
    memory: &Memory,
    name: &str,
    freshness: Freshness,
) -> Result<Opened, S::Error> {
    let mut place = find(source, memory, name, freshness).await?;
    loop {
        if let Some(opened) = list(source, &place).await? {
            return Ok(opened);
        }
        // The site may have been deleted since the caches were filled, and its name may be somebody else's by now. Only
        // a version that is still named after its list was found missing is broken.
        let now = find(source, memory, name, Freshness::Now).await?;
        if now == place {
            return Ok(Opened::Broken);
        }
        place = now;
    }
}

/// Finds what is at a name.
async fn find<S: Source>(source: &S, memory: &Memory, name: &str, freshness: Freshness) -> Result<Place, S::Error> {
    let start = source.now();
    if freshness == Freshness::Cached {
        if let Some(place) = memory.recall(name, start) {
            return Ok(place);
        }
        if let Some(sighting) = source.cached(name).await
            && start - sighting.at < CACHE_MS
        {
            memory.learn(name, sighting.clone(), start);
            return Ok(sighting.place);
        }
    }
    let at = source.now();
    let sighting = Sighting { place: source.stored(name).await?, at };
    // Whoever looks at a site that has nothing yet is waiting for its first version: they are to see it when it comes.
    if sighting.place != Place::Waiting {
        memory.learn(name, sighting.clone(), at);
        source.keep(name, &sighting).await;
    }
    Ok(sighting.place)
}

async fn list<S: Source>(source: &S, place: &Place) -> Result<Option<Opened>, S::Error> {
    Ok(match place {
        Place::Waiting => Some(Opened::Waiting),
        Place::Nobody => Some(Opened::Nobody),
        Place::Version { site, version } => {
            let manifest = source.manifest(site, &version.manifest_id).await?;
            manifest.map(|manifest| Opened::Version(version.clone(), manifest))
        }
    })
}
