//! What is told to the open pages of whoever has a site, within the second. One object a site (`Live`, in the agent worker)
//! holds their sockets and keeps nothing: without a socket, things are there on the next look.
//!
//! An event says what changed and not what it changed to; a page asks for what it shows, by the routes that know who may see
//! it. Telling never fails what was told of.

use crate::{Result, error, trace};
use futures::future::{Either, join_all, select};
use serde::Serialize;
use std::{pin::pin, time::Duration};
use worker::{Env, Headers, Method, Request, RequestInit};

/// Binding of the objects' namespace.
pub const LIVE: &str = "LIVE";
/// How long an object may take to hear it.
const PATIENCE: Duration = Duration::from_secs(2);

const TELL: &str = "http://live.internal/tell";
const CLOSED: &str = "http://live.internal/closed";

/// What happened.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Event<'a> {
    /// There is a message, from one's other page or from somebody else.
    Message {
        /// The domain of the site at the other end.
        with: &'a str,
        /// The message.
        id: &'a str,
    },
    /// A message was edited or deleted.
    MessageChanged {
        /// The domain of the site at the other end.
        with: &'a str,
        /// The message.
        id: &'a str,
    },
    /// Messages were read, by oneself elsewhere or by the other side.
    Read {
        /// The domain of the site at the other end.
        with: &'a str,
    },
    /// There is a notification.
    Notification {
        /// Of which kind, as [`crate::notify::Kind`] is written.
        kind: &'a str,
    },
    /// Something changed among the reactions of a page.
    Reaction {
        /// The page's normalised address.
        url: &'a str,
    },
    /// Something was read elsewhere: counts are others now.
    Unread,
}

/// Tells every open page of a site's owner. A failure goes to the log.
pub async fn tell(env: &Env, site_id: &str, event: &Event<'_>) {
    let told = match serde_json::to_string(event) {
        Ok(event) => ask(env, site_id, TELL, Some(event)).await,
        Err(failure) => Err(failure.into()),
    };
    if let Err(failure) = told {
        failure.log("live");
    }
}

/// Tells several at once.
pub async fn tell_all(env: &Env, events: &[(&str, Event<'_>)]) {
    join_all(events.iter().map(|(site_id, event)| tell(env, site_id, event))).await;
}

/// Says that a session or a grant of a site's owner may have ended, so that its sockets are looked at now. A failure goes to
/// the log; the next event looks as well.
pub async fn closed(env: &Env, site_id: &str) {
    if let Err(failure) = ask(env, site_id, CLOSED, None).await {
        failure.log("live");
    }
}

async fn ask(env: &Env, site_id: &str, url: &str, body: Option<String>) -> Result<()> {
    let headers = Headers::new();
    trace::tell(&headers)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_headers(headers).with_body(body.map(Into::into));
    let request = Request::new_with_init(url, &init)?;
    let stub = env.durable_object(LIVE)?.get_by_name(site_id)?;
    match select(pin!(stub.fetch_with_request(request)), pin!(worker::Delay::from(PATIENCE))).await {
        Either::Left((answer, _)) => match answer?.status_code() {
            204 => Ok(()),
            status => Err(error::internal(format!("a live object answered {status}"))),
        },
        Either::Right(_) => Err(error::internal("a live object did not answer in time")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_written_as_pages_read_them() {
        let written = |event: Event<'_>| serde_json::to_string(&event).unwrap();
        assert_eq!(
            written(Event::Message { with: "ann.test", id: "m" }),
            r#"{"type":"message","with":"ann.test","id":"m"}"#
        );
        assert_eq!(
            written(Event::MessageChanged { with: "ann.test", id: "m" }),
            r#"{"type":"message_changed","with":"ann.test","id":"m"}"#
        );
        assert_eq!(written(Event::Unread), r#"{"type":"unread"}"#);
    }
}
