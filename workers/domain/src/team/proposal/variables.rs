//! The environment variables that a project wants, from its example file. Only names go on, and values that are
//! plainly no secret: examples have been known to hold real keys.

use super::{Evidence, Suggested, Variable, suggest};
use crate::team::{
    project::is_ours,
    startup::{MOST_VARIABLES, check_name},
};

#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    file: &'static str,
    /// Name and value, in their order, each name once.
    list: Vec<(String, String)>,
}

impl Variables {
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.list.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn has_prefix(&self, prefix: &str) -> Option<&str> {
        self.list.iter().find(|(name, _)| name.starts_with(prefix)).map(|(name, _)| name.as_str())
    }

    pub(super) fn file(&self) -> &'static str {
        self.file
    }

    pub(super) fn suggestions(&self, wanted: impl Fn(&str) -> bool) -> Vec<Suggested<Variable>> {
        let because = format!("because {} names it", self.file);
        self.list
            .iter()
            .filter(|(name, _)| wanted(name))
            .map(|(name, value)| {
                let example = is_harmless(name, value).then(|| value.clone());
                suggest(Variable { name: name.clone(), example }, because.clone())
            })
            .collect()
    }
}

pub(super) fn read(evidence: &Evidence) -> Variables {
    let files = [".env.example", ".env.sample", ".env.template", ".env.dist", "env.example"];
    let Some((file, text)) = evidence.first(&files) else { return Variables::default() };
    let mut variables = Variables { file, list: Vec::new() };
    for line in text.lines().take(2000) {
        let line = line.trim();
        let Some((name, value)) = line.strip_prefix("export ").unwrap_or(line).split_once('=') else { continue };
        let name = name.trim();
        let may_be = check_name(name).is_ok() && !is_ours(name);
        let fits = may_be && variables.value(name).is_none() && variables.list.len() < MOST_VARIABLES;
        if fits {
            let value = value.trim();
            let value = if value.starts_with(['"', '\'']) {
                value.trim_matches(['"', '\''])
            } else {
                value.split(" #").next().unwrap_or_default().trim()
            };
            variables.list.push((name.to_owned(), value.to_owned()));
        }
    }
    variables
}

/// Whether an example may be shown and kept: a number, a switch, a short word, or an address on this machine.
fn is_harmless(name: &str, value: &str) -> bool {
    const SECRET: [&str; 16] = [
        "KEY",
        "SECRET",
        "TOKEN",
        "PASS",
        "PWD",
        "CREDENTIAL",
        "PRIVATE",
        "AUTH",
        "SALT",
        "DSN",
        "CERT",
        "SIGN",
        "WEBHOOK",
        "SESSION",
        "COOKIE",
        "PIN",
    ];
    let name = name.to_ascii_uppercase();
    if value.is_empty() || value.len() > 40 || SECRET.iter().any(|part| name.contains(part)) {
        return false;
    }
    let number = value.len() <= 6 && value.bytes().all(|byte| byte.is_ascii_digit());
    let word = value.len() <= 20 && value.bytes().all(|byte| byte.is_ascii_lowercase());
    let local = ["http://localhost", "http://127.0.0.1"].iter().any(|local| {
        value.strip_prefix(local).is_some_and(|rest| {
            (rest.is_empty() || rest.starts_with([':', '/']))
                && rest.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase() || b":/-".contains(&byte))
        })
    });
    number || word || local || matches!(value, "localhost" | "127.0.0.1" | "0.0.0.0" | "True" | "False")
}
