//! Which of the ways to start a project is taken.

use super::container::Containers;
use super::javascript::Package;
use super::{Evidence, Suggested, javascript, languages, suggest};
use crate::team::startup::Service;

pub(super) struct Start {
    pub(super) commands: Vec<Suggested<String>>,
    /// The script that the last command runs.
    pub(super) script: Option<String>,
    /// The port, where the commands say it.
    pub(super) port: Option<Suggested<u16>>,
    pub(super) notes: Vec<String>,
}

pub(super) fn find(
    evidence: &Evidence,
    package: Option<&Package>,
    containers: &Containers,
    services: &[Suggested<Service>],
) -> Start {
    let mut notes: Vec<String> = node_version(evidence).into_iter().collect();
    // Where there are several languages, the one with a web framework of its own serves the pages.
    let served = languages::python(evidence, services).filter(|_| evidence.has("manage.py"));
    let served = served.or_else(|| {
        let rails = languages::gems(evidence).iter().any(|gem| gem == "rails");
        languages::ruby(evidence, services).filter(|_| rails)
    });
    if let Some(start) = served {
        let mut commands = start.commands;
        if package.is_some() {
            notes.push(
                "There is package.json beside it. If the pages need it, add npm install before the last command."
                    .to_owned(),
            );
        }
        commands.truncate(20);
        return Start { commands, script: None, port: start.port, notes };
    }
    if let Some(package) = package {
        let start = javascript::start(package, evidence);
        if !start.commands.is_empty() {
            let mut commands = start.commands;
            let has_database = services.iter().any(|service| service.value == Service::Postgresql);
            if has_database && evidence.has("prisma/schema.prisma") && package.uses("prisma") {
                let because = "because Prisma makes the database’s tables from prisma/schema.prisma";
                commands.insert(1, suggest("npx prisma db push".to_owned(), because));
            }
            return Start { commands, script: start.script, port: None, notes };
        }
    }
    let start = languages::python(evidence, services)
        .or_else(|| languages::ruby(evidence, services))
        .or_else(|| languages::other(evidence));
    if let Some(start) = start {
        return Start { commands: start.commands, script: None, port: start.port, notes };
    }
    let command = containers.command.iter();
    let commands = command.map(|command| suggest(command.clone(), "because the Dockerfile ends with it")).collect();
    Start { commands, script: None, port: None, notes }
}

/// Sandboxes have one version of Node; a project that asks for another one should know.
fn node_version(evidence: &Evidence) -> Option<String> {
    const HAS: u32 = 22;
    let (file, text) = evidence.first(&[".nvmrc", ".node-version"])?;
    let asked: u32 = text.trim().trim_start_matches('v').split('.').next()?.parse().ok()?;
    (asked != HAS).then(|| format!("{file} asks for Node {asked}; sessions have Node {HAS}."))
}
