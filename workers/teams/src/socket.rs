//! `GET /ws`: the live door. Browsers send cookies along from any page, so the Origin decides whether this is ours. With
//! `?session=` it leads to a session's object; without, to the conversation about somebody's site, which the agent worker
//! has.

use crate::{
    session::access,
    session_do::{self, PERSON, SIGNED_IN},
};
use vetka_domain::{target::Target, team::organization::Right};
use vetka_edge::{Error, Result, auth, config, error, id, reply, service, trace};
use worker::{Env, Headers, Method, Request, Response};

const PATH: &str = "/ws";
/// Binding of the worker that has the conversations about sites.
const AGENT: &str = "AGENT";

/// Whether a request is for the live door.
pub fn is_socket(request: &Request) -> bool {
    reply::target(&reply::url(request)).is_ok_and(|target| target.path == PATH)
}

/// Opens it.
pub async fn answer(request: Request, env: &Env) -> worker::Result<Response> {
    let url = reply::url(&request);
    let visit = trace::Visit::begin("vetka-teams", &request, |_, _| Some(("GET", PATH)));
    let request_id = visit.id();
    let answered = async {
        match open(request, env, &url).await {
            Ok(response) => Ok(response),
            Err(refusal) => refusal.into_response(&request_id),
        }
    };
    visit.answer(env, answered).await
}

async fn open(request: Request, env: &Env, url: &str) -> Result<Response> {
    let target = reply::target(url)?;
    let Some(session) = target.param("session") else {
        return service::pass_on(env, AGENT, &request).await;
    };
    if request.method() != Method::Get {
        return Err(error::method_not_allowed(&["GET"]));
    }
    let viewer = auth::reader(env, request.headers()).await?.ok_or_else(error::unauthorized)?;
    auth::require_origin(request.headers().get("origin")?.as_deref(), &config::var(env, "APP_ORIGIN")?)?;
    if !id::is_id(&session) {
        return Err(crate::organization::no_session());
    }
    let (place, person) = access::of(env, &viewer.user_id, &session, Right::See).await?;
    let after = after(&target)?;
    if request.headers().get("upgrade")?.is_none_or(|upgrade| !upgrade.eq_ignore_ascii_case("websocket")) {
        return Err(Error::new(426, "upgrade_required", "This address speaks WebSocket only.")
            .with_header("upgrade", "websocket"));
    }
    let headers = Headers::new();
    headers.set("upgrade", "websocket")?;
    headers.set(PERSON, &ascii(&serde_json::to_string(&person)?))?;
    headers.set(SIGNED_IN, &viewer.session_id)?;
    session_do::ask(env, &place.id, Method::Get, &format!("/socket?after={after}"), headers, None).await
}

fn after(target: &Target<'_>) -> Result<i64> {
    match target.param("after") {
        None => Ok(0),
        Some(after) => after
            .parse::<i64>()
            .ok()
            .filter(|&after| after >= 0)
            .ok_or_else(|| error::bad_request("malformed_number", "`after` is the number of a frame, 0 or more.")),
    }
}

/// JSON as a header can hold it.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_through_a_header_whole() {
        let name = "Ёлка 🌲 \"x\"";
        let sent = ascii(&serde_json::to_string(name).unwrap());
        assert!(sent.is_ascii());
        assert_eq!(serde_json::from_str::<String>(&sent).unwrap(), name);
    }
}
