//! The object's SQLite: the log, the turns, what has been seen of the agent service. SQL and nothing else; that several
//! of these calls without an await between them are one write is for the callers to use.

use serde::Deserialize;
use vetka_domain::conversation::{
    frame::{Attachment, Body, Outcome},
    turn::Turn,
};
use vetka_edge::{
    Result,
    object_sql::Sql,
    room::{self, Log},
    time,
    transcript::{self, Transcripts},
};

const SCHEMA: [&str; 8] = [
    "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    // Append-only. `frame` is the JSON that goes out, number and time included.
    "CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, turn INTEGER, door TEXT NOT NULL, frame TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS log_kind ON log (kind, seq)",
    // `sending`: our message may have reached the session. `state`: the reducer's memory.
    "CREATE TABLE IF NOT EXISTS turn (number INTEGER PRIMARY KEY, client_id TEXT UNIQUE, said TEXT NOT NULL, \
     attachments TEXT NOT NULL, said_seq INTEGER NOT NULL, phase TEXT NOT NULL CHECK (phase IN ('queued', 'running', 'over')), \
     outcome TEXT, stopping INTEGER NOT NULL DEFAULT 0, sending INTEGER NOT NULL DEFAULT 0, \
     attempts INTEGER NOT NULL DEFAULT 0, sessions INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS turn_phase ON turn (phase, number)",
    "CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, turn INTEGER NOT NULL) WITHOUT ROWID",
    transcript::SCHEMA,
    // Files that went with messages: their copy at the agent service, and where they are mounted in the session.
    "CREATE TABLE IF NOT EXISTS upload (id TEXT PRIMARY KEY, name TEXT NOT NULL, media_type TEXT NOT NULL, file_id TEXT, \
     session TEXT, path TEXT) WITHOUT ROWID",
];

const COLUMNS: &str = "number, said, attachments, said_seq, phase, stopping, sending, attempts, sessions, state";

/// A turn as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct TurnRow {
    /// Its number.
    pub number: i64,
    /// What the person wrote.
    pub said: String,
    attachments: String,
    /// The number of the frame that holds the message.
    pub said_seq: i64,
    phase: String,
    stopping: i64,
    sending: i64,
    /// How often it was taken up.
    pub attempts: i64,
    /// Sessions it has lost.
    pub sessions: i64,
    state: String,
}

impl TurnRow {
    /// Files that came with the message.
    pub fn attachments(&self) -> Result<Vec<Attachment>> {
        Ok(serde_json::from_str(&self.attachments)?)
    }

    /// The reducer's memory.
    pub fn state(&self) -> Result<Turn> {
        Ok(serde_json::from_str(&self.state)?)
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.phase == "over"
    }

    /// Whether it waits for others.
    pub fn is_queued(&self) -> bool {
        self.phase == "queued"
    }

    /// Whether the person asked to stop it.
    pub fn is_stopping(&self) -> bool {
        self.stopping != 0
    }

    /// Whether its message may have reached the session.
    pub fn may_have_sent(&self) -> bool {
        self.sending != 0
    }
}

/// A file that went with a message.
#[derive(Debug, Clone, Deserialize)]
pub struct UploadRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub media_type: String,
    /// Its copy at the agent service.
    pub file_id: Option<String>,
    /// The session it is mounted in.
    pub session: Option<String>,
    /// Where it is mounted.
    pub path: Option<String>,
}

/// A stored frame.
#[derive(Debug, Clone, Deserialize)]
pub struct Frame {
    /// Its number.
    pub seq: i64,
    /// The turn it belongs to.
    pub turn: Option<i64>,
    /// Its name at the SSE door.
    pub door: String,
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

/// The tables of one conversation.
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
        SCHEMA.iter().try_for_each(|statement| self.sql.run(statement, vec![]))
    }

    /// A named value.
    pub fn meta(&self, name: &str) -> Result<Option<String>> {
        self.sql.text("SELECT value AS t FROM meta WHERE name = ?", vec![name.into()])
    }

    /// Sets or, with `None`, forgets a named value.
    pub fn set_meta(&self, name: &str, value: Option<&str>) -> Result<()> {
        match value {
            Some(value) => {
                self.sql.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", vec![name.into(), value.into()])
            }
            None => self.sql.run("DELETE FROM meta WHERE name = ?", vec![name.into()]),
        }
    }

    /// Appends to the log.
    pub fn append(&self, body: &Body) -> Result<Frame> {
        let seq = self.last_seq()? + 1;
        let turn = body.turn();
        let door = body.sse_name();
        let frame = body.to_json(Some(seq), &time::rfc3339(time::now_ms()));
        self.sql.run(
            "INSERT INTO log (seq, kind, turn, door, frame) VALUES (?, ?, ?, ?, ?)",
            vec![seq.into(), body.kind().into(), turn.into(), door.into(), frame.as_str().into()],
        )?;
        Ok(Frame { seq, turn, door: door.to_owned(), frame })
    }

    /// What was said, without what was taken back before it was sent.
    pub fn messages(&self) -> Result<Vec<String>> {
        self.sql.texts(
            "SELECT frame AS t FROM log WHERE kind = 'chat_message' AND (turn IS NULL OR turn NOT IN \
             (SELECT number FROM turn WHERE phase = 'over' AND attempts = 0)) ORDER BY seq",
            vec![],
        )
    }

    /// What was said after a number, as [`Store::messages`] has it; so many at most.
    pub fn messages_after(&self, seq: i64, most: usize) -> Result<Vec<Frame>> {
        self.sql.all(
            "SELECT seq, turn, door, frame FROM log WHERE kind = 'chat_message' AND seq > ? AND (turn IS NULL OR turn NOT IN \
             (SELECT number FROM turn WHERE phase = 'over' AND attempts = 0)) ORDER BY seq LIMIT ?",
            vec![seq.into(), i64::try_from(most).unwrap_or(i64::MAX).into()],
        )
    }

    /// Whether the newest preview is of this version.
    pub fn is_previewed(&self, snapshot_id: &str) -> Result<bool> {
        let newest = self
            .sql
            .text("SELECT frame AS t FROM log WHERE kind = 'preview_updated' ORDER BY seq DESC LIMIT 1", vec![])?;
        Ok(newest.is_some_and(|frame| frame.contains(snapshot_id)))
    }

    /// A turn.
    pub fn turn(&self, number: i64) -> Result<Option<TurnRow>> {
        self.sql.first(&format!("SELECT {COLUMNS} FROM turn WHERE number = ?"), vec![number.into()])
    }

    /// The turn that a client's message became.
    pub fn turn_of_client(&self, client_id: &str) -> Result<Option<TurnRow>> {
        self.sql.first(&format!("SELECT {COLUMNS} FROM turn WHERE client_id = ?"), vec![client_id.into()])
    }

    /// The running turn.
    pub fn running(&self) -> Result<Option<TurnRow>> {
        self.sql.first(&format!("SELECT {COLUMNS} FROM turn WHERE phase = 'running' ORDER BY number LIMIT 1"), vec![])
    }

    /// Turns that wait, in order.
    pub fn queue(&self) -> Result<Vec<TurnRow>> {
        self.sql.all(&format!("SELECT {COLUMNS} FROM turn WHERE phase = 'queued' ORDER BY number"), vec![])
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
        said: &str,
        attachments: &[Attachment],
        said_seq: i64,
    ) -> Result<()> {
        let (state_json, attachments) = (serde_json::to_string(state)?, serde_json::to_string(attachments)?);
        self.sql.run(
            "INSERT INTO turn (number, client_id, said, attachments, said_seq, phase, state) VALUES (?, ?, ?, ?, ?, 'queued', ?)",
            vec![state.number.into(), client_id.into(), said.into(), attachments.into(), said_seq.into(), state_json.into()],
        )
    }

    /// Takes a turn up, once more.
    pub fn begin_turn(&self, number: i64) -> Result<()> {
        self.sql.run("DELETE FROM seen WHERE turn < ?", vec![(number - 2).into()])?;
        self.sql.run("UPDATE turn SET phase = 'running', attempts = attempts + 1 WHERE number = ?", vec![number.into()])
    }

    /// Ends a turn.
    pub fn end_turn(&self, number: i64, outcome: Outcome) -> Result<()> {
        let outcome = serde_json::to_string(&outcome)?;
        let outcome = outcome.trim_matches('"');
        self.sql
            .run("UPDATE turn SET phase = 'over', outcome = ? WHERE number = ?", vec![outcome.into(), number.into()])
    }

    /// Remembers that the person asked to stop.
    pub fn set_stopping(&self, number: i64) -> Result<()> {
        self.sql.run("UPDATE turn SET stopping = 1 WHERE number = ?", vec![number.into()])
    }

    /// Remembers that the message may have been sent from now on.
    pub fn set_sending(&self, number: i64) -> Result<()> {
        self.sql.run("UPDATE turn SET sending = 1 WHERE number = ?", vec![number.into()])
    }

    /// Remembers that the session is lost: nothing was sent to the next one.
    pub fn lose_session(&self, number: i64) -> Result<()> {
        self.sql.run("UPDATE turn SET sending = 0, sessions = sessions + 1 WHERE number = ?", vec![number.into()])?;
        self.sql.run("UPDATE upload SET session = NULL, path = NULL", vec![])
    }

    /// Writes the reducer's memory.
    pub fn save_state(&self, state: &Turn) -> Result<()> {
        self.sql.run(
            "UPDATE turn SET state = ? WHERE number = ?",
            vec![serde_json::to_string(state)?.into(), state.number.into()],
        )
    }

    /// Marks a delivery as seen; false when it was before.
    pub fn see(&self, key: &str, turn: i64) -> Result<bool> {
        let seen = self.sql.text(
            "INSERT INTO seen (key, turn) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING key AS t",
            vec![key.into(), turn.into()],
        )?;
        Ok(seen.is_some())
    }

    /// Remembers a file that goes with a message.
    pub fn add_upload(&self, file: &Attachment) -> Result<()> {
        self.sql.run(
            "INSERT INTO upload (id, name, media_type) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            vec![file.id.as_str().into(), file.name.as_str().into(), file.media_type.as_str().into()],
        )
    }

    /// All files that went with messages.
    pub fn uploads(&self) -> Result<Vec<UploadRow>> {
        self.sql.all("SELECT id, name, media_type, file_id, session, path FROM upload", vec![])
    }

    /// Remembers a file's copy at the agent service, or that it is gone there.
    pub fn set_file(&self, upload: &str, file_id: Option<&str>) -> Result<()> {
        self.sql.run("UPDATE upload SET file_id = ? WHERE id = ?", vec![file_id.into(), upload.into()])
    }

    /// Remembers where a file is mounted.
    pub fn set_mount(&self, upload: &str, session: &str, path: &str) -> Result<()> {
        self.sql.run(
            "UPDATE upload SET session = ?, path = ? WHERE id = ?",
            vec![session.into(), path.into(), upload.into()],
        )
    }

    /// Forgets a file.
    pub fn drop_upload(&self, upload: &str) -> Result<()> {
        self.sql.run("DELETE FROM upload WHERE id = ?", vec![upload.into()])
    }
}

impl Log for Store {
    type Frame = Frame;

    fn after(&self, seq: i64) -> Result<Vec<Frame>> {
        self.sql.all("SELECT seq, turn, door, frame FROM log WHERE seq > ? ORDER BY seq", vec![seq.into()])
    }

    fn last_seq(&self) -> Result<i64> {
        self.sql.number("SELECT MAX(seq) AS n FROM log", vec![])
    }
}
