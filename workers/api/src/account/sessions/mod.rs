//! Sessions: beginning one, reading one with its account, ending one. The list of somebody's devices is in `devices`.

mod devices;

pub use devices::{Device, Which, end_all, list, revoke, shut_sockets};

use crate::{ask::Ask, limits};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::{
    audit::Kind,
    cookie,
    email::Email,
    oauth::Provider,
    session::{self, Identity},
};
use vetka_edge::{
    Result,
    audit::{self, Entry},
    auth::{self, Viewer},
    d1, error, id, time,
};

/// The first proof of an address makes the account; of two at once, one makes it and both find it.
const INSERT_USER: &str = "INSERT INTO user (id, name, email, email_verified, image, created_at, updated_at)
    VALUES (?1, ?2, ?3, 1, ?4, ?5, ?5) ON CONFLICT (email) DO NOTHING";
const INSERT_SESSION: &str =
    "INSERT INTO session (id, token, user_id, expires_at, ip_address, user_agent, place, last_seen_at, created_at, updated_at)
    SELECT ?1, ?2, id, ?3, ?4, ?5, ?8, ?6, ?6, ?6 FROM user WHERE email = ?7 AND deleting_at IS NULL";
const SELECT_USER: &str = "SELECT id, name, email, email_verified, image, created_at, updated_at FROM user WHERE email = ?1 AND deleting_at IS NULL";
const SELECT_SESSION_AND_USER: &str = "SELECT s.id AS session_id, s.token, s.expires_at, s.ip_address, s.user_agent,
    s.created_at AS session_created_at, s.updated_at AS session_updated_at,
    u.id, u.name, u.email, u.email_verified, u.image, u.created_at, u.updated_at
    FROM session s JOIN user u ON u.id = s.user_id WHERE s.id = ?1";
const SELECT_USER_EXISTS: &str = "SELECT id FROM user WHERE email = ?1";
const DELETE_SESSION: &str = "DELETE FROM session WHERE id = ?1";

/// Length of a session's public name on BetterAuth's wire.
const TOKEN_LENGTH: usize = 32;

/// An account in BetterAuth's words.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuthUser")]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Opaque.
    pub id: String,
    /// Empty when none was given.
    name: String,
    /// Lower-cased.
    email: String,
    /// Always true: an account is made by the first proof of its address.
    email_verified: bool,
    /// Address of a picture.
    image: Option<String>,
    /// RFC 3339 UTC.
    created_at: String,
    /// RFC 3339 UTC.
    updated_at: String,
}

/// A session in BetterAuth's words.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuthSession")]
pub struct Session {
    /// Opaque.
    id: String,
    /// Its public name. Names it for revoking, and opens nothing.
    token: String,
    /// Whose.
    user_id: String,
    /// RFC 3339 UTC.
    expires_at: String,
    /// RFC 3339 UTC.
    created_at: String,
    /// RFC 3339 UTC.
    updated_at: String,
    /// From where they signed in; empty when that is not known.
    ip_address: String,
    /// The browser's name for itself.
    user_agent: String,
}

impl Session {
    /// A device as the wire has it.
    pub fn of(device: Device, user_id: &str) -> Self {
        Self {
            id: device.id,
            token: device.token,
            user_id: user_id.to_owned(),
            expires_at: time::rfc3339(device.expires_at),
            created_at: time::rfc3339(device.created_at),
            updated_at: time::rfc3339(device.updated_at),
            ip_address: device.ip_address,
            user_agent: device.user_agent,
        }
    }
}

/// A session that was read from its row, and whose it is.
pub struct Here {
    /// Who is asking.
    pub viewer: Viewer,
    /// The session.
    pub session: Session,
    /// The account.
    pub user: User,
    /// When it began, Unix milliseconds UTC.
    pub began_at: i64,
    /// When it ends, Unix milliseconds UTC.
    pub expires_at: i64,
}

impl Here {
    /// Sends the session's cookie again, with a new token.
    pub fn send_cookie(&self, ask: &Ask) -> Result<()> {
        let identity = identity(&self.viewer);
        ask.add_cookie(auth::session_cookie(ask.env(), &identity, self.expires_at, ask.now())?);
        Ok(())
    }
}

fn identity(viewer: &Viewer) -> Identity {
    Identity { session_id: viewer.session_id.clone(), user_id: viewer.user_id.clone() }
}

/// What somebody may say about themselves with their first sign-in. Ignored later.
#[derive(Debug, Default)]
pub struct Introduction {
    /// What they are called.
    pub name: String,
    /// Address of a picture.
    pub image: Option<String>,
}

/// How somebody has shown who they are.
#[derive(Debug, Clone, Copy)]
pub enum Way<'a> {
    /// By a code that was sent to the address. The first one makes the account.
    Code(&'a Introduction),
    /// By a provider, which has found or made the account already.
    Provider(Provider),
}

impl Way<'_> {
    /// What is written down about it.
    fn subject(self) -> &'static str {
        match self {
            Self::Code(_) => "email",
            Self::Provider(provider) => provider.as_str(),
        }
    }
}

/// Signs in whoever has proven to be the one with this address. Gives the session's public name and the account.
///
/// # Errors
/// 429 when this would make an account, and their network has made many.
pub async fn begin(ask: &Ask, email: &Email, way: Way<'_>) -> Result<(String, User)> {
    // Whoever gets here has read the address's mail, so it is no stranger who learns whether it has an account.
    if matches!(way, Way::Code(_)) && !has_account(ask, email).await? {
        limits::sign_ups(ask).await?;
    }
    let db = ask.db()?;
    let now = ask.now();
    let (user_id, session_id, token) = (id::random()?, id::random()?, public_name()?);
    let expires_at = now + session::LIFETIME_MS;
    let from = ask.from();
    let begun = [
        (&session_id).into(),
        (&token).into(),
        expires_at.into(),
        from.ip_address.into(),
        from.user_agent.into(),
        now.into(),
        email.as_str().into(),
        from.place.into(),
    ];
    let entry = Entry { user_id: "", kind: Kind::SignedIn, subject: way.subject(), from, at: now };
    let mut statements = Vec::new();
    if let Way::Code(Introduction { name, image }) = way {
        let user = [(&user_id).into(), name.into(), email.as_str().into(), image.as_deref().into(), now.into()];
        statements.push(d1::prepare(&db, INSERT_USER, user)?);
    }
    statements.push(d1::prepare(&db, INSERT_SESSION, begun)?);
    statements.push(audit::of_session(&db, &session_id, &entry)?);
    statements.push(d1::prepare(&db, SELECT_USER, [email.as_str().into()])?);
    let results = d1::batch(&db, statements).await?;
    let rows: Vec<UserRow> = d1::last_rows(&results)?;
    let user = rows.into_iter().next().ok_or_else(being_deleted)?.into_user();
    let identity = Identity { session_id, user_id: user.id.clone() };
    auth::remember(ask.env(), &identity, expires_at, now, now).await?;
    ask.add_cookie(auth::session_cookie(ask.env(), &identity, expires_at, now)?);
    Ok((token, user))
}

/// The viewer's session and account. Extends the session when it is due and `refresh` allows. `None` when it is over,
/// whatever the token still says.
pub async fn read(ask: &Ask, viewer: &Viewer, refresh: bool) -> Result<Option<Here>> {
    let row: Option<BothRow> = d1::first(&ask.db()?, SELECT_SESSION_AND_USER, [(&viewer.session_id).into()]).await?;
    let Some(row) = row.filter(|row| row.expires_at > ask.now() && row.user.id == viewer.user_id) else {
        return Ok(None);
    };
    let mut expires_at = row.expires_at;
    if refresh {
        let identity = identity(viewer);
        let Some(until) = auth::extend(ask.env(), &identity, expires_at, ask.now()).await? else { return Ok(None) };
        if until != expires_at {
            ask.add_cookie(auth::session_cookie(ask.env(), &identity, until, ask.now())?);
        }
        expires_at = until;
    }
    let user = row.user.into_user();
    let session = Session {
        id: row.session_id,
        token: row.token,
        user_id: user.id.clone(),
        expires_at: time::rfc3339(expires_at),
        created_at: time::rfc3339(row.session_created_at),
        updated_at: time::rfc3339(row.session_updated_at),
        ip_address: row.ip_address,
        user_agent: row.user_agent,
    };
    Ok(Some(Here { viewer: viewer.clone(), session, user, began_at: row.session_created_at, expires_at }))
}

/// Whether an address has an account.
pub async fn has_account(ask: &Ask, email: &Email) -> Result<bool> {
    #[derive(d1::FromRow)]
    struct Found {}
    let row: Option<Found> = d1::first(&ask.db()?, SELECT_USER_EXISTS, [email.as_str().into()]).await?;
    Ok(row.is_some())
}

/// Signs out: the row goes first, which stops everything that changes something, then the record for readers. The browser
/// is told to forget its cookie, whether there was a session or not.
pub async fn end(ask: &Ask) -> Result<()> {
    if let Some(identity) = auth::claimed(ask.env(), ask.credentials())? {
        let db = ask.db()?;
        let entry = Entry { user_id: "", kind: Kind::SignedOut, subject: "", from: ask.from(), at: ask.now() };
        let written = audit::of_session(&db, &identity.session_id, &entry)?;
        let ended = d1::prepare(&db, DELETE_SESSION, [(&identity.session_id).into()])?;
        d1::batch(&db, vec![written, ended]).await?;
        auth::forget(ask.env(), &identity.session_id).await?;
        shut_sockets(ask.env(), &identity.user_id).await?;
    }
    ask.add_cookie(cookie::clear(cookie::SESSION));
    Ok(())
}

/// An account that is going takes nobody in any more.
fn being_deleted() -> vetka_edge::Error {
    error::conflict(
        "being_deleted",
        "This account is being deleted right now. Try again in a few minutes to begin anew.",
    )
}

fn public_name() -> Result<String> {
    Ok(format!("{}{}", id::random()?, id::random()?).chars().take(TOKEN_LENGTH).collect())
}

#[derive(d1::FromRow)]
struct UserRow {
    id: String,
    name: String,
    email: String,
    email_verified: i64,
    image: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl UserRow {
    fn into_user(self) -> User {
        User {
            id: self.id,
            name: self.name,
            email: self.email,
            email_verified: self.email_verified != 0,
            image: self.image,
            created_at: time::rfc3339(self.created_at),
            updated_at: time::rfc3339(self.updated_at),
        }
    }
}

#[derive(d1::FromRow)]
struct BothRow {
    session_id: String,
    token: String,
    expires_at: i64,
    ip_address: String,
    user_agent: String,
    session_created_at: i64,
    session_updated_at: i64,
    #[column(flatten)]
    user: UserRow,
}
