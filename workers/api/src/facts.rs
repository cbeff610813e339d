//! What every page is told: who is looking, and which site is theirs. One question to the database.

use crate::{
    ask::Ask,
    pages::Shell,
    site::{Row, Site},
};
use vetka_app::facts;
use vetka_edge::{
    Result,
    auth::{Seen, Viewer},
    d1,
};

const SELECT_SITE: &str = "SELECT site.id, site.domain, site.kind, site.subdomain, site.status, site.live_snapshot_id,
    site.created_at, site.proof_method, site.proved_at, site.proof_missing_since, site.proof_lost_at, site.former_domain,
    site.taken_down_at, site.taken_down_for, site.taken_down_note,
    (SELECT image_id FROM site_image WHERE site_id = site.id) AS image_id
    FROM site WHERE site.user_id = ?1 AND site.deleted_at IS NULL";

/// Gathered before a page is drawn.
#[derive(Default)]
pub struct Facts {
    viewer: facts::Facts,
    /// The viewer's site.
    pub site: Option<Site>,
}

impl Facts {
    /// What the frame of every page shows.
    pub fn shell(&self) -> Shell<'_> {
        self.viewer.shell()
    }

    /// Whether somebody is signed in.
    pub fn signed_in(&self) -> bool {
        self.viewer.signed_in()
    }
}

/// Facts for whoever is asking.
pub async fn of(ask: &Ask) -> Result<Facts> {
    match ask.look().await? {
        Seen::Viewer(viewer) => of_viewer(ask, &viewer).await,
        Seen::Ended(_) | Seen::Nobody => Ok(none(ask).await),
    }
}

/// Facts for somebody who is known already.
pub async fn of_viewer(ask: &Ask, viewer: &Viewer) -> Result<Facts> {
    let user_id = &viewer.user_id;
    let db = ask.db()?;
    let site = d1::prepare(&db, SELECT_SITE, [user_id.into()])?;
    let results = d1::batch(&db, vec![facts::query(ask, user_id)?, site]).await?;
    let site: Option<Row> = d1::row(&results, 1)?;
    Ok(Facts {
        viewer: facts::of_results(ask, user_id, &results).await?,
        site: site.map(|row| row.into_site(ask.config())),
    })
}

/// Facts for a visitor.
pub async fn none(ask: &Ask) -> Facts {
    Facts { viewer: facts::none(ask).await, site: None }
}
