//! How projects start that are not JavaScript: Python, Ruby, Go, Rust, what a Procfile says, and plain pages.

use super::{Evidence, Suggested, one_line, suggest};
use crate::team::startup::{MOST_COMMAND, Service};

/// Commands, and the port that the last one is known to be on.
pub(super) struct Start {
    pub(super) commands: Vec<Suggested<String>>,
    pub(super) port: Option<Suggested<u16>>,
}

/// The packages that a Python project names, lower-case, whatever file names them.
pub(super) fn python_packages(evidence: &Evidence) -> Vec<String> {
    let names = |text: &str| -> Vec<String> {
        let line = |line: &str| {
            let line = line.trim_start_matches([' ', '\t', '"', '\'']);
            let name: String =
                line.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
            name.to_ascii_lowercase().replace('_', "-")
        };
        // In lists of one line (`dependencies = ["django", "redis"]`) each quote begins a name.
        text.lines()
            .take(3000)
            .flat_map(|text| text.split(['[', ',']).map(line))
            .filter(|name| !name.is_empty())
            .collect()
    };
    ["requirements.txt", "pyproject.toml", "Pipfile"]
        .into_iter()
        .filter_map(|file| evidence.text(file))
        .flat_map(names)
        .take(3000)
        .collect()
}

/// The gems of a Ruby project.
pub(super) fn gems(evidence: &Evidence) -> Vec<String> {
    let gem = |line: &str| {
        let rest = line.trim_start().strip_prefix("gem ")?.trim_start();
        Some(rest.trim_start_matches(['"', '\'']).split(['"', '\'']).next()?.to_owned())
    };
    evidence.text("Gemfile").into_iter().flat_map(|text| text.lines().take(3000).filter_map(gem)).collect()
}

pub(super) fn python(evidence: &Evidence, services: &[Suggested<Service>]) -> Option<Start> {
    // The environment is outside of the repository, so that nobody commits it.
    const ACTIVE: &str = ". \"$HOME/venv/bin/activate\" && ";
    let (file, install) = if evidence.has("uv.lock") {
        ("uv.lock", "pip install uv && UV_PROJECT_ENVIRONMENT=\"$HOME/venv\" uv sync")
    } else if evidence.has("poetry.lock") {
        ("poetry.lock", "pip install poetry && poetry install --no-root")
    } else if evidence.has("requirements.txt") {
        ("requirements.txt", "pip install -r requirements.txt")
    } else if evidence.has("pyproject.toml") {
        ("pyproject.toml", "pip install .")
    } else {
        return None;
    };
    let packages = python_packages(evidence);
    let uses = |name: &str| packages.iter().any(|package| package == name);
    let mut commands = vec![
        suggest("python3 -m venv \"$HOME/venv\"".to_owned(), "because Python keeps what a project needs in a folder"),
        suggest(format!("{ACTIVE}{install}"), format!("because there is {file}")),
    ];
    let script = |names: &[&'static str]| names.iter().copied().find(|name| evidence.has(name));
    let (run, because, port) = if evidence.has("manage.py") {
        if !services.is_empty() {
            commands.push(suggest(
                format!("{ACTIVE}python manage.py migrate"),
                "because Django keeps its data in a database",
            ));
        }
        (
            "python manage.py runserver 8000".to_owned(),
            "because there is manage.py, as Django has it",
            Some((8000, "Django’s server")),
        )
    } else if let (true, Some(file)) = (uses("streamlit"), script(&["app.py", "main.py", "streamlit_app.py"])) {
        let run = format!("streamlit run {file} --server.headless true --server.port 8501");
        (run, "because it uses Streamlit", Some((8501, "Streamlit")))
    } else if let (true, Some(file)) = (uses("fastapi") || uses("uvicorn"), script(&["main.py", "app.py"])) {
        let module = file.trim_end_matches(".py");
        (format!("uvicorn {module}:app --reload --port 8000"), "because it uses FastAPI", Some((8000, "Uvicorn")))
    } else if let (true, Some(_)) = (uses("flask"), script(&["app.py", "wsgi.py"])) {
        ("flask run --debug --port 5000".to_owned(), "because it uses Flask", Some((5000, "Flask")))
    } else if let Some(web) = procfile(evidence) {
        (web, "because the Procfile says so", None)
    } else {
        return None;
    };
    commands.push(suggest(format!("{ACTIVE}{run}"), because));
    let port = port.map(|(port, who)| suggest(port, format!("because that is the port that {who} is started on")));
    Some(Start { commands, port })
}

pub(super) fn ruby(evidence: &Evidence, services: &[Suggested<Service>]) -> Option<Start> {
    let gems = gems(evidence);
    let uses = |name: &str| gems.iter().any(|gem| gem == name);
    let mut commands = vec![suggest("bundle install".to_owned(), "because there is a Gemfile")];
    let (run, because, port) = if uses("rails") {
        if services.iter().any(|service| service.value == Service::Postgresql) {
            commands.push(suggest("bin/rails db:prepare".to_owned(), "because Rails keeps its data in a database"));
        }
        ("bin/rails server -p 3000".to_owned(), "because it uses Rails", Some((3000, "Rails")))
    } else if uses("jekyll") || uses("github-pages") {
        ("bundle exec jekyll serve --port 4000".to_owned(), "because it uses Jekyll", Some((4000, "Jekyll")))
    } else {
        (procfile(evidence)?, "because the Procfile says so", None)
    };
    commands.push(suggest(run, because));
    let port = port.map(|(port, who)| suggest(port, format!("because that is the port that {who} is started on")));
    Some(Start { commands, port })
}

/// Go, Rust, a Procfile alone, and a page at the top of the repository.
pub(super) fn other(evidence: &Evidence) -> Option<Start> {
    let one = |command: &str, because: &str| Start { commands: vec![suggest(command.to_owned(), because)], port: None };
    if evidence.has("go.mod") && evidence.has("main.go") {
        Some(one("go run .", "because there are go.mod and main.go"))
    } else if evidence.text("Cargo.toml").is_some_and(|text| text.lines().any(|line| line.trim() == "[package]")) {
        Some(one("cargo run", "because there is Cargo.toml"))
    } else if let Some(web) = procfile(evidence) {
        Some(one(&web, "because the Procfile says so"))
    } else if evidence.has("index.html") {
        let commands = vec![suggest(
            "python3 -m http.server 8080".to_owned(),
            "because index.html is at the top of the repository, so this site needs no building",
        )];
        let port = Some(suggest(8080, "because that is the port that the pages are served on"));
        Some(Start { commands, port })
    } else {
        None
    }
}

/// The line `web: …`.
fn procfile(evidence: &Evidence) -> Option<String> {
    let line = evidence.text("Procfile")?.lines().take(200).find_map(|line| line.trim().strip_prefix("web:"))?;
    (line.len() <= MOST_COMMAND).then(|| one_line(line, MOST_COMMAND)).filter(|line| !line.is_empty())
}
