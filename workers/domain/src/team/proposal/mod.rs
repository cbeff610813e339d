//! A project's settings, proposed from the repository's own files, with a reason for each in plain words. A developer
//! looks at them and saves what fits; nothing here is run.
//!
//! The files are anybody's, so they are read as text of a bounded size: JSON by a JSON reader, everything else by its
//! lines. What is not understood is left out.

mod commands;
mod container;
mod javascript;
mod languages;
mod patterns;
mod port;
mod readme;
mod services;
mod variables;

use super::startup::Service;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The files that are worth fetching, as far as the repository has them.
pub const WANTED: [&str; 36] = [
    "package.json",
    "vite.config.ts",
    "vite.config.js",
    "vite.config.mjs",
    "angular.json",
    "Dockerfile",
    "docker-compose.yml",
    "docker-compose.yaml",
    "compose.yml",
    "compose.yaml",
    "Procfile",
    "README.md",
    "README",
    "README.txt",
    "README.rst",
    "readme.md",
    "requirements.txt",
    "pyproject.toml",
    "Pipfile",
    "Gemfile",
    "go.mod",
    "Cargo.toml",
    ".env.example",
    ".env.sample",
    ".env.template",
    ".env.dist",
    "env.example",
    ".nvmrc",
    ".node-version",
    "prisma/schema.prisma",
    "config/database.yml",
    "manage.py",
    "app.py",
    "main.py",
    "wsgi.py",
    "main.go",
];
/// Longest file that is read, in bytes. A longer one counts as being there.
pub const MOST_TEXT: usize = 256 * 1024;
/// Most names that are known of a repository.
const MOST_NAMES: usize = 3000;

/// What is known of a repository.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    names: BTreeSet<String>,
    texts: BTreeMap<String, String>,
}

impl Evidence {
    /// Adds a file or folder that is there: those at the top of the repository, and any that is known besides.
    pub fn add_name(&mut self, path: &str) {
        if self.names.len() < MOST_NAMES && path.len() <= 300 {
            self.names.insert(path.trim_end_matches('/').to_owned());
        }
    }

    /// Adds a file with what is in it.
    pub fn add_text(&mut self, path: &str, text: &str) {
        self.add_name(path);
        if text.len() <= MOST_TEXT && self.texts.len() < 2 * WANTED.len() {
            self.texts.insert(path.to_owned(), text.to_owned());
        }
    }

    fn has(&self, path: &str) -> bool {
        self.names.contains(path)
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// The first of these files whose text is known, with its name.
    fn first<'a>(&self, paths: &[&'a str]) -> Option<(&'a str, &str)> {
        paths.iter().find_map(|path| Some((*path, self.text(path)?)))
    }
}

/// A value and why it is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Suggested<T> {
    /// The value.
    pub value: T,
    /// "because package.json has a script called dev".
    pub because: String,
}

fn suggest<T>(value: T, because: impl Into<String>) -> Suggested<T> {
    Suggested { value, because: because.into() }
}

/// An environment variable that the project wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ProposedVariable")]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What the repository's example says, where that is plainly no secret.
    pub example: Option<String>,
}

/// Proposed settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
    /// In their order; the last one goes on running.
    pub startup_commands: Vec<Suggested<String>>,
    /// Where the preview answers.
    pub preview_port: Option<Suggested<u16>>,
    /// Each once.
    pub required_services: Vec<Suggested<Service>>,
    /// Each name once.
    pub env_vars: Vec<Suggested<Variable>>,
    /// For [`super::files::Patterns`].
    pub allowed_file_patterns: Vec<Suggested<String>>,
    /// A first draft of what the agent is told about the project.
    pub context_instructions: Option<Suggested<String>>,
    /// What a developer should know or do, in sentences.
    pub notes: Vec<String>,
}

/// Proposes settings. Of a repository that is not understood it proposes little and says so.
pub fn propose(evidence: &Evidence) -> Proposal {
    let package = javascript::Package::read(evidence);
    let variables = variables::read(evidence);
    let containers = container::read(evidence);
    let found = services::find(evidence, package.as_ref().ok().and_then(Option::as_ref), &variables, &containers);
    let mut notes = found.notes;
    let package = package.unwrap_or_else(|problem| {
        notes.push(problem.to_owned());
        None
    });
    let start = commands::find(evidence, package.as_ref(), &containers, &found.services);
    notes.extend(start.notes);
    if start.commands.is_empty() {
        notes.push("How this project starts could not be found. Write its startup commands.".to_owned());
    }
    let preview_port = (!start.commands.is_empty())
        .then(|| port::find(evidence, start.script.as_deref(), start.port, &variables, &containers, &found.services));
    // The sandbox's services bring their own addresses.
    let provided = |name: &str| {
        found.services.iter().any(|service| match service.value {
            Service::Postgresql => name == "DATABASE_URL",
            Service::Redis => name == "REDIS_URL",
        })
    };
    let env_vars = variables.suggestions(|name| !provided(name) && name != "PORT");
    Proposal {
        startup_commands: start.commands,
        preview_port,
        required_services: found.services,
        env_vars,
        allowed_file_patterns: patterns::find(evidence),
        context_instructions: readme::draft(evidence, package.as_ref()),
        notes,
    }
}

/// Text of somebody's as one line without what cannot be seen, so many characters at most.
fn one_line(text: &str, most: usize) -> String {
    let visible = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let spaced: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(visible).collect();
    let words: Vec<&str> = spaced.split(' ').filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests;
