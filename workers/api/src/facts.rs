//! What every page is told: where the built files are, who is looking, and which site is theirs. One query.

use crate::{
    account::picture,
    ask::Ask,
    assets,
    pages::{self, Assets, Shell},
    site::{Row, Site},
};
use std::rc::Rc;
use vetka_edge::{
    Result,
    auth::{Seen, Viewer},
    d1,
};

const SELECT_FACTS: &str = "SELECT user.email, user.name, user.handle, user.image, user.deletion_at, site.id, site.domain, site.kind, site.subdomain, site.status,
    site.live_snapshot_id, site.created_at, site.proof_method, site.proved_at, site.proof_missing_since, site.proof_lost_at,
    site.former_domain, site.taken_down_at, site.taken_down_for, site.taken_down_note,
    (SELECT image_id FROM site_image WHERE site_id = site.id) AS image_id,
    (SELECT COALESCE(SUM(m.unread), 0) FROM thread_member m INDEXED BY thread_member_unread
      WHERE m.site_id = site.id AND m.unread > 0
      AND NOT EXISTS (SELECT 1 FROM mute WHERE site_id = m.site_id AND other_id = m.other_id)) AS unread_messages,
    (SELECT count(*) FROM (SELECT 1 FROM notification n INDEXED BY notification_unread
      LEFT JOIN site s ON s.id = n.actor_site_id
      WHERE n.site_id = site.id AND n.read_at IS NULL AND s.deleted_at IS NULL AND s.taken_down_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM mute WHERE site_id = n.site_id AND other_id = n.actor_site_id) LIMIT 100)) AS unread
    FROM user LEFT JOIN site ON site.user_id = user.id AND site.deleted_at IS NULL WHERE user.id = ?1";

/// Gathered before a page is drawn.
#[derive(Default)]
pub struct Facts {
    assets: Rc<Assets>,
    viewer: Option<pages::Viewer>,
    /// The viewer's site.
    pub site: Option<Site>,
}

impl Facts {
    /// What the frame of every page shows.
    pub fn shell(&self) -> Shell<'_> {
        Shell { assets: &self.assets, viewer: self.viewer.as_ref() }
    }

    /// Whether somebody is signed in.
    pub fn signed_in(&self) -> bool {
        self.viewer.is_some()
    }
}

/// Facts for whoever is asking.
pub async fn of(ask: &Ask) -> Result<Facts> {
    match ask.look().await? {
        Seen::Viewer(viewer) => of_viewer(ask, &viewer).await,
        Seen::Ended(_) | Seen::Nobody => none(ask).await,
    }
}

/// Facts for somebody who is known already.
pub async fn of_viewer(ask: &Ask, viewer: &Viewer) -> Result<Facts> {
    let facts = none(ask).await?;
    let row: Option<FactsRow> = d1::first(&ask.db()?, SELECT_FACTS, [(&viewer.user_id).into()]).await?;
    // A token may outlive its account by minutes; the page then is a visitor's.
    let Some(row) = row else { return Ok(facts) };
    let picture =
        row.image.as_deref().and_then(|image| picture::own_path(&ask.config().app_origin, &viewer.user_id, image));
    let viewer = pages::Viewer {
        email: row.email.clone(),
        name: row.name.clone(),
        handle: row.handle.clone(),
        picture,
        deletion_at: row.deletion_at,
        // Only what is made here has a builder to go to.
        unread_messages: row.unread_messages,
        site_domain: row.domain.clone().filter(|_| row.subdomain.is_some()),
        member: row.domain.clone(),
        unread: row.unread,
    };
    let site = row.into_site().map(|row| row.into_site(ask.config()));
    Ok(Facts { viewer: Some(viewer), site, ..facts })
}

/// Facts for a visitor.
pub async fn none(ask: &Ask) -> Result<Facts> {
    Ok(Facts { assets: assets::manifest(ask.env()).await, ..Facts::default() })
}

#[derive(d1::FromRow)]
struct FactsRow {
    email: String,
    name: String,
    handle: Option<String>,
    image: Option<String>,
    deletion_at: Option<i64>,
    id: Option<String>,
    domain: Option<String>,
    kind: Option<String>,
    subdomain: Option<String>,
    status: Option<String>,
    live_snapshot_id: Option<String>,
    created_at: Option<i64>,
    proof_method: Option<String>,
    proved_at: Option<i64>,
    proof_missing_since: Option<i64>,
    proof_lost_at: Option<i64>,
    former_domain: Option<String>,
    taken_down_at: Option<i64>,
    taken_down_for: Option<String>,
    taken_down_note: Option<String>,
    image_id: Option<String>,
    unread_messages: u32,
    unread: u32,
}

impl FactsRow {
    fn into_site(self) -> Option<Row> {
        Some(Row {
            id: self.id?,
            domain: self.domain?,
            kind: self.kind?,
            subdomain: self.subdomain,
            status: self.status?,
            live_snapshot_id: self.live_snapshot_id,
            created_at: self.created_at?,
            proof_method: self.proof_method,
            proved_at: self.proved_at,
            proof_missing_since: self.proof_missing_since,
            proof_lost_at: self.proof_lost_at,
            former_domain: self.former_domain,
            taken_down_at: self.taken_down_at,
            taken_down_for: self.taken_down_for,
            taken_down_note: self.taken_down_note.unwrap_or_default(),
            image_id: self.image_id,
        })
    }
}
