//! What calls of the model cost: set aside before, exact after. The proxy asks; nobody else can say what a call was.

use super::{Object, record, work::gone};
use serde::{Deserialize, Serialize};
use vetka_domain::team::{
    ledger::{Refused, Reservation},
    money::MicroUsd,
    session::Status,
    usage::Usage,
};
use vetka_edge::{Error, Result, error, hash, time};

/// The organization may not spend more this month.
pub const MONTH_OVER: &str = "Your team’s budget for this month is used up, so the agent had to stop. What was done so far is kept. Ask an admin to raise it in the team’s settings.";

/// What may be asked before a call.
#[derive(Debug, Deserialize)]
pub struct Reserve {
    /// The sandbox's token.
    pub token: String,
    /// The most that the call may cost, in micro-dollars.
    pub micro: u64,
}

/// What comes of it.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reserved {
    /// The number that comes back with the exact sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation: Option<u64>,
    /// `budget`, `too_many` or `over`, when the call must not be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<&'static str>,
    left_micro: u64,
}

/// What is said after a call.
#[derive(Debug, Deserialize)]
pub struct Settle {
    /// Which.
    pub reservation: u64,
    /// Exactly what it cost; `None` when it failed before a token was counted.
    pub micro: Option<u64>,
    /// What it used.
    #[serde(default)]
    pub usage: Usage,
}

/// Which proxy may do what.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Who {
    user_id: String,
    organization_id: String,
    project_id: String,
    repository: String,
    branch: String,
    models: Vec<String>,
}

impl Object {
    /// Who shows this token.
    ///
    /// # Errors
    /// 401 when it is not this session's, or the session is over.
    pub fn who(&self, token: &str) -> Result<Who> {
        let memory = self.memory()?.ok_or_else(error::unauthorized)?;
        // Hashes: how long it takes to compare them tells nothing of the token.
        let is_right = hash::sha256_hex(memory.token.as_bytes()) == hash::sha256_hex(token.as_bytes());
        if !is_right || memory.status.is_over() {
            return Err(Error::new(401, "unauthorized", "This session is over."));
        }
        Ok(Who {
            branch: self.branch()?.name().to_owned(),
            user_id: memory.begin.person.id,
            organization_id: memory.begin.organization_id,
            project_id: memory.begin.project_id,
            repository: memory.begin.project.repository,
            models: vec![memory.begin.project.model],
        })
    }

    /// Sets aside what a call may cost.
    ///
    /// # Errors
    /// 401 as [`Object::who`].
    pub async fn reserve(&self, asked: &Reserve) -> Result<Reserved> {
        self.who(&asked.token)?;
        let at_work = self.store.at_work()?.filter(|turn| !turn.is_saving() && !turn.is_stopping());
        let at_work = at_work.map(|turn| turn.state()).transpose()?.is_some_and(|turn| !turn.is_given_up());
        let memory = self.known()?;
        if memory.status != Status::Running || !at_work || self.must_stop() {
            // What runs in the sandbox beside the agent's turns has nothing to ask of a model.
            return Ok(refused("over", memory.ledger.left()));
        }
        let reserved = self.change(|memory| memory.ledger.reserve(MicroUsd::new(asked.micro), time::now_ms()))?;
        let reservation = match reserved {
            Ok(reservation) => reservation,
            Err(Refused::WouldPass { left, .. }) => return Ok(refused("budget", left)),
            Err(Refused::TooMany) => return Ok(refused("too_many", memory.ledger.left())),
        };
        if !record::hold(self).await? {
            self.change(|memory| {
                memory.ledger.release(reservation);
                memory.month_is_over = true;
            })?;
            return Ok(refused("budget", MicroUsd::ZERO));
        }
        let left_micro = self.known()?.ledger.left().get();
        Ok(Reserved { reservation: Some(reservation.0), refused: None, left_micro })
    }

    /// Puts the exact sum in the place of what was set aside. Said twice it counts once.
    pub async fn settle(&self, settle: &Settle) -> Result<()> {
        let reservation = Reservation(settle.reservation);
        let exact = MicroUsd::new(settle.micro.unwrap_or_default());
        let is_new = self.change(|memory| {
            let open = memory.ledger.settle(reservation, exact);
            if open && settle.micro.is_some() {
                memory.tokens_in = memory.tokens_in.saturating_add(settle.usage.prompt());
                memory.tokens_out = memory.tokens_out.saturating_add(settle.usage.output);
                memory.is_told = false;
            }
            open
        })?;
        if is_new {
            self.show_passing(&self.cost()?);
            record::hold(self).await?;
        }
        Ok(())
    }

    /// An error for whoever would go on with what is over.
    pub(super) fn require_open(&self) -> Result<()> {
        if self.known()?.status.is_over() { Err(gone()) } else { Ok(()) }
    }
}

fn refused(why: &'static str, left: MicroUsd) -> Reserved {
    Reserved { reservation: None, refused: Some(why), left_micro: left.get() }
}
