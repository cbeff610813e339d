//! What is asked of the model's service for somebody, beside what their sessions ask.

use crate::ask::Ask;
use vetka_edge::{Error, Result, config, error, outside::Question};
use worker::Method;

/// Characters of a key, at most.
const MAX_KEY: usize = 300;

/// Checks a key with a call that costs nothing.
///
/// # Errors
/// 422 `invalid_api_key` when the service does not know it; 502 `model_unavailable` when it cannot be asked.
pub async fn check_key(ask: &Ask, key: &str) -> Result<()> {
    let is_key = (8..=MAX_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if !is_key {
        return Err(Error::new(422, "invalid_api_key", "That is no key. It begins with sk-ant- and has no spaces."));
    }
    let url = format!("{}/v1/models?limit=1", config::var(ask.env(), "MODEL_API_URL")?);
    let asked =
        Question::new(Method::Get, &url).header("x-api-key", key).header("anthropic-version", "2023-06-01").ask().await;
    let silent = |cause: String| {
        error::upstream(
            "model_unavailable",
            "Anthropic is not answering, so the key was not saved. Try again in a minute.",
            cause,
        )
    };
    match asked {
        Ok(answer) if answer.status == 200 => Ok(()),
        Ok(answer) if matches!(answer.status, 401 | 403) => Err(Error::new(
            422,
            "invalid_api_key",
            "Anthropic does not know this key. Copy it once more, or make a new one at console.anthropic.com.",
        )),
        Ok(answer) => Err(silent(format!("models answered {}", answer.status))),
        Err(cause) => Err(silent(cause)),
    }
}
