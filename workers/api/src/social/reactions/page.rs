//! Whose page an address is, by its origin, and what its one address is.

use crate::{
    ask::Ask,
    social::{
        brief::SiteBrief,
        origins::{self, Place},
    },
};
use vetka_domain::social::page_url::{self, Problem};
use vetka_edge::{Error, Result, d1, error, url};

const SELECT_PAGE: &str = "SELECT id, site_id, anchored_for FROM page WHERE url = ?1";

/// A page of a member's site.
pub struct Page {
    /// Its one address.
    pub url: String,
    /// The origin that was asked about, as browsers write it.
    pub origin: String,
    /// Whose it is: a site's id.
    pub site_id: String,
    /// That site, as others see it.
    pub site: SiteBrief,
}

/// A page on which something was left before.
#[derive(d1::FromRow)]
pub struct Known {
    /// Opaque.
    pub id: String,
    /// Whose it was when the last one left something.
    pub site_id: String,
    /// The version whose text its places were last held against.
    pub anchored_for: Option<String>,
}

/// The page at an address, and whose it is. A site that is found under several origins has its pages under the first.
///
/// # Errors
/// 400 `invalid_url`, 404 when it belongs to no member.
pub async fn find(ask: &Ask, typed: &str) -> Result<Page> {
    let parts = url::typed(typed).ok_or_else(|| invalid(Problem::Scheme))?;
    page_url::home(&parts, &ask.config().sites_origin).map_err(invalid)?;
    let origin = page_url::origin(&parts);
    let place = origins::of_origin(ask, &origin).await?.ok_or_else(unknown)?;
    let Place { site_id: Some(site_id), brief: site, origins, generated } = place else { return Err(unknown()) };
    let kept = page_url::Site { origin: origins.first().unwrap_or(&origin), hosted: generated };
    let url = page_url::normalise(&parts, &kept).map_err(invalid)?;
    Ok(Page { url, origin, site_id, site })
}

/// What is known of a page, when something was left there before.
pub async fn known(ask: &Ask, url: &str) -> Result<Option<Known>> {
    d1::first(&ask.db()?, SELECT_PAGE, [url.into()]).await
}

/// 404 for a page that is no member's, and for one whose owner wants nothing to do with who asks.
pub fn unknown() -> Error {
    error::not_found("That page belongs to no site on Vetka.")
}

fn invalid(problem: Problem) -> Error {
    error::bad_request("invalid_url", problem.sentence())
}
