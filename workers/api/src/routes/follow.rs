//! `/api/notch/sites`, `/api/notch/follows`, `/api/notch/subscriptions`: profiles, whom sites follow, following and
//! unfollowing.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    paging::Wanted,
    social::{
        actor::Actor,
        follows,
        profile::{self, List},
        websites::{self, Website},
    },
};

/// `GET /api/notch/sites/:domain`.
pub async fn profile(ask: Ask, Named(domain): Named) -> Answer {
    let actor = Actor::reader(&ask).await?;
    answer::json(200, &profile::read(&ask, &domain, actor.as_ref().map(|actor| actor.site_id.as_str())).await?)
}

/// `GET /api/notch/sites/:domain/following`.
pub async fn following(ask: Ask, Named(domain): Named) -> Answer {
    list(&ask, &domain, List::Following).await
}

/// `GET /api/notch/sites/:domain/followers`.
pub async fn followers(ask: Ask, Named(domain): Named) -> Answer {
    list(&ask, &domain, List::Followers).await
}

/// `GET /api/notch/sites/:domain/mutuals`.
pub async fn mutuals(ask: Ask, Named(domain): Named) -> Answer {
    list(&ask, &domain, List::Mutuals).await
}

async fn list(ask: &Ask, domain: &str, list: List) -> Answer {
    let actor = Actor::reader(ask).await?;
    let viewer = actor.as_ref().map(|actor| actor.site_id.as_str());
    let wanted = Wanted::parse(ask.param("limit").as_deref(), ask.param("cursor").as_deref())?;
    let site = profile::find(ask, domain, viewer).await?;
    answer::json(200, &profile::list(ask, &site.id, list, viewer, wanted).await?)
}

/// `PUT /api/notch/follows/:domain`.
pub async fn follow(ask: Ask, Named(domain): Named) -> Answer {
    let actor = Actor::writer(&ask).await?;
    answer::json(200, &follows::follow(&ask, &actor, &domain).await?)
}

/// `DELETE /api/notch/follows/:domain`.
pub async fn unfollow(ask: Ask, Named(domain): Named) -> Answer {
    let actor = Actor::writer(&ask).await?;
    answer::json(200, &follows::unfollow(&ask, &actor, &domain).await?)
}

/// `POST /api/notch/follows`.
pub async fn follow_website(ask: Ask, body: Vec<u8>) -> Answer {
    let actor = Actor::writer(&ask).await?;
    let Website { url } = ask.json(&body)?;
    answer::json(200, &websites::follow(&ask, &actor, &url).await?)
}

/// `DELETE /api/notch/subscriptions/:id`.
pub async fn unfollow_website(ask: Ask, Named(id): Named) -> Answer {
    let actor = Actor::writer(&ask).await?;
    answer::json(200, &websites::unfollow(&ask, &actor, &id).await?)
}
