//! e2b's control plane: sandboxes begin and end there.

use super::{
    Sandbox,
    answers::{Failure, Who, judged, read},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use vetka_domain::{target::encode_component, team::sandbox::reach};
use vetka_edge::{
    Error, Result, config,
    outside::{Answer, Question},
};
use worker::{Env, Method};

/// A sandbox is there in a second or two, but a crowded cluster makes one wait.
const START: Duration = Duration::from_secs(60);
const ANSWER: Duration = Duration::from_secs(20);
/// Pages of 100 sandboxes; e2b runs some twenty of an account at once.
const MOST_PAGES: usize = 20;
const LONGEST: usize = 2 * 1024 * 1024;

/// Our account at e2b.
pub struct Sandboxes {
    api: String,
    sandboxes: String,
    key: String,
    /// What its sandboxes reach in any case.
    proxy: String,
    /// What they may reach beside that.
    reach: String,
}

/// A sandbox that runs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Started {
    /// What it is called at e2b.
    #[serde(rename = "sandboxID")]
    pub sandbox_id: String,
    /// What opens it.
    #[serde(rename = "envdAccessToken")]
    pub access_token: String,
    /// What opens its other ports.
    #[serde(default, rename = "trafficAccessToken")]
    pub traffic_token: Option<String>,
}

/// A sandbox in e2b's list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// What it is called at e2b.
    #[serde(rename = "sandboxID")]
    pub sandbox_id: String,
    /// What it was made with.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// RFC 3339.
    #[serde(default)]
    pub started_at: String,
    /// When e2b ends it by itself, RFC 3339.
    #[serde(default)]
    pub end_at: String,
}

impl Sandboxes {
    /// Reads the settings.
    ///
    /// # Errors
    /// 404 `sessions_not_offered` where there is no key of e2b's.
    pub fn of(env: &Env) -> Result<Self> {
        let key = config::optional(env, "E2B_API_KEY").ok_or_else(not_offered)?;
        let address = |name| config::var(env, name).map(|url| url.trim_end_matches('/').to_owned());
        let (api, sandboxes) = (address("E2B_API_URL")?, address("E2B_SANDBOX_URL")?);
        let reach = config::optional(env, "SANDBOX_REACH").unwrap_or_default();
        Ok(Self { api, sandboxes, key, proxy: address("PROXY_ORIGIN")?, reach })
    }

    /// Starts a sandbox from a template. It ends after so many seconds, unless [`Self::set_timeout`] says otherwise.
    ///
    /// An answer that is lost leaves a sandbox that nobody knows: its metadata must name what it is for, so that
    /// [`Self::list`] finds it.
    pub async fn create(
        &self,
        template_id: &str,
        timeout_s: u32,
        metadata: &[(&str, &str)],
    ) -> core::result::Result<Started, Failure> {
        let metadata = metadata.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let metadata = Value::Object(metadata);
        // What runs in it is seen through our previews, by those who may.
        let mut network = json!({ "allowPublicTraffic": false });
        if let (Some(hosts), Some(network)) = (reach(&self.proxy, &self.reach), network.as_object_mut()) {
            // What is allowed wins over what is denied.
            network.insert("allowOut".to_owned(), json!(hosts));
            network.insert("denyOut".to_owned(), json!(["0.0.0.0/0"]));
        }
        let body = json!({ "templateID": template_id, "timeout": timeout_s, "metadata": metadata, "network": network });
        let question = self.question(Method::Post, "/v2/sandboxes", START, Some(&body));
        read(&question.ask().await?)
    }

    /// Finds a sandbox again, which then lives for so many seconds at least.
    pub async fn connect(&self, id: &str, timeout_s: u32) -> core::result::Result<Started, Failure> {
        let path = format!("/v2/sandboxes/{}/connect", encode_component(id));
        read(&self.question(Method::Post, &path, START, Some(&json!({ "timeout": timeout_s }))).ask().await?)
    }

    /// Has a sandbox end in so many seconds.
    pub async fn set_timeout(&self, id: &str, timeout_s: u32) -> core::result::Result<(), Failure> {
        let path = format!("/sandboxes/{}/timeout", encode_component(id));
        self.question(Method::Post, &path, ANSWER, Some(&json!({ "timeout": timeout_s }))).ask().await?;
        Ok(())
    }

    /// Ends a sandbox. One that is gone already is as well.
    pub async fn kill(&self, id: &str) -> core::result::Result<(), Failure> {
        let path = format!("/sandboxes/{}", encode_component(id));
        match self.question(Method::Delete, &path, ANSWER, None).ask().await {
            Ok(_) | Err(Failure::Gone) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// All sandboxes whose metadata has this value under this name.
    pub async fn list(&self, name: &str, value: &str) -> core::result::Result<Vec<Listed>, Failure> {
        // One parameter holds a query of its own, whose parts are escaped once more.
        let wanted = format!("{}={}", encode_component(name), encode_component(value));
        self.pages(&format!("metadata={}&", encode_component(&wanted))).await
    }

    /// All sandboxes of the account.
    pub async fn list_all(&self) -> core::result::Result<Vec<Listed>, Failure> {
        self.pages("").await
    }

    async fn pages(&self, query: &str) -> core::result::Result<Vec<Listed>, Failure> {
        let (mut all, mut next) = (Vec::new(), String::new());
        for _ in 0..MOST_PAGES {
            let path = format!("/v2/sandboxes?{query}state=running,paused&limit=100{next}");
            let answer = self.question(Method::Get, &path, ANSWER, None).ask().await?;
            all.extend(read::<Vec<Listed>>(&answer)?);
            match answer.header("x-next-token").filter(|token| !token.is_empty()) {
                Some(token) => next = format!("&nextToken={}", encode_component(&token)),
                None => return Ok(all),
            }
        }
        Ok(all)
    }

    /// One of them, to work in.
    pub fn sandbox(&self, id: &str, access_token: &str) -> Sandbox {
        Sandbox { base: self.sandboxes.clone(), id: id.to_owned(), token: access_token.to_owned() }
    }

    pub(super) fn question(
        &self,
        method: Method,
        path: &str,
        timeout: Duration,
        body: Option<&serde_json::Value>,
    ) -> Asking {
        let url = format!("{}{path}", self.api);
        Asking { url, key: self.key.clone(), method, timeout, body: body.map(ToString::to_string) }
    }
}

/// A question to the control plane.
pub(super) struct Asking {
    url: String,
    key: String,
    method: Method,
    timeout: Duration,
    body: Option<String>,
}

impl Asking {
    pub(super) async fn ask(self) -> core::result::Result<Answer, Failure> {
        let mut question =
            Question::new(self.method, &self.url).header("x-api-key", self.key).longest(LONGEST).timeout(self.timeout);
        if let Some(body) = self.body {
            question = question.body("application/json", body);
        }
        judged(Who::Account, question.ask().await)
    }
}

fn not_offered() -> Error {
    Error::new(
        404,
        "sessions_not_offered",
        "Sessions are not offered here yet: whoever runs this Vetka has to add a key of e2b first.",
    )
}
