//! Who is there: for our frame and our own pages, and for a member's page, which learns what was agreed to and no more.

use super::{
    actor::Person,
    brief::{BriefRow, SiteBrief},
    grants, origins,
};
use crate::ask::Ask;
use schemars::JsonSchema;
use serde::Serialize;
use vetka_app::facts::own_picture;
use vetka_edge::{
    Result, d1,
    notch::{self, Asked},
};

const SELECT_MINE: &str = "SELECT s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, i.image_id,
    (SELECT COALESCE(SUM(m.unread), 0) FROM thread_member m WHERE m.site_id = s.id AND m.unread > 0
      AND NOT EXISTS (SELECT 1 FROM mute WHERE site_id = m.site_id AND other_id = m.other_id)) AS messages,
    (SELECT COUNT(*) FROM notification WHERE site_id = s.id AND read_at IS NULL) AS notifications
    FROM site s JOIN user u ON u.id = s.user_id LEFT JOIN site_image i ON i.site_id = s.id
    WHERE s.user_id = ?1 AND s.deleted_at IS NULL AND s.taken_down_at IS NULL";
const SELECT_VISITOR: &str = "SELECT u.id AS user_id, u.name AS called, u.image,
    s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, i.image_id
    FROM notch_grant g JOIN user u ON u.id = g.user_id
    LEFT JOIN site s ON s.user_id = u.id AND s.deleted_at IS NULL AND s.taken_down_at IS NULL
    LEFT JOIN site_image i ON i.site_id = s.id
    WHERE g.id = ?1 AND g.origin = ?2 AND g.share = 1 AND g.site_id IS ?3
    AND g.code_hash IS NULL AND g.expires_at > ?4 AND u.deleting_at IS NULL";

/// Who is there.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Me {
    /// For our frame and our own pages.
    Ours(Known),
    /// For a member's page.
    Page(Seen),
}

/// Who is there, for our frame and our own pages.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "NotchKnown")]
pub struct Known {
    /// Whether anybody is.
    pub known: bool,
    /// The site that they act as; null while they have none.
    pub site: Option<SiteBrief>,
    /// Whether the page around the frame may learn who they are.
    pub shared: bool,
    /// What is new for them.
    pub unread: Unread,
}

/// What is new for somebody.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "NotchUnread")]
pub struct Unread {
    /// Messages.
    pub messages: u32,
    /// Notifications.
    pub notifications: u32,
}

/// What a member's page may learn.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NotchSeen")]
pub struct Seen {
    /// Null for everybody who has not agreed to be known to this page.
    pub user: Option<Visitor>,
}

/// Somebody who agreed to be known to a page. Never an address for mail.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NotchVisitor")]
pub struct Visitor {
    /// What they call themselves; their site's domain, when they have not said; may be empty.
    pub name: String,
    /// Their site.
    #[schemars(extend("format" = "uri"))]
    pub url: Option<String>,
    /// Their picture of themselves, else that of their site.
    #[schemars(extend("format" = "uri"))]
    pub image: Option<String>,
}

/// For our frame and our own pages.
///
/// # Errors
/// 403 from elsewhere.
pub async fn ours(ask: &Ask) -> Result<Known> {
    let Some(person) = Person::reader(ask).await? else { return Ok(Known::default()) };
    let row: Option<MineRow> = d1::first(&ask.db()?, SELECT_MINE, [(&person.user_id).into()]).await?;
    let shared = match &person.grant {
        None => false,
        Some(grant) => match origins::of_origin(ask, &grant.origin).await? {
            Some(place) => grants::is_shared(ask, grant, &place).await?,
            None => false,
        },
    };
    let (site, unread) = row.map_or_else(Default::default, |row| {
        let MineRow { site, messages, notifications } = row;
        (site.brief(ask.config()), Unread { messages, notifications })
    });
    Ok(Known { known: true, site, shared, unread })
}

/// For a page on a registered origin: who is there, if they agreed to be known to just that.
///
/// # Errors
/// Internal only. Whoever is not known is nobody.
pub async fn page(ask: &Ask, origin: &str, place: &origins::Place) -> Result<Seen> {
    // A page has no bearer of the frame's, and could not show one as the frame's.
    let asked = Asked { origin, cookie: ask.header("cookie"), bearer: None };
    // The session's cookie comes along from a neighbour's page, and is not looked at.
    let Some(granted) = notch::claimed(ask.env(), &asked).unwrap_or_default() else { return Ok(Seen { user: None }) };
    let values = [(&granted.grant_id).into(), origin.into(), place.site_id.as_deref().into(), ask.now().into()];
    let row: Option<VisitorRow> = d1::first(&ask.db()?, SELECT_VISITOR, values).await?;
    Ok(Seen { user: row.filter(|row| row.user_id == granted.user_id).map(|row| row.into_visitor(ask)) })
}

#[derive(d1::FromRow)]
struct MineRow {
    #[column(flatten)]
    site: BriefRow,
    messages: u32,
    notifications: u32,
}

#[derive(d1::FromRow)]
struct VisitorRow {
    user_id: String,
    called: String,
    image: Option<String>,
    #[column(flatten)]
    site: BriefRow,
}

impl VisitorRow {
    fn into_visitor(self, ask: &Ask) -> Visitor {
        let app = &ask.config().app_origin;
        let own = self.image.and_then(|image| own_picture(app, &self.user_id, &image));
        let site = self.site.brief(ask.config());
        let (name, url, of_site) =
            site.map_or((None, None, None), |site| (Some(site.name), Some(site.url), site.image));
        let name = Some(self.called).filter(|called| !called.is_empty()).or(name).unwrap_or_default();
        Visitor { name, url, image: own.map(|path| format!("{app}{path}")).or(of_site) }
    }
}
