//! People's pictures of themselves, in the bucket under `pictures/<user id>/<random id>`. A new picture gets a new name,
//! so an address means the same bytes for ever and may be kept by everybody; taking a picture away deletes it.

use super::profile::{self, Account, Wish};
use crate::ask::Ask;
use vetka_app::facts::own_picture;
use vetka_domain::picture::{self, Format, Problem};
use vetka_edge::{Error, Result, auth::Viewer, error, id};
use worker::{Bucket, HttpMetadata};

/// Younger pictures than this may belong to a request that has not yet written down their name.
const IN_FLIGHT_MS: i64 = 60_000;

/// Keeps a new picture of the viewer in place of the one before.
///
/// # Errors
/// 413 `too_large`; 422 `invalid_picture` for what is no picture of the one size, or more than a picture.
pub async fn put(ask: &Ask, viewer: &Viewer, format: Format, file: &[u8]) -> Result<Account> {
    picture::check(format, file).map_err(|problem| match problem {
        Problem::TooLarge => error::too_large(problem.sentence()),
        _ => Error::new(422, "invalid_picture", problem.sentence()),
    })?;
    let id = id::random()?;
    let bucket = bucket(ask)?;
    let kind = HttpMetadata { content_type: Some(format.media_type().to_owned()), ..HttpMetadata::default() };
    bucket.put(key(&viewer.user_id, &id), file.to_vec()).http_metadata(kind).execute().await?;
    let address = format!("{}{}", ask.config().app_origin, path(&viewer.user_id, &id));
    let wish = Wish { image: Some(Some(&address)), ..Wish::default() };
    let replaced = profile::write(ask, &viewer.user_id, &wish)
        .await?
        .map_err(|columns| error::internal(format!("a picture ran against {columns}")))?;
    forget(ask, &viewer.user_id, replaced.as_deref()).await?;
    profile::read(ask, &viewer.user_id).await
}

/// A picture's type and bytes. `None` when there is none of that name.
pub async fn get(ask: &Ask, user_id: &str, id: &str) -> Result<Option<(Format, Vec<u8>)>> {
    if !id::is_id(user_id) || !id::is_id(id) {
        return Ok(None);
    }
    let Some(found) = bucket(ask)?.get(key(user_id, id)).execute().await? else { return Ok(None) };
    let kind = found.http_metadata().content_type.unwrap_or_default();
    let (Some(format), Some(body)) = (Format::from_media_type(&kind), found.body()) else { return Ok(None) };
    Ok(Some((format, body.bytes().await?)))
}

/// Deletes the picture that was replaced, and with it any that an earlier request meant to delete and could not.
///
/// # Errors
/// Internal, when the bucket does not answer: whoever took a picture away has to know that it may still be there.
pub(super) async fn forget(ask: &Ask, user_id: &str, replaced: Option<&str>) -> Result<()> {
    let bucket = bucket(ask)?;
    let own = |address: &str| own_picture(&ask.config().app_origin, user_id, address);
    if let Some(path) = replaced.and_then(own) {
        bucket.delete(path.trim_start_matches('/')).await?;
    }
    let kept = profile::read(ask, user_id).await?.image.as_deref().and_then(own).unwrap_or_default();
    for found in bucket.list().prefix(key(user_id, "")).execute().await?.objects() {
        let uploaded = i64::try_from(found.uploaded().as_millis()).unwrap_or(i64::MAX);
        if uploaded < ask.now() - IN_FLIGHT_MS && kept.trim_start_matches('/') != found.key() {
            bucket.delete(found.key()).await?;
        }
    }
    Ok(())
}

fn key(user_id: &str, id: &str) -> String {
    format!("pictures/{user_id}/{id}")
}

fn path(user_id: &str, id: &str) -> String {
    format!("/{}", key(user_id, id))
}

fn bucket(ask: &Ask) -> Result<Bucket> {
    Ok(ask.env().bucket("BUCKET")?)
}
