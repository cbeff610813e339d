//! The end of a turn: what lies in the sandbox is committed and pushed, looked at, and told in plain words; and a turn that
//! takes another one back.

use super::{Object, record, store::TurnRow, work::Setback};
use crate::bucket;
use std::time::Duration;
use vetka_domain::{
    conversation::frame::Outcome,
    team::{
        branch::commit_message,
        checkout,
        files::{Changed, describe},
        frame::{Body, Person},
        project::dollars,
    },
};
use vetka_edge::{Result, error, log};

const GIT: Duration = Duration::from_secs(60);
const PUSH: Duration = Duration::from_secs(180);
/// Files that a receipt names.
const NAMED: usize = 12;
/// Bytes of a line that a transcript keeps whole.
const LONGEST_LINE: usize = 256 * 1024;

impl Object {
    /// Saves what a turn did, and ends it.
    pub(super) async fn save_turn(&self, number: i64) -> core::result::Result<(), Setback> {
        let row = self.row(number)?;
        let outcome = row.outcome().unwrap_or(Outcome::Failed);
        let head =
            self.commit(&commit_message(&row.said).unwrap_or_else(|| "Change".to_owned()), &row.person()?).await?;
        let head = self.push(number, head).await?;
        let before = row.before.clone().filter(|before| !before.is_empty()).unwrap_or_else(|| head.clone());
        let changed = if before == head { Vec::new() } else { self.difference(&before, &head).await? };
        let mut checked = Vec::new();
        if row.has_checked() {
            checked.push("The agent ran the project’s own checks.".to_owned());
        }
        let mut view = None;
        if !changed.is_empty() {
            self.append(&Body::PreviewUpdated { turn: Some(number) })?;
            let (said, seen) = self.look_after(number).await?;
            checked.extend(said);
            view = seen;
        }
        let memory = self.known()?;
        let cost = memory.ledger.spent().minus(memory.spent_before_turn);
        if outcome == Outcome::Done || !changed.is_empty() {
            self.append(&Body::Receipt {
                turn: number,
                changed: told(&changed),
                checked,
                cost_usd: dollars(cost.as_i64()),
                can_undo: before != head,
                undo_of: row.undoes,
                view,
            })?;
        }
        self.append(&self.cost()?)?;
        self.end_turn(number, outcome, Some(&head))?;
        record::spent(self).await?;
        Ok(())
    }

    /// Saves what lies in the sandbox when no turn is at work.
    pub(super) async fn save_all(&self, message: &str) -> core::result::Result<(), Setback> {
        let person = self.known()?.begin.person;
        let head = self.commit(message, &person).await?;
        if self.known()?.pushed.as_deref() != Some(head.as_str()) {
            let pushed = self.push_head().await?;
            if pushed.is_none() {
                return Err(Setback::Passing("the branch could not be pushed".to_owned()));
            }
        }
        Ok(())
    }

    async fn commit(&self, message: &str, person: &Person) -> core::result::Result<String, Setback> {
        let since = self.known()?.head;
        let script = checkout::commit(&self.branch()?, since.as_deref(), message, person);
        let ran = self.sandbox()?.run(&self.git(&script)?, GIT).await?;
        let head = checkout::head(&String::from_utf8_lossy(&ran.stdout)).filter(|_| ran.code == 0);
        let head = head.ok_or_else(|| Setback::Passing(format!("commit ended with {}", ran.code)))?;
        self.change(|memory| memory.head = Some(head.clone()))?;
        Ok(head)
    }

    /// Pushes when there is something to push. Gives the head, which may have moved on top of what the forge had.
    async fn push(&self, turn: i64, head: String) -> core::result::Result<String, Setback> {
        if self.known()?.pushed.as_deref() == Some(head.as_str()) {
            return Ok(head);
        }
        match self.push_head().await? {
            Some(pushed) => Ok(pushed),
            None => {
                self.tell(
                    Some(turn),
                    "not_saved_yet",
                    "The change is there, but could not be put into safe keeping just now. It is tried again with your next message, and before anything is handed over.",
                )?;
                Ok(head)
            }
        }
    }

    async fn push_head(&self) -> core::result::Result<Option<String>, Setback> {
        let ran = self.sandbox()?.run(&self.git(&checkout::push(&self.branch()?))?, PUSH).await?;
        let pushed = checkout::head(&String::from_utf8_lossy(&ran.stdout)).filter(|_| ran.code == 0);
        if pushed.is_none() {
            log::error("session", "not_pushed", &format!("push ended with {}", ran.code));
        }
        if let Some(pushed) = &pushed {
            self.change(|memory| (memory.head, memory.pushed) = (Some(pushed.clone()), Some(pushed.clone())))?;
        }
        Ok(pushed)
    }

    async fn difference(&self, before: &str, after: &str) -> core::result::Result<Vec<Changed>, Setback> {
        let ran = self.sandbox()?.run(&self.git(&checkout::difference(before, after))?, GIT).await?;
        Ok(if ran.code == 0 { checkout::changes(&ran.stdout) } else { Vec::new() })
    }

    /// Takes a turn back.
    pub(super) async fn undo_turn(&self, number: i64, undone: i64) -> core::result::Result<(), Setback> {
        let row = self.row(number)?;
        let target = self.row(undone)?;
        let range = target.before.clone().zip(target.after.clone()).filter(|(before, after)| before != after);
        let (before, after) = range.ok_or_else(|| error::internal("an undo of nothing"))?;
        let script = checkout::undo(&before, &after, &row.said, &row.person()?);
        let ran = self.sandbox()?.run(&self.git(&script)?, GIT).await?;
        let (outcome, words) = match ran.code {
            0 => {
                // What is committed on top of it begins there.
                let head = checkout::head(&String::from_utf8_lossy(&ran.stdout));
                self.change(|memory| memory.head = head.or(memory.head.take()))?;
                (Outcome::Done, "Undone. If that was not what you wanted, undo this as well.")
            }
            checkout::IN_THE_WAY => (
                Outcome::Failed,
                "Later changes stand on this one, so it cannot be undone by itself. Say in words what should be as it was.",
            ),
            code => return Err(Setback::Passing(format!("undo ended with {code}"))),
        };
        self.answer(number, format!("undo-{number}"), words.to_owned())?;
        self.store.begin_saving(number, outcome)?;
        Ok(())
    }

    /// What was asked and what was answered, turn by turn.
    pub(super) fn exchanges(&self) -> Result<Vec<(String, String)>> {
        self.told_of(self.store.past()?)
    }

    /// As [`Self::exchanges`], without what was taken back and stayed so: that is no part of what is handed over.
    pub(super) fn lasting_exchanges(&self) -> Result<Vec<(String, String)>> {
        let mut lasting = self.store.past()?;
        let mut taken_back = Vec::new();
        // From the last: what takes something back may have been taken back itself.
        for row in lasting.iter().rev().filter(|row| row.outcome() == Some(Outcome::Done)) {
            if !taken_back.contains(&row.number) {
                taken_back.extend(row.undoes);
            }
        }
        lasting.retain(|row| !taken_back.contains(&row.number));
        self.told_of(lasting)
    }

    fn told_of(&self, past: Vec<TurnRow>) -> Result<Vec<(String, String)>> {
        let past = past.into_iter().filter(|row| row.undoes.is_none() && row.attempts > 0);
        past.map(|row| Ok((row.said, self.store.last_answer(row.number)?.unwrap_or_default()))).collect()
    }

    /// Keeps a line of the runner's for the transcript.
    pub(super) fn keep_line(&self, number: i64, bytes: &[u8]) -> Result<()> {
        let line = String::from_utf8_lossy(bytes);
        // The runner removes it as well; a sandbox is not to be trusted with that.
        let line = line.replace(&self.known()?.token, "[removed]");
        if line.len() <= LONGEST_LINE {
            self.store.transcripts.keep(number, &line)
        } else {
            self.store.transcripts.keep(number, &serde_json::json!({ "leftOutBytes": line.len() }).to_string())
        }
    }

    /// Moves the transcripts of turns that are over to the bucket.
    pub async fn write_transcripts(&self) -> Result<()> {
        for turn in self.store.transcripts.unwritten()? {
            let (text, last) = self.store.transcripts.of(turn)?;
            bucket::keep_transcript(&self.env, &self.known()?.begin.id, turn, text).await?;
            self.store.transcripts.forget(turn, last)?;
        }
        Ok(())
    }
}

fn told(changed: &[Changed]) -> Vec<String> {
    let mut told: Vec<String> = changed.iter().take(NAMED).map(|file| describe(&file.path)).collect();
    if changed.len() > NAMED {
        told.push(format!("{} more", changed.len() - NAMED));
    }
    told
}
