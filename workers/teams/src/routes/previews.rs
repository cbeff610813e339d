//! The way from a session's page into its preview.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    contract::PreviewAddress,
    object, organization,
};
use vetka_domain::{
    target::encode_component,
    team::{organization::Right, preview},
};
use vetka_edge::{config, d1, error};

const SELECT_ORGANIZATION: &str = "SELECT organization_id FROM work_session WHERE id = ?1";

/// `POST /api/v1/sessions/:sessionId/preview`. The address works once and for a minute: the page loads it in its frame.
pub async fn create(ask: Ask, Named(session): Named) -> Answer {
    let viewer = ask.writer().await?;
    let missing = || error::not_found("There is no such session, or you are not in its organization.");
    let row: Option<Row> = d1::first(&ask.db()?, SELECT_ORGANIZATION, [(&session).into()]).await?;
    let row = row.ok_or_else(missing)?;
    organization::of(&ask, &viewer.user_id, &row.organization_id, Right::Work).await?;
    let token = object::mint(ask.env(), &session, &viewer.user_id).await?.ok_or_else(missing)?;
    let origin = preview::origin(&config::var(ask.env(), "PREVIEW_ORIGIN")?, &session);
    let url = format!("{origin}{}enter?token={}&to=%2F", preview::PREFIX, encode_component(&token));
    answer::json(200, &PreviewAddress { url })
}

#[derive(d1::FromRow)]
struct Row {
    organization_id: String,
}
