//! The rest of a request that is being refused.
//!
//! When an answer leaves while the sender is still sending, the runtime cuts the line, and what the sender sees is a
//! broken connection instead of the reason. So a refused request is heard out first: outside of WASM, in constant
//! memory, only up to a length that it announced, and not for ever.

use futures::future::select;
use std::{pin::pin, time::Duration};
use worker::{Delay, Request, wasm_bindgen_futures::JsFuture, web_sys};

/// Announced bytes that are heard out: as many as the largest request that any route takes. Whoever announces more
/// is told at once and may go on talking to nobody.
const MOST: u64 = 34 * 1024 * 1024;
/// How long a sender may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A hold on a request whose body may not have been read yet. Take it before the request is given to a route.
pub struct Rest {
    request: web_sys::Request,
}

impl Rest {
    /// A hold on this request.
    pub fn of(request: &Request) -> Self {
        // The handle, not what the method `clone` of a request makes: a second body to be read.
        Self { request: Clone::clone(request.inner()) }
    }

    /// Takes in what is left of the body. Does nothing when a route has begun to read it.
    pub async fn hear_out(self) {
        let announced = self.request.headers().get("content-length").ok().flatten();
        if self.request.body_used() || announced.and_then(|length| length.parse().ok()).is_none_or(|n: u64| n > MOST) {
            return;
        }
        if let Some(body) = self.request.body()
            && !body.locked()
            && let Ok(nowhere) = web_sys::WritableStream::new()
        {
            // Whether the rest came no longer matters.
            select(pin!(JsFuture::from(body.pipe_to(&nowhere))), pin!(Delay::from(PATIENCE))).await;
        }
    }
}
