//! What the endpoints of BetterAuth's wire answer.

use crate::account::{
    providers::Connected,
    sessions::{Session, User},
};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::oauth::Provider;
use vetka_edge::time;

/// It was done.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuthSuccess")]
pub struct Success {
    /// True.
    success: bool,
}

impl Default for Success {
    fn default() -> Self {
        Self { success: true }
    }
}

/// It was done.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuthStatus")]
pub struct Status {
    /// True.
    status: bool,
}

impl Default for Status {
    fn default() -> Self {
        Self { status: true }
    }
}

/// This wire answers.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuthOk")]
pub struct Running {
    /// True.
    pub ok: bool,
}

/// Somebody signed in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuthSignedIn")]
pub struct SignedIn {
    /// The session's public name.
    pub token: String,
    /// The account.
    pub user: User,
}

/// The session and whose it is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuthSessionAndUser")]
pub struct SessionAndUser {
    /// The session.
    pub session: Session,
    /// The account.
    pub user: User,
}

/// Where the browser is to go.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuthRedirect")]
pub struct Redirect {
    /// The provider's address.
    pub url: String,
    /// Whether the client is to go there by itself.
    pub redirect: bool,
}

/// The account is gone, as far as this wire can tell.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuthDeleted")]
pub struct Deleted {
    /// True.
    pub success: bool,
    /// `User deleted`.
    pub message: &'static str,
}

/// An identity at a provider that is connected with the account.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuthAccount")]
pub struct Account {
    /// What `unlink-account` takes.
    id: String,
    /// Where it is.
    provider_id: Provider,
    /// The provider's name for the person.
    account_id: String,
    /// Whose.
    user_id: String,
    /// What was allowed.
    scopes: Vec<String>,
    /// RFC 3339 UTC.
    created_at: String,
    /// RFC 3339 UTC.
    updated_at: String,
}

impl Account {
    /// As the wire has it.
    pub fn of(connected: Connected, user_id: &str) -> Self {
        Self {
            id: connected.id,
            provider_id: connected.provider,
            account_id: connected.account_id,
            user_id: user_id.to_owned(),
            scopes: connected.scopes,
            created_at: time::rfc3339(connected.created_at),
            updated_at: time::rfc3339(connected.updated_at),
        }
    }
}
