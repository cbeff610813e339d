//! The way in to what a sandbox shows. Each session has an origin of its own, so that nothing of one is read by another, and
//! a cookie there that its object knows. What is ours on such an origin is under `/__vetka/`; all else is the sandbox's, and
//! passes as it is. While there is nothing to show, people see what is being done instead.

mod page;
mod pass;
mod script;

use crate::{
    object::{self, Look},
    proxy::upstream,
};
use std::{cell::RefCell, rc::Rc, time::Duration};
use vetka_domain::{
    cookie,
    origin::Sender,
    target::Target,
    team::preview::{self as rules, PREFIX},
};
use vetka_edge::{Error, Result, config, error, reply, rest::Rest, time, trace::Visit};
use worker::{Env, Headers, Request, Response};

/// How long an isolate believes what an object said of somebody. A page of a development server asks for hundreds of files.
const BELIEVED_MS: i64 = 2_000;
/// Verdicts that are kept at once.
const MOST_KEPT: usize = 500;
/// Bytes of what a page says has gone wrong on it, and how long it may take to say so.
const LONGEST_REPORT: usize = 2000;
const REPORT_PATIENCE: Duration = Duration::from_secs(5);
/// How long a browser keeps the cookie, in seconds; longer than any session lasts.
const COOKIE_S: i64 = 24 * 60 * 60;

/// What an object said, and until when that is believed. In Unix milliseconds.
type Verdict = (i64, Option<Rc<Look>>);

thread_local! {
    static VERDICTS: RefCell<Vec<(String, Verdict)>> = RefCell::default();
}

/// Somebody in front of a preview.
pub struct Visitor<'a> {
    env: &'a Env,
    session: &'a str,
    origin: String,
    app_origin: String,
}

/// The session whose preview a host is. `PREVIEW_ORIGIN` says where they are.
pub fn session_at(env: &Env, host: &str) -> Option<String> {
    rules::session(&config::optional(env, "PREVIEW_ORIGIN")?, host).map(str::to_owned)
}

/// Answers a request to a preview's origin.
pub async fn enter(request: Request, env: Env, session: String) -> worker::Result<Response> {
    let visit = Visit::of_visitor(crate::WORKER);
    let (id, rest) = (visit.id(), Rest::of(&request));
    let answered = async {
        match route(request, &env, &session).await {
            Ok(response) => Ok(response),
            Err(refusal) => {
                rest.hear_out().await;
                refusal.into_response(&id)
            }
        }
    };
    visit.answer(&env, answered).await
}

async fn route(request: Request, env: &Env, session: &str) -> Result<Response> {
    let url = reply::url(&request);
    let target = reply::target(&url)?;
    let origin = rules::origin(&config::var(env, "PREVIEW_ORIGIN")?, session);
    let visitor = Visitor { env, session, origin, app_origin: config::var(env, "APP_ORIGIN")? };
    match target.path.strip_prefix(PREFIX) {
        Some("enter") if request.method() == worker::Method::Get => visitor.let_in(&target).await,
        Some("preview.js") => script::serve(env, header(&request, "if-none-match").as_deref()).await,
        Some("wait.js") => page::script(),
        Some("state") => visitor.state(&request).await,
        Some("report") if request.method() == worker::Method::Post => visitor.report(request).await,
        Some(_) => Err(error::not_found("There is nothing at this address.")),
        None => visitor.show(request, &target).await,
    }
}

impl Visitor<'_> {
    /// Takes a token that the session's page was given, once, and leaves a cookie in its place.
    async fn let_in(&self, target: &Target<'_>) -> Result<Response> {
        let token = target.param("token").unwrap_or_default();
        let Some(value) = object::enter(self.env, self.session, &token).await? else {
            return page::closed(self, page::Closed::Used);
        };
        let headers = Headers::new();
        headers.set("set-cookie", &cookie::set_partitioned(cookie::PREVIEW, &value, COOKIE_S))?;
        headers.set("location", &format!("{}{}", self.origin, rules::place(target.param("to").as_deref())))?;
        headers.set("cache-control", "no-store")?;
        // The token is in the address of this very answer.
        headers.set("referrer-policy", "no-referrer")?;
        Ok(Response::builder().with_status(303).with_headers(headers).empty())
    }

    /// How far things are, for the page that waits.
    async fn state(&self, request: &Request) -> Result<Response> {
        match self.look(request).await? {
            Some(look) => reply::json(200, &page::State::of(&look)),
            None => Err(no_cookie()),
        }
    }

    /// Refuses what a page of another origin asks for.
    fn require_own(&self, request: &Request) -> Result<()> {
        if is_from_elsewhere(request, &self.origin) {
            return Err(error::forbidden("wrong_origin", "Only the preview itself may ask for this."));
        }
        Ok(())
    }

    /// Takes what the script in a page says has gone wrong on it.
    async fn report(&self, mut request: Request) -> Result<Response> {
        self.require_own(&request)?;
        let cookies = header(&request, "cookie").unwrap_or_default();
        let cookie = rules::cookie(&cookies).ok_or_else(no_cookie)?;
        let message = upstream::beginning(&mut request.stream()?, LONGEST_REPORT, REPORT_PATIENCE).await;
        object::report(self.env, self.session, cookie, &String::from_utf8_lossy(&message)).await?;
        Ok(reply::empty(204))
    }

    async fn show(&self, request: Request, target: &Target<'_>) -> Result<Response> {
        self.require_own(&request)?;
        let wants_page = wants_page(&request);
        let Some(look) = self.look(&request).await? else {
            return if wants_page { page::closed(self, page::Closed::NoCookie) } else { Err(no_cookie()) };
        };
        if let Some(sandbox_id) = &look.sandbox_id
            && let Some(response) = pass::pass(self, request, target, &look, sandbox_id, wants_page).await?
        {
            return Ok(response);
        }
        if wants_page {
            return page::waiting(self, &look);
        }
        Err(Error::new(503, "preview_not_ready", "The preview is not ready yet.").with_header("retry-after", "2"))
    }

    /// What the object says of whoever has this request's cookie.
    async fn look(&self, request: &Request) -> Result<Option<Rc<Look>>> {
        let Some(cookies) = header(request, "cookie") else { return Ok(None) };
        let Some(value) = rules::cookie(&cookies) else { return Ok(None) };
        let (key, now) = (format!("{}/{value}", self.session), time::now_ms());
        let is_it = |(known, _): &&(String, Verdict)| *known == key;
        let known = VERDICTS.with_borrow(|verdicts| verdicts.iter().find(is_it).map(|(_, verdict)| verdict.clone()));
        if let Some((until, verdict)) = known
            && now < until
        {
            return Ok(verdict);
        }
        let verdict = object::look(self.env, self.session, value).await?.map(Rc::new);
        VERDICTS.with_borrow_mut(|verdicts| {
            verdicts.retain(|(known, (until, _))| *known != key && now < *until);
            if verdicts.len() >= MOST_KEPT {
                verdicts.clear();
            }
            verdicts.push((key, (now + BELIEVED_MS, verdict.clone())));
        });
        Ok(verdict)
    }
}

fn no_cookie() -> Error {
    Error::new(401, "no_preview", "Open this preview from its session.")
}

/// Whether a browser is going to show the answer as a page, in a tab or a frame.
fn wants_page(request: &Request) -> bool {
    if !matches!(request.method(), worker::Method::Get | worker::Method::Head | worker::Method::Post) {
        return false;
    }
    match header(request, "sec-fetch-dest").as_deref() {
        Some(destination) => matches!(destination, "document" | "iframe" | "frame"),
        None => header(request, "accept").is_some_and(|accept| accept.contains("text/html")),
    }
}

fn is_from_elsewhere(request: &Request, origin: &str) -> bool {
    let [from, fetch_site, fetch_mode] =
        ["origin", "sec-fetch-site", "sec-fetch-mode"].map(|name| header(request, name));
    let sender = Sender {
        origin: from.as_deref(),
        fetch_site: fetch_site.as_deref(),
        fetch_mode: fetch_mode.as_deref(),
        ..Sender::default()
    };
    rules::is_from_elsewhere(&sender, origin)
}

/// A header of a request.
fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}
