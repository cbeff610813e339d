//! `/sites`: what somebody has, and the form that gives it up.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    facts::{self, Facts},
    pages::{Notice, SiteCard, sites},
    site::{self, Site},
    version,
};
use axum::body::Bytes;

/// The list.
#[worker::send]
pub async fn list(ask: Ask) -> Answer {
    let viewer = ask.page_viewer().await?;
    let facts = facts::of_viewer(&ask, &viewer).await?;
    let notice = ask.param("notice").as_deref().and_then(Notice::from_code);
    page(&facts, 200, ask.param("delete").as_deref(), None, notice)
}

/// Deletes a site whose name was typed.
#[worker::send]
pub async fn delete(ask: Ask, Named(domain): Named, body: Bytes) -> Answer {
    let viewer = ask.form_writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let confirmed = ask.form(&body)?.get("confirm").trim().to_ascii_lowercase();
    let name = site.card().label;
    if confirmed != name {
        let facts = facts::of_viewer(&ask, &viewer).await?;
        let problem = format!("Type {name} to delete it. Nothing was deleted.");
        return page(&facts, 422, Some(&site.domain), Some(&problem), None);
    }
    version::delete_site(&ask, &site).await?;
    Ok(answer::see_other(&format!("/sites?notice={}", Notice::SiteDeleted.code())))
}

fn page(facts: &Facts, status: u16, deleting: Option<&str>, problem: Option<&str>, notice: Option<Notice>) -> Answer {
    let cards: Vec<SiteCard> = facts.site.iter().map(Site::card).collect();
    let deleting = deleting.filter(|domain| cards.iter().any(|card| card.domain == *domain));
    let view = sites::Sites { sites: &cards, deleting, problem, notice };
    answer::page(status, sites::list(facts.shell(), view))
}
