//! `/sites`: what somebody has, and the form that gives it up.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    facts::{self, Facts},
    pages::{Notice, SiteCard, sites},
    site::{self, Site},
    version,
};
use vetka_domain::external::proof;
use vetka_edge::auth::Viewer;

/// The list.
pub async fn list(ask: Ask) -> Answer {
    let viewer = ask.page_viewer().await?;
    let facts = facts::of_viewer(&ask, &viewer).await?;
    let notice = ask.param("notice").as_deref().and_then(Notice::from_code);
    page(&ask, &viewer, &facts, 200, ask.param("delete").as_deref(), None, notice)
}

/// Deletes a site whose name was typed.
pub async fn delete(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let viewer = ask.form_writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let confirmed = ask.form(&body)?.get("confirm").trim().to_ascii_lowercase();
    let name = site.card().label;
    let disconnecting = site.proof.is_some();
    if confirmed != name {
        let facts = facts::of_viewer(&ask, &viewer).await?;
        let problem = format!("Type {name} to delete it. Nothing was deleted.");
        return page(&ask, &viewer, &facts, 422, Some(&site.domain), Some(&problem), None);
    }
    version::delete_site(&ask, &site, &viewer.user_id).await?;
    let notice = if disconnecting { Notice::Disconnected } else { Notice::SiteDeleted };
    Ok(answer::see_other(&format!("/sites?notice={}", notice.code())))
}

fn page(
    ask: &Ask,
    viewer: &Viewer,
    facts: &Facts,
    status: u16,
    deleting: Option<&str>,
    problem: Option<&str>,
    notice: Option<Notice>,
) -> Answer {
    let cards: Vec<SiteCard> = facts.site.iter().map(Site::card).collect();
    let deleting = deleting.filter(|domain| cards.iter().any(|card| card.domain == *domain));
    let tag = proof::tag(&ask.config().app_origin, &proof::key(&viewer.user_id));
    let view = sites::Sites { sites: &cards, deleting, problem, notice, tag: Some(&tag), seen: None };
    answer::page(status, sites::list(facts.shell(), view))
}
