//! What all endpoints of BetterAuth's wire share: how a body is read and complained about, and where it may come from.

use crate::{
    account::sessions::{self, Here},
    answer::{self, Answer, Refused, essence},
    ask::Ask,
};
use serde_json::{Value, json};
use vetka_domain::{
    oauth::callback,
    origin::{self, Refusal},
    session,
};
use vetka_edge::{Error, Result, auth::Seen, error};

/// A refusal in BetterAuth's words.
pub fn refused(status: u16, code: &'static str, message: impl Into<String>) -> Error {
    Error::new(status, code, message)
}

/// How a limit is told on this wire: without a code, and with a header of its own beside the usual one.
pub fn limited(ask: &Ask, refusal: &Error) -> Answer {
    if ask.target().path.starts_with("/api/auth/callback/") {
        // A person on the way back from a provider, not a program.
        return Ok(answer::with(302, &[("location", "/?sign-in&error=too_many_requests")], Vec::new()));
    }
    let mut response = answer::json(429, &json!({ "message": "Too many requests. Please try again later." }))?;
    for (_, wait) in refusal.headers.iter().filter(|(name, _)| *name == "retry-after") {
        answer::add(&mut response, "x-retry-after", wait);
    }
    Ok(response)
}

/// The body of a POST, `None` when there is none at all, which is no wrong content type.
///
/// # Errors
/// 415, 400 `BAD_REQUEST`.
pub fn read(ask: &Ask, body: &[u8]) -> Result<Option<Value>> {
    if body.is_empty() {
        return Ok(None);
    }
    let given = ask.header("content-type");
    if essence(given) != "application/json" {
        let given = given.unwrap_or_default();
        let message = format!("Content-Type \"{given}\" is not allowed. Allowed types: application/json");
        return Err(refused(415, "UNSUPPORTED_MEDIA_TYPE", message));
    }
    serde_json::from_slice(body)
        .map(Some)
        .map_err(|_| error::bad_request("BAD_REQUEST", "Invalid JSON in request body"))
}

/// The rule for everything that may change something.
///
/// # Errors
/// 403.
pub fn require_origin(ask: &Ask) -> Result<()> {
    origin::check(&ask.sender(), &ask.config().app_origin).map_err(forbidden)
}

/// The stricter rule for asking for a code.
///
/// # Errors
/// 403.
pub fn require_login_origin(ask: &Ask) -> Result<()> {
    origin::check_login(&ask.sender(), &ask.config().app_origin).map_err(forbidden)
}

fn forbidden(refusal: Refusal) -> Error {
    refused(403, refusal.code(), refusal.message())
}

/// Who is asking, by the session's row: what is over opens nothing here, not even for reading.
///
/// # Errors
/// 401.
pub async fn here(ask: &Ask) -> Result<Here> {
    let unauthorized = || refused(401, "UNAUTHORIZED", "Unauthorized");
    let Seen::Viewer(viewer) = ask.look().await? else { return Err(unauthorized()) };
    sessions::read(ask, &viewer, false).await?.ok_or_else(unauthorized)
}

/// As [`here`], for what must not be done from a device that was forgotten somewhere.
///
/// # Errors
/// 401, 403 `SESSION_NOT_FRESH`.
pub async fn here_freshly(ask: &Ask) -> Result<Here> {
    let here = here(ask).await?;
    if session::is_fresh(here.began_at, ask.now()) {
        return Ok(here);
    }
    Err(refused(403, "SESSION_NOT_FRESH", "Session is not fresh"))
}

/// A refusal that has no code on this wire.
pub fn plain(status: u16, message: &str) -> Answer {
    answer::json(status, &json!({ "message": message }))
}

/// Where a way through a provider is to end, before anything else of a body is looked at.
///
/// # Errors
/// 403 with the code of the field that leads elsewhere; 400, here without a code, for one that is no text.
pub fn callbacks(ask: &Ask, body: Option<&Value>) -> core::result::Result<(), Refused> {
    for (name, code) in [
        ("callbackURL", "INVALID_CALLBACK_URL"),
        ("redirectTo", "INVALID_REDIRECT_URL"),
        ("errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"),
        ("newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
    ] {
        let label = if name == "redirectTo" { "redirectURL" } else { name };
        match body.and_then(|body| body.get(name)) {
            // What is false in JavaScript is not looked at there.
            None | Some(Value::Null | Value::Bool(false)) => {}
            Some(Value::String(url)) if url.is_empty() || callback::is_trusted(url, &ask.config().app_origin) => {}
            Some(Value::String(_)) => return Err(refused(403, code, format!("Invalid {label}")).into()),
            Some(_) => {
                let message = format!("Invalid {label}: expected a string");
                return Err(refused(400, "VALIDATION_ERROR", message).into());
            }
        }
    }
    Ok(())
}

/// Reads the fields of a body and gathers what is wrong with them.
pub struct Fields<'a> {
    body: Option<&'a Value>,
    problems: Vec<String>,
}

impl<'a> Fields<'a> {
    /// Of a body that should be an object.
    pub fn of(body: Option<&'a Value>) -> Self {
        let problems = match body {
            Some(Value::Object(_)) => Vec::new(),
            other => vec![format!("[body] Invalid input: expected object, received {}", kind(other))],
        };
        Self { body, problems }
    }

    /// A text that must be there.
    pub fn text(&mut self, name: &str) -> &'a str {
        match self.field(name) {
            Some(Value::String(text)) => text,
            other => {
                self.complain(name, other);
                ""
            }
        }
    }

    /// A text of at most `max` characters that may be there.
    pub fn optional(&mut self, name: &str, max: usize) -> Option<&'a str> {
        match self.field(name) {
            None => None,
            Some(Value::String(text)) if text.chars().count() <= max => Some(text),
            Some(Value::String(_)) => {
                self.problems.push(format!("[body.{name}] Too big: expected string to have <={max} characters"));
                None
            }
            other => {
                self.complain(name, other);
                None
            }
        }
    }

    /// A yes or no that may be there.
    pub fn flag(&mut self, name: &str) -> bool {
        match self.field(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            found => {
                self.complain_of(name, "boolean", found);
                false
            }
        }
    }

    /// A list of texts that may be there, and which nobody reads.
    pub fn unread_texts(&mut self, name: &str) {
        match self.field(name) {
            None => {}
            Some(Value::Array(all)) if all.iter().all(Value::is_string) => {}
            found => self.complain_of(name, "array", found),
        }
    }

    /// One of a few words.
    pub fn choice(&mut self, name: &str, words: &[&str]) -> &'a str {
        match self.field(name) {
            Some(Value::String(text)) if words.contains(&text.as_str()) => text,
            _ => {
                if matches!(self.body, Some(Value::Object(_))) {
                    let listed: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                    let problem = format!("[body.{name}] Invalid option: expected one of {}", listed.join("|"));
                    self.problems.push(problem);
                }
                ""
            }
        }
    }

    /// # Errors
    /// 400 `VALIDATION_ERROR` with everything that was wrong.
    pub fn finish(self) -> Result<()> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(refused(400, "VALIDATION_ERROR", self.problems.join("; ")))
    }

    fn field(&self, name: &str) -> Option<&'a Value> {
        self.body?.get(name)
    }

    fn complain(&mut self, name: &str, found: Option<&Value>) {
        self.complain_of(name, "string", found);
    }

    fn complain_of(&mut self, name: &str, expected: &str, found: Option<&Value>) {
        // Without an object there are no fields to speak of; that has been said.
        if matches!(self.body, Some(Value::Object(_))) {
            self.problems.push(format!("[body.{name}] Invalid input: expected {expected}, received {}", kind(found)));
        }
    }
}

fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(body: Option<&Value>) -> String {
        let mut fields = Fields::of(body);
        fields.text("email");
        fields.text("otp");
        fields.optional("name", 3);
        fields.finish().map_or_else(|refusal| refusal.message, |()| String::new())
    }

    #[test]
    fn says_what_was_expected_and_what_came() {
        assert_eq!(
            complaint(Some(&json!({ "email": 1 }))),
            "[body.email] Invalid input: expected string, received number; \
             [body.otp] Invalid input: expected string, received undefined"
        );
        assert_eq!(complaint(Some(&Value::Null)), "[body] Invalid input: expected object, received null");
        assert_eq!(complaint(None), "[body] Invalid input: expected object, received undefined");
        assert_eq!(complaint(Some(&json!({ "email": "a", "otp": "b" }))), "");
        assert!(
            complaint(Some(&json!({ "email": "a", "otp": "b", "name": "long" }))).starts_with("[body.name] Too big")
        );
    }
}
