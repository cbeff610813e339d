//! `/api/notch/notifications`: what others did.

use crate::{
    answer::{self, Answer},
    ask::Ask,
    paging::Wanted,
    social::{
        actor::Actor,
        notifications::{self, ReadUpTo},
    },
};

/// `GET /api/notch/notifications`.
pub async fn list(ask: Ask) -> Answer {
    let actor = Actor::asker(&ask).await?;
    let wanted = Wanted::parse(ask.param("limit").as_deref(), ask.param("cursor").as_deref())?;
    answer::json(200, &notifications::list(&ask, &actor.site_id, wanted).await?)
}

/// `POST /api/notch/notifications/read`.
pub async fn read(ask: Ask, body: Vec<u8>) -> Answer {
    let actor = Actor::writer(&ask).await?;
    let ReadUpTo { up_to } = ask.json(&body)?;
    answer::json(200, &notifications::mark_read(&ask, &actor.site_id, &up_to).await?)
}
