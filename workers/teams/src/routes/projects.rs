//! Projects: set up by admins, seen by everybody in the organization.

use super::{done, invalid};
use crate::{
    answer::{self, Answer},
    ask::{Ask, Named, Within},
    contract::{NewProject, ProjectChange, Projects},
    github::Client,
    organization,
    project::{self, Project},
    secrets, start, template,
};
use std::collections::BTreeMap;
use vetka_domain::{
    limit::{FORGE, Subject},
    team::{
        files::Patterns,
        organization::{Name, Right},
        project as rules,
    },
};
use vetka_edge::{
    Result, error,
    limit::{Rule, take},
};

/// `POST /api/v1/orgs/:orgId/projects`.
pub async fn create(ask: Ask, Named(organization): Named, body: Vec<u8>) -> Answer {
    let (viewer, organization) = organization::for_writer(&ask, &organization, Right::ManageProjects).await?;
    let NewProject { repository, settings } = ask.json(&body)?;
    let repository = rules::Repository::parse(&repository)
        .ok_or_else(|| invalid("invalid_repository", "Name the repository as owner/name."))?;
    take(ask.env(), &[Rule(FORGE, Subject::Account(&viewer.user_id))]).await?;
    let client = Client::of(ask.env(), &viewer.user_id, ask.request_id()).await?;
    let found = match client.repository(&repository).await {
        Ok(found) => found,
        Err(failure) => return Err(client.refusal(failure).await.into()),
    };
    if !found.can_push {
        return Err(error::forbidden(
            "repository_read_only",
            "You may see this repository at GitHub but not change it. Ask its owner to let you push.",
        )
        .into());
    }
    // GitHub knows how it is written.
    let repository = rules::Repository::parse(&found.full_name).unwrap_or(repository);
    let mut project = Project::new(&ask, &organization.id, repository, &found)?;
    let variables = change(&mut project, settings, &BTreeMap::new())?.unwrap_or_default();
    project::insert(&ask, &viewer.user_id, &project, &variables).await?;
    answer::json(201, &project.to_json(&variables))
}

/// `GET /api/v1/orgs/:orgId/projects`.
pub async fn list(ask: Ask, Named(organization): Named) -> Answer {
    let (_, organization) = organization::for_reader(&ask, &organization, Right::See).await?;
    let projects = project::all(&ask, &organization.id).await?;
    // The names of the variables are for whoever opens one.
    answer::json(
        200,
        &Projects { projects: projects.iter().map(|project| project.to_json(&BTreeMap::new())).collect() },
    )
}

/// `GET /api/v1/orgs/:orgId/projects/:projectId`.
pub async fn get(ask: Ask, Within(organization, id): Within) -> Answer {
    let (_, organization) = organization::for_reader(&ask, &organization, Right::See).await?;
    let project = project::find(&ask, &organization.id, &id).await?;
    answer::json(200, &project.to_json(&secrets::variables(ask.env(), &project.id).await?))
}

/// `PUT /api/v1/orgs/:orgId/projects/:projectId`.
pub async fn update(ask: Ask, Within(organization, id): Within, body: Vec<u8>) -> Answer {
    let (_, organization) = organization::for_writer(&ask, &organization, Right::ManageProjects).await?;
    let mut project = project::find(&ask, &organization.id, &id).await?;
    let wish: ProjectChange = ask.json(&body)?;
    let keeps_some = wish.env_vars.as_ref().is_some_and(|variables| variables.values().any(Option::is_none));
    let kept = if keeps_some { secrets::variables(ask.env(), &project.id).await? } else { BTreeMap::new() };
    let variables = change(&mut project, wish, &kept)?;
    project::update(&ask, &project, variables.as_ref()).await?;
    let project = project::find(&ask, &organization.id, &id).await?;
    answer::json(200, &project.to_json(&secrets::variables(ask.env(), &project.id).await?))
}

/// `DELETE /api/v1/orgs/:orgId/projects/:projectId`.
pub async fn delete(ask: Ask, Within(organization, id): Within) -> Answer {
    let (_, organization) = organization::for_writer(&ask, &organization, Right::ManageProjects).await?;
    let project = project::find(&ask, &organization.id, &id).await?;
    start::end_all(&ask, &organization.id, Some(&project.id)).await?;
    template::forget(ask.env(), &project.id).await?;
    project::delete(&ask, &project).await?;
    done()
}

/// Puts what is wished into a project, checked. Gives the variables when there are other ones; `kept` are those it has.
fn change(
    project: &mut Project,
    wish: ProjectChange,
    kept: &BTreeMap<String, String>,
) -> Result<Option<BTreeMap<String, String>>> {
    let wrong = |sentence: &'static str| invalid("invalid_project", sentence);
    if let Some(name) = wish.name {
        project.name = Name::parse(&name).map_err(wrong)?.as_str().to_owned();
    }
    if let Some(branch) = wish.default_branch {
        project.default_branch = branch_name(branch)?;
    }
    if let Some(commands) = wish.startup_commands {
        project.startup_commands = rules::commands(commands).map_err(wrong)?;
    }
    if let Some(services) = wish.required_services {
        project.required_services = rules::services(&services).map_err(wrong)?;
    }
    if let Some(patterns) = wish.allowed_file_patterns {
        project.allowed_file_patterns = patterns_of(patterns)?;
    }
    if let Some(port) = wish.preview_port {
        project.preview_port = rules::port(port).map_err(wrong)?;
    }
    if let Some(context) = wish.context_instructions {
        project.context_instructions = rules::context(context).map_err(wrong)?;
    }
    if let Some(model) = wish.model {
        if !rules::MODELS.contains(&model.as_str()) {
            return Err(wrong("That model is not offered here. Choose one that is."));
        }
        project.model = model;
    }
    if let Some(minutes) = wish.max_session_duration_min {
        project.max_session_duration_min = rules::minutes(minutes).map_err(wrong)?;
    }
    if let Some(usd) = wish.max_budget_usd {
        project.max_budget = rules::budget(rules::micro_dollars(usd).unwrap_or(-1)).map_err(wrong)?;
    }
    let variables =
        wish.env_vars.map(|variables| variables.into_iter().map(|variable| filled(variable, kept)).collect());
    let wrong = |words: String| invalid("invalid_project", words);
    let variables = variables.transpose()?.map(|variables| rules::variables(variables).map_err(wrong)).transpose()?;
    rules::start(variables.as_ref(), &project.startup_commands, &project.required_services, project.preview_port)
        .map_err(wrong)?;
    Ok(variables)
}

/// A variable with its value: the one it has, when no other is given.
fn filled((name, value): (String, Option<String>), kept: &BTreeMap<String, String>) -> Result<(String, String)> {
    match value.or_else(|| kept.get(&name).cloned()) {
        Some(value) => Ok((name, value)),
        None => {
            Err(invalid("invalid_project", "A variable that is to be kept is not there any more. Give it a value."))
        }
    }
}

/// A branch's name, by git's rules as far as they keep it from being anything else.
fn branch_name(typed: String) -> Result<String> {
    let is_name = (1..=200).contains(&typed.len())
        && typed.bytes().all(|b| b.is_ascii_graphic() && !b"~^:?*[\\".contains(&b))
        && !typed.starts_with(['-', '/', '.'])
        && !typed.ends_with(['/', '.'])
        && !typed.ends_with(".lock")
        && !["..", "//", "@{", "/."].iter().any(|part| typed.contains(part));
    if is_name {
        Ok(typed)
    } else {
        Err(invalid("invalid_project", "A branch cannot be called that. Copy its name from GitHub."))
    }
}

fn patterns_of(typed: Vec<String>) -> Result<Vec<String>> {
    let patterns: Vec<String> =
        typed.into_iter().map(|pattern| pattern.trim().to_owned()).filter(|pattern| !pattern.is_empty()).collect();
    match Patterns::parse(patterns.iter().map(String::as_str)) {
        Ok(_) => Ok(patterns),
        Err(wrong) => Err(invalid("invalid_project", wrong.sentence())),
    }
}
