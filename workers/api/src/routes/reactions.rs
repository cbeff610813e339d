//! `/api/notch/reactions` and `/api/notch/annotations`: what people leave on pages; and for the owner of a site, what was
//! left on theirs.

use crate::{
    answer::{self, Answer, Refused},
    ask::{Ask, Named},
    facts,
    pages::{
        self,
        reactions::{Reactions, Received},
    },
    paging::Wanted,
    site,
    social::{
        actor::Actor,
        reactions::{
            annotations,
            change::{self, Change},
            leave::{self, NewReaction},
            list, received, who,
        },
    },
};
use vetka_domain::social::{anchor::State, annotation::MEDIA_TYPE};
use vetka_edge::{Result, error};

/// Public data: any page may read it, and for a minute any cache may keep it.
const PUBLIC: [(&str, &str); 4] = [
    ("content-type", MEDIA_TYPE),
    ("cache-control", "public, max-age=60"),
    ("access-control-allow-origin", "*"),
    ("cross-origin-resource-policy", "cross-origin"),
];

/// What was left on a page.
pub async fn list(ask: Ask) -> Answer {
    let actor = Actor::reader(&ask).await?;
    let first = ask.param("cursor").is_none();
    answer::json(200, &list::on_page(&ask, actor.as_ref(), &url(&ask)?, wanted(&ask)?, first).await?)
}

/// Leaves something on a page.
pub async fn leave(ask: Ask, body: Vec<u8>) -> Answer {
    let actor = Actor::writer(&ask).await?;
    let wished: NewReaction = ask.json(&body)?;
    answer::json(201, &leave::leave(&ask, &actor, &wished).await?)
}

/// Writes the words of one's own reaction anew.
pub async fn edit(ask: Ask, Named(id): Named, body: Vec<u8>) -> Answer {
    let actor = Actor::writer(&ask).await?;
    let wished: Change = ask.json(&body)?;
    change::edit(&ask, &actor, &id, &wished).await?;
    Ok(answer::empty(204))
}

/// Takes one's own reaction back.
pub async fn undo(ask: Ask, Named(id): Named) -> Answer {
    let actor = Actor::writer(&ask).await?;
    change::undo(&ask, &actor, &id).await?;
    Ok(answer::empty(204))
}

/// Hides a reaction on a page of one's own.
pub async fn hide(ask: Ask, Named(id): Named) -> Answer {
    let actor = Actor::writer(&ask).await?;
    change::set_hidden(&ask, &actor.site_id, &id, true).await?;
    Ok(answer::empty(204))
}

/// Shows it again.
pub async fn show(ask: Ask, Named(id): Named) -> Answer {
    let actor = Actor::writer(&ask).await?;
    change::set_hidden(&ask, &actor.site_id, &id, false).await?;
    Ok(answer::empty(204))
}

/// Who left the same at the same place.
pub async fn who(ask: Ask, Named(id): Named) -> Answer {
    let actor = Actor::reader(&ask).await?;
    let signal = ask.param("signal");
    answer::json(200, &who::of(&ask, actor.as_ref(), &id, signal.as_deref(), wanted(&ask)?).await?)
}

/// What was left on a page, as W3C annotations.
pub async fn annotations(ask: Ask) -> Answer {
    let page = annotations::on_page(&ask, &url(&ask)?, wanted(&ask)?).await?;
    Ok(answer::with(200, &PUBLIC, serde_json::to_vec(&page).map_err(vetka_edge::Error::from)?))
}

/// One of them.
pub async fn annotation(ask: Ask, Named(id): Named) -> Answer {
    let annotation = annotations::one(&ask, &id).await?;
    Ok(answer::with(200, &PUBLIC, serde_json::to_vec(&annotation).map_err(vetka_edge::Error::from)?))
}

/// What was left on the pages of one's site.
pub async fn received(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.signed_in().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    answer::json(200, &received::by_site(&ask, &site.id, wanted(&ask)?).await?)
}

/// The same as a page.
pub async fn page(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.page_viewer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let list = received::by_site(&ask, &site.id, wanted(&ask)?).await?;
    let facts = facts::of_viewer(&ask, &viewer).await?;
    let reactions: Vec<Received> = list.reactions.into_iter().map(in_view).collect();
    let view = Reactions {
        site: &site.card(),
        reactions: &reactions,
        older: list.next_cursor.as_deref(),
        back: ask.param("cursor").is_some(),
    };
    answer::page(200, pages::reactions::page(facts.shell(), view))
}

/// Hides or shows one, and goes back to where it stands.
pub async fn hide_form(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let viewer = ask.form_writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let form = ask.form(&body)?;
    let (id, cursor) = (form.get("id"), form.get("cursor"));
    let hidden = match form.get("wish").as_str() {
        "hide" => true,
        "show" => false,
        _ => return Err(Refused::from(error::bad_request("malformed_form", "That form says nothing."))),
    };
    change::set_hidden(&ask, &site.id, &id, hidden).await?;
    let page = if cursor.bytes().all(|digit| digit.is_ascii_digit()) && !cursor.is_empty() {
        format!("?cursor={cursor}")
    } else {
        String::new()
    };
    Ok(answer::see_other(&format!("/sites/{}/reactions{page}#r-{id}", site.domain)))
}

fn url(ask: &Ask) -> Result<String> {
    ask.param("url").ok_or_else(|| error::bad_request("invalid_url", "Say which page: ?url=."))
}

fn wanted(ask: &Ask) -> Result<Wanted> {
    Wanted::parse(ask.param("limit").as_deref(), ask.param("cursor").as_deref())
}

fn in_view(left: received::Received) -> Received {
    Received {
        id: left.id,
        url: left.url,
        signal: left.signal,
        body: left.body,
        quote: left.anchor.exact,
        lost: left.anchor.state == State::Lost,
        changed: left.anchor.state == State::Changed,
        author: left.author.name,
        author_url: left.author.url,
        at: left.created_at_ms,
        hidden: left.hidden,
    }
}
