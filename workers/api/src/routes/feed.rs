//! `/api/feed`: what is new.

use crate::{
    answer::{self, Answer},
    ask::Ask,
    paging::Wanted,
    social::{
        actor::Actor,
        feed::{self, Scope},
    },
};
use vetka_edge::error;

/// `GET /api/feed?scope=global|following`.
pub async fn show(ask: Ask) -> Answer {
    let wanted = Wanted::parse(ask.param("limit").as_deref(), ask.param("cursor").as_deref())?;
    match ask.param("scope").as_deref() {
        None | Some("global") => {
            let actor = Actor::reader(&ask).await?;
            let viewer = actor.as_ref().map(|actor| actor.site_id.as_str());
            answer::json(200, &feed::read(&ask, Scope::Everyone(viewer), wanted).await?)
        }
        Some("following") => {
            let actor = Actor::asker(&ask).await?;
            answer::json(200, &feed::read(&ask, Scope::Following(&actor.site_id), wanted).await?)
        }
        Some(_) => Err(error::bad_request("invalid_scope", "A feed is global, or of those that you follow.").into()),
    }
}
