//! A site as others see it beside what it did: its name, its address, what it looks like.

use crate::{pages::social::Site, thumbnail};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::external::domain::Domain;
use vetka_edge::{config::Config, d1};

/// A site, in few words.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteBrief {
    /// `ann.vetka.sh`.
    pub domain: String,
    /// What its owner calls themselves; the domain, when they have not said.
    pub name: String,
    /// Where it is.
    #[schemars(extend("format" = "uri"))]
    pub url: String,
    /// A picture of its first page, 1280 by 720, WebP; null while there is none.
    #[schemars(extend("format" = "uri"))]
    pub image: Option<String>,
}

impl From<SiteBrief> for Site {
    fn from(brief: SiteBrief) -> Self {
        let SiteBrief { domain, name, url, image } = brief;
        Self { domain, name, url, picture: image }
    }
}

/// What a [`SiteBrief`] is made from, where there may be no site at all: `NULL` in every column then.
#[derive(Debug, d1::FromRow)]
pub struct BriefRow {
    /// The site's id.
    pub id: Option<String>,
    domain: Option<String>,
    subdomain: Option<String>,
    custom_domain: Option<String>,
    canonical: Option<String>,
    name: Option<String>,
    image_id: Option<String>,
}

impl BriefRow {
    /// As others see it; `None` where there is no site.
    pub fn brief(self, config: &Config) -> Option<SiteBrief> {
        let (id, domain) = (self.id?, self.domain?);
        let own = self.custom_domain.filter(|_| self.canonical.as_deref() != Some("label"));
        let url = match (own, &self.subdomain) {
            (Some(own), _) => format!("{}/", Domain::from_column(&own).origin(&config.house())),
            (None, Some(label)) => config.site_url(label),
            (None, None) => format!("{}/", Domain::from_column(&domain).origin(&config.house())),
        };
        let image = self.image_id.map(|image| format!("{}{}", config.app_origin, thumbnail::path(&id, &image)));
        let name = self.name.filter(|name| !name.is_empty()).unwrap_or_else(|| domain.clone());
        Some(SiteBrief { domain, name, url, image })
    }
}
