//! Who hears of a reaction: the owner of the page, and whom a comment calls by name. What is taken back is untold.

use crate::{ask::Ask, social::actor::Actor};
use vetka_domain::social::{comment, signal::Signal, text};
use vetka_edge::{
    Result, d1,
    live::{self, Event},
    notify::{self, Actor as By, Kind, Notification},
};
use worker::{D1Database, D1PreparedStatement};

const SELECT_BY_DOMAIN: &str = "SELECT id FROM site WHERE domain = ?1 AND deleted_at IS NULL AND taken_down_at IS NULL";
const SELECT_BY_HANDLE: &str = "SELECT s.id FROM user u CROSS JOIN site s ON s.user_id = u.id
    WHERE u.handle = ?1 AND s.deleted_at IS NULL AND s.taken_down_at IS NULL";
const UNTELL: &str =
    "DELETE FROM notification WHERE site_id = ?1 AND kind = ?2 AND actor_site_id = ?3 AND subject_id = ?4";

/// How much of a comment stands in what somebody is told, in characters.
const MOST: usize = 200;

/// A reaction, as it is told of.
pub struct Told<'a> {
    /// Its id.
    pub id: &'a str,
    /// Whose page it is on: a site's id.
    pub site_id: &'a str,
    /// The page.
    pub url: &'a str,
    /// What was left.
    pub signal: Signal,
    /// The words with it; may be empty.
    pub body: &'a str,
}

#[derive(d1::FromRow)]
struct Called {
    id: String,
}

impl Told<'_> {
    /// All that are to hear of it: whom it calls by name comes after the owner of the page.
    fn notifications<'a>(&'a self, actor: &'a Actor, called: &'a [String], text: &'a str) -> Vec<Notification<'a>> {
        let tell = |site_id, kind| Notification {
            site_id,
            kind,
            actor: By::Site(&actor.site_id),
            page_url: self.url,
            subject_id: self.id,
            text,
        };
        let kind = if self.body.is_empty() { Kind::Reaction } else { Kind::Comment };
        let mentions = called.iter().map(|site_id| tell(site_id.as_str(), Kind::Mention));
        std::iter::once(tell(self.site_id, kind)).chain(mentions).collect()
    }
}

/// What is to be said, and to whom.
pub struct Telling<'a> {
    told: Told<'a>,
    called: Vec<String>,
    text: String,
}

impl<'a> Telling<'a> {
    /// Finds out whom a reaction calls by name.
    pub async fn of(ask: &Ask, told: Told<'a>) -> Result<Self> {
        let text = if told.body.is_empty() { told.signal.as_str() } else { text::first(told.body, MOST) }.to_owned();
        let mut called = called(ask, told.body).await?;
        // The owner hears of it anyway.
        called.retain(|site_id| site_id != told.site_id);
        Ok(Self { told, called, text })
    }

    /// Writes it all, in the batch of what it tells of.
    pub fn statements(&self, db: &D1Database, actor: &Actor) -> Result<Vec<D1PreparedStatement>> {
        let notifications = self.told.notifications(actor, &self.called, &self.text);
        notifications.iter().map(|notification| notify::statement(db, notification)).collect()
    }

    /// Tells the open pages of those for whom something was written. `from` is where the statements begin in the batch.
    pub async fn spread(&self, ask: &Ask, actor: &Actor, results: &d1::Results, from: usize) -> Result<()> {
        for (at, notification) in self.told.notifications(actor, &self.called, &self.text).iter().enumerate() {
            if notify::was_written(results, from + at)? {
                notify::tell(ask.env(), notification).await;
            }
        }
        changed(ask, self.told.site_id, self.told.url).await;
        Ok(())
    }

    /// Takes it all back.
    pub fn untelling(&self, db: &D1Database, actor: &Actor) -> Result<Vec<D1PreparedStatement>> {
        let untell = |site_id: &str, kind: Kind| {
            let values = [site_id.into(), kind.as_str().into(), (&actor.site_id).into(), self.told.id.into()];
            d1::prepare(db, UNTELL, values)
        };
        let owner = [Kind::Reaction, Kind::Comment].map(|kind| untell(self.told.site_id, kind));
        owner.into_iter().chain(self.called.iter().map(|site_id| untell(site_id, Kind::Mention))).collect()
    }
}

/// Tells the owner's open pages that something is different on one of theirs.
pub async fn changed(ask: &Ask, site_id: &str, url: &str) {
    live::tell(ask.env(), site_id, &Event::Reaction { url }).await;
}

/// The sites of those whom a text calls by name, each once.
async fn called(ask: &Ask, body: &str) -> Result<Vec<String>> {
    let names = comment::mentions(body);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let db = ask.db()?;
    let look = |name: &String| {
        d1::prepare(&db, if name.contains('.') { SELECT_BY_DOMAIN } else { SELECT_BY_HANDLE }, [name.into()])
    };
    let results = d1::batch(&db, names.iter().map(look).collect::<Result<_>>()?).await?;
    let mut sites: Vec<String> = Vec::new();
    for at in 0..names.len() {
        if let Some(Called { id }) = d1::row(&results, at)?
            && !sites.contains(&id)
        {
            sites.push(id);
        }
    }
    Ok(sites)
}
