//! `/messages` and `/messages/{domain}`: the pages, and their forms for browsers without JavaScript.

use crate::{
    answer::{self, Answer, Refused},
    ask::{Ask, Named},
    facts::{self, Facts},
    pages::messages::{self as view, Inbox, Open},
    paging::Wanted,
    social::{
        actor::Actor,
        messages::{self, Edit, MarkRead, NewMessage},
    },
};
use vetka_domain::target::encode_component;
use vetka_edge::{Error, error, id};

/// Messages of one page.
const PAGE: &str = "50";

/// What somebody has typed and cannot send.
struct Typed<'a> {
    words: &'a str,
    refusal: Error,
}

/// Whom one has written with; with `?to=`, on to a site that was typed.
pub async fn list(ask: Ask) -> Answer {
    let (facts, actor) = match reader(&ask).await? {
        (facts, Some(actor)) => (facts, actor),
        (facts, None) => return answer::page(200, view::without_site(facts.shell())),
    };
    let typed = ask.param("to").map(|to| tidy(&to));
    let problem = match &typed {
        Some(to) => match messages::messages(&ask, &actor, to, Wanted::FIRST).await {
            Ok(page) => return Ok(answer::see_other(&path(&page.with.domain))),
            Err(refusal) if matches!(refusal.status, 404 | 422) => Some(refusal),
            Err(failure) => return Err(failure.into()),
        },
        None => None,
    };
    let wanted = Wanted::parse(Some(PAGE), ask.param("cursor").as_deref())?;
    let threads = messages::threads(&ask, &actor, wanted).await?;
    let to = problem.as_ref().map(|refusal| (typed.as_deref().unwrap_or_default(), refusal.message.as_str()));
    let status = problem.as_ref().map_or(200, |refusal| refusal.status);
    answer::page(status, view::inbox(facts.shell(), &Inbox { threads: &threads, open: None, me: &actor.domain, to }))
}

/// What was written with a site.
pub async fn thread(ask: Ask, Named(domain): Named) -> Answer {
    match reader(&ask).await? {
        (facts, Some(actor)) => page(&ask, &facts, &actor, &domain, None).await,
        (facts, None) => answer::page(200, view::without_site(facts.shell())),
    }
}

/// Writes to a site.
pub async fn send(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let actor = writer(&ask).await?;
    let form = ask.form(&body)?;
    let new = NewMessage { body: form.get("body"), client_id: form.get("clientId") };
    let sent = messages::send(&ask, &actor, &domain, &new).await.map(|_| ());
    done(&ask, &actor, &domain, sent, &new.body).await
}

/// Changes the words of a message.
pub async fn edit(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let actor = writer(&ask).await?;
    let form = ask.form(&body)?;
    let edit = Edit { body: form.get("body") };
    let edited = messages::edit(&ask, &actor, &form.get("id"), &edit).await.map(|_| ());
    done(&ask, &actor, &domain, edited, &edit.body).await
}

/// Takes a message back.
pub async fn delete(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let actor = writer(&ask).await?;
    let id = ask.form(&body)?.get("id");
    let deleted = messages::delete(&ask, &actor, &id).await;
    done(&ask, &actor, &domain, deleted, "").await
}

/// Notes that all was read.
pub async fn read(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let actor = writer(&ask).await?;
    let mark = MarkRead { up_to: ask.form(&body)?.get("upTo") };
    let read = messages::read_up_to(&ask, &actor, &domain, &mark).await.map(|_| ());
    done(&ask, &actor, &domain, read, "").await
}

/// Back to the thread, or the thread with why not and with what was typed.
async fn done(ask: &Ask, actor: &Actor, domain: &str, outcome: Result<(), Error>, words: &str) -> Answer {
    match outcome {
        Ok(()) => Ok(answer::see_other(&format!("{}#write", path(domain)))),
        Err(refusal) if matches!(refusal.status, 400 | 403 | 409 | 429) => {
            let facts = facts::of(ask).await?;
            page(ask, &facts, actor, domain, Some(Typed { words, refusal })).await
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn page(ask: &Ask, facts: &Facts, actor: &Actor, domain: &str, typed: Option<Typed<'_>>) -> Answer {
    let cursor = ask.param("cursor");
    let wanted = Wanted::parse(Some(PAGE), cursor.as_deref())?;
    let messages = messages::messages(ask, actor, domain, wanted).await?;
    let threads = messages::threads(ask, actor, Wanted::parse(Some(PAGE), None)?).await?;
    let client_id = id::random()?;
    let open = Open {
        page: &messages,
        client_id: &client_id,
        typed: typed.as_ref().map_or("", |typed| typed.words),
        problem: typed.as_ref().map(|typed| typed.refusal.message.as_str()),
        earlier: cursor.is_some(),
        now: ask.now(),
    };
    let view = view::inbox(facts.shell(), &Inbox { threads: &threads, open: Some(open), me: &actor.domain, to: None });
    let status = typed.as_ref().map_or(200, |typed| typed.refusal.status);
    let page = answer::page(status, view)?;
    Ok(match &typed {
        Some(Typed { refusal, .. }) => answer::refusing(page, refusal),
        None => page,
    })
}

/// Who is asking for a page, and as which site. These are our own pages: the frame has none.
async fn reader(ask: &Ask) -> Result<(Facts, Option<Actor>), Refused> {
    let viewer = ask.page_viewer().await?;
    let facts = facts::of_viewer(ask, &viewer).await?;
    Ok((facts, Actor::reader(ask).await?))
}

async fn writer(ask: &Ask) -> Result<Actor, Refused> {
    ask.form_writer().await?;
    Ok(Actor::reader(ask).await?.ok_or_else(error::unauthorized)?)
}

/// A site's domain out of what somebody typed or pasted.
fn tidy(typed: &str) -> String {
    let typed = typed.trim().to_lowercase();
    let host = typed.split_once("://").map_or(typed.as_str(), |(_, rest)| rest);
    host.split(['/', '?', '#', ':']).next().unwrap_or_default().trim_start_matches('@').to_owned()
}

fn path(domain: &str) -> String {
    format!("/messages/{}", encode_component(domain))
}
