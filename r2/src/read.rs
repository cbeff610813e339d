//! The reader's side: from a name to the version that is live there, through two caches that say how old they are.
//!
//! A change must be seen everywhere within [`MAX_AGE_MS`] without anybody purging anything. Isolate memory answers for
//! [`MEMORY_MS`], the data centre's cache for [`CACHE_MS`] beneath it, and both count from the moment *before* the
//! bucket was asked, so that a slow answer is not young.

use crate::{LiveRecord, Manifest, Settings, SiteId, SnapshotId, live::LiveVersion, settings::TakenDown};
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A version.
    Version {
        /// Whose it is.
        site: SiteId,
        /// Which it is.
        version: LiveVersion,
        /// What its site is set to. Not taken down.
        settings: Settings,
    },
    /// A site that an operator has taken down, or a version of one.
    TakenDown(TakenDown),
    /// A domain whose owner wants its visitors at the site's label, which this is.
    Elsewhere(String),
    /// A site that has published nothing yet.
    Waiting,
    /// No site.
    Nobody,
}

impl Place {
    /// What a live record says; `None` for a tombstone, whose name somebody else may have by now.
    pub fn of_record(record: LiveRecord) -> Option<Self> {
        record.version.map(|version| Self::of_version(record.site_id, version, record.settings))
    }

    /// A version, for as long as its site is up.
    pub fn of_version(site: SiteId, version: LiveVersion, settings: Settings) -> Self {
        match settings.taken_down {
            Some(why) => Self::TakenDown(why),
            None => Self::Version { site, version, settings },
        }
    }
}

/// What was seen at a name, and when it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Seen", into = "Seen")]
pub struct Sighting {
    /// What.
    pub place: Place,
    /// Unix milliseconds, taken before the bucket was asked.
    pub at: i64,
}

/// A sighting as caches hold it, flat: who reads one waits for a page, and each type that is read costs WASM.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    site: Option<SiteId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshot_id: Option<SnapshotId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    manifest_id: Option<SnapshotId>,
    #[serde(default, skip_serializing_if = "Settings::is_default")]
    settings: Settings,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    elsewhere: Option<String>,
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    waiting: bool,
}

impl From<Seen> for Sighting {
    fn from(seen: Seen) -> Self {
        let version = LiveVersion::of(seen.snapshot_id, seen.manifest_id);
        let place = match (seen.site.zip(version), seen.settings.taken_down, seen.elsewhere) {
            (_, Some(why), _) => Place::TakenDown(why),
            (Some((site, version)), ..) => Place::Version { site, version, settings: seen.settings },
            (_, _, Some(label)) => Place::Elsewhere(label),
            _ if seen.waiting => Place::Waiting,
            _ => Place::Nobody,
        };
        Self { place, at: seen.at }
    }
}

impl From<Sighting> for Seen {
    fn from(Sighting { place, at }: Sighting) -> Self {
        let mut seen = Self {
            at,
            site: None,
            snapshot_id: None,
            manifest_id: None,
            settings: Settings::default(),
            elsewhere: None,
            waiting: place == Place::Waiting,
        };
        match place {
            Place::Version { site, version, settings } => {
                seen.site = Some(site);
                (seen.snapshot_id, seen.manifest_id) = LiveVersion::parts(Some(version));
                seen.settings = settings;
            }
            Place::TakenDown(why) => seen.settings.taken_down = Some(why),
            Place::Elsewhere(label) => seen.elsewhere = Some(label),
            Place::Waiting | Place::Nobody => {}
        }
        seen
    }
}

/// Whether an answer may come from a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// As usual.
    Cached,
    /// As it is now: somebody pressed reload.
    Now,
}

/// Where a reader looks. `name` is a label, the address of one version, or somebody's own domain.
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
    Version {
        /// Which it is.
        version: LiveVersion,
        /// What its site is set to.
        settings: Settings,
        /// Its files.
        manifest: Rc<Manifest>,
    },
    /// A site that an operator has taken down.
    TakenDown(TakenDown),
    /// A domain whose owner wants its visitors at the site's label, which this is.
    Elsewhere(String),
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
        Place::TakenDown(why) => Some(Opened::TakenDown(*why)),
        Place::Elsewhere(label) => Some(Opened::Elsewhere(label.clone())),
        Place::Version { site, version, settings } => {
            let manifest = source.manifest(site, &version.manifest_id).await?;
            manifest.map(|manifest| Opened::Version { version: version.clone(), settings: settings.clone(), manifest })
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_survives_a_cache() {
        let id = |letter: &str| SnapshotId::parse(&letter.repeat(24)).unwrap();
        let site = SiteId::parse(&"a".repeat(24)).unwrap();
        let version = LiveVersion { snapshot_id: id("b"), manifest_id: id("c") };
        let settings = Settings { notch: false, domain: Some("ann.cafe".to_owned()), ..Settings::default() };
        for place in [
            Place::Version { site, version, settings },
            Place::TakenDown(TakenDown::Law),
            Place::Elsewhere("ann".to_owned()),
            Place::Waiting,
            Place::Nobody,
        ] {
            let sighting = Sighting { place, at: 7 };
            let text = serde_json::to_string(&sighting).unwrap();
            assert_eq!(serde_json::from_str::<Sighting>(&text).unwrap(), sighting, "{text}");
        }
    }
}
