//! `/api/notch/mentions`, and the page for it: what others wrote about one's pages elsewhere, and whether it is shown.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    facts,
    pages::{Notice, mentions as view},
    paging::Wanted,
    site,
    social::{
        actor::Actor,
        mentions::{self, Mention},
    },
};
use vetka_edge::error;

/// `GET /api/notch/mentions?state=`.
pub async fn list(ask: Ask) -> Answer {
    let actor = Actor::asker(&ask).await?;
    let wanted = Wanted::parse(ask.param("limit").as_deref(), ask.param("cursor").as_deref())?;
    answer::json(200, &mentions::list(&ask, &actor.site_id, ask.param("state").as_deref(), wanted).await?)
}

/// `PUT /api/notch/mentions/:id`: yes.
pub async fn let_in(ask: Ask, Named(id): Named) -> Answer {
    let actor = Actor::writer(&ask).await?;
    mentions::let_in(&ask, &actor, &id).await?;
    Ok(answer::empty(204))
}

/// `DELETE /api/notch/mentions/:id`: no.
pub async fn refuse(ask: Ask, Named(id): Named) -> Answer {
    let actor = Actor::writer(&ask).await?;
    mentions::refuse(&ask, &actor, &id).await?;
    Ok(answer::empty(204))
}

/// The page.
pub async fn show(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.page_viewer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let facts = facts::of_viewer(&ask, &viewer).await?;
    let waiting = mentions::list(&ask, &site.id, Some("waiting"), Wanted::FIRST).await?.mentions;
    let shown = mentions::list(&ask, &site.id, Some("shown"), Wanted::FIRST).await?.mentions;
    let (waiting, shown): (Vec<_>, Vec<_>) = (waiting.iter().map(seen).collect(), shown.iter().map(seen).collect());
    let card = site.card();
    let notice = ask.param("notice").as_deref().and_then(Notice::from_code);
    answer::page(
        200,
        view::page(facts.shell(), &view::Mentions { site: &card, waiting: &waiting, shown: &shown, notice }),
    )
}

/// Yes or no, for browsers without JavaScript.
pub async fn answer_form(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let viewer = ask.form_writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let form = ask.form(&body)?;
    let actor = Actor { user_id: viewer.user_id, site_id: site.id.clone(), domain: site.domain.clone(), grant: None };
    let id = form.get("id");
    let notice = match form.get("answer").as_str() {
        "yes" => mentions::let_in(&ask, &actor, &id).await.map(|()| Notice::MentionLetIn)?,
        "no" => mentions::refuse(&ask, &actor, &id).await.map(|()| Notice::MentionRefused)?,
        _ => return Err(error::bad_request("invalid_answer", "Press one of the two buttons.").into()),
    };
    Ok(answer::see_other(&format!("{}?notice={}", view::path(&site.card()), notice.code())))
}

fn seen(mention: &Mention) -> view::Seen<'_> {
    view::Seen {
        id: &mention.id,
        kind: &mention.kind,
        who: &mention.author.name,
        source: &mention.source,
        target: &mention.target,
        text: &mention.text,
    }
}
