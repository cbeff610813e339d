//! What a session must know of itself beside its log and its turns: one value, kept whole with each change.

use serde::{Deserialize, Serialize};
use vetka_domain::team::{
    frame::Person,
    ledger::Ledger,
    money::MicroUsd,
    session::{Outcome, Phase, Status},
    startup::Service,
};

/// What a session is told when it begins.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Begin {
    /// Its id, which is also the name of its object.
    pub id: String,
    /// Whose it is.
    pub organization_id: String,
    /// What it works on.
    pub project_id: String,
    /// Who began it: with their key and their GitHub it works.
    pub person: Person,
    /// The project as it was then. What is a secret is not among it.
    pub project: Setup,
}

/// A project, as far as a session needs it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Setup {
    /// What people call it.
    pub name: String,
    /// `owner/name` at the forge.
    pub repository: String,
    /// The branch that everything ends in.
    pub default_branch: String,
    /// What starts it.
    pub commands: Vec<String>,
    /// What it needs beside its code.
    pub services: Vec<Service>,
    /// Where the preview answers.
    pub port: u16,
    /// Which files may change.
    pub allowed: Vec<String>,
    /// What its developers tell the agent.
    pub context: String,
    /// Which model works.
    pub model: String,
    /// What the session may cost.
    pub budget: MicroUsd,
    /// Minutes that it lasts.
    pub minutes: i64,
    /// What its sandbox is made of.
    pub template_id: String,
}

/// A sandbox that is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// What it is called at e2b.
    pub id: String,
    /// What opens it.
    pub token: String,
    /// What opens the port of the preview.
    #[serde(default)]
    pub traffic: Option<String>,
}

/// How somebody wishes a session to end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ending {
    /// Which way.
    pub way: Way,
    /// Who wishes it.
    pub by: Person,
    /// The pull request's title, or the message in the main branch, when they wrote one.
    #[serde(default)]
    pub title: Option<String>,
    /// The pull request's text, when they wrote one.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether files that may not change are taken back first.
    #[serde(default)]
    pub leave_outside: bool,
    /// Whether the pull request shows pictures of the pages before and after.
    #[serde(default)]
    pub with_pictures: bool,
}

impl Ending {
    /// Without anything that somebody has written.
    pub fn plain(way: Way, by: Person) -> Self {
        Self { way, by, title: None, description: None, leave_outside: false, with_pictures: false }
    }

    /// Whether they wrote something that is to stand at the pull request.
    pub fn has_words_for_pull_request(&self) -> bool {
        self.way == Way::PullRequest && (self.title.is_some() || self.description.is_some())
    }
}

/// The ways to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// With a pull request.
    PullRequest,
    /// In the main branch.
    MainBranch,
    /// Thrown away.
    Discard,
    /// Without anything: the branch stays.
    Stop,
}

impl Way {
    /// Whether others get what was done.
    pub fn hands_over(self) -> bool {
        matches!(self, Self::PullRequest | Self::MainBranch)
    }
}

/// Everything else.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Memory {
    /// What it began with.
    pub begin: Begin,
    /// Its state.
    pub status: Status,
    /// What is done, or was done last, before people can talk.
    pub phase: Phase,
    /// What of it, in words of the project's own start.
    pub step: Option<String>,
    /// Since when, Unix milliseconds UTC.
    pub phase_since: i64,
    /// How often the work at hand was taken up in vain.
    pub attempts: u32,
    /// What the sandbox shows to the proxies.
    pub token: String,
    /// Its sandbox, while there is one.
    pub sandbox: Option<Held>,
    /// Where the branch began.
    pub base: Option<String>,
    /// Where it is in the sandbox.
    pub head: Option<String>,
    /// Where it is at the forge.
    pub pushed: Option<String>,
    /// When its time is over, Unix milliseconds UTC.
    pub ends_at: i64,
    /// It was given more time.
    pub extended: bool,
    /// It was said that the time will be over soon.
    pub warned: bool,
    /// People can talk, or could before it came to its end.
    #[serde(default)]
    pub is_ready: bool,
    /// Something answers where the preview should.
    pub has_preview: bool,
    /// Its money.
    pub ledger: Ledger,
    /// Tokens that the model read.
    pub tokens_in: u64,
    /// Tokens that it wrote.
    pub tokens_out: u64,
    /// What the ledger said when the running turn began.
    pub spent_before_turn: MicroUsd,
    /// A call was refused because the organization's month is used up.
    pub month_is_over: bool,
    /// The agent's conversation, once there is one.
    pub conversation: Option<String>,
    /// What that has cost by the agent's own reckoning.
    pub conversation_total: MicroUsd,
    /// How it is to end.
    pub ending: Option<Ending>,
    /// What became of its work.
    pub outcome: Option<Outcome>,
    /// The pull request's page.
    pub pr_url: Option<String>,
    /// The commit in the main branch.
    pub commit_sha: Option<String>,
    /// Why it broke, for the person.
    pub trouble: Option<String>,
    /// What the database was told last is what is here.
    pub is_told: bool,
}

impl Memory {
    /// Of a session that begins now.
    pub fn new(begin: Begin, token: String, now: i64) -> Self {
        let (budget, minutes) = (begin.project.budget, begin.project.minutes);
        Self {
            begin,
            status: Status::Starting,
            phase: Phase::Sandbox,
            step: None,
            phase_since: now,
            attempts: 0,
            token,
            sandbox: None,
            base: None,
            head: None,
            pushed: None,
            ends_at: now + minutes * 60_000,
            extended: false,
            warned: false,
            is_ready: false,
            has_preview: false,
            ledger: Ledger::new(budget),
            tokens_in: 0,
            tokens_out: 0,
            spent_before_turn: MicroUsd::ZERO,
            month_is_over: false,
            conversation: None,
            conversation_total: MicroUsd::ZERO,
            ending: None,
            outcome: None,
            pr_url: None,
            commit_sha: None,
            trouble: None,
            is_told: true,
        }
    }
}
