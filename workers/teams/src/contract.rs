//! What this worker takes and gives as JSON.

pub use crate::reseal::Resealed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use vetka_domain::team::view::View;

/// What somebody is in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "OrganizationRole")]
pub enum Role {
    /// Decides what the organization is, who is in it, and what goes into a main branch.
    Admin,
    /// Works in sessions.
    Member,
}

/// An organization, as somebody sees it who is in it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// Opaque.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What stands for it in addresses that people read.
    pub slug: String,
    /// What whoever asks is in it.
    pub role: Role,
    /// How many people are in it.
    pub member_count: i64,
    /// What it may spend a calendar month, in dollars; null when only sessions have a limit.
    pub monthly_budget_usd: Option<f64>,
    /// RFC 3339 in UTC.
    pub created_at: String,
}

/// The organizations that somebody is in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Organizations {
    /// By name.
    pub organizations: Vec<Organization>,
}

/// What an organization is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOrganization {
    /// From 1 to 60 characters.
    #[schemars(length(max = 300))]
    pub name: String,
}

/// What is to be otherwise about an organization. What is left out stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrganizationChange {
    /// From 1 to 60 characters.
    pub name: Option<String>,
    /// Dollars a calendar month; null takes the limit away.
    #[serde(default, deserialize_with = "given")]
    pub monthly_budget_usd: Option<Option<f64>>,
}

/// Somebody in an organization, as its admins see them.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Opaque.
    pub user_id: String,
    /// What they call themselves; empty when they have not said.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What they are.
    pub role: Role,
    /// Since when, RFC 3339 in UTC.
    pub joined_at: String,
}

/// Who is in an organization.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Members {
    /// In the order in which they came.
    pub members: Vec<Member>,
}

/// What somebody is to be in an organization.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberRole {
    /// Who, of those who are in it.
    pub user_id: String,
    /// What.
    pub role: Role,
}

/// Somebody in an organization.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberName {
    /// Who.
    pub user_id: String,
}

/// Who is to be invited, and as what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewInvite {
    /// Only whoever has proven this address can accept it, and it is mailed there; without it, whoever has the link.
    pub email: Option<String>,
    /// What they are going to be.
    pub role: Role,
}

/// An invite that nobody has accepted yet.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invite {
    /// Opaque.
    pub id: String,
    /// Whom it is for; null: whoever has the link.
    pub email: Option<String>,
    /// What they are going to be.
    pub role: Role,
    /// RFC 3339 in UTC.
    pub expires_at: String,
    /// RFC 3339 in UTC.
    pub created_at: String,
}

/// An invite that was just made.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MadeInvite {
    /// It.
    #[serde(flatten)]
    pub invite: Invite,
    /// The link to come in by. It is told here and never again.
    pub url: String,
    /// Whether the mail with it was taken; null when there was none to send.
    pub mailed: Option<bool>,
}

/// The invites of an organization.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Invites {
    /// The newest first.
    pub invites: Vec<Invite>,
}

/// A key for the model, of whoever pays for it.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiKey {
    /// As Anthropic's console shows it.
    pub api_key: String,
}

/// Whether there is a key.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyStatus {
    /// Nothing more is ever told of it.
    pub is_set: bool,
}

/// Whether GitHub is connected.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GithubStatus {
    /// Whether we may work on repositories there.
    pub connected: bool,
    /// What they are called there.
    pub login: Option<String>,
}

/// A repository that somebody can work on.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Repository {
    /// `owner/name`.
    pub full_name: String,
    /// What it is about, in its owner's words.
    pub description: Option<String>,
    /// Whether only some can see it.
    pub private: bool,
    /// The branch that everything ends in.
    pub default_branch: String,
    /// Its page.
    pub url: String,
    /// Whether they may push to it.
    pub can_push: bool,
    /// RFC 3339 in UTC.
    pub pushed_at: Option<String>,
}

/// A part of somebody's repositories.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Repositories {
    /// Those that were pushed to last come first.
    pub repositories: Vec<Repository>,
    /// Goes into `?cursor=` of the next request; null is the end.
    pub next_cursor: Option<String>,
}

/// What a project is to be. Only the repository must be said.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewProject {
    /// `owner/name` at GitHub, which whoever asks may push to.
    pub repository: String,
    /// The rest, as when a project is changed.
    #[serde(flatten)]
    pub settings: ProjectChange,
}

/// What is to be otherwise about a project. What is left out stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProjectChange {
    /// What people call it.
    pub name: Option<String>,
    /// The branch that everything ends in.
    pub default_branch: Option<String>,
    /// Run one after another when a session starts.
    pub startup_commands: Option<Vec<String>>,
    /// `postgresql`, `redis`.
    pub required_services: Option<Vec<String>>,
    /// Which files may change, as patterns; none: all of them.
    pub allowed_file_patterns: Option<Vec<String>>,
    /// Where the preview answers.
    pub preview_port: Option<i64>,
    /// What its developers tell the agent.
    pub context_instructions: Option<String>,
    /// Which model works.
    pub model: Option<String>,
    /// Minutes.
    pub max_session_duration_min: Option<i64>,
    /// Dollars that a session may cost.
    pub max_budget_usd: Option<f64>,
    /// All of its environment variables, in place of those before. They are never told again; null keeps what one has.
    pub env_vars: Option<BTreeMap<String, Option<String>>>,
}

/// A project.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// Opaque.
    pub id: String,
    /// Whose it is.
    pub org_id: String,
    /// What people call it.
    pub name: String,
    /// `owner/name` at GitHub.
    pub github_repo_full_name: String,
    /// Its page there.
    pub github_repo_url: String,
    /// The branch that everything ends in.
    pub default_branch: String,
    /// Run one after another when a session starts.
    pub startup_commands: Vec<String>,
    /// `postgresql`, `redis`.
    pub required_services: Vec<String>,
    /// Which files may change, as patterns; none: all of them.
    pub allowed_file_patterns: Vec<String>,
    /// Where the preview answers.
    pub preview_port: i64,
    /// What its developers tell the agent.
    pub context_instructions: String,
    /// Which model works.
    pub model: String,
    /// The names of its environment variables.
    pub env_var_names: Vec<String>,
    /// How far the template of its sandboxes is.
    #[schemars(extend("enum" = ["PENDING", "BUILDING", "READY", "FAILED"]))]
    pub template_status: &'static str,
    /// Minutes.
    pub max_session_duration_min: i64,
    /// Dollars that a session may cost.
    pub max_budget_usd: f64,
    /// RFC 3339 in UTC.
    pub created_at: String,
}

/// What an organization works on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Projects {
    /// By age.
    pub projects: Vec<Project>,
}

/// Somebody of an organization, as the others in it know them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "SessionPerson")]
pub struct Person {
    /// Opaque.
    pub id: String,
    /// What they are called.
    pub name: String,
}

/// A session, in which an agent changes a project's repository.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WorkSession")]
pub struct Session {
    /// Opaque.
    pub id: String,
    /// Whose it is.
    pub org_id: String,
    /// What it works on.
    pub project_id: String,
    /// What people call that.
    pub project_name: String,
    /// The first thing that was asked for; empty until something was.
    pub title: String,
    /// Where its commits are.
    pub branch_name: String,
    /// How it is doing.
    #[schemars(extend("enum" = ["STARTING", "RUNNING", "STOPPING", "COMPLETED", "ERRORED", "TIMED_OUT"]))]
    pub status: &'static str,
    /// What became of its work.
    #[schemars(extend("enum" = ["PR_CREATED", "COMMITTED_TO_MAIN", "DISCARDED", null]))]
    pub outcome: Option<&'static str>,
    /// The pull request's page.
    pub pr_url: Option<String>,
    /// What was merged.
    pub commit_sha: Option<String>,
    /// Who started it; null when they are not here any more.
    pub started_by: Option<Person>,
    /// Of the model, read.
    pub total_tokens_in: i64,
    /// Of the model, written.
    pub total_tokens_out: i64,
    /// Dollars.
    pub total_cost_usd: f64,
    /// RFC 3339 in UTC.
    pub started_at: String,
    /// RFC 3339 in UTC; null while it goes on.
    pub ended_at: Option<String>,
}

/// A part of an organization's sessions.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WorkSessions")]
pub struct Sessions {
    /// The newest first.
    pub sessions: Vec<Session>,
    /// Goes into `?cursor=` of the next request; null is the end.
    pub next_cursor: Option<String>,
}

/// The sessions that a project has at this moment.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ActiveWorkSessions")]
pub struct ActiveSessions {
    /// The newest first.
    pub sessions: Vec<Session>,
}

/// What to work on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "NewWorkSession")]
pub struct NewSession {
    /// Which project.
    pub project_id: String,
}

/// A part of what was said in a session.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionMessages {
    /// Frames of the kinds `chat_message` and `receipt`, oldest first.
    #[schemars(with = "Vec<vetka_domain::team::frame::Body>")]
    pub messages: Vec<serde_json::Value>,
    /// Goes into `?cursor=` of the next request; null is the end.
    pub next_cursor: Option<String>,
}

/// What a session would hand over.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SessionChanges {
    /// How many files.
    pub count: usize,
    /// Which.
    pub files: Vec<ChangedFile>,
    /// Those among them that may not change.
    pub outside: Vec<OutsideFile>,
    /// What its pages looked like before the session and look like now: those that a pull request can show.
    pub views: Vec<View>,
}

/// A file that a session changes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangedFile {
    /// `a page (index.html)`.
    pub what: String,
    /// `added`, `changed` or `removed`.
    pub change: &'static str,
}

/// A file that a session may not change.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OutsideFile {
    /// `a settings file (package.json)`.
    pub what: String,
    /// Why, for a person.
    pub why: &'static str,
}

/// How a pull request is to be made.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PullRequestWish {
    /// Its title; without one it is made from what was said.
    pub title: Option<String>,
    /// Its text, in Markdown; without one it is made from what was said.
    pub description: Option<String>,
    /// Take files back first that may not change.
    pub leave_outside: bool,
    /// Show pictures of the pages before and after. From then on everybody can see them who has their address, as GitHub
    /// and whoever reads the pull request must.
    pub pictures: bool,
}

/// How changes are to go into the main branch.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CommitWish {
    /// The commit's message; without one it is made from what was said.
    pub message: Option<String>,
    /// Take files back first that may not change.
    pub leave_outside: bool,
}

/// That changes are to be thrown away.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscardWish {
    /// The word `discard`.
    pub confirm: String,
}

/// Which turn is to be taken back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoWish {
    /// Its number.
    pub turn: i64,
}

/// A turn is being taken back.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UndoBegun {
    /// Its number.
    pub turn: i64,
}

/// Where a preview is seen.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PreviewAddress {
    /// Leads into the preview once, within a minute.
    pub url: String,
}

/// How far the template of a project's sandboxes is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateStatus {
    /// `PENDING`: nobody has built it, or what it needs has changed since.
    #[schemars(extend("enum" = ["PENDING", "BUILDING", "READY", "FAILED"]))]
    pub status: &'static str,
    /// What that means, and what to do next.
    pub message: String,
    /// What the last build did, the first of it first.
    pub log: Vec<TemplateLine>,
    /// When the last build began, RFC 3339 in UTC.
    pub started_at: Option<String>,
    /// How long builds usually take: `about 2 minutes`; null until there were some.
    pub usual: Option<String>,
}

/// Something that a build did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TemplateLine {
    /// When it began with it, RFC 3339 in UTC.
    pub at: String,
    /// What it was.
    pub text: String,
}

/// Something was done.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Done {
    /// True.
    pub ok: bool,
}

/// A field that was given, be it null: absent stays `None`.
fn given<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}
