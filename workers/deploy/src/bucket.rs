//! R2 as the publishing protocol's bucket.

use std::collections::BTreeMap;
use vetka_edge::{Error, Result, error};
use vetka_r2::{
    BlobHash, LiveRecord, Manifest, SiteId, SnapshotId, keys,
    publish::{Bucket, Standing},
};
use worker::{Conditional, Data, Env, web_sys::ReadableStream};

/// The bucket, and what of it is known without asking.
pub struct R2 {
    bucket: worker::Bucket,
    known: BTreeMap<BlobHash, u32>,
}

impl R2 {
    /// Opens the binding.
    pub fn new(env: &Env) -> Result<Self> {
        Ok(Self { bucket: env.bucket("BUCKET")?, known: BTreeMap::new() })
    }

    /// Deletes the pictures of a site that is going.
    pub async fn remove_thumbnails(&self, site: &SiteId) -> Result<()> {
        self.remove_all(&keys::thumbnails_of(site.as_str())).await
    }

    async fn remove_all(&self, prefix: &str) -> Result<()> {
        // What is deleted is no longer listed, so asking for the first page again goes through all of them.
        loop {
            let page = self.bucket.list().prefix(prefix.to_owned()).execute().await?;
            let keys: Vec<String> = page.objects().iter().map(worker::Object::key).collect();
            if keys.is_empty() {
                return Ok(());
            }
            self.bucket.delete_multiple(keys).await?;
        }
    }

    /// Notes that the blobs of a live version are there, so that nobody asks for each.
    pub fn knows(&mut self, manifest: &Manifest) {
        for entry in manifest.entries() {
            self.known.insert(entry.hash, entry.size);
        }
    }

    /// Stores a blob as it arrives: the bytes go past this program. The bucket keeps nothing whose digest is another.
    ///
    /// # Errors
    /// See [`is_other_digest`].
    pub async fn put_stream(&self, hash: &BlobHash, body: Option<ReadableStream>) -> worker::Result<()> {
        let data = body.map_or_else(|| Data::Bytes(Vec::new()), Data::ReadableStream);
        self.bucket.put(keys::blob(hash), data).sha256(hash.as_bytes().to_vec()).execute().await.map(drop)
    }

    /// The bytes of a blob; `None` when it is not there.
    pub async fn blob(&self, hash: &BlobHash) -> Result<Option<Vec<u8>>> {
        let Some(object) = self.bucket.get(keys::blob(hash)).execute().await? else { return Ok(None) };
        match object.body() {
            Some(body) => Ok(Some(body.bytes().await?)),
            None => Ok(None),
        }
    }
}

/// Whether the bucket refused bytes for their digest, which R2 calls error 10037.
pub fn is_other_digest(failure: &worker::Error) -> bool {
    error::describe(failure).contains("(10037)")
}

/// Succeeds only when nothing has this key.
fn create_only() -> Conditional {
    Conditional { etag_does_not_match: Some("*".to_owned()), ..Conditional::default() }
}

impl Bucket for R2 {
    type Error = Error;

    async fn has_blob(&self, hash: &BlobHash) -> Result<bool> {
        Ok(self.known.contains_key(hash) || self.bucket.head(keys::blob(hash)).await?.is_some())
    }

    async fn put_blob(&self, hash: &BlobHash, bytes: Vec<u8>) -> Result<()> {
        // R2 compares the digest itself, so bytes that were damaged on the way are refused there.
        self.bucket.put(keys::blob(hash), bytes).sha256(hash.as_bytes().to_vec()).execute().await?;
        Ok(())
    }

    async fn put_manifest(&self, site: &SiteId, id: &SnapshotId, manifest: &Manifest) -> Result<()> {
        let put = self.bucket.put(keys::manifest(site, id), manifest.as_bytes().to_vec()).only_if(create_only());
        match put.execute().await? {
            Some(_) => Ok(()),
            None => Err(error::internal("a manifest of this name exists already")),
        }
    }

    async fn keep_manifest(&self, site: &SiteId, id: &SnapshotId, manifest: &Manifest) -> Result<()> {
        let put = self.bucket.put(keys::manifest(site, id), manifest.as_bytes().to_vec()).only_if(create_only());
        put.execute().await?;
        Ok(())
    }

    async fn replace_manifest(&self, site: &SiteId, id: &SnapshotId, manifest: &Manifest) -> Result<()> {
        self.bucket.put(keys::manifest(site, id), manifest.as_bytes().to_vec()).execute().await?;
        Ok(())
    }

    async fn manifest(&self, site: &SiteId, id: &SnapshotId) -> Result<Option<Manifest>> {
        let Some(object) = self.bucket.get(keys::manifest(site, id)).execute().await? else { return Ok(None) };
        let Some(body) = object.body() else { return Ok(None) };
        Manifest::open(body.bytes().await?).map(Some).map_err(|problem| error::internal(problem.to_string()))
    }

    async fn remove_blobs(&self, blobs: &[BlobHash]) -> Result<()> {
        Ok(self.bucket.delete_multiple(blobs.iter().map(keys::blob).collect()).await?)
    }

    async fn remove_manifests(&self, manifests: &[(SiteId, SnapshotId)]) -> Result<()> {
        let keys = manifests.iter().map(|(site, id)| keys::manifest(site, id)).collect();
        Ok(self.bucket.delete_multiple(keys).await?)
    }

    async fn remove_all_manifests(&self, site: &SiteId) -> Result<()> {
        self.remove_all(&keys::manifests_of(site)).await
    }

    async fn live(&self, label: &str) -> Result<Standing> {
        let Some(object) = self.bucket.get(keys::live(label)).execute().await? else { return Ok(Standing::default()) };
        let record = match object.body() {
            Some(body) => LiveRecord::from_json(&body.bytes().await?),
            None => None,
        };
        Ok(Standing { etag: Some(object.etag()), record })
    }

    async fn put_live(&self, label: &str, record: &LiveRecord, guard: Option<&str>) -> Result<bool> {
        let guard = match guard {
            Some(etag) => Conditional { etag_matches: Some(etag.to_owned()), ..Conditional::default() },
            None => create_only(),
        };
        Ok(self.bucket.put(keys::live(label), record.to_json()).only_if(guard).execute().await?.is_some())
    }
}
