//! `POST /api/agent/stream`: says something, and streams what comes of it as server-sent events. The turn runs in the
//! conversation's object: closing this stream ends nothing.

use crate::access;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_domain::conversation::client::Say;
use vetka_edge::{Result, auth, error, reply};
use worker::{Env, Headers, Method, Request, Response};

/// Bytes of a request: the longest text in the widest characters, and the ids.
const LARGEST: usize = 128 * 1024;

/// What is said. Without words and files, the stream is a replay only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The words, at most 20,000 characters.
    message: Option<String>,
    /// Ids of uploads, ten at most.
    #[serde(default)]
    #[schemars(length(max = 10))]
    attachments: Vec<String>,
    /// The sender's own name for the message: the same one twice is one message.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    client_id: Option<String>,
    /// The last number that was seen: what came after it is replayed first.
    #[schemars(range(min = 0))]
    after: Option<i64>,
    /// Which conversation. Absent: one's only one.
    conversation_id: Option<String>,
}

/// What the object is asked.
#[derive(Serialize, Deserialize)]
pub struct Ask {
    /// What to say, if anything.
    pub say: Option<Said>,
    /// The last number that the asker has seen.
    pub after: Option<i64>,
}

/// A message on its way to the object.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    /// The words.
    pub text: String,
    /// Ids of uploads.
    pub attachments: Vec<String>,
    /// The sender's own name for it.
    pub client_id: Option<String>,
}

impl From<Said> for Say {
    fn from(said: Said) -> Self {
        Self { text: said.text, attachments: said.attachments, client_id: said.client_id }
    }
}

/// Ends after the `done` of the turn, or after the replay when there is nothing to wait for.
pub async fn post(mut request: Request, env: &Env) -> Result<Response> {
    let viewer = auth::writer(env, request.headers()).await?;
    let body: Message = reply::read_json(&mut request, LARGEST).await?;
    let conversation = access::find_or_begin(env, &viewer.user_id, body.conversation_id.as_deref()).await?;
    if body.after.is_some_and(|after| after < 0) {
        return Err(error::bad_request("malformed_number", "`after` is the number of a frame, 0 or more."));
    }
    let speaks = body.message.is_some() || !body.attachments.is_empty();
    let say = speaks.then(|| Said {
        text: body.message.unwrap_or_default(),
        attachments: body.attachments,
        client_id: body.client_id,
    });
    let ask = serde_json::to_string(&Ask { say, after: body.after })?;
    let answer = conversation.ask(env, Method::Post, "/stream", Headers::new(), Some(ask)).await?;
    access::pass_on(answer, &viewer)
}
