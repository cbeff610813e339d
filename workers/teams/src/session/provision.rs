//! Making a session's sandbox ready, phase by phase. Each is begun again when it was cut off, and does nothing twice that
//! counts.

use super::{Object, memory::Held, record, work::Setback};
use crate::{
    github::Client,
    sandbox::{Command, Failure, Sandboxes},
    secrets,
};
use futures::{
    StreamExt,
    future::{Either, select},
};
use std::{pin::pin, rc::Rc, time::Duration};
use vetka_domain::team::{
    agent::lines::{Line, Lines},
    checkout, forge,
    frame::Body,
    project::Repository,
    sandbox::Event,
    session::{self, Phase},
    startup::{self, LOGS, Plan},
};
use vetka_edge::{Result, config, error, time};

/// Longest name under which a sandbox is found again.
pub const METADATA: &str = "vetka_session";
/// A sandbox ends by itself so much later than its session, in case nobody ends it. Milliseconds.
const GRACE_MS: i64 = 4 * 60_000;
const FETCH: Duration = Duration::from_secs(300);
const SETTLE: Duration = Duration::from_secs(60);
/// The longest start of a project: each command may take a quarter of an hour, and there is a person waiting.
const STARTUP: &str = "startup";

/// Seconds that a sandbox has of a session that ends then.
pub fn lifetime_s(ends_at: i64) -> u32 {
    u32::try_from((ends_at - time::now_ms() + GRACE_MS) / 1000).unwrap_or(60).max(60)
}

impl Object {
    /// Does what is left to do before people can talk.
    pub(super) async fn provision(self: &Rc<Self>) -> core::result::Result<(), Setback> {
        loop {
            if self.must_stop() {
                return Err(Setback::Interrupted);
            }
            match self.known()?.phase {
                Phase::Sandbox => {
                    self.make_sandbox().await?;
                    self.enter(Phase::Repository).await?;
                }
                Phase::Repository => {
                    self.get_repository().await?;
                    self.enter(Phase::Services).await?;
                }
                Phase::Services | Phase::Startup | Phase::Preview => {
                    self.unless_stopped(self.start_project()).await?;
                    record::took(self).await;
                    self.change(|memory| memory.is_ready = true)?;
                    self.follow(session::Event::Ready).await?;
                    return Ok(());
                }
            }
        }
    }

    /// Long work is left where it is when something else is to be done first. What makes a sandbox or a branch is not: an
    /// end that comes meanwhile has to know of them.
    async fn unless_stopped<T>(
        &self,
        work: impl Future<Output = core::result::Result<T, Setback>>,
    ) -> core::result::Result<T, Setback> {
        let stop = async {
            while !self.must_stop() {
                self.woken().await;
            }
        };
        match select(pin!(work), pin!(stop)).await {
            Either::Left((done, _)) => done,
            Either::Right(((), _)) => Err(Setback::Interrupted),
        }
    }

    /// Goes on to the next phase, and says so.
    async fn enter(&self, phase: Phase) -> Result<()> {
        if self.known()?.phase != phase {
            record::took(self).await;
        }
        self.change(|memory| {
            (memory.phase, memory.phase_since, memory.attempts, memory.step) = (phase, time::now_ms(), 0, None);
        })?;
        self.say_phase().await
    }

    async fn say_phase(&self) -> Result<()> {
        let mut standing = self.standing()?;
        standing.usual = record::usual(self).await;
        self.append(&Body::SessionStatus(standing))
    }

    async fn make_sandbox(&self) -> core::result::Result<(), Setback> {
        let memory = self.known()?;
        let sandboxes = Sandboxes::of(&self.env)?;
        let lifetime = lifetime_s(memory.ends_at);
        // An answer may have been lost after the sandbox was made.
        let known = sandboxes.list(METADATA, &memory.begin.id).await?;
        let started = match known.first() {
            Some(listed) => sandboxes.connect(&listed.sandbox_id, lifetime).await,
            None => {
                self.say_phase().await?;
                let metadata = [(METADATA, memory.begin.id.as_str())];
                sandboxes.create(&memory.begin.project.template_id, lifetime, &metadata).await
            }
        };
        let started = started.map_err(|failure| match failure {
            Failure::Gone => Setback::Final(
                "The project’s workspace has to be prepared again. Ask an admin to do that in the project’s settings."
                    .to_owned(),
            ),
            other => other.into(),
        })?;
        self.change(|memory| {
            memory.sandbox = Some(Held {
                id: started.sandbox_id.clone(),
                token: started.access_token.clone(),
                traffic: started.traffic_token.clone(),
            });
        })?;
        record::sandbox_made(self, &started.sandbox_id).await?;
        Ok(())
    }

    async fn get_repository(&self) -> core::result::Result<(), Setback> {
        let memory = self.known()?;
        let (project, branch) = (&memory.begin.project, self.branch()?);
        let repository = Repository::parse(&project.repository).ok_or_else(|| error::internal("no repository"))?;
        let client = self.client().await?;
        let base = match memory.base.clone() {
            Some(base) => base,
            None => {
                let head = client.branch_head(&repository, &project.default_branch).await.map_err(at_forge)?;
                let base = head.ok_or_else(|| {
                    Setback::Final(format!(
                        "The repository has no branch called “{}”. Ask an admin to correct it in the project’s settings.",
                        project.default_branch
                    ))
                })?;
                client.create_branch(&repository, branch.name(), &base).await.map_err(at_forge)?;
                self.change(|memory| memory.base = Some(base.clone()))?;
                base
            }
        };
        let url = format!("{}/git/{}.git", config::var(&self.env, "PROXY_ORIGIN")?, repository.as_str());
        let (sandbox, fetch) = (self.sandbox()?, self.git(&checkout::fetch(&url, &branch))?);
        let ran = self.unless_stopped(async { Ok(sandbox.run(&fetch, FETCH).await?) }).await?;
        let printed = String::from_utf8_lossy(&ran.stdout).into_owned();
        let head = checkout::head(&printed).filter(|_| ran.code == 0);
        let head = head.ok_or_else(|| Setback::Passing(format!("fetch ended with {}", ran.code)))?;
        self.change(|memory| {
            memory.pushed = Some(head.clone());
            memory.head = Some(head);
            memory.base = Some(base);
        })?;
        Ok(())
    }

    /// GitHub, as whoever began the session.
    pub(super) async fn client(&self) -> core::result::Result<Client, Setback> {
        let person = self.known()?.begin.person.id;
        Client::of(&self.env, &person, "session")
            .await
            .map_err(|failure| if failure.status < 500 { Setback::Final(failure.message) } else { failure.into() })
    }

    /// A script of git's, with what lets it through the proxy.
    pub(super) fn git(&self, script: &str) -> Result<Command> {
        let proxy = config::var(&self.env, "PROXY_ORIGIN")?;
        let variables = checkout::credentials(&proxy, &self.known()?.token);
        let command = Command::new("/bin/bash").args(["-c", script]);
        Ok(variables.iter().fold(command, |command, (name, value)| command.variable(name, value)))
    }

    /// Starts the project. That it does not start is no reason to end: the agent may be asked to mend it.
    async fn start_project(&self) -> core::result::Result<(), Setback> {
        let memory = self.known()?;
        let project = &memory.begin.project;
        let variables = secrets::variables(&self.env, &memory.begin.project_id).await?;
        let variables: Vec<(String, String)> = variables.into_iter().collect();
        let plan = match Plan::new(&variables, &project.commands, &project.services, project.port) {
            Ok(plan) => {
                plan.with_preview_host(&preview_host(&config::var(&self.env, "PREVIEW_ORIGIN")?, &memory.begin.id))
            }
            Err(wrong) => {
                self.tell(None, "project_settings", &wrong.sentence())?;
                return Ok(());
            }
        };
        let sandbox = self.sandbox()?;
        let path = format!("{LOGS}/start.sh");
        sandbox.write_private(&path, plan.script().as_bytes()).await?;
        let _ = sandbox.signal(STARTUP, crate::sandbox::Signal::Kill).await;
        let mut events = sandbox.start(&Command::new("/bin/bash").args([path.as_str()]).tag(STARTUP)).await?;
        let mut lines = Lines::default();
        while let Some(event) = events.next().await {
            match event? {
                Event::Stdout(bytes) => {
                    for (line, _) in lines.feed(&bytes) {
                        if let Line::Whole(line) = line
                            && let Some(event) = startup::Event::parse(&String::from_utf8_lossy(&line))
                        {
                            self.started(event).await?;
                        }
                    }
                }
                Event::End(_) => break,
                Event::Start(_) | Event::Stderr(_) => {}
            }
        }
        sandbox.run(&self.git(&checkout::settle())?, SETTLE).await?;
        Ok(())
    }

    async fn started(&self, event: startup::Event) -> Result<()> {
        let phase = match event {
            startup::Event::Environment | startup::Event::Service(_) => Phase::Services,
            startup::Event::Command { .. } => Phase::Startup,
            startup::Event::Waiting => Phase::Preview,
            startup::Event::Ready(_) => return self.change(|memory| memory.has_preview = true),
            startup::Event::Idle => return Ok(()),
            startup::Event::Failed(failure) => {
                let words = format!("{} You can ask the agent to look into it.", failure.sentence());
                return self.tell(None, "project_not_started", &words);
            }
        };
        if self.known()?.phase != phase {
            self.enter(phase).await?;
        }
        self.change(|memory| memory.step = Some(event.sentence()))?;
        self.say_phase().await
    }
}

/// The host of a session's preview, without its port.
fn preview_host(origin: &str, session: &str) -> String {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    host.replace("{session}", session)
}

/// What GitHub did not do, as far as a session goes.
fn at_forge(failure: forge::Failure) -> Setback {
    match failure {
        forge::Failure::Unavailable(cause) => Setback::Passing(cause),
        other => Setback::Final(other.sentence()),
    }
}
