//! Starting a session: everything that it needs is looked at first, so that nobody waits for something that cannot come.

use crate::{
    ask::Ask,
    history,
    organization::{self, of},
    project::{self, Project},
    sandbox::Sandboxes,
    secrets::{self, Kind},
    session::{
        access,
        memory::{Begin, Setup},
    },
    session_do,
};
use vetka_domain::{
    limit::{SESSIONS, SESSIONS_ORGANIZATION, Subject},
    team::{
        branch::Branch,
        frame::{Other, Person},
        money::MicroUsd,
        organization::Right,
        session::{MOST_OF_ORGANIZATION, MOST_OF_PERSON},
    },
};
use vetka_edge::{
    Error, Result, d1, error, id,
    limit::{Rule, take},
    time,
};
use worker::Method;

const PROJECT_OF: &str = "SELECT organization_id FROM project WHERE id = ?1";
const TEMPLATE: &str = "SELECT template_id FROM project
    WHERE id = ?1 AND (template_status = 'READY' OR template_edition <> '')";
const NAME: &str = "SELECT COALESCE(NULLIF(trim(name), ''), handle, substr(email, 1, instr(email, '@') - 1)) AS name
    FROM user WHERE id = ?1";
/// Only so many go on at once: of a person, and of an organization.
const INSERT: &str = "INSERT INTO work_session (id, organization_id, project_id, user_id, branch, status, started_at, sandbox_gone_at)
    SELECT ?1, ?2, ?3, ?4, ?5, 'STARTING', ?6, ?6
    WHERE (SELECT count(*) FROM work_session WHERE user_id = ?4 AND status IN ('STARTING', 'RUNNING', 'STOPPING')) < ?7
    AND (SELECT count(*) FROM work_session WHERE organization_id = ?2 AND status IN ('STARTING', 'RUNNING', 'STOPPING')) < ?8
    RETURNING id";
const COUNT_OF_PERSON: &str = "SELECT count(*) AS number FROM work_session WHERE user_id = ?1
    AND status IN ('STARTING', 'RUNNING', 'STOPPING')";
const SPENT: &str = "SELECT o.monthly_budget, (SELECT COALESCE(sum(cost + held), 0) FROM work_session
      WHERE organization_id = o.id AND started_at >= ?2) AS spent FROM organization o WHERE o.id = ?1";
const FAILED: &str = "UPDATE work_session SET status = 'ERRORED', ended_at = ?2 WHERE id = ?1";

/// Starts one of a project, and gives its id.
///
/// # Errors
/// What is missing, in words that say who can bring it.
pub async fn start(ask: &Ask, user_id: &str, project_id: &str) -> Result<String> {
    let db = ask.db()?;
    let found: Option<ProjectOf> = d1::first(&db, PROJECT_OF, [project_id.into()]).await?;
    let not_found = || error::not_found("There is no such project, or you are not in its team.");
    let organization_id = found.ok_or_else(not_found)?.organization_id;
    // Whoever is not in the organization learns nothing of the project.
    let organization = of(ask, user_id, &organization_id, Right::Work).await.map_err(|_| not_found())?;
    let project = project::find(ask, &organization.id, project_id).await?;
    Sandboxes::of(ask.env())?;
    let template_id = require_ready(ask, user_id, &project).await?;
    require_budget(ask, &organization.id).await?;
    let rules = [
        Rule(SESSIONS, Subject::Account(user_id)),
        Rule(SESSIONS_ORGANIZATION, Subject::Organization(&organization.id)),
    ];
    take(ask.env(), &rules).await?;
    let new = id::random()?;
    let branch = Branch::of(&new).ok_or_else(|| error::internal("an id that is no branch"))?;
    let values = [
        (&new).into(),
        (&organization.id).into(),
        (&project.id).into(),
        user_id.into(),
        branch.name().into(),
        ask.now().into(),
        MOST_OF_PERSON.into(),
        MOST_OF_ORGANIZATION.into(),
    ];
    let made: Option<Named> = d1::first(&db, INSERT, values).await?;
    if made.is_none() {
        return Err(too_many(ask, user_id).await?);
    }
    let name: Option<NameOf> = d1::first(&db, NAME, [user_id.into()]).await?;
    let person = Person { id: user_id.to_owned(), name: access::shown(&name.map(|row| row.name).unwrap_or_default()) };
    let begin = Begin {
        id: new.clone(),
        organization_id: organization.id,
        project_id: project.id.clone(),
        person,
        project: setup(project, template_id),
    };
    let begun = session_do::tell(ask.env(), &new, Method::Post, "/begin", &begin).await;
    if begun.is_err() {
        d1::run(&db, FAILED, [(&new).into(), time::now_ms().into()]).await?;
    }
    begun?;
    tell_others(ask, &new, &organization_id, project_id).await;
    Ok(new)
}

/// Tells those who work on one project of each other. Nothing hangs on it.
async fn tell_others(ask: &Ask, new: &str, organization_id: &str, project_id: &str) {
    let told = async {
        let rows = history::active_of_project(ask, organization_id, project_id).await?;
        let sessions = rows.into_iter().map(|row| Other::from(row.into_json()));
        let (newest, others): (Vec<_>, Vec<_>) = sessions.partition(|session| session.id == new);
        if others.is_empty() {
            return Ok(());
        }
        session_do::tell(ask.env(), new, Method::Post, "/others", &others).await?;
        for other in &others {
            let told = session_do::tell(ask.env(), &other.id, Method::Post, "/others", &newest).await;
            if let Err(failure) = told {
                failure.log("session");
            }
        }
        Ok::<(), Error>(())
    };
    if let Err(failure) = told.await {
        failure.log("session");
    }
}

async fn require_ready(ask: &Ask, user_id: &str, project: &Project) -> Result<String> {
    let template: Option<Template> = d1::first(&ask.db()?, TEMPLATE, [(&project.id).into()]).await?;
    let template = template.and_then(|template| template.template_id).ok_or_else(|| {
        error::conflict(
            "template_not_ready",
            "The workspace of this project is not prepared yet. An admin can do that in the project’s settings.",
        )
    })?;
    if !secrets::is_set(ask.env(), user_id, Kind::ApiKey).await? {
        return Err(error::conflict(
            "api_key_missing",
            "Put your Anthropic key into your settings first: the agent works with it, and you pay Anthropic for what it does.",
        )
        .with_extra(serde_json::json!({ "settingsUrl": "/settings" })));
    }
    if !secrets::is_set(ask.env(), user_id, Kind::GithubToken).await? {
        return Err(crate::github::not_connected());
    }
    Ok(template)
}

async fn require_budget(ask: &Ask, organization_id: &str) -> Result<()> {
    let values = [organization_id.into(), time::month_start(ask.now()).into()];
    let month: Option<Month> = d1::first(&ask.db()?, SPENT, values).await?;
    let is_over = month.is_some_and(|month| month.monthly_budget.is_some_and(|budget| month.spent >= budget));
    if is_over {
        return Err(error::conflict(
            "month_over",
            "Your team’s budget for this month is used up. Ask an admin to raise it in the team’s settings.",
        ));
    }
    Ok(())
}

async fn too_many(ask: &Ask, user_id: &str) -> Result<Error> {
    let own: Option<Count> = d1::first(&ask.db()?, COUNT_OF_PERSON, [user_id.into()]).await?;
    Ok(if own.is_some_and(|own| own.number >= MOST_OF_PERSON) {
        error::conflict(
            "too_many_sessions",
            format!(
                "You have {MOST_OF_PERSON} sessions open. Finish one of them first; you find them on your team’s page."
            ),
        )
    } else {
        error::conflict(
            "too_many_sessions",
            format!("Your team has {MOST_OF_ORGANIZATION} sessions open. Wait until one of them is finished."),
        )
    })
}

fn setup(project: Project, template_id: String) -> Setup {
    Setup {
        name: project.name,
        repository: project.repository.as_str().to_owned(),
        default_branch: project.default_branch,
        commands: project.startup_commands,
        services: project.required_services,
        port: u16::try_from(project.preview_port).unwrap_or_default(),
        allowed: project.allowed_file_patterns,
        context: project.context_instructions,
        model: project.model,
        budget: MicroUsd::from_i64(project.max_budget),
        minutes: project.max_session_duration_min,
        template_id,
    }
}

/// Ends the sessions of an organization or of one project of it that go on, before it is deleted: nothing may run on.
pub async fn end_all(ask: &Ask, organization_id: &str, project_id: Option<&str>) -> Result<()> {
    for row in organization::sessions_at_work(ask, organization_id, project_id).await? {
        session_do::tell(ask.env(), &row, Method::Delete, "/", &()).await?;
    }
    Ok(())
}

/// Somebody is not in the organization any more: its sessions show them nothing from now on, and those end that worked with
/// their key.
pub async fn left(ask: &Ask, organization_id: &str, user_id: &str) -> Result<()> {
    for row in organization::sessions_at_work(ask, organization_id, None).await? {
        session_do::tell(ask.env(), &row, Method::Post, "/left", &serde_json::json!({ "userId": user_id })).await?;
    }
    Ok(())
}

#[derive(d1::FromRow)]
struct ProjectOf {
    organization_id: String,
}

#[derive(d1::FromRow)]
struct Template {
    template_id: Option<String>,
}

#[derive(d1::FromRow)]
struct NameOf {
    name: String,
}

#[derive(d1::FromRow)]
struct Named {
    #[column(name = "id")]
    _id: String,
}

#[derive(d1::FromRow)]
struct Count {
    number: i64,
}

#[derive(d1::FromRow)]
struct Month {
    monthly_budget: Option<i64>,
    spent: i64,
}
