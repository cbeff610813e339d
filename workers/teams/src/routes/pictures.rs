//! `/session/:sessionId/pictures/:picture`: what a session has seen of its preview.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Within},
    bucket::{self, SHOWN, VIEWS},
    session::access,
};
use vetka_domain::team::organization::Right;
use vetka_edge::{browser::TYPE, error, id};

/// An address means the same bytes for ever. What stands in a pull request is kept by those who show it, for a day.
const SHOWN_KEEP: &str = "public, max-age=86400, immutable";
/// What is the organization's is kept by its people's own browsers.
const VIEWS_KEEP: &str = "private, max-age=86400, immutable";

/// A picture: one that a pull request shows for everybody, any other for those in the session's organization.
pub async fn show(ask: Ask, Within(session, picture): Within) -> Answer {
    let nothing = || error::not_found("There is no picture at this address.");
    if !id::is_id(&session) || !id::is_id(&picture) {
        return Err(nothing().into());
    }
    let (bytes, keep) = match bucket::get(ask.env(), SHOWN, &session, &picture).await? {
        Some(bytes) => (bytes, SHOWN_KEEP),
        None => {
            let viewer = ask.signed_in().await?;
            access::of(ask.env(), &viewer.user_id, &session, Right::See).await?;
            (bucket::get(ask.env(), VIEWS, &session, &picture).await?.ok_or_else(nothing)?, VIEWS_KEEP)
        }
    };
    let headers = [
        ("content-type", TYPE),
        ("cache-control", keep),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("x-content-type-options", "nosniff"),
    ];
    Ok(answer::with(200, &headers, bytes))
}
