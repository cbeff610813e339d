//! What this worker takes and gives as JSON.

pub use crate::reseal::Resealed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// All of its environment variables, in place of those before. They are never told again.
    pub env_vars: Option<BTreeMap<String, String>>,
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
