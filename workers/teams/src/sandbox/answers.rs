//! What e2b's answers come to.

use serde::{Deserialize, de::DeserializeOwned};
use vetka_edge::outside::Answer;

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// There is no such sandbox or template, or not any more.
    Gone,
    /// The sandbox has no such process.
    Missing,
    /// There are too many requests or sandboxes, or no room, for now. Seconds to wait, when they are told.
    Busy(Option<u32>),
    /// It will not be done however often one asks. In words for the log.
    Refused(String),
    /// A process took longer than it was given, and was ended.
    Late,
    /// A stream broke off. What it was about may go on.
    Cut,
    /// There was no answer, or none that can be read: it may have been done nevertheless. In words for the log.
    Unavailable(String),
}

impl Failure {
    /// For the log. Nothing that was sent is in it.
    pub fn cause(&self) -> String {
        match self {
            Self::Gone => "the sandbox, or its template, is not there".to_owned(),
            Self::Missing => "the process is not there".to_owned(),
            Self::Busy(_) => "e2b is busy".to_owned(),
            Self::Refused(words) => format!("e2b refused: {words}"),
            Self::Late => "a command took too long".to_owned(),
            Self::Cut => "a stream was cut".to_owned(),
            Self::Unavailable(words) => format!("e2b is not answering: {words}"),
        }
    }
}

/// Who answers: what a status says depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// e2b itself.
    Account,
    /// A sandbox, or what stands before it and knows that it is gone.
    Sandbox,
}

/// An answer that is a success, or why it is none.
pub(super) fn judged(who: Who, asked: Result<Answer, String>) -> Result<Answer, Failure> {
    let answer = asked.map_err(Failure::Unavailable)?;
    if (200..300).contains(&answer.status) {
        return Ok(answer);
    }
    Err(failure(who, answer.status, answer.header("retry-after").as_deref(), &answer.body))
}

/// What an answer says that is no success.
pub(super) fn failure(who: Who, status: u16, retry_after: Option<&str>, body: &[u8]) -> Failure {
    /// All fields are there at some of e2b's doors, and none at others.
    #[derive(Default, Deserialize)]
    struct Said {
        #[serde(default)]
        error_code: String,
        /// Which port of a sandbox is closed.
        port: Option<u32>,
    }
    let Said { error_code, port } = serde_json::from_slice(body).unwrap_or_default();
    match status {
        404 if who == Who::Sandbox => Failure::Missing,
        404 => Failure::Gone,
        502 if who == Who::Sandbox && port.is_none() => Failure::Gone,
        // Being made, paused or resumed.
        409 | 429 | 503 => Failure::Busy(retry_after.and_then(|seconds| seconds.trim().parse().ok())),
        400..=499 => Failure::Refused(format!("status {status} {}", plain(&error_code))),
        _ => Failure::Unavailable(format!("status {status} {}", plain(&error_code))),
    }
}

/// Reads an answer's JSON.
pub(super) fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Failure> {
    serde_json::from_slice(&answer.body)
        .map_err(|wrong| Failure::Unavailable(format!("unreadable at {}:{}", wrong.line(), wrong.column())))
}

/// A code of theirs, if it is one: their sentences quote what was asked.
pub(super) fn plain(code: &str) -> &str {
    if code.len() <= 60 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') { code } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_what_can_be_done() {
        let account = |status, retry_after| failure(Who::Account, status, retry_after, b"");
        assert_eq!(account(404, None), Failure::Gone);
        assert_eq!(account(429, Some("7")), Failure::Busy(Some(7)));
        assert_eq!(account(503, Some("Fri, 31 Dec 1999 23:59:59 GMT")), Failure::Busy(None));
        assert!(matches!(account(401, None), Failure::Refused(_)));
        assert!(matches!(account(502, None), Failure::Unavailable(_)));
    }

    #[test]
    fn a_sandbox_that_is_gone_is_told_from_one_that_is_not_up_yet() {
        let sandbox = |body: &str| failure(Who::Sandbox, 502, None, body.as_bytes());
        assert_eq!(sandbox(r#"{"sandboxId":"i","message":"The sandbox was not found","code":502}"#), Failure::Gone);
        let starting = r#"{"sandboxId":"i","message":"The sandbox is running but port is not open","port":49983}"#;
        assert!(matches!(sandbox(starting), Failure::Unavailable(_)));
    }

    #[test]
    fn their_words_do_not_reach_the_log() {
        let said = failure(Who::Account, 400, None, br#"{"error_code":"bad_template","message":"secret"}"#);
        assert_eq!(said.cause(), "e2b refused: status 400 bad_template");
        let said = failure(Who::Account, 400, None, br#"{"error_code":"secret text","message":"secret"}"#);
        assert_eq!(said.cause(), "e2b refused: status 400 ");
    }
}
