//! The way to the forge: git's own protocol, with the session's token on this side and its person's on the other. A fetch of
//! the one repository goes on, and a push to the one branch; a push is read while it passes, and broken off when it turns
//! out to be something else.

use super::{
    header,
    upstream::{self, Question, Stop},
};
use crate::{
    object::{self, Who},
    secrets::{self, Kind},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures::{StreamExt, stream};
use std::{cell::RefCell, rc::Rc, time::Duration};
use vetka_domain::{
    target::Target,
    team::{
        branch::Branch,
        git::{
            self, Answer, Operation, Push, Refusal, Repository, Step,
            push::MOST_PACK,
            request::{self, MOST_UPLOAD_PACK},
        },
        token,
    },
};
use vetka_edge::{Result, config, error, log};
use worker::{ByteStream, Env, Headers, Method, Request, Response, ResponseBody, wasm_bindgen::JsValue, web_sys};

/// How long the forge may take for the beginning of an answer: after a push it checks what it was given.
const PATIENCE: Duration = Duration::from_secs(120);

/// Bytes of a push that are heard out though they do not go on, and for how long.
const MOST_HEARD: u64 = MOST_PACK + 16 * 1024 * 1024;
const HEARING: Duration = Duration::from_secs(30);

/// One request of git's that goes on.
struct Errand<'a> {
    env: &'a Env,
    who: Who,
    repository: Repository,
    operation: Operation,
    headers: Vec<(&'static str, String)>,
}

/// Answers git.
pub async fn answer(request: Request, env: &Env, target: &Target<'_>) -> Result<Response> {
    let Some(who) = who(&request, env).await? else { return refuse(Refusal::Token.answer(None)) };
    let repository = who.repository()?;
    let operation = match Operation::read(request.method().as_ref(), target.path, target.query, &repository) {
        Ok(operation) => operation,
        Err(refusal) => return refuse(refusal.answer(None)),
    };
    let headers = match operation.headers(|name| header(&request, name)) {
        Ok(headers) => headers,
        Err(refusal) => return refuse(refusal.answer(Some(operation))),
    };
    let errand = Errand { env, who, repository, operation, headers };
    match operation {
        Operation::FetchAdvertisement | Operation::PushAdvertisement => errand.whole(None).await,
        Operation::UploadPack => errand.fetch(request).await,
        Operation::ReceivePack => errand.push(request).await,
    }
}

/// For whom the request is; `None` without a right token.
async fn who(request: &Request, env: &Env) -> Result<Option<Who>> {
    let token = header(request, "authorization").and_then(|given| request::token(&given));
    match token.as_deref().and_then(|token| Some((token::session(token)?, token))) {
        Some((session, token)) => object::who(env, session, token).await,
        None => Ok(None),
    }
}

impl Errand<'_> {
    /// What a fetch wants and has fits into memory.
    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let too_large = || refuse(Refusal::FetchTooLarge.answer(Some(self.operation)));
        if announced(&request).is_some_and(|length| length > MOST_UPLOAD_PACK) {
            return too_large();
        }
        let mut body = Vec::new();
        if request.inner().body().is_some() {
            let mut pieces = request.stream()?;
            while let Some(piece) = pieces.next().await {
                body.extend(piece?);
                if body.len() as u64 > MOST_UPLOAD_PACK {
                    return too_large();
                }
            }
        }
        self.whole(Some(upstream::bytes(&body))).await
    }

    async fn whole(&self, body: Option<JsValue>) -> Result<Response> {
        match self.ask(body, &Stop::new()).await? {
            Ok(response) => pass(response),
            Err(refusal) => refuse(refusal.answer(Some(self.operation))),
        }
    }

    /// A push is held until it is known what it changes. From then on its pieces go on as they come.
    async fn push(&self, mut request: Request) -> Result<Response> {
        let branch = self.who.branch.strip_prefix("vendi/session-").and_then(Branch::of);
        let branch = branch.ok_or_else(|| error::internal("a session without a branch"))?;
        let length = announced(&request);
        let pieces = if request.inner().body().is_some() { Some(request.stream()?) } else { None };
        let push = Push::new(&branch, MOST_PACK, length);
        let passing = Rc::new(RefCell::new(Passing { push, length, seen: 0, pieces, wrong: None }));
        let first = match next(&passing).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return empty(self.operation),
            Err(refusal) => return reject(&passing, refusal).await,
        };
        let rest = stream::unfold(Some(Rc::clone(&passing)), |passing| async {
            let passing = passing?;
            match next(&passing).await {
                Ok(Some(bytes)) => Some((Ok(bytes), Some(passing))),
                Ok(None) => None,
                // What is broken off here must not look whole there.
                Err(_) => Some((Err(worker::Error::RustError("the push was broken off".to_owned())), None)),
            }
        });
        let mut stop = Stop::new();
        let asked = self.ask(Some(body(stream::once(async { Ok(first) }).chain(rest))?), &stop).await?;
        let wrong = passing.borrow().wrong;
        match (wrong, asked) {
            (None, Ok(response)) => pass(response),
            (Some(refusal), _) | (None, Err(refusal)) => {
                stop.now();
                reject(&passing, refusal).await
            }
        }
    }

    /// Asks the forge for the session's person.
    async fn ask(&self, body: Option<JsValue>, stop: &Stop) -> Result<core::result::Result<Response, Refusal>> {
        let Some(token) = secrets::get(self.env, &self.who.user_id, Kind::GithubToken).await? else {
            return Ok(Err(Refusal::Forge(401)));
        };
        let headers = Headers::new();
        for (name, value) in &self.headers {
            headers.set(name, value)?;
        }
        headers.set("authorization", &format!("Basic {}", STANDARD.encode(format!("x-access-token:{token}"))))?;
        let url = format!("{}{}", config::var(self.env, "GITHUB_URL")?, self.operation.upstream(&self.repository));
        let method = Method::from(self.operation.method().to_owned());
        let question = Question::new(method, &url, headers, body)?;
        Ok(match question.ask(PATIENCE, &stop.signal()).await {
            Ok(response) => self.judged(response),
            Err(cause) => {
                log::error("", "forge_unreachable", &cause);
                Err(Refusal::Forge(502))
            }
        })
    }

    fn judged(&self, response: Response) -> core::result::Result<Response, Refusal> {
        let is_git =
            response.headers().get("content-type").ok().flatten().as_deref() == Some(self.operation.answer_type());
        match response.status_code() {
            200 if is_git => Ok(response),
            // A page where git should be: whatever it says, it is not for git.
            200..=299 => Err(Refusal::Forge(502)),
            status => Err(Refusal::Forge(status)),
        }
    }
}

/// A push on its way.
struct Passing {
    push: Push,
    length: Option<u64>,
    seen: u64,
    /// What is still to come of it.
    pieces: Option<ByteStream>,
    /// Why it does not go on, or was broken off.
    wrong: Option<Refusal>,
}

impl Passing {
    fn take(&mut self, bytes: &[u8]) -> core::result::Result<Option<Vec<u8>>, Refusal> {
        self.seen += bytes.len() as u64;
        match self.push.feed(bytes)? {
            Step::Hold => Ok(None),
            Step::Pass(bytes) => Ok(Some(bytes.into_owned())),
        }
    }

    /// Nothing more comes.
    fn end(&self) -> core::result::Result<(), Refusal> {
        if self.length.is_some_and(|length| length != self.seen) {
            return Err(Refusal::Truncated);
        }
        self.push.end().map(|_| ())
    }
}

/// The next bytes that go on; `None` when there are no more.
async fn next(passing: &RefCell<Passing>) -> core::result::Result<Option<Vec<u8>>, Refusal> {
    loop {
        // Not kept borrowed: whoever waits here may be forgotten, and others look meanwhile.
        let taken = passing.borrow_mut().pieces.take();
        let piece = match taken {
            Some(mut pieces) => {
                let piece = pieces.next().await;
                passing.borrow_mut().pieces = Some(pieces);
                piece
            }
            None => None,
        };
        let mut now = passing.borrow_mut();
        let step = match piece {
            Some(Ok(bytes)) => now.take(&bytes),
            Some(Err(_)) => Err(Refusal::Truncated),
            None => return now.end().map(|()| None).inspect_err(|refusal| now.wrong = Some(*refusal)),
        };
        match step {
            Ok(Some(bytes)) => return Ok(Some(bytes)),
            Ok(None) => {}
            Err(refusal) => {
                now.wrong = Some(refusal);
                return Err(refusal);
            }
        }
    }
}

/// Says to git why its push does not go on, once it has said all it has to say: until then it does not listen.
async fn reject(passing: &RefCell<Passing>, refusal: Refusal) -> Result<Response> {
    let rest = passing.borrow_mut().pieces.take();
    if let Some(mut rest) = rest {
        upstream::hear_out(&mut rest, MOST_HEARD, HEARING).await;
    }
    refuse(passing.borrow().push.answer(refusal))
}

fn announced(request: &Request) -> Option<u64> {
    header(request, "content-length").and_then(|length| length.parse().ok())
}

/// Pieces as the body of a request.
fn body(pieces: impl stream::Stream<Item = worker::Result<Vec<u8>>> + 'static) -> Result<JsValue> {
    // The crate makes streams of answers only; the stream is the same.
    let carrier: web_sys::Response = Response::from_stream(pieces)?.into();
    carrier.body().map(JsValue::from).ok_or_else(|| error::internal("a stream without a body"))
}

/// The forge's answer goes back as it is, without passing through here.
fn pass(response: Response) -> Result<Response> {
    let headers = Headers::new();
    for (name, value) in response.headers().entries().filter(|(name, _)| git::request::goes_back(name)) {
        headers.set(&name, &value)?;
    }
    let (_, body) = response.into_parts();
    Ok(Response::builder().with_headers(headers).body(body))
}

/// What git gets for having asked whether it would be let in.
fn empty(operation: Operation) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", operation.answer_type())?;
    headers.set("cache-control", "no-cache")?;
    Ok(Response::builder().with_headers(headers).body(ResponseBody::Empty))
}

fn refuse(answer: Answer) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", answer.content_type)?;
    headers.set("cache-control", "no-cache")?;
    if answer.status == 401 {
        headers.set("www-authenticate", "Basic realm=\"Vetka\"")?;
    }
    Ok(Response::builder().with_status(answer.status).with_headers(headers).fixed(answer.body))
}
