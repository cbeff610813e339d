//! Mail, over Resend's wire: the one that carries a code, notes that say what was done, and letters that somebody asked
//! for. Nothing of it is ever logged: whoever reads a code is signed in.

use crate::{Result, config, error, id, log};
use futures::future::{Either, select};
use maud::{Markup, html};
use std::{pin::pin, time::Duration};
use vetka_domain::email::Email;
use worker::{AbortController, Delay, Env, Fetch, Headers, Method, Request, RequestInit};

/// Pauses before the second and the third try. A person is waiting, so there is no fourth.
const PAUSES_MS: [u64; 2] = [300, 1200];
const TIMEOUT: Duration = Duration::from_secs(8);
/// How the text of a mail looks.
pub const STYLE: &str = "font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;max-width:30em";

/// Sends a code to an address.
///
/// # Errors
/// 400 `INVALID_EMAIL` when the service refuses the address; 502 `EMAIL_NOT_SENT` when it cannot be reached or will not
/// take the mail.
pub async fn send_code(env: &Env, to: &Email, code: &str) -> Result<()> {
    // The same key with every try: a try whose answer was lost does not become a second mail.
    let idempotency_key = format!("otp/{}", id::random()?);
    let letter = code_letter(code, &config::var(env, "APP_ORIGIN")?);
    send(env, &letter, to.as_str(), &idempotency_key).await?.map_err(|undelivered| match undelivered {
        Undelivered::AddressRefused => {
            error::bad_request("INVALID_EMAIL", "Mail cannot be sent to that address. Look for a mistyping in it.")
        }
        Undelivered::Refused(cause) => error::upstream(
            "EMAIL_NOT_SENT",
            "The mail with your code could not be sent. Try again in a minute.",
            cause,
        ),
    })
}

/// A note to somebody about their account, in plain words.
pub struct Note<'a> {
    /// The subject.
    pub subject: &'a str,
    /// What it says. An address of ours may stand at the end of one, after a space; it becomes a link.
    pub paragraphs: &'a [String],
    /// Notes with the same key are one note, however often they are sent within a day.
    pub key: &'a str,
}

/// Sends a note. Gives whether it was taken; why not is logged.
///
/// # Errors
/// Internal, when a setting is missing.
pub async fn send_note(env: &Env, to: &str, note: &Note<'_>) -> Result<bool> {
    let letter = Letter {
        subject: note.subject.to_owned(),
        text: plain(note.paragraphs),
        html: marked_up(note.paragraphs),
        unsubscribe: None,
    };
    Ok(send_letter(env, to, &letter, note.key).await? == Taken::Yes)
}

/// What became of a letter. Why it was not taken is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is on its way.
    Yes,
    /// Nothing goes to that address.
    AddressRefused,
    /// Not now.
    No,
}

/// Sends a letter; the same key within a day is the same letter.
///
/// # Errors
/// Internal, when a setting is missing.
pub async fn send_letter(env: &Env, to: &str, letter: &Letter, key: &str) -> Result<Taken> {
    Ok(match send(env, letter, to, key).await? {
        Ok(()) => Taken::Yes,
        Err(Undelivered::AddressRefused) => {
            log::error("mail", "note_not_sent", "the address was refused");
            Taken::AddressRefused
        }
        Err(Undelivered::Refused(cause)) => {
            log::error("mail", "note_not_sent", &cause);
            Taken::No
        }
    })
}

/// A mail.
pub struct Letter {
    /// The subject.
    pub subject: String,
    /// What it says, as text.
    pub text: String,
    /// The same, marked up.
    pub html: Markup,
    /// Where a mail program ends letters of this kind by itself, with one POST (RFC 8058).
    pub unsubscribe: Option<String>,
}

enum Undelivered {
    AddressRefused,
    Refused(String),
}

async fn send(env: &Env, letter: &Letter, to: &str, key: &str) -> Result<core::result::Result<(), Undelivered>> {
    let body = body(&config::var(env, "MAIL_FROM")?, to, letter).to_string();
    let url = format!("{}/emails", config::var(env, "RESEND_BASE_URL")?);
    let api_key = config::secret(env, "RESEND_API_KEY")?;
    let mut pauses = PAUSES_MS.iter();
    loop {
        let headers = Headers::new();
        headers.set("authorization", &format!("Bearer {api_key}"))?;
        headers.set("content-type", "application/json")?;
        headers.set("user-agent", "Vetka")?;
        headers.set("idempotency-key", key)?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_headers(headers).with_body(Some(body.as_str().into()));
        let outcome = post(Request::new_with_init(&url, &init)?).await;
        let pause = match outcome {
            Outcome::Sent => return Ok(Ok(())),
            Outcome::AddressRefused => return Ok(Err(Undelivered::AddressRefused)),
            Outcome::Refused(cause) => return Ok(Err(Undelivered::Refused(cause))),
            Outcome::Later(cause) => match pauses.next() {
                Some(pause) => pause,
                None => return Ok(Err(Undelivered::Refused(cause))),
            },
        };
        Delay::from(Duration::from_millis(*pause)).await;
    }
}

enum Outcome {
    Sent,
    /// No use in trying again, and it is the address.
    AddressRefused,
    /// No use in trying again.
    Refused(String),
    /// May work in a moment.
    Later(String),
}

async fn post(request: Request) -> Outcome {
    let abort = AbortController::default();
    let signal = abort.signal();
    let fetch = Fetch::Request(request);
    let sent = pin!(fetch.send_with_signal(&signal));
    let mut response = match select(sent, pin!(Delay::from(TIMEOUT))).await {
        Either::Left((Ok(response), _)) => response,
        Either::Left((Err(failure), _)) => return Outcome::Later(error::describe(&failure)),
        Either::Right(_) => {
            abort.abort();
            return Outcome::Later("no answer in time".to_owned());
        }
    };
    let status = response.status_code();
    if status < 300 {
        return Outcome::Sent;
    }
    let name = response.bytes().await.ok().and_then(|body| serde_json::from_slice::<serde_json::Value>(&body).ok());
    let name = name.as_ref().and_then(|body| body.get("name")?.as_str()).unwrap_or("unnamed");
    judge(status, name)
}

/// What Resend's refusals mean, by name, and by status for names that are not known.
fn judge(status: u16, name: &str) -> Outcome {
    let cause = format!("resend answered {status} {name}");
    match (status, name) {
        (429, "daily_quota_exceeded" | "monthly_quota_exceeded") => Outcome::Refused(cause),
        (429 | 500.., _) | (409, "concurrent_idempotent_requests") => Outcome::Later(cause),
        // What we send differs from mail to mail in the address and the digits alone.
        (422, "invalid_parameter" | "validation_error") => Outcome::AddressRefused,
        _ => Outcome::Refused(cause),
    }
}

/// Whoever has a page that looks like ours can have a code sent to somebody, so the mail says where it belongs.
fn code_letter(code: &str, app_origin: &str) -> Letter {
    let app = app_origin.split_once("://").map_or(app_origin, |(_, host)| host);
    let where_to = format!(
        "Type it at {app}, in the browser where you asked for it, and nowhere else. It works there for five minutes."
    );
    let text = format!(
        "{code} is your code to sign in to Vetka.\n\n\
         {where_to}\n\n\
         If you did not ask for it, ignore this mail: without the code nobody gets in.\n"
    );
    let html = html! {
        div style=(STYLE) {
            p { "Your code to sign in to Vetka:" }
            p style="font-size:32px;letter-spacing:0.15em;font-weight:600" { (code) }
            p { (where_to) }
            p { "If you did not ask for it, ignore this mail: without the code nobody gets in." }
        }
    };
    Letter { subject: format!("{code} is your Vetka code"), text, html, unsubscribe: None }
}

fn plain(paragraphs: &[String]) -> String {
    paragraphs.iter().map(|paragraph| format!("{paragraph}\n\n")).collect::<String>().trim_end().to_owned() + "\n"
}

fn marked_up(paragraphs: &[String]) -> Markup {
    html! {
        div style=(STYLE) {
            @for paragraph in paragraphs {
                @match paragraph.rsplit_once(' ').filter(|(_, last)| last.contains("://")) {
                    Some((before, url)) => p { (before) " " a href=(url) { (url) } },
                    None => p { (paragraph) },
                }
            }
        }
    }
}

fn body(from: &str, to: &str, letter: &Letter) -> serde_json::Value {
    let mut body = serde_json::json!({
        "from": from,
        "to": [to],
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html.0,
    });
    if let (Some(url), Some(fields)) = (&letter.unsubscribe, body.as_object_mut()) {
        let headers = serde_json::json!({
            "List-Unsubscribe": format!("<{url}>"),
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        });
        fields.insert("headers".to_owned(), headers);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_says_the_code_in_its_subject_and_in_both_bodies() {
        let mail = body("Vetka <hello@vetka.sh>", "ann@x.test", &code_letter("012345", "https://vetka.sh"));
        assert_eq!(mail["subject"], "012345 is your Vetka code");
        assert_eq!(mail["to"], serde_json::json!(["ann@x.test"]));
        assert!(mail["text"].as_str().unwrap().contains("012345") && mail["html"].as_str().unwrap().contains("012345"));
        assert!(mail["text"].as_str().unwrap().contains("If you did not ask for it"));
        for body in ["text", "html"] {
            assert!(
                mail[body].as_str().unwrap().contains("Type it at vetka.sh, in the browser where you asked for it")
            );
        }
    }

    #[test]
    fn a_note_says_the_same_in_both_bodies_and_links_to_us() {
        let said = ["Something <b>was</b> done.".to_owned(), "To undo it, open https://vetka.sh/settings".to_owned()];
        assert_eq!(plain(&said), "Something <b>was</b> done.\n\nTo undo it, open https://vetka.sh/settings\n");
        let html = marked_up(&said).0;
        assert!(html.contains("Something &lt;b&gt;was&lt;/b&gt; done."), "{html}");
        assert!(html.contains(r#"open <a href="https://vetka.sh/settings">https://vetka.sh/settings</a>"#), "{html}");
    }

    #[test]
    fn a_letter_that_can_be_ended_says_how() {
        let mut letter = code_letter("012345", "https://vetka.sh");
        assert_eq!(body("a", "b", &letter).get("headers"), None, "a code is no list");
        letter.unsubscribe = Some("https://vetka.sh/unsubscribe?t=x".to_owned());
        let headers = &body("a", "b", &letter)["headers"];
        assert_eq!(headers["List-Unsubscribe"], "<https://vetka.sh/unsubscribe?t=x>");
        assert_eq!(headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
    }

    #[test]
    fn a_quota_is_not_tried_again_and_a_rate_limit_is() {
        assert!(matches!(judge(429, "daily_quota_exceeded"), Outcome::Refused(_)));
        assert!(matches!(judge(429, "rate_limit_exceeded"), Outcome::Later(_)));
        assert!(matches!(judge(503, "unnamed"), Outcome::Later(_)));
        assert!(matches!(judge(422, "validation_error"), Outcome::AddressRefused));
        assert!(matches!(judge(403, "validation_error"), Outcome::Refused(_)));
    }
}
