//! Where the reader looks: the data centre's cache, R2 and D1, as `vetka_r2::read` wants them.

use crate::isolate;
use serde::Deserialize;
use std::rc::Rc;
use vetka_edge::{Error, Result, config::Config, d1, error, time};
use vetka_r2::{
    LiveRecord, Manifest, SiteId, SnapshotId, keys,
    live::LiveVersion,
    read::{CACHE_MS, Place, Sighting, Source},
};
use worker::{Bucket, Cache, Context, Env, Headers, Response};

/// How long a data centre may keep what never changes, in seconds. Nobody gets at it without a live version that
/// names it, so this is about room, not about truth.
pub const KEEP_FOREVER_SECONDS: u32 = 24 * 60 * 60;

/// A name without a live version: is there a site that has published nothing yet?
const SELECT_TAKEN: &str = "SELECT id AS site FROM site WHERE subdomain = ?1 AND deleted_at IS NULL";
/// A version by its own address, for as long as its site is there.
const SELECT_VERSION: &str =
    "SELECT n.site_id AS site, n.manifest_id FROM site_snapshot n JOIN site s ON s.id = n.site_id
    WHERE n.id = ?1 AND n.status = 'success' AND s.deleted_at IS NULL";

#[derive(Deserialize)]
struct Taken {
    #[expect(dead_code, reason = "that there is a row is the answer")]
    site: String,
}

#[derive(Deserialize)]
struct Version {
    site: SiteId,
    manifest_id: SnapshotId,
}

/// The stores, for one request.
pub struct Edge<'a> {
    env: &'a Env,
    context: &'a Context,
    bucket: Bucket,
    /// What the keys of our cache entries begin with: a host that is ours and can be no site.
    cache_origin: String,
}

impl<'a> Edge<'a> {
    /// Opens the bindings.
    pub fn new(env: &'a Env, context: &'a Context, config: &Config) -> Result<Self> {
        let cache_origin = config.sites_origin.replace("{label}", "x--cache");
        Ok(Self { env, context, bucket: env.bucket("BUCKET")?, cache_origin })
    }

    /// The bucket.
    pub const fn bucket(&self) -> &Bucket {
        &self.bucket
    }

    /// What the data centre's cache has under a key of the bucket. A cache that fails has nothing.
    pub async fn in_cache(&self, key: &str) -> Option<Response> {
        Cache::default().get(self.cache_key(key), false).await.ok().flatten()
    }

    /// Gives the data centre's cache something to keep, after the answer.
    pub fn to_cache(&self, key: &str, response: Response) {
        let key = self.cache_key(key);
        self.context.wait_until(async move {
            // A cache that does not take it costs the next visitor a moment, nothing else.
            let _ = Cache::default().put(key, response).await;
        });
    }

    fn cache_key(&self, key: &str) -> String {
        format!("{}/{key}", self.cache_origin)
    }

    async fn version(&self, id: &SnapshotId) -> Result<Place> {
        let row: Option<Version> = d1::first(&self.env.d1("DB")?, SELECT_VERSION, [id.as_str().into()]).await?;
        Ok(row.map_or(Place::Nobody, |row| Place::Version {
            site: row.site,
            version: LiveVersion { snapshot_id: id.clone(), manifest_id: row.manifest_id },
        }))
    }

    async fn live(&self, label: &str) -> Result<Place> {
        let object = self.bucket.get(keys::live(label)).execute().await?;
        let record = match object.as_ref().and_then(worker::Object::body) {
            Some(body) => LiveRecord::from_json(&body.bytes().await?),
            None => None,
        };
        if let Some(place) = record.and_then(Place::of_record) {
            return Ok(place);
        }
        let taken: Option<Taken> = d1::first(&self.env.d1("DB")?, SELECT_TAKEN, [label.into()]).await?;
        Ok(if taken.is_some() { Place::Waiting } else { Place::Nobody })
    }
}

/// Headers of an entry in the data centre's cache.
pub fn keep_for(seconds: u32) -> Result<Headers> {
    let headers = Headers::new();
    headers.set("cache-control", &format!("max-age={seconds}"))?;
    Ok(headers)
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
        let mut response = self.in_cache(&sighting_key(name)).await?;
        serde_json::from_slice(&response.bytes().await.ok()?).ok()
    }

    async fn keep(&self, name: &str, sighting: &Sighting) {
        let (Ok(body), Ok(headers)) = (serde_json::to_vec(sighting), keep_for((CACHE_MS / 1000) as u32)) else {
            return;
        };
        self.to_cache(&sighting_key(name), Response::builder().with_headers(headers).fixed(body));
    }

    async fn stored(&self, name: &str) -> Result<Place> {
        match name.strip_prefix("v--").and_then(SnapshotId::parse) {
            Some(id) => self.version(&id).await,
            None => self.live(name).await,
        }
    }

    async fn manifest(&self, site: &SiteId, id: &SnapshotId) -> Result<Option<Rc<Manifest>>> {
        let key = keys::manifest(site, id);
        let isolate = isolate::memory();
        let remembered = isolate.manifests.borrow_mut().get(&key);
        if remembered.is_some() {
            return Ok(remembered);
        }
        let cached = match self.in_cache(&key).await {
            Some(mut response) => response.bytes().await.ok(),
            None => None,
        };
        let bytes = match cached {
            Some(bytes) => bytes,
            None => {
                let object = self.bucket.get(key.clone()).execute().await?;
                let Some(body) = object.as_ref().and_then(worker::Object::body) else { return Ok(None) };
                let bytes = body.bytes().await?;
                let headers = keep_for(KEEP_FOREVER_SECONDS)?;
                self.to_cache(&key, Response::builder().with_headers(headers).fixed(bytes.clone()));
                bytes
            }
        };
        let manifest = Rc::new(Manifest::open(bytes).map_err(|problem| error::internal(format!("{key}: {problem}")))?);
        isolate.manifests.borrow_mut().put(key, manifest.clone());
        Ok(Some(manifest))
    }
}
