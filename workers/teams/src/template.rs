//! A project's template: what its sandboxes start from, built at e2b.
//!
//! e2b builds by itself and tells nobody when it is done: whoever looks moves the project's row on, be it a person or the
//! schedule ([`look_at_all`]). One build of a project runs at a time; a row that says so is its lock.

use crate::{
    contract,
    sandbox::{
        Failure, Sandboxes,
        templates::{Build, Status},
    },
};
use vetka_domain::team::{
    project::TemplateStatus,
    service::Service,
    session::{about, usual},
    startup::{Look, Stage, Template, edition, failed, is_stuck},
};
use vetka_edge::{Error, Result, auth, d1, error, log, time};
use worker::{D1Database, Env, js_sys::Date};

const SELECT: &str = "SELECT id, startup_commands, required_services, template_id, template_build_id, template_status,
    template_error, template_started_at, template_log, template_log_read, template_edition, template_build_edition
    FROM project WHERE id = ?1";
const SELECT_BUILDING: &str = "SELECT id, startup_commands, required_services, template_id, template_build_id,
    template_status, template_error, template_started_at, template_log, template_log_read, template_edition,
    template_build_edition FROM project WHERE template_status = 'BUILDING' ORDER BY template_started_at LIMIT 20";
/// Older than what would be built now. One that could not be built anew is not tried again before there is something newer.
const SELECT_DUE: &str = "SELECT id, startup_commands, required_services, template_id, template_build_id,
    template_status, template_error, template_started_at, template_log, template_log_read, template_edition,
    template_build_edition FROM project WHERE template_edition <> '' AND template_status <> 'BUILDING'
    AND (template_build_edition < ?1 OR template_build_edition > ?1) LIMIT 3";
const CLAIM: &str = "UPDATE project SET template_status = 'BUILDING', template_error = '', template_started_at = ?2,
    template_build_id = NULL, template_log = '[]', template_log_read = 0
    WHERE id = ?1 AND template_status <> 'BUILDING' RETURNING id";
const TAKEN: &str = "UPDATE project SET template_id = ?3, template_build_id = ?4, template_packages = ?5,
    template_build_edition = ?6 WHERE id = ?1 AND template_started_at = ?2 AND template_status = 'BUILDING'";
const HEARD: &str = "UPDATE project SET template_log = ?3, template_log_read = ?4
    WHERE id = ?1 AND template_build_id = ?2 AND template_log_read < ?4";
const ENDED: &str = "UPDATE project SET template_status = ?3, template_error = ?4
    WHERE id = ?1 AND template_started_at = ?2 AND template_status = 'BUILDING'";
const DONE: &str = "UPDATE project SET template_status = 'READY', template_error = '',
    template_edition = template_build_edition
    WHERE id = ?1 AND template_started_at = ?2 AND template_status = 'BUILDING'";
const TOOK: &str = "INSERT INTO template_build (build_id, took_ms, ended_at) VALUES (?1, ?2, ?3)
    ON CONFLICT (build_id) DO NOTHING";
const FORGET: &str = "DELETE FROM template_build WHERE ended_at < ?1";
const SELECT_TOOK: &str = "SELECT took_ms FROM template_build WHERE ended_at >= ?1 ORDER BY ended_at DESC LIMIT 20";

const READY: &str = "The workspace is ready: everybody in the team can start a session.";
/// What runs the agent in a sandbox.
const RUNNER: &str = include_str!("../runner/runner.mjs");
/// How long it is remembered how long builds took, milliseconds.
const REMEMBERED_MS: i64 = 90 * 24 * 60 * 60 * 1000;
/// Hundreds of lines of a build's log that one look reads; the next one goes on from there.
const PAGES: usize = 10;
const PAGE: usize = 100;

/// The template that a project of these services and commands has.
pub fn of(services: &[Service], commands: &[String]) -> Template {
    Template::new(services, commands, RUNNER)
}

/// How far a project's template is, looked up at e2b while it is being built.
pub async fn status(env: &Env, project_id: &str) -> Result<contract::TemplateStatus> {
    let (db, now) = (env.d1(auth::DB)?, time::now_ms());
    let mut row = find(&db, project_id).await?;
    let offered = Sandboxes::of(env);
    if let Ok(sandboxes) = &offered {
        row = look(&db, sandboxes, row, now).await?;
    }
    told(&db, &row, offered.err(), now).await
}

/// Begins a build of a project's template, unless one runs.
///
/// # Errors
/// 404 `sessions_not_offered`; 502 `sandboxes_unavailable` and 503 `sandboxes_busy`, with everything as it was.
pub async fn build(env: &Env, project_id: &str) -> Result<contract::TemplateStatus> {
    let sandboxes = Sandboxes::of(env)?;
    let (db, now) = (env.d1(auth::DB)?, time::now_ms());
    // One that is stuck is no reason not to begin anew.
    let before = look(&db, &sandboxes, find(&db, project_id).await?, now).await?;
    build_unless_running(&db, &sandboxes, &before, now).await?;
    told(&db, &find(&db, project_id).await?, None, now).await
}

async fn build_unless_running(db: &D1Database, sandboxes: &Sandboxes, before: &Row, now: i64) -> Result<()> {
    let claimed: Option<Id> = d1::first(db, CLAIM, [(&before.id).into(), now.into()]).await?;
    if claimed.is_some()
        && let Err(failure) = begin(db, sandboxes, before, now).await
    {
        let (status, words) = (before.status.as_str(), &before.error);
        d1::run(db, ENDED, [(&before.id).into(), now.into(), status.into(), words.into()]).await?;
        return Err(failure);
    }
    Ok(())
}

/// Looks at all builds that run, and begins some anew of those that are older than what would be built now. For the schedule.
pub async fn look_at_all(env: &Env) -> Result<()> {
    let Ok(sandboxes) = Sandboxes::of(env) else { return Ok(()) };
    let (db, now) = (env.d1(auth::DB)?, time::now_ms());
    let rows: Vec<Row> = d1::all(&db, SELECT_BUILDING, []).await?;
    for row in rows {
        look(&db, &sandboxes, row, now).await?;
    }
    let due: Vec<Row> = d1::all(&db, SELECT_DUE, [(&edition(RUNNER)).into()]).await?;
    for row in due {
        if let Err(failure) = build_unless_running(&db, &sandboxes, &row, now).await {
            // The next look tries it again; whoever is busy now is not asked for more.
            failure.log("template");
            break;
        }
    }
    d1::run(&db, FORGET, [(now - REMEMBERED_MS).into()]).await
}

/// Gives up what a project's sandboxes started from. What cannot be given up now costs nothing but room at e2b.
pub async fn forget(env: &Env, project_id: &str) -> Result<()> {
    let row = find(&env.d1(auth::DB)?, project_id).await?;
    let (Ok(sandboxes), Some(template)) = (Sandboxes::of(env), row.template_id) else { return Ok(()) };
    if let Err(failure) = sandboxes.delete_template(&template).await {
        log::error("template", "template_left", &failure.cause());
    }
    Ok(())
}

async fn find(db: &D1Database, project_id: &str) -> Result<Row> {
    let row: Option<Row> = d1::first(db, SELECT, [project_id.into()]).await?;
    row.ok_or_else(|| error::not_found("There is no such project in this team."))
}

async fn begin(db: &D1Database, sandboxes: &Sandboxes, row: &Row, now: i64) -> Result<()> {
    let template = row.template()?;
    let build = sandboxes.new_build(&format!("vetka-{}", row.id)).await.map_err(refusal)?;
    sandboxes.start_build(&build, &template).await.map_err(refusal)?;
    let (id, build_id) = (&build.template_id, &build.build_id);
    let (packages, edition) = (&template.packages, edition(RUNNER));
    let values = [(&row.id).into(), now.into(), id.into(), build_id.into(), packages.into(), (&edition).into()];
    d1::run(db, TAKEN, values).await
}

/// Moves a row on, if it is one of a build that runs.
async fn look(db: &D1Database, sandboxes: &Sandboxes, row: Row, now: i64) -> Result<Row> {
    if row.status != TemplateStatus::Building {
        return Ok(row);
    }
    let (since, build) = (now - row.started_at.unwrap_or(now), row.build());
    let end = match &build {
        Some(build) => ask(db, sandboxes, &row, build, now).await?,
        None => None,
    };
    let stuck = || is_stuck(since, build.is_some()).map(|words| (TemplateStatus::Failed, words.to_owned()));
    match end.or_else(stuck) {
        Some((TemplateStatus::Ready, _)) => d1::run(db, DONE, [(&row.id).into(), row.started_at.into()]).await?,
        Some((status, words)) => {
            let values = [(&row.id).into(), row.started_at.into(), status.as_str().into(), (&words).into()];
            d1::run(db, ENDED, values).await?;
        }
        None => {}
    }
    find(db, &row.id).await
}

/// Asks e2b about a build and keeps what it says. Gives how it ended, once it has.
async fn ask(
    db: &D1Database,
    sandboxes: &Sandboxes,
    row: &Row,
    build: &Build,
    now: i64,
) -> Result<Option<(TemplateStatus, String)>> {
    let (mut seen, mut read, mut last) = (row.look()?, row.log_read, None);
    let mut found = None;
    for _ in 0..PAGES {
        let status = match sandboxes.build_status(build, read).await {
            Ok(status) => status,
            Err(Failure::Gone) => return Ok(Some((TemplateStatus::Failed, failed(None, &row.template()?)))),
            // Who looks next may hear more.
            Err(failure) => {
                log::error("template", "build_not_seen", &failure.cause());
                return Ok(None);
            }
        };
        for line in &status.log_entries {
            let at = parsed(&line.timestamp).unwrap_or(now);
            seen.hear(at, line.step.as_deref(), &line.message);
            last = Some(at);
        }
        let lines = status.log_entries.len();
        read += lines as i64;
        found = Some(status);
        if lines < PAGE {
            break;
        }
    }
    if read > row.log_read {
        let text = serde_json::to_string(&seen)?;
        let values = [(&row.id).into(), (&build.build_id).into(), (&text).into(), read.into()];
        d1::run(db, HEARD, values).await?;
    }
    let Some(Status { status, reason, .. }) = found else { return Ok(None) };
    match status.as_str() {
        "ready" => {
            let (started, ended) = (row.started_at.unwrap_or(now), last.unwrap_or(now).min(now));
            let took = (ended - started).max(0);
            d1::run(db, TOOK, [(&build.build_id).into(), took.into(), now.into()]).await?;
            Ok(Some((TemplateStatus::Ready, String::new())))
        }
        "error" => {
            let named = reason.and_then(|reason| Stage::of(reason.step.as_deref(), ""));
            Ok(Some((TemplateStatus::Failed, failed(named.or_else(|| seen.stage()), &row.template()?))))
        }
        _ => Ok(None),
    }
}

/// A row as people read it.
async fn told(db: &D1Database, row: &Row, not_offered: Option<Error>, now: i64) -> Result<contract::TemplateStatus> {
    let (template, look) = (row.template()?, row.look()?);
    let message = match (row.status, not_offered) {
        (_, Some(refusal)) => refusal.message,
        (TemplateStatus::Pending, _) => "Prepare the workspace, and sessions can start.".to_owned(),
        (TemplateStatus::Building, _) => {
            let stage = look.stage().unwrap_or(Stage::Base).words(&template);
            if row.is_usable() { format!("{stage}. Sessions start as before meanwhile.") } else { stage.to_owned() }
        }
        (TemplateStatus::Ready, _) if row.is_usable() && row.is_due() => {
            format!("{READY} A newer version of it is made by itself soon.")
        }
        (TemplateStatus::Ready, _) => READY.to_owned(),
        (TemplateStatus::Failed, _) if row.is_usable() => format!("{} Sessions start as before meanwhile.", row.error),
        (TemplateStatus::Failed, _) => row.error.clone(),
    };
    let took: Vec<Took> = d1::all(db, SELECT_TOOK, [(now - REMEMBERED_MS).into()]).await?;
    let log = look
        .0
        .iter()
        .map(|(at, stage)| contract::TemplateLine { at: time::rfc3339(*at), text: stage.words(&template).to_owned() });
    Ok(contract::TemplateStatus {
        status: row.status.as_str(),
        message,
        log: log.collect(),
        started_at: row.started_at.map(time::rfc3339),
        usual: usual(took.iter().map(|took| took.took_ms).collect()).map(about),
    })
}

fn refusal(failure: Failure) -> Error {
    match failure {
        Failure::Busy(wait) => Error::new(
            503,
            "sandboxes_busy",
            "Many workspaces are being prepared just now. Try again in a few minutes.",
        )
        .with_header("retry-after", wait.unwrap_or(120).to_string()),
        failure => error::upstream(
            "sandboxes_unavailable",
            "The service that prepares workspaces is not answering. Try again in a minute.",
            failure.cause(),
        ),
    }
}

/// Unix milliseconds.
fn parsed(rfc3339: &str) -> Option<i64> {
    let ms = Date::parse(rfc3339);
    ms.is_finite().then_some(ms as i64)
}

#[derive(d1::FromRow)]
struct Row {
    id: String,
    startup_commands: String,
    required_services: String,
    template_id: Option<String>,
    template_build_id: Option<String>,
    #[column(parse, name = "template_status")]
    status: TemplateStatus,
    #[column(name = "template_error")]
    error: String,
    #[column(name = "template_started_at")]
    started_at: Option<i64>,
    #[column(name = "template_log")]
    log: String,
    #[column(name = "template_log_read")]
    log_read: i64,
    #[column(name = "template_edition")]
    edition: String,
    #[column(name = "template_build_edition")]
    build_edition: String,
}

impl Row {
    fn template(&self) -> Result<Template> {
        let texts = |json: &str| serde_json::from_slice::<Vec<String>>(json.as_bytes());
        let services: Vec<Service> =
            texts(&self.required_services)?.iter().filter_map(|text| Service::parse(text)).collect();
        Ok(of(&services, &texts(&self.startup_commands)?))
    }

    /// Sessions can start, whatever became of a build since.
    fn is_usable(&self) -> bool {
        !self.edition.is_empty()
    }

    fn is_due(&self) -> bool {
        self.build_edition != edition(RUNNER)
    }

    fn build(&self) -> Option<Build> {
        let (template_id, build_id) = (self.template_id.clone()?, self.template_build_id.clone()?);
        Some(Build { template_id, build_id })
    }

    fn look(&self) -> Result<Look> {
        Ok(serde_json::from_slice(self.log.as_bytes())?)
    }
}

#[derive(d1::FromRow)]
struct Id {
    #[column(name = "id")]
    _id: String,
}

#[derive(d1::FromRow)]
struct Took {
    took_ms: i64,
}
