//! Cloudflare's Browser Rendering, over its REST API: an address goes in, a picture comes out.

use crate::{Result, config, error, outside::Question};
use std::time::Duration;
use worker::{Env, Method};

/// What a picture is taken with, in pixels.
pub const WIDTH: u32 = 1280;
/// Pixels.
pub const HEIGHT: u32 = 720;
/// The media type of pictures.
pub const TYPE: &str = "image/webp";

/// Largest picture that is kept, in bytes. One of photographs has about 200 KB.
const MAX_BYTES: usize = 2 * 1024 * 1024;
/// The wait after a refusal that names none.
const WAIT_MS: i64 = 60_000;
/// The longest wait that is believed: the day's allowance is over at midnight.
const LONGEST_WAIT_MS: i64 = 24 * 60 * 60_000;

/// What asking for a picture came to.
pub enum Shot {
    /// WebP.
    Taken(Vec<u8>),
    /// Too much was asked, of all pictures together.
    Wait {
        /// Milliseconds.
        ms: i64,
    },
    /// Not this one, not now. For the log.
    Failed(String),
}

/// Where pictures are taken.
pub struct Browser {
    url: String,
    authorization: String,
}

impl Browser {
    /// As the settings have it; `None` without a token.
    ///
    /// # Errors
    /// Internal, when there is a token and something else is missing.
    pub fn of(env: &Env) -> Result<Option<Self>> {
        let Some(token) = config::optional(env, "BROWSER_RENDERING_TOKEN") else { return Ok(None) };
        let Some(account) = config::optional(env, "CLOUDFLARE_ACCOUNT_ID") else {
            return Err(error::internal("BROWSER_RENDERING_TOKEN is set, but CLOUDFLARE_ACCOUNT_ID is not"));
        };
        let base = config::var(env, "BROWSER_RENDERING_URL")?;
        let url = format!("{base}/accounts/{account}/browser-rendering/screenshot?cacheTTL=0");
        Ok(Some(Self { url, authorization: format!("Bearer {token}") }))
    }

    /// Takes a picture of what stands at an address, in a window so wide: of what is seen first, or of one element that a
    /// CSS selector names. `patience`: how long it may take, the browser's own start included.
    pub async fn screenshot(&self, address: &str, width: u32, selector: Option<&str>, patience: Duration) -> Shot {
        let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
        let element = selector.map(|selector| format!(r#","selector":{}"#, quoted(selector))).unwrap_or_default();
        // Half of what is waited for is better than no picture. What we add to a page is no part of what its owner made.
        let wanted = format!(
            r#"{{"url":{},"viewport":{{"width":{width},"height":{HEIGHT},"deviceScaleFactor":1}},"screenshotOptions":{{"type":"webp","quality":80,"fullPage":false,"captureBeyondViewport":false}},"gotoOptions":{{"waitUntil":"networkidle2","timeout":15000}},"bestAttempt":true,"rejectResourceTypes":["media","websocket"],"rejectRequestPattern":["/notch\\.js$"]{element}}}"#,
            quoted(address)
        );
        let answered = Question::new(Method::Post, &self.url)
            .header("authorization", self.authorization.as_str())
            .body("application/json", wanted)
            .longest(MAX_BYTES)
            .timeout(patience)
            .ask()
            .await;
        match answered {
            // An error's envelope may quote the page; its code does not.
            Ok(answer) if answer.status == 429 => {
                let seconds = answer.header("retry-after").and_then(|seconds| seconds.trim().parse::<i64>().ok());
                let ms = seconds.map_or(WAIT_MS, |seconds| seconds.saturating_mul(1000)).clamp(1000, LONGEST_WAIT_MS);
                Shot::Wait { ms }
            }
            Ok(answer) if answer.status != 200 => Shot::Failed(format!("the browser answered {}", answer.status)),
            Ok(answer) if is_webp(&answer.body) => Shot::Taken(answer.body),
            Ok(_) => Shot::Failed("what came is no picture".to_owned()),
            Err(cause) => Shot::Failed(cause),
        }
    }
}

fn is_webp(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")
}
