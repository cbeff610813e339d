//! Why the forge did not do something.

use super::read::Reply;
use serde::Deserialize;

/// What was asked: the same words mean different things in different places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// To look at something.
    Look,
    /// To make a branch.
    CreateBranch,
    /// To delete one.
    DeleteBranch,
    /// To open a pull request.
    PullRequest,
    /// To merge it.
    Merge,
}

/// What a protected branch still waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// Somebody has to approve it.
    Review,
    /// Checks have to pass.
    Checks,
    /// The branch has to have all of the main branch first.
    UpToDate,
}

/// Why it did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The token is not good any more.
    Revoked,
    /// There is no such thing, or not for them.
    Missing,
    /// They asked too often; so many seconds to wait.
    Later(i64),
    /// They may look, but not do this.
    NotAllowed,
    /// The organization that owns it lets no application in that it has not approved.
    NotApproved,
    /// The organization that owns it wants its own sign-in.
    SignOn,
    /// The repository is read-only for everybody.
    Archived,
    /// The repository has another name now.
    Renamed,
    /// The repository has no commit.
    Empty,
    /// The branch that everything ends in is not there.
    NoBase,
    /// A branch of that name is there, with other commits.
    BranchTaken,
    /// The branch has nothing that the main branch has not.
    Nothing,
    /// There is a pull request of this branch.
    AlreadyThere,
    /// It was closed at the forge, without being merged.
    Closed,
    /// It is a draft.
    Draft,
    /// It cannot be merged; the forge does not say why.
    NotMergeable,
    /// Both have changed the same lines.
    Conflict,
    /// The branch is protected.
    Protected,
    /// A rule keeps the session's branch from being deleted.
    Kept,
    /// The branch is protected until this is there.
    Requires(Requirement),
    /// The repository does not allow this way of merging.
    Method,
    /// The session's branch has other commits than were looked at.
    Moved,
    /// The main branch moved while it was being merged.
    BaseMoved,
    /// It refuses, with its own words.
    Refused(String),
    /// It did not answer, or not so that it can be read. For the log.
    Unavailable(String),
}

impl Failure {
    /// Reads an answer that is no success.
    pub fn of(asked: Asked, reply: &Reply<'_>) -> Self {
        let said = Said::read(reply.body);
        match reply.status {
            401 => Self::Revoked,
            403 | 429 if is_limit(reply, &said) => Self::Later(wait(reply)),
            403 if reply.sso.is_some() || said.has("saml") => Self::SignOn,
            403 if said.has("oauth app access restrictions") => Self::NotApproved,
            403 if said.has("archived") => Self::Archived,
            403 if asked == Asked::DeleteBranch && said.keeps() => Self::Kept,
            403 if said.has("protected branch") => Self::Protected,
            403 => Self::NotAllowed,
            404 | 410 => Self::Missing,
            301 | 302 | 307 | 308 => Self::Renamed,
            409 if said.has("repository is empty") => Self::Empty,
            405 | 409 | 422 => said.refusal(asked, reply.status),
            400..=499 => Self::Refused(said.words()),
            status => Self::Unavailable(format!("status {status}")),
        }
    }

    /// Stands for it in an answer of ours: the status, and the code for programs.
    pub fn code(&self) -> (u16, &'static str) {
        match self {
            Self::Revoked => (409, "github_not_connected"),
            Self::Missing => (404, "not_found"),
            Self::Later(_) => (503, "github_busy"),
            Self::NotAllowed | Self::NotApproved | Self::SignOn => (403, "github_not_allowed"),
            Self::Archived => (409, "repository_archived"),
            Self::Renamed => (409, "repository_renamed"),
            Self::Empty => (409, "repository_empty"),
            Self::NoBase => (409, "main_branch_missing"),
            Self::BranchTaken => (409, "branch_taken"),
            Self::Nothing => (409, "nothing_to_hand_over"),
            Self::AlreadyThere => (409, "pull_request_exists"),
            Self::Closed => (409, "pull_request_closed"),
            Self::Draft => (409, "pull_request_draft"),
            Self::NotMergeable => (409, "not_mergeable"),
            Self::Conflict => (409, "merge_conflict"),
            Self::Protected => (409, "branch_protected"),
            Self::Kept => (409, "branch_kept"),
            Self::Requires(Requirement::Review) => (409, "review_required"),
            Self::Requires(Requirement::Checks) => (409, "checks_required"),
            Self::Requires(Requirement::UpToDate) => (409, "branch_behind"),
            Self::Method => (409, "merging_not_allowed"),
            Self::Moved => (409, "branch_moved"),
            Self::BaseMoved => (409, "main_branch_moved"),
            Self::Refused(_) => (422, "github_refused"),
            Self::Unavailable(_) => (502, "github_unavailable"),
        }
    }

    /// What the person reads: what happened, and what to do next.
    pub fn sentence(&self) -> String {
        match self {
            Self::Later(seconds) => {
                let minutes = (seconds + 59) / 60;
                let wait = if minutes <= 1 { "a minute".to_owned() } else { format!("{minutes} minutes") };
                return format!("GitHub has been asked a lot for you and wants a pause. Try again in {wait}.");
            }
            Self::Refused(words) => return format!("GitHub refuses: {words}"),
            Self::Revoked => "GitHub does not let Vetka in for you any more. Connect your GitHub account again.",
            Self::Missing => "GitHub knows no such repository, or you may not see it there.",
            Self::NotAllowed => "You may see this repository at GitHub but not change it. Ask its owner to let you push.",
            Self::NotApproved => {
                "The organization that owns this repository has not let Vetka in. Ask one of its owners to approve Vetka in the organization’s settings at GitHub, under third-party access."
            }
            Self::SignOn => {
                "The organization that owns this repository wants you to sign in through its own page. Open it at GitHub, sign in there, then connect GitHub here again."
            }
            Self::Archived => {
                "This repository is archived at GitHub, so nothing in it can change. Its owner can unarchive it there."
            }
            Self::Renamed => {
                "This repository has another name or owner at GitHub now. Ask an admin to set it up as a project under its new name."
            }
            Self::Empty => "This repository is empty. Make a first commit in it at GitHub, then try again.",
            Self::NoBase => {
                "The project’s main branch is not at GitHub any more. Ask an admin to choose another one in the project’s settings."
            }
            Self::BranchTaken => "GitHub has another branch of this session’s name already. Start a new session.",
            Self::Nothing => "There is nothing to hand over yet: no change has been made.",
            Self::AlreadyThere => "There is a pull request of this session already. Try again to see it.",
            Self::Closed => {
                "Somebody closed this session’s pull request at GitHub. Reopen it there to go on, or discard the session."
            }
            Self::Draft => "This session’s pull request is a draft. Mark it as ready at GitHub, then try again.",
            Self::NotMergeable => "GitHub says that this cannot be merged now. Look at its pull request there.",
            Self::Conflict => {
                "The main branch has changed in the same places. Ask the agent to bring in the main branch and solve the conflict, then try again."
            }
            Self::Protected => {
                "The main branch is protected at GitHub, so this cannot go into it from here. Make a pull request instead."
            }
            Self::Kept => {
                "A rule at GitHub keeps this session’s branch from being deleted. Whoever looks after the repository can delete it there."
            }
            Self::Requires(Requirement::Review) => {
                "The main branch takes nothing that nobody has approved. Ask somebody to approve the pull request at GitHub."
            }
            Self::Requires(Requirement::Checks) => {
                "The main branch takes nothing before the repository’s checks have passed. Wait until they have, or look at the pull request at GitHub."
            }
            Self::Requires(Requirement::UpToDate) => {
                "The main branch has changes that this session does not have yet. Ask the agent to bring in the main branch, then try again."
            }
            Self::Method => {
                "This repository allows none of the ways in which Vetka merges. Make a pull request and merge it at GitHub."
            }
            Self::Moved => "More was changed in this session meanwhile. Look at the changes again, then try again.",
            Self::BaseMoved => "The main branch was just changed by somebody else. Try again.",
            Self::Unavailable(_) => "GitHub is not answering. Try again in a minute.",
        }
        .to_owned()
    }
}

/// What an error says.
struct Said {
    message: String,
    errors: Vec<Detail>,
    /// All of it in lower case, to look for words in.
    lower: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Detail {
    Text(String),
    Field {
        #[serde(default)]
        field: Option<String>,
        #[serde(default)]
        code: Option<String>,
        #[serde(default)]
        message: Option<String>,
    },
}

impl Detail {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Field { message, .. } => message.as_deref().unwrap_or_default(),
        }
    }

    fn is(&self, wanted: &str, problem: &str) -> bool {
        matches!(self, Self::Field { field, code, .. }
            if field.as_deref() == Some(wanted) && code.as_deref() == Some(problem))
    }
}

impl Said {
    fn read(body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default)]
            message: String,
            #[serde(default)]
            errors: Vec<Detail>,
        }
        let Body { message, errors } = serde_json::from_slice(body)
            // What is there besides may be of any shape.
            .or_else(|_| {
                serde_json::from_slice::<Message>(body).map(|Message { message }| Body { message, errors: vec![] })
            })
            .unwrap_or(Body { message: String::new(), errors: Vec::new() });
        let texts: Vec<&str> = std::iter::once(message.as_str()).chain(errors.iter().map(Detail::text)).collect();
        let lower = texts.join("\n").to_lowercase();
        Self { message, errors, lower }
    }

    fn has(&self, words: &str) -> bool {
        self.lower.contains(words)
    }

    fn is(&self, field: &str, problem: &str) -> bool {
        self.errors.iter().any(|detail| detail.is(field, problem))
    }

    /// Whether a rule stands in the way of deleting something.
    fn keeps(&self) -> bool {
        ["cannot delete", "protected", "rule violations"].iter().any(|words| self.has(words))
    }

    fn refusal(&self, asked: Asked, status: u16) -> Failure {
        match asked {
            Asked::Look => {}
            Asked::CreateBranch if self.has("already exists") => return Failure::BranchTaken,
            Asked::DeleteBranch if self.has("does not exist") => return Failure::Missing,
            Asked::DeleteBranch if self.keeps() => return Failure::Kept,
            Asked::PullRequest if self.has("a pull request already exists") => return Failure::AlreadyThere,
            // The branch is unknown there when nothing was ever pushed.
            Asked::PullRequest if self.has("no commits between") || self.is("head", "invalid") => {
                return Failure::Nothing;
            }
            Asked::PullRequest if self.is("base", "invalid") => return Failure::NoBase,
            Asked::Merge => return self.merge_refusal(status),
            _ => {}
        }
        if self.has("protected branch") { Failure::Protected } else { Failure::Refused(self.words()) }
    }

    fn merge_refusal(&self, status: u16) -> Failure {
        let any = |words: &[&str]| words.iter().any(|word| self.has(word));
        if self.has("base branch was modified") {
            Failure::BaseMoved
        } else if any(&["head branch was modified", "head sha is out of date"]) || (status == 409 && !self.has("base"))
        {
            Failure::Moved
        } else if self.has("draft") {
            Failure::Draft
        } else if any(&["are not allowed on this repository", "can't be rebased", "must not contain merge commits"]) {
            Failure::Method
        } else if any(&["review", "approv", "code owner"]) {
            Failure::Requires(Requirement::Review)
        } else if any(&["status check", "checks", "deployments must succeed"]) {
            Failure::Requires(Requirement::Checks)
        } else if any(&["not up to date", "out of date", "out-of-date"]) {
            Failure::Requires(Requirement::UpToDate)
        } else if self.has("conflict") {
            Failure::Conflict
        } else if self.has("not mergeable") {
            Failure::NotMergeable
        } else if any(&["protected", "not authorized to push", "rule violations", "merge queue"]) {
            Failure::Protected
        } else {
            Failure::Refused(self.words())
        }
    }

    /// Its own words, as a person may read them: some of them, on one line.
    fn words(&self) -> String {
        let detail = self.errors.iter().map(Detail::text).find(|text| !text.trim().is_empty());
        let said = match detail {
            Some(detail) if self.message.is_empty() || self.message == "Validation Failed" => detail,
            _ => &self.message,
        };
        let words: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
        if words.trim().is_empty() { "it does not say why.".to_owned() } else { words }
    }
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

fn is_limit(reply: &Reply<'_>, said: &Said) -> bool {
    reply.status == 429 || reply.retry_after.is_some() || reply.remaining == Some("0") || said.has("rate limit")
}

/// Seconds to wait, an hour at most.
fn wait(reply: &Reply<'_>) -> i64 {
    let number = |text: Option<&str>| text.and_then(|text| text.trim().parse::<i64>().ok());
    let until_reset =
        || number(reply.reset).filter(|_| reply.remaining == Some("0")).map(|at| at.saturating_sub(reply.now / 1000));
    // Where it is not said, GitHub wants a minute at least.
    number(reply.retry_after).or_else(until_reset).unwrap_or(60).clamp(1, 3600)
}

#[cfg(test)]
mod tests;
