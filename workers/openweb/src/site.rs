//! Members' sites, as far as other websites know them: by the addresses of their pages.

use vetka_domain::{
    external::domain::{Domain, Parts},
    social::page_url::{self, Home},
};
use vetka_edge::{Result, auth, config::Config, d1, url};
use worker::Env;

/// A site that is there for visitors.
#[derive(Debug, Clone, d1::FromRow)]
pub struct Site {
    pub id: String,
    pub domain: String,
    pub subdomain: Option<String>,
    pub custom_domain: Option<String>,
    pub canonical: String,
    pub live_snapshot_id: Option<String>,
    /// Whether people may leave anything on it.
    pub notch: bool,
    pub created_at: i64,
    /// What its owner calls themselves; may be empty.
    pub owner_name: String,
}

/// Of whoever is asked for by a label.
const SELECT_BY_LABEL: &str =
    "SELECT s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, s.live_snapshot_id, s.notch,
    s.created_at, u.name AS owner_name FROM site s JOIN user u ON u.id = s.user_id
    WHERE s.subdomain = ?1 AND s.deleted_at IS NULL AND s.taken_down_at IS NULL";
const SELECT_BY_DOMAIN: &str =
    "SELECT s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, s.live_snapshot_id, s.notch,
    s.created_at, u.name AS owner_name FROM site s JOIN user u ON u.id = s.user_id
    WHERE s.domain = ?1 AND s.deleted_at IS NULL AND s.taken_down_at IS NULL";
const SELECT_BY_OWN_DOMAIN: &str =
    "SELECT s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, s.live_snapshot_id, s.notch,
    s.created_at, u.name AS owner_name FROM site s JOIN user u ON u.id = s.user_id
    WHERE s.custom_domain = ?1 AND s.deleted_at IS NULL AND s.taken_down_at IS NULL";
const SELECT_BY_ID: &str =
    "SELECT s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, s.live_snapshot_id, s.notch,
    s.created_at, u.name AS owner_name FROM site s JOIN user u ON u.id = s.user_id
    WHERE s.id = ?1 AND s.deleted_at IS NULL AND s.taken_down_at IS NULL";

impl Site {
    /// Whether visitors find something there.
    pub fn is_live(&self) -> bool {
        self.subdomain.is_none() || self.live_snapshot_id.is_some()
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        let name = self.owner_name.trim();
        if name.is_empty() { &self.domain } else { name }
    }

    /// Where its pages are kept, without a slash at the end: the label's origin, which nobody can take away, or the domain's.
    pub fn home(&self, config: &Config) -> String {
        match &self.subdomain {
            Some(label) => config.site_origin(label),
            None => Domain::from_column(&self.domain).origin(&config.house()),
        }
    }

    /// Where people are sent: their own domain, if there is one and its owner wants it.
    pub fn origin(&self, config: &Config) -> String {
        match &self.custom_domain {
            Some(domain) if self.canonical == "domain" => Domain::from_column(domain).origin(&config.house()),
            _ => self.home(config),
        }
    }

    /// Every origin at which its pages answer.
    pub fn origins(&self, config: &Config) -> Vec<String> {
        let own = self.custom_domain.as_ref().map(|domain| Domain::from_column(domain).origin(&config.house()));
        [Some(self.home(config)), own].into_iter().flatten().collect()
    }

    /// The one address of a page of it, if that is what it is.
    pub fn page(&self, config: &Config, parts: &Parts) -> Option<String> {
        let site = page_url::Site { origin: &self.home(config), hosted: self.subdomain.is_some() };
        page_url::normalise(parts, &site).ok()
    }
}

/// The site whose page an address is of.
pub async fn of_page(env: &Env, config: &Config, address: &str) -> Result<Option<(Site, Parts)>> {
    let Some(parts) = url::resolve(address, address) else { return Ok(None) };
    let Ok(home) = page_url::home(&parts, &config.sites_origin) else { return Ok(None) };
    let db = env.d1(auth::DB)?;
    let site: Option<Site> = match &home {
        Home::Label(label) => d1::first(&db, SELECT_BY_LABEL, [label.into()]).await?,
        Home::Domain(domain) => by_domain(env, domain).await?,
    };
    Ok(site.map(|site| (site, parts)))
}

/// A site by its domain, or by the one that its owner has brought.
pub async fn by_domain(env: &Env, domain: &str) -> Result<Option<Site>> {
    let db = env.d1(auth::DB)?;
    if let Some(site) = d1::first(&db, SELECT_BY_DOMAIN, [domain.into()]).await? {
        return Ok(Some(site));
    }
    d1::first(&db, SELECT_BY_OWN_DOMAIN, [domain.into()]).await
}

/// A site by its id.
pub async fn by_id(env: &Env, id: &str) -> Result<Option<Site>> {
    d1::first(&env.d1(auth::DB)?, SELECT_BY_ID, [id.into()]).await
}
