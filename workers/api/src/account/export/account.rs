//! `account.json`, `versions.json` and `reactions.json`.

use super::others::{self, Others};
use crate::ask::Ask;
use serde::Serialize;
use vetka_edge::{
    Result, d1,
    snapshot::{self, Snapshot},
    time,
};

const SELECT_PROFILE: &str = "SELECT id, name, email, handle, image, created_at, deletion_at FROM user WHERE id = ?1";
const SELECT_SITES: &str = "SELECT id, domain, kind, status, created_at, proof_method, proved_at FROM site
    WHERE user_id = ?1 AND deleted_at IS NULL";
const SELECT_PROVIDERS: &str = "SELECT provider_id, account_id, email, created_at FROM account WHERE user_id = ?1";
const SELECT_DEVICES: &str = "SELECT user_agent, ip_address, place, created_at, last_seen_at, expires_at FROM session
    WHERE user_id = ?1 AND expires_at > ?2";
const SELECT_KNOWN: &str = "SELECT origin, share, created_at, used_at, expires_at FROM notch_grant
    WHERE user_id = ?1 AND code_hash IS NULL AND expires_at > ?2";
const SELECT_DONE: &str = "SELECT kind, subject, user_agent, ip_address, place, created_at FROM audit_event
    WHERE user_id = ?1 ORDER BY seq DESC";
const SELECT_VERSIONS: &str =
    "SELECT seq, id, created_at, message, status, file_count, byte_size, triggered_by, restored_from, name, note,
    pinned_at, live_at, (SELECT live_snapshot_id FROM site WHERE id = ?1) AS live FROM site_snapshot WHERE site_id = ?1 ORDER BY seq DESC";

/// Everything that somebody left on pages, their own and others'.
const SELECT_LEFT: &str =
    "SELECT r.id, p.url, r.signal, r.body, a.exact, a.state, r.created_at, r.updated_at FROM reaction r
    CROSS JOIN page p ON p.id = r.page_id CROSS JOIN anchor a ON a.id = r.anchor_id
    WHERE r.author_user_id = ?1 ORDER BY r.seq DESC";
/// Everything that others left on the pages of one's sites.
const SELECT_RECEIVED: &str = "SELECT r.id, p.url, r.signal, r.body, a.exact, a.state, r.created_at, r.updated_at,
    COALESCE(b.domain, r.author_url) AS author, r.hidden_at FROM site s CROSS JOIN reaction r ON r.site_id = s.id
    CROSS JOIN page p ON p.id = r.page_id CROSS JOIN anchor a ON a.id = r.anchor_id
    LEFT JOIN site b ON b.id = r.author_site_id
    WHERE s.user_id = ?1 AND r.author_user_id IS NOT ?1 ORDER BY r.seq DESC";

/// All that is known about somebody, apart from what they made.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    exported_at: String,
    profile: Profile,
    sites: Vec<Site>,
    providers: Vec<Provider>,
    devices: Vec<Device>,
    known_on: Vec<KnownOn>,
    /// What they have to do with other sites; null for somebody without one.
    others: Option<serde_json::Value>,
    done: Vec<Done>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    id: String,
    name: String,
    email: String,
    handle: Option<String>,
    image: Option<String>,
    created_at: String,
    deletion_at: Option<String>,
}

/// A site as its owner knows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// Opaque.
    pub id: String,
    /// `ann.vetka.sh`.
    pub domain: String,
    kind: String,
    status: String,
    created_at: String,
    /// How the domain was proven to be theirs; connected sites only.
    proof_method: Option<String>,
    proved_at: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Provider {
    provider: String,
    account_id: String,
    email: String,
    connected_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Device {
    user_agent: String,
    ip_address: String,
    place: String,
    signed_in_at: String,
    last_seen_at: String,
    expires_at: String,
}

/// A website that knows them in Notch's frame.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KnownOn {
    origin: String,
    shared: bool,
    since: String,
    last_used_at: String,
    expires_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Done {
    kind: String,
    subject: String,
    user_agent: String,
    ip_address: String,
    place: String,
    at: String,
}

impl Account {
    /// The address.
    pub fn email(&self) -> &str {
        &self.profile.email
    }

    /// The site as which somebody acts, if there is one.
    pub fn site(&self) -> Option<&Site> {
        self.sites.first()
    }

    /// The site that was made here, if there is one.
    pub fn generated_site(&self) -> Option<&Site> {
        self.sites.iter().find(|site| site.kind == "generated")
    }

    /// The day of the export: `2026-11-21`.
    pub fn day(&self) -> &str {
        self.exported_at.get(..10).unwrap_or_default()
    }
}

/// Reads an account; `None` when it is gone.
pub async fn read(ask: &Ask, user_id: &str) -> Result<Option<Account>> {
    let db = ask.db()?;
    let statements = vec![
        d1::prepare(&db, SELECT_PROFILE, [user_id.into()])?,
        d1::prepare(&db, SELECT_SITES, [user_id.into()])?,
        d1::prepare(&db, SELECT_PROVIDERS, [user_id.into()])?,
        d1::prepare(&db, SELECT_DEVICES, [user_id.into(), ask.now().into()])?,
        d1::prepare(&db, SELECT_KNOWN, [user_id.into(), ask.now().into()])?,
        d1::prepare(&db, SELECT_DONE, [user_id.into()])?,
        d1::prepare(&db, others::SELECT, [user_id.into()])?,
    ];
    let results = d1::batch(&db, statements).await?;
    let Some(profile) = d1::row::<ProfileRow>(&results, 0)? else { return Ok(None) };
    Ok(Some(Account {
        exported_at: time::rfc3339(ask.now()),
        profile: profile.into(),
        sites: d1::rows::<SiteRow>(&results, 1)?.into_iter().map(Site::from).collect(),
        providers: d1::rows::<ProviderRow>(&results, 2)?.into_iter().map(Provider::from).collect(),
        devices: d1::rows::<DeviceRow>(&results, 3)?.into_iter().map(Device::from).collect(),
        known_on: d1::rows::<KnownRow>(&results, 4)?.into_iter().map(KnownOn::from).collect(),
        others: d1::row::<Others>(&results, 6)?.map(Others::read).transpose()?,
        done: d1::rows::<DoneRow>(&results, 5)?.into_iter().map(Done::from).collect(),
    }))
}

/// What somebody left on pages, and what others left on theirs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reactions {
    left: Vec<Left>,
    received: Vec<Received>,
}

impl Reactions {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.left.is_empty() && self.received.is_empty()
    }
}

/// A reaction.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Left {
    id: String,
    page: String,
    signal: String,
    comment: String,
    quote: String,
    place: String,
    at: String,
    edited_at: Option<String>,
}

/// One of somebody else.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    author: String,
    hidden: bool,
    #[serde(flatten)]
    left: Left,
}

/// All reactions of an account and on its sites, newest first.
pub async fn reactions(ask: &Ask, user_id: &str) -> Result<Reactions> {
    let db = ask.db()?;
    let statements =
        vec![d1::prepare(&db, SELECT_LEFT, [user_id.into()])?, d1::prepare(&db, SELECT_RECEIVED, [user_id.into()])?];
    let results = d1::batch(&db, statements).await?;
    Ok(Reactions {
        left: d1::rows::<LeftRow>(&results, 0)?.into_iter().map(Left::from).collect(),
        received: d1::rows::<ReceivedRow>(&results, 1)?.into_iter().map(Received::from).collect(),
    })
}

#[derive(d1::FromRow)]
struct LeftRow {
    id: String,
    url: String,
    signal: String,
    body: String,
    exact: String,
    state: String,
    created_at: i64,
    updated_at: i64,
}

impl From<LeftRow> for Left {
    fn from(row: LeftRow) -> Self {
        Self {
            id: row.id,
            page: row.url,
            signal: row.signal,
            comment: row.body,
            quote: row.exact,
            place: row.state,
            at: time::rfc3339(row.created_at),
            edited_at: (row.updated_at > row.created_at).then(|| time::rfc3339(row.updated_at)),
        }
    }
}

#[derive(d1::FromRow)]
struct ReceivedRow {
    author: String,
    hidden_at: Option<i64>,
    #[column(flatten)]
    left: LeftRow,
}

impl From<ReceivedRow> for Received {
    fn from(row: ReceivedRow) -> Self {
        Self { author: row.author, hidden: row.hidden_at.is_some(), left: row.left.into() }
    }
}

/// All versions of a site, newest first.
pub async fn versions(ask: &Ask, site_id: &str) -> Result<Vec<Snapshot>> {
    let rows: Vec<snapshot::Row> = d1::all(&ask.db()?, SELECT_VERSIONS, [site_id.into()]).await?;
    Ok(rows.into_iter().map(|row| row.into_snapshot(ask.config())).collect())
}

#[derive(d1::FromRow)]
struct ProfileRow {
    id: String,
    name: String,
    email: String,
    handle: Option<String>,
    image: Option<String>,
    created_at: i64,
    deletion_at: Option<i64>,
}

impl From<ProfileRow> for Profile {
    fn from(row: ProfileRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            email: row.email,
            handle: row.handle,
            image: row.image,
            created_at: time::rfc3339(row.created_at),
            deletion_at: row.deletion_at.map(time::rfc3339),
        }
    }
}

#[derive(d1::FromRow)]
struct SiteRow {
    id: String,
    domain: String,
    kind: String,
    status: String,
    created_at: i64,
    proof_method: Option<String>,
    proved_at: Option<i64>,
}

impl From<SiteRow> for Site {
    fn from(row: SiteRow) -> Self {
        Self {
            id: row.id,
            domain: row.domain,
            kind: row.kind,
            status: row.status,
            created_at: time::rfc3339(row.created_at),
            proof_method: row.proof_method,
            proved_at: row.proved_at.map(time::rfc3339),
        }
    }
}

#[derive(d1::FromRow)]
struct ProviderRow {
    provider_id: String,
    account_id: String,
    email: String,
    created_at: i64,
}

impl From<ProviderRow> for Provider {
    fn from(row: ProviderRow) -> Self {
        Self {
            provider: row.provider_id,
            account_id: row.account_id,
            email: row.email,
            connected_at: time::rfc3339(row.created_at),
        }
    }
}

#[derive(d1::FromRow)]
struct DeviceRow {
    user_agent: String,
    ip_address: String,
    place: String,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
}

impl From<DeviceRow> for Device {
    fn from(row: DeviceRow) -> Self {
        Self {
            user_agent: row.user_agent,
            ip_address: row.ip_address,
            place: row.place,
            signed_in_at: time::rfc3339(row.created_at),
            last_seen_at: time::rfc3339(row.last_seen_at),
            expires_at: time::rfc3339(row.expires_at),
        }
    }
}

#[derive(d1::FromRow)]
struct KnownRow {
    origin: String,
    share: bool,
    created_at: i64,
    used_at: i64,
    expires_at: i64,
}

impl From<KnownRow> for KnownOn {
    fn from(row: KnownRow) -> Self {
        Self {
            origin: row.origin,
            shared: row.share,
            since: time::rfc3339(row.created_at),
            last_used_at: time::rfc3339(row.used_at),
            expires_at: time::rfc3339(row.expires_at),
        }
    }
}

#[derive(d1::FromRow)]
struct DoneRow {
    kind: String,
    subject: String,
    user_agent: String,
    ip_address: String,
    place: String,
    created_at: i64,
}

impl From<DoneRow> for Done {
    fn from(row: DoneRow) -> Self {
        Self {
            kind: row.kind,
            subject: row.subject,
            user_agent: row.user_agent,
            ip_address: row.ip_address,
            place: row.place,
            at: time::rfc3339(row.created_at),
        }
    }
}
