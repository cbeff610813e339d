//! The files of an archive: texts that are made here, and objects of the bucket, which are read when their turn comes.

use super::internal;
use crate::ask::Ask;
use serde::{Deserialize, Serialize};
use vetka_edge::{Result, d1};
use vetka_r2::{Manifest, SiteId, SnapshotId, keys};
use worker::{Bucket, Include, Object};

const SELECT_LIVE: &str = "SELECT s.id AS site, l.manifest_id AS manifest, l.created_at FROM site s
    JOIN site_snapshot l ON l.id = s.live_snapshot_id WHERE s.id = ?1 AND s.deleted_at IS NULL";

/// One file on its way into the archive.
pub struct Item {
    name: String,
    at: i64,
    from: From,
}

enum From {
    Bytes(Vec<u8>),
    Object(String),
}

impl Item {
    /// A text.
    pub fn text(name: &str, text: String, at: i64) -> Self {
        Self { name: name.to_owned(), at, from: From::Bytes(text.into_bytes()) }
    }

    /// Anything as JSON that a person can read too.
    pub fn json<T: Serialize>(name: &str, value: &T, at: i64) -> Result<Self> {
        let mut bytes = serde_json::to_vec_pretty(value)?;
        bytes.push(b'\n');
        Ok(Self { name: name.to_owned(), at, from: From::Bytes(bytes) })
    }

    /// Its name in the archive.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When it was made, Unix milliseconds UTC.
    pub fn at(&self) -> i64 {
        self.at
    }

    /// Its bytes; `None` when the object is gone.
    pub async fn bytes(self, bucket: &Bucket) -> Result<Option<Vec<u8>>> {
        match self.from {
            From::Bytes(bytes) => Ok(Some(bytes)),
            From::Object(key) => {
                let object = bucket.get(key).execute().await?;
                match object.as_ref().and_then(Object::body) {
                    Some(body) => Ok(Some(body.bytes().await?)),
                    None => Ok(None),
                }
            }
        }
    }
}

/// Somebody's picture.
pub async fn pictures(bucket: &Bucket, user_id: &str) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for object in list(bucket, &keys::pictures_of(user_id)).await? {
        let jpeg = object.http_metadata().content_type.as_deref() == Some("image/jpeg");
        let number = if items.is_empty() { String::new() } else { format!("-{}", items.len() + 1) };
        let name = format!("picture{number}.{}", if jpeg { "jpg" } else { "webp" });
        items.push(Item { name, at: uploaded(&object), from: From::Object(object.key()) });
    }
    Ok(items)
}

/// What was sent along in a conversation, also what was never sent off.
pub async fn uploads(bucket: &Bucket, conversation: &str) -> Result<Vec<Item>> {
    let prefix = keys::uploads_of(conversation);
    let item = |object: Object| {
        let key = object.key();
        let id = key.strip_prefix(&prefix).unwrap_or_default();
        let name = object.custom_metadata()?.remove("name").unwrap_or_else(|| "file".to_owned());
        Ok(Item { name: format!("uploads/{id}/{name}"), at: uploaded(&object), from: From::Object(key) })
    };
    list(bucket, &prefix).await?.into_iter().map(item).collect()
}

/// The files that visitors see now.
pub async fn of_live_version(ask: &Ask, bucket: &Bucket, site_id: &str) -> Result<Vec<Item>> {
    #[derive(Deserialize)]
    struct Live {
        site: SiteId,
        manifest: SnapshotId,
        created_at: i64,
    }
    let live: Option<Live> = d1::first(&ask.db()?, SELECT_LIVE, [site_id.into()]).await?;
    let Some(live) = live else { return Ok(Vec::new()) };
    let object = bucket.get(keys::manifest(&live.site, &live.manifest)).execute().await?;
    let Some(body) = object.as_ref().and_then(Object::body) else { return Ok(Vec::new()) };
    let manifest = Manifest::open(body.bytes().await?).map_err(|problem| internal(&problem))?;
    let item = |entry: vetka_r2::manifest::Entry<'_>| Item {
        name: format!("site/{}", entry.path),
        at: live.created_at,
        from: From::Object(keys::blob(&entry.hash)),
    };
    Ok(manifest.entries().map(item).collect())
}

async fn list(bucket: &Bucket, prefix: &str) -> Result<Vec<Object>> {
    let mut objects = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let wanted = bucket.list().prefix(prefix).include(vec![Include::HttpMetadata, Include::CustomMetadata]);
        let page = match cursor {
            Some(cursor) => wanted.cursor(cursor).execute().await?,
            None => wanted.execute().await?,
        };
        objects.extend(page.objects());
        cursor = page.cursor().filter(|_| page.truncated());
        if cursor.is_none() {
            return Ok(objects);
        }
    }
}

fn uploaded(object: &Object) -> i64 {
    i64::try_from(object.uploaded().as_millis()).unwrap_or_default()
}
