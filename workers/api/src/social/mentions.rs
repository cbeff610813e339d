//! Mentions of one's pages elsewhere, as their owner sees them: those that wait for a yes, and what was said. The openweb
//! worker looks at their sources and puts them on the page.

use super::actor::Actor;
use crate::{ask::Ask, paging::Wanted};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_edge::{Error, Result, d1, error, id, live, time};

/// By rowid, which grows: the list is read from its end.
const SELECT_LIST: &str =
    "SELECT rowid AS seq, id, source, target, kind, author_name, author_url, body, created_at FROM mention
    WHERE site_id = ?1 AND state = ?2 AND rowid < ?3 ORDER BY rowid DESC LIMIT ?4";
const SELECT_ONE: &str =
    "SELECT source, target, reaction_id FROM mention WHERE id = ?1 AND site_id = ?2 AND state IN ('waiting', 'shown')";
/// Looked at once more, and shown then: the source may have changed while it waited.
const LET_IN: &str = "UPDATE mention SET state = 'pending', reason = '', due_at = ?3 WHERE id = ?1 AND site_id = ?2 AND state = 'waiting'";
const LET_IN_HOST: &str =
    "INSERT INTO mention_host (site_id, host, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
/// Kept, so that telling it again does not bring it back.
const REFUSE: &str = "UPDATE mention SET state = 'refused', reason = 'owner', reaction_id = NULL, due_at = NULL
    WHERE id = ?1 AND site_id = ?2 AND state IN ('waiting', 'shown')";
const DELETE_REACTION: &str = "DELETE FROM reaction WHERE id = ?1 AND site_id = ?2 AND author_user_id IS NULL";

#[derive(d1::FromRow)]
struct Row {
    seq: i64,
    id: String,
    source: String,
    target: String,
    kind: String,
    author_name: String,
    author_url: String,
    body: String,
    created_at: i64,
}

#[derive(d1::FromRow)]
struct One {
    source: String,
    target: String,
    reaction_id: Option<String>,
}

/// A mention of one's page.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mention {
    /// Opaque.
    pub id: String,
    /// The page that mentions.
    pub source: String,
    /// The page that is mentioned.
    pub target: String,
    /// What it is.
    #[schemars(extend("enum" = ["mention", "comment", "like", "repost", "bookmark"]))]
    pub kind: String,
    /// Who wrote it, as their page says.
    pub author: Author,
    /// What it says, as plain text.
    pub text: String,
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
}

/// Who wrote a mention.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "MentionAuthor")]
pub struct Author {
    /// Never empty: the website's name when its page does not say one.
    pub name: String,
    /// Their website.
    pub url: String,
}

/// A page of the list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mentions {
    /// The newest first.
    pub mentions: Vec<Mention>,
    /// Cursor of the next page.
    pub next_cursor: Option<String>,
}

impl Row {
    fn into_mention(self) -> Mention {
        Mention {
            id: self.id,
            source: self.source,
            target: self.target,
            kind: self.kind,
            author: Author { name: self.author_name, url: self.author_url },
            text: self.body,
            created_at: time::rfc3339(self.created_at),
        }
    }
}

/// Those of one's site that wait for a yes, or those that are shown.
///
/// # Errors
/// 400 `invalid_state`.
pub async fn list(ask: &Ask, site_id: &str, state: Option<&str>, wanted: Wanted) -> Result<Mentions> {
    let state = match state {
        None | Some("waiting") => "waiting",
        Some("shown") => "shown",
        Some(_) => return Err(error::bad_request("invalid_state", "Ask for those that are waiting or shown.")),
    };
    let values = [site_id.into(), state.into(), wanted.before().into(), wanted.to_fetch().into()];
    let mut rows: Vec<Row> = d1::all(&ask.db()?, SELECT_LIST, values).await?;
    let next_cursor = wanted.cut(&mut rows, |row| row.seq);
    Ok(Mentions { mentions: rows.into_iter().map(Row::into_mention).collect(), next_cursor })
}

/// Says yes to one, and with it to its website from now on.
///
/// # Errors
/// 404 when it is not one of theirs, or not there any more.
pub async fn let_in(ask: &Ask, actor: &Actor, mention_id: &str) -> Result<()> {
    let one = one(ask, actor, mention_id).await?;
    let (db, now) = (ask.db()?, ask.now());
    let host = one.source.split('/').nth(2).unwrap_or_default();
    let batch = vec![
        d1::prepare(&db, LET_IN_HOST, [(&actor.site_id).into(), host.into(), now.into()])?,
        d1::prepare(&db, LET_IN, [mention_id.into(), (&actor.site_id).into(), now.into()])?,
    ];
    d1::batch(&db, batch).await?;
    Ok(())
}

/// Says no to one: it goes from the page, if it was there, and does not come back.
///
/// # Errors
/// As [`let_in`].
pub async fn refuse(ask: &Ask, actor: &Actor, mention_id: &str) -> Result<()> {
    let one = one(ask, actor, mention_id).await?;
    let db = ask.db()?;
    let mut batch = vec![d1::prepare(&db, REFUSE, [mention_id.into(), (&actor.site_id).into()])?];
    if let Some(reaction) = &one.reaction_id {
        batch.push(d1::prepare(&db, DELETE_REACTION, [reaction.into(), (&actor.site_id).into()])?);
    }
    d1::batch(&db, batch).await?;
    if one.reaction_id.is_some() {
        live::tell(ask.env(), &actor.site_id, &live::Event::Reaction { url: &one.target }).await;
    }
    Ok(())
}

async fn one(ask: &Ask, actor: &Actor, mention_id: &str) -> Result<One> {
    if !id::is_id(mention_id) {
        return Err(unknown());
    }
    let values = [mention_id.into(), (&actor.site_id).into()];
    d1::first(&ask.db()?, SELECT_ONE, values).await?.ok_or_else(unknown)
}

fn unknown() -> Error {
    error::not_found("There is no such mention, or not any more.")
}
