//! Leaving something on a page. The place, the reaction and what is told of it are one transaction, and a unique index has
//! the last word: however many times the same is left at the same time, it is there once.
//!
//! A new place is named by what it is, so that the same place is the same row even when two people find it at once. Two
//! that are only near each other may then come to be two places.

use super::{
    AnchorRow, PlaceInJson,
    page::{self, Known, Page},
    told::{Telling, Told},
};
use crate::{
    ask::Ask,
    limits,
    social::{actor::Actor, nonce},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_domain::{
    name::{self, Name},
    social::{
        anchor::{self, Anchor, Claim, State},
        comment,
        signal::Signal,
        text,
    },
};
use vetka_edge::{Error, Result, d1, error, hash, id, time};

/// The places that may be the same as a new one: with the same words, with words that could overlap, or close by.
const SELECT_NEAR: &str = "SELECT id, exact, prefix, suffix, start, css, x, y, state FROM anchor WHERE page_id = ?1
    AND state <> 'lost' AND ((?2 <> '' AND (exact = ?2 OR start BETWEEN ?3 - 500 AND ?3 + 500))
      OR (?2 = '' AND exact = '' AND x BETWEEN ?4 - 5 AND ?4 + 5 AND y BETWEEN ?5 - 5 AND ?5 + 5)) LIMIT 500";
const INSERT_PAGE: &str = "INSERT INTO page (id, url, site_id, title, created_at) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT DO NOTHING";
/// A domain that somebody else has proven since brings its pages along.
const MOVE_PAGE: &str = "UPDATE page SET site_id = ?2 WHERE id = ?1";
const MOVE_REACTIONS: &str = "UPDATE reaction SET site_id = ?2 WHERE page_id = ?1";
const INSERT_ANCHOR: &str = "INSERT INTO anchor
    (id, page_id, exact, prefix, suffix, start, css, x, y, state, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11) ON CONFLICT DO NOTHING";
const INSERT_REACTION: &str = "INSERT INTO reaction
    (id, anchor_id, page_id, site_id, author_user_id, author_site_id, signal, body, tilt, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)";
const SELECT_SAME: &str = "SELECT id FROM reaction WHERE anchor_id = ?1 AND author_user_id = ?2 AND signal = ?3";
const SELECT_APART: &str = "SELECT 1 AS apart FROM block WHERE site_id = ?1 AND other_id = ?2
    UNION ALL SELECT 1 FROM block WHERE site_id = ?2 AND other_id = ?1";

/// How far a sticker may be turned, in degrees.
const MOST_TILT: f64 = 13.0;

/// Something to be left on a page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewReaction {
    /// The page.
    pub url: String,
    /// What the page calls itself.
    #[serde(default)]
    pub title: Option<String>,
    /// What is left; `comment` for words alone.
    pub signal: Signal,
    /// Where.
    pub anchor: Claim,
    /// Plain text, at most 1,000 characters.
    #[serde(default)]
    #[schemars(extend("maxLength" = 1000))]
    pub body: Option<String>,
    /// How far the sticker is turned, in degrees; drawn here when it is not said.
    #[serde(default)]
    #[schemars(range(min = -13, max = 13))]
    pub tilt: Option<f64>,
    /// What `POST /api/notch/nonce` gave; needed in the frame.
    #[serde(default)]
    pub nonce: Option<String>,
}

/// A reaction, as whoever left it sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reaction {
    /// Opaque.
    pub id: String,
    /// The page's one address.
    pub url: String,
    /// The place, opaque.
    pub anchor_id: String,
    /// The place.
    pub anchor: PlaceInJson,
    /// What was left.
    pub signal: Signal,
    /// The words with it; may be empty.
    pub body: String,
    /// Degrees, -13 to 13.
    pub tilt: f64,
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
}

/// What was read of a [`NewReaction`], and is in order.
struct Wish {
    signal: Signal,
    anchor: Anchor,
    body: String,
    tilt: f64,
}

/// A place with its name.
struct Place {
    id: String,
    anchor: Anchor,
    state: State,
}

#[derive(d1::FromRow)]
struct NearRow {
    id: String,
    #[column(flatten)]
    anchor: AnchorRow,
}

#[derive(d1::FromRow)]
struct SameRow {
    id: String,
}

#[derive(d1::FromRow)]
struct ApartRow {
    apart: i64,
}

/// Leaves something on a page.
///
/// # Errors
/// 400 for what is no address, 403 `nonce_needed` and `another_page` in the frame, 404 for a page of nobody who is here, 409
/// `already` with the reaction that is there, 422 for a place, a comment or a tilt that cannot be, 429.
pub async fn leave(ask: &Ask, actor: &Actor, wished: &NewReaction) -> Result<Reaction> {
    nonce::burn(ask, actor.grant.as_ref(), wished.nonce.as_deref()).await?;
    let wish = read(wished)?;
    let page = page::find(ask, &wished.url).await?;
    // In the frame on one page nothing is left on another.
    if actor.grant.as_ref().is_some_and(|grant| grant.origin != page.origin) {
        return Err(error::forbidden("another_page", "Open that page and try there."));
    }
    if is_apart(ask, &actor.site_id, &page.site_id).await? {
        return Err(page::unknown());
    }
    limits::reactions(ask, &actor.user_id, &page.site.domain).await?;
    let known = page::known(ask, &page.url).await?;
    let page_id = known.as_ref().map_or_else(|| name(&["page", &page.url]), |known| known.id.clone());
    let place = find_place(ask, &page_id, known.as_ref(), wish.anchor.clone()).await?;
    let title = wished.title.as_deref().filter(|_| actor.grant.is_some()).unwrap_or_default();
    write(ask, actor, Leaving { page: &page, page_id, known, place, wish, title }).await
}

fn read(wished: &NewReaction) -> Result<Wish> {
    let anchor =
        Anchor::parse(&wished.anchor).map_err(|problem| Error::new(422, "invalid_anchor", problem.sentence()))?;
    let body = body(wished.body.as_deref().unwrap_or_default(), wished.signal)?;
    let tilt = match wished.tilt {
        Some(tilt) if tilt.abs() <= MOST_TILT => (tilt * 10.0).round() / 10.0,
        Some(_) => return Err(Error::new(422, "invalid_tilt", "A sticker is turned by at most 13 degrees.")),
        None => drawn()?,
    };
    Ok(Wish { signal: wished.signal, anchor, body, tilt })
}

/// The words that go with a signal.
///
/// # Errors
/// 422 `invalid_comment`, and `empty_comment` where there is nothing but words.
pub fn body(typed: &str, signal: Signal) -> Result<String> {
    let body = comment::from_typed(typed).map_err(|problem| Error::new(422, "invalid_comment", problem.sentence()))?;
    if body.is_empty() && signal == Signal::Comment {
        return Err(Error::new(422, "empty_comment", "Write something, or pick a signal."));
    }
    Ok(body)
}

/// A tilt of whole and half degrees.
fn drawn() -> Result<f64> {
    let [byte] = id::bytes::<1>()?;
    Ok((f64::from(byte) / 255.0 * 4.0 * MOST_TILT).round() / 2.0 - MOST_TILT)
}

async fn is_apart(ask: &Ask, one: &str, other: &str) -> Result<bool> {
    let row: Option<ApartRow> = d1::first(&ask.db()?, SELECT_APART, [one.into(), other.into()]).await?;
    Ok(row.is_some_and(|row| row.apart > 0))
}

/// The place that is meant: one that is there already, if it is near enough, else a new one.
async fn find_place(ask: &Ask, page_id: &str, known: Option<&Known>, anchor: Anchor) -> Result<Place> {
    if known.is_some() {
        let values = [
            page_id.into(),
            (&anchor.exact).into(),
            anchor.start.map(i64::from).into(),
            anchor.x.into(),
            anchor.y.into(),
        ];
        let rows: Vec<NearRow> = d1::all(&ask.db()?, SELECT_NEAR, values).await?;
        let place = |NearRow { id, anchor }: NearRow| {
            let (anchor, state) = anchor.split();
            ((id, state), anchor)
        };
        let places: Vec<((String, State), Anchor)> = rows.into_iter().map(place).collect();
        if let Some(((id, state), anchor)) = anchor::same(&places, &anchor) {
            return Ok(Place { id: id.clone(), anchor: anchor.clone(), state: *state });
        }
    }
    // The version is part of the name: the same words may be another place once the page has changed.
    let version = known.and_then(|known| known.anchored_for.as_deref()).unwrap_or_default();
    let start = anchor.start.map_or_else(String::new, |start| start.to_string());
    let at = format!("{} {}", anchor.x, anchor.y);
    let mut parts = vec!["anchor", page_id, version];
    if anchor.exact.is_empty() {
        parts.extend([anchor.css.as_str(), at.as_str()]);
    } else {
        parts.extend([&anchor.exact, &anchor.prefix, &anchor.suffix, &start].map(String::as_str));
    }
    let id = name(&parts);
    Ok(Place { id, anchor, state: State::Placed })
}

/// An id that is made of what it names.
fn name(parts: &[&str]) -> String {
    hash::sha256_hex(parts.join("\u{0}").as_bytes()).chars().take(24).collect()
}

/// All that is written.
struct Leaving<'a> {
    page: &'a Page,
    page_id: String,
    known: Option<Known>,
    place: Place,
    wish: Wish,
    title: &'a str,
}

async fn write(ask: &Ask, actor: &Actor, leaving: Leaving<'_>) -> Result<Reaction> {
    let Leaving { page, page_id, known, place, wish, title } = leaving;
    let (db, now, id) = (ask.db()?, ask.now(), id::random()?);
    let title = Name::from_typed(text::first(title, name::MAX))
        .map_or_else(|_| String::new(), |title| title.as_str().to_owned());
    let page_values = [(&page_id).into(), (&page.url).into(), (&page.site_id).into(), (&title).into(), now.into()];
    let mut statements = vec![d1::prepare(&db, INSERT_PAGE, page_values)?];
    if known.is_some_and(|known| known.site_id != page.site_id) {
        for sql in [MOVE_PAGE, MOVE_REACTIONS] {
            statements.push(d1::prepare(&db, sql, [(&page_id).into(), (&page.site_id).into()])?);
        }
    }
    let Anchor { exact, prefix, suffix, start, css, x, y } = &place.anchor;
    let place_values = [
        (&place.id).into(),
        (&page_id).into(),
        exact.into(),
        prefix.into(),
        suffix.into(),
        start.map(i64::from).into(),
        css.into(),
        (*x).into(),
        (*y).into(),
        place.state.as_str().into(),
        now.into(),
    ];
    statements.push(d1::prepare(&db, INSERT_ANCHOR, place_values)?);
    let reaction_values = [
        (&id).into(),
        (&place.id).into(),
        (&page_id).into(),
        (&page.site_id).into(),
        (&actor.user_id).into(),
        (&actor.site_id).into(),
        wish.signal.as_str().into(),
        (&wish.body).into(),
        wish.tilt.into(),
        now.into(),
    ];
    statements.push(d1::prepare(&db, INSERT_REACTION, reaction_values)?);
    let told = Told { id: &id, site_id: &page.site_id, url: &page.url, signal: wish.signal, body: &wish.body };
    let telling = Telling::of(ask, told).await?;
    let from = statements.len();
    statements.extend(telling.statements(&db, actor)?);
    match d1::batch_unique(&db, statements).await? {
        Ok(results) => telling.spread(ask, actor, &results, from).await?,
        Err(_) => return Err(already(ask, &place.id, &actor.user_id, wish.signal).await?),
    }
    Ok(Reaction {
        url: page.url.clone(),
        anchor_id: place.id,
        anchor: PlaceInJson::of(place.anchor, place.state),
        signal: wish.signal,
        tilt: wish.tilt,
        created_at: time::rfc3339(now),
        body: wish.body,
        id,
    })
}

/// 409 with the reaction that is there.
async fn already(ask: &Ask, anchor_id: &str, user_id: &str, signal: Signal) -> Result<Error> {
    let values = [anchor_id.into(), user_id.into(), signal.as_str().into()];
    let same: Option<SameRow> = d1::first(&ask.db()?, SELECT_SAME, values).await?;
    let refusal = error::conflict("already", "You left the same here already.");
    Ok(match same {
        Some(SameRow { id }) => refusal.with_extra(serde_json::json!({ "id": id })),
        // It was taken back in this moment.
        None => refusal,
    })
}
