//! Mentions of members' pages, from the moment that somebody tells us of one. Whoever tells is not believed: the row says
//! only that there is something to look at.

use crate::{
    jobs::host_of,
    site::{self, Site},
    version,
};
use vetka_domain::{
    limit::{MENTIONS_SITE, MENTIONS_SOURCE, Subject},
    social::webmention::receive::{Problem, Told, without_fragment},
};
use vetka_edge::{
    Error, Result, auth,
    config::Config,
    d1, error, id,
    limit::{self, Rule},
    time, url,
};
use worker::Env;

/// Told again, it is looked at again; what its owner has refused stays refused.
const INSERT: &str = "INSERT INTO mention (id, source, target, site_id, state, due_at, created_at)
    SELECT ?1, ?2, ?3, ?4, 'pending', ?5, ?5 FROM site WHERE id = ?4
    ON CONFLICT (source, target) DO UPDATE SET
      state = CASE WHEN mention.state IN ('gone', 'refused') AND mention.reason <> 'owner' THEN 'pending' ELSE mention.state END,
      tries = 0, due_at = CASE WHEN mention.reason = 'owner' THEN mention.due_at ELSE excluded.due_at END
    RETURNING id";

#[derive(d1::FromRow)]
struct Inserted {
    id: String,
}

/// Notes a mention. Gives the id under which its state can be asked for.
///
/// # Errors
/// 400 `invalid_mention` when the target is no page that takes mentions; 429.
pub async fn take(env: &Env, config: &Config, told: &Told) -> Result<String> {
    let (site, page) = target(env, config, &told.target).await?;
    let host = host_of(&told.source);
    let rules = [Rule(MENTIONS_SOURCE, Subject::Domain(&host)), Rule(MENTIONS_SITE, Subject::Account(&site.id))];
    limit::take(env, &rules).await?;
    if page == told.source {
        return Err(refused(Problem::Same.sentence()));
    }
    let new_id = id::random()?;
    let values =
        [(&new_id).into(), (&told.source).into(), (&told.target).into(), (&site.id).into(), time::now_ms().into()];
    let inserted: Option<Inserted> = d1::first(&env.d1(auth::DB)?, INSERT, values).await?;
    inserted.map(|row| row.id).ok_or_else(no_page)
}

/// The page that a target is, and whose.
async fn target(env: &Env, config: &Config, target: &str) -> Result<(Site, String)> {
    let (site, parts) = site::of_page(env, config, target).await?.ok_or_else(no_page)?;
    if !site.notch || !site.is_live() {
        return Err(no_page());
    }
    if let Some(live) = &site.live_snapshot_id {
        let manifest = version::manifest(env, &site.id, live).await?.ok_or_else(no_page)?;
        if !version::has_page(&manifest, &parts.path) {
            return Err(no_page());
        }
    }
    let page = site.page(config, &parts).ok_or_else(no_page)?;
    Ok((site, page))
}

/// The page of a mention's target, as reactions know it.
pub fn page_of(config: &Config, site: &Site, target: &str) -> Option<String> {
    let target = without_fragment(target);
    site.page(config, &url::resolve(target, target)?)
}

/// 400 for what is no mention.
pub fn refused(sentence: &'static str) -> Error {
    error::bad_request("invalid_mention", sentence)
}

fn no_page() -> Error {
    refused("The target is no page here that takes mentions.")
}
