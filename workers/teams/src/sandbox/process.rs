//! A sandbox's processes. One runs on when nobody listens to it; what it says meanwhile is lost, so whoever needs all of it
//! has it written to a file.

use super::{
    Sandbox, USER,
    answers::{Failure, Who, failure, plain, read},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::{
    StreamExt,
    future::{Either, select},
    stream::{self, LocalBoxStream},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{collections::VecDeque, future::Future, pin::pin, time::Duration};
use vetka_domain::team::sandbox::{Ended, Event, Item, Reader, Refusal, envelope};
use worker::{
    AbortController, AbortSignal, ByteStream, Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect,
    Response, js_sys::Uint8Array,
};

const ANSWER: Duration = Duration::from_secs(20);
/// Seconds of silence after which envd says that it is still there.
const KEEPALIVE: &str = "20";
/// A stream that is silent for longer is none any more.
const SILENCE: Duration = Duration::from_secs(60);
/// Beyond the time that a process is given, for the way there and back.
const GRACE: Duration = Duration::from_secs(10);
/// Bytes that [`Sandbox::run`] keeps of each of the two outputs.
pub const OUTPUT: usize = 256 * 1024;

/// What a process does, as it does it. Ends when the process has ended; dropping it leaves the process as it is.
pub type Events = LocalBoxStream<'static, Result<Event, Failure>>;

/// A program to run: no shell reads what is in it.
#[derive(Debug, Clone)]
pub struct Command {
    program: String,
    args: Vec<String>,
    folder: Option<String>,
    variables: Vec<(String, String)>,
    tag: Option<String>,
    lifetime: Option<Duration>,
}

impl Command {
    /// A program without anything else.
    pub fn new(program: &str) -> Self {
        let (args, variables) = (Vec::new(), Vec::new());
        Self { program: program.to_owned(), args, folder: None, variables, tag: None, lifetime: None }
    }

    /// Its arguments.
    #[must_use]
    pub fn args<'a>(mut self, args: impl IntoIterator<Item = &'a str>) -> Self {
        self.args = args.into_iter().map(str::to_owned).collect();
        self
    }

    /// Where it runs.
    #[must_use]
    pub fn folder(mut self, path: &str) -> Self {
        self.folder = Some(path.to_owned());
        self
    }

    /// A variable of its environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What it is found by later.
    #[must_use]
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag = Some(tag.to_owned());
        self
    }

    /// How long it may run: then it is killed. Without, it runs for as long as it likes.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    fn message(&self) -> Value {
        let envs: Map<String, Value> =
            self.variables.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
        let mut process = json!({ "cmd": self.program, "args": self.args, "envs": envs });
        if let (Some(folder), Some(process)) = (&self.folder, process.as_object_mut()) {
            process.insert("cwd".to_owned(), folder.as_str().into());
        }
        // Left out, its input would stay open, and some programs wait for the end of it.
        let mut message = json!({ "process": process, "stdin": false });
        if let (Some(tag), Some(message)) = (&self.tag, message.as_object_mut()) {
            message.insert("tag".to_owned(), tag.as_str().into());
        }
        message
    }
}

/// What ends a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Asks it.
    Term,
    /// Does not ask.
    Kill,
}

/// A process that runs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Process {
    /// Its number.
    #[serde(default)]
    pub pid: u32,
    /// What it was started with.
    pub tag: Option<String>,
}

/// A program that ran to its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ran {
    /// What it gave back; -1 when a signal ended it.
    pub code: i32,
    /// What it wrote, [`OUTPUT`] bytes at most.
    pub stdout: Vec<u8>,
    /// What it complained of, as much of it.
    pub stderr: Vec<u8>,
    /// Whether there was more of either.
    pub is_cut: bool,
}

impl Sandbox {
    /// Starts a program.
    pub async fn start(&self, command: &Command) -> Result<Events, Failure> {
        self.stream("Start", command.lifetime, &command.message()).await
    }

    /// The processes that were started here and have not ended.
    pub async fn list(&self) -> Result<Vec<Process>, Failure> {
        #[derive(Deserialize)]
        struct Found {
            #[serde(default)]
            processes: Vec<Process>,
        }
        let Found { processes } = read(&self.unary("List", &json!({})).await?)?;
        Ok(processes)
    }

    /// Ends a process; says whether there was one.
    pub async fn signal(&self, tag: &str, signal: Signal) -> Result<bool, Failure> {
        let signal = match signal {
            Signal::Term => "SIGNAL_SIGTERM",
            Signal::Kill => "SIGNAL_SIGKILL",
        };
        match self.unary("SendSignal", &json!({ "process": { "tag": tag }, "signal": signal })).await {
            Ok(_) => Ok(true),
            Err(Failure::Missing) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Runs a program to its end, which it is brought to after that time.
    pub async fn run(&self, command: &Command, timeout: Duration) -> Result<Ran, Failure> {
        let command = command.clone().lifetime(timeout);
        within(timeout + GRACE, Failure::Late, async {
            let mut events = self.start(&command).await?;
            let mut ran = Ran::default();
            while let Some(event) = events.next().await {
                match event? {
                    Event::Start(_) => {}
                    Event::Stdout(bytes) => ran.is_cut |= keep(&mut ran.stdout, &bytes),
                    Event::Stderr(bytes) => ran.is_cut |= keep(&mut ran.stderr, &bytes),
                    Event::End(Ended { code, .. }) => return Ok(Ran { code, ..ran }),
                }
            }
            Err(Failure::Cut)
        })
        .await
    }

    async fn unary(&self, method: &str, message: &Value) -> Result<vetka_edge::outside::Answer, Failure> {
        let path = format!("/process.Process/{method}");
        self.ask(Method::Post, &path, |question| {
            question
                .header("connect-protocol-version", "1")
                .timeout(ANSWER)
                .body("application/json", message.to_string())
        })
        .await
    }

    async fn stream(&self, method: &str, lifetime: Option<Duration>, message: &Value) -> Result<Events, Failure> {
        let request = self.request(method, lifetime, message);
        let request = request.map_err(|wrong| Failure::Unavailable(vetka_edge::error::describe(&wrong)))?;
        let abort = Abort(Some(AbortController::default()));
        let late = || Failure::Unavailable("no answer in time".to_owned());
        let body = within(ANSWER, late(), open(request, abort.signal())).await?;
        let open = Open { body, reader: Reader::default(), ready: VecDeque::new(), is_over: false, _abort: abort };
        Ok(stream::unfold(open, |mut open| async move { open.next().await.map(|event| (event, open)) }).boxed_local())
    }

    fn request(&self, method: &str, lifetime: Option<Duration>, message: &Value) -> worker::Result<Request> {
        let headers = Headers::new();
        for (name, value) in self.headers() {
            headers.set(name, &value)?;
        }
        headers.set("content-type", "application/connect+json")?;
        headers.set("connect-protocol-version", "1")?;
        headers.set("keepalive-ping-interval", KEEPALIVE)?;
        headers.set("user-agent", "Vetka")?;
        headers.set("authorization", &format!("Basic {}", STANDARD.encode(format!("{USER}:"))))?;
        if let Some(lifetime) = lifetime {
            headers.set("connect-timeout-ms", &lifetime.as_millis().to_string())?;
        }
        let body = Uint8Array::from(envelope(message.to_string().as_bytes()).as_slice());
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_redirect(RequestRedirect::Manual).with_headers(headers);
        init.with_body(Some(body.into()));
        Request::new_with_init(&format!("{}/process.Process/{method}", self.base), &init)
    }
}

/// An open stream. Dropping it ends the request.
struct Open {
    body: ByteStream,
    reader: Reader,
    ready: VecDeque<Item>,
    is_over: bool,
    _abort: Abort,
}

impl Open {
    async fn next(&mut self) -> Option<Result<Event, Failure>> {
        loop {
            if self.is_over {
                return None;
            }
            match self.ready.pop_front() {
                Some(Item::Event(event)) => return Some(Ok(event)),
                Some(Item::Over(refusal)) => {
                    self.is_over = true;
                    return refusal.map(|refusal| Err(refused(&refusal)));
                }
                None => {}
            }
            match self.more().await {
                Ok(items) => self.ready.extend(items),
                Err(failure) => {
                    self.is_over = true;
                    return Some(Err(failure));
                }
            }
        }
    }

    async fn more(&mut self) -> Result<Vec<Item>, Failure> {
        let body = &mut self.body;
        let piece = within(SILENCE, Failure::Cut, async { Ok(body.next().await) }).await?;
        let bytes = piece.ok_or(Failure::Cut)?.map_err(|_| Failure::Cut)?;
        self.reader.feed(&bytes).map_err(|broken| Failure::Unavailable(broken.0.to_owned()))
    }
}

async fn open(request: Request, signal: Option<AbortSignal>) -> Result<ByteStream, Failure> {
    let broken = |wrong: worker::Error| Failure::Unavailable(vetka_edge::error::describe(&wrong));
    let fetch = Fetch::Request(request);
    let answer = match &signal {
        Some(signal) => fetch.send_with_signal(signal).await,
        None => fetch.send().await,
    };
    let mut response: Response = answer.map_err(broken)?;
    let status = response.status_code();
    if status == 200 {
        return response.stream().map_err(broken);
    }
    let retry_after = response.headers().get("retry-after").ok().flatten();
    let body = response.bytes().await.unwrap_or_default();
    Err(failure(Who::Sandbox, status, retry_after.as_deref(), &body))
}

/// What a stream's own end says.
fn refused(Refusal { code, .. }: &Refusal) -> Failure {
    match code.as_str() {
        "not_found" => Failure::Missing,
        "deadline_exceeded" => Failure::Late,
        "resource_exhausted" => Failure::Busy(None),
        "unavailable" | "internal" | "unknown" | "canceled" | "aborted" => Failure::Unavailable(code.clone()),
        _ => Failure::Refused(plain(code).to_owned()),
    }
}

/// Adds what there is room for; says whether that was not all.
fn keep(kept: &mut Vec<u8>, bytes: &[u8]) -> bool {
    let room = OUTPUT.saturating_sub(kept.len());
    kept.extend(bytes.iter().take(room));
    bytes.len() > room
}

/// Aborts its request when dropped.
struct Abort(Option<AbortController>);

impl Abort {
    fn signal(&self) -> Option<AbortSignal> {
        self.0.as_ref().map(AbortController::signal)
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(controller) = self.0.take() {
            controller.abort();
        }
    }
}

async fn within<T>(
    time: Duration,
    late: Failure,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match select(pin!(work), pin!(Delay::from(time))).await {
        Either::Left((done, _)) => done,
        Either::Right(((), _)) => Err(late),
    }
}
