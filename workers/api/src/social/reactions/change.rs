//! What happens to a reaction after it was left: its author writes the words anew or takes it all back, and the owner of
//! the page hides it or shows it again.

use super::{
    leave,
    told::{self, Telling, Told},
};
use crate::{ask::Ask, social::actor::Actor};
use schemars::JsonSchema;
use serde::Deserialize;
use vetka_domain::social::signal::Signal;
use vetka_edge::{Error, Result, d1, error};

const SELECT_OWN: &str =
    "SELECT r.id, r.site_id, r.signal, r.body, p.url FROM reaction r CROSS JOIN page p ON p.id = r.page_id
    WHERE r.id = ?1 AND r.author_user_id = ?2";
const UPDATE_BODY: &str = "UPDATE reaction SET body = ?2, updated_at = ?3 WHERE id = ?1";
const DELETE: &str = "DELETE FROM reaction WHERE id = ?1 AND author_user_id = ?2";
const HIDE: &str = "UPDATE reaction SET hidden_at = COALESCE(hidden_at, ?3) WHERE id = ?1 AND site_id = ?2
    RETURNING (SELECT url FROM page WHERE page.id = reaction.page_id) AS url";
const SHOW: &str = "UPDATE reaction SET hidden_at = NULL WHERE id = ?1 AND site_id = ?2
    RETURNING (SELECT url FROM page WHERE page.id = reaction.page_id) AS url";

/// The words of a reaction, written anew.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "ReactionChange")]
pub struct Change {
    /// Plain text, at most 1,000 characters. Empty takes the words away.
    #[schemars(extend("maxLength" = 1000))]
    pub body: String,
}

#[derive(d1::FromRow)]
struct Own {
    id: String,
    site_id: String,
    #[column(parse)]
    signal: Signal,
    body: String,
    url: String,
}

impl Own {
    fn told<'a>(&'a self, body: &'a str) -> Told<'a> {
        Told { id: &self.id, site_id: &self.site_id, url: &self.url, signal: self.signal, body }
    }
}

#[derive(d1::FromRow)]
struct Touched {
    url: String,
}

/// Writes the words anew. Whom they call is told, if they did not before.
///
/// # Errors
/// 404 for what is not one's own, 422 for a comment that cannot be.
pub async fn edit(ask: &Ask, actor: &Actor, id: &str, change: &Change) -> Result<()> {
    let own = own(ask, actor, id).await?;
    let body = leave::body(&change.body, own.signal)?;
    if body == own.body {
        return Ok(());
    }
    let db = ask.db()?;
    let telling = Telling::of(ask, own.told(&body)).await?;
    let mut statements = vec![d1::prepare(&db, UPDATE_BODY, [id.into(), (&body).into(), ask.now().into()])?];
    // Without words it is the signal that was told of already.
    if !body.is_empty() {
        statements.extend(telling.statements(&db, actor)?);
    }
    let told = statements.len() > 1;
    let results = d1::batch(&db, statements).await?;
    if told { telling.spread(ask, actor, &results, 1).await } else { Ok(()) }
}

/// Takes a reaction back, and what was told of it.
///
/// # Errors
/// 404 for what is not one's own.
pub async fn undo(ask: &Ask, actor: &Actor, id: &str) -> Result<()> {
    let own = own(ask, actor, id).await?;
    let db = ask.db()?;
    let telling = Telling::of(ask, own.told(&own.body)).await?;
    let mut statements = vec![d1::prepare(&db, DELETE, [id.into(), (&actor.user_id).into()])?];
    statements.extend(telling.untelling(&db, actor)?);
    d1::batch(&db, statements).await?;
    told::changed(ask, &own.site_id, &own.url).await;
    Ok(())
}

/// Hides a reaction on a page of one's own, or shows it again. Twice is once.
///
/// # Errors
/// 404 when it is on nobody's page, or on somebody else's.
pub async fn set_hidden(ask: &Ask, site_id: &str, id: &str, hidden: bool) -> Result<()> {
    let db = ask.db()?;
    let touched: Option<Touched> = if hidden {
        d1::first(&db, HIDE, [id.into(), site_id.into(), ask.now().into()]).await?
    } else {
        d1::first(&db, SHOW, [id.into(), site_id.into()]).await?
    };
    let touched = touched.ok_or_else(|| error::not_found("There is no such reaction on your pages."))?;
    told::changed(ask, site_id, &touched.url).await;
    Ok(())
}

async fn own(ask: &Ask, actor: &Actor, id: &str) -> Result<Own> {
    let own: Option<Own> = d1::first(&ask.db()?, SELECT_OWN, [id.into(), (&actor.user_id).into()]).await?;
    own.ok_or_else(none)
}

fn none() -> Error {
    error::not_found("There is no such reaction of yours.")
}
