//! What a handler is given: the request's facts, the settings, the bindings, and the question of who is asking.

use crate::answer::{Refused, essence};
use serde::de::DeserializeOwned;
use std::{cell::RefCell, rc::Rc};
use vetka_domain::{
    cookie,
    limit::{Network, Subject, WRITES},
    origin::Sender,
    target::{Target, encode_component},
};
use vetka_edge::{
    Result, audit,
    auth::{self, Credentials, Seen, Viewer},
    config::Config,
    error,
    limit::{Rule, take},
    reply,
};
use worker::{D1Database, Env};

/// What is kept of a browser's name for itself, in characters.
const MAX_USER_AGENT: usize = 300;

/// One request, shared by everything that has a part in its answer.
#[derive(Clone)]
pub struct Ask(Rc<Inner>);

struct Inner {
    env: Env,
    config: Config,
    request_id: String,
    now: i64,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    place: String,
    told: RefCell<Vec<(&'static str, String)>>,
    seen: RefCell<Option<Seen>>,
}

/// What a request is, as the door has read it.
pub struct Request {
    /// Where the bindings are.
    pub env: Env,
    /// For logs and for people who ask for help.
    pub request_id: String,
    /// Unix milliseconds UTC.
    pub now: i64,
    /// `GET`, `POST`…
    pub method: String,
    /// As the runtime has normalised it.
    pub url: String,
    /// Their names in lower case.
    pub headers: Vec<(String, String)>,
    /// `Graz, AT`, as far as the edge knows.
    pub place: String,
}

impl Ask {
    /// # Errors
    /// Internal, when a setting is missing.
    pub fn new(request: Request) -> Result<Self> {
        let Request { env, request_id, now, method, url, headers, place } = request;
        let config = Config::from_env(&env)?;
        let (told, seen) = (RefCell::default(), RefCell::default());
        Ok(Self(Rc::new(Inner { env, config, request_id, now, method, url, headers, place, told, seen })))
    }

    /// The bindings.
    pub fn env(&self) -> &Env {
        &self.0.env
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Identifies this request in logs.
    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// When the request came, Unix milliseconds UTC.
    pub fn now(&self) -> i64 {
        self.0.now
    }

    /// `GET`, `POST`…
    pub fn method(&self) -> &str {
        &self.0.method
    }

    /// Whether the method is one that may change something.
    pub fn changes_something(&self) -> bool {
        !matches!(self.method(), "GET" | "HEAD" | "OPTIONS")
    }

    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The address that was asked for, in parts.
    pub fn target(&self) -> Target<'_> {
        let nowhere = Target { scheme: "", host: "", port: None, path: "/", query: "" };
        Target::parse(&self.0.url).unwrap_or(nowhere)
    }

    /// A query parameter.
    pub fn param(&self, name: &str) -> Option<String> {
        self.target().param(name)
    }

    /// What the request says about where it comes from.
    pub fn sender(&self) -> Sender<'_> {
        Sender {
            origin: self.header("origin"),
            referer: self.header("referer"),
            has_cookie: self.header("cookie").is_some(),
            fetch_site: self.header("sec-fetch-site"),
            fetch_mode: self.header("sec-fetch-mode"),
            fetch_dest: self.header("sec-fetch-dest"),
        }
    }

    /// From where the request came: for the list of devices, and for what is written down about an account.
    pub fn from(&self) -> audit::From<'_> {
        let user_agent = self.header("user-agent").unwrap_or_default();
        let end = user_agent.char_indices().nth(MAX_USER_AGENT).map_or(user_agent.len(), |(at, _)| at);
        audit::From {
            ip_address: self.header("cf-connecting-ip").unwrap_or_default(),
            user_agent: user_agent.get(..end).unwrap_or_default(),
            place: &self.0.place,
        }
    }

    /// The network that the request came from.
    pub fn network(&self) -> Network {
        Network::of(self.header("cf-connecting-ip"))
    }

    /// The database.
    ///
    /// # Errors
    /// Internal only.
    pub fn db(&self) -> Result<D1Database> {
        Ok(self.0.env.d1(auth::DB)?)
    }

    /// Sends a cookie with whatever the answer will be.
    pub fn add_cookie(&self, cookie: String) {
        self.tell("set-cookie", cookie);
    }

    /// Sends a header with whatever the answer will be.
    pub fn tell(&self, name: &'static str, value: String) {
        self.0.told.borrow_mut().push((name, value));
    }

    /// The headers to send, which are then no longer here.
    pub fn take_told(&self) -> Vec<(&'static str, String)> {
        self.0.told.take()
    }

    /// Who is asking, looked up once a request. A renewed or ended session reaches the browser with the answer.
    pub async fn look(&self) -> Result<Seen> {
        if let Some(seen) = self.0.seen.borrow().clone() {
            return Ok(seen);
        }
        let seen = auth::look(self.env(), self.credentials()).await?;
        match &seen {
            Seen::Viewer(Viewer { set_cookie: Some(cookie), .. }) | Seen::Ended(cookie) => {
                self.add_cookie(cookie.clone());
            }
            _ => {}
        }
        self.0.seen.replace(Some(seen.clone()));
        Ok(seen)
    }

    /// Who is asking, for a JSON route that reads.
    ///
    /// # Errors
    /// 401 when nobody is signed in.
    pub async fn signed_in(&self) -> Result<Viewer> {
        match self.look().await? {
            Seen::Viewer(viewer) => Ok(viewer),
            Seen::Ended(_) | Seen::Nobody => Err(error::unauthorized()),
        }
    }

    /// Who is asking, for a page that is for signed-in people. Others are sent to sign in, and back here afterwards.
    ///
    /// # Errors
    /// The way to the sign-in.
    pub async fn page_viewer(&self) -> core::result::Result<Viewer, Refused> {
        match self.look().await? {
            Seen::Viewer(viewer) => Ok(viewer),
            Seen::Ended(_) => Err(self.sign_in_first("session-ended")),
            Seen::Nobody => Err(self.sign_in_first("sign-in-first")),
        }
    }

    /// Who is asking, for a JSON route that changes something.
    ///
    /// # Errors
    /// 403 from elsewhere, 401 when nobody is signed in, 429 when they have changed a lot at once.
    pub async fn writer(&self) -> Result<Viewer> {
        let viewer = auth::writer(self.env(), self.credentials()).await?;
        if let Some(cookie) = &viewer.set_cookie {
            self.add_cookie(cookie.clone());
        }
        self.count_write(&viewer.user_id).await?;
        Ok(viewer)
    }

    /// Counts one change that an account makes.
    ///
    /// # Errors
    /// 429 when they have changed a lot at once.
    pub async fn count_write(&self, user_id: &str) -> Result<()> {
        take(self.env(), &[Rule(WRITES, Subject::Account(user_id))]).await
    }

    /// Who is asking, for a form that changes something.
    ///
    /// # Errors
    /// 403 from elsewhere; the way to the sign-in when nobody is signed in.
    pub async fn form_writer(&self) -> core::result::Result<Viewer, Refused> {
        self.writer().await.map_err(|problem| match problem.status {
            401 => {
                for (_, cookie) in problem.headers.iter().filter(|(name, _)| *name == "set-cookie") {
                    self.add_cookie(cookie.clone());
                }
                self.sign_in_first("session-ended")
            }
            _ => problem.into(),
        })
    }

    /// 403 unless the request comes from the app itself.
    ///
    /// # Errors
    /// 403 `wrong_origin`.
    pub fn require_origin(&self) -> Result<()> {
        auth::require_origin(self.header("origin"), &self.config().app_origin)
    }

    /// What says who is asking and from where.
    pub fn credentials(&self) -> Credentials {
        let given = |name| self.header(name).map(str::to_owned);
        Credentials { cookie: given("cookie"), origin: given("origin") }
    }

    /// Reads a JSON body.
    ///
    /// # Errors
    /// 415 for another content type, 400 when it is not the JSON that is wanted.
    pub fn json<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T> {
        if essence(self.header("content-type")) != "application/json" {
            return Err(error::unsupported_media_type());
        }
        serde_json::from_slice(body).map_err(|failure| reply::bad_json(&failure))
    }

    /// Reads the fields of a posted form.
    ///
    /// # Errors
    /// 415 for another content type, 400 when it is no text.
    pub fn form<'a>(&self, body: &'a [u8]) -> Result<Fields<'a>> {
        if essence(self.header("content-type")) != "application/x-www-form-urlencoded" {
            return Err(vetka_edge::Error::new(415, "unsupported_media_type", "Send this as a form."));
        }
        let query =
            std::str::from_utf8(body).map_err(|_| error::bad_request("malformed_form", "That form is no text."))?;
        Ok(Fields(Target { scheme: "", host: "", port: None, path: "/", query }))
    }

    /// For a page that must not be shown once the session is over, whatever the token still says: the way to the sign-in,
    /// without the cookie.
    pub fn session_ended(&self) -> Refused {
        self.add_cookie(cookie::clear(cookie::SESSION));
        self.sign_in_first("session-ended")
    }

    fn sign_in_first(&self, notice: &str) -> Refused {
        let target = self.target();
        let back = if self.changes_something() {
            // What was posted cannot be gone back to; the page with the form on it can.
            let page = self.header("referer").and_then(|page| page.strip_prefix(self.config().app_origin.as_str()));
            page.unwrap_or("/").to_owned()
        } else if target.query.is_empty() {
            target.path.to_owned()
        } else {
            format!("{}?{}", target.path, target.query)
        };
        Refused::Elsewhere(format!("/?sign-in&notice={notice}&next={}", encode_component(&back)))
    }
}

/// The fields of a posted form.
pub struct Fields<'a>(Target<'a>);

impl Fields<'_> {
    /// A field, empty when it was not sent.
    pub fn get(&self, name: &str) -> String {
        self.0.param(name).unwrap_or_default()
    }
}

/// The one parameter in a route's path, decoded.
pub struct Named(pub String);

/// The two parameters in a route's path, decoded: a site's domain or an account, and something of theirs.
pub struct Within(pub String, pub String);
