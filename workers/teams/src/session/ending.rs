//! The end that somebody wishes for. The wish is kept before anything is done, so that it is carried out once, whoever
//! restarts meanwhile; and what GitHub does can be asked for again without being done twice.

use super::{
    Object,
    memory::{Ending, Memory, Way},
    work::Setback,
};
use crate::{
    contract::{ChangedFile, OutsideFile, SessionChanges},
    ending::{self, Checked, Wish},
    github::Client,
    project::{self, Project},
};
use futures::channel::oneshot;
use std::{rc::Rc, time::Duration};
use vetka_domain::team::{
    branch::Exchange,
    files::describe,
    forge::leave_out,
    frame::refusal,
    session::{Event, Outcome, Status},
    startup::LOGS,
    view,
};
use vetka_edge::{Error, Result, error, log};

const LEAVE_OUT: Duration = Duration::from_secs(120);

impl Object {
    /// Ends as somebody wishes, and waits for it. What is done is not done again.
    ///
    /// # Errors
    /// Why not, in words; the session goes on then.
    pub async fn end(self: &Rc<Self>, ending: Ending) -> Result<()> {
        let memory = self.known()?;
        if let Some(outcome) = memory.outcome {
            if !is_same(outcome, ending.way) {
                return Err(already(outcome));
            }
            // What is done is done; but a pull request may be given other words.
            if !ending.has_words_for_pull_request() {
                return Ok(());
            }
        }
        match &memory.ending {
            Some(wished) if wished.way != ending.way => {
                return Err(error::conflict(
                    "session_ending",
                    "This session is being handed over already. Wait for that.",
                ));
            }
            Some(_) => {}
            None if memory.status.is_over() && ending.way == Way::Stop => return Ok(()),
            None if memory.status == Status::Starting && ending.way.hands_over() => {
                return Err(error::conflict(
                    "session_starting",
                    "This session is still being made ready, so there is nothing to hand over yet.",
                ));
            }
            None => {
                self.refused.replace(None);
                let way = ending.way;
                self.change(|memory| (memory.ending, memory.attempts) = (Some(ending), 0))?;
                if !memory.status.is_over() {
                    self.follow(Event::End).await?;
                }
                vetka_edge::log::info("session_ending", serde_json::json!({ "way": way }));
            }
        }
        let (tell, told) = oneshot::channel();
        self.waiting.borrow_mut().push(tell);
        self.look_up();
        self.kick()?;
        let _ = told.await;
        match self.refused.borrow().clone() {
            Some((status, code, message)) => Err(Error::new(status, code, message)),
            None => Ok(()),
        }
    }

    /// Carries the wish out.
    pub(super) async fn carry_ending(self: &Rc<Self>) -> core::result::Result<(), Setback> {
        let Some(ending) = self.known()?.ending else { return Ok(()) };
        self.stop_all().await?;
        let done = self.hand_over(&ending).await?;
        match done {
            Ok(done) => {
                self.change(|memory| {
                    memory.ending = None;
                    done.note(memory);
                    memory.is_told = false;
                })?;
                // A session whose time was over stays one; what became of its work is told nevertheless.
                self.follow(Event::Ended).await?;
            }
            Err((status, code, words)) => return Ok(self.refuse_ending(status, code, &words).await?),
        }
        self.tell_waiting();
        Ok(())
    }

    /// It does not end as somebody wished; it goes on.
    pub(super) async fn refuse_ending(&self, status: u16, code: &'static str, words: &str) -> Result<()> {
        let was_ready = self.change(|memory| {
            (memory.ending, memory.attempts) = (None, 0);
            memory.is_ready
        })?;
        // What was interrupted by the wish is taken up again.
        self.follow(Event::NotEnded { was_ready }).await?;
        self.append(&refusal(code, words))?;
        self.refuse_waiting(status, code, words);
        Ok(())
    }

    /// Those who wait for an end that will not be.
    pub(super) fn refuse_waiting(&self, status: u16, code: &'static str, words: &str) {
        self.refused.replace(Some((status, code, words.to_owned())));
        self.tell_waiting();
    }

    fn tell_waiting(&self) {
        for waiting in self.waiting.take() {
            // Whoever has gone meanwhile finds it out later.
            let _ = waiting.send(());
        }
    }

    async fn hand_over(
        &self,
        ending: &Ending,
    ) -> core::result::Result<core::result::Result<Done, (u16, &'static str, String)>, Setback> {
        let memory = self.known()?;
        // Before it was ready nobody had said anything: what lies there is the start's, and no work.
        if ending.way != Way::Discard && memory.is_ready && memory.sandbox.is_some() {
            match self.save_all("Work up to the end of the session").await {
                // What the sandbox cannot give any more is lost either way; what was saved is handed over.
                Ok(()) | Err(Setback::Final(_)) => {}
                Err(setback) => return Err(setback),
            }
        }
        if ending.way == Way::Stop {
            return Ok(Ok(Done::default()));
        }
        let client = match self.client().await {
            Ok(client) => client,
            Err(Setback::Final(words)) => return Ok(Err((409, "github_not_connected", words))),
            Err(setback) => return Err(setback),
        };
        let project = project::at(&self.env, &memory.begin.organization_id, &memory.begin.project_id).await?;
        if ending.leave_outside {
            self.leave_out(&client, &project).await?;
        }
        let exchanges = self.lasting_exchanges()?;
        let exchanges: Vec<Exchange<'_>> =
            exchanges.iter().map(|(asked, answered)| Exchange { asked, answered }).collect();
        let branch = self.branch()?;
        let done = match ending.way {
            Way::PullRequest => {
                let pictures =
                    if ending.with_pictures { self.pictures_for_pull_request().await? } else { String::new() };
                let (title, description) = (ending.title.as_deref(), ending.description.as_deref());
                let wish = Wish { title, description, pictures: &pictures };
                ending::pull_request(&client, &project, &branch, &exchanges, wish).await.map(|made| Done {
                    outcome: Some(Outcome::PrCreated),
                    pr_url: Some(made.url),
                    commit_sha: None,
                })
            }
            Way::MainBranch => {
                let message = ending.title.as_deref();
                ending::commit_to_main(&client, &project, &branch, &exchanges, message).await.map(|made| Done {
                    outcome: Some(Outcome::CommittedToMain),
                    pr_url: Some(made.pr_url),
                    commit_sha: Some(made.sha),
                })
            }
            Way::Discard => ending::discard(&client, &project, &branch)
                .await
                .map(|()| Done { outcome: Some(Outcome::Discarded), ..Done::default() }),
            Way::Stop => Ok(Done::default()),
        };
        match done {
            Ok(done) => Ok(Ok(done)),
            Err(refusal) => match refusal.into_passing() {
                Ok(cause) => Err(Setback::Passing(cause)),
                Err(refusal) => {
                    let pr_url = refusal.pull_request().map(str::to_owned);
                    self.change(|memory| memory.pr_url = pr_url.or(memory.pr_url.take()))?;
                    Ok(Err(refusal.told()))
                }
            },
        }
    }

    /// Has the files that may not change taken back, by a commit.
    async fn leave_out(&self, client: &Client, project: &Project) -> core::result::Result<(), Setback> {
        let branch = self.branch()?;
        let Ok(Checked { comparison, outside, .. }) = ending::check(client, project, &branch).await else {
            // What is wrong is said when it is handed over.
            return Ok(());
        };
        let Some(script) = leave_out(&comparison, &outside, &branch) else { return Ok(()) };
        if self.known()?.sandbox.is_none() {
            return Ok(());
        }
        let sandbox = self.sandbox()?;
        let path = format!("{LOGS}/leave-out.sh");
        sandbox.write_private(&path, script.as_bytes()).await?;
        let command = self.git(&format!("exec bash {path}"))?;
        let ran = sandbox.run(&command, LEAVE_OUT).await?;
        if ran.code != 0 {
            log::error("session", "not_left_out", &format!("ended with {}", ran.code));
        }
        Ok(())
    }

    /// What would be handed over.
    ///
    /// # Errors
    /// Why that cannot be said.
    pub async fn changes(&self) -> Result<SessionChanges> {
        let memory = self.known()?;
        let client = Client::of(&self.env, &memory.begin.person.id, "session").await?;
        let project = project::at(&self.env, &memory.begin.organization_id, &memory.begin.project_id).await?;
        match ending::check(&client, &project, &self.branch()?).await {
            Ok(Checked { comparison, outside, .. }) => Ok(SessionChanges {
                count: comparison.files.len(),
                files: comparison
                    .files
                    .iter()
                    .map(|file| ChangedFile { what: describe(&file.path), change: file.what.word() })
                    .collect(),
                outside: outside
                    .iter()
                    .map(|file| OutsideFile { what: describe(&file.path), why: file.why.reason() })
                    .collect(),
                views: view::for_pull_request(self.store.views()?),
            }),
            Err(refusal) => {
                let (status, code, words) = refusal.told();
                Err(Error::new(status, code, words))
            }
        }
    }
}

/// What became of the work.
#[derive(Default)]
struct Done {
    outcome: Option<Outcome>,
    pr_url: Option<String>,
    commit_sha: Option<String>,
}

impl Done {
    fn note(self, memory: &mut Memory) {
        (memory.outcome, memory.commit_sha) = (self.outcome, self.commit_sha);
        memory.pr_url = self.pr_url.or(memory.pr_url.take());
        if memory.status == Status::Stopping {
            memory.trouble = None;
        }
    }
}

fn is_same(outcome: Outcome, way: Way) -> bool {
    matches!(
        (outcome, way),
        (Outcome::PrCreated, Way::PullRequest)
            | (Outcome::CommittedToMain, Way::MainBranch)
            | (Outcome::Discarded, Way::Discard)
            | (_, Way::Stop)
    )
}

fn already(outcome: Outcome) -> Error {
    let words = match outcome {
        Outcome::PrCreated => "There is a pull request of this session already.",
        Outcome::CommittedToMain => "The changes of this session are in the main branch already.",
        Outcome::Discarded => "The changes of this session were discarded.",
    };
    error::conflict("session_over", words)
}
