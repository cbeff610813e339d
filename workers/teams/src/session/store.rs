//! The object's SQLite: what the session knows of itself, its log, its turns, who may look at its preview, what is pointed
//! at ([`pins`]) and what was seen ([`views`]). SQL and nothing else; that several of these calls without an await between them are one write is for the callers to use.

mod pins;
mod views;

use super::memory::Memory;
use serde::Deserialize;
use vetka_domain::{
    conversation::frame::Outcome,
    team::{
        agent::turn::Turn,
        frame::{Body, Person, Pin},
    },
};
use vetka_edge::{
    Result,
    object_sql::Sql,
    room::{self, Log},
    time,
    transcript::{self, Transcripts},
};

const SCHEMA: [&str; 7] = [
    "CREATE TABLE IF NOT EXISTS memory (one INTEGER PRIMARY KEY CHECK (one = 1), value TEXT NOT NULL)",
    // Append-only. `frame` is the JSON that goes out, number and time included.
    "CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, frame TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS log_kind ON log (kind, seq)",
    // `undoes`: it takes another turn back instead of asking the agent. `run`: how often the runner was started for it.
    // `place`: how much of the runner's log is taken. `checks`: the agent ran some. `before` and `after`: commits. `state`: the
    // reducer's memory.
    "CREATE TABLE IF NOT EXISTS turn (number INTEGER PRIMARY KEY, client_id TEXT UNIQUE, person TEXT NOT NULL, said TEXT NOT NULL, \
     pins TEXT NOT NULL, undoes INTEGER, phase TEXT NOT NULL CHECK (phase IN ('queued', 'running', 'saving', 'over')), outcome TEXT, \
     stopping INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, run INTEGER NOT NULL DEFAULT 0, \
     place INTEGER NOT NULL DEFAULT 0, checks INTEGER NOT NULL DEFAULT 0, before TEXT, after TEXT, state TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS turn_phase ON turn (phase, number)",
    transcript::SCHEMA,
    // One-time words that let a browser in to the preview, and what it keeps then. Hashes.
    "CREATE TABLE IF NOT EXISTS pass (hash TEXT PRIMARY KEY, kind TEXT NOT NULL, user_id TEXT NOT NULL, looked_at INTEGER NOT NULL, \
     expires_at INTEGER NOT NULL) WITHOUT ROWID",
];

const COLUMNS: &str =
    "number, person, said, pins, undoes, phase, outcome, stopping, attempts, run, place, checks, before, after, state";

/// A turn as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct TurnRow {
    /// Its number.
    pub number: i64,
    person: String,
    /// What was written.
    pub said: String,
    pins: String,
    /// The turn that it takes back.
    pub undoes: Option<i64>,
    phase: String,
    outcome: Option<String>,
    stopping: i64,
    /// How often it was taken up.
    pub attempts: i64,
    /// How often the runner was started for it.
    pub run: i64,
    /// Bytes of the runner's log that are taken.
    pub place: i64,
    checks: i64,
    /// The commit that it began with.
    pub before: Option<String>,
    /// The commit that it ended with.
    pub after: Option<String>,
    state: String,
}

impl TurnRow {
    /// Who asked.
    pub fn person(&self) -> Result<Person> {
        Ok(serde_json::from_slice(self.person.as_bytes())?)
    }

    /// Where they pointed.
    pub fn pins(&self) -> Result<Vec<Pin>> {
        Ok(serde_json::from_slice(self.pins.as_bytes())?)
    }

    /// The reducer's memory.
    pub fn state(&self) -> Result<Turn> {
        Ok(serde_json::from_slice(self.state.as_bytes())?)
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.phase == "over"
    }

    /// Whether it waits for others.
    pub fn is_queued(&self) -> bool {
        self.phase == "queued"
    }

    /// Whether the agent is done and what it did is being saved.
    pub fn is_saving(&self) -> bool {
        self.phase == "saving"
    }

    /// Whether somebody asked to stop it.
    pub fn is_stopping(&self) -> bool {
        self.stopping != 0
    }

    /// Whether the agent ran the project's own checks.
    pub fn has_checked(&self) -> bool {
        self.checks != 0
    }

    /// How it ended.
    pub fn outcome(&self) -> Option<Outcome> {
        [Outcome::Done, Outcome::Stopped, Outcome::Failed]
            .into_iter()
            .find(|outcome| self.outcome.as_deref() == Some(outcome_word(*outcome)))
    }
}

/// A stored frame.
#[derive(Debug, Clone, Deserialize)]
pub struct Frame {
    /// Its number.
    pub seq: i64,
    /// The JSON that goes out.
    pub frame: String,
}

impl room::Frame for Frame {
    fn seq(&self) -> i64 {
        self.seq
    }

    fn json(&self) -> &str {
        &self.frame
    }
}

/// Somebody who may look at the preview.
#[derive(Debug, Clone, Deserialize)]
pub struct Pass {
    /// Who.
    pub user_id: String,
    /// When it was last looked up whether they still may, Unix milliseconds UTC.
    pub looked_at: i64,
}

/// The tables of one session.
pub struct Store {
    sql: Sql,
    /// What was printed in turns, until it is in the bucket.
    pub transcripts: Transcripts,
}

impl Store {
    /// Tables are made by [`Store::prepare`].
    pub fn new(sql: Sql) -> Self {
        Self { transcripts: Transcripts::new(sql.clone()), sql }
    }

    /// Makes the tables that are missing.
    pub fn prepare(&self) -> Result<()> {
        SCHEMA
            .iter()
            .chain(&pins::SCHEMA)
            .chain(&views::SCHEMA)
            .try_for_each(|statement| self.sql.run(statement, vec![]))
    }

    /// What the session knows of itself; `None` before it has begun.
    pub fn memory(&self) -> Result<Option<Memory>> {
        let memory = self.sql.text("SELECT value AS t FROM memory", vec![])?;
        memory.map(|memory| Ok(serde_json::from_slice(memory.as_bytes())?)).transpose()
    }

    /// Keeps it.
    pub fn keep(&self, memory: &Memory) -> Result<()> {
        self.sql.run(
            "INSERT OR REPLACE INTO memory (one, value) VALUES (1, ?)",
            vec![serde_json::to_string(memory)?.into()],
        )
    }

    /// Appends to the log.
    pub fn append(&self, body: &Body) -> Result<Frame> {
        let seq = self.last_seq()? + 1;
        let frame = body.to_json(Some(seq), &time::rfc3339(time::now_ms()));
        self.sql.run(
            "INSERT INTO log (seq, kind, frame) VALUES (?, ?, ?)",
            vec![seq.into(), body.kind().into(), frame.as_str().into()],
        )?;
        Ok(Frame { seq, frame })
    }

    /// What was said, and what came of each turn, after a number; so many at most.
    pub fn messages_after(&self, seq: i64, most: i64) -> Result<Vec<Frame>> {
        self.sql.all(
            "SELECT seq, frame FROM log WHERE kind IN ('chat_message', 'receipt') AND seq > ? ORDER BY seq LIMIT ?",
            vec![seq.into(), most.into()],
        )
    }

    /// A turn.
    pub fn turn(&self, number: i64) -> Result<Option<TurnRow>> {
        self.sql.first(&format!("SELECT {COLUMNS} FROM turn WHERE number = ?"), vec![number.into()])
    }

    /// The turn that a client's message became.
    pub fn turn_of_client(&self, client_id: &str) -> Result<Option<TurnRow>> {
        self.sql.first(&format!("SELECT {COLUMNS} FROM turn WHERE client_id = ?"), vec![client_id.into()])
    }

    /// The turn at work.
    pub fn at_work(&self) -> Result<Option<TurnRow>> {
        self.sql.first(
            &format!("SELECT {COLUMNS} FROM turn WHERE phase IN ('running', 'saving') ORDER BY number LIMIT 1"),
            vec![],
        )
    }

    /// Turns that wait, in order.
    pub fn queue(&self) -> Result<Vec<TurnRow>> {
        self.sql.all(&format!("SELECT {COLUMNS} FROM turn WHERE phase = 'queued' ORDER BY number"), vec![])
    }

    /// Turns that are over, in order.
    pub fn past(&self) -> Result<Vec<TurnRow>> {
        self.sql.all(&format!("SELECT {COLUMNS} FROM turn WHERE phase = 'over' ORDER BY number"), vec![])
    }

    /// The number the next turn gets.
    pub fn next_turn(&self) -> Result<i64> {
        Ok(self.sql.number("SELECT MAX(number) AS n FROM turn", vec![])? + 1)
    }

    /// Writes a new turn down, waiting.
    pub fn add_turn(
        &self,
        state: &Turn,
        client_id: Option<&str>,
        person: &Person,
        said: &str,
        pins: &[Pin],
        undoes: Option<i64>,
    ) -> Result<()> {
        self.sql.run(
            "INSERT INTO turn (number, client_id, person, said, pins, undoes, phase, state) VALUES (?, ?, ?, ?, ?, ?, 'queued', ?)",
            vec![
                state.number.into(),
                client_id.into(),
                serde_json::to_string(person)?.into(),
                said.into(),
                serde_json::to_string(pins)?.into(),
                undoes.into(),
                serde_json::to_string(state)?.into(),
            ],
        )
    }

    /// Takes a turn up, once more.
    pub fn begin_turn(&self, number: i64) -> Result<()> {
        self.sql.run(
            "UPDATE turn SET phase = CASE WHEN phase = 'queued' THEN 'running' ELSE phase END, attempts = attempts + 1 WHERE number = ?",
            vec![number.into()],
        )
    }

    /// Remembers the commit that a turn begins with.
    pub fn set_before(&self, number: i64, commit: &str) -> Result<()> {
        self.sql
            .run("UPDATE turn SET before = COALESCE(before, ?) WHERE number = ?", vec![commit.into(), number.into()])
    }

    /// Remembers that the runner is started for a turn from now on, with a log of its own.
    pub fn start_run(&self, number: i64) -> Result<()> {
        self.sql.run("UPDATE turn SET run = run + 1, place = 0 WHERE number = ?", vec![number.into()])
    }

    /// Forgets the runner of a turn: the next one begins from nothing.
    pub fn forget_run(&self, number: i64) -> Result<()> {
        self.sql.run("UPDATE turn SET run = run + 1, place = 0 WHERE number = ?", vec![number.into()])
    }

    /// Writes the reducer's memory.
    pub fn save_state(&self, state: &Turn) -> Result<()> {
        self.sql.run(
            "UPDATE turn SET state = ? WHERE number = ?",
            vec![serde_json::to_string(state)?.into(), state.number.into()],
        )
    }

    /// Writes how much of the runner's log is taken.
    pub fn set_place(&self, number: i64, place: i64) -> Result<()> {
        self.sql.run("UPDATE turn SET place = ? WHERE number = ?", vec![place.into(), number.into()])
    }

    /// Remembers that the agent ran the project's own checks.
    pub fn note_checks(&self, number: i64) -> Result<()> {
        self.sql.run("UPDATE turn SET checks = 1 WHERE number = ?", vec![number.into()])
    }

    /// What the agent said in a turn, last.
    pub fn last_answer(&self, turn: i64) -> Result<Option<String>> {
        self.sql.text(
            "SELECT json_extract(frame, '$.text') AS t FROM log WHERE kind = 'chat_message' AND json_extract(frame, '$.turn') = ? \
             AND json_extract(frame, '$.role') = 'assistant' ORDER BY seq DESC LIMIT 1",
            vec![turn.into()],
        )
    }

    /// The agent is done; what it did is to be saved.
    pub fn begin_saving(&self, number: i64, outcome: Outcome) -> Result<()> {
        self.sql.run(
            "UPDATE turn SET phase = 'saving', outcome = ? WHERE number = ? AND phase = 'running'",
            vec![outcome_word(outcome).into(), number.into()],
        )
    }

    /// Ends a turn.
    pub fn end_turn(&self, number: i64, outcome: Outcome, after: Option<&str>) -> Result<()> {
        self.sql.run(
            "UPDATE turn SET phase = 'over', outcome = ?, after = ? WHERE number = ?",
            vec![outcome_word(outcome).into(), after.into(), number.into()],
        )
    }

    /// Remembers that somebody asked to stop.
    pub fn set_stopping(&self, number: i64) -> Result<()> {
        self.sql.run("UPDATE turn SET stopping = 1 WHERE number = ?", vec![number.into()])
    }

    /// Keeps a pass, and forgets those that are over.
    pub fn add_pass(&self, hash: &str, kind: &str, user_id: &str, now: i64, expires_at: i64) -> Result<()> {
        self.sql.run("DELETE FROM pass WHERE expires_at <= ?", vec![now.into()])?;
        self.sql.run(
            "INSERT INTO pass (hash, kind, user_id, looked_at, expires_at) VALUES (?, ?, ?, ?, ?)",
            vec![hash.into(), kind.into(), user_id.into(), now.into(), expires_at.into()],
        )
    }

    /// Takes a pass that works once.
    pub fn take_pass(&self, hash: &str, kind: &str, now: i64) -> Result<Option<Pass>> {
        self.sql.first(
            "DELETE FROM pass WHERE hash = ? AND kind = ? AND expires_at > ? RETURNING user_id, looked_at",
            vec![hash.into(), kind.into(), now.into()],
        )
    }

    /// Looks at a pass.
    pub fn pass(&self, hash: &str, kind: &str, now: i64) -> Result<Option<Pass>> {
        self.sql.first(
            "SELECT user_id, looked_at FROM pass WHERE hash = ? AND kind = ? AND expires_at > ?",
            vec![hash.into(), kind.into(), now.into()],
        )
    }

    /// Remembers that somebody still may look.
    pub fn set_looked(&self, user_id: &str, now: i64) -> Result<()> {
        self.sql.run("UPDATE pass SET looked_at = ? WHERE user_id = ?", vec![now.into(), user_id.into()])
    }

    /// Takes all passes of somebody.
    pub fn drop_passes(&self, user_id: &str) -> Result<()> {
        self.sql.run("DELETE FROM pass WHERE user_id = ?", vec![user_id.into()])
    }
}

impl Log for Store {
    type Frame = Frame;

    fn after(&self, seq: i64) -> Result<Vec<Frame>> {
        self.sql.all("SELECT seq, frame FROM log WHERE seq > ? ORDER BY seq", vec![seq.into()])
    }

    fn last_seq(&self) -> Result<i64> {
        self.sql.number("SELECT MAX(seq) AS n FROM log", vec![])
    }
}

fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Stopped => "stopped",
        Outcome::Failed => "failed",
    }
}
