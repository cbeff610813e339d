//! A session's life as a state machine: which states there are, what leads from one to another, and what a person reads while
//! they wait.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sessions of one person that may go on at once.
pub const MOST_OF_PERSON: i64 = 3;
/// Sessions of one organization that may go on at once.
pub const MOST_OF_ORGANIZATION: i64 = 10;

/// How a session is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(rename = "SessionStatus")]
pub enum Status {
    /// Its sandbox is being made ready.
    Starting,
    /// People can talk in it.
    Running,
    /// Its work is being handed over, or thrown away.
    Stopping,
    /// It ended as somebody wished.
    Completed,
    /// It ended because something broke.
    Errored,
    /// It ended because its time was over.
    TimedOut,
}

/// What became of a session's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(rename = "SessionOutcome")]
pub enum Outcome {
    /// A pull request.
    PrCreated,
    /// It was merged into the main branch.
    CommittedToMain,
    /// It was thrown away.
    Discarded,
}

/// What happens to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The sandbox is there and the preview was asked for.
    Ready,
    /// Somebody ends it: with a pull request, a merge, or by discarding it.
    End,
    /// What was wished at the end is done.
    Ended,
    /// What was wished at the end was refused, by the forge or by a rule; the session goes on where it was: with people
    /// talking in it, or with what was still to be made ready.
    NotEnded {
        /// Whether it had been made ready before.
        was_ready: bool,
    },
    /// Something broke for good.
    Broke,
    /// Its time is over.
    TimeOver,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Starting, Self::Running, Self::Stopping, Self::Completed, Self::Errored, Self::TimedOut];

    /// On the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "STARTING",
            Self::Running => "RUNNING",
            Self::Stopping => "STOPPING",
            Self::Completed => "COMPLETED",
            Self::Errored => "ERRORED",
            Self::TimedOut => "TIMED_OUT",
        }
    }

    /// Reads it; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether it has come to its end, from which nothing leads back.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Errored | Self::TimedOut)
    }

    /// What follows from an event; `None` when it cannot happen now, and so changes nothing.
    pub fn after(self, event: Event) -> Option<Self> {
        match (self, event) {
            (Self::Starting, Event::Ready) | (Self::Stopping, Event::NotEnded { was_ready: true }) => {
                Some(Self::Running)
            }
            (Self::Stopping, Event::NotEnded { was_ready: false }) => Some(Self::Starting),
            (Self::Starting | Self::Running, Event::End) => Some(Self::Stopping),
            (Self::Stopping, Event::Ended) => Some(Self::Completed),
            (Self::Starting | Self::Running | Self::Stopping, Event::Broke) => Some(Self::Errored),
            // What is being handed over is not cut off by the clock.
            (Self::Starting | Self::Running, Event::TimeOver) => Some(Self::TimedOut),
            _ => None,
        }
    }
}

impl TryFrom<String> for Status {
    type Error = ();

    fn try_from(text: String) -> Result<Self, ()> {
        Self::parse(&text).ok_or(())
    }
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::PrCreated, Self::CommittedToMain, Self::Discarded];

    /// On the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PrCreated => "PR_CREATED",
            Self::CommittedToMain => "COMMITTED_TO_MAIN",
            Self::Discarded => "DISCARDED",
        }
    }

    /// Reads it; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

impl TryFrom<String> for Outcome {
    type Error = ();

    fn try_from(text: String) -> Result<Self, ()> {
        Self::parse(&text).ok_or(())
    }
}

/// What is being done before people can talk, in the order in which it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "SessionPhase")]
pub enum Phase {
    /// A sandbox is being made from the project's template.
    Sandbox,
    /// The repository is being fetched into it, and a branch made.
    Repository,
    /// Databases and the like are being started.
    Services,
    /// The project's own commands run.
    Startup,
    /// The preview is asked for until it answers.
    Preview,
}

impl Phase {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::Sandbox, Self::Repository, Self::Services, Self::Startup, Self::Preview];

    /// On the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Repository => "repository",
            Self::Services => "services",
            Self::Startup => "startup",
            Self::Preview => "preview",
        }
    }

    /// Reads it; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == text)
    }

    /// What is being done, for the person who waits.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Sandbox => "Preparing a private workspace",
            Self::Repository => "Getting a fresh copy of the project",
            Self::Services => "Starting what the project needs",
            Self::Startup => "Starting the project",
            Self::Preview => "Opening the preview",
        }
    }
}

/// How long something usually takes, from how long it took before: the middle of the last few, in milliseconds. `None` when
/// it has not been done often enough to say.
pub fn usual(mut took: Vec<i64>) -> Option<i64> {
    if took.len() < 3 {
        return None;
    }
    took.sort_unstable();
    took.get(took.len() / 2).copied()
}

/// A wait as people say it: `about 20 seconds`, `about 3 minutes`.
pub fn about(ms: i64) -> String {
    let seconds = (ms.max(0) + 999) / 1000;
    match seconds {
        0..=4 => "a few seconds".to_owned(),
        5..=57 => format!("about {} seconds", (seconds + 4) / 5 * 5),
        58..=89 => "about a minute".to_owned(),
        _ => format!("about {} minutes", (seconds + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: Event = Event::NotEnded { was_ready: true };
    const REFUSED_EARLY: Event = Event::NotEnded { was_ready: false };
    const EVENTS: [Event; 7] =
        [Event::Ready, Event::End, Event::Ended, REFUSED, REFUSED_EARLY, Event::Broke, Event::TimeOver];

    #[test]
    fn every_change_of_state() {
        use Status::{Completed, Errored, Running, Starting, Stopping, TimedOut};
        let mut changes = Vec::new();
        for status in Status::ALL {
            for event in EVENTS {
                if let Some(next) = status.after(event) {
                    changes.push((status, event, next));
                }
            }
        }
        assert_eq!(
            changes,
            [
                (Starting, Event::Ready, Running),
                (Starting, Event::End, Stopping),
                (Starting, Event::Broke, Errored),
                (Starting, Event::TimeOver, TimedOut),
                (Running, Event::End, Stopping),
                (Running, Event::Broke, Errored),
                (Running, Event::TimeOver, TimedOut),
                (Stopping, Event::Ended, Completed),
                (Stopping, REFUSED, Running),
                (Stopping, REFUSED_EARLY, Starting),
                (Stopping, Event::Broke, Errored),
            ]
        );
    }

    #[test]
    fn an_end_that_is_refused_leads_back_to_where_it_came_from() {
        for (status, refused) in [(Status::Starting, REFUSED_EARLY), (Status::Running, REFUSED)] {
            assert_eq!(status.after(Event::End).and_then(|stopping| stopping.after(refused)), Some(status));
        }
        // Whatever is still missing is made ready then.
        assert_eq!(Status::Starting.after(Event::Ready), Some(Status::Running));
    }

    #[test]
    fn nothing_leads_back_from_an_end() {
        for status in Status::ALL {
            assert_eq!(status.is_over(), EVENTS.iter().all(|event| status.after(*event).is_none()), "{status:?}");
            assert_eq!(Status::parse(status.as_str()), Some(status));
        }
    }

    #[test]
    fn waits_in_words() {
        assert_eq!(usual(vec![1, 2]), None);
        assert_eq!(usual(vec![9000, 1000, 4000]), Some(4000));
        for (ms, words) in [
            (0, "a few seconds"),
            (4200, "about 5 seconds"),
            (21_000, "about 25 seconds"),
            (60_000, "about a minute"),
            (150_000, "about 3 minutes"),
        ] {
            assert_eq!(about(ms), words, "{ms}");
        }
    }
}
