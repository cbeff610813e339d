//! What a route takes and gives, in words that read like the route; and what follows from its row in the table.

use crate::{
    auth::AuthError,
    schemas::{Schemas, Shape},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use vetka_domain::routes::{Access, Route};
use vetka_edge::error::Body as Error;

const JSON: &str = "application/json";

/// Under which heading a route stands, and what that is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    Auth,
    Account,
    Sites,
    Conversation,
    Publishing,
    Notch,
    Messages,
    Reactions,
    OpenWeb,
    Social,
    Teams,
    Operator,
    Service,
}

const TAGS: &[(Tag, &str, &str)] = &[
    (Tag::Auth, "Signing in", "BetterAuth's protocol: codes by mail, other providers, sessions."),
    (Tag::Account, "Account", "What somebody is called, what was done with their account, and leaving."),
    (Tag::Sites, "Sites", "Names, sites and their versions."),
    (Tag::Conversation, "Conversation", "Talking with the agent that builds a site."),
    (Tag::Publishing, "Publishing", "What agents publish to, and people who have files of their own."),
    (Tag::Notch, "Notch", "Being known in the frame that stands on members' pages."),
    (Tag::Messages, "Messages", "What sites write to each other. A person acts as their site."),
    (Tag::Reactions, "Reactions", "What people leave on pages of members' sites, a place and a signal each."),
    (Tag::OpenWeb, "Open web", "What other websites and their programs ask for."),
    (Tag::Social, "Between sites", "Following, what is new, and being left alone. A person acts as their site."),
    (Tag::Teams, "Teams", "Organizations, who is in them, and the repositories that they change by talking."),
    (Tag::Operator, "Operating", "For whoever runs Vetka, through `scripts/admin`."),
    (Tag::Service, "Service", "About Vetka itself."),
];

impl Tag {
    fn name(self) -> &'static str {
        TAGS.iter().find(|(tag, ..)| *tag == self).map_or("", |(_, name, _)| name)
    }
}

/// The headings of the document.
pub fn tags() -> Value {
    TAGS.iter().map(|(_, name, about)| json!({ "name": name, "description": about })).collect()
}

/// A route.
pub struct Operation {
    tag: Tag,
    summary: &'static str,
    about: &'static str,
    parameters: Vec<Value>,
    body: Option<Body>,
    gives: Vec<Given>,
    refuses: BTreeMap<u16, Refusal>,
}

struct Body {
    content_types: &'static [&'static str],
    shape: Shape,
    required: bool,
}

struct Given {
    status: u16,
    about: &'static str,
    content: Option<(&'static str, Shape)>,
    headers: Vec<(&'static str, &'static str)>,
}

/// How long to wait, beside a refusal.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Wait {
    /// Seconds until another try makes sense.
    retry_after: u32,
}

/// Which codes stand under one status, and what is said beside them.
#[derive(Default)]
struct Refusal {
    codes: BTreeSet<&'static str>,
    more: Option<Shape>,
}

impl Operation {
    /// A route that does `summary`.
    pub fn new(tag: Tag, summary: &'static str) -> Self {
        let (parameters, gives) = (Vec::new(), Vec::new());
        Self { tag, summary, about: "", parameters, body: None, gives, refuses: BTreeMap::new() }
    }

    /// What else there is to know about it.
    pub fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// A query parameter that may be left out.
    pub fn query(mut self, name: &str, about: &str, schema: Value) -> Self {
        self.parameters.push(json!({ "name": name, "in": "query", "description": about, "schema": schema }));
        self
    }

    /// A query parameter that must be there.
    pub fn needs(mut self, name: &str, about: &str, schema: Value) -> Self {
        self.parameters
            .push(json!({ "name": name, "in": "query", "required": true, "description": about, "schema": schema }));
        self
    }

    /// A list that is paged as all are.
    pub fn paged(self) -> Self {
        self.query(
            "limit",
            "How many entries.",
            json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 20 }),
        )
        .query("cursor", "`nextCursor` of the page before.", json!({ "type": "string", "pattern": "^[0-9]{1,15}$" }))
        .refuses(400, &["invalid_limit", "invalid_cursor"])
    }

    /// A JSON body.
    pub fn takes<T: JsonSchema>(mut self) -> Self {
        self.body = Some(Body { content_types: &[JSON], shape: Schemas::taken::<T>, required: true });
        self
    }

    /// A body of another kind.
    pub fn takes_file(mut self, content_types: &'static [&'static str], shape: Shape) -> Self {
        self.body = Some(Body { content_types, shape, required: true });
        self
    }

    /// A JSON answer.
    pub fn gives<T: JsonSchema>(mut self, status: u16, about: &'static str) -> Self {
        let content = Some((JSON, Schemas::given::<T> as Shape));
        self.gives.push(Given { status, about, content, headers: Vec::new() });
        self
    }

    /// An answer of another kind.
    pub fn gives_file(mut self, status: u16, content_type: &'static str, about: &'static str, shape: Shape) -> Self {
        self.gives.push(Given { status, about, content: Some((content_type, shape)), headers: Vec::new() });
        self
    }

    /// An answer without a body.
    pub fn gives_nothing(mut self, status: u16, about: &'static str) -> Self {
        self.gives.push(Given { status, about, content: None, headers: Vec::new() });
        self
    }

    /// A header of the answer that was named last.
    pub fn with_header(mut self, name: &'static str, about: &'static str) -> Self {
        if let Some(given) = self.gives.last_mut() {
            given.headers.push((name, about));
        }
        self
    }

    /// A status under which it is refused, and the codes that say why.
    pub fn refuses(mut self, status: u16, codes: &[&'static str]) -> Self {
        self.refuses.entry(status).or_default().codes.extend(codes);
        self
    }

    /// A route that may not be called as often as somebody likes.
    pub fn limited(self) -> Self {
        self.refuses_with::<Wait>(429, &["too_many_requests"])
    }

    /// As [`Self::refuses`], and says more than the code and the words.
    pub fn refuses_with<T: JsonSchema>(self, status: u16, codes: &[&'static str]) -> Self {
        let mut operation = self.refuses(status, codes);
        operation.refuses.entry(status).or_default().more = Some(Schemas::given::<T>);
        operation
    }
}

/// The operation as the document has it, with what follows from its row: who may call it, how everybody else is refused,
/// and what every body is held to.
pub fn assemble<Id: Copy + std::fmt::Debug>(row: &Route<Id>, operation: Operation, schemas: &mut Schemas) -> Value {
    let wire = if row.path.starts_with("/api/auth/") { Wire::BetterAuth } else { Wire::Ours };
    let mut operation = wire.usual(row, operation);
    let mut parameters: Vec<Value> = path_parameters(row.path);
    parameters.append(&mut operation.parameters);

    let mut made = Map::new();
    made.insert("operationId".into(), json!(name(&format!("{:?}", row.id))));
    made.insert("tags".into(), json!([operation.tag.name()]));
    made.insert("summary".into(), json!(operation.summary));
    if !operation.about.is_empty() {
        made.insert("description".into(), json!(operation.about));
    }
    made.insert(
        "security".into(),
        match row.access {
            Access::Anyone => json!([]),
            Access::SignedIn | Access::Owner | Access::Member | Access::Admin => json!([{ "session": [] }]),
            Access::DeployToken => json!([{ "deployToken": [] }]),
            Access::Operator => json!([{ "operatorKey": [] }]),
        },
    );
    if !parameters.is_empty() {
        made.insert("parameters".into(), json!(parameters));
    }
    if let Some(Body { content_types, shape, required }) = operation.body {
        let schema = shape(schemas);
        let content: Map<String, Value> =
            content_types.iter().map(|name| ((*name).to_owned(), json!({ "schema": schema }))).collect();
        made.insert("requestBody".into(), json!({ "required": required, "content": content }));
    }
    let mut answers = BTreeMap::new();
    for Given { status, about, content, headers } in operation.gives {
        let mut answer = Map::from_iter([("description".to_owned(), json!(about))]);
        if !headers.is_empty() {
            let headers = headers.into_iter().map(|(name, about)| (name.to_owned(), header(about)));
            answer.insert("headers".into(), Value::Object(headers.collect()));
        }
        if let Some((content_type, shape)) = content {
            answer.insert("content".into(), json!({ content_type: { "schema": shape(schemas) } }));
        }
        answers.insert(status, Value::Object(answer));
    }
    for (status, refusal) in operation.refuses {
        answers.insert(status, wire.refusal(status, &refusal, schemas));
    }
    let answers = answers.into_iter().map(|(status, answer)| (status.to_string(), answer));
    made.insert("responses".into(), Value::Object(answers.collect()));
    Value::Object(made)
}

/// Which manners a route has.
#[derive(Clone, Copy)]
enum Wire {
    Ours,
    BetterAuth,
}

impl Wire {
    fn usual<Id: Copy>(self, row: &Route<Id>, operation: Operation) -> Operation {
        let changes = row.method != "GET";
        let has_body = operation.body.is_some();
        let is_json = operation.body.as_ref().is_some_and(|body| body.content_types == [JSON]);
        let mut operation = operation;
        match self {
            Self::Ours => {
                match row.access {
                    Access::Anyone => {}
                    Access::SignedIn => operation = operation.refuses(401, &["unauthorized"]),
                    Access::Owner | Access::Member => {
                        operation = operation.refuses(401, &["unauthorized"]).refuses(404, &["not_found"]);
                    }
                    Access::Admin => {
                        operation = operation
                            .refuses(401, &["unauthorized"])
                            .refuses(403, &["admins_only"])
                            .refuses(404, &["not_found"]);
                    }
                    Access::DeployToken => operation = operation.refuses(401, &["token_invalid", "token_expired"]),
                    Access::Operator => {
                        operation = operation.refuses(401, &["wrong_key"]).refuses(404, &["not_found"]).limited();
                    }
                }
                if changes && row.access != Access::DeployToken {
                    operation.parameters.insert(0, origin(true));
                    operation = operation.refuses(403, &["wrong_origin"]).limited();
                }
                if has_body {
                    operation = operation.refuses(413, &["too_large"]).refuses(415, &["unsupported_media_type"]);
                }
                if is_json {
                    operation = operation.refuses(400, &["malformed_json"]);
                }
            }
            Self::BetterAuth => {
                operation = operation.refuses(429, &[]);
                if !matches!(row.access, Access::Anyone) {
                    operation = operation.refuses(401, &["UNAUTHORIZED"]);
                }
                if changes {
                    operation.parameters.insert(0, origin(false));
                    operation = operation.refuses(403, &["MISSING_OR_NULL_ORIGIN", "INVALID_ORIGIN"]);
                    operation = operation.refuses(400, &["BAD_REQUEST"]).refuses(415, &["UNSUPPORTED_MEDIA_TYPE"]);
                }
            }
        }
        operation
    }

    fn refusal(self, status: u16, refusal: &Refusal, schemas: &mut Schemas) -> Value {
        let base = match self {
            Self::Ours => schemas.given::<Error<'_>>(),
            Self::BetterAuth => schemas.given::<AuthError>(),
        };
        let mut all = vec![base];
        if !refusal.codes.is_empty() {
            all.push(json!({ "properties": { "code": { "enum": refusal.codes } } }));
        }
        // That wire leaves the code out of some of these.
        if matches!(self, Self::BetterAuth) && !matches!(status, 400 | 429) {
            all.push(json!({ "required": ["code"] }));
        }
        all.extend(refusal.more.map(|shape| shape(schemas)));
        let codes: Vec<String> = refusal.codes.iter().map(|code| format!("`{code}`")).collect();
        let about = if codes.is_empty() {
            meaning(status).to_owned()
        } else {
            format!("{}: {}.", meaning(status), codes.join(", "))
        };
        let mut answer = json!({ "description": about, "content": { JSON: { "schema": { "allOf": all } } } });
        if status == 429 {
            let wait = header("Seconds to wait.");
            let headers = match self {
                Self::Ours => json!({ "Retry-After": wait }),
                Self::BetterAuth => json!({ "Retry-After": wait, "X-Retry-After": wait }),
            };
            if let Some(answer) = answer.as_object_mut() {
                answer.insert("headers".into(), headers);
            }
        }
        answer
    }
}

/// What a status means here.
fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request itself is wrong",
        401 => "Nobody who may is asking",
        403 => "Not from there, or not this",
        404 => "There is no such thing, or it is somebody else's",
        405 => "Not with this method",
        409 => "The thing is taken, or the world has changed",
        410 => "It is gone",
        411 => "The length must be said",
        413 => "Too large",
        415 => "Not of a kind that is taken",
        422 => "Understood, and it cannot be",
        429 => "Too often; wait as long as the answer says",
        502 => "A service behind this one did not do its part",
        503 => "Not right now; try again in a moment",
        _ => "Refused",
    }
}

fn origin(required: bool) -> Value {
    let about = if required {
        "Where the request comes from: the app's own origin, which browsers say by themselves."
    } else {
        "Where the request comes from. With a cookie it must be the app's own origin, which browsers say by themselves."
    };
    json!({ "name": "Origin", "in": "header", "required": required, "description": about, "schema": { "type": "string", "format": "uri" } })
}

fn header(about: &str) -> Value {
    json!({ "description": about, "schema": { "type": "string" } })
}

/// The parameters that a path names, which mean the same everywhere.
fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| {
            let (about, schema) = match name {
                "domain" => (
                    "The site's domain: `ann.vetka.sh`.",
                    json!({ "type": "string", "minLength": 1, "maxLength": 253 }),
                ),
                "sessionId" => ("A session.", json!({ "type": "string", "pattern": "^[a-z0-9]{24}$" })),
                "orgId" => ("An organization.", json!({ "type": "string", "pattern": "^[a-z0-9]{24}$" })),
                "token" => ("What stands in the link.", json!({ "type": "string", "minLength": 1, "maxLength": 100 })),
                "owner" | "repo" => {
                    ("As GitHub has it.", json!({ "type": "string", "minLength": 1, "maxLength": 100 }))
                }
                "id" => ("Opaque.", json!({ "type": "string", "pattern": "^[a-z0-9]{24}$" })),
                "sha256" => (
                    "SHA-256 of the file's bytes, in lower-case hexadecimal.",
                    json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" }),
                ),
                "provider" => ("Who vouches for somebody.", json!({ "type": "string", "enum": ["google", "github"] })),
                _ => ("", json!({ "type": "string" })),
            };
            json!({ "name": name, "in": "path", "required": true, "description": about, "schema": schema })
        })
        .collect()
}

/// `ListSites` to `listSites`.
fn name(variant: &str) -> String {
    let mut letters = variant.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}
