//! Who may speak in which conversation. Every id that comes from outside is looked up together with who asks; what
//! belongs to somebody else is told apart from what does not exist by nobody.

use crate::live_do::Credential;
use serde::{Deserialize, Serialize};
use vetka_edge::{Error, Result, auth, d1, error, id, time, trace};
use worker::{Env, Headers, Method, Request, RequestInit, Response, wasm_bindgen::JsValue};

const OF_USER: &str = "SELECT c.id, c.site_id, c.user_id, s.domain, s.subdomain AS label \
    FROM conversation c JOIN site s ON s.id = c.site_id \
    WHERE c.user_id = ?1 AND s.deleted_at IS NULL ORDER BY c.created_at";
const OF_SITE: &str = "SELECT c.id, c.site_id, c.user_id, s.domain, s.subdomain AS label \
    FROM conversation c JOIN site s ON s.id = c.site_id WHERE c.site_id = ?1";
const SITE_WITHOUT: &str = "SELECT id FROM site WHERE user_id = ?1 AND kind = 'generated' AND deleted_at IS NULL \
    ORDER BY created_at LIMIT 1";
const BEGIN: &str = "INSERT INTO conversation (id, site_id, user_id, created_at) VALUES (?1, ?2, ?3, ?4) \
    ON CONFLICT (site_id) DO NOTHING";
const SESSION_STANDS: &str = "SELECT 1 AS stands FROM session WHERE id = ?1 AND user_id = ?2 AND expires_at > ?3";
const SITE_OF_SESSION: &str = "SELECT t.id FROM session s LEFT JOIN site t ON t.user_id = s.user_id AND t.deleted_at IS NULL \
    WHERE s.id = ?1 AND s.expires_at > ?2 ORDER BY t.created_at LIMIT 1";
const SITE_OF_GRANT: &str = "SELECT t.id FROM notch_grant g
    LEFT JOIN site t ON t.user_id = g.user_id AND t.deleted_at IS NULL
    WHERE g.id = ?1 AND g.expires_at > ?2 AND g.code_hash IS NULL ORDER BY t.created_at LIMIT 1";
const SESSION_LISTENS: &str = "SELECT 1 AS stands FROM session s JOIN site t ON t.user_id = s.user_id \
    WHERE s.id = ?1 AND s.expires_at > ?3 AND t.id = ?2 AND t.deleted_at IS NULL";
const GRANT_LISTENS: &str = "SELECT 1 AS stands FROM notch_grant g JOIN site t ON t.user_id = g.user_id
    LEFT JOIN site p ON p.id = g.site_id WHERE g.id = ?1 AND g.expires_at > ?3 AND g.code_hash IS NULL
    AND t.id = ?2 AND t.deleted_at IS NULL
    AND (g.site_id IS NULL OR (p.deleted_at IS NULL AND p.taken_down_at IS NULL AND p.proof_lost_at IS NULL))";

/// Binding of the objects' namespace.
pub const CONVERSATION: &str = "CONVERSATION";
/// The header in which an object is told which conversation it is.
pub const IDENTITY: &str = "x-vetka-conversation";

/// A conversation: whose, and about which site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, d1::FromRow)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// Its id, which is also the name of its object.
    pub id: String,
    /// The site it is about.
    pub site_id: String,
    /// Who may speak in it.
    pub user_id: String,
    /// The site's domain.
    pub domain: String,
    /// The site's label.
    pub label: String,
}

/// The conversation that somebody asks for, or their only one.
///
/// # Errors
/// 404 when they have none, or when the one they name is not theirs.
pub async fn find(env: &Env, user_id: &str, asked: Option<&str>) -> Result<Conversation> {
    let mine = all(env, user_id).await?;
    mine.into_iter().find(|one| asked.is_none_or(|asked| asked == one.id)).ok_or_else(no_conversation)
}

/// As [`find`], and begins the conversation about somebody's site when there is none yet.
///
/// # Errors
/// 404 when they have no site that an agent builds.
pub async fn find_or_begin(env: &Env, user_id: &str, asked: Option<&str>) -> Result<Conversation> {
    let found = find(env, user_id, asked).await;
    if asked.is_some() || found.is_ok() {
        return found;
    }
    let db = env.d1(auth::DB)?;
    let site: Option<SiteRow> = d1::first(&db, SITE_WITHOUT, [user_id.into()]).await?;
    let site =
        site.ok_or_else(|| error::not_found("You have no site to talk about yet. Pick a name for one first."))?;
    let id = id::random()?;
    d1::run(&db, BEGIN, [(&id).into(), (&site.id).into(), user_id.into(), time::now_ms().into()]).await?;
    // Two tabs may have begun at once; the row that stands is the answer to both.
    find(env, user_id, None).await
}

/// All conversations of somebody.
pub async fn all(env: &Env, user_id: &str) -> Result<Vec<Conversation>> {
    d1::all(&env.d1(auth::DB)?, OF_USER, [user_id.into()]).await
}

/// The conversation about a site.
pub async fn of_site(env: &Env, site_id: &str) -> Result<Option<Conversation>> {
    d1::first(&env.d1(auth::DB)?, OF_SITE, [site_id.into()]).await
}

/// Whether a session still stands: asked before each message that writes, since a socket outlives its cookie.
pub async fn session_stands(env: &Env, session_id: &str, user_id: &str) -> Result<bool> {
    let values = [session_id.into(), user_id.into(), time::now_ms().into()];
    let row: Option<Stands> = d1::first(&env.d1(auth::DB)?, SESSION_STANDS, values).await?;
    Ok(row.is_some_and(|row| row.stands == 1))
}

/// The site as which somebody acts who opens a socket. Looked up, as the socket will outlive what it is opened with.
///
/// # Errors
/// 401 when what they come with has ended, 403 `site_needed` when they have no site.
pub async fn listening_site(env: &Env, who: &Credential) -> Result<String> {
    let (sql, id) = match who {
        Credential::Session(id) => (SITE_OF_SESSION, id),
        Credential::Grant(id) => (SITE_OF_GRANT, id),
    };
    let row: Option<OwnSite> = d1::first(&env.d1(auth::DB)?, sql, [id.into(), time::now_ms().into()]).await?;
    row.ok_or_else(error::unauthorized)?
        .id
        .ok_or_else(|| error::forbidden("site_needed", "Pick a name for your site first, or connect the one you have."))
}

/// Whether what a socket was opened with still stands, and belongs to the owner of the site.
pub async fn may_listen(env: &Env, who: &Credential, site_id: &str) -> Result<bool> {
    let (sql, id) = match who {
        Credential::Session(id) => (SESSION_LISTENS, id),
        Credential::Grant(id) => (GRANT_LISTENS, id),
    };
    let values = [id.into(), site_id.into(), time::now_ms().into()];
    let row: Option<Stands> = d1::first(&env.d1(auth::DB)?, sql, values).await?;
    Ok(row.is_some_and(|row| row.stands == 1))
}

/// 404 for a conversation that is not there for whoever asks.
pub fn no_conversation() -> Error {
    error::not_found("There is no such conversation.")
}

impl Conversation {
    /// Asks the conversation's object.
    pub async fn ask(
        &self,
        env: &Env,
        method: Method,
        path: &str,
        headers: Headers,
        body: Option<String>,
    ) -> Result<Response> {
        headers.set(IDENTITY, &serde_json::to_string(self)?)?;
        trace::tell(&headers)?;
        let mut init = RequestInit::new();
        init.with_method(method).with_headers(headers).with_body(body.map(JsValue::from));
        let request = Request::new_with_init(&format!("http://conversation.internal{path}"), &init)?;
        let stub = env.durable_object(CONVERSATION)?.get_by_name(&self.id)?;
        Ok(stub.fetch_with_request(request).await?)
    }
}

/// Passes an object's answer on, with a renewed cookie if there is one.
pub fn pass_on(answer: Response, viewer: &auth::Viewer) -> Result<Response> {
    let Some(cookie) = &viewer.set_cookie else { return Ok(answer) };
    // The headers of an answer that was fetched cannot be changed; these are a copy.
    let headers = answer.headers().clone();
    headers.append("set-cookie", cookie)?;
    Ok(answer.with_headers(headers))
}

#[derive(d1::FromRow)]
struct SiteRow {
    id: String,
}

#[derive(d1::FromRow)]
struct OwnSite {
    id: Option<String>,
}

#[derive(d1::FromRow)]
struct Stands {
    stands: i64,
}
