//! Handing a session's work over at GitHub, or throwing it away. Each of these may be asked for again: an answer that was
//! lost on the way costs nothing, and nothing is done twice.
//!
//! Nothing is handed over that the project's settings do not allow: the files are looked at here, each time, and what is
//! merged is the commit that was looked at.

use crate::{
    github::{Client, Merge},
    project::Project,
};
use core::result::Result;
use std::time::Duration;
use vetka_domain::team::{
    branch::{self, Branch, Exchange},
    files::{self, Outside, Patterns, Verdict},
    forge::{Comparison, Failure, Method, PullRequest},
};
use worker::Delay;

/// How often a merge is tried again when the main branch moved under it, or GitHub still finds out whether it can be.
const TRIES: usize = 4;
const BETWEEN_TRIES: Duration = Duration::from_millis(1500);

/// What was found on a session's branch.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The commit that this is true of.
    pub head: String,
    /// What it has that the main branch has not.
    pub comparison: Comparison,
    /// The files that may not change.
    pub outside: Vec<Outside>,
}

/// What a person wants to be written at a pull request; what is left out is made from the conversation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish<'a> {
    /// One line.
    pub title: Option<&'a str>,
    /// Markdown.
    pub description: Option<&'a str>,
    /// Markdown of ours that comes after it.
    pub pictures: &'a str,
}

/// A pull request that is there.
#[derive(Debug, Clone)]
pub struct PrMade {
    /// Its page.
    pub url: String,
}

/// A merge that was done.
#[derive(Debug, Clone)]
pub struct Committed {
    /// The commit in the main branch.
    pub sha: String,
    /// The page of the pull request that it went through.
    pub pr_url: String,
}

/// Why nothing was handed over.
#[derive(Debug)]
pub enum Refusal {
    /// GitHub did not do it.
    Forge(Failure),
    /// These files may not change. They can be left out: see `vetka_domain::team::forge::leave_out`.
    Outside(Box<Checked>),
    /// More files than GitHub names, so that nobody can say whether they may change.
    TooMany,
    /// The project's patterns cannot be read; this is what is wrong with them.
    Patterns(String),
    /// GitHub did not merge it; the pull request is there.
    NotMerged(Failure, PrMade),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Forge(failure)
    }
}

/// Looks at what the session's branch changes, and which of that it may.
///
/// # Errors
/// [`Failure::Nothing`] when it changes nothing.
pub async fn check(client: &Client, project: &Project, branch: &Branch) -> Result<Checked, Refusal> {
    let head = client.branch_head(&project.repository, branch.name()).await?.ok_or(Failure::Nothing)?;
    check_at(client, project, head).await
}

async fn check_at(client: &Client, project: &Project, head: String) -> Result<Checked, Refusal> {
    let compared = client.compare(&project.repository, &project.default_branch, &head).await;
    // The repository and the head were just seen.
    let comparison = compared.map_err(|failure| match failure {
        Failure::Missing => Failure::NoBase,
        failure => failure,
    })?;
    if comparison.ahead_by == 0 {
        return Err(Failure::Nothing.into());
    }
    let patterns = Patterns::parse(project.allowed_file_patterns.iter().map(String::as_str))
        .map_err(|wrong| Refusal::Patterns(wrong.sentence()))?;
    let changes: Vec<_> = comparison.files.iter().map(|file| file.change()).collect();
    match files::check(&patterns, &changes) {
        Verdict::Allowed => Ok(Checked { head, comparison, outside: Vec::new() }),
        Verdict::Outside(outside) => Ok(Checked { head, comparison, outside }),
        Verdict::TooMany => Err(Refusal::TooMany),
    }
}

/// Opens the session's pull request, or finds it and gives it the words that a person chose now: there is never a second one
/// of the same work.
///
/// # Errors
/// Why not.
pub async fn pull_request(
    client: &Client,
    project: &Project,
    branch: &Branch,
    conversation: &[Exchange<'_>],
    wish: Wish<'_>,
) -> Result<PrMade, Refusal> {
    let pull_request = match standing(client, project, branch).await? {
        Standing::Made(pull_request) => pull_request,
        Standing::Open { pull_request, head } => {
            // What was pushed since it was opened is a part of it, and is looked at as well.
            allowed(client, project, head).await?;
            match pull_request {
                Some(pull_request) => {
                    describe(client, project, &pull_request, wish).await?;
                    pull_request
                }
                None => open(client, project, branch, conversation, wish).await?,
            }
        }
    };
    Ok(PrMade::of(&pull_request))
}

/// Brings the session's work into the main branch, through a pull request.
///
/// # Errors
/// Why not.
pub async fn commit_to_main(
    client: &Client,
    project: &Project,
    branch: &Branch,
    conversation: &[Exchange<'_>],
    message: Option<&str>,
) -> Result<Committed, Refusal> {
    let (pull_request, head) = match standing(client, project, branch).await? {
        Standing::Made(PullRequest { merged_as: Some(sha), url, .. }) => return Ok(Committed { sha, pr_url: url }),
        Standing::Made(_) => return Err(Failure::Closed.into()),
        Standing::Open { pull_request, head } => (pull_request, head),
    };
    let checked = allowed(client, project, head).await?;
    let wish = Wish { title: message, ..Wish::default() };
    let pull_request = match pull_request {
        Some(pull_request) => pull_request,
        None => open(client, project, branch, conversation, wish).await?,
    };
    let message = message.and_then(branch::commit_message);
    let message = message.unwrap_or_else(|| branch::pull_request(conversation, &project.name).title);
    match merge(client, project, &pull_request, &checked.head, &message).await {
        Ok(sha) => Ok(Committed { sha, pr_url: pull_request.url }),
        Err(failure) => Err(Refusal::NotMerged(failure, PrMade::of(&pull_request))),
    }
}

/// Throws the session's work away: its branch, and with it an open pull request.
///
/// # Errors
/// [`Refusal::Forge`].
pub async fn discard(client: &Client, project: &Project, branch: &Branch) -> Result<(), Refusal> {
    let done = async {
        if let Some(open) = client.pull_request_of(&project.repository, branch.name()).await?.filter(|pr| pr.is_open) {
            client.close_pull_request(&project.repository, open.number).await?;
        }
        client.delete_branch(&project.repository, branch.name()).await
    };
    match done.await {
        // Nothing can be thrown away in a repository that is gone or cannot be reached any more.
        Err(Failure::Missing) | Ok(()) => Ok(()),
        Err(failure) => Err(failure.into()),
    }
}

/// How far a session's work is at GitHub.
enum Standing {
    /// It has been decided about: merged, or closed.
    Made(PullRequest),
    /// It has not; this is its commit, and its pull request when there is one.
    Open { pull_request: Option<PullRequest>, head: String },
}

async fn standing(client: &Client, project: &Project, branch: &Branch) -> Result<Standing, Refusal> {
    let known = client.pull_request_of(&project.repository, branch.name()).await?;
    let head = client.branch_head(&project.repository, branch.name()).await?;
    match (known, head) {
        // A repository may delete the branch of what was merged. What was merged is no pull request for what came later.
        (Some(pr), None) if pr.merged_as.is_some() => Ok(Standing::Made(pr)),
        (Some(pr), Some(head)) if pr.merged_as.is_some() && pr.head != head => {
            Ok(Standing::Open { pull_request: None, head })
        }
        (Some(pr), Some(_)) if !pr.is_open => Ok(Standing::Made(pr)),
        (_, None) => Err(Failure::Nothing.into()),
        (pull_request, Some(head)) => Ok(Standing::Open { pull_request, head }),
    }
}

/// What the commit changes, when it may.
async fn allowed(client: &Client, project: &Project, head: String) -> Result<Checked, Refusal> {
    let checked = check_at(client, project, head).await?;
    if checked.outside.is_empty() { Ok(checked) } else { Err(Refusal::Outside(Box::new(checked))) }
}

async fn open(
    client: &Client,
    project: &Project,
    branch: &Branch,
    conversation: &[Exchange<'_>],
    wish: Wish<'_>,
) -> Result<PullRequest, Refusal> {
    let mut words = branch::pull_request(conversation, &project.name).wished(wish.title, wish.description);
    words.body.push_str(wish.pictures);
    let (repository, base) = (&project.repository, &project.default_branch);
    match client.create_pull_request(repository, branch.name(), base, &words.title, &words.body).await {
        Ok(pull_request) => Ok(pull_request),
        // Somebody else was faster, or the answer was lost on the way.
        Err(failure @ (Failure::AlreadyThere | Failure::Unavailable(_))) => {
            let found = client.pull_request_of(repository, branch.name()).await?;
            Ok(found.filter(|pull_request| pull_request.is_open).ok_or(failure)?)
        }
        // They may look but not write: GitHub says the same as if nothing were there.
        Err(Failure::Missing) => Err(Failure::NotAllowed.into()),
        Err(failure) => Err(failure.into()),
    }
}

/// Writes what somebody chose at a pull request that is there. What they say nothing of stays as it is: others may have
/// written it at GitHub.
async fn describe(client: &Client, project: &Project, there: &PullRequest, wish: Wish<'_>) -> Result<(), Refusal> {
    let nothing = branch::PullRequest { title: String::new(), body: String::new() };
    let mut words = nothing.wished(wish.title, wish.description);
    if !words.body.is_empty() {
        words.body.push_str(wish.pictures);
    }
    let [title, body] = [&words.title, &words.body].map(|text| Some(text.as_str()).filter(|text| !text.is_empty()));
    if title.is_none() && body.is_none() {
        return Ok(());
    }
    match client.describe_pull_request(&project.repository, there.number, title, body).await {
        Err(Failure::Missing) => Err(Failure::NotAllowed.into()),
        done => Ok(done?),
    }
}

/// Merges, in the first way that the repository allows.
async fn merge(
    client: &Client,
    project: &Project,
    pull_request: &PullRequest,
    head: &str,
    message: &str,
) -> Result<String, Failure> {
    let (title, message) = message.split_once('\n').unwrap_or((message, ""));
    let (title, message) = (format!("{title} (#{})", pull_request.number), message.trim_start());
    let mut methods = Method::ALL.into_iter();
    let mut method = methods.next().unwrap_or(Method::Merge);
    let mut last = Failure::NotMergeable;
    for attempt in 0..TRIES + Method::ALL.len() {
        let wish = Merge { head, title: &title, message, method };
        last = match client.merge(&project.repository, pull_request.number, &wish).await {
            Ok(merged) => return Ok(merged.sha),
            Err(failure) => failure,
        };
        match last {
            Failure::Method => match methods.next() {
                Some(next) => method = next,
                None => return Err(Failure::Method),
            },
            Failure::BaseMoved if attempt < TRIES => Delay::from(BETWEEN_TRIES).await,
            // Merged already, closed, a draft, a conflict, or not found out yet: the pull request itself says which.
            Failure::NotMergeable | Failure::Unavailable(_) => {
                match settled(client, project, pull_request.number, head).await? {
                    Some(sha) => return Ok(sha),
                    None if attempt < TRIES => {}
                    None => return Err(last),
                }
            }
            failure => return Err(failure),
        }
    }
    Err(last)
}

/// The commit that the pull request has become; `None` when it could be merged, or nobody knows yet.
async fn settled(client: &Client, project: &Project, number: u64, head: &str) -> Result<Option<String>, Failure> {
    for _ in 0..TRIES {
        let now = client.pull_request(&project.repository, number).await?;
        if now.merged_as.is_some() {
            return Ok(now.merged_as);
        }
        match now.mergeable {
            _ if !now.is_open => return Err(Failure::Closed),
            _ if now.is_draft => return Err(Failure::Draft),
            _ if now.head != head => return Err(Failure::Moved),
            Some(false) => return Err(Failure::Conflict),
            Some(true) => return Ok(None),
            None => Delay::from(BETWEEN_TRIES).await,
        }
    }
    Ok(None)
}

impl PrMade {
    fn of(pull_request: &PullRequest) -> Self {
        Self { url: pull_request.url.clone() }
    }
}

impl Refusal {
    /// Stands for it in an answer of ours: the status, and the code for programs.
    pub fn code(&self) -> (u16, &'static str) {
        match self {
            Self::Forge(failure) | Self::NotMerged(failure, _) => failure.code(),
            Self::Outside(_) => (409, "outside_files"),
            Self::TooMany => (409, "too_many_files"),
            Self::Patterns(_) => (409, "invalid_patterns"),
        }
    }

    /// The refusal as an answer of ours has it: status, code and words.
    pub fn told(&self) -> (u16, &'static str, String) {
        let (status, code) = self.code();
        (status, code, self.sentence())
    }

    /// The page of the pull request that is there nevertheless.
    pub fn pull_request(&self) -> Option<&str> {
        match self {
            Self::NotMerged(_, made) => Some(&made.url),
            _ => None,
        }
    }

    /// The cause for the log, when the same may go well in a moment.
    ///
    /// # Errors
    /// The refusal, when it is one.
    pub fn into_passing(self) -> Result<String, Self> {
        match self {
            Self::Forge(Failure::Unavailable(cause)) | Self::NotMerged(Failure::Unavailable(cause), _) => Ok(cause),
            refusal => Err(refusal),
        }
    }

    /// What the person reads.
    pub fn sentence(&self) -> String {
        match self {
            Self::Forge(failure) => failure.sentence(),
            Self::NotMerged(failure, _) => {
                format!("{} The pull request is there, and can be merged at GitHub.", failure.sentence())
            }
            Self::Outside(checked) => files::refusal(&checked.outside),
            Self::TooMany => {
                "This session changes 300 files or more, too many to check. Ask the agent to take some back, and hand the rest over in another session.".to_owned()
            }
            Self::Patterns(problem) => {
                format!("{problem} Ask an admin to set the project’s files right in its settings.")
            }
        }
    }
}
