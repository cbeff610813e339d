//! Where a project's preview answers.

use super::container::Containers;
use super::variables::Variables;
use super::{Evidence, Suggested, suggest};
use crate::team::startup::Service;

/// What a tool listens on when nobody says anything, by the words that start it; and whether it takes `PORT` instead.
const TOOLS: [(&str, &str, u16, bool); 26] = [
    ("vite preview", "Vite’s preview", 4173, false),
    ("next", "Next.js", 3000, true),
    ("nuxt", "Nuxt", 3000, true),
    ("nuxi", "Nuxt", 3000, true),
    ("astro", "Astro", 4321, false),
    ("react-scripts", "Create React App", 3000, true),
    ("react-router", "React Router", 5173, false),
    ("remix vite:dev", "Remix", 5173, false),
    ("remix", "Remix", 3000, true),
    ("vue-cli-service", "Vue CLI", 8080, true),
    ("ng serve", "Angular", 4200, false),
    ("ng", "Angular", 4200, false),
    ("gatsby", "Gatsby", 8000, true),
    ("docusaurus", "Docusaurus", 3000, true),
    ("vitepress", "VitePress", 5173, false),
    ("storybook", "Storybook", 6006, false),
    ("eleventy", "Eleventy", 8080, false),
    ("webpack serve", "webpack", 8080, false),
    ("webpack-dev-server", "webpack", 8080, false),
    ("parcel", "Parcel", 1234, true),
    ("wrangler", "Wrangler", 8787, false),
    ("http-server", "http-server", 8080, true),
    ("live-server", "live-server", 8080, true),
    ("nest", "Nest", 3000, true),
    ("vite", "Vite", 5173, false),
    ("serve", "serve", 3000, true),
];

pub(super) fn find(
    evidence: &Evidence,
    script: Option<&str>,
    known: Option<Suggested<u16>>,
    variables: &Variables,
    containers: &Containers,
    services: &[Suggested<Service>],
) -> Suggested<u16> {
    let fits = |port: u16| port >= 1024 && port != 49983 && services.iter().all(|service| service.value.port() != port);
    if let Some(known) = known.filter(|known| fits(known.value)) {
        return known;
    }
    let script = script.unwrap_or_default();
    if let Some(port) = in_script(script).filter(|port| fits(*port)) {
        return suggest(port, "because the script that starts it says so");
    }
    let tool = TOOLS.iter().find(|(words, ..)| starts(script, words));
    let configured = || {
        let (file, text) = evidence.first(&["vite.config.ts", "vite.config.js", "vite.config.mjs"])?;
        let port = in_config(text).filter(|port| fits(*port))?;
        Some(suggest(port, format!("because {file} says so")))
    };
    let takes_port = tool.is_none_or(|(.., takes_port)| *takes_port);
    let variable = || {
        let port = variables.value("PORT").filter(|_| takes_port)?.parse().ok().filter(|port| fits(*port))?;
        Some(suggest(port, format!("because {} sets PORT", variables.file())))
    };
    let usual = || tool.map(|(_, title, port, _)| suggest(*port, format!("because that is {title}’s usual port")));
    let container = || containers.ports.iter().find(|port| fits(port.value)).cloned();
    let configured = if tool.is_some_and(|(_, _, port, _)| *port == 5173) { configured() } else { None };
    configured
        .or_else(variable)
        .or_else(usual)
        .or_else(container)
        .unwrap_or_else(|| suggest(3000, "because nothing says another one; the project is told this port as PORT"))
}

/// Whether a script runs a tool: its words stand there as words.
fn starts(script: &str, tool: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.' | ':' | '@');
    script.match_indices(tool).any(|(at, _)| {
        let before = script.get(..at).and_then(|before| before.chars().next_back());
        let after = script.get(at + tool.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// `--port 4000`, `--port=4000`, `-p 4000`, `-l 4000`, `PORT=4000`.
fn in_script(script: &str) -> Option<u16> {
    let mut words = script.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let value = match word {
            "--port" | "-p" | "-l" | "--listen" => words.peek().copied(),
            _ => ["--port=", "-p=", "-p", "PORT="].iter().find_map(|start| word.strip_prefix(start)),
        };
        if let Some(port) = value.and_then(|value| value.parse().ok()) {
            return Some(port);
        }
    }
    None
}

/// `port: 4000` in a configuration that is a program.
fn in_config(text: &str) -> Option<u16> {
    text.lines().take(500).find_map(|line| {
        let line = line.split("//").next()?;
        let (before, after) = line.split_once("port:")?;
        if before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_') {
            return None;
        }
        let digits: String = after.trim_start().chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    })
}
