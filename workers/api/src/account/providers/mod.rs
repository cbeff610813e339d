//! Providers: which are offered, the way to them, and whose account is connected with which.
//!
//! Only the identity is kept. The tokens that come with it are used once, to learn who it was, and dropped. The way back
//! is in `finish`; `google` and `github` speak with the providers.

mod finish;
mod github;
mod google;

pub use finish::{Returned, finish};

use crate::{ask::Ask, limits};
use vetka_domain::{
    audit::Kind,
    cookie,
    oauth::{
        Provider,
        flow::{self, Authorize},
    },
};
use vetka_edge::{
    Error, Result,
    audit::{self, Entry},
    auth, config, d1, hash, id,
};

const INSERT_STATE: &str = "INSERT INTO oauth_state
    (state_hash, provider_id, callback_url, error_url, new_user_url, link_user_id, expires_at, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const SELECT_CONNECTED: &str = "SELECT id, provider_id, account_id, email, scope, created_at, updated_at
    FROM account WHERE user_id = ?1 ORDER BY created_at, id";
const DELETE_CONNECTED: &str = "DELETE FROM account WHERE id = ?1 AND user_id = ?2 RETURNING provider_id";

/// Who we are at a provider.
#[derive(Clone)]
pub struct Client {
    /// Public.
    pub id: String,
    /// Never logged, never sent anywhere but to the provider's token endpoint.
    pub secret: String,
}

/// The providers that people may sign in through: those whose client id is set.
pub fn offered(ask: &Ask) -> Vec<Provider> {
    Provider::ALL.into_iter().filter(|provider| client_id(ask, *provider).is_some()).collect()
}

/// Who we are at a provider; `None` when it is not offered.
///
/// # Errors
/// Internal, when there is an id without a secret.
pub fn client(ask: &Ask, provider: Provider) -> Result<Option<Client>> {
    let Some(id) = client_id(ask, provider) else { return Ok(None) };
    let secret = config::secret(ask.env(), names(provider).1)?;
    Ok(Some(Client { id, secret }))
}

/// The origins that our pages' forms lead to by way of us: those of the providers that are offered.
pub fn form_targets(ask: &Ask) -> String {
    let setting = |provider| match provider {
        Provider::Google => config::optional(ask.env(), "GOOGLE_ISSUER"),
        Provider::Github => config::optional(ask.env(), "GITHUB_URL"),
    };
    let origins = offered(ask).into_iter().filter_map(setting);
    origins.fold(String::new(), |all, origin| format!("{all} {origin}"))
}

/// Where a provider sends the browser back to. Built from the one public origin, and registered there letter by letter.
pub fn redirect_uri(ask: &Ask, provider: Provider) -> String {
    format!("{}/api/auth/callback/{}", ask.config().app_origin, provider.as_str())
}

fn client_id(ask: &Ask, provider: Provider) -> Option<String> {
    config::optional(ask.env(), names(provider).0)
}

fn names(provider: Provider) -> (&'static str, &'static str) {
    match provider {
        Provider::Google => ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"),
        Provider::Github => ("GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"),
    }
}

/// A way through a provider that somebody wants to begin. Addresses must have been checked: the way back believes them.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// Through whom.
    pub provider: Provider,
    /// Where it ends.
    pub callback: &'a str,
    /// Where it ends when it fails; the code of the failure is added as `error`. Without it, at the sign-in dialog.
    pub error: Option<&'a str>,
    /// Where it ends when it has made an account.
    pub new_user: Option<&'a str>,
    /// The account that the identity is connected to; without it, somebody signs in.
    pub link: Option<&'a str>,
    /// What the provider may fill in for the person.
    pub login_hint: Option<&'a str>,
}

impl<'a> Start<'a> {
    /// Signing in, and ending at `callback` whatever happens.
    pub fn new(provider: Provider, callback: &'a str) -> Self {
        Self { provider, callback, error: None, new_user: None, link: None, login_hint: None }
    }
}

/// Begins a way through a provider. Gives the provider's address, to send the browser to, and adds the cookie that makes
/// the way end in this browser and in no other.
///
/// # Errors
/// 429; 404 `PROVIDER_NOT_FOUND` when the provider is not offered; 502 when it does not say where its page is.
pub async fn start(ask: &Ask, start: &Start<'_>) -> Result<String> {
    limits::social(ask).await?;
    let client = client(ask, start.provider)?.ok_or_else(not_offered)?;
    let endpoint = endpoint(ask, start.provider).await?;
    let key = auth::key(ask.env())?;
    let state = flow::state(&key, &id::bytes::<18>()?);
    let state_hash = hash::sha256_hex(state.as_bytes());
    let values = [
        (&state_hash).into(),
        start.provider.as_str().into(),
        start.callback.into(),
        start.error.into(),
        start.new_user.into(),
        start.link.into(),
        (ask.now() + flow::LIFETIME_MS).into(),
        ask.now().into(),
    ];
    d1::run(&ask.db()?, INSERT_STATE, values).await?;
    ask.add_cookie(cookie::set(cookie::OAUTH_STATE, &state, flow::COOKIE_MS / 1000));
    let authorize = Authorize {
        provider: start.provider,
        endpoint: &endpoint,
        client_id: &client.id,
        redirect_uri: &redirect_uri(ask, start.provider),
        state: &state,
        login_hint: start.login_hint,
    };
    Ok(flow::authorize_url(&key, &authorize))
}

/// What is said when a provider is not offered, on BetterAuth's wire too.
pub fn not_offered() -> Error {
    Error::new(404, "PROVIDER_NOT_FOUND", "Provider not found")
}

async fn endpoint(ask: &Ask, provider: Provider) -> Result<String> {
    match provider {
        Provider::Google => Ok(google::discovery(ask).await?.authorization_endpoint.clone()),
        Provider::Github => Ok(format!("{}/login/oauth/authorize", config::var(ask.env(), "GITHUB_URL")?)),
    }
}

/// An identity at a provider that is connected with an account here.
#[derive(Debug, Clone)]
pub struct Connected {
    /// Our own id of it.
    pub id: String,
    /// Where the identity is.
    pub provider: Provider,
    /// The provider's name for the person.
    pub account_id: String,
    /// The address that the provider knows, for the person to tell two apart.
    pub email: String,
    /// What was allowed.
    pub scopes: Vec<String>,
    /// Unix milliseconds UTC.
    pub created_at: i64,
    /// Unix milliseconds UTC.
    pub updated_at: i64,
}

/// The identities that are connected with an account, oldest first.
pub async fn connected(ask: &Ask, user_id: &str) -> Result<Vec<Connected>> {
    let rows: Vec<ConnectedRow> = d1::all(&ask.db()?, SELECT_CONNECTED, [user_id.into()]).await?;
    Ok(rows.into_iter().filter_map(ConnectedRow::read).collect())
}

/// Disconnects an identity. Everybody can sign in with a code, so the last one may go too. `false` when the account has
/// no such identity.
pub async fn disconnect(ask: &Ask, user_id: &str, id: &str) -> Result<bool> {
    let db = ask.db()?;
    let row: Option<Gone> = d1::first(&db, DELETE_CONNECTED, [id.into(), user_id.into()]).await?;
    let Some(Gone { provider_id }) = row else { return Ok(false) };
    let kind = Kind::ProviderDisconnected;
    audit::write(&db, &Entry { user_id, kind, subject: &provider_id, from: ask.from(), at: ask.now() }).await?;
    Ok(true)
}

#[derive(d1::FromRow)]
struct Gone {
    provider_id: String,
}

#[derive(d1::FromRow)]
struct ConnectedRow {
    id: String,
    provider_id: String,
    account_id: String,
    email: String,
    scope: String,
    created_at: i64,
    updated_at: i64,
}

impl ConnectedRow {
    /// `None` for a provider that only a newer version knows.
    fn read(self) -> Option<Connected> {
        Some(Connected {
            provider: Provider::parse(&self.provider_id)?,
            id: self.id,
            account_id: self.account_id,
            email: self.email,
            scopes: self.scope.split(',').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}
