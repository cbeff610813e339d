//! `/setup` and below: the way to a first site. Somebody who has one is shown it instead.

use crate::{
    answer::{self, Answer, Refused},
    ask::Ask,
    facts::{self, Facts},
    pages::{Notice, SitesOrigin, setup},
    site,
};
use vetka_edge::auth::Viewer;

/// The choice between connecting and generating.
pub async fn choice(ask: Ask) -> Answer {
    let viewer = ask.page_viewer().await?;
    let facts = without_site(&ask, &viewer).await?;
    let notice = ask.param("notice").as_deref().and_then(Notice::from_code);
    answer::page(200, setup::choice(facts.shell(), notice))
}

/// The form that picks a name.
pub async fn generate(ask: Ask) -> Answer {
    let viewer = ask.page_viewer().await?;
    let facts = without_site(&ask, &viewer).await?;
    let label = ask.param("label").unwrap_or_default();
    form(&ask, &facts, 200, &label, None, &[])
}

/// Takes the picked name.
pub async fn take_name(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = ask.form_writer().await?;
    let label = ask.form(&body)?.get("label");
    let refusal = match site::claim(&ask, &viewer.user_id, &label).await {
        Ok(site) => return Ok(answer::see_other(&site.card().builder_path())),
        Err(refusal) if matches!(refusal.status, 409 | 422 | 429) => refusal,
        Err(failure) => return Err(failure.into()),
    };
    let facts = without_site(&ask, &viewer).await?;
    let page = form(&ask, &facts, refusal.status, &label, Some(&refusal.message), &refusal.suggestions())?;
    Ok(answer::refusing(page, &refusal))
}

fn form(ask: &Ask, facts: &Facts, status: u16, label: &str, problem: Option<&str>, suggestions: &[String]) -> Answer {
    let sites = SitesOrigin(&ask.config().sites_origin);
    let view = setup::Generate { sites, label, problem, suggestions };
    answer::page(status, setup::generate(facts.shell(), view))
}

/// Facts for somebody without a site; others are sent to the site they have.
pub(super) async fn without_site(ask: &Ask, viewer: &Viewer) -> Result<Facts, Refused> {
    let facts = facts::of_viewer(ask, viewer).await?;
    match facts.site {
        None => Ok(facts),
        Some(_) => Err(Refused::Elsewhere(format!("/sites?notice={}", Notice::OneSite.code()))),
    }
}
