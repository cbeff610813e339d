//! Where the reader looks: the data centre's cache, R2 and D1, as `vetka_r2::read` wants them.

use crate::{
    content::collected,
    isolate,
    stores::{Edge, KEEP_FOREVER_SECONDS},
};
use std::rc::Rc;
use vetka_edge::{Error, Result, d1, error, metrics, time};
use vetka_r2::{
    HostRecord, LiveRecord, Manifest, SiteId, SnapshotId, keys,
    read::{CACHE_MS, Place, Sighting, Source},
    settings::Canonical,
};
use worker::js_sys::Uint8Array;

// Each answers with a sighting as caches hold it: one form to read, whichever store it comes from.

/// A name without a live version: is there a site that has published nothing yet?
const SELECT_TAKEN: &str =
    "SELECT json_object('at', 0, 'waiting', json('true'), 'settings', json_object('takenDown', taken_down_for)) AS seen
    FROM site WHERE subdomain = ?1 AND deleted_at IS NULL";
/// A domain whose site has no live version, or does not name the domain yet.
const SELECT_WAITING: &str =
    "SELECT json_object('at', 0, 'waiting', json('true'), 'settings', json_object('takenDown', taken_down_for)) AS seen
    FROM site WHERE id = ?1 AND custom_domain = ?2 AND deleted_at IS NULL";
/// A version by its own address, for as long as its site is there.
const SELECT_VERSION: &str =
    "SELECT json_object('at', 0, 'site', n.site_id, 'snapshotId', n.id, 'manifestId', n.manifest_id,
      'settings', json_object('notFound', s.not_found, 'notch', json(iif(s.notch, 'true', 'false')),
        'domain', s.custom_domain, 'canonical', s.canonical, 'takenDown', s.taken_down_for)) AS seen
    FROM site_snapshot n JOIN site s ON s.id = n.site_id
    WHERE n.id = ?1 AND n.status = 'success' AND s.deleted_at IS NULL";

impl Edge<'_> {
    /// What the database says of a name; nobody when there is no row.
    async fn row<const N: usize>(&self, sql: &str, values: [d1::Value<'_>; N]) -> Result<Place> {
        let row: Option<String> = d1::prepare(&self.env.d1("DB")?, sql, values)?.first(Some("seen")).await?;
        row.map_or(Ok(Place::Nobody), |row| Ok(serde_json::from_str::<Sighting>(&row)?.place))
    }

    /// What the database says of a label without a live version.
    pub async fn named(&self, label: &str) -> Result<Place> {
        self.row(SELECT_TAKEN, [label.into()]).await
    }

    async fn live(&self, label: &str) -> Result<Place> {
        match self.live_record(label).await?.and_then(Place::of_record) {
            Some(place) => Ok(place),
            None => self.named(label).await,
        }
    }

    /// Somebody's own domain: its object names a site, and the site's live record must name the domain in turn. Read as
    /// one, so that what is remembered of it is never older than what is remembered of a label.
    async fn host(&self, hostname: &str) -> Result<Place> {
        let bytes = self.bytes(&keys::host(hostname)).await?;
        let Some(host) = bytes.and_then(|bytes| HostRecord::from_json(&bytes)) else { return Ok(Place::Nobody) };
        let record = self.live_record(&host.label).await?.filter(|record| host.is_answered_by(record, hostname));
        match record.and_then(Place::of_record) {
            Some(Place::Version { settings, .. }) if settings.canonical == Canonical::Label => {
                Ok(Place::Elsewhere(host.label))
            }
            Some(place) => Ok(place),
            None => self.row(SELECT_WAITING, [host.site_id.as_str().into(), hostname.into()]).await,
        }
    }

    async fn live_record(&self, label: &str) -> Result<Option<LiveRecord>> {
        Ok(self.bytes(&keys::live(label)).await?.and_then(|bytes| LiveRecord::from_json(&bytes)))
    }

    async fn bytes(&self, key: &str) -> Result<Option<Vec<u8>>> {
        match self.object(key, None).await? {
            Some(stream) => Ok(Some(collected(&stream).await?.to_vec())),
            None => Ok(None),
        }
    }
}

fn sighting_key(name: &str) -> String {
    format!("seen/{name}")
}

impl Source for Edge<'_> {
    type Error = Error;

    fn now(&self) -> i64 {
        time::now_ms()
    }

    async fn cached(&self, name: &str) -> Option<Sighting> {
        let cached = collected(&self.in_cache(&sighting_key(name)).await?).await.ok()?;
        metrics::cache(self.env, "name", "edge");
        serde_json::from_slice(&cached.to_vec()).ok()
    }

    async fn keep(&self, name: &str, sighting: &Sighting) {
        if let Ok(body) = serde_json::to_vec(sighting) {
            // Without it the next isolate asks the bucket, nothing else.
            let _ = self.bytes_to_cache(&sighting_key(name), &Uint8Array::from(&*body), (CACHE_MS / 1000) as u32);
        }
    }

    async fn stored(&self, name: &str) -> Result<Place> {
        metrics::cache(self.env, "name", "store");
        match name.strip_prefix("v--").and_then(SnapshotId::parse) {
            Some(id) => self.row(SELECT_VERSION, [id.as_str().into()]).await,
            None if name.contains('.') => self.host(name).await,
            None => self.live(name).await,
        }
    }

    async fn manifest(&self, site: &SiteId, id: &SnapshotId) -> Result<Option<Rc<Manifest>>> {
        let key = keys::manifest(site, id);
        let isolate = isolate::memory();
        let remembered = isolate.manifests.borrow_mut().get(&key);
        if remembered.is_some() {
            metrics::cache(self.env, "manifest", "memory");
            return Ok(remembered);
        }
        let cached = match self.in_cache(&key).await {
            Some(stream) => collected(&stream).await.ok().map(|bytes| bytes.to_vec()),
            None => None,
        };
        metrics::cache(self.env, "manifest", if cached.is_some() { "edge" } else { "store" });
        let bytes = match cached {
            Some(bytes) => bytes,
            None => {
                let Some(bytes) = self.bytes(&key).await? else { return Ok(None) };
                self.bytes_to_cache(&key, &Uint8Array::from(&*bytes), KEEP_FOREVER_SECONDS)?;
                bytes
            }
        };
        let manifest = Rc::new(Manifest::open(bytes).map_err(|problem| error::internal(format!("{key}: {problem}")))?);
        isolate.manifests.borrow_mut().put(key, manifest.clone());
        Ok(Some(manifest))
    }
}
