//! Dockerfiles and compose files, read by their lines: what is exposed, what is started, and which images stand beside.

use super::{Evidence, Suggested, one_line, suggest};
use crate::team::startup::{MOST_COMMAND, shell_quoted};

/// Lines of a file that are looked at.
const MOST_LINES: usize = 3000;

#[derive(Debug, Clone, Default)]
pub(super) struct Containers {
    /// What the Dockerfile ends with.
    pub(super) command: Option<String>,
    pub(super) ports: Vec<Suggested<u16>>,
    /// Images of the compose file, by their last name and without a version, and the file.
    pub(super) images: Vec<(String, &'static str)>,
}

pub(super) fn read(evidence: &Evidence) -> Containers {
    let mut found = Containers::default();
    if let Some(text) = evidence.text("Dockerfile") {
        dockerfile(text, &mut found);
    }
    let files = ["docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml"];
    if let Some((file, text)) = evidence.first(&files) {
        compose(file, text, &mut found);
    }
    found
}

fn dockerfile(text: &str, found: &mut Containers) {
    for line in text.lines().take(MOST_LINES) {
        let Some((word, rest)) = line.trim().split_once(char::is_whitespace) else { continue };
        match word.to_ascii_uppercase().as_str() {
            // Each stage begins anew; the last one is what runs.
            "FROM" => {
                found.command = None;
                found.ports.clear();
            }
            "EXPOSE" => {
                let ports = rest.split_whitespace().filter_map(|port| port.split('/').next()?.parse().ok());
                found
                    .ports
                    .extend(ports.take(10).map(|port| suggest(port, format!("because the Dockerfile exposes {port}"))));
            }
            "CMD" if rest.len() <= MOST_COMMAND => found.command = command(rest.trim()),
            _ => {}
        }
    }
}

fn command(text: &str) -> Option<String> {
    let words = text.starts_with('[').then(|| serde_json::from_slice::<Vec<String>>(text.as_bytes()));
    let plain = |word: &String| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/:=@-".contains(&byte));
    let line = match words {
        Some(Ok(words)) => words
            .iter()
            .map(|word| if plain(word) { word.clone() } else { shell_quoted(word) })
            .collect::<Vec<_>>()
            .join(" "),
        _ if text.ends_with('\\') => return None,
        _ => text.to_owned(),
    };
    let line = one_line(&line, MOST_COMMAND);
    (!line.is_empty()).then_some(line)
}

fn compose(file: &'static str, text: &str, found: &mut Containers) {
    let mut in_ports = false;
    for line in text.lines().take(MOST_LINES) {
        let line = line.split(" #").next().unwrap_or_default().trim();
        let unquoted = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
        if let Some(image) = line.strip_prefix("image:") {
            let image = unquoted(image);
            let last = image.rsplit('/').next().unwrap_or_default();
            let name = last.split([':', '@']).next().unwrap_or_default().to_ascii_lowercase();
            if !name.is_empty() && found.images.len() < 50 {
                found.images.push((one_line(&name, 60), file));
            }
        } else if let (true, Some(port)) = (in_ports, line.strip_prefix("- ")) {
            // `127.0.0.1:8080:80/tcp`: the last one is the one inside, which is where the project listens.
            let inside = unquoted(port).rsplit(':').next().and_then(|port| port.split('/').next()?.parse::<u16>().ok());
            if let Some(port) = inside.filter(|_| found.ports.len() < 20) {
                found.ports.push(suggest(port, format!("because {file} opens port {port}")));
            }
            continue;
        }
        in_ports = line == "ports:";
    }
}
