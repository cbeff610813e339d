//! `/api/sites/:domain/settings` and `/domain`, and the page for both: how a site made here answers, and its owner's domain.

use crate::{
    answer::{self, Answer, Response},
    ask::{Ask, Named},
    custom_domain, facts,
    pages::{
        self, Notice,
        site_settings::{self as view, DomainPart},
    },
    site::{self, Site},
    site_settings::{self, Canonical, Change, NotFound},
};
use schemars::JsonSchema;
use serde::Deserialize;
use vetka_edge::{Error, auth::Viewer};

/// A domain to begin with.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NewDomain {
    /// As somebody typed it.
    hostname: String,
}

/// `GET /api/sites/:domain/settings`.
pub async fn get(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.signed_in().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    answer::json(200, &site_settings::of(&ask, &site).await?)
}

/// `PATCH /api/sites/:domain/settings`.
pub async fn change(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let viewer = ask.writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let change = ask.json(&body)?;
    answer::json(200, &site_settings::change(&ask, &viewer.user_id, &site, &change).await?)
}

/// `PUT /api/sites/:domain/domain`.
pub async fn begin(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let viewer = ask.writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let NewDomain { hostname } = ask.json(&body)?;
    answer::json(200, &custom_domain::begin(&ask, &viewer.user_id, &site, &hostname).await?)
}

/// `DELETE /api/sites/:domain/domain`.
pub async fn remove(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    custom_domain::remove(&ask, &viewer.user_id, &site).await?;
    Ok(answer::empty(204))
}

/// `POST /api/sites/:domain/domain/check`.
pub async fn check(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    answer::json(200, &custom_domain::look_again(&ask, &viewer.user_id, &site).await?)
}

/// The page.
pub async fn show(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.page_viewer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    page(&ask, &viewer, &site, 200, "", None).await
}

/// Sets the site otherwise; each form of the page sends its own fields.
pub async fn change_form(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let viewer = ask.form_writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let form = ask.form(&body)?;
    let change = Change {
        not_found: match form.get("notFound").as_str() {
            "auto" => Some(NotFound::Auto),
            "app" => Some(NotFound::App),
            "page" => Some(NotFound::Page),
            _ => None,
        },
        // A box that is not ticked is not sent at all.
        notch: (!form.get("notchAsked").is_empty()).then(|| !form.get("notch").is_empty()),
        canonical: match form.get("canonical").as_str() {
            "domain" => Some(Canonical::Domain),
            "label" => Some(Canonical::Label),
            _ => None,
        },
    };
    let section = if change.notch.is_some() {
        "notch"
    } else if change.canonical.is_some() {
        "domain"
    } else {
        "addresses"
    };
    site_settings::change(&ask, &viewer.user_id, &site, &change).await?;
    Ok(back(&site, Notice::SiteSaved, section))
}

/// Begins with a domain.
pub async fn begin_form(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let viewer = ask.form_writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let typed = ask.form(&body)?.get("hostname");
    match custom_domain::begin(&ask, &viewer.user_id, &site, &typed).await {
        Ok(_) => Ok(answer::see_other(&format!("{}#domain", view::path(&site.card())))),
        Err(refusal) => refused(&ask, &viewer, &site, &typed, refusal).await,
    }
}

/// Looks at the domain.
pub async fn check_form(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.form_writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    match custom_domain::look_again(&ask, &viewer.user_id, &site).await {
        Ok(_) => Ok(answer::see_other(&format!("{}#domain", view::path(&site.card())))),
        Err(refusal) => refused(&ask, &viewer, &site, "", refusal).await,
    }
}

/// Takes the domain out.
pub async fn remove_form(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.form_writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    custom_domain::remove(&ask, &viewer.user_id, &site).await?;
    Ok(back(&site, Notice::DomainRemoved, "domain"))
}

/// The page again, with what was wrong.
async fn refused(ask: &Ask, viewer: &Viewer, site: &Site, typed: &str, refusal: Error) -> Answer {
    if !matches!(refusal.status, 404 | 409 | 422 | 429) {
        return Err(refusal.into());
    }
    let page = page(ask, viewer, site, refusal.status, typed, Some(&refusal.message)).await?;
    Ok(answer::refusing(page, &refusal))
}

async fn page(ask: &Ask, viewer: &Viewer, site: &Site, status: u16, typed: &str, problem: Option<&str>) -> Answer {
    let facts = facts::of_viewer(ask, viewer).await?;
    let card = site.card();
    if site.label.is_none() {
        return answer::page(404, pages::connect::no_builder(facts.shell(), &card));
    }
    let settings = site_settings::of(ask, site).await?;
    let domain = settings.domain.as_ref().map(|domain| view::Domain {
        hostname: &domain.hostname,
        url: &domain.url,
        state: domain.state,
        since: domain.since_ms,
        message: domain.message,
        looked_at: domain.looked_at_ms,
        proof_lost: domain.proof_lost_at.is_some(),
        apex: domain.apex,
        on_its_way: domain.is_on_its_way,
        records: domain
            .records
            .iter()
            .map(|record| view::Record {
                kind: record.kind,
                name: &record.name,
                short: &record.short,
                value: &record.value,
                seen: record.seen,
            })
            .collect(),
    });
    let view = view::SiteSettings {
        site: &card,
        not_found: &settings.not_found,
        notch: settings.notch,
        domain: DomainPart {
            offered: settings.domains_offered,
            domain: domain.as_ref(),
            canonical: &settings.canonical,
            typed,
            problem,
            removing: ask.param("remove").is_some(),
        },
        notice: ask.param("notice").as_deref().and_then(Notice::from_code),
    };
    answer::page(status, view::page(facts.shell(), view))
}

fn back(site: &Site, notice: Notice, section: &str) -> Response {
    answer::see_other(&format!("{}?notice={}#{section}", view::path(&site.card()), notice.code()))
}
