//! What every page is told: where the built files are and who is looking.

use crate::{
    ask::Ask,
    assets,
    pages::{Assets, Shell, Viewer},
};
use std::rc::Rc;
use vetka_edge::{
    Result,
    auth::Seen,
    d1::{self, Results},
    id,
};
use worker::D1PreparedStatement;

const SELECT_VIEWER: &str = "SELECT user.email, user.name, user.handle, user.image, user.deletion_at,
    site.domain, site.subdomain,
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
    viewer: Option<Viewer>,
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
///
/// # Errors
/// Internal only.
pub async fn of(ask: &Ask) -> Result<Facts> {
    match ask.look().await? {
        Seen::Viewer(viewer) => of_viewer(ask, &viewer.user_id).await,
        Seen::Ended(_) | Seen::Nobody => Ok(none(ask).await),
    }
}

/// Facts for somebody who is known already. One query.
///
/// # Errors
/// Internal only.
pub async fn of_viewer(ask: &Ask, user_id: &str) -> Result<Facts> {
    let results = d1::batch(&ask.db()?, vec![query(ask, user_id)?]).await?;
    of_results(ask, user_id, &results).await
}

/// The query of [`of_viewer`], for a page that puts it at the head of a batch of its own.
///
/// # Errors
/// Internal only.
pub fn query(ask: &Ask, user_id: &str) -> Result<D1PreparedStatement> {
    d1::prepare(&ask.db()?, SELECT_VIEWER, [user_id.into()])
}

/// What the first statement of a batch, [`query`], came to.
///
/// # Errors
/// Internal only.
pub async fn of_results(ask: &Ask, user_id: &str, results: &Results) -> Result<Facts> {
    let row: Option<ViewerRow> = d1::row(results, 0)?;
    // A token may outlive its account by minutes; the page then is a visitor's.
    let viewer = row.map(|row| row.into_viewer(&ask.config().app_origin, user_id));
    Ok(Facts { viewer, ..none(ask).await })
}

/// Facts for a visitor.
pub async fn none(ask: &Ask) -> Facts {
    Facts { assets: assets::manifest(ask.env()).await, viewer: None }
}

#[derive(d1::FromRow)]
struct ViewerRow {
    email: String,
    name: String,
    handle: Option<String>,
    image: Option<String>,
    deletion_at: Option<i64>,
    domain: Option<String>,
    subdomain: Option<String>,
    unread_messages: u32,
    unread: u32,
}

impl ViewerRow {
    fn into_viewer(self, app_origin: &str, user_id: &str) -> Viewer {
        Viewer {
            picture: self.image.as_deref().and_then(|image| own_picture(app_origin, user_id, image)),
            email: self.email,
            name: self.name,
            handle: self.handle,
            deletion_at: self.deletion_at,
            unread_messages: self.unread_messages,
            // Only what is made here has a builder to go to.
            site_domain: self.domain.clone().filter(|_| self.subdomain.is_some()),
            member: self.domain,
            unread: self.unread,
        }
    }
}

/// The path of somebody's picture here, when the address is one of ours for them. Pages show these and no others: what
/// lives elsewhere would tell that place who looks at what.
pub fn own_picture(app_origin: &str, user_id: &str, address: &str) -> Option<String> {
    let id = address.strip_prefix(app_origin)?.strip_prefix(&format!("/pictures/{user_id}/"))?;
    id::is_id(id).then(|| format!("/pictures/{user_id}/{id}"))
}

#[cfg(test)]
mod tests {
    use super::own_picture;

    #[test]
    fn only_ones_own_pictures_here_are_shown() {
        let (user, id) = ("a".repeat(24), "b".repeat(24));
        let ours = |address: &str| own_picture("https://vetka.sh", &user, address);
        assert_eq!(ours(&format!("https://vetka.sh/pictures/{user}/{id}")), Some(format!("/pictures/{user}/{id}")));
        for address in [
            format!("https://vetka.sh.evil.test/pictures/{user}/{id}"),
            format!("https://vetka.sh/pictures/{id}/{id}"),
            format!("https://vetka.sh/pictures/{user}/{id}/"),
            format!("https://vetka.sh/pictures/{user}/../x"),
            "https://x.test/a.png".to_owned(),
            String::new(),
        ] {
            assert_eq!(ours(&address), None, "{address}");
        }
    }
}
