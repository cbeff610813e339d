//! What of an account lies in the bucket: pictures, files that were sent along, and the site itself.

use super::internal;
use crate::{archive::Item, ask::Ask};
use vetka_edge::{Result, d1};
use vetka_r2::{Manifest, SiteId, SnapshotId, keys, manifest::Entry};
use worker::{Bucket, Include, Object};

const SELECT_LIVE: &str = "SELECT s.id AS site, l.manifest_id AS manifest, l.created_at FROM site s
    JOIN site_snapshot l ON l.id = s.live_snapshot_id WHERE s.id = ?1 AND s.deleted_at IS NULL";

/// Somebody's picture.
pub async fn pictures(bucket: &Bucket, user_id: &str) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for object in list(bucket, &keys::pictures_of(user_id)).await? {
        let jpeg = object.http_metadata().content_type.as_deref() == Some("image/jpeg");
        let number = if items.is_empty() { String::new() } else { format!("-{}", items.len() + 1) };
        let name = format!("picture{number}.{}", if jpeg { "jpg" } else { "webp" });
        items.push(Item::object(name, object.key(), uploaded(&object)));
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
        Ok(Item::object(format!("uploads/{id}/{name}"), key.clone(), uploaded(&object)))
    };
    list(bucket, &prefix).await?.into_iter().map(item).collect()
}

/// The files that visitors see now.
pub async fn of_live_version(ask: &Ask, bucket: &Bucket, site_id: &str) -> Result<Vec<Item>> {
    #[derive(d1::FromRow)]
    struct Live {
        #[column(parse)]
        site: SiteId,
        #[column(parse)]
        manifest: SnapshotId,
        created_at: i64,
    }
    let live: Option<Live> = d1::first(&ask.db()?, SELECT_LIVE, [site_id.into()]).await?;
    let Some(live) = live else { return Ok(Vec::new()) };
    let object = bucket.get(keys::manifest(&live.site, &live.manifest)).execute().await?;
    let Some(body) = object.as_ref().and_then(Object::body) else { return Ok(Vec::new()) };
    let manifest = Manifest::open(body.bytes().await?).map_err(|problem| internal(&problem))?;
    let item = |entry: Entry<'_>| Item::blob(&format!("site/{}", entry.path), &entry.hash, live.created_at);
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
