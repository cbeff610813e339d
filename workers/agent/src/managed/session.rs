//! The session at the service: one per conversation until it is lost, the files mounted in it, and the message that
//! begins a turn.

use super::{Attempt, Failure, ManagedAgents, Trouble, client::Client, judge};
use crate::{
    conversation::store::{TurnRow, UploadRow},
    driver::{AgentName, Given},
    uploads,
};
use futures::future::{Either, select};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{pin::pin, time::Duration};
use vetka_domain::{
    conversation::{
        context::{self, Context, Live, Mounted},
        event::{Event, Kind as EventKind},
        retry,
        upload::Kind,
    },
    target::encode_component,
};
use vetka_edge::{Result, config, config::Config, time};
use vetka_r2::{LiveRecord, Manifest, SiteId, SnapshotId, keys};
use worker::Delay;

const SESSION: &str = "session";
const AGENT: &str = "agent";
/// How long the agent's name is believed, milliseconds.
const NAME_MS: i64 = 10 * 60_000;
/// How long a page waits for the agent's name, milliseconds.
const NAME_WAIT_MS: u64 = 3_000;
/// Where the service mounts files.
const MOUNT_ROOT: &str = "/mnt/session/uploads";

/// What is remembered of a session.
#[derive(Serialize, Deserialize)]
struct Known {
    id: String,
    /// It has been told what the site looks like.
    greeted: bool,
}

#[derive(Serialize, Deserialize)]
struct Named {
    at: i64,
    #[serde(flatten)]
    agent: AgentName,
}

/// Where a session is.
pub fn path(session: &str) -> String {
    format!("/v1/sessions/{}", encode_component(session))
}

/// Whether the service says that a session takes nothing more.
pub fn is_over(session: &Value) -> bool {
    session.get("status").and_then(Value::as_str) == Some("terminated")
        || session.get("archived_at").is_some_and(|at| !at.is_null())
}

impl ManagedAgents {
    fn remembered(&self) -> Result<Option<Known>> {
        let known = self.object.store.meta(SESSION)?;
        Ok(known.and_then(|known| serde_json::from_str(&known).ok()))
    }

    fn remember(&self, known: &Known) -> Result<()> {
        self.object.store.set_meta(SESSION, Some(&serde_json::to_string(known)?))
    }

    /// Remembers none.
    pub(super) fn forget_session(&self) -> Result<()> {
        self.object.store.set_meta(SESSION, None)
    }

    /// The session that this conversation has, if it has one.
    pub fn known_session(&self) -> Result<Option<String>> {
        Ok(self.remembered()?.map(|known| known.id))
    }

    /// The session, made when there is none.
    pub(super) async fn session(&self, client: &Client) -> Attempt<String> {
        if let Some(known) = self.known_session()? {
            return Ok(known);
        }
        let env = &self.object.env;
        let identity = self.object.identity()?;
        let body = json!({
            "agent": config::var(env, "ANTHROPIC_AGENT_ID")?,
            "environment_id": config::var(env, "ANTHROPIC_ENVIRONMENT_ID")?,
            "title": identity.domain,
            "metadata": { "conversation": identity.id, "site": identity.site_id },
        });
        let session = client.post("/v1/sessions", &body).await.map_err(judge)?;
        let id = session.get("id").and_then(Value::as_str).ok_or(Trouble::Again(Failure::Unreachable))?.to_owned();
        self.remember(&Known { id: id.clone(), greeted: false })?;
        self.keep_name(session.get("agent"))?;
        Ok(id)
    }

    /// Gives a lost session up, so that the next attempt makes a new one. `Some`: that happened too often.
    pub fn replace(&self, turn: i64) -> Result<Option<Given>> {
        self.forget_session()?;
        let lost = self.object.store.turn(turn)?.map(|row| row.sessions).unwrap_or_default();
        let had_begun = self.object.turn_state(turn)?.is_ours();
        self.object.lose_session(turn)?;
        if lost >= i64::from(retry::MAX_SESSIONS) {
            return Ok(Some(Given::Failed {
                code: "agent_workspace_lost",
                message: "The agent’s workspace closed several times over. What was published is kept. Send your message again to go on.",
            }));
        }
        // Between two messages nobody has lost anything that is worth a word.
        if had_begun {
            let told = "The agent’s workspace was closed in the middle of this. It begins again in a fresh one, with your site as it is now.";
            self.object.tell(turn, "agent_workspace_lost", told)?;
        }
        Ok(None)
    }

    /// Mounts what the person has uploaded and the session does not have yet.
    pub(super) async fn mount(&self, client: &Client, session: &str) -> Attempt<()> {
        for file in self.object.store.uploads()? {
            if file.session.as_deref() == Some(session) {
                continue;
            }
            let Some(file_id) = self.file_at_service(client, &file).await? else { continue };
            let body =
                json!({ "type": "file", "file_id": file_id, "mount_path": format!("/{}-{}", file.id, file.name) });
            match client.post(&format!("{}/resources", path(session)), &body).await {
                Ok(resource) => {
                    let given = resource.get("mount_path").and_then(Value::as_str).unwrap_or_default();
                    let place =
                        if given.starts_with(MOUNT_ROOT) { given.to_owned() } else { format!("{MOUNT_ROOT}{given}") };
                    self.object.store.set_mount(&file.id, session, &place)?;
                }
                Err(failure) if failure.status() == 404 => {
                    // Either the session or the file is gone there; the file can be sent again.
                    self.object.store.set_file(&file.id, None)?;
                    let found = client.get(&path(session)).await;
                    return Err(match found {
                        Ok(found) if !is_over(&found) => Trouble::Again(Failure::Unreachable),
                        _ => Trouble::Lost,
                    });
                }
                Err(failure) => return Err(self.judge(client, session, failure).await),
            }
        }
        Ok(())
    }

    async fn file_at_service(&self, client: &Client, file: &UploadRow) -> Attempt<Option<String>> {
        if let Some(known) = &file.file_id {
            return Ok(Some(known.clone()));
        }
        let conversation = self.object.identity()?.id;
        let Some(blob) = uploads::blob(&self.object.env, &conversation, &file.id).await? else {
            self.object.store.drop_upload(&file.id)?;
            return Ok(None);
        };
        let file_id = client.upload(&file.name, &blob).await.map_err(judge)?;
        self.object.store.set_file(&file.id, Some(&file_id))?;
        Ok(Some(file_id))
    }

    /// Sends the turn's message, unless it is known to have arrived or is found in the history.
    pub(super) async fn speak(&self, client: &Client, session: &str, turn: i64) -> Attempt<()> {
        let Some(row) = self.object.store.turn(turn)? else { return Ok(()) };
        if row.state()?.arrived {
            return Ok(());
        }
        if row.may_have_sent() {
            let recent = match client.last_messages(session).await {
                Ok(recent) => recent,
                Err(failure) => return Err(self.judge(client, session, failure).await),
            };
            let marker = row.state()?.marker;
            let is_ours = |event: &Value| matches!(Event::read(event).kind, EventKind::UserMessage(text) if context::marker(&text) == Some(&marker));
            if recent.iter().any(is_ours) {
                return Ok(self.object.arrived(turn)?);
            }
        }
        let message = self.message(&row).await?;
        if self.object.store.turn(turn)?.is_none_or(|row| row.is_stopping()) {
            return Err(Trouble::Stopped);
        }
        self.object.store.set_sending(turn)?;
        self.object.sending.set(true);
        let sent = client.send(session, json!([message])).await;
        self.object.sending.set(false);
        match sent {
            Ok(()) => {
                self.object.arrived(turn)?;
                Ok(self.remember(&Known { id: session.to_owned(), greeted: true })?)
            }
            Err(Failure::Refused { status: 400, message, .. }) if message.contains("waiting on responses") => {
                // Older work still waits for an answer that nobody will give; an interrupt lets go of it.
                let _ = client.send(session, json!([{ "type": "user.interrupt" }])).await;
                Err(Trouble::Again(Failure::Unreachable))
            }
            Err(failure) => Err(self.judge(client, session, failure).await),
        }
    }

    async fn message(&self, row: &TurnRow) -> Result<Value> {
        let identity = self.object.identity()?;
        let config = Config::from_env(&self.object.env)?;
        let uploads = self.object.store.uploads()?;
        let mounted: Vec<Mounted> = uploads
            .iter()
            .filter_map(|file| {
                let path = file.path.clone()?;
                Some(Mounted { path, name: file.name.clone(), media_type: file.media_type.clone() })
            })
            .collect();
        let live = self.live(&identity.site_id, &identity.label).await?;
        let live = live.as_ref().map(|(snapshot_id, files)| (config.version_url(snapshot_id.as_str()), files));
        let fresh_session = live.is_some() && self.remembered()?.is_none_or(|known| !known.greeted);
        let text = Context {
            marker: &row.state()?.marker,
            site_id: &identity.site_id,
            site_url: &config.site_url(&identity.label),
            deploy_url: &deploy_url(&config),
            live: live.as_ref().map(|(version_url, files)| Live { version_url, files }),
            fresh_session,
            uploads: &mounted,
        }
        .prepend(&row.said);
        let mut content = vec![json!({ "type": "text", "text": text })];
        for attached in row.attachments()? {
            let file_id = uploads.iter().find(|file| file.id == attached.id).and_then(|file| file.file_id.as_ref());
            let (Some(file_id), Some(kind)) = (file_id, Kind::of(&attached.media_type)) else { continue };
            let source = json!({ "type": "file", "file_id": file_id });
            content.push(match kind {
                Kind::Image(_) => json!({ "type": "image", "source": source }),
                Kind::Pdf | Kind::Text(_) => json!({ "type": "document", "source": source, "title": attached.name }),
            });
        }
        Ok(json!({ "type": "user.message", "content": content }))
    }

    /// The version that is live now and the names of its files; `None` when nothing is.
    async fn live(&self, site_id: &str, label: &str) -> Result<Option<(SnapshotId, Vec<String>)>> {
        let bucket = uploads::bucket(&self.object.env)?;
        let Some(site) = SiteId::parse(site_id) else { return Ok(None) };
        let read = async |key: String| -> Result<Option<Vec<u8>>> {
            let Some(object) = bucket.get(key).execute().await? else { return Ok(None) };
            match object.body() {
                Some(body) => Ok(Some(body.bytes().await?)),
                None => Ok(None),
            }
        };
        let record = read(keys::live(label)).await?.and_then(|bytes| LiveRecord::from_json(&bytes));
        let Some(version) = record.filter(|record| record.site_id == site).and_then(|record| record.version) else {
            return Ok(None);
        };
        let Some(bytes) = read(keys::manifest(&site, &version.manifest_id)).await? else { return Ok(None) };
        let Ok(manifest) = Manifest::open(bytes) else { return Ok(None) };
        let files = manifest.entries().map(|entry| entry.path.to_owned()).collect();
        Ok(Some((version.snapshot_id, files)))
    }

    fn keep_name(&self, agent: Option<&Value>) -> Result<Option<AgentName>> {
        let text =
            |pointer: &str| agent.and_then(|agent| agent.pointer(pointer)).and_then(Value::as_str).map(str::to_owned);
        let (Some(name), Some(model)) = (text("/name"), text("/model/id")) else { return Ok(None) };
        let named = Named { at: time::now_ms(), agent: AgentName { name, model } };
        self.object.store.set_meta(AGENT, Some(&serde_json::to_string(&named)?))?;
        Ok(Some(named.agent))
    }

    /// The agent's name: remembered, or asked for while a page waits a moment.
    pub async fn agent_name(&self) -> Option<AgentName> {
        let known: Option<Named> =
            self.object.store.meta(AGENT).ok().flatten().and_then(|known| serde_json::from_str(&known).ok());
        if let Some(known) = known.as_ref().filter(|known| time::now_ms() - known.at < NAME_MS) {
            return Some(known.agent.clone());
        }
        let asked = pin!(self.ask_name());
        let patience = pin!(Delay::from(Duration::from_millis(NAME_WAIT_MS)));
        let fresh = match select(asked, patience).await {
            Either::Left((fresh, _)) => fresh,
            Either::Right(((), _)) => None,
        };
        fresh.or(known.map(|known| known.agent))
    }

    async fn ask_name(&self) -> Option<AgentName> {
        let client = self.client().ok()?;
        let agent = config::var(&self.object.env, "ANTHROPIC_AGENT_ID").ok()?;
        let found = client.get(&format!("/v1/agents/{}", encode_component(&agent))).await.ok()?;
        self.keep_name(Some(&found)).ok()?
    }
}

/// Where the agent publishes.
pub fn deploy_url(config: &Config) -> String {
    format!("{}/api/agent/deploy", config.app_origin)
}
