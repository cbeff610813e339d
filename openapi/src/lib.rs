//! The OpenAPI 3.1 document of every JSON route, made from what the workers are made from: the paths and who may call
//! them come from the route tables, the shapes from the types that handlers read and write.
//!
//! `api`, `agent`, `deploy`, `openweb` and `teams` say of each row of their worker's table what it takes and gives, by an exhaustive match:
//! a new row does not compile before it has an answer here. `operation` is the language they say it in; what follows
//! from a row by itself (who may, and how the others are refused) is added there and not repeated.
//!
//! The document is kept in `docs/openapi.json`, so that a review shows what a change does to it; a test fails when it is
//! not the one that is made here.

mod agent;
mod api;
mod auth;
mod deploy;
mod follow;
mod grants;
mod messages;
mod openweb;
mod operation;
mod reactions;
mod schemas;
mod teams;

use operation::{Operation, assemble};
use schemas::Schemas;
use serde_json::{Map, Value, json};
use vetka_domain::routes::{AGENT, API, DEPLOY, OPENWEB, Route, TEAMS};

/// Where the document is kept.
pub const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");

const ABOUT: &str = "What Vetka's pages, its agents and your programs can ask of it.\n\n\
    Lists are paged: `nextCursor` goes into `?cursor=` of the next request, and null is the end. Times are RFC 3339 in UTC, \
    ids are opaque. A refusal says `code` for programs and `message` for people. What belongs to somebody else is answered \
    404, as if it were not there. Whatever changes something must come from the app itself, as its `Origin` header shows.\n\n\
    `/api/auth/` speaks BetterAuth's protocol, so that its official client works here: other codes, and 404 without a body \
    for a path or a method that is not there.\n\n\
    Not described here, as they are WebSockets: `GET /ws`, the live door to a conversation, whose frames are those of `Frame`, and \
    `GET /api/notch/live`, which tells what happens to one's site: JSON with a `type` (`message`, `message_changed`, `read`, \
    `notification`, `reaction`, `unread`) and what it is about. It only says that there is something to ask for.";

/// Whether a path under `/api/` is for browsers alone: a socket, and where one goes that is on its way to GitHub and back.
#[cfg(test)]
fn is_for_browsers(path: &str) -> bool {
    path == "/api/notch/live"
        || ["/api/v1/auth/google", "/api/v1/auth/github"].iter().any(|begin| path.starts_with(begin))
}

/// The document as it is kept: indented, with a line's end at its end.
pub fn text() -> String {
    format!("{:#}\n", document())
}

/// The document.
pub fn document() -> Value {
    let mut schemas = Schemas::default();
    let mut paths = Map::new();
    add(&mut paths, &mut schemas, API, api::operation);
    add(&mut paths, &mut schemas, AGENT, agent::operation);
    add(&mut paths, &mut schemas, DEPLOY, deploy::operation);
    add(&mut paths, &mut schemas, OPENWEB, openweb::operation);
    add(&mut paths, &mut schemas, TEAMS, teams::operation);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Vetka",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": operation::tags(),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "session": {
                    "type": "apiKey", "in": "cookie", "name": vetka_domain::cookie::SESSION,
                    "description": "What signing in gives a browser.",
                },
                "operatorKey": {
                    "type": "http", "scheme": "bearer",
                    "description": "`ADMIN_KEY` of the installation. Without one these routes are not there.",
                },
                "deployToken": {
                    "type": "http", "scheme": "bearer",
                    "description": "What the agent is given to publish one site with, for a short while.",
                },
            },
            "schemas": schemas.into_components(),
        },
    })
}

fn add<Id: Copy + std::fmt::Debug>(
    paths: &mut Map<String, Value>,
    schemas: &mut Schemas,
    table: &[Route<Id>],
    operation: fn(Id) -> Option<Operation>,
) {
    for row in table {
        let Some(operation) = operation(row.id) else { continue };
        let path = paths.entry(row.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(row.method.to_ascii_lowercase(), assemble(row, operation, schemas));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_document_that_is_kept_is_the_one_that_is_made() {
        let kept = std::fs::read_to_string(FILE).unwrap_or_default();
        assert!(kept == text(), "docs/openapi.json is stale. Run: cargo run -p vetka-openapi -- --write");
    }

    #[test]
    fn every_route_under_api_is_described_and_no_page_is() {
        let document = document();
        let rows = API.iter().map(|row| (row.method, row.path));
        let rows = rows.chain(AGENT.iter().map(|row| (row.method, row.path)));
        let rows = rows.chain(TEAMS.iter().map(|row| (row.method, row.path)));
        for (method, path) in rows.chain(DEPLOY.iter().map(|row| (row.method, row.path))) {
            let described = document["paths"][path].get(method.to_ascii_lowercase()).is_some();
            let wanted = (path.starts_with("/api/") && !is_for_browsers(path)) || path == "/healthz";
            assert_eq!(described, wanted, "{method} {path}");
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let document = document();
        let mut seen = BTreeSet::new();
        for operation in
            document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values())
        {
            let id = operation["operationId"].as_str().unwrap();
            assert!(seen.insert(id.to_owned()), "{id}");
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_schema_is_used() {
        fn references(value: &Value, found: &mut BTreeSet<String>) {
            match value {
                Value::Object(map) => {
                    found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
                    map.values().for_each(|value| references(value, found));
                }
                Value::Array(list) => list.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let document = document();
        let mut wanted = BTreeSet::new();
        references(&document, &mut wanted);
        let there: BTreeSet<String> = document["components"]["schemas"]
            .as_object()
            .unwrap()
            .keys()
            .map(|name| format!("#/components/schemas/{name}"))
            .collect();
        assert_eq!(wanted, there);
    }
}
