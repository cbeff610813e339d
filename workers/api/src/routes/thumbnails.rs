//! `/thumbnails/:site/:id`: pictures of what is live, for everybody, as the sites themselves are.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Within},
    thumbnail,
};
use vetka_edge::error;

/// An address means the same bytes for ever. For a day all the same: the picture of a site that was taken down is not to
/// be shown for long by whoever keeps it.
const KEEP: &str = "public, max-age=86400, immutable";

/// A picture.
pub async fn show(ask: Ask, Within(site, image): Within) -> Answer {
    let nothing = || error::not_found("There is no picture at this address.");
    let bytes = thumbnail::get(ask.env(), &site, &image).await?.ok_or_else(nothing)?;
    let headers = [
        ("content-type", "image/webp"),
        ("cache-control", KEEP),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cross-origin-resource-policy", "cross-origin"),
    ];
    Ok(answer::with(200, &headers, bytes))
}
