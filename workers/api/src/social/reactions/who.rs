//! Who left the same at the same place, by name.

use super::{Author, AuthorRow};
use crate::{ask::Ask, paging::Wanted, social::actor::Actor};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::social::signal::Signal;
use vetka_edge::{Result, d1, error};

const SELECT_STICKER: &str =
    "SELECT anchor_id, signal FROM reaction WHERE id = ?1 AND (hidden_at IS NULL OR author_user_id = ?2)";
const SELECT_WHO: &str = "SELECT r.seq, r.author_name, r.author_url, s.id, s.domain, s.subdomain, s.custom_domain,
    s.canonical, u.name, i.image_id FROM reaction r LEFT JOIN site s ON s.id = r.author_site_id
    LEFT JOIN user u ON u.id = s.user_id LEFT JOIN site_image i ON i.site_id = s.id
    WHERE r.anchor_id = ?1 AND r.signal = ?2 AND r.seq < ?3 AND (r.hidden_at IS NULL OR r.author_user_id = ?5)
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = ?4 AND other_id = r.author_site_id)
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = r.author_site_id AND other_id = ?4)
      AND NOT EXISTS (SELECT 1 FROM mute WHERE site_id = ?4 AND other_id = r.author_site_id)
    ORDER BY r.seq DESC LIMIT ?6";

/// A page of those who left the same.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Who {
    /// The latest first.
    pub people: Vec<Author>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

#[derive(d1::FromRow)]
struct StickerRow {
    anchor_id: String,
    signal: String,
}

#[derive(d1::FromRow)]
struct WhoRow {
    seq: i64,
    #[column(flatten)]
    author: AuthorRow,
}

/// Who left the same as a reaction, where it was left. With a signal, `id` is a place.
///
/// # Errors
/// 400 `invalid_signal`, 404 when there is no such reaction.
pub async fn of(ask: &Ask, actor: Option<&Actor>, id: &str, signal: Option<&str>, wanted: Wanted) -> Result<Who> {
    let user = actor.map(|actor| actor.user_id.as_str());
    let (anchor_id, signal) = match signal.map(Signal::parse) {
        Some(Some(signal)) => (id.to_owned(), signal.as_str().to_owned()),
        Some(None) => return Err(error::bad_request("invalid_signal", "There is no such signal.")),
        None => {
            let sticker: Option<StickerRow> = d1::first(&ask.db()?, SELECT_STICKER, [id.into(), user.into()]).await?;
            let sticker = sticker.ok_or_else(|| error::not_found("There is no such reaction."))?;
            (sticker.anchor_id, sticker.signal)
        }
    };
    let values = [
        (&anchor_id).into(),
        (&signal).into(),
        wanted.before().into(),
        actor.map(|actor| actor.site_id.as_str()).into(),
        user.into(),
        wanted.to_fetch().into(),
    ];
    let mut rows: Vec<WhoRow> = d1::all(&ask.db()?, SELECT_WHO, values).await?;
    let next_cursor = wanted.cut(&mut rows, |row| row.seq);
    Ok(Who { people: rows.into_iter().map(|row| row.author.into_author(ask.config())).collect(), next_cursor })
}
