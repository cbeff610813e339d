//! What others did that concerns a site, and which of it its owner has seen.

use super::{
    brief::{BriefRow, SiteBrief},
    feed::is_web,
};
use crate::{ask::Ask, pages::social::notifications as view, paging::Wanted};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_edge::{Result, config::Config, d1, error, time};

const SELECT_PAGE: &str =
    "SELECT n.seq, n.kind, n.actor_name, n.actor_url, n.page_url, n.subject_id, n.text, n.created_at, n.read_at,
    s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, i.image_id
    FROM notification n LEFT JOIN site s ON s.id = n.actor_site_id LEFT JOIN user u ON u.id = s.user_id
    LEFT JOIN site_image i ON i.site_id = s.id
    WHERE n.site_id = ?1 AND n.seq < ?2 AND s.deleted_at IS NULL AND s.taken_down_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM mute WHERE site_id = ?1 AND other_id = n.actor_site_id)
    ORDER BY n.seq DESC LIMIT ?3";
const COUNT_UNREAD: &str = "SELECT count(*) AS unread FROM (SELECT 1 FROM notification n INDEXED BY notification_unread
    LEFT JOIN site s ON s.id = n.actor_site_id
    WHERE n.site_id = ?1 AND n.read_at IS NULL AND s.deleted_at IS NULL AND s.taken_down_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM mute WHERE site_id = ?1 AND other_id = n.actor_site_id) LIMIT 100)";
const MARK_READ: &str = "UPDATE notification SET read_at = ?3 WHERE site_id = ?1 AND read_at IS NULL AND seq <= ?2";

/// A page of what others did, newest first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notifications {
    /// The page.
    pub notifications: Vec<Notification>,
    /// How many have not been seen; 100 stands for more.
    pub unread: u32,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

/// Something that somebody did.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Grows with time.
    pub id: String,
    /// What it is about. A `placement` says what a new version did to the places of reactions.
    #[schemars(extend("enum" = ["follow", "reaction", "comment", "message", "mention", "placement"]))]
    pub kind: String,
    /// Who did it; null when nobody did.
    pub actor: Option<Who>,
    /// The page that it is about; empty for none.
    pub page_url: String,
    /// The reaction or the message that it is about; empty for none.
    pub subject_id: String,
    /// A signal, the beginning of a comment, what moved; may be empty.
    pub text: String,
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// Whether it has been seen.
    pub read: bool,
    /// As a number, for pages.
    #[serde(skip)]
    pub created_ms: i64,
}

/// A member, or somebody elsewhere on the web.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Who {
    /// A member.
    Site(SiteBrief),
    /// Somebody elsewhere.
    Elsewhere {
        /// What they are called; may be empty.
        name: String,
        /// Where they are found; may be empty.
        url: String,
    },
}

impl From<Notification> for view::Told {
    fn from(told: Notification) -> Self {
        let web = |url: String| if is_web(&url) { url } else { String::new() };
        Self {
            id: told.id,
            kind: told.kind,
            who: match told.actor {
                Some(Who::Site(site)) => view::Who::Site(site.into()),
                Some(Who::Elsewhere { name, url }) => view::Who::Elsewhere { name, url: web(url) },
                None => view::Who::Nobody,
            },
            page: web(told.page_url),
            text: told.text,
            at: told.created_ms,
            read: told.read,
        }
    }
}

/// Up to which one has been seen.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadUpTo {
    /// The newest that has been seen.
    #[schemars(extend("pattern" = "^[0-9]{1,15}$"))]
    pub up_to: String,
}

/// How many are left.
#[derive(Debug, Serialize, JsonSchema, d1::FromRow)]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    /// How many have not been seen; 100 stands for more.
    pub unread: u32,
}

#[derive(d1::FromRow)]
struct Row {
    seq: i64,
    kind: String,
    actor_name: String,
    actor_url: String,
    page_url: String,
    subject_id: String,
    text: String,
    created_at: i64,
    read_at: Option<i64>,
    #[column(flatten)]
    brief: BriefRow,
}

impl Row {
    fn notification(self, config: &Config) -> Notification {
        let elsewhere = !self.actor_name.is_empty() || !self.actor_url.is_empty();
        let actor = match self.brief.brief(config) {
            Some(site) => Some(Who::Site(site)),
            None => elsewhere.then_some(Who::Elsewhere { name: self.actor_name, url: self.actor_url }),
        };
        Notification {
            id: self.seq.to_string(),
            kind: self.kind,
            actor,
            page_url: self.page_url,
            subject_id: self.subject_id,
            text: self.text,
            created_at: time::rfc3339(self.created_at),
            read: self.read_at.is_some(),
            created_ms: self.created_at,
        }
    }
}

/// A page of a site's notifications.
pub async fn list(ask: &Ask, site_id: &str, wanted: Wanted) -> Result<Notifications> {
    let db = ask.db()?;
    let values = [site_id.into(), wanted.before().into(), wanted.to_fetch().into()];
    let statements = vec![d1::prepare(&db, SELECT_PAGE, values)?, d1::prepare(&db, COUNT_UNREAD, [site_id.into()])?];
    let results = d1::batch(&db, statements).await?;
    let mut rows: Vec<Row> = d1::rows(&results, 0)?;
    let unread: Option<Unread> = d1::row(&results, 1)?;
    let next_cursor = wanted.cut(&mut rows, |row| row.seq);
    let notifications = rows.into_iter().map(|row| row.notification(ask.config())).collect();
    Ok(Notifications { notifications, unread: unread.map_or(0, |row| row.unread), next_cursor })
}

/// Marks what is not newer than that one as seen.
///
/// # Errors
/// 400 `invalid_id`.
pub async fn mark_read(ask: &Ask, site_id: &str, up_to: &str) -> Result<Unread> {
    let up_to = up_to.parse::<i64>().ok().filter(|up_to| (0..=Wanted::FIRST.before()).contains(up_to));
    let up_to = up_to.ok_or_else(|| error::bad_request("invalid_id", "That names no notification."))?;
    let db = ask.db()?;
    let values = [site_id.into(), up_to.into(), ask.now().into()];
    let statements = vec![d1::prepare(&db, MARK_READ, values)?, d1::prepare(&db, COUNT_UNREAD, [site_id.into()])?];
    let left: Option<Unread> = d1::row(&d1::batch(&db, statements).await?, 1)?;
    Ok(left.unwrap_or(Unread { unread: 0 }))
}
