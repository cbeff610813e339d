//! The two halves by which visitors of a domain get to a site: the domain's object in the bucket, and the settings in the
//! site's live record, which the deploy worker writes.

use super::row::Row;
use crate::site_settings;
use vetka_edge::{Result, error};
use vetka_r2::{HostRecord, SiteId, keys};
use worker::{Bucket, Conditional, Env};

/// Tries to put the object while others do.
const TRIES: usize = 3;

/// Brings visitors of a domain to its site. The object first: the site must not send anybody to a domain that leads nowhere.
pub async fn open(env: &Env, row: &Row) -> Result<()> {
    let (Some(label), Some(site_id)) = (&row.label, SiteId::parse(&row.site_id)) else { return Ok(()) };
    put(&env.bucket("BUCKET")?, &row.hostname, &HostRecord { site_id, label: label.clone() }).await?;
    if row.is_served() {
        return Ok(());
    }
    site_settings::patch(env, &row.site_id, &serde_json::json!({ "domain": row.hostname })).await
}

/// Takes a site away from a domain. The settings first, for the same reason.
pub async fn close(env: &Env, row: &Row) -> Result<()> {
    if row.is_served() {
        site_settings::patch(env, &row.site_id, &serde_json::json!({ "domain": null })).await?;
    }
    let (bucket, key) = (env.bucket("BUCKET")?, keys::host(&row.hostname));
    let is_ours = read(&bucket, &key)
        .await?
        .is_some_and(|(record, _)| record.is_none_or(|record| record.site_id.as_str() == row.site_id));
    if is_ours {
        // Nobody else writes here as long as the row that this is done for holds the domain.
        bucket.delete(key).await?;
    }
    Ok(())
}

/// Puts the object in the place of the one that was seen, so that a stalled writer changes nothing.
async fn put(bucket: &Bucket, hostname: &str, wanted: &HostRecord) -> Result<()> {
    let key = keys::host(hostname);
    for _ in 0..TRIES {
        let standing = read(bucket, &key).await?;
        if standing.as_ref().is_some_and(|(record, _)| record.as_ref() == Some(wanted)) {
            return Ok(());
        }
        let only_if = match standing {
            Some((_, etag)) => Conditional { etag_matches: Some(etag), ..Conditional::default() },
            None => Conditional { etag_does_not_match: Some("*".to_owned()), ..Conditional::default() },
        };
        let put = bucket.put(&key, wanted.to_json()).only_if(only_if).execute().await?;
        if put.is_some() {
            return Ok(());
        }
    }
    Err(error::internal("the object of a domain changed again and again"))
}

/// What stands there, with its etag; what cannot be read is no record.
async fn read(bucket: &Bucket, key: &str) -> Result<Option<(Option<HostRecord>, String)>> {
    let Some(object) = bucket.get(key).execute().await? else { return Ok(None) };
    let bytes = match object.body() {
        Some(body) => body.bytes().await?,
        None => Vec::new(),
    };
    Ok(Some((HostRecord::from_json(&bytes), object.etag())))
}
