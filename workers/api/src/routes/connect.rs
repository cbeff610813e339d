//! Connecting a website that somebody owns already: the page with the tag, the look for it, and looking again.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    external::connect,
    facts::{self, Facts},
    pages::{Notice, connect as view, sites},
    routes::setup,
    site,
};
use vetka_domain::external::{domain::Domain, proof};
use vetka_edge::{auth::Viewer, error};

/// `GET /api/notch/check?domain=`: whether a website proves to be one's own, and if not, what was seen.
pub async fn check(ask: Ask) -> Answer {
    let viewer = ask.signed_in().await?;
    // It reads, but it knocks at somebody's door: no other page may have it done through its visitors.
    if ask.sender().fetch_site.is_some_and(|from| !matches!(from, "same-origin" | "none")) {
        return Err(error::forbidden("wrong_origin", "Open Vetka and look from there.").into());
    }
    let typed = ask
        .param("domain")
        .ok_or_else(|| error::bad_request("missing_domain", "Say which website to look at, as ?domain=ann.example."))?;
    let domain = connect::read(&ask, &typed)?;
    answer::json(200, &connect::check(&ask, &viewer.user_id, &domain).await?)
}

/// `POST /api/sites/:domain/proof`: looks at a connected website again.
pub async fn look_again(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    answer::json(200, &connect::prove_again(&ask, &viewer.user_id, &site).await?)
}

/// The same as a form.
pub async fn look_again_form(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.form_writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let seen = connect::prove_again(&ask, &viewer.user_id, &site).await?;
    if seen.found {
        return Ok(answer::see_other(&format!("/sites?notice={}", Notice::ProofFound.code())));
    }
    let facts = facts::of_viewer(&ask, &viewer).await?;
    let cards: Vec<_> = facts.site.iter().map(site::Site::card).collect();
    let tag = proof::tag(&ask.config().app_origin, &proof::key(&viewer.user_id));
    let view = sites::Sites {
        sites: &cards,
        deleting: None,
        problem: None,
        notice: None,
        tag: Some(&tag),
        seen: Some(seen.message),
    };
    answer::page(422, sites::list(facts.shell(), view))
}

/// The page: which website, then the tag to paste.
pub async fn page(ask: Ask) -> Answer {
    let viewer = ask.page_viewer().await?;
    let facts = setup::without_site(&ask, &viewer).await?;
    let Some(typed) = ask.param("domain") else { return which(&facts, 200, "", None) };
    match connect::read(&ask, &typed) {
        Ok(domain) => steps(&ask, &facts, &viewer, 200, &domain, None),
        Err(refusal) => which(&facts, refusal.status, &typed, Some(&refusal.message)),
    }
}

/// Looks now, and connects the website when it proves to be theirs.
pub async fn take_website(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = ask.form_writer().await?;
    let typed = ask.form(&body)?.get("domain");
    let domain = match connect::read(&ask, &typed) {
        Ok(domain) => domain,
        Err(refusal) => {
            let facts = setup::without_site(&ask, &viewer).await?;
            return which(&facts, refusal.status, &typed, Some(&refusal.message));
        }
    };
    let refusal = match connect::connect(&ask, &viewer.user_id, &domain).await {
        Ok(_) => return Ok(answer::see_other(&format!("/?notice={}", Notice::Connected.code()))),
        Err(refusal) if matches!(refusal.status, 409 | 422 | 429) => refusal,
        Err(failure) => return Err(failure.into()),
    };
    let facts = setup::without_site(&ask, &viewer).await?;
    steps(&ask, &facts, &viewer, refusal.status, &domain, Some(&refusal.message))
}

fn which(facts: &Facts, status: u16, typed: &str, problem: Option<&str>) -> Answer {
    answer::page(status, view::which(facts.shell(), view::Which { typed, problem }))
}

fn steps(ask: &Ask, facts: &Facts, viewer: &Viewer, status: u16, domain: &Domain, seen: Option<&str>) -> Answer {
    let key = proof::key(&viewer.user_id);
    let shown = view::Steps {
        domain: domain.as_str(),
        tag: &proof::tag(&ask.config().app_origin, &key),
        record_name: &domain.record_name(),
        record: &proof::record(&key),
        seen,
    };
    answer::page(status, view::steps(facts.shell(), shown))
}
