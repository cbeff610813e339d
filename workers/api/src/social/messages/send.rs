//! Sending a message. Its page names it, so that sending it twice is sending it once, however the first time ended.

use super::{Message, MessageRow, other};
use crate::{ask::Ask, limits, social::actor::Actor};
use schemars::JsonSchema;
use serde::Deserialize;
use vetka_domain::message::{Words, is_client_id};
use vetka_edge::{
    Error, Result, d1, error, id,
    live::{self, Event},
    notify::{self, Kind, Notification},
};

const BEGIN_THREAD: &str = "INSERT INTO thread (id, low_id, high_id, created_at)
    SELECT ?1, min(?2, ?3), max(?2, ?3), ?4 WHERE true ON CONFLICT (low_id, high_id) DO NOTHING";
/// Whether it is withheld is asked where it is written, so that a block that comes meanwhile counts.
const INSERT: &str = "INSERT INTO message (id, thread_id, from_id, to_id, client_id, body, created_at, withheld)
    SELECT ?1, t.id, ?2, ?3, ?4, ?5, ?6, EXISTS (SELECT 1 FROM block WHERE site_id = ?3 AND other_id = ?2)
    FROM thread t WHERE t.low_id = min(?2, ?3) AND t.high_id = max(?2, ?3)
    ON CONFLICT (from_id, client_id) DO NOTHING RETURNING withheld";
const SELECT_SENT: &str =
    "SELECT seq, id AS message_id, client_id, from_id, to_id, body, created_at, edited_at, deleted_at, read_at FROM message
    WHERE from_id = ?1 AND client_id = ?2";
const SELECT_THREAD: &str = "SELECT id FROM thread WHERE low_id = min(?1, ?2) AND high_id = max(?1, ?2)";

/// A message to send.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewMessage {
    /// Plain text, up to 4,000 characters.
    pub body: String,
    /// What the page calls it: the same twice is one message.
    #[schemars(extend("pattern" = "^[A-Za-z0-9_-]{1,64}$"))]
    pub client_id: String,
}

#[derive(d1::FromRow)]
struct Written {
    withheld: bool,
}

#[derive(d1::FromRow)]
struct Sent {
    #[column(flatten)]
    message: MessageRow,
    to_id: String,
}

#[derive(d1::FromRow)]
struct ThreadId {
    id: String,
}

/// Sends a message to the site of that domain, and tells both sides' open pages.
///
/// # Errors
/// 400 for a text or a name that cannot be, 403 when the other does not let whoever asks write or was blocked by them, 404,
/// 409 when the name is another message's, 422 `yourself`, 429.
pub async fn send(ask: &Ask, actor: &Actor, domain: &str, new: &NewMessage) -> Result<Message> {
    let words = words(&new.body)?;
    if !is_client_id(&new.client_id) {
        let message = "A message is named by up to 64 letters, digits, - and _.";
        return Err(error::bad_request("malformed_client_id", message));
    }
    let (me, other) = (actor.site_id.as_str(), other(ask, actor, domain).await?);
    other.may_write().map_err(|closed| error::forbidden(closed.code(), closed.sentence()))?;
    limits::letters(ask, &actor.user_id, !other.answered).await?;

    let db = ask.db()?;
    let to = other.site_id.as_str();
    let thread = match other.thread_id {
        Some(thread) => thread,
        None => {
            let fresh = id::random()?;
            let begin = d1::prepare(&db, BEGIN_THREAD, [(&fresh).into(), me.into(), to.into(), ask.now().into()])?;
            let found = d1::prepare(&db, SELECT_THREAD, [me.into(), to.into()])?;
            // Both may begin at once; the row that stands is the answer to both.
            let row: Option<ThreadId> = d1::row(&d1::batch(&db, vec![begin, found]).await?, 1)?;
            row.ok_or_else(|| error::internal("a thread that is not there"))?.id
        }
    };
    let id = id::random()?;
    let (client_id, now) = (new.client_id.as_str(), ask.now());
    let values = [(&id).into(), me.into(), to.into(), client_id.into(), words.as_str().into(), now.into()];
    // One for all that has not been read: the thread is what it leads to, and reading that takes it away.
    let notification = Notification {
        site_id: to,
        kind: Kind::Message,
        actor: notify::Actor::Site(me),
        page_url: "",
        subject_id: &thread,
        text: "",
    };
    let statements = vec![
        d1::prepare(&db, INSERT, values)?,
        notify::statement(&db, &notification)?,
        d1::prepare(&db, SELECT_SENT, [me.into(), client_id.into()])?,
    ];
    let results = d1::batch(&db, statements).await?;
    let sent: Option<Sent> = d1::row(&results, 2)?;
    let sent = sent.ok_or_else(|| error::internal("a message that is not there"))?;
    if sent.to_id != to {
        return Err(error::conflict("client_id_used", "Another message has that name already."));
    }
    if let Some(written) = d1::row::<Written>(&results, 0)? {
        let mut events = vec![(me, Event::Message { with: &other.site_domain, id: &id })];
        if !written.withheld {
            events.push((to, Event::Message { with: &actor.domain, id: &id }));
        }
        if notify::was_written(&results, 1)? {
            events.push((to, Event::Notification { kind: Kind::Message.as_str() }));
        }
        live::tell_all(ask.env(), &events).await;
    }
    Ok(sent.message.into_message(me))
}

/// What somebody typed, cleaned.
///
/// # Errors
/// 400 `empty_message`, `message_too_long`.
pub(super) fn words(typed: &str) -> Result<Words> {
    Words::from_typed(typed).map_err(|problem| Error::new(400, problem.code(), problem.sentence()))
}
