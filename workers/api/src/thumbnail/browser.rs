//! Cloudflare's Browser Rendering, over its REST API: an address goes in, a picture comes out.

use futures::future::{Either, select};
use serde_json::json;
use std::{pin::pin, time::Duration};
use vetka_edge::{Result, config, error};
use worker::{AbortController, Delay, Env, Fetch, Headers, Method, Request, RequestInit, Response};

/// Pixels.
pub const WIDTH: u32 = 1280;
/// Pixels.
pub const HEIGHT: u32 = 720;

/// How long one picture may take, the browser's own start included.
const TIMEOUT: Duration = Duration::from_secs(60);
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
    /// Not this one, not now.
    Failed(String),
}

/// Where pictures are taken.
pub struct Browser {
    url: String,
    token: String,
}

impl Browser {
    /// As the settings have it; `None` without a token.
    pub fn of(env: &Env) -> Result<Option<Self>> {
        let Some(token) = config::optional(env, "BROWSER_RENDERING_TOKEN") else { return Ok(None) };
        let Some(account) = config::optional(env, "CLOUDFLARE_ACCOUNT_ID") else {
            return Err(error::internal("BROWSER_RENDERING_TOKEN is set, but CLOUDFLARE_ACCOUNT_ID is not"));
        };
        let base = config::var(env, "BROWSER_RENDERING_URL")?;
        Ok(Some(Self { url: format!("{base}/accounts/{account}/browser-rendering/screenshot?cacheTTL=0"), token }))
    }

    /// Takes a picture of what stands at an address.
    ///
    /// # Errors
    /// Internal, when the request cannot even be made. What the browser says is part of the [`Shot`].
    pub async fn screenshot(&self, address: &str) -> Result<Shot> {
        let asked = json!({
            "url": address,
            "viewport": { "width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1 },
            "screenshotOptions": { "type": "webp", "quality": 80, "fullPage": false, "captureBeyondViewport": false },
            // Half of what is waited for is better than no picture.
            "gotoOptions": { "waitUntil": "networkidle2", "timeout": 15_000 },
            "bestAttempt": true,
            "rejectResourceTypes": ["media", "websocket"],
            // What we add to a page is no part of what its owner made.
            "rejectRequestPattern": ["/notch\\.js$"],
        });
        let headers = Headers::new();
        headers.set("authorization", &format!("Bearer {}", self.token))?;
        headers.set("content-type", "application/json")?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_headers(headers).with_body(Some(asked.to_string().into()));
        let fetch = Fetch::Request(Request::new_with_init(&self.url, &init)?);
        let abort = AbortController::default();
        let signal = abort.signal();
        let answered = pin!(async {
            match fetch.send_with_signal(&signal).await {
                Ok(response) => read(response).await,
                Err(failure) => Shot::Failed(error::describe(&failure)),
            }
        });
        Ok(match select(answered, pin!(Delay::from(TIMEOUT))).await {
            Either::Left((shot, _)) => shot,
            Either::Right(_) => {
                abort.abort();
                Shot::Failed("the browser did not answer in time".to_owned())
            }
        })
    }
}

async fn read(mut response: Response) -> Shot {
    let status = response.status_code();
    let header = |name: &str| response.headers().get(name).ok().flatten();
    if status == 429 {
        let seconds = header("retry-after").and_then(|seconds| seconds.trim().parse::<i64>().ok());
        let ms = seconds.map_or(WAIT_MS, |seconds| seconds.saturating_mul(1000)).clamp(1000, LONGEST_WAIT_MS);
        return Shot::Wait { ms };
    }
    // An error's envelope may quote the page; its code does not.
    if status != 200 {
        return Shot::Failed(format!("the browser answered {status}"));
    }
    match response.bytes().await {
        Ok(bytes) if bytes.len() > MAX_BYTES => Shot::Failed(format!("a picture of {} bytes", bytes.len())),
        Ok(bytes) if is_webp(&bytes) => Shot::Taken(bytes),
        Ok(_) => Shot::Failed("what came is no picture".to_owned()),
        Err(failure) => Shot::Failed(error::describe(&failure)),
    }
}

fn is_webp(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")
}
