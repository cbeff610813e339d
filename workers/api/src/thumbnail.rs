//! Pictures of what is live. That one is due stands in `site_image`, written by the database itself when a version goes
//! live; the schedule takes a few a run. A picture is of a version's own address, which never shows anything else, and
//! has a name of its own that nobody guesses, so that an address means the same bytes for ever.

use std::time::Duration;
use vetka_edge::{
    Result, auth,
    browser::{Browser, Shot, TYPE, WIDTH},
    config::Config,
    d1, id, log,
};
use vetka_r2::keys;
use worker::{Bucket, Env, HttpMetadata, Object};

/// Pictures of one run. Each takes some seconds, and a run may take minutes.
const SELECT_DUE: &str = "SELECT i.site_id, i.due_at, i.tries, s.live_snapshot_id AS snapshot_id
    FROM site_image i JOIN site s ON s.id = i.site_id
    WHERE i.due_at <= ?1 AND s.deleted_at IS NULL AND s.taken_down_at IS NULL AND s.live_snapshot_id IS NOT NULL
    ORDER BY i.due_at LIMIT 8";
const RESERVE: &str = "UPDATE site_image SET due_at = ?3, tries = tries + 1 WHERE site_id = ?1 AND due_at = ?2
    RETURNING site_id";
/// These three count only while nothing has gone live since the picture was reserved.
const KEEP: &str = "UPDATE site_image SET image_id = ?3, snapshot_id = ?4, tries = 0, due_at = NULL
    WHERE site_id = ?1 AND due_at = ?2 RETURNING site_id";
const TRY_LATER: &str = "UPDATE site_image SET due_at = ?3 WHERE site_id = ?1 AND due_at = ?2";
const WAIT: &str = "UPDATE site_image SET due_at = ?3, tries = tries - 1 WHERE site_id = ?1 AND due_at = ?2";
const SELECT_SHOWN: &str = "SELECT i.site_id FROM site_image i JOIN site s ON s.id = i.site_id
    WHERE i.site_id = ?1 AND i.image_id = ?2 AND s.deleted_at IS NULL AND s.taken_down_at IS NULL";
const FORGET: &str = "UPDATE site_image SET image_id = NULL, snapshot_id = NULL, due_at = NULL WHERE site_id = ?1";
const WANT: &str = "UPDATE site_image SET tries = 0, due_at = ?2 WHERE site_id = ?1";

const MINUTE_MS: i64 = 60_000;
/// How long one picture may take: nobody waits for it.
const PATIENCE: Duration = Duration::from_secs(60);
/// For how long a picture that is being taken is nobody else's to take.
const RESERVED_MS: i64 = 3 * MINUTE_MS;
/// The pause after the first failure; each next one is twice as long.
const PAUSE_MS: i64 = 5 * MINUTE_MS;
/// A page that cannot be pictured so often is left alone, until another version of it is live.
const MOST_TRIES: i64 = 5;

#[derive(d1::FromRow)]
struct Due {
    site_id: String,
    due_at: i64,
    tries: i64,
    snapshot_id: String,
}

#[derive(d1::FromRow)]
struct Found {}

/// Takes the pictures that are due, one after another, some of them a run. Without a browser's token there are none, and
/// they stay due.
pub async fn run(env: &Env, now: i64) -> Result<()> {
    let Some(browser) = Browser::of(env)? else { return Ok(()) };
    let due: Vec<Due> = d1::all(&env.d1(auth::DB)?, SELECT_DUE, [now.into()]).await?;
    for picture in due {
        match take(env, &browser, &picture, now).await {
            Ok(true) => {}
            // Whoever asks again at once will be told the same.
            Ok(false) => break,
            Err(failure) => failure.log("thumbnail"),
        }
    }
    Ok(())
}

/// Whether there is any use in going on with the next one.
async fn take(env: &Env, browser: &Browser, due: &Due, now: i64) -> Result<bool> {
    let db = env.d1(auth::DB)?;
    let reserved = now + RESERVED_MS;
    let values = [(&due.site_id).into(), due.due_at.into(), reserved.into()];
    if d1::first::<Found, 3>(&db, RESERVE, values).await?.is_none() {
        return Ok(true);
    }
    let address = Config::from_env(env)?.version_url(&due.snapshot_id);
    let standing = [(&due.site_id).into(), reserved.into()];
    let [site, standing] = standing;
    match browser.screenshot(&address, WIDTH, None, PATIENCE).await {
        Shot::Taken(picture) => {
            let image = id::random()?;
            let bucket = env.bucket("BUCKET")?;
            let kind = HttpMetadata { content_type: Some(TYPE.to_owned()), ..HttpMetadata::default() };
            bucket.put(keys::thumbnail(&due.site_id, &image), picture).http_metadata(kind).execute().await?;
            let values = [site, standing, (&image).into(), (&due.snapshot_id).into()];
            let kept: Option<Found> = d1::first(&db, KEEP, values).await?;
            // Either the ones before, or this one, when something else is live by now or the site is gone.
            let stays = if kept.is_some() { Some(image.as_str()) } else { None };
            sweep(&bucket, &due.site_id, stays, &image).await?;
            Ok(true)
        }
        Shot::Wait { ms } => {
            d1::run(&db, WAIT, [site, standing, (now + ms).into()]).await?;
            log::info("thumbnails_wait", serde_json::json!({ "seconds": ms / 1000 }));
            Ok(false)
        }
        Shot::Failed(cause) => {
            let tries = due.tries + 1;
            let next = (tries < MOST_TRIES).then(|| now + (PAUSE_MS << (tries - 1).clamp(0, MOST_TRIES)));
            d1::run(&db, TRY_LATER, [site, standing, next.into()]).await?;
            log::error(&due.site_id, "no_thumbnail", &cause);
            Ok(true)
        }
    }
}

/// Deletes a site's pictures but one; without one to stay, only the one that was not kept.
async fn sweep(bucket: &Bucket, site: &str, stays: Option<&str>, taken: &str) -> Result<()> {
    let Some(stays) = stays else {
        bucket.delete(keys::thumbnail(site, taken)).await?;
        return Ok(());
    };
    let stays = keys::thumbnail(site, stays);
    let listed = bucket.list().prefix(keys::thumbnails_of(site)).execute().await?;
    let others: Vec<String> = listed.objects().iter().map(Object::key).filter(|key| *key != stays).collect();
    if !others.is_empty() {
        bucket.delete_multiple(others).await?;
    }
    Ok(())
}

/// The path of a picture here.
pub fn path(site: &str, image: &str) -> String {
    format!("/{}", keys::thumbnail(site, image))
}

/// A picture's bytes. `None` when it is not the one that is shown: of a site that is deleted or taken down none is.
pub async fn get(env: &Env, site: &str, image: &str) -> Result<Option<Vec<u8>>> {
    if !id::is_id(site) || !id::is_id(image) {
        return Ok(None);
    }
    let shown: Option<Found> = d1::first(&env.d1(auth::DB)?, SELECT_SHOWN, [site.into(), image.into()]).await?;
    if shown.is_none() {
        return Ok(None);
    }
    let Some(found) = env.bucket("BUCKET")?.get(keys::thumbnail(site, image)).execute().await? else {
        return Ok(None);
    };
    let Some(body) = found.body() else { return Ok(None) };
    Ok(Some(body.bytes().await?))
}

/// Forgets the pictures of a site that was taken down.
pub async fn forget(env: &Env, site: &str) -> Result<()> {
    d1::run(&env.d1(auth::DB)?, FORGET, [site.into()]).await?;
    let bucket = env.bucket("BUCKET")?;
    let listed = bucket.list().prefix(keys::thumbnails_of(site)).execute().await?;
    let keys: Vec<String> = listed.objects().iter().map(Object::key).collect();
    if !keys.is_empty() {
        bucket.delete_multiple(keys).await?;
    }
    Ok(())
}

/// Has a new one taken, of a site that is back.
pub async fn want(env: &Env, site: &str, now: i64) -> Result<()> {
    d1::run(&env.d1(auth::DB)?, WANT, [site.into(), now.into()]).await
}
