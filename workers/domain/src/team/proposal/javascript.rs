//! `package.json`: the scripts and packages of a JavaScript project, and which program installs them.

use super::{Evidence, Suggested, suggest};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a `package.json` says, as far as it is of use.
#[derive(Debug, Clone, Default)]
pub(super) struct Package {
    pub(super) scripts: BTreeMap<String, String>,
    pub(super) packages: BTreeSet<String>,
    main: Option<String>,
    manager: Option<String>,
}

impl Package {
    /// `None` without the file.
    pub(super) fn read(evidence: &Evidence) -> Result<Option<Self>, &'static str> {
        let Some(text) = evidence.text("package.json") else { return Ok(None) };
        let broken = "package.json could not be read. Is it JSON?";
        let json: Value = serde_json::from_slice(text.trim_start_matches('\u{feff}').as_bytes()).map_err(|_| broken)?;
        let object = json.as_object().ok_or(broken)?;
        let text = |key: &str| object.get(key).and_then(Value::as_str).map(|text| super::one_line(text, 200));
        let texts = |key: &str| {
            let entries = object.get(key).and_then(Value::as_object).into_iter().flatten();
            entries.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).take(1000)
        };
        let packages = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
        Ok(Some(Self {
            scripts: texts("scripts").collect(),
            packages: packages.into_iter().flat_map(|key| texts(key).map(|(name, _)| name)).collect(),
            main: text("main"),
            manager: text("packageManager"),
        }))
    }

    pub(super) fn uses(&self, name: &str) -> bool {
        self.packages.contains(name)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manager {
    Npm,
    Pnpm,
    Yarn,
    Bun,
}

const LOCKFILES: [(&str, Manager); 6] = [
    ("pnpm-lock.yaml", Manager::Pnpm),
    ("yarn.lock", Manager::Yarn),
    ("bun.lock", Manager::Bun),
    ("bun.lockb", Manager::Bun),
    ("package-lock.json", Manager::Npm),
    ("npm-shrinkwrap.json", Manager::Npm),
];

/// Scripts that start a project, the best one first.
const STARTING: [&str; 9] =
    ["dev", "develop", "start:dev", "dev:web", "serve", "start", "preview", "docs:dev", "storybook"];
/// Programs that only show what was built before.
const SHOWING: [&str; 7] =
    ["next start", "nuxt start", "nuxt preview", "vite preview", "astro preview", "serve dist", "serve -s"];

/// How a JavaScript project starts.
pub(super) struct Start {
    pub(super) commands: Vec<Suggested<String>>,
    /// What the last command runs in the end, as the script says it.
    pub(super) script: Option<String>,
}

pub(super) fn start(package: &Package, evidence: &Evidence) -> Start {
    let (manager, lockfile, because) = manager(package, evidence);
    let install = match (manager, lockfile) {
        (Manager::Npm, true) => "npm ci",
        (Manager::Npm, false) => "npm install",
        (Manager::Pnpm, true) => "corepack pnpm install --frozen-lockfile",
        (Manager::Pnpm, false) => "corepack pnpm install",
        (Manager::Yarn, true) if is_later_yarn(package, evidence) => "corepack yarn install --immutable",
        (Manager::Yarn, true) => "corepack yarn install --frozen-lockfile",
        (Manager::Yarn, false) => "corepack yarn install",
        (Manager::Bun, _) => "npx --yes bun install",
    };
    let run = match manager {
        Manager::Npm => "npm run",
        Manager::Pnpm => "corepack pnpm run",
        Manager::Yarn => "corepack yarn run",
        Manager::Bun => "npx --yes bun run",
    };
    let mut commands = vec![suggest(install.to_owned(), because)];
    let starting = STARTING.iter().find_map(|name| Some((*name, package.scripts.get(*name)?)));
    if let Some((name, script)) = starting {
        let script = followed(script, package);
        if SHOWING.iter().any(|showing| script.contains(showing)) && package.scripts.contains_key("build") {
            let because = format!("because the script {name} shows what was built before");
            commands.push(suggest(format!("{run} build"), because));
        }
        commands.push(suggest(format!("{run} {name}"), format!("because package.json has a script called {name}")));
        return Start { commands, script: Some(script) };
    }
    let plain = |path: &String| {
        !path.starts_with(['-', '/'])
            && !path.contains("..")
            && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte))
            && evidence.has(path.strip_prefix("./").unwrap_or(path))
    };
    let file = ["server.js", "index.js", "app.js"].into_iter().find(|file| evidence.has(file)).map(str::to_owned);
    if let Some(file) = package.main.clone().filter(plain).or(file) {
        let because = format!("because package.json has no script that starts it, but there is {file}");
        commands.push(suggest(format!("node {file}"), because));
        return Start { commands, script: None };
    }
    Start { commands: Vec::new(), script: None }
}

fn manager(package: &Package, evidence: &Evidence) -> (Manager, bool, String) {
    let locked = LOCKFILES.iter().find(|(file, _)| evidence.has(file));
    let named = package.manager.as_deref().and_then(|manager| match manager.split('@').next() {
        Some("npm") => Some((Manager::Npm, "npm")),
        Some("pnpm") => Some((Manager::Pnpm, "pnpm")),
        Some("yarn") => Some((Manager::Yarn, "Yarn")),
        Some("bun") => Some((Manager::Bun, "Bun")),
        _ => None,
    });
    if let Some((manager, title)) = named {
        let lockfile = LOCKFILES.iter().any(|(file, of)| *of == manager && evidence.has(file));
        return (manager, lockfile, format!("because package.json names {title} as its package manager"));
    }
    match locked {
        Some((file, manager)) => (*manager, true, format!("because there is {file}")),
        None => (Manager::Npm, false, "because there is package.json".to_owned()),
    }
}

/// Yarn from its second version on has another flag.
fn is_later_yarn(package: &Package, evidence: &Evidence) -> bool {
    let version = package.manager.as_deref().and_then(|manager| manager.strip_prefix("yarn@"));
    match version.and_then(|version| version.split('.').next()?.parse::<u32>().ok()) {
        Some(major) => major >= 2,
        None => evidence.has(".yarnrc.yml"),
    }
}

/// A script that only calls another one of the same file stands for that one.
fn followed(script: &str, package: &Package) -> String {
    let mut script = script;
    for _ in 0..3 {
        let words: Vec<&str> = script.split_whitespace().collect();
        let called = match words.as_slice() {
            ["npm" | "pnpm" | "yarn" | "bun", "run", name, ..] | ["pnpm" | "yarn", name, ..] => *name,
            _ => break,
        };
        match package.scripts.get(called) {
            Some(next) => script = next,
            None => break,
        }
    }
    script.chars().take(2000).collect()
}
