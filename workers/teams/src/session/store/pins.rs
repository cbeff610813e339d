//! Pins, from when somebody points until a message has taken them.

use super::Store;
use serde::Deserialize;
use vetka_domain::team::{
    frame::{Person, Pin},
    tray::Kept,
};
use vetka_edge::Result;

/// `id`: the browser's name for it. `turn`: the one that took it, NULL while it waits. What was taken is remembered, so that
/// a note that comes too late does not bring it back.
pub(super) const SCHEMA: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS pin (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, user_id TEXT NOT NULL, person TEXT NOT NULL, \
     pin TEXT NOT NULL, turn INTEGER)",
    "CREATE INDEX IF NOT EXISTS pin_turn ON pin (turn, place)",
];

#[derive(Deserialize)]
struct Row {
    id: String,
    person: String,
    pin: String,
}

impl Row {
    fn read(self) -> Result<Kept> {
        let author: Person = serde_json::from_slice(self.person.as_bytes())?;
        Ok(Kept { id: self.id, author, pin: serde_json::from_slice(self.pin.as_bytes())? })
    }
}

impl Store {
    /// Pins that wait, the eldest first.
    pub fn waiting_pins(&self) -> Result<Vec<Kept>> {
        self.pins_where("turn IS NULL")
    }

    /// Pins that a message may take, the eldest first: those that wait, and those of turns that failed and are asked for again.
    pub fn free_pins(&self) -> Result<Vec<Kept>> {
        self.pins_where("turn IS NULL OR turn IN (SELECT number FROM turn WHERE phase = 'over' AND outcome = 'failed')")
    }

    fn pins_where(&self, condition: &str) -> Result<Vec<Kept>> {
        let query = format!("SELECT id, person, pin FROM pin WHERE {condition} ORDER BY place");
        let rows: Vec<Row> = self.sql.all(&query, vec![])?;
        rows.into_iter().map(Row::read).collect()
    }

    /// A pin, whether it waits or was taken along; `None` when there never was such a one, or it was taken away.
    pub fn pin(&self, id: &str) -> Result<Option<Kept>> {
        self.sql.first("SELECT id, person, pin FROM pin WHERE id = ?", vec![id.into()])?.map(Row::read).transpose()
    }

    /// Keeps a new pin.
    pub fn add_pin(&self, id: &str, person: &Person, pin: &Pin) -> Result<()> {
        self.sql.run(
            "INSERT INTO pin (id, user_id, person, pin) VALUES (?, ?, ?, ?)",
            vec![
                id.into(),
                person.id.as_str().into(),
                serde_json::to_string(person)?.into(),
                serde_json::to_string(pin)?.into(),
            ],
        )
    }

    /// Changes what is wished at a pin that waits.
    pub fn set_note(&self, id: &str, note: Option<&str>) -> Result<()> {
        self.sql.run(
            "UPDATE pin SET pin = json_set(pin, '$.note', ?) WHERE id = ? AND turn IS NULL",
            vec![note.into(), id.into()],
        )
    }

    /// Remembers what it looks like, whether it waits or was taken along.
    pub fn set_pin_picture(&self, id: &str, picture: &str) -> Result<()> {
        self.sql.run("UPDATE pin SET pin = json_set(pin, '$.picture', ?) WHERE id = ?", vec![picture.into(), id.into()])
    }

    /// Takes a pin that waits away.
    pub fn remove_pin(&self, id: &str) -> Result<()> {
        self.sql.run("DELETE FROM pin WHERE id = ? AND turn IS NULL", vec![id.into()])
    }

    /// A turn takes a pin along. One that a failed turn took first stays that one's: it can be asked for as often as it takes.
    pub fn take_pin(&self, id: &str, turn: i64) -> Result<()> {
        self.sql.run("UPDATE pin SET turn = ? WHERE id = ? AND turn IS NULL", vec![turn.into(), id.into()])
    }

    /// Takes all away that somebody points at.
    pub fn drop_pins(&self, user_id: &str) -> Result<()> {
        self.sql.run("DELETE FROM pin WHERE turn IS NULL AND user_id = ?", vec![user_id.into()])
    }
}
