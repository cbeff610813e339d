//! One session: started, seen, and ended by those in its organization.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    contract::{CommitWish, DiscardWish, NewSession, PullRequestWish, UndoBegun, UndoWish},
    history,
    session::{
        access,
        memory::{Ending, Way},
    },
    session_do, start,
};
use serde_json::json;
use vetka_domain::team::{frame::Person, organization::Right};
use vetka_edge::{Error, Result, error};
use worker::Method;

/// `POST /api/v1/sessions`.
pub async fn create(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = ask.writer().await?;
    let NewSession { project_id } = ask.json(&body)?;
    let id = start::start(&ask, &viewer.user_id, &project_id).await?;
    answer::json(201, &history::one(&ask, &id).await?)
}

/// `GET /api/v1/sessions/:sessionId`.
pub async fn get(ask: Ask, Named(id): Named) -> Answer {
    let viewer = ask.signed_in().await?;
    access::of(ask.env(), &viewer.user_id, &id, Right::See).await?;
    answer::json(200, &history::one(&ask, &id).await?)
}

/// `GET /api/v1/sessions/:sessionId/messages`.
pub async fn messages(ask: Ask, Named(id): Named) -> Answer {
    let viewer = ask.signed_in().await?;
    access::of(ask.env(), &viewer.user_id, &id, Right::See).await?;
    let after = match ask.param("cursor").map(|cursor| cursor.parse::<i64>()) {
        None => 0,
        Some(Ok(after @ 0..)) => after,
        Some(_) => return Err(error::bad_request("invalid_cursor", "That is no place in this list.").into()),
    };
    passed(&ask, &id, &format!("/messages?after={after}")).await
}

/// `GET /api/v1/sessions/:sessionId/changes`.
pub async fn changes(ask: Ask, Named(id): Named) -> Answer {
    let viewer = ask.signed_in().await?;
    access::of(ask.env(), &viewer.user_id, &id, Right::See).await?;
    passed(&ask, &id, "/changes").await
}

/// `POST /api/v1/sessions/:sessionId/create-pr`.
pub async fn create_pr(ask: Ask, Named(id): Named, body: Vec<u8>) -> Answer {
    let by = worker_in(&ask, &id, Right::Work).await?;
    let wish: PullRequestWish = ask.json(&body)?;
    let title = line(wish.title, 200)?;
    let description = text(wish.description, 8000)?;
    let way = Way::PullRequest;
    let (leave_outside, with_pictures) = (wish.leave_outside, wish.pictures);
    end(&ask, &id, Ending { way, by, title, description, leave_outside, with_pictures }).await
}

/// `POST /api/v1/sessions/:sessionId/commit-to-main`.
pub async fn commit_to_main(ask: Ask, Named(id): Named, body: Vec<u8>) -> Answer {
    let by = worker_in(&ask, &id, Right::CommitToMain).await?;
    let wish: CommitWish = ask.json(&body)?;
    let title = text(wish.message, 4000)?;
    let way = Way::MainBranch;
    let leave_outside = wish.leave_outside;
    end(&ask, &id, Ending { title, leave_outside, ..Ending::plain(way, by) }).await
}

/// `POST /api/v1/sessions/:sessionId/discard`.
pub async fn discard(ask: Ask, Named(id): Named, body: Vec<u8>) -> Answer {
    let by = worker_in(&ask, &id, Right::Work).await?;
    let wish: DiscardWish = ask.json(&body)?;
    if wish.confirm != "discard" {
        let words = "To discard the changes, type the word discard.";
        return Err(Error::new(422, "not_confirmed", words).into());
    }
    end(&ask, &id, Ending::plain(Way::Discard, by)).await
}

/// `POST /api/v1/sessions/:sessionId/extend`.
pub async fn extend(ask: Ask, Named(id): Named) -> Answer {
    worker_in(&ask, &id, Right::Work).await?;
    session_do::tell(ask.env(), &id, Method::Post, "/extend", &()).await?;
    answer::json(200, &history::one(&ask, &id).await?)
}

/// `POST /api/v1/sessions/:sessionId/undo`.
pub async fn undo(ask: Ask, Named(id): Named, body: Vec<u8>) -> Answer {
    let person = worker_in(&ask, &id, Right::Work).await?;
    let UndoWish { turn } = ask.json(&body)?;
    session_do::tell(ask.env(), &id, Method::Post, "/undo", &json!({ "turn": turn, "person": person })).await?;
    answer::json(202, &UndoBegun { turn })
}

/// What the session's object says, as it says it.
async fn passed(ask: &Ask, id: &str, path: &str) -> Answer {
    let headers = [("content-type", "application/json"), ("cache-control", "no-store")];
    Ok(answer::with(200, &headers, session_do::get(ask.env(), id, path).await?))
}

/// Who changes something in a session.
async fn worker_in(ask: &Ask, id: &str, right: Right) -> Result<Person> {
    let viewer = ask.writer().await?;
    Ok(access::of(ask.env(), &viewer.user_id, id, right).await?.1)
}

async fn end(ask: &Ask, id: &str, ending: Ending) -> Answer {
    session_do::tell(ask.env(), id, Method::Post, "/end", &ending).await?;
    answer::json(200, &history::one(ask, id).await?)
}

fn line(text: Option<String>, most: usize) -> Result<Option<String>> {
    let text = text.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    self::text(text, most)
}

fn text(text: Option<String>, most: usize) -> Result<Option<String>> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > most) {
        return Err(Error::new(422, "text_too_long", format!("That is longer than {most} characters. Shorten it.")));
    }
    Ok(text)
}
