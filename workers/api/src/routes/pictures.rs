//! `/pictures/:user/:id`: people's pictures of themselves, for everybody. An address means the same bytes for ever.

use crate::{
    account::picture,
    answer::{self, Answer},
    ask::{Ask, Within},
};
use vetka_edge::error;

/// For a day: a picture that was taken away is not to be shown by others for long.
const KEEP: &str = "public, max-age=86400";

/// A picture. Whatever it holds, a browser that opens it by itself runs nothing of it.
pub async fn show(ask: Ask, Within(user, id): Within) -> Answer {
    let nothing = || error::not_found("There is no picture at this address.");
    let (format, bytes) = picture::get(&ask, &user, &id).await?.ok_or_else(nothing)?;
    let etag = format!("\"{id}\"");
    let headers = [
        ("content-type", format.media_type()),
        ("cache-control", KEEP),
        ("etag", etag.as_str()),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cross-origin-resource-policy", "cross-origin"),
    ];
    if ask.header("if-none-match") == Some(etag.as_str()) {
        return Ok(answer::with(304, &headers, Vec::new()));
    }
    Ok(answer::with(200, &headers, bytes))
}
