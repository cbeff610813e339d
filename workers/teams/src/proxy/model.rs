//! The way to the model. A call comes with the session's token and goes on with the key of whoever pays; what it may cost is
//! set aside before, what it cost is settled after, and nothing is made that would pass the budget. The answer goes back
//! byte for byte while the meter reads it.
//!
//! A call is carried by the isolate and not by the request that asked for it: whoever hangs up is charged for what was
//! written until then, and nobody else's money stays set aside.

use super::{
    header, query,
    upstream::{self, Next, Question, Stop},
};
use crate::{
    object::{self, Reserved, Who},
    secrets::{self, Kind},
};
use futures::{
    SinkExt, StreamExt,
    channel::{
        mpsc::{self, Receiver, Sender},
        oneshot,
    },
};
use std::time::Duration;
use vetka_domain::{
    target::Target,
    team::{
        meter::{Meter, Metered},
        model_request::{self, Endpoint, MAX_BYTES, MAX_TOKENS, Refusal, Rules},
        money::MicroUsd,
        token,
        usage::Usage,
    },
};
use vetka_edge::{Error, config, log, time, trace};
use worker::{ByteStream, Context, Delay, Env, Headers, Method, Request, Response};

/// How long the service may think before it says anything. An answer in one piece is written all of that time.
const FIRST: Duration = Duration::from_secs(600);
/// How long it may be silent in the middle. It says every few seconds that it is still there.
const SILENCE: Duration = Duration::from_secs(120);
/// How long the end of an answer is waited for when nobody is left to hear it: the exact sum is in it.
const LINGER_MS: i64 = 3_000;
/// Pieces on their way to a slow reader.
const AHEAD: usize = 4;
/// Bytes of an answer that is an error.
const LONGEST_ERROR: usize = 256 * 1024;
/// How often the sum is said when the object does not hear it. After that it takes what was set aside for spent.
const SETTLE_TRIES: u64 = 4;

type Pieces = Receiver<worker::Result<Vec<u8>>>;
type Answered = core::result::Result<Response, Trouble>;

/// Why there is no answer of the service's own.
enum Trouble {
    Refusal(Refusal),
    Internal(Error),
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Internal(error)
    }
}

impl From<worker::Error> for Trouble {
    fn from(error: worker::Error) -> Self {
        Self::Internal(error.into())
    }
}

/// Answers a call.
pub async fn answer(
    request: Request,
    env: &Env,
    context: &Context,
    target: &Target<'_>,
) -> vetka_edge::Result<Response> {
    match call(request, env, context, target).await {
        Ok(response) => Ok(response),
        Err(trouble) => said(trouble),
    }
}

async fn call(mut request: Request, env: &Env, context: &Context, target: &Target<'_>) -> Answered {
    let endpoint = model_request::endpoint(request.method().as_ref(), target.path, query(target))?;
    let token = presented(&request).ok_or_else(no_token)?;
    let session = token::session(&token).ok_or_else(no_token)?;
    let who = object::who(env, session, &token).await?.ok_or_else(no_token)?;
    let body = read(&mut request).await?;
    let models: Vec<&str> = who.models.iter().map(String::as_str).collect();
    let rules = Rules { models: &models, max_tokens: MAX_TOKENS, max_bytes: MAX_BYTES };
    let asked = model_request::check(endpoint, &body, &rules)?;
    let key = key(env, &who).await?;
    let question = question(&request, env, target, &key, &body)?;
    let settling = match endpoint {
        Endpoint::CountTokens => None,
        Endpoint::Messages => Some(reserve(env, session, &token, &asked.model, asked.estimate()).await?),
    };
    let (head, answered) = oneshot::channel();
    context.wait_until(trace::keep(Call { key, model: asked.model, settling }.carry(question, head)));
    answered.await.unwrap_or_else(|_| Err(unreachable()))
}

/// The token, in either of the two places where clients put a key.
fn presented(request: &Request) -> Option<String> {
    let bearer = || {
        let given = header(request, "authorization")?;
        let (scheme, token) = given.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    };
    header(request, "x-api-key").or_else(bearer)
}

async fn read(request: &mut Request) -> core::result::Result<Vec<u8>, Trouble> {
    let too_large = || Refusal {
        status: 413,
        kind: "request_too_large",
        message: format!("The request is larger than {MAX_BYTES} bytes."),
    };
    let announced = header(request, "content-length").and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_BYTES) {
        return Err(too_large().into());
    }
    let mut body = Vec::with_capacity(announced.unwrap_or_default());
    if request.inner().body().is_some() {
        let mut pieces = request.stream()?;
        while let Some(piece) = pieces.next().await {
            body.extend(piece?);
            if body.len() > MAX_BYTES {
                return Err(too_large().into());
            }
        }
    }
    Ok(body)
}

async fn key(env: &Env, who: &Who) -> core::result::Result<String, Trouble> {
    let key = secrets::get(env, &who.user_id, Kind::ApiKey).await?;
    let missing = || Refusal {
        status: 401,
        kind: "authentication_error",
        message:
            "Whoever started this session has no Anthropic key at Vetka any more. They can set one in their team's \
                  settings."
                .to_owned(),
    };
    Ok(key.ok_or_else(missing)?)
}

fn question(request: &Request, env: &Env, target: &Target<'_>, key: &str, body: &[u8]) -> vetka_edge::Result<Question> {
    let headers = Headers::new();
    for (name, value) in request.headers().entries().filter(|(name, _)| model_request::passes(name)) {
        headers.set(&name, &value)?;
    }
    if let Some(betas) = header(request, "anthropic-beta").and_then(|given| model_request::betas(&given)) {
        headers.set("anthropic-beta", &betas)?;
    }
    headers.set("user-agent", "Vetka")?;
    headers.set("x-api-key", key)?;
    let question_mark = query(target).map_or("", |_| "?");
    let url = format!("{}{}{question_mark}{}", config::var(env, "MODEL_API_URL")?, target.path, target.query);
    Question::new(Method::Post, &url, headers, Some(upstream::bytes(body)))
}

async fn reserve(
    env: &Env,
    session: &str,
    token: &str,
    model: &str,
    amount: MicroUsd,
) -> core::result::Result<Settling, Trouble> {
    match object::reserve(env, session, token, amount, model).await?.ok_or_else(no_token)? {
        Reserved::Yes { reservation } => {
            Ok(Settling { env: env.clone(), session: session.to_owned(), reservation, amount })
        }
        Reserved::No { refused, left_micro } if refused == "budget" => Err(Refusal::over_budget(left_micro).into()),
        Reserved::No { refused, .. } if refused == "too_many" => Err(Refusal::too_many().into()),
        Reserved::No { .. } => {
            Err(Refusal { status: 403, kind: "permission_error", message: "This session is over.".to_owned() }.into())
        }
    }
}

/// One call under way.
struct Call {
    key: String,
    model: String,
    /// `None` for what costs nothing.
    settling: Option<Settling>,
}

impl Call {
    /// Asks the service, passes its answer on, and settles, once, however it ends.
    async fn carry(self, question: Question, head: oneshot::Sender<Answered>) {
        let mut stop = Stop::new();
        let mut response = match question.ask(FIRST, &stop.signal()).await {
            Ok(response) if !(300..400).contains(&response.status_code()) => response,
            Ok(response) => return self.give_up(stop, head, &format!("status {}", response.status_code())).await,
            Err(cause) => return self.give_up(stop, head, &cause).await,
        };
        let is_accepted = response.status_code() < 300;
        let mut meter = Meter::new(response.headers().get("content-type").ok().flatten().as_deref());
        let body = response.stream();
        if !is_accepted {
            let body = match body {
                Ok(mut body) => upstream::beginning(&mut body, LONGEST_ERROR, SILENCE).await,
                Err(_) => Vec::new(),
            };
            meter.feed(&body);
            self.settle(meter.finish(), false).await;
            let _ = head.send(failed(&response, without(&body, &self.key)));
            return;
        }
        let (sender, pieces) = mpsc::channel(AHEAD);
        let is_heard = passed(&response, pieces).is_ok_and(|answer| head.send(Ok(answer)).is_ok());
        let mut ear = Ear { sender, gone_at: (!is_heard).then(time::now_ms) };
        if let Ok(mut body) = body {
            pump(&mut body, &mut meter, &mut ear).await;
        }
        stop.now();
        // Settled before the answer ends: whoever has heard its end may ask again at once, and finds their money there.
        self.settle(meter.finish(), true).await;
    }

    /// There was no answer, and so nothing was counted.
    async fn give_up(self, mut stop: Stop, head: oneshot::Sender<Answered>, cause: &str) {
        stop.now();
        log::error("", "model_unreachable", cause);
        if let Some(settling) = &self.settling {
            settling.say(None, Usage::default()).await;
        }
        let _ = head.send(Err(unreachable()));
    }

    async fn settle(&self, metered: Metered, is_accepted: bool) {
        if let Some(settling) = &self.settling {
            let cost = metered.cost(&self.model, settling.amount, is_accepted);
            settling.say(cost, metered.usage.unwrap_or_default()).await;
        }
    }
}

/// Money that is set aside.
struct Settling {
    env: Env,
    session: String,
    reservation: u64,
    amount: MicroUsd,
}

impl Settling {
    /// Says what became of it. An object that has just moved hears it the next time; said twice it counts once.
    async fn say(&self, cost: Option<MicroUsd>, usage: Usage) {
        for number in 1..=SETTLE_TRIES {
            match object::settle(&self.env, &self.session, self.reservation, cost, usage).await {
                Ok(()) => return,
                Err(failure) if number == SETTLE_TRIES => failure.log("settle"),
                Err(_) => Delay::from(Duration::from_millis(200 * number * number)).await,
            }
        }
    }
}

/// Whoever hears the answer.
struct Ear {
    sender: Sender<worker::Result<Vec<u8>>>,
    gone_at: Option<i64>,
}

impl Ear {
    async fn hear(&mut self, piece: worker::Result<Vec<u8>>) {
        if self.gone_at.is_none() && self.sender.send(piece).await.is_err() {
            self.gone_at = Some(time::now_ms());
        }
    }

    /// How long the next piece is waited for; not at all when nobody has heard for a while.
    fn patience(&self) -> Option<Duration> {
        let Some(gone_at) = self.gone_at else { return Some(SILENCE) };
        let left = gone_at + LINGER_MS - time::now_ms();
        u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_millis)
    }
}

/// Passes an answer on until its end, or until nobody is there to hear it.
async fn pump(body: &mut ByteStream, meter: &mut Meter, ear: &mut Ear) {
    while let Some(patience) = ear.patience() {
        match upstream::next(body, patience).await {
            Next::Bytes(piece) => {
                meter.feed(&piece);
                ear.hear(Ok(piece)).await;
            }
            Next::End => return,
            Next::Broken => return ear.hear(Err(worker::Error::RustError("the answer broke off".to_owned()))).await,
        }
    }
}

/// The beginning of the service's answer, with what is to follow.
fn passed(response: &Response, pieces: Pieces) -> worker::Result<Response> {
    let builder = Response::builder().with_status(response.status_code()).with_headers(kept(response)?);
    builder.from_stream(pieces)
}

/// The service's own error.
fn failed(response: &Response, body: Vec<u8>) -> Answered {
    Ok(Response::builder().with_status(response.status_code()).with_headers(kept(response)?).fixed(body))
}

fn kept(response: &Response) -> worker::Result<Headers> {
    let headers = Headers::new();
    for (name, value) in response.headers().entries().filter(|(name, _)| model_request::passes_back(name)) {
        headers.set(&name, &value)?;
    }
    headers.set("cache-control", "no-store")?;
    Ok(headers)
}

/// An error may say again what it was sent; not to a sandbox.
fn without(body: &[u8], key: &str) -> Vec<u8> {
    if key.is_empty() || !body.windows(key.len()).any(|window| window == key.as_bytes()) {
        return body.to_vec();
    }
    String::from_utf8_lossy(body).replace(key, "[key]").into_bytes()
}

fn no_token() -> Refusal {
    Refusal {
        status: 401,
        kind: "authentication_error",
        message: "This is no session's token, or its session is over.".to_owned(),
    }
}

fn unreachable() -> Trouble {
    Trouble::Refusal(Refusal {
        status: 502,
        kind: "api_error",
        message: "Anthropic cannot be reached. Try again in a minute.".to_owned(),
    })
}

/// What is wrong, in the service's own form.
fn said(trouble: Trouble) -> vetka_edge::Result<Response> {
    let refusal = match trouble {
        Trouble::Refusal(refusal) => refusal,
        Trouble::Internal(failure) => {
            failure.log("");
            Refusal { status: failure.status, kind: "api_error", message: failure.message }
        }
    };
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    headers.set("cache-control", "no-store")?;
    if refusal.status == 429 {
        headers.set("retry-after", "2")?;
    }
    Ok(Response::builder().with_status(refusal.status).with_headers(headers).fixed(refusal.to_json().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn no_error_says_a_key_again() {
        let said = br#"{"error":{"message":"invalid x-api-key: sk-ant-abc"}}"#;
        assert_eq!(without(said, "sk-ant-abc"), br#"{"error":{"message":"invalid x-api-key: [key]"}}"#);
        assert_eq!(without(said, "sk-ant-other"), said);
        assert_eq!(without(said, ""), said);
    }
}
