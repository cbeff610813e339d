//! What was left on a page. Everybody sees the same, but for three things: what one left oneself is marked, whoever one
//! wants nothing to do with is left out, and what was hidden is shown to who left it, as if it were not, and to the owner
//! of the page, who is told that it is.

use super::{AnchorRow, Author, AuthorRow, PlaceInJson, page};
use crate::{
    ask::Ask,
    paging::Wanted,
    social::{actor::Actor, brief::SiteBrief},
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashMap;
use vetka_domain::social::signal::Signal;
use vetka_edge::{Result, d1, time};

/// How many stickers of a page are shown, the ones with most reactions first.
pub const MOST_STICKERS: i64 = 200;
/// How many names stand on a sticker.
const MOST_NAMES: usize = 3;

const SELECT_STICKERS: &str =
    "SELECT t.anchor_id, t.signal, t.tilt, t.count, a.exact, a.prefix, a.suffix, a.start, a.css,
    a.x, a.y, a.state FROM sticker t CROSS JOIN anchor a ON a.id = t.anchor_id
    WHERE t.page_id = ?1 ORDER BY t.count DESC LIMIT ?2";
/// The newest few of each sticker who are shown to who asks.
const SELECT_NAMES: &str = "SELECT r.anchor_id, r.signal, r.author_name, r.author_url, s.id, s.domain, s.subdomain,
    s.custom_domain, s.canonical, u.name, i.image_id
    FROM json_each(?1) CROSS JOIN reaction r ON r.seq IN (SELECT x.seq FROM reaction x
      WHERE x.anchor_id = json_each.value ->> 0 AND x.signal = json_each.value ->> 1 AND x.hidden_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = ?2 AND other_id = x.author_site_id)
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = x.author_site_id AND other_id = ?2)
      AND NOT EXISTS (SELECT 1 FROM mute WHERE site_id = ?2 AND other_id = x.author_site_id)
      ORDER BY x.seq DESC LIMIT 4)
    LEFT JOIN site s ON s.id = r.author_site_id LEFT JOIN user u ON u.id = s.user_id
    LEFT JOIN site_image i ON i.site_id = s.id ORDER BY r.seq DESC";
const SELECT_MINE: &str =
    "SELECT r.id, r.anchor_id, r.signal, r.tilt, r.hidden_at, t.count, a.exact, a.prefix, a.suffix,
    a.start, a.css, a.x, a.y, a.state FROM reaction r CROSS JOIN anchor a ON a.id = r.anchor_id
    LEFT JOIN sticker t ON t.anchor_id = r.anchor_id AND t.signal = r.signal
    WHERE r.author_user_id = ?1 AND r.page_id = ?2";
/// How many of each sticker are of those whom who asks wants nothing to do with.
const COUNT_APART: &str =
    "SELECT r.anchor_id, r.signal, COUNT(*) AS count FROM reaction r INDEXED BY reaction_author_site
    WHERE r.author_site_id IN (SELECT other_id FROM block WHERE site_id = ?2 UNION SELECT site_id FROM block
      WHERE other_id = ?2 UNION SELECT other_id FROM mute WHERE site_id = ?2)
    AND r.page_id = ?1 AND r.hidden_at IS NULL GROUP BY r.anchor_id, r.signal";
const SELECT_COMMENTS: &str =
    "SELECT r.seq, r.id AS reaction_id, r.anchor_id, r.signal, r.body, r.created_at, r.updated_at, r.hidden_at,
    r.author_user_id, r.source_url, r.author_name, r.author_url, s.id, s.domain, s.subdomain, s.custom_domain,
    s.canonical, u.name, i.image_id, a.exact, a.prefix, a.suffix, a.start, a.css, a.x, a.y, a.state
    FROM reaction r CROSS JOIN anchor a ON a.id = r.anchor_id LEFT JOIN site s ON s.id = r.author_site_id
    LEFT JOIN user u ON u.id = s.user_id LEFT JOIN site_image i ON i.site_id = s.id
    WHERE r.page_id = ?1 AND r.body <> '' AND r.seq < ?2 AND (r.hidden_at IS NULL OR r.author_user_id = ?4 OR ?5 = 1)
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = ?3 AND other_id = r.author_site_id)
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = r.author_site_id AND other_id = ?3)
      AND NOT EXISTS (SELECT 1 FROM mute WHERE site_id = ?3 AND other_id = r.author_site_id)
    ORDER BY r.seq DESC LIMIT ?6";

/// What was left on a page.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reactions {
    /// Which page that is.
    pub page: PageInJson,
    /// The stickers, the ones with most reactions first; at most 200. Empty on all but the first page of the list.
    pub stickers: Vec<Sticker>,
    /// What was written, newest first.
    pub comments: Vec<Comment>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

/// A page of a member's site.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ReactionPage")]
pub struct PageInJson {
    /// Its one address, however it was asked for.
    pub url: String,
    /// The site.
    pub site: SiteBrief,
}

/// The same signal at the same place, of however many people.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sticker {
    /// The place, opaque.
    pub anchor_id: String,
    /// The place.
    pub anchor: PlaceInJson,
    /// What was left.
    pub signal: Signal,
    /// Degrees, -13 to 13.
    pub tilt: f64,
    /// How many people.
    pub count: i64,
    /// One's own reaction, when one is among them.
    pub mine: Option<String>,
    /// Some of them, the latest first; at most three. Oneself is not among them.
    pub names: Vec<Author>,
}

/// Something that was written.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ReactionComment")]
pub struct Comment {
    /// Opaque.
    pub id: String,
    /// The place, opaque.
    pub anchor_id: String,
    /// The place.
    pub anchor: PlaceInJson,
    /// What was left with it; `comment` for words alone.
    pub signal: Signal,
    /// Who wrote it.
    pub author: Author,
    /// Plain text, with line breaks.
    pub body: String,
    /// Where it was written, if that was elsewhere on the web; empty otherwise.
    pub source_url: String,
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// Whether it was written anew since.
    pub edited: bool,
    /// Whether one wrote it oneself.
    pub mine: bool,
    /// Whether the owner of the page has hidden it. Nobody but the owner is told.
    pub hidden: bool,
}

type Key = (String, String);

#[derive(d1::FromRow)]
struct StickerRow {
    anchor_id: String,
    signal: String,
    tilt: f64,
    count: i64,
    #[column(flatten)]
    anchor: AnchorRow,
}

#[derive(d1::FromRow)]
struct NameRow {
    anchor_id: String,
    signal: String,
    #[column(flatten)]
    author: AuthorRow,
}

#[derive(d1::FromRow)]
struct MineRow {
    id: String,
    anchor_id: String,
    signal: String,
    tilt: f64,
    hidden_at: Option<i64>,
    count: Option<i64>,
    #[column(flatten)]
    anchor: AnchorRow,
}

#[derive(d1::FromRow)]
struct ApartRow {
    anchor_id: String,
    signal: String,
    count: i64,
}

#[derive(d1::FromRow)]
struct CommentRow {
    seq: i64,
    #[column(name = "reaction_id")]
    id: String,
    anchor_id: String,
    #[column(parse)]
    signal: Signal,
    body: String,
    created_at: i64,
    updated_at: i64,
    hidden_at: Option<i64>,
    author_user_id: Option<String>,
    source_url: String,
    #[column(flatten)]
    author: AuthorRow,
    #[column(flatten)]
    anchor: AnchorRow,
}

/// What was left on the page at this address.
///
/// # Errors
/// 400 for what is no address, 404 for a page of nobody who is here.
pub async fn on_page(ask: &Ask, actor: Option<&Actor>, url: &str, wanted: Wanted, first: bool) -> Result<Reactions> {
    let page = page::find(ask, url).await?;
    let known = page::known(ask, &page.url).await?;
    let owns = actor.is_some_and(|actor| actor.site_id == page.site_id);
    let mut reactions = Reactions {
        page: PageInJson { url: page.url, site: page.site },
        stickers: Vec::new(),
        comments: Vec::new(),
        next_cursor: None,
    };
    let Some(known) = known else { return Ok(reactions) };
    let db = ask.db()?;
    let (site, user) = (actor.map(|actor| actor.site_id.as_str()), actor.map(|actor| actor.user_id.as_str()));
    let id = known.id.as_str();
    let mut statements = vec![d1::prepare(
        &db,
        SELECT_COMMENTS,
        [id.into(), wanted.before().into(), site.into(), user.into(), i64::from(owns).into(), wanted.to_fetch().into()],
    )?];
    if first {
        statements.push(d1::prepare(&db, SELECT_STICKERS, [id.into(), MOST_STICKERS.into()])?);
    }
    if let (true, Some(site), Some(user)) = (first, site, user) {
        statements.extend([
            d1::prepare(&db, SELECT_MINE, [user.into(), id.into()])?,
            d1::prepare(&db, COUNT_APART, [id.into(), site.into()])?,
        ]);
    }
    let results = d1::batch(&db, statements).await?;
    let mut comments: Vec<CommentRow> = d1::rows(&results, 0)?;
    reactions.next_cursor = wanted.cut(&mut comments, |row| row.seq);
    reactions.comments = comments.into_iter().map(|row| row.into_comment(ask, user, owns)).collect();
    if first {
        let stickers: Vec<StickerRow> = d1::rows(&results, 1)?;
        let names = names(ask, &stickers, site).await?;
        let left = Left { stickers, names, mine: d1::rows(&results, 2)?, apart: d1::rows(&results, 3)? };
        reactions.stickers = left.into_stickers(ask, actor);
    }
    Ok(reactions)
}

/// Some of those who left what these stickers show.
async fn names(ask: &Ask, stickers: &[StickerRow], site: Option<&str>) -> Result<Vec<NameRow>> {
    if stickers.is_empty() {
        return Ok(Vec::new());
    }
    let pairs: Vec<[&str; 2]> = stickers.iter().map(|row| [row.anchor_id.as_str(), row.signal.as_str()]).collect();
    d1::all(&ask.db()?, SELECT_NAMES, [(&serde_json::to_string(&pairs)?).into(), site.into()]).await
}

/// The rows that stickers are made of.
struct Left {
    stickers: Vec<StickerRow>,
    names: Vec<NameRow>,
    mine: Vec<MineRow>,
    apart: Vec<ApartRow>,
}

impl Left {
    fn into_stickers(self, ask: &Ask, actor: Option<&Actor>) -> Vec<Sticker> {
        let mut names: HashMap<Key, Vec<Author>> = HashMap::new();
        for row in self.names {
            let author = row.author.into_author(ask.config());
            let several = names.entry((row.anchor_id, row.signal)).or_default();
            let is_me = actor.is_some_and(|actor| author.domain.as_ref() == Some(&actor.domain));
            if !is_me && several.len() < MOST_NAMES {
                several.push(author);
            }
        }
        let apart: HashMap<Key, i64> =
            self.apart.into_iter().map(|row| ((row.anchor_id, row.signal), row.count)).collect();
        let mut mine: HashMap<Key, MineRow> =
            self.mine.into_iter().map(|row| ((row.anchor_id.clone(), row.signal.clone()), row)).collect();
        let mut stickers = Vec::with_capacity(self.stickers.len());
        for row in self.stickers {
            let key = (row.anchor_id.clone(), row.signal);
            let mine = mine.remove(&key);
            // A hidden one counts for whoever left it.
            let hidden = i64::from(mine.as_ref().is_some_and(|mine| mine.hidden_at.is_some()));
            let count = row.count - apart.get(&key).copied().unwrap_or_default() + hidden;
            let Some(signal) = Signal::parse(&key.1).filter(|_| count > 0) else { continue };
            stickers.push(Sticker {
                anchor_id: row.anchor_id,
                anchor: row.anchor.into_json(),
                signal,
                tilt: row.tilt,
                count,
                mine: mine.map(|mine| mine.id),
                names: names.remove(&key).unwrap_or_default(),
            });
        }
        // What is left of one's own is hidden from all others, or behind the most that are shown.
        stickers.extend(mine.into_values().filter_map(|row| {
            Some(Sticker {
                signal: Signal::parse(&row.signal)?,
                anchor_id: row.anchor_id,
                anchor: row.anchor.into_json(),
                tilt: row.tilt,
                count: row.count.unwrap_or_default() + i64::from(row.hidden_at.is_some()),
                mine: Some(row.id),
                names: Vec::new(),
            })
        }));
        stickers
    }
}

impl CommentRow {
    fn into_comment(self, ask: &Ask, user: Option<&str>, owns: bool) -> Comment {
        Comment {
            id: self.id,
            anchor_id: self.anchor_id,
            anchor: self.anchor.into_json(),
            signal: self.signal,
            author: self.author.into_author(ask.config()),
            body: self.body,
            source_url: self.source_url,
            created_at: time::rfc3339(self.created_at),
            edited: self.updated_at > self.created_at,
            mine: user.is_some() && self.author_user_id.as_deref() == user,
            hidden: owns && self.hidden_at.is_some(),
        }
    }
}
