//! What can be asked of this worker, one file a thing.

pub mod publish;
pub mod restore;
pub mod sites;

use vetka_edge::{Result, error};
use vetka_r2::SiteId;

/// The site that an internal path names.
fn site_in(params: &[String]) -> Result<SiteId> {
    params.first().and_then(|id| SiteId::parse(id)).ok_or_else(site_not_found)
}

fn site_not_found() -> vetka_edge::Error {
    error::not_found("There is no such site. It may have been deleted.")
}
