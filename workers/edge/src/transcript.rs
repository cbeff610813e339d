//! What was printed in an object's turns, line by line, until the transcript of the whole turn is in the bucket.

use crate::{Result, object_sql::Sql};

/// Stands beside a table `turn`, with a turn's `number` and its `phase`.
pub const SCHEMA: &str =
    "CREATE TABLE IF NOT EXISTS raw (id INTEGER PRIMARY KEY, turn INTEGER NOT NULL, line TEXT NOT NULL)";

/// Lines of turns whose transcript is not in the bucket yet.
pub struct Transcripts(Sql);

impl Transcripts {
    /// Those of an object. The table is made by whoever makes the others.
    pub fn new(sql: Sql) -> Self {
        Self(sql)
    }

    /// Keeps a line; what is secret in it is gone before.
    pub fn keep(&self, turn: i64, line: &str) -> Result<()> {
        self.0.run("INSERT INTO raw (turn, line) VALUES (?, ?)", vec![turn.into(), line.into()])
    }

    /// Turns that are over and whose transcript is still here.
    pub fn unwritten(&self) -> Result<Vec<i64>> {
        self.0.numbers(
            "SELECT DISTINCT raw.turn AS n FROM raw JOIN turn ON turn.number = raw.turn WHERE turn.phase = 'over' ORDER BY raw.turn",
            vec![],
        )
    }

    /// The transcript of a turn, and the last row of it.
    pub fn of(&self, turn: i64) -> Result<(String, i64)> {
        let lines = self.0.texts("SELECT line AS t FROM raw WHERE turn = ? ORDER BY id", vec![turn.into()])?;
        let last = self.0.number("SELECT MAX(id) AS n FROM raw WHERE turn = ?", vec![turn.into()])?;
        Ok((lines.join("\n") + "\n", last))
    }

    /// Forgets the transcript that has been written.
    pub fn forget(&self, turn: i64, last: i64) -> Result<()> {
        self.0.run("DELETE FROM raw WHERE turn = ? AND id <= ?", vec![turn.into(), last.into()])
    }
}
