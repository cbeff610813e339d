//! Projects as the database has them.

use crate::{ask::Ask, contract, secrets, template};
use std::collections::BTreeMap;
use vetka_domain::team::project::{
    MAX_PROJECTS, MODEL, PREVIEW_PORT, Repository, SESSION_BUDGET, SESSION_MINUTES, Service, TemplateStatus, dollars,
};
use vetka_edge::{Error, Result, auth, d1, error, id, time};
use worker::Env;

const INSERT: &str = "INSERT INTO project (id, organization_id, name, repository, repository_url, default_branch,
    startup_commands, required_services, allowed_file_patterns, preview_port, context_instructions, model,
    max_session_duration_min, max_budget, created_by, created_at, updated_at)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?16
    WHERE (SELECT count(*) FROM project WHERE organization_id = ?2) < ?17 RETURNING id";
const SELECT: &str = "SELECT id, organization_id, name, repository, repository_url, default_branch, startup_commands,
    required_services, allowed_file_patterns, preview_port, context_instructions, model, max_session_duration_min,
    max_budget, CASE WHEN template_edition = '' THEN template_status ELSE 'READY' END AS template_status, created_at
    FROM project WHERE id = ?1 AND organization_id = ?2";
const SELECT_ALL: &str =
    "SELECT id, organization_id, name, repository, repository_url, default_branch, startup_commands,
    required_services, allowed_file_patterns, preview_port, context_instructions, model, max_session_duration_min,
    max_budget, CASE WHEN template_edition = '' THEN template_status ELSE 'READY' END AS template_status, created_at
    FROM project WHERE organization_id = ?1 ORDER BY created_at, id";
/// When a template would have other packages, it is to be built again.
const UPDATE: &str = "UPDATE project SET name = ?3, default_branch = ?4, startup_commands = ?5, required_services = ?6,
    allowed_file_patterns = ?7, preview_port = ?8, context_instructions = ?9, model = ?10,
    max_session_duration_min = ?11, max_budget = ?12, updated_at = ?13,
    template_status = CASE WHEN template_packages = ?14 THEN template_status ELSE 'PENDING' END,
    template_edition = CASE WHEN template_packages = ?14 THEN template_edition ELSE '' END
    WHERE id = ?1 AND organization_id = ?2";
const DELETE: &str = "DELETE FROM project WHERE id = ?1 AND organization_id = ?2";

/// A project. Everything in it has been checked.
pub struct Project {
    /// Opaque.
    pub id: String,
    /// Whose it is.
    pub organization_id: String,
    /// What people call it.
    pub name: String,
    /// At GitHub.
    pub repository: Repository,
    /// Its page there.
    pub repository_url: String,
    /// The branch that everything ends in.
    pub default_branch: String,
    /// Run one after another when a session starts.
    pub startup_commands: Vec<String>,
    /// What it needs beside its own code.
    pub required_services: Vec<Service>,
    /// Which files may change.
    pub allowed_file_patterns: Vec<String>,
    /// Where the preview answers.
    pub preview_port: i64,
    /// What its developers tell the agent.
    pub context_instructions: String,
    /// Which model works.
    pub model: String,
    /// Minutes.
    pub max_session_duration_min: i64,
    /// Micro-dollars that a session may cost.
    pub max_budget: i64,
    /// How far the template of its sandboxes is. One that is built anew while sessions start from the one before is ready.
    pub template_status: TemplateStatus,
    /// Unix milliseconds UTC.
    pub created_at: i64,
}

impl Project {
    /// One that nothing is said about yet but its repository.
    ///
    /// # Errors
    /// Internal only.
    pub fn new(ask: &Ask, organization_id: &str, repository: Repository, found: &contract::Repository) -> Result<Self> {
        Ok(Self {
            id: id::random()?,
            organization_id: organization_id.to_owned(),
            name: repository.name().to_owned(),
            repository,
            repository_url: found.url.clone(),
            default_branch: found.default_branch.clone(),
            startup_commands: Vec::new(),
            required_services: Vec::new(),
            allowed_file_patterns: Vec::new(),
            preview_port: PREVIEW_PORT,
            context_instructions: String::new(),
            model: MODEL.to_owned(),
            max_session_duration_min: SESSION_MINUTES,
            max_budget: SESSION_BUDGET,
            template_status: TemplateStatus::Pending,
            created_at: ask.now(),
        })
    }

    /// As JSON, with the names of its variables.
    pub fn to_json(&self, variables: &BTreeMap<String, String>) -> contract::Project {
        contract::Project {
            id: self.id.clone(),
            org_id: self.organization_id.clone(),
            name: self.name.clone(),
            github_repo_full_name: self.repository.as_str().to_owned(),
            github_repo_url: self.repository_url.clone(),
            default_branch: self.default_branch.clone(),
            startup_commands: self.startup_commands.clone(),
            required_services: self.services(),
            allowed_file_patterns: self.allowed_file_patterns.clone(),
            preview_port: self.preview_port,
            context_instructions: self.context_instructions.clone(),
            model: self.model.clone(),
            env_var_names: variables.keys().cloned().collect(),
            template_status: self.template_status.as_str(),
            max_session_duration_min: self.max_session_duration_min,
            max_budget_usd: dollars(self.max_budget),
            created_at: time::rfc3339(self.created_at),
        }
    }

    /// Commands, services and patterns as their columns have them.
    fn lists(&self) -> Result<[String; 3]> {
        let list = |texts: &[String]| serde_json::to_string(texts);
        Ok([list(&self.startup_commands)?, list(&self.services())?, list(&self.allowed_file_patterns)?])
    }

    fn services(&self) -> Vec<String> {
        self.required_services.iter().map(|service| service.as_str().to_owned()).collect()
    }
}

/// One of an organization's.
///
/// # Errors
/// 404 when it has none of that id.
pub async fn find(ask: &Ask, organization_id: &str, id: &str) -> Result<Project> {
    at(ask.env(), organization_id, id).await
}

/// As [`find`], for what has no request.
///
/// # Errors
/// As [`find`].
pub async fn at(env: &Env, organization_id: &str, id: &str) -> Result<Project> {
    let row: Option<Row> = d1::first(&env.d1(auth::DB)?, SELECT, [id.into(), organization_id.into()]).await?;
    row.ok_or_else(no_project)?.into_project()
}

fn no_project() -> Error {
    error::not_found("There is no such project in this team.")
}

/// All of an organization's.
pub async fn all(ask: &Ask, organization_id: &str) -> Result<Vec<Project>> {
    let rows: Vec<Row> = d1::all(&ask.db()?, SELECT_ALL, [organization_id.into()]).await?;
    rows.into_iter().map(Row::into_project).collect()
}

/// Keeps a new one, with its variables.
///
/// # Errors
/// 422 `too_many_projects`.
pub async fn insert(ask: &Ask, user_id: &str, project: &Project, variables: &BTreeMap<String, String>) -> Result<()> {
    let db = ask.db()?;
    let [commands, services, patterns] = project.lists()?;
    let values = [
        (&project.id).into(),
        (&project.organization_id).into(),
        (&project.name).into(),
        project.repository.as_str().into(),
        (&project.repository_url).into(),
        (&project.default_branch).into(),
        (&commands).into(),
        (&services).into(),
        (&patterns).into(),
        project.preview_port.into(),
        (&project.context_instructions).into(),
        (&project.model).into(),
        project.max_session_duration_min.into(),
        project.max_budget.into(),
        user_id.into(),
        project.created_at.into(),
        MAX_PROJECTS.into(),
    ];
    let made: Option<Named> = d1::first(&db, INSERT, values).await?;
    if made.is_none() {
        return Err(Error::new(
            422,
            "too_many_projects",
            "This team has 100 projects, and more do not fit. Remove one first.",
        ));
    }
    if variables.is_empty() {
        return Ok(());
    }
    secrets::put_variables(ask.env(), &project.id, variables, ask.now()).await?.run().await?;
    Ok(())
}

/// Keeps what has changed, and the variables when they have.
pub async fn update(ask: &Ask, project: &Project, variables: Option<&BTreeMap<String, String>>) -> Result<()> {
    let db = ask.db()?;
    let [commands, services, patterns] = project.lists()?;
    let packages = template::of(&project.required_services, &project.startup_commands).packages;
    let values = [
        (&project.id).into(),
        (&project.organization_id).into(),
        (&project.name).into(),
        (&project.default_branch).into(),
        (&commands).into(),
        (&services).into(),
        (&patterns).into(),
        project.preview_port.into(),
        (&project.context_instructions).into(),
        (&project.model).into(),
        project.max_session_duration_min.into(),
        project.max_budget.into(),
        ask.now().into(),
        (&packages).into(),
    ];
    let mut statements = vec![d1::prepare(&db, UPDATE, values)?];
    if let Some(variables) = variables {
        statements.push(secrets::put_variables(ask.env(), &project.id, variables, ask.now()).await?);
    }
    d1::batch(&db, statements).await?;
    Ok(())
}

/// Gives it up.
pub async fn delete(ask: &Ask, project: &Project) -> Result<()> {
    d1::run(&ask.db()?, DELETE, [(&project.id).into(), (&project.organization_id).into()]).await
}

#[derive(d1::FromRow)]
struct Row {
    id: String,
    organization_id: String,
    name: String,
    #[column(parse)]
    repository: Repository,
    repository_url: String,
    default_branch: String,
    startup_commands: String,
    required_services: String,
    allowed_file_patterns: String,
    preview_port: i64,
    context_instructions: String,
    model: String,
    max_session_duration_min: i64,
    max_budget: i64,
    #[column(parse)]
    template_status: TemplateStatus,
    created_at: i64,
}

impl Row {
    fn into_project(self) -> Result<Project> {
        let texts = |json: &str| serde_json::from_slice::<Vec<String>>(json.as_bytes());
        Ok(Project {
            startup_commands: texts(&self.startup_commands)?,
            required_services: texts(&self.required_services)?.iter().filter_map(|text| Service::parse(text)).collect(),
            allowed_file_patterns: texts(&self.allowed_file_patterns)?,
            id: self.id,
            organization_id: self.organization_id,
            name: self.name,
            repository: self.repository,
            repository_url: self.repository_url,
            default_branch: self.default_branch,
            preview_port: self.preview_port,
            context_instructions: self.context_instructions,
            model: self.model,
            max_session_duration_min: self.max_session_duration_min,
            max_budget: self.max_budget,
            template_status: self.template_status,
            created_at: self.created_at,
        })
    }
}

#[derive(d1::FromRow)]
struct Named {
    #[column(name = "id")]
    _id: String,
}
