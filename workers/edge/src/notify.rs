//! Notifications: what somebody is told that others did. One statement asks whether they want to hear it, so that nothing
//! can come between the asking and the writing; it goes into a batch with what it tells of.
//!
//! Nobody is told of themselves, of anybody they blocked or muted, of anybody who blocked them, or of the same thing twice.

use crate::{
    Result, auth, d1,
    live::{self, Event},
    time,
};
use d1::Results;
use worker::{D1Database, D1PreparedStatement, Env};

const INSERT: &str = "INSERT INTO notification \
    (site_id, kind, actor_site_id, actor_name, actor_url, page_url, subject_id, text, created_at) \
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 \
    WHERE ?1 IS NOT ?3 AND EXISTS (SELECT 1 FROM site WHERE id = ?1 AND deleted_at IS NULL) \
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = ?1 AND other_id = ?3) \
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = ?3 AND other_id = ?1) \
      AND NOT EXISTS (SELECT 1 FROM mute WHERE site_id = ?1 AND other_id = ?3) \
    ON CONFLICT DO NOTHING RETURNING seq";

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Somebody follows one's site.
    Follow,
    /// Somebody left a signal on one's page.
    Reaction,
    /// Somebody wrote something on one's page.
    Comment,
    /// Somebody wrote to one.
    Message,
    /// Somebody mentioned one's page elsewhere.
    Mention,
    /// Reactions on one's page moved, changed or lost their place with a new version.
    Placement,
}

impl Kind {
    /// As it is stored and told.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Follow => "follow",
            Self::Reaction => "reaction",
            Self::Comment => "comment",
            Self::Message => "message",
            Self::Mention => "mention",
            Self::Placement => "placement",
        }
    }
}

/// Who did it.
#[derive(Debug, Clone, Copy)]
pub enum Actor<'a> {
    /// A member, by their site's id.
    Site(&'a str),
    /// Somebody elsewhere on the web.
    Elsewhere {
        /// What they are called.
        name: &'a str,
        /// Where they are found.
        url: &'a str,
    },
    /// Nobody: a thing that we noticed.
    Nobody,
}

/// A notification.
#[derive(Debug, Clone, Copy)]
pub struct Notification<'a> {
    /// Whose: a site's id.
    pub site_id: &'a str,
    /// What it is about.
    pub kind: Kind,
    /// Who did it.
    pub actor: Actor<'a>,
    /// The page it is about; empty for none.
    pub page_url: &'a str,
    /// The id of what it is about: the same is told once. Empty for a follow, which is told once for each who follows.
    pub subject_id: &'a str,
    /// A signal, the beginning of a comment, what moved.
    pub text: &'a str,
}

/// Writes it, unless it is unwanted. For a batch; [`was_written`] says of the results whether it was.
///
/// # Errors
/// Internal only.
pub fn statement(db: &D1Database, notification: &Notification<'_>) -> Result<D1PreparedStatement> {
    let Notification { site_id, kind, actor, page_url, subject_id, text } = *notification;
    let (actor_id, name, url) = match actor {
        Actor::Site(id) => (Some(id), "", ""),
        Actor::Elsewhere { name, url } => (None, name, url),
        Actor::Nobody => (None, "", ""),
    };
    let values = [
        site_id.into(),
        kind.as_str().into(),
        actor_id.into(),
        name.into(),
        url.into(),
        page_url.into(),
        subject_id.into(),
        text.into(),
        time::now_ms().into(),
    ];
    d1::prepare(db, INSERT, values)
}

/// Whether the statement at that place of a batch wrote something.
///
/// # Errors
/// Internal only.
pub fn was_written(results: &Results, at: usize) -> Result<bool> {
    Ok(d1::row::<Written>(results, at)?.is_some_and(|row| row.seq > 0))
}

/// Tells the open pages of whose it is. After the batch, and only when it was written.
pub async fn tell(env: &Env, notification: &Notification<'_>) {
    live::tell(env, notification.site_id, &Event::Notification { kind: notification.kind.as_str() }).await;
}

/// Writes it by itself, and tells.
///
/// # Errors
/// Internal only.
pub async fn send(env: &Env, notification: &Notification<'_>) -> Result<()> {
    let db = env.d1(auth::DB)?;
    if was_written(&d1::batch(&db, vec![statement(&db, notification)?]).await?, 0)? {
        tell(env, notification).await;
    }
    Ok(())
}

#[derive(d1::FromRow)]
struct Written {
    seq: i64,
}
