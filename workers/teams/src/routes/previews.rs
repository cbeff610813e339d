//! The way from a session's page into its preview.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    contract::PreviewAddress,
    object, organization,
    session::access,
};
use vetka_domain::{
    target::encode_component,
    team::{organization::Right, preview},
};
use vetka_edge::config;

/// `POST /api/v1/sessions/:sessionId/preview`. The address works once and for a minute: the page loads it in its frame.
pub async fn create(ask: Ask, Named(id): Named) -> Answer {
    let viewer = ask.writer().await?;
    let (place, _) = access::of(ask.env(), &viewer.user_id, &id, Right::Work).await?;
    let token = object::mint(ask.env(), &place.id, &viewer.user_id).await?.ok_or_else(organization::no_session)?;
    let origin = preview::origin(&config::var(ask.env(), "PREVIEW_ORIGIN")?, &place.id);
    let url = format!("{origin}{}enter?token={}&to=%2F", preview::PREFIX, encode_component(&token));
    answer::json(200, &PreviewAddress { url })
}
