//! `/api/notch/threads` and `/api/notch/messages`: what sites write to each other.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    paging::Wanted,
    social::{
        actor::Actor,
        messages::{self, Edit, MarkRead, NewMessage},
    },
};

/// `GET /api/notch/threads`.
pub async fn threads(ask: Ask) -> Answer {
    let actor = Actor::asker(&ask).await?;
    let wanted = Wanted::parse(ask.param("limit").as_deref(), ask.param("cursor").as_deref())?;
    answer::json(200, &messages::threads(&ask, &actor, wanted).await?)
}

/// `GET /api/notch/threads/:domain/messages`.
pub async fn list(ask: Ask, Named(domain): Named) -> Answer {
    let actor = Actor::asker(&ask).await?;
    let wanted = Wanted::parse(ask.param("limit").as_deref(), ask.param("cursor").as_deref())?;
    answer::json(200, &messages::messages(&ask, &actor, &domain, wanted).await?)
}

/// `POST /api/notch/threads/:domain/messages`.
pub async fn send(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let actor = Actor::writer(&ask).await?;
    let new: NewMessage = ask.json(&body)?;
    answer::json(201, &messages::send(&ask, &actor, &domain, &new).await?)
}

/// `POST /api/notch/threads/:domain/read`.
pub async fn read(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let actor = Actor::writer(&ask).await?;
    let mark: MarkRead = ask.json(&body)?;
    answer::json(200, &messages::read_up_to(&ask, &actor, &domain, &mark).await?)
}

/// `PATCH /api/notch/messages/:id`.
pub async fn edit(ask: Ask, Named(id): Named, body: Vec<u8>) -> Answer {
    let actor = Actor::writer(&ask).await?;
    let edit: Edit = ask.json(&body)?;
    answer::json(200, &messages::edit(&ask, &actor, &id, &edit).await?)
}

/// `DELETE /api/notch/messages/:id`.
pub async fn delete(ask: Ask, Named(id): Named) -> Answer {
    let actor = Actor::writer(&ask).await?;
    messages::delete(&ask, &actor, &id).await?;
    Ok(answer::empty(204))
}
