//! On which origins the frame may stand: those of members' sites, each with the one site that it belongs to.

use super::brief::{BriefRow, SiteBrief};
use crate::{ask::Ask, custom_domain};
use vetka_domain::{external::domain::Domain, notch};
use vetka_edge::{Result, config::Config, d1};

/// A site that is up, whose proof is there, by a name of its own or by the domain that its owner has brought.
const SELECT_PLACE: &str = "SELECT s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, i.image_id,
    NOT EXISTS (SELECT 1 FROM site w WHERE w.domain = 'www.' || s.domain) AS www
    FROM site s JOIN user u ON u.id = s.user_id LEFT JOIN site_image i ON i.site_id = s.id
    WHERE (s.domain = ?1 OR s.custom_domain = ?1) AND s.deleted_at IS NULL AND s.taken_down_at IS NULL
    AND s.proof_lost_at IS NULL AND u.deleting_at IS NULL ORDER BY s.domain = ?1 DESC LIMIT 1";

/// The name of the place that is nobody's: our own pages on which the frame is tried out.
pub const PLAYGROUND: &str = "playground";

/// A site on whose pages the frame may stand.
#[derive(Debug, Clone)]
pub struct Place {
    /// The site's id; `None` of the playground.
    pub site_id: Option<String>,
    /// As others see it.
    pub brief: SiteBrief,
    /// Where its pages are, as browsers write origins. At least one.
    pub origins: Vec<String>,
    /// Whether it is made here.
    pub generated: bool,
}

/// The site that an origin belongs to, exactly.
///
/// # Errors
/// Internal only.
pub async fn of_origin(ask: &Ask, origin: &str) -> Result<Option<Place>> {
    if !notch::is_origin(origin) {
        return Ok(None);
    }
    let Some((_, authority)) = origin.split_once("://") else { return Ok(None) };
    let place = of_host(ask, authority).await?;
    Ok(place.filter(|place| place.origins.iter().any(|own| own == origin)))
}

/// The site that stands under a host, with or without a port and a `www` before it.
///
/// # Errors
/// Internal only.
pub async fn of_host(ask: &Ask, host: &str) -> Result<Option<Place>> {
    let host = host.to_ascii_lowercase();
    let house = ask.config().house();
    let bare = host.split_once(':').map_or(host.as_str(), |(name, _)| name);
    if bare == house.app_host || bare == PLAYGROUND {
        return Ok(Some(playground(ask.config())));
    }
    // A connected website on a developer's machine has its port in its name; nothing else has.
    for name in [host.as_str(), bare] {
        for name in [Some(name), name.strip_prefix("www.")].into_iter().flatten() {
            if let Some(place) = find(ask, name).await? {
                return Ok(Some(place));
            }
        }
        if bare == host {
            break;
        }
    }
    Ok(None)
}

async fn find(ask: &Ask, name: &str) -> Result<Option<Place>> {
    let row: Option<PlaceRow> = d1::first(&ask.db()?, SELECT_PLACE, [name.into()]).await?;
    let Some(PlaceRow { brief, domain, subdomain, custom_domain, www }) = row else { return Ok(None) };
    let config = ask.config();
    let mut origins = Vec::new();
    if let Some(label) = &subdomain {
        origins.push(config.site_origin(label));
        let own = custom_domain.map(|own| custom_domain::url(ask, &own));
        origins.extend(own.map(|url| url.trim_end_matches('/').to_owned()));
    } else {
        let house = config.house();
        origins.push(Domain::from_column(&domain).origin(&house));
        // Whoever has a name has what stands below it, unless somebody else has proven just that.
        if www && !domain.starts_with("www.") {
            origins.push(Domain::from_column(&format!("www.{domain}")).origin(&house));
        }
    }
    let site_id = brief.id.clone();
    let brief = brief.brief(config);
    Ok(brief.map(|brief| Place { site_id, brief, origins, generated: subdomain.is_some() }))
}

/// Our own pages for trying the frame out.
fn playground(config: &Config) -> Place {
    let brief = SiteBrief {
        domain: PLAYGROUND.to_owned(),
        name: "The playground".to_owned(),
        url: format!("{}/notch/test", config.app_origin),
        image: None,
    };
    Place { site_id: None, brief, origins: vec![config.app_origin.clone()], generated: false }
}

/// What people read of an origin: its host, with the port where there is one.
pub fn host(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

#[derive(d1::FromRow)]
struct PlaceRow {
    #[column(flatten)]
    brief: BriefRow,
    domain: String,
    subdomain: Option<String>,
    custom_domain: Option<String>,
    www: bool,
}
