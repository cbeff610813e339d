//! What people leave on pages: signals and comments, each at a place. One of a kind for each person and place; whoever
//! left it takes it back, whoever owns the page hides it.
//!
//! Read in this order: `page` (whose page an address is), `list` (what stands on it), `leave` and `change` (how it comes
//! and goes), `told` (who hears of it), `who`, `annotations`, and `received`, for the owner of the pages.

pub mod annotations;
pub mod change;
pub mod leave;
pub mod list;
pub mod page;
pub mod received;
mod told;
pub mod who;

use super::brief::{BriefRow, SiteBrief};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::social::anchor::{Anchor, State};
use vetka_edge::{config::Config, d1};

/// A place on a page: words with what stands around them, the element that holds them, and where on the page that was.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Anchor")]
pub struct PlaceInJson {
    /// The words; empty for a place without words.
    pub exact: String,
    /// What stands before them.
    pub prefix: String,
    /// What stands after them.
    pub suffix: String,
    /// Where they begin in the page's normalised text, in code points.
    pub start: Option<u32>,
    /// A selector of the element that holds them; may be empty.
    pub css: String,
    /// How far right, in hundredths of the page's width.
    pub x: f64,
    /// How far down, in hundredths of the page's height.
    pub y: f64,
    /// Whether the place is still there.
    pub state: State,
}

impl PlaceInJson {
    fn of(anchor: Anchor, state: State) -> Self {
        let Anchor { exact, prefix, suffix, start, css, x, y } = anchor;
        Self { exact, prefix, suffix, start, css, x, y, state }
    }
}

/// The columns of `anchor`.
#[derive(Debug, d1::FromRow)]
struct AnchorRow {
    exact: String,
    prefix: String,
    suffix: String,
    start: Option<u32>,
    css: String,
    x: f64,
    y: f64,
    #[column(parse)]
    state: State,
}

impl AnchorRow {
    fn split(self) -> (Anchor, State) {
        let Self { exact, prefix, suffix, start, css, x, y, state } = self;
        (Anchor { exact, prefix, suffix, start, css, x, y }, state)
    }

    fn into_json(self) -> PlaceInJson {
        let (anchor, state) = self.split();
        PlaceInJson::of(anchor, state)
    }
}

/// Whoever left something: a member by their site, or somebody from elsewhere on the web.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ReactionAuthor")]
pub struct Author {
    /// `ann.vetka.sh`; null for whoever is no member.
    pub domain: Option<String>,
    /// What they call themselves.
    pub name: String,
    /// Where they are found; empty when nobody knows.
    pub url: String,
    /// A picture of their site; null while there is none.
    #[schemars(extend("format" = "uri"))]
    pub image: Option<String>,
}

/// What an [`Author`] is read from.
#[derive(Debug, d1::FromRow)]
struct AuthorRow {
    author_name: String,
    author_url: String,
    #[column(flatten)]
    brief: BriefRow,
}

impl AuthorRow {
    fn into_author(self, config: &Config) -> Author {
        match self.brief.brief(config) {
            Some(SiteBrief { domain, name, url, image }) => Author { domain: Some(domain), name, url, image },
            None => Author {
                domain: None,
                name: if self.author_name.is_empty() { "Somebody".to_owned() } else { self.author_name },
                url: self.author_url,
                image: None,
            },
        }
    }
}
