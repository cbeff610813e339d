//! What two sites write to each other, as one of them sees it.
//!
//! A block is silent. What its author writes to whoever blocked them is kept as `withheld`: it is there for them, like any
//! message, and never for the other, not even when the block is taken back. So nothing that they are told differs.
//!
//! Reading is here, writing in `send` and `change`.

mod change;
mod export;
mod send;

pub use change::{Edit, MarkRead, UnreadMessages, delete, edit, read_up_to};
pub use export::{Said, export};
pub use send::{NewMessage, send};

use super::{
    actor::Actor,
    brief::{BriefRow, SiteBrief},
};
use crate::{ask::Ask, paging::Wanted};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::message::{Closed, Standing, is_changeable};
use vetka_edge::{Error, Result, d1, error, time};

/// Another site, and how the one that asks stands to it.
const SELECT_OTHER: &str =
    "SELECT s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, i.image_id, s.id AS site_id,
    s.domain AS site_domain, s.messages_from, t.id AS thread_id,
    EXISTS (SELECT 1 FROM follow WHERE follower_id = s.id AND followee_id = ?2) AS followed,
    EXISTS (SELECT 1 FROM block WHERE site_id = ?2 AND other_id = s.id) AS blocked,
    COALESCE((SELECT wrote FROM thread_member WHERE site_id = s.id AND thread_id = t.id), 0) AS answered
    FROM site s JOIN user u ON u.id = s.user_id LEFT JOIN site_image i ON i.site_id = s.id
    LEFT JOIN thread t ON t.low_id = min(s.id, ?2) AND t.high_id = max(s.id, ?2)
    WHERE (s.domain = ?1 OR s.custom_domain = ?1) AND s.deleted_at IS NULL AND s.taken_down_at IS NULL";
const SELECT_THREADS: &str = "SELECT s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, i.image_id,
    m.last_seq AS seq, m.unread, g.id AS message_id, g.client_id, g.from_id, g.body, g.created_at, g.edited_at, g.deleted_at, g.read_at,
    EXISTS (SELECT 1 FROM mute WHERE site_id = ?1 AND other_id = m.other_id) AS muted
    FROM thread_member m JOIN site s ON s.id = m.other_id JOIN user u ON u.id = s.user_id
    LEFT JOIN site_image i ON i.site_id = s.id JOIN message g ON g.seq = m.last_seq
    WHERE m.site_id = ?1 AND m.last_seq < ?2 AND s.deleted_at IS NULL AND s.taken_down_at IS NULL
    ORDER BY m.last_seq DESC LIMIT ?3";
const SELECT_MESSAGES: &str =
    "SELECT seq, id AS message_id, client_id, from_id, body, created_at, edited_at, deleted_at, read_at FROM message
    WHERE thread_id = ?1 AND seq < ?3 AND (withheld = 0 OR from_id = ?2) ORDER BY seq DESC LIMIT ?4";
/// What was muted is not counted: it does not ask for attention.
const COUNT_UNREAD: &str = "SELECT COALESCE(SUM(m.unread), 0) AS unread FROM thread_member m INDEXED BY thread_member_unread
    WHERE m.site_id = ?1 AND m.unread > 0 AND NOT EXISTS (SELECT 1 FROM mute WHERE site_id = ?1 AND other_id = m.other_id)";

/// A page of the threads that a site has, the one with the newest message first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Threads {
    /// The page.
    pub threads: Vec<Thread>,
    /// How many messages have not been read, in all threads that are not muted.
    pub unread: u32,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

/// What was written between two sites.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Thread {
    /// The other site.
    pub with: SiteBrief,
    /// The newest message.
    pub last: Message,
    /// How many have not been read.
    pub unread: u32,
    /// Whether the other is muted.
    pub muted: bool,
}

/// A page of a thread, newest first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Messages {
    /// The other site.
    pub with: SiteBrief,
    /// The page.
    pub messages: Vec<Message>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
    /// Whether there can be another message to them.
    pub can_write: bool,
    /// Why not, for people.
    pub why: Option<&'static str>,
}

/// A message, as one of the two sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SiteMessage")]
pub struct Message {
    /// Opaque.
    pub id: String,
    /// What one's own page called it when it was sent; null for the other's.
    pub client_id: Option<String>,
    /// Whose it is.
    pub from: From,
    /// The words, plain text with line ends; empty once it is deleted.
    pub body: String,
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// When it was last changed, RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub edited_at: Option<String>,
    /// Whether its author took it back.
    pub deleted: bool,
    /// When whom it is to has read it, RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub read_at: Option<String>,
    /// As a number, for pages.
    #[serde(skip)]
    pub created_ms: i64,
}

/// Which of the two wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "MessageFrom")]
pub enum From {
    /// Whoever asks.
    Me,
    /// The other.
    Them,
}

impl Message {
    /// Whether whoever asks can edit or delete it now.
    pub fn is_changeable(&self, now: i64) -> bool {
        self.from == From::Me && !self.deleted && is_changeable(self.created_ms, now)
    }
}

/// A message's row, without knowing who asks.
#[derive(Debug, d1::FromRow)]
pub struct MessageRow {
    seq: i64,
    message_id: String,
    client_id: String,
    from_id: String,
    body: String,
    created_at: i64,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
    read_at: Option<i64>,
}

impl MessageRow {
    /// As one of the two sees it.
    fn into_message(self, me: &str) -> Message {
        let mine = self.from_id == me;
        Message {
            id: self.message_id,
            client_id: mine.then_some(self.client_id),
            from: if mine { From::Me } else { From::Them },
            body: self.body,
            created_at: time::rfc3339(self.created_at),
            edited_at: self.edited_at.map(time::rfc3339),
            deleted: self.deleted_at.is_some(),
            read_at: self.read_at.map(time::rfc3339),
            created_ms: self.created_at,
        }
    }
}

#[derive(d1::FromRow)]
struct ThreadRow {
    #[column(flatten)]
    with: BriefRow,
    #[column(flatten)]
    last: MessageRow,
    unread: u32,
    muted: bool,
}

/// Another site, as the one that asks finds it.
#[derive(d1::FromRow)]
struct Other {
    #[column(flatten)]
    with: BriefRow,
    site_id: String,
    site_domain: String,
    messages_from: String,
    thread_id: Option<String>,
    followed: bool,
    blocked: bool,
    answered: bool,
}

#[derive(d1::FromRow)]
struct Unread {
    unread: u32,
}

impl Other {
    fn may_write(&self) -> core::result::Result<(), Closed> {
        let Self { messages_from, followed, answered, blocked, .. } = self;
        Standing { messages_from, followed: *followed, answered: *answered, blocked: *blocked }.may_write()
    }
}

/// The site with that domain, to whoever asks.
///
/// # Errors
/// 404 when it is not here, 422 `yourself`.
async fn other(ask: &Ask, actor: &Actor, domain: &str) -> Result<Other> {
    let values = [domain.into(), (&actor.site_id).into()];
    let other: Option<Other> = d1::first(&ask.db()?, SELECT_OTHER, values).await?;
    let other = other.ok_or_else(|| error::not_found("There is no such site here."))?;
    if other.site_id == actor.site_id {
        return Err(Error::new(422, "yourself", "That is your own site."));
    }
    Ok(other)
}

/// A page of one's threads.
pub async fn threads(ask: &Ask, actor: &Actor, wanted: Wanted) -> Result<Threads> {
    let me = actor.site_id.as_str();
    let db = ask.db()?;
    let values = [me.into(), wanted.before().into(), wanted.to_fetch().into()];
    let statements = vec![d1::prepare(&db, SELECT_THREADS, values)?, d1::prepare(&db, COUNT_UNREAD, [me.into()])?];
    let results = d1::batch(&db, statements).await?;
    let mut rows: Vec<ThreadRow> = d1::rows(&results, 0)?;
    let next_cursor = wanted.cut(&mut rows, |row| row.last.seq);
    let threads = rows.into_iter().filter_map(|ThreadRow { with, last, unread, muted }| {
        Some(Thread { with: with.brief(ask.config())?, last: last.into_message(me), unread, muted })
    });
    let unread = d1::row::<Unread>(&results, 1)?.map_or(0, |row| row.unread);
    Ok(Threads { threads: threads.collect(), unread, next_cursor })
}

/// How many messages somebody has not read.
pub async fn unread(ask: &Ask, site_id: &str) -> Result<u32> {
    let row: Option<Unread> = d1::first(&ask.db()?, COUNT_UNREAD, [site_id.into()]).await?;
    Ok(row.map_or(0, |row| row.unread))
}

/// A page of what was written with the site of that domain.
///
/// # Errors
/// As [`other`].
pub async fn messages(ask: &Ask, actor: &Actor, domain: &str, wanted: Wanted) -> Result<Messages> {
    let (me, other) = (actor.site_id.as_str(), other(ask, actor, domain).await?);
    let mut rows: Vec<MessageRow> = match &other.thread_id {
        Some(thread) => {
            let values = [thread.into(), me.into(), wanted.before().into(), wanted.to_fetch().into()];
            d1::all(&ask.db()?, SELECT_MESSAGES, values).await?
        }
        None => Vec::new(),
    };
    let next_cursor = wanted.cut(&mut rows, |row| row.seq);
    let why = other.may_write().err().map(Closed::sentence);
    let with = other.with.brief(ask.config()).ok_or_else(|| error::internal("a site without a domain"))?;
    let messages = rows.into_iter().map(|row| row.into_message(me)).collect();
    Ok(Messages { with, messages, next_cursor, can_write: why.is_none(), why })
}
