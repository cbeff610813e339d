//! Who is asking, where people act as their site: from one of our own pages by their session, or from the frame on somebody
//! else's page by what they agreed to there.
//!
//! Which of the two it is, the request itself says, by naming the origin on which the frame stands. The one is never taken
//! for the other: in the frame on a neighbour's page the browser sends the session's cookie along, and there it means nothing.

use crate::{answer::essence, ask::Ask};
use vetka_domain::notch::{BEARER_HEADER, HEADER, Sent, bearer};
use vetka_edge::{
    Error, Result,
    auth::{Seen, Viewer},
    d1, error,
    notch::{self, Asked, Known},
};

const SELECT_SITE: &str =
    "SELECT id, domain FROM site WHERE user_id = ?1 AND deleted_at IS NULL AND taken_down_at IS NULL";

/// Somebody who acts as their site.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The account.
    pub user_id: String,
    /// The site that they act as.
    pub site_id: String,
    /// Its domain.
    pub domain: String,
    /// By what they are known in the frame; `None` on our own pages.
    pub grant: Option<Grant>,
}

/// By what somebody is known in the frame.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Its id.
    pub id: String,
    /// The origin on which the frame stands.
    pub origin: String,
}

/// An account that is asking, with or without a site.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account.
    pub user_id: String,
    /// By what they are known in the frame; `None` on our own pages.
    pub grant: Option<Grant>,
}

impl Actor {
    /// Who is asking, for an answer that changes nothing. Nobody, and who has no site, is `None`.
    ///
    /// # Errors
    /// 403 when another page asks through its visitor.
    pub async fn reader(ask: &Ask) -> Result<Option<Self>> {
        match Person::reader(ask).await? {
            Some(person) => person.actor(ask).await,
            None => Ok(None),
        }
    }

    /// As [`Actor::reader`], for what is only for those who have a site.
    ///
    /// # Errors
    /// 401 for nobody, 403 `site_needed` for who has no site, 403 when another page asks through its visitor.
    pub async fn asker(ask: &Ask) -> Result<Self> {
        let person = Person::reader(ask).await?.ok_or_else(error::unauthorized)?;
        person.actor(ask).await?.ok_or_else(site_needed)
    }

    /// Who is asking, for an answer that changes something.
    ///
    /// # Errors
    /// 401 unless they are known as the database has it, 403 from elsewhere, 403 `site_needed`, 429 when they have changed a
    /// lot at once.
    pub async fn writer(ask: &Ask) -> Result<Self> {
        Person::writer(ask).await?.actor(ask).await?.ok_or_else(site_needed)
    }
}

impl Person {
    /// As [`Actor::reader`], whether or not they have a site.
    ///
    /// # Errors
    /// 403 when another page asks through its visitor.
    pub async fn reader(ask: &Ask) -> Result<Option<Self>> {
        if let Some(asked) = frame(ask)? {
            let known = notch::reader(ask.env(), &asked).await?;
            return Ok(known.map(|known| Self::of_frame(ask, known)));
        }
        from_here(ask)?;
        match ask.look().await? {
            Seen::Viewer(viewer) => Ok(Some(Self { user_id: viewer.user_id, grant: None })),
            Seen::Ended(_) | Seen::Nobody => Ok(None),
        }
    }

    /// As [`Actor::writer`], whether or not they have a site.
    ///
    /// # Errors
    /// As [`Actor::writer`], but for `site_needed`.
    pub async fn writer(ask: &Ask) -> Result<Self> {
        if let Some(asked) = frame(ask)? {
            let known = notch::writer(ask.env(), &asked).await?;
            ask.count_write(&known.user_id).await?;
            return Ok(Self::of_frame(ask, known));
        }
        from_here(ask)?;
        Ok(Self { user_id: ask.writer().await?.user_id, grant: None })
    }

    fn of_frame(ask: &Ask, known: Known) -> Self {
        let Known { user_id, grant_id, origin, set_cookie, bearer } = known;
        if let Some(cookie) = set_cookie {
            ask.add_cookie(cookie);
        }
        if let Some(bearer) = bearer {
            ask.tell(BEARER_HEADER, bearer);
        }
        Self { user_id, grant: Some(Grant { id: grant_id, origin }) }
    }

    /// The same as somebody who acts as their site; `None` when they have none.
    async fn actor(self, ask: &Ask) -> Result<Option<Actor>> {
        let row: Option<SiteRow> = d1::first(&ask.db()?, SELECT_SITE, [(&self.user_id).into()]).await?;
        let Self { user_id, grant } = self;
        Ok(row.map(|SiteRow { id, domain }| Actor { user_id, site_id: id, domain, grant }))
    }
}

/// What the frame says, when it is the frame that asks: whatever names an origin is held to the frame's rules.
///
/// # Errors
/// 403 or 415, when it only pretends to be the frame.
pub fn frame(ask: &Ask) -> Result<Option<Asked<'_>>> {
    if ask.header(HEADER).is_none() {
        return Ok(None);
    }
    let origin = ask.header(HEADER).unwrap_or_default();
    let content_type = essence(ask.header("content-type"));
    let (fetch_site, changes) = (ask.header("sec-fetch-site"), ask.changes_something());
    notch::check(&Sent { fetch_site, origin, changes, content_type: &content_type })?;
    let bearer = ask.header("authorization").and_then(bearer);
    Ok(Some(Asked { origin, cookie: ask.header("cookie"), bearer }))
}

/// Who is signed in, for a JSON route of our own pages alone: the frame may not have this.
///
/// # Errors
/// 403 from the frame and from elsewhere, 401 when nobody is signed in.
pub async fn session_reader(ask: &Ask) -> Result<Viewer> {
    no_frame(ask)?;
    ask.signed_in().await
}

/// As [`session_reader`], for what changes something.
///
/// # Errors
/// As there, and 429.
pub async fn session_writer(ask: &Ask) -> Result<Viewer> {
    no_frame(ask)?;
    ask.writer().await
}

fn no_frame(ask: &Ask) -> Result<()> {
    if ask.header(HEADER).is_some() {
        return Err(error::forbidden("wrong_origin", "Open Vetka itself for this."));
    }
    from_here(ask)
}

/// Refuses what another page asks through its visitor. A link to one of our pages is fine: only the visitor reads the answer.
fn from_here(ask: &Ask) -> Result<()> {
    let sender = ask.sender();
    let followed_link = !ask.changes_something() && sender.fetch_dest == Some("document");
    match sender.fetch_site {
        Some("same-site" | "cross-site") if !followed_link => {
            Err(error::forbidden("wrong_origin", "Open Vetka and try there: another page asked for this."))
        }
        _ => Ok(()),
    }
}

/// 403 for somebody who has no site yet.
pub fn site_needed() -> Error {
    error::forbidden("site_needed", "Pick a name for your site first. Others see you as your site here.")
}

#[derive(d1::FromRow)]
struct SiteRow {
    id: String,
    domain: String,
}
