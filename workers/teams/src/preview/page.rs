//! What people see of a preview that is not there: what is being done and how long that usually takes, and never nothing.

use super::Visitor;
use crate::object::Look;
use maud::{DOCTYPE, Markup, html};
use serde::Serialize;
use vetka_domain::team::session::Status;
use vetka_edge::Result;
use worker::{Headers, Response};

/// Asks how far things are, and opens the preview as soon as there is one.
const SCRIPT: &str = include_str!("wait.js");
const STYLE: &str = include_str!("wait.css");
/// Says to the script that what it asked for is this page again.
const WAITING: &str = "x-vetka-preview";

/// How far things are.
#[derive(Serialize)]
pub struct State {
    status: String,
    text: String,
    usual: Option<String>,
    over: bool,
}

impl State {
    /// As a person reads it.
    pub fn of(look: &Look) -> Self {
        let status = Status::parse(&look.status);
        let over = status.is_some_and(Status::is_over);
        let text = match status {
            _ if over => "This session is over, and its preview with it".to_owned(),
            Some(Status::Running) if look.text.is_empty() => "Waiting for the project to answer".to_owned(),
            _ if look.text.is_empty() => "Preparing the preview".to_owned(),
            _ => look.text.clone(),
        };
        Self { status: look.status.clone(), text, usual: look.usual.clone().filter(|_| !over), over }
    }

    fn usual(&self) -> String {
        self.usual.as_ref().map(|usual| format!("This usually takes {usual}.")).unwrap_or_default()
    }
}

/// Why somebody is not let in.
pub enum Closed {
    /// They have not come from the session's page, or may not look any more.
    NoCookie,
    /// Their link was used already, or is too old.
    Used,
}

/// The page that waits.
pub fn waiting(visitor: &Visitor<'_>, look: &Look) -> Result<Response> {
    let state = State::of(look);
    let content = html! {
        @if !state.over { div class="spin" aria-hidden="true" {} }
        h1 #text role="status" { (state.text) }
        p #usual { (state.usual()) }
        @if !state.over {
            noscript { p { "Reload this page in a moment." } }
            script src="/__vetka/wait.js" defer {}
        }
    };
    let status = if state.over { 410 } else { 503 };
    let response = page(visitor, status, &state.text, &content)?;
    response.headers().set(WAITING, if state.over { "over" } else { "waiting" })?;
    response.headers().set("retry-after", "2")?;
    Ok(response)
}

/// The page for whoever is not let in.
pub fn closed(visitor: &Visitor<'_>, why: Closed) -> Result<Response> {
    let (title, words) = match why {
        Closed::NoCookie => (
            "Open this preview from its session",
            "A preview is only for the people who work on it, while its session lasts.",
        ),
        Closed::Used => {
            ("This link has been used", "Links to a preview work once. Open the preview from its session again.")
        }
    };
    let content = html! {
        h1 { (title) }
        p { (words) }
        p { a href=(format!("{}/session/{}", visitor.app_origin, visitor.session)) target="_top" { "Go to the session" } }
    };
    page(visitor, 401, title, &content)
}

/// The script of the page that waits.
pub fn script() -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", "text/javascript; charset=utf-8")?;
    headers.set("cache-control", "no-cache")?;
    headers.set("x-content-type-options", "nosniff")?;
    Ok(Response::builder().with_headers(headers).fixed(SCRIPT.as_bytes().to_vec()))
}

fn page(visitor: &Visitor<'_>, status: u16, title: &str, content: &Markup) -> Result<Response> {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body { main { (content) } }
        }
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'self' {}",
        visitor.app_origin
    );
    let headers = Headers::new();
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", &policy),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex"),
        ("referrer-policy", "no-referrer"),
    ] {
        headers.set(name, value)?;
    }
    Ok(Response::builder().with_status(status).with_headers(headers).fixed(markup.into_string().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(status: &str, text: &str) -> Look {
        Look {
            status: status.to_owned(),
            sandbox_id: None,
            port: 3000,
            text: text.to_owned(),
            usual: Some("about 20 seconds".to_owned()),
            traffic_token: None,
        }
    }

    #[test]
    fn there_is_always_something_to_read() {
        let starting = State::of(&look("STARTING", "Starting the project"));
        assert_eq!((starting.text.as_str(), starting.over), ("Starting the project", false));
        assert_eq!(starting.usual(), "This usually takes about 20 seconds.");
        assert_eq!(State::of(&look("RUNNING", "")).text, "Waiting for the project to answer");
        let over = State::of(&look("COMPLETED", "Starting the project"));
        assert!(over.over && over.usual().is_empty() && over.text.contains("over"));
        assert!(!State::of(&look("", "")).text.is_empty());
    }
}
