//! `/api/notch/blocks`, `/api/notch/mutes`, `/api/notch/preferences`: being left alone.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    paging::Wanted,
    social::{
        actor::Actor,
        apart::{self, Apart},
        preferences::{self, Change},
    },
};

/// `PUT /api/notch/blocks/:domain`.
pub async fn block(ask: Ask, Named(domain): Named) -> Answer {
    put(&ask, &domain, Apart::Block).await
}

/// `DELETE /api/notch/blocks/:domain`.
pub async fn unblock(ask: Ask, Named(domain): Named) -> Answer {
    take_back(&ask, &domain, Apart::Block).await
}

/// `PUT /api/notch/mutes/:domain`.
pub async fn mute(ask: Ask, Named(domain): Named) -> Answer {
    put(&ask, &domain, Apart::Mute).await
}

/// `DELETE /api/notch/mutes/:domain`.
pub async fn unmute(ask: Ask, Named(domain): Named) -> Answer {
    take_back(&ask, &domain, Apart::Mute).await
}

/// `GET /api/notch/blocks`.
pub async fn blocks(ask: Ask) -> Answer {
    list(&ask, Apart::Block).await
}

/// `GET /api/notch/mutes`.
pub async fn mutes(ask: Ask) -> Answer {
    list(&ask, Apart::Mute).await
}

async fn put(ask: &Ask, domain: &str, apart: Apart) -> Answer {
    let actor = Actor::writer(ask).await?;
    apart::put(ask, &actor, domain, apart).await?;
    Ok(answer::empty(204))
}

async fn take_back(ask: &Ask, domain: &str, apart: Apart) -> Answer {
    let actor = Actor::writer(ask).await?;
    apart::take_back(ask, &actor, domain, apart).await?;
    Ok(answer::empty(204))
}

async fn list(ask: &Ask, apart: Apart) -> Answer {
    let actor = Actor::asker(ask).await?;
    let wanted = Wanted::parse(ask.param("limit").as_deref(), ask.param("cursor").as_deref())?;
    answer::json(200, &apart::list(ask, &actor.site_id, apart, wanted).await?)
}

/// `GET /api/notch/preferences`.
pub async fn preferences(ask: Ask) -> Answer {
    let actor = Actor::asker(&ask).await?;
    answer::json(200, &preferences::read(&ask, &actor.site_id).await?)
}

/// `PATCH /api/notch/preferences`.
pub async fn change_preferences(ask: Ask, body: Vec<u8>) -> Answer {
    let actor = Actor::writer(&ask).await?;
    let change: Change = ask.json(&body)?;
    answer::json(200, &preferences::change(&ask, &actor.site_id, &change).await?)
}
