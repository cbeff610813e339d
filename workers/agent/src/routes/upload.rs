//! `POST /api/agent/upload` and `GET /api/agent/uploads/{id}`: files that go with messages. What comes in is served
//! from the app's own origin, so nothing of it may ever run there.

use super::asked_conversation;
use crate::{access, uploads};
use vetka_domain::{
    conversation::upload::Kind,
    limit::{Subject, UPLOADS},
    target::Target,
};
use vetka_edge::{
    Error, Result, auth, error, id,
    limit::{self, Rule},
    reply,
};
use worker::{Env, Headers, Request, Response};

/// Room around the file in a multipart body.
const ENVELOPE: usize = 64 * 1024;

/// Takes one file, in the field `file`.
pub async fn post(request: Request, env: &Env, target: &Target<'_>) -> Result<Response> {
    let viewer = auth::writer(env, request.headers()).await?;
    limit::take(env, &[Rule(UPLOADS, Subject::Account(&viewer.user_id))]).await?;
    let conversation = access::find_or_begin(env, &viewer.user_id, asked_conversation(target).as_deref()).await?;
    let headers = request.headers();
    if !headers.get("content-type")?.unwrap_or_default().to_ascii_lowercase().starts_with("multipart/form-data") {
        return Err(Error::new(415, "unsupported_media_type", "Send the file as multipart/form-data."));
    }
    // The body is taken as a whole, so its length must be known before.
    let length = headers.get("content-length")?.and_then(|length| length.parse::<usize>().ok());
    match length {
        None => return Err(Error::new(411, "length_required", "Say how long the file is and send it again.")),
        Some(length) if length > uploads::LARGEST + ENVELOPE => return Err(uploads::too_large()),
        Some(_) => {}
    }
    let stored = uploads::take(env, &conversation.id, &request).await?;
    access::pass_on(reply::json(201, &stored)?, &viewer)
}

/// Gives a file back to its owner. Pictures are shown; everything else is offered for saving.
pub async fn get(request: Request, env: &Env, params: &[String]) -> Result<Response> {
    let viewer = auth::reader(env, request.headers()).await?.ok_or_else(error::unauthorized)?;
    let upload = params.first().map(String::as_str).unwrap_or_default();
    let missing = || error::not_found("There is no such file.");
    if !id::is_id(upload) {
        return Err(missing());
    }
    for conversation in access::all(env, &viewer.user_id).await? {
        let Some(object) = uploads::bucket(env)?.get(uploads::key(&conversation.id, upload)).execute().await? else {
            continue;
        };
        let stored = uploads::describe(upload, &object)?;
        let headers = Headers::new();
        let is_image = matches!(Kind::of(&stored.media_type), Some(Kind::Image(_)));
        headers.set("content-type", &stored.media_type)?;
        headers.set("content-length", &object.size().to_string())?;
        headers.set("content-disposition", &disposition(is_image, &stored.name))?;
        headers.set("content-security-policy", "default-src 'none'; sandbox")?;
        headers.set("cross-origin-resource-policy", "same-origin")?;
        headers.set("x-content-type-options", "nosniff")?;
        headers.set("cache-control", "private, max-age=3600")?;
        let body = object.body().ok_or_else(missing)?.response_body()?;
        return access::pass_on(Response::from_body(body)?.with_headers(headers), &viewer);
    }
    Err(missing())
}

fn disposition(inline: bool, name: &str) -> String {
    let kind = if inline { "inline" } else { "attachment" };
    format!("{kind}; filename*=UTF-8''{}", vetka_domain::target::encode_component(name))
}
