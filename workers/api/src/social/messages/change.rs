//! What can happen to messages that were sent: they are read, and for a quarter of an hour edited or taken back.

use super::{Message, MessageRow, Unread, other, send::words, unread};
use crate::{ask::Ask, social::actor::Actor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_domain::message::CHANGEABLE_MS;
use vetka_edge::{
    Result, d1, error,
    live::{self, Event},
};

const EDIT: &str = "UPDATE message SET body = ?3, edited_at = ?4
    WHERE id = ?1 AND from_id = ?2 AND deleted_at IS NULL AND created_at > ?5
    RETURNING seq, id AS message_id, client_id, from_id, body, created_at, edited_at, deleted_at, read_at";
const DELETE: &str = "UPDATE message SET body = '', deleted_at = ?3
    WHERE id = ?1 AND from_id = ?2 AND deleted_at IS NULL AND created_at > ?4 RETURNING id";
/// With the last message that was not read, what was told of it goes.
const FORGET_NOTIFICATION: &str = "DELETE FROM notification WHERE kind = 'message'
    AND (site_id, actor_site_id) = (SELECT to_id, from_id FROM message WHERE id = ?1 AND from_id = ?2)
    AND NOT EXISTS (SELECT 1 FROM thread_member WHERE site_id = notification.site_id AND thread_id = notification.subject_id
      AND unread > 0) RETURNING seq";
const SELECT_OWN: &str =
    "SELECT m.deleted_at, m.withheld, m.to_id, s.domain FROM message m JOIN site s ON s.id = m.to_id
    WHERE m.id = ?1 AND m.from_id = ?2";
const SELECT_SEQ: &str = "SELECT seq FROM message WHERE id = ?1 AND thread_id = ?2 AND (withheld = 0 OR from_id = ?3)";
/// Whoever has blocked the author reads on, and the author does not hear of it.
const NOTE_READ: &str = "UPDATE message SET read_at = ?4 WHERE thread_id = ?1 AND to_id = ?2 AND seq <= ?3
    AND seq > (SELECT read_seq FROM thread_member WHERE site_id = ?2 AND thread_id = ?1) AND read_at IS NULL AND withheld = 0
    AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = ?2 AND other_id = message.from_id) RETURNING id";
const READ_UP_TO: &str = "UPDATE thread_member SET read_seq = max(read_seq, ?3), unread = (SELECT count(*) FROM message
      WHERE thread_id = ?1 AND seq > max(thread_member.read_seq, ?3) AND to_id = ?2 AND withheld = 0 AND deleted_at IS NULL)
    WHERE site_id = ?2 AND thread_id = ?1 RETURNING unread";
const FORGET_READ: &str =
    "DELETE FROM notification WHERE site_id = ?1 AND kind = 'message' AND actor_site_id = ?2 RETURNING seq";

/// Other words for a message.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "MessageEdit")]
pub struct Edit {
    /// Plain text, up to 4,000 characters.
    pub body: String,
}

/// Up to which message somebody has read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MarkRead {
    /// The newest message that they have seen.
    pub up_to: String,
}

/// How much is left to read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UnreadMessages {
    /// Messages in all threads that are not muted.
    pub unread: u32,
}

#[derive(d1::FromRow)]
struct Own {
    deleted_at: Option<i64>,
    withheld: bool,
    to_id: String,
    domain: String,
}

#[derive(d1::FromRow)]
struct Seq {
    seq: i64,
}

#[derive(d1::FromRow)]
struct Changed {}

/// Puts other words in the place of a message's.
///
/// # Errors
/// 400 for a text that cannot be, 404, 409 when it was taken back or is too old.
pub async fn edit(ask: &Ask, actor: &Actor, id: &str, edit: &Edit) -> Result<Message> {
    let (words, own) = (words(&edit.body)?, own(ask, actor, id).await?);
    let (me, now) = (actor.site_id.as_str(), ask.now());
    let values = [id.into(), me.into(), words.as_str().into(), now.into(), (now - CHANGEABLE_MS).into()];
    let row: Option<MessageRow> = d1::first(&ask.db()?, EDIT, values).await?;
    let message = row.ok_or_else(too_late)?.into_message(me);
    tell(ask, actor, &own, id).await;
    Ok(message)
}

/// Takes a message back. What stays is that there was one.
///
/// # Errors
/// 404, 409 when it is too old. Twice is once.
pub async fn delete(ask: &Ask, actor: &Actor, id: &str) -> Result<()> {
    let own = match own(ask, actor, id).await {
        Err(refusal) if refusal.code == "message_deleted" => return Ok(()),
        found => found?,
    };
    let (me, now, db) = (actor.site_id.as_str(), ask.now(), ask.db()?);
    let statements = vec![
        d1::prepare(&db, DELETE, [id.into(), me.into(), now.into(), (now - CHANGEABLE_MS).into()])?,
        d1::prepare(&db, FORGET_NOTIFICATION, [id.into(), me.into()])?,
    ];
    let results = d1::batch(&db, statements).await?;
    d1::row::<Changed>(&results, 0)?.ok_or_else(too_late)?;
    tell(ask, actor, &own, id).await;
    Ok(())
}

/// Notes that whoever asks has read what the site of that domain wrote, up to a message.
///
/// # Errors
/// 404 for a thread or a message that is not there, 422 `yourself`.
pub async fn read_up_to(ask: &Ask, actor: &Actor, domain: &str, mark: &MarkRead) -> Result<UnreadMessages> {
    let (me, other) = (actor.site_id.as_str(), other(ask, actor, domain).await?);
    let (db, thread) = (ask.db()?, other.thread_id.as_deref().ok_or_else(no_message)?);
    let up_to: Option<Seq> = d1::first(&db, SELECT_SEQ, [(&mark.up_to).into(), thread.into(), me.into()]).await?;
    let up_to = up_to.ok_or_else(no_message)?.seq;
    let statements = vec![
        d1::prepare(&db, NOTE_READ, [thread.into(), me.into(), up_to.into(), ask.now().into()])?,
        d1::prepare(&db, READ_UP_TO, [thread.into(), me.into(), up_to.into()])?,
        d1::prepare(&db, FORGET_READ, [me.into(), (&other.site_id).into()])?,
    ];
    let results = d1::batch(&db, statements).await?;
    let receipts = !d1::rows::<Changed>(&results, 0)?.is_empty();
    let is_news = receipts || d1::row::<Changed>(&results, 2)?.is_some();
    let left = d1::row::<Unread>(&results, 1)?.map_or(0, |row| row.unread);
    let mut events = Vec::new();
    if receipts {
        events.push((other.site_id.as_str(), Event::Read { with: &actor.domain }));
    }
    if is_news || left > 0 {
        events.push((me, Event::Unread));
    }
    live::tell_all(ask.env(), &events).await;
    Ok(UnreadMessages { unread: unread(ask, me).await? })
}

async fn own(ask: &Ask, actor: &Actor, id: &str) -> Result<Own> {
    let own: Option<Own> = d1::first(&ask.db()?, SELECT_OWN, [id.into(), (&actor.site_id).into()]).await?;
    let own = own.ok_or_else(no_message)?;
    if own.deleted_at.is_some() {
        return Err(error::conflict("message_deleted", "You have taken this message back."));
    }
    Ok(own)
}

async fn tell(ask: &Ask, actor: &Actor, own: &Own, id: &str) {
    let mut events = vec![(actor.site_id.as_str(), Event::MessageChanged { with: &own.domain, id })];
    if !own.withheld {
        events.push((own.to_id.as_str(), Event::MessageChanged { with: &actor.domain, id }));
    }
    live::tell_all(ask.env(), &events).await;
}

fn no_message() -> vetka_edge::Error {
    error::not_found("There is no such message.")
}

fn too_late() -> vetka_edge::Error {
    error::conflict("too_late", "A message can be changed for 15 minutes, and this one is older.")
}
