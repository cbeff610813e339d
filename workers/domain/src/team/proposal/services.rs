//! Which services a project needs beside itself.

use super::container::Containers;
use super::javascript::Package;
use super::variables::Variables;
use super::{Evidence, Suggested, languages, suggest};
use crate::team::startup::Service;

#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) services: Vec<Suggested<Service>>,
    pub(super) notes: Vec<String>,
}

/// Packages of npm, PyPI and RubyGems, and what a Go or Rust project says somewhere in its list.
const JAVASCRIPT: [(Service, &[&str]); 2] = [
    (
        Service::Postgresql,
        &["pg", "postgres", "pg-promise", "slonik", "@prisma/adapter-pg", "connect-pg-simple", "pg-boss"],
    ),
    (Service::Redis, &["redis", "ioredis", "bull", "bullmq", "connect-redis", "bee-queue"]),
];
const PYTHON: [(Service, &[&str]); 2] = [
    (Service::Postgresql, &["psycopg", "psycopg2", "psycopg2-binary", "asyncpg", "pg8000"]),
    (Service::Redis, &["redis", "django-redis", "rq", "channels-redis", "aioredis"]),
];
const RUBY: [(Service, &[&str]); 2] =
    [(Service::Postgresql, &["pg"]), (Service::Redis, &["redis", "sidekiq", "resque", "redis-rails"])];
const LINES: [(Service, &str, &[&str]); 4] = [
    (Service::Postgresql, "go.mod", &["github.com/lib/pq", "github.com/jackc/pgx", "gorm.io/driver/postgres"]),
    (Service::Redis, "go.mod", &["github.com/redis/go-redis", "github.com/go-redis/redis", "gomodule/redigo"]),
    (Service::Postgresql, "Cargo.toml", &["tokio-postgres", "diesel = { features = [\"postgres", "\"postgres\""]),
    (Service::Redis, "Cargo.toml", &["\nredis =", "\nredis=", "deadpool-redis", "\nfred ="]),
];
const IMAGES: [(Service, &[&str]); 2] = [
    (Service::Postgresql, &["postgres", "postgresql", "postgis", "pgvector", "timescaledb"]),
    (Service::Redis, &["redis", "valkey", "keydb", "redis-stack", "redis-stack-server"]),
];
/// Images that a sandbox has nothing for.
const OTHERS: [(&str, &str); 14] = [
    ("mysql", "MySQL"),
    ("mariadb", "MariaDB"),
    ("mongo", "MongoDB"),
    ("mongodb", "MongoDB"),
    ("elasticsearch", "Elasticsearch"),
    ("opensearch", "OpenSearch"),
    ("rabbitmq", "RabbitMQ"),
    ("kafka", "Kafka"),
    ("minio", "MinIO"),
    ("memcached", "Memcached"),
    ("meilisearch", "Meilisearch"),
    ("clickhouse-server", "ClickHouse"),
    ("mssql", "SQL Server"),
    ("nats", "NATS"),
];

pub(super) fn find(
    evidence: &Evidence,
    package: Option<&Package>,
    variables: &Variables,
    containers: &Containers,
) -> Found {
    let mut found = Found::default();
    let python = languages::python_packages(evidence);
    let gems = languages::gems(evidence);
    for service in Service::ALL {
        let named = |table: &[(Service, &'static [&'static str])]| -> Vec<&'static str> {
            table.iter().filter(|(of, _)| *of == service).flat_map(|(_, names)| names.iter().copied()).collect()
        };
        let javascript = named(&JAVASCRIPT).into_iter().find(|name| package.is_some_and(|package| package.uses(name)));
        let listed =
            |table, list: &[String]| named(table).into_iter().find(|name| list.iter().any(|known| known == name));
        let line = || {
            LINES.iter().find(|(of, file, words)| {
                *of == service && evidence.text(file).is_some_and(|text| words.iter().any(|word| text.contains(word)))
            })
        };
        let image = || {
            let images = named(&IMAGES);
            containers.images.iter().find(|(image, _)| images.contains(&image.as_str()))
        };
        let because = if let Some(name) = javascript {
            Some(format!("because package.json uses {name}"))
        } else if let Some(name) = listed(&PYTHON, &python) {
            Some(format!("because the project uses {name}"))
        } else if let Some(name) = listed(&RUBY, &gems) {
            Some(format!("because the Gemfile names {name}"))
        } else if let Some((_, file, _)) = line() {
            Some(format!("because {file} names a library for it"))
        } else if let Some((image, file)) = image() {
            Some(format!("because {file} starts {image}"))
        } else if service == Service::Postgresql && has_schema(evidence) {
            Some("because prisma/schema.prisma says postgresql".to_owned())
        } else {
            environment(service, variables, package).map(|name| format!("because {} names {name}", variables.file()))
        };
        if let Some(because) = because {
            found.services.push(suggest(service, because));
        }
    }
    for (image, title) in OTHERS {
        if let Some((_, file)) = containers.images.iter().find(|(known, _)| known == image) {
            found.notes.push(format!("{file} also starts {title}, which sessions do not have."));
        }
    }
    found
}

fn has_schema(evidence: &Evidence) -> bool {
    let provider = |line: &str| {
        line.trim()
            .strip_prefix("provider")
            .is_some_and(|rest| rest.trim_start_matches([' ', '=']).starts_with("\"postgresql\""))
    };
    evidence.text("prisma/schema.prisma").is_some_and(|text| text.lines().take(2000).any(provider))
}

/// The name of a variable that speaks for a service.
fn environment<'a>(service: Service, variables: &'a Variables, package: Option<&Package>) -> Option<&'a str> {
    match service {
        Service::Redis => variables.has_prefix("REDIS_"),
        Service::Postgresql => {
            let other = ["mysql", "mysql2", "better-sqlite3", "sqlite3", "mongoose", "mongodb", "@libsql/client"];
            let has_other = package.is_some_and(|package| other.iter().any(|name| package.uses(name)));
            let url = variables
                .value("DATABASE_URL")
                .filter(|url| url.starts_with("postgres") || (!url.contains(':') && !has_other));
            url.map(|_| "DATABASE_URL")
                .or_else(|| variables.has_prefix("POSTGRES_"))
                .or_else(|| variables.has_prefix("PGHOST"))
        }
    }
}
