//! `GET /api/notch/live`: the live door to everything that happens to one's site. Browsers send cookies along from any page,
//! so the Origin decides whether this is ours: the app's pages, and our frame on somebody's page, which says on whose. Where
//! the frame has a bearer instead of a cookie, it offers that as a protocol: an address would be written into logs.

use crate::{
    access,
    live_do::{Credential, PROTOCOLS, WHO},
};
use vetka_domain::{notch as rules, target::Target};
use vetka_edge::{
    Error, Result, auth, config, error, live,
    notch::{self, Asked},
    trace,
};
use worker::{Env, Headers, Method, Request, RequestInit, Response};

/// Opens a socket that only tells.
pub async fn get(request: Request, env: &Env, target: &Target<'_>) -> Result<Response> {
    let who = listener(&request, env, target).await?;
    auth::require_origin(request.headers().get("origin")?.as_deref(), &config::var(env, "APP_ORIGIN")?)?;
    if request.headers().get("upgrade")?.is_none_or(|upgrade| !upgrade.eq_ignore_ascii_case("websocket")) {
        return Err(Error::new(426, "upgrade_required", "This address speaks WebSocket only.")
            .with_header("upgrade", "websocket"));
    }
    let site_id = access::listening_site(env, &who).await?;
    let headers = Headers::new();
    headers.set("upgrade", "websocket")?;
    headers.set(WHO, &serde_json::to_string(&who)?)?;
    let offered = request.headers().get(PROTOCOLS)?;
    if offered.as_deref().and_then(rules::offered).is_some() {
        // Browsers shut a socket that answers none of what they offered; the bearer itself is not said again.
        headers.set(PROTOCOLS, rules::PROTOCOL)?;
    }
    trace::tell(&headers)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(headers);
    let asking = Request::new_with_init(&format!("http://live.internal/socket?site={site_id}"), &init)?;
    Ok(env.durable_object(live::LIVE)?.get_by_name(&site_id)?.fetch_with_request(asking).await?)
}

/// What whoever asks comes with.
async fn listener(request: &Request, env: &Env, target: &Target<'_>) -> Result<Credential> {
    if let Some(origin) = target.param("notch") {
        let headers = request.headers();
        notch::check_socket(headers.get("origin")?.as_deref(), &config::var(env, "APP_ORIGIN")?, &origin)?;
        let (cookie, offered) = (headers.get("cookie")?, headers.get(PROTOCOLS)?);
        let bearer = offered.as_deref().and_then(rules::offered);
        let asked = Asked { origin: &origin, cookie: cookie.as_deref(), bearer };
        let known = notch::listener(env, &asked).await?.ok_or_else(error::unauthorized)?;
        return Ok(Credential::Grant(known.grant_id));
    }
    let viewer = auth::reader(env, request.headers()).await?.ok_or_else(error::unauthorized)?;
    Ok(Credential::Session(viewer.session_id))
}
