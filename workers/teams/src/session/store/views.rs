//! What was seen of the preview, turn by turn.

use super::Store;
use serde::Deserialize;
use vetka_domain::team::view::View;
use vetka_edge::Result;

/// `page`: which page of the preview whoever asked had before them. `before` and `after`: pictures of it, by their names.
pub(super) const SCHEMA: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS view (turn INTEGER PRIMARY KEY, page TEXT NOT NULL, before TEXT, after TEXT)",
    "CREATE INDEX IF NOT EXISTS view_page ON view (page, turn)",
];

/// What is known of a turn's page.
#[derive(Debug, Deserialize)]
pub struct Row {
    /// Its path.
    pub page: String,
    /// Its picture from before the turn.
    pub before: Option<String>,
    after: Option<String>,
}

impl Store {
    /// Remembers which page a turn is about.
    pub fn add_view(&self, turn: i64, page: &str) -> Result<()> {
        self.sql.run("INSERT INTO view (turn, page) VALUES (?, ?)", vec![turn.into(), page.into()])
    }

    /// What is known of it.
    pub fn view(&self, turn: i64) -> Result<Option<Row>> {
        self.sql.first("SELECT page, before, after FROM view WHERE turn = ?", vec![turn.into()])
    }

    /// The newest picture of a page.
    pub fn newest_picture(&self, page: &str) -> Result<Option<String>> {
        self.sql.text(
            "SELECT after AS t FROM view WHERE page = ? AND after IS NOT NULL ORDER BY turn DESC LIMIT 1",
            vec![page.into()],
        )
    }

    /// Remembers how the page looked before the turn.
    pub fn set_picture_before(&self, turn: i64, picture: &str) -> Result<()> {
        self.sql.run("UPDATE view SET before = ? WHERE turn = ?", vec![picture.into(), turn.into()])
    }

    /// Remembers how it looked after it.
    pub fn set_picture_after(&self, turn: i64, picture: &str) -> Result<()> {
        self.sql.run("UPDATE view SET after = ? WHERE turn = ?", vec![picture.into(), turn.into()])
    }

    /// All that were seen after a change, in order.
    pub fn views(&self) -> Result<Vec<View>> {
        let rows: Vec<Row> =
            self.sql.all("SELECT page, before, after FROM view WHERE after IS NOT NULL ORDER BY turn", vec![])?;
        let view = |Row { page, before, after }| Some(View { page, before, after: after? });
        Ok(rows.into_iter().filter_map(view).collect())
    }
}
