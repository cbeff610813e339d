//! The way back from a provider: is it the one that this browser began, who does the provider say it was, and who is
//! that here.
//!
//! Configured as BetterAuth would be with `accountLinking: { allowDifferentEmails: true, allowUnlinkingAll: true }`:
//! connecting is an explicit act of somebody who is signed in, so the address there may be another; and everybody can sign
//! in with a code, so nobody locks themselves out.

use super::{client, github, google, redirect_uri};
use crate::{
    account::sessions::{self, Way},
    ask::Ask,
    limits,
};
use vetka_domain::{
    audit::Kind,
    cookie,
    email::Email,
    oauth::{
        Failure, Profile, Provider,
        callback::with_error,
        failure::tidy_code,
        flow,
        join::{self, Decision, Known},
    },
};
use vetka_edge::{Error, Result, auth, auth::Seen, d1, error, hash, id, log};

const SELECT_ERROR_URL: &str = "SELECT error_url FROM oauth_state WHERE state_hash = ?1 AND provider_id = ?2";
const CONSUME_STATE: &str = "DELETE FROM oauth_state WHERE state_hash = ?1 AND provider_id = ?2
    RETURNING callback_url, error_url, new_user_url, link_user_id, expires_at";
const SELECT_OWNER: &str = "SELECT user.id, user.email FROM account JOIN user ON user.id = account.user_id
    WHERE account.provider_id = ?1 AND account.account_id = ?2";
const SELECT_SESSION_STANDS: &str =
    "SELECT user_id AS id FROM session WHERE id = ?1 AND user_id = ?2 AND expires_at > ?3";
/// The first verified proof of an address makes the account, whichever way it came.
const INSERT_USER: &str = "INSERT INTO user (id, name, email, email_verified, created_at, updated_at)
    VALUES (?1, ?2, ?3, 1, ?4, ?4) ON CONFLICT (email) DO NOTHING";
/// An address that was never proven here is nobody's to be joined.
const JOIN_BY_EMAIL: &str =
    "INSERT INTO account (id, user_id, provider_id, account_id, email, scope, created_at, updated_at)
    SELECT ?1, id, ?3, ?4, ?5, ?6, ?7, ?7 FROM user WHERE email = ?2 AND email_verified = 1
    ON CONFLICT (provider_id, account_id) DO NOTHING";
const JOIN_BY_ID: &str =
    "INSERT INTO account (id, user_id, provider_id, account_id, email, scope, created_at, updated_at)
    SELECT ?1, id, ?3, ?4, ?5, ?6, ?7, ?7 FROM user WHERE id = ?2
    ON CONFLICT (provider_id, account_id) DO NOTHING";
const UPDATE_CONNECTED: &str = "UPDATE account SET email = ?3, scope = ?4, updated_at = ?5
    WHERE provider_id = ?1 AND account_id = ?2";
const WRITE_CONNECTED: &str =
    "INSERT INTO audit_event (user_id, kind, subject, ip_address, user_agent, place, created_at)
    SELECT user_id, ?2, provider_id, ?3, ?4, ?5, ?6 FROM account WHERE id = ?1";

/// What the browser brought back.
#[derive(Debug, Default)]
pub struct Returned {
    /// The name of the provider, from the path.
    pub provider: String,
    /// What the provider gives for who it was.
    pub code: Option<String>,
    /// What we gave along.
    pub state: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// The same in words.
    pub error_description: Option<String>,
    /// Who the answer is from (RFC 9207).
    pub iss: Option<String>,
}

/// Ends a way through a provider. Gives the address that the browser is to be sent to, with whatever happened; a session
/// that began goes with the answer.
///
/// # Errors
/// Internal only: everything that a person or a provider can do wrong is told at the address.
pub async fn finish(ask: &Ask, returned: &Returned) -> Result<String> {
    let default = format!("{}/api/auth/error", ask.config().app_origin);
    let Some(state) = returned.state.as_deref() else {
        return Ok(with_error(&default, Failure::StateNotFound.as_str(), None));
    };
    let mismatch = |url: Option<&str>| Ok(with_error(url.unwrap_or(&default), Failure::StateMismatch.as_str(), None));
    let Some(provider) = Provider::parse(&returned.provider).filter(|_| flow::is_state(state)) else {
        return mismatch(None);
    };
    let state_hash = hash::sha256_hex(state.as_bytes());
    let known = [(&state_hash).into(), provider.as_str().into()];
    let db = ask.db()?;
    let ours = ask.header("cookie").and_then(|header| cookie::find(header, cookie::OAUTH_STATE));
    if ours != Some(state) {
        // Another browser began this, and it may still be on its way there: nothing of it is used up.
        let row: Option<ErrorRow> = d1::first(&db, SELECT_ERROR_URL, known).await?;
        return mismatch(row.and_then(|row| row.error_url).as_deref());
    }
    ask.add_cookie(cookie::clear(cookie::OAUTH_STATE));
    let row: Option<StateRow> = d1::first(&db, CONSUME_STATE, known).await?;
    let Some(row) = row else { return mismatch(None) };
    let error_url = row.error_url.as_deref().unwrap_or(&default);
    if row.expires_at <= ask.now() {
        return mismatch(Some(error_url));
    }
    if let Some(code) = returned.error.as_deref() {
        return Ok(with_error(error_url, tidy_code(code), returned.error_description.as_deref()));
    }
    match proven(ask, provider, state, returned).await {
        Ok((profile, scopes)) => match enter(ask, provider, &profile, &scopes, row.link_user_id.as_deref()).await {
            Ok(Ok(Entered::Old)) => Ok(row.callback_url),
            Ok(Ok(Entered::New)) => Ok(row.new_user_url.unwrap_or(row.callback_url)),
            Ok(Err(failure)) => Ok(with_error(error_url, failure.as_str(), None)),
            // Too many new accounts from their network: told where they came from, like every other failure.
            Err(limited) if limited.status == 429 => Ok(with_error(error_url, limited.code, None)),
            Err(failure) => Err(failure),
        },
        Err(failure) => Ok(with_error(error_url, failure.as_str(), None)),
    }
}

/// Who the provider says it was.
async fn proven(
    ask: &Ask,
    provider: Provider,
    state: &str,
    returned: &Returned,
) -> core::result::Result<(Profile, Vec<String>), Failure> {
    let internal = |failure: Error| {
        log::error(ask.request_id(), failure.code, &failure.internal.unwrap_or_default());
        Failure::UnableToGetUserInfo
    };
    let code = returned.code.as_deref().filter(|code| !code.is_empty()).ok_or(Failure::NoCode)?;
    let client = client(ask, provider).map_err(internal)?.ok_or(Failure::ProviderNotFound)?;
    if let Some(iss) = returned.iss.as_deref()
        && provider == Provider::Google
        && iss != google::issuer(ask).map_err(internal)?
    {
        return Err(Failure::IssuerMismatch);
    }
    let keys = auth::keys(ask.env()).map_err(internal)?;
    let key = flow::made_with(&keys, state).ok_or(Failure::UnableToGetUserInfo)?;
    let (verifier, nonce) = (flow::verifier(key, state), flow::nonce(key, state));
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &redirect_uri(ask, provider)),
        ("client_id", &client.id),
        ("client_secret", &client.secret),
        ("code_verifier", &verifier),
    ];
    match provider {
        Provider::Google => google::profile(ask, &client, &form, &nonce).await,
        Provider::Github => github::profile(ask, &form).await,
    }
}

/// Whether an account was made.
enum Entered {
    Old,
    New,
}

/// Signs in, or connects.
async fn enter(
    ask: &Ask,
    provider: Provider,
    profile: &Profile,
    scopes: &[String],
    link: Option<&str>,
) -> Result<core::result::Result<Entered, Failure>> {
    if let Some(user_id) = link
        && !is_still_here(ask, user_id).await?
    {
        return Ok(Err(Failure::UnableToLinkAccount));
    }
    let owner = owner(ask, provider, profile).await?;
    let known = Known { owner: owner.as_ref().map(|owner| owner.id.as_str()), link };
    let decision = match join::decide(profile, known) {
        Ok(decision) => decision,
        Err(failure) => return Ok(Err(failure)),
    };
    let identity = Identity { provider, profile, scopes: &scopes.join(",") };
    match (decision, link, owner) {
        (Decision::SignIn, _, Some(owner)) => {
            refresh(ask, &identity).await?;
            sign_in(ask, provider, &owner.email).await?;
            Ok(Ok(Entered::Old))
        }
        (Decision::Connected, ..) => {
            refresh(ask, &identity).await?;
            Ok(Ok(Entered::Old))
        }
        (Decision::Connect, Some(user_id), _) => {
            let owner = connect(ask, &identity, JOIN_BY_ID, user_id, None).await?;
            let theirs = owner.is_some_and(|owner| owner.id == user_id);
            Ok(if theirs { Ok(Entered::Old) } else { Err(Failure::AlreadyLinkedToDifferentUser) })
        }
        (Decision::Join(email), ..) => {
            if !sessions::has_account(ask, &email).await? {
                limits::sign_ups(ask).await?;
            }
            let user_id = id::random()?;
            let owner = connect(ask, &identity, JOIN_BY_EMAIL, email.as_str(), Some(&user_id)).await?;
            let Some(owner) = owner else { return Ok(Err(Failure::AccountNotLinked)) };
            sign_in(ask, provider, &owner.email).await?;
            Ok(Ok(if owner.id == user_id { Entered::New } else { Entered::Old }))
        }
        _ => Err(error::internal("a decision about nobody")),
    }
}

/// Somebody at a provider, as a row has them.
struct Identity<'a> {
    provider: Provider,
    profile: &'a Profile,
    scopes: &'a str,
}

impl Identity<'_> {
    /// The address, when the provider vouches for it.
    fn email(&self) -> &str {
        self.profile.email.as_deref().filter(|_| self.profile.email_verified).unwrap_or_default()
    }
}

/// Connects an identity with the account that `join` finds by `whose`, after making it when `new_user` gives an id for it.
/// Gives the account that the identity is connected with then, which is another's when that was quicker.
async fn connect(
    ask: &Ask,
    identity: &Identity<'_>,
    join: &str,
    whose: &str,
    new_user: Option<&str>,
) -> Result<Option<UserRow>> {
    let (db, from, row_id) = (ask.db()?, ask.from(), id::random()?);
    let Identity { provider, profile, scopes } = *identity;
    let mut statements = Vec::new();
    if let Some(user_id) = new_user {
        let user = [user_id.into(), profile.name.as_str().into(), whose.into(), ask.now().into()];
        statements.push(d1::prepare(&db, INSERT_USER, user)?);
    }
    let joined = [
        (&row_id).into(),
        whose.into(),
        provider.as_str().into(),
        profile.account_id.as_str().into(),
        identity.email().into(),
        scopes.into(),
        ask.now().into(),
    ];
    let written = [
        (&row_id).into(),
        Kind::ProviderConnected.as_str().into(),
        from.ip_address.into(),
        from.user_agent.into(),
        from.place.into(),
        ask.now().into(),
    ];
    let found = [provider.as_str().into(), profile.account_id.as_str().into()];
    statements.push(d1::prepare(&db, join, joined)?);
    statements.push(d1::prepare(&db, WRITE_CONNECTED, written)?);
    statements.push(d1::prepare(&db, SELECT_OWNER, found)?);
    let results = d1::batch(&db, statements).await?;
    let rows: Vec<UserRow> = d1::last_rows(&results)?;
    Ok(rows.into_iter().next())
}

async fn owner(ask: &Ask, provider: Provider, profile: &Profile) -> Result<Option<UserRow>> {
    d1::first(&ask.db()?, SELECT_OWNER, [provider.as_str().into(), profile.account_id.as_str().into()]).await
}

/// Notes what the provider says now.
async fn refresh(ask: &Ask, identity: &Identity<'_>) -> Result<()> {
    let values = [
        identity.provider.as_str().into(),
        identity.profile.account_id.as_str().into(),
        identity.email().into(),
        identity.scopes.into(),
        ask.now().into(),
    ];
    d1::run(&ask.db()?, UPDATE_CONNECTED, values).await
}

async fn sign_in(ask: &Ask, provider: Provider, email: &str) -> Result<()> {
    let email = Email::parse(email).ok_or_else(|| error::internal("an account without an address"))?;
    sessions::begin(ask, &email, Way::Provider(provider)).await?;
    Ok(())
}

/// Whether whoever asked for connecting is signed in in this browser, by the session's row: connecting gives a key to the
/// account away, so it ends with the session like everything else that changes something.
async fn is_still_here(ask: &Ask, user_id: &str) -> Result<bool> {
    let Seen::Viewer(viewer) = ask.look().await? else { return Ok(false) };
    let values = [(&viewer.session_id).into(), user_id.into(), ask.now().into()];
    let row: Option<Stands> = d1::first(&ask.db()?, SELECT_SESSION_STANDS, values).await?;
    Ok(row.is_some_and(|row| row.id == user_id))
}

#[derive(d1::FromRow)]
struct ErrorRow {
    error_url: Option<String>,
}

#[derive(d1::FromRow)]
struct StateRow {
    callback_url: String,
    error_url: Option<String>,
    new_user_url: Option<String>,
    link_user_id: Option<String>,
    expires_at: i64,
}

#[derive(d1::FromRow)]
struct UserRow {
    id: String,
    email: String,
}

#[derive(d1::FromRow)]
struct Stands {
    id: String,
}
