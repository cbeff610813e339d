//! What a project's sandboxes are made of: the steps that e2b builds a template from.
//!
//! No value of the project's environment is among them: a template is kept, and what is kept would keep its secrets.
//! They come with each start instead, see [`super::Plan::script`]. So nothing that a step prints is a secret; it is no text for
//! people either, and what they read of a build is what each step is for.

use super::{Service, WORKSPACE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The image that everything is put on.
pub const BASE_IMAGE: &str = "node:22-bookworm";
/// The agent, with the version that the runner was written for.
pub const SDK: &str = "@anthropic-ai/claude-agent-sdk@0.3.332";
const AGENT: &str = "/sandbox-agent";

/// The body of `POST /v2/templates/{templateID}/builds/{buildID}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// [`BASE_IMAGE`].
    pub from_image: &'static str,
    /// In their order.
    pub steps: Vec<Step>,
    /// The packages that it has of the system's: of all that a project says, what its template depends on.
    #[serde(skip)]
    pub packages: String,
}

/// A step of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// `RUN`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The command, and the user that runs it.
    pub args: Vec<String>,
    /// Whether it runs even when nothing changed.
    pub force: bool,
    /// What it is for, to a person: `Installing git`.
    #[serde(skip)]
    pub words: String,
}

fn run(words: impl Into<String>, command: String) -> Step {
    Step { kind: "RUN", args: vec![command, "root".to_owned()], force: false, words: words.into() }
}

/// Programs that a command begins with, and the packages that have them.
const TOOLS: [(&[&str], &str); 6] = [
    (&["python", "python3", "pip", "pip3", "uvicorn", "gunicorn", "flask", "django-admin"], "python3-venv python3-pip"),
    (&["bundle", "ruby", "rails", "rake", "bin/rails"], "ruby-full build-essential libyaml-dev libpq-dev"),
    (&["go"], "golang"),
    (&["cargo"], "cargo"),
    (&["php", "composer"], "php-cli composer"),
    (&["make"], "build-essential"),
];

/// Stands for all that we put into templates, whichever of it a project's has: when it is another, what was built before is
/// older. Such a template is a whole in itself, its agent and its runner belong together, so sessions go on starting from it
/// until it is built anew. For that a runner passes over what it does not know in a job, and a job's fields only grow.
pub fn edition(runner: &str) -> String {
    let commands: Vec<String> = TOOLS.iter().flat_map(|(tools, _)| tools.iter()).map(|&tool| tool.to_owned()).collect();
    let mut all = Sha256::new();
    let Template { from_image, steps, .. } = Template::new(&Service::ALL, &commands, runner);
    for part in std::iter::once(from_image).chain(steps.iter().flat_map(|step| &step.args).map(String::as_str)) {
        all.update(part);
        all.update([0]);
    }
    all.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl Template {
    /// The template of a project with these services and startup commands. `runner` is the program that goes to
    /// `/sandbox-agent/runner.mjs`.
    pub fn new(services: &[Service], commands: &[String], runner: &str) -> Self {
        let mut packages = vec!["git", "curl", "ca-certificates"];
        if services.contains(&Service::Postgresql) {
            packages.push("postgresql");
        }
        if services.contains(&Service::Redis) {
            packages.push("redis-server");
        }
        let words: Vec<&str> = commands.iter().flat_map(|command| command.split([' ', '&', ';', '|', '\n'])).collect();
        packages
            .extend(TOOLS.iter().filter(|(tools, _)| words.iter().any(|word| tools.contains(word))).map(|tool| tool.1));
        // The services start with the project and on its terms. Units that point nowhere do not start by themselves.
        let units: String = [("postgresql", "postgresql@"), ("redis-server", "redis-server@")]
            .iter()
            .map(|(unit, each)| {
                format!(" && ln -sf /dev/null /etc/systemd/system/{unit}.service && ln -sf /dev/null /etc/systemd/system/{each}.service")
            })
            .collect();
        let packages = packages.join(" ");
        let encoded = STANDARD.encode(runner);
        let steps = vec![
            run("Preparing the system", format!("mkdir -p /etc/systemd/system{units}")),
            run(
                installing(services),
                format!(
                    "export DEBIAN_FRONTEND=noninteractive && apt-get update && apt-get install -y --no-install-recommends {} \
                 && rm -rf /var/lib/apt/lists/*",
                    packages
                ),
            ),
            // Its program is in an optional package, so those are installed too.
            run(
                "Installing the agent",
                format!(
                    "mkdir -p {AGENT} && cd {AGENT} && npm init -y >/dev/null && npm install --no-fund --no-audit --save-exact {SDK}"
                ),
            ),
            run(
                "Adding what runs the agent",
                format!(
                    "printf '%s' '{encoded}' | base64 -d > {AGENT}/runner.mjs && chmod -R a+rX {AGENT} && chmod -R go-w {AGENT}"
                ),
            ),
            run(
                "Making room for the project",
                format!(
                    "mkdir -p {WORKSPACE} && if id -u user >/dev/null 2>&1; then chown -R user:user {WORKSPACE}; fi"
                ),
            ),
        ];
        Self { from_image: BASE_IMAGE, steps, packages }
    }
}

fn installing(services: &[Service]) -> String {
    match services.iter().map(|service| service.title()).collect::<Vec<_>>().as_slice() {
        [] => "Installing the system’s programs".to_owned(),
        titles => format!("Installing the system’s programs and {}", titles.join(" and ")),
    }
}
