//! What a generated site is set to. D1 has the truth; the deploy worker changes it, because it must also reach the edge.

use crate::{
    ask::Ask,
    custom_domain::{self, CustomDomain},
    inside,
    site::Site,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_domain::audit::Kind;
use vetka_edge::{
    Result,
    audit::{self, Entry},
    d1, error, time,
};
use worker::{Env, Method};

const SELECT: &str = "SELECT not_found, notch, canonical, taken_down_at, taken_down_for, taken_down_note
    FROM site WHERE id = ?1";

/// What a site is set to, and its domain.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteSettings {
    /// What an address without a page shows: `auto` is the site's own page for that, else the home page; `app` always the
    /// home page; `page` never the home page.
    #[schemars(extend("enum" = ["auto", "app", "page"]))]
    pub not_found: String,
    /// Whether pages get Notch.
    pub notch: bool,
    /// Which of the two addresses visitors end up at, when there is a domain.
    #[schemars(extend("enum" = ["domain", "label"]))]
    pub canonical: String,
    /// The owner's own domain, on its way or there.
    pub domain: Option<CustomDomain>,
    /// Whether this installation offers that.
    pub domains_offered: bool,
    /// Why the site was taken down; null while it is up.
    pub taken_down: Option<TakenDown>,
}

/// That an operator has taken the site down.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "TakenDownNotice")]
pub struct TakenDown {
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub since: String,
    /// `law`, `abuse` or `unsafe`.
    #[schemars(extend("enum" = ["law", "abuse", "unsafe"]))]
    pub reason: String,
    /// What the operator wrote about it.
    pub note: String,
    /// `since` in Unix milliseconds UTC.
    #[serde(skip)]
    pub since_ms: i64,
}

/// What is to be set otherwise.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[schemars(rename = "SiteSettingsChange")]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What an address without a page shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_found: Option<NotFound>,
    /// Whether pages get Notch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notch: Option<bool>,
    /// Which of the two addresses visitors end up at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical: Option<Canonical>,
}

/// What an address without a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum NotFound {
    /// The site's own page for that, else the home page.
    Auto,
    /// The home page.
    App,
    /// The site's own page for that, else ours.
    Page,
}

/// Which of the two addresses visitors end up at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Canonical {
    /// The owner's own domain.
    Domain,
    /// The name that we gave it.
    Label,
}

#[derive(d1::FromRow)]
struct Row {
    not_found: String,
    notch: i64,
    canonical: String,
    taken_down_at: Option<i64>,
    taken_down_for: Option<String>,
    taken_down_note: String,
}

/// The settings of a site.
///
/// # Errors
/// 409 `not_made_here` for a connected website.
pub async fn of(ask: &Ask, site: &Site) -> Result<SiteSettings> {
    custom_domain::require_generated(site)?;
    let row: Option<Row> = d1::first(&ask.db()?, SELECT, [(&site.id).into()]).await?;
    let row = row.ok_or_else(|| error::not_found("There is no such site among yours."))?;
    Ok(SiteSettings {
        not_found: row.not_found,
        notch: row.notch != 0,
        canonical: row.canonical,
        domain: custom_domain::of_site(ask, site).await?,
        domains_offered: custom_domain::is_offered(ask.env()),
        taken_down: row.taken_down_at.map(|at| TakenDown {
            since: time::rfc3339(at),
            since_ms: at,
            reason: row.taken_down_for.unwrap_or_default(),
            note: row.taken_down_note,
        }),
    })
}

/// Sets a site otherwise.
///
/// # Errors
/// 400 `nothing_to_change`, 409 `not_made_here`, 503 when the deploy worker does not answer.
pub async fn change(ask: &Ask, user_id: &str, site: &Site, change: &Change) -> Result<SiteSettings> {
    custom_domain::require_generated(site)?;
    if change.not_found.is_none() && change.notch.is_none() && change.canonical.is_none() {
        return Err(error::bad_request("nothing_to_change", "Say what to change: notFound, notch or canonical."));
    }
    patch(ask.env(), &site.id, change).await?;
    let entry = Entry { user_id, kind: Kind::SiteChanged, subject: &site.domain, from: ask.from(), at: ask.now() };
    audit::write(&ask.db()?, &entry).await?;
    of(ask, site).await
}

/// Has the deploy worker change settings. A site that is gone has none.
///
/// # Errors
/// 503 when it does not answer; internal for any other answer.
pub async fn patch<T: Serialize>(env: &Env, site_id: &str, change: &T) -> Result<()> {
    let url = format!("http://deploy.internal/sites/{site_id}/settings");
    match inside::ask(env, "DEPLOY", Method::Patch, &url, Some(serde_json::to_string(change)?)).await?.status {
        200..=299 | 404 => Ok(()),
        status => Err(error::internal(format!("deploy answered {status} to changing settings"))),
    }
}
