//! Invites: made by admins, mailed or handed over as a link, taken once. Only the hash of what stands in the link is kept.

use crate::{ask::Ask, contract, organization};
use futures::join;
use vetka_domain::{
    email::Email,
    team::organization::{INVITE_LIFE_MS, Invite, MAX_INVITES, MAX_MEMBERS, Role, Unacceptable},
};
use vetka_edge::{Error, Result, d1, error, hash, id, mail, time};

const INSERT: &str = "INSERT INTO organization_invite (id, organization_id, email, token_hash, role, invited_by, expires_at, created_at)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
    WHERE (SELECT count(*) FROM organization_invite WHERE organization_id = ?2 AND accepted_at IS NULL AND expires_at > ?8) < ?9
    RETURNING id";
const SELECT_OPEN: &str = "SELECT id, email, role, expires_at, created_at FROM organization_invite
    WHERE organization_id = ?1 AND accepted_at IS NULL AND expires_at > ?2 ORDER BY created_at DESC, id";
const DELETE: &str =
    "DELETE FROM organization_invite WHERE id = ?1 AND organization_id = ?2 AND accepted_at IS NULL RETURNING id";
const SELECT_BY_TOKEN: &str = "SELECT id, organization_id, email, expires_at, accepted_at, accepted_by
    FROM organization_invite WHERE token_hash = ?1";
const SELECT_SHOWN: &str =
    "SELECT i.organization_id, o.name AS organization, i.email, i.role, i.expires_at, i.accepted_at,
    COALESCE(NULLIF(u.name, ''), u.handle) AS invited_by
    FROM organization_invite i JOIN organization o ON o.id = i.organization_id LEFT JOIN user u ON u.id = i.invited_by
    WHERE i.token_hash = ?1";
const SELECT_BY_ID: &str = "SELECT id, organization_id, email, expires_at, accepted_at, accepted_by
    FROM organization_invite WHERE id = ?1";
const SELECT_ADDRESS: &str = "SELECT email, email_verified FROM user WHERE id = ?1";
const TAKE: &str = "UPDATE organization_invite SET accepted_by = ?2, accepted_at = ?3
    WHERE id = ?1 AND accepted_at IS NULL AND expires_at > ?3
    AND (SELECT count(*) FROM organization_member WHERE organization_id = organization_invite.organization_id) < ?4
    RETURNING id";
/// Only when the statement before it in the batch has taken the invite, for this person.
const JOIN: &str = "INSERT INTO organization_member (organization_id, user_id, role, created_at)
    SELECT organization_id, ?2, role, ?3 FROM organization_invite
    WHERE id = ?1 AND accepted_by = ?2 AND accepted_at = ?3 AND changes() > 0
    ON CONFLICT (organization_id, user_id) DO NOTHING";
const IS_MEMBER: &str = "SELECT 1 AS number FROM organization_member WHERE organization_id = ?1 AND user_id = ?2";

/// What stands in the link says what it is.
const PREFIX: &str = "vi_";

/// One that nobody has accepted yet.
#[derive(d1::FromRow)]
pub struct Open {
    /// Opaque.
    pub id: String,
    /// Whom it is for; `None`: whoever has the link.
    pub email: Option<String>,
    /// What they are going to be.
    #[column(parse)]
    pub role: Role,
    /// Unix milliseconds UTC.
    pub expires_at: i64,
    created_at: i64,
}

impl Open {
    /// As JSON.
    pub fn into_json(self) -> contract::Invite {
        contract::Invite {
            id: self.id,
            email: self.email,
            role: self.role.into(),
            expires_at: time::rfc3339(self.expires_at),
            created_at: time::rfc3339(self.created_at),
        }
    }
}

/// One that somebody holds in their hands.
#[derive(d1::FromRow)]
pub struct Found {
    id: String,
    organization_id: String,
    email: Option<String>,
    expires_at: i64,
    accepted_at: Option<i64>,
    accepted_by: Option<String>,
}

/// All that are open.
pub async fn open(ask: &Ask, organization_id: &str) -> Result<Vec<Open>> {
    d1::all(&ask.db()?, SELECT_OPEN, [organization_id.into(), ask.now().into()]).await
}

/// Invites somebody, or whoever gets the link.
///
/// # Errors
/// 422 `too_many_invites`.
pub async fn create(
    ask: &Ask,
    user_id: &str,
    organization: &organization::Row,
    email: Option<&Email>,
    role: Role,
) -> Result<contract::MadeInvite> {
    let (new, token) = (id::random()?, id::secret(PREFIX)?);
    let token_hash = hash::sha256_hex(token.as_bytes());
    let (now, expires_at) = (ask.now(), ask.now() + INVITE_LIFE_MS);
    let values = [
        (&new).into(),
        (&organization.id).into(),
        email.map(Email::as_str).into(),
        (&token_hash).into(),
        role.as_str().into(),
        user_id.into(),
        expires_at.into(),
        now.into(),
        MAX_INVITES.into(),
    ];
    let made: Option<Named> = d1::first(&ask.db()?, INSERT, values).await?;
    if made.is_none() {
        return Err(Error::new(
            422,
            "too_many_invites",
            "There are 100 invites that nobody has accepted. Take some of them back first.",
        ));
    }
    let url = format!("{}/invite/{token}", ask.config().app_origin);
    let mailed = match email {
        None => None,
        Some(email) => Some(send(ask, email, &organization.name, &new, &url).await?),
    };
    let open = Open { id: new, email: email.map(Email::to_string), role, expires_at, created_at: now };
    Ok(contract::MadeInvite { invite: open.into_json(), url, mailed })
}

async fn send(ask: &Ask, to: &Email, organization: &str, id: &str, url: &str) -> Result<bool> {
    let paragraphs = [
        format!("You are invited to work with {organization} on Vetka, where a team changes its website by talking."),
        format!("Accept the invite here, signed in with this address: {url}"),
        "The invite is good for a week and for one person. If you did not expect it, nothing happens when you do nothing."
            .to_owned(),
    ];
    let note = mail::Note {
        subject: &format!("An invite to {organization}"),
        paragraphs: &paragraphs,
        key: &format!("invite/{id}"),
    };
    mail::send_note(ask.env(), to.as_str(), &note).await
}

/// Takes one back. Gives whether there was one.
pub async fn delete(ask: &Ask, organization_id: &str, id: &str) -> Result<bool> {
    let gone: Option<Named> = d1::first(&ask.db()?, DELETE, [id.into(), organization_id.into()]).await?;
    Ok(gone.is_some())
}

/// The one that belongs to what stands in a link.
///
/// # Errors
/// 404 when there is none.
pub async fn find(ask: &Ask, token: &str) -> Result<Found> {
    let hash = hash::sha256_hex(token.as_bytes());
    let found: Option<Found> = d1::first(&ask.db()?, SELECT_BY_TOKEN, [(&hash).into()]).await?;
    found.ok_or_else(|| {
        error::not_found(
            "There is no such invite. The link may have been cut off; ask whoever invited you for a new one.",
        )
    })
}

/// One that somebody looks at, with what a person wants to know of it.
#[derive(d1::FromRow)]
pub struct Shown {
    /// To what.
    pub organization_id: String,
    /// What that is called.
    pub organization: String,
    email: Option<String>,
    /// As what.
    #[column(parse)]
    pub role: Role,
    /// Unix milliseconds UTC.
    pub expires_at: i64,
    accepted_at: Option<i64>,
    /// Who made it, by their name or handle; `None` for whoever has neither, or is not here any more.
    pub invited_by: Option<String>,
}

impl Shown {
    /// Whether it could be accepted now, by whoever has proven an address.
    ///
    /// # Errors
    /// Why not, for the person.
    pub fn check(&self, proven: &Email, now: i64) -> core::result::Result<(), Unacceptable> {
        self.rule().check(proven, now)
    }

    /// Whether it could be accepted now, by somebody of whom nothing is known. `None`: that depends on who they are.
    pub fn check_unknown(&self, now: i64) -> Option<core::result::Result<(), Unacceptable>> {
        match &self.email {
            Some(_) => None,
            None if self.accepted_at.is_some() => Some(Err(Unacceptable::Used)),
            None if now >= self.expires_at => Some(Err(Unacceptable::Expired)),
            None => Some(Ok(())),
        }
    }

    fn rule(&self) -> Invite {
        Invite { email: self.email.clone(), expires_at: self.expires_at, is_accepted: self.accepted_at.is_some() }
    }
}

/// The one that belongs to what stands in a link, to be looked at.
pub async fn shown(ask: &Ask, token: &str) -> Result<Option<Shown>> {
    let hash = hash::sha256_hex(token.as_bytes());
    d1::first(&ask.db()?, SELECT_SHOWN, [(&hash).into()]).await
}

/// Whether somebody is in an organization.
pub async fn is_member(ask: &Ask, organization_id: &str, user_id: &str) -> Result<bool> {
    let found: Option<Number> = d1::first(&ask.db()?, IS_MEMBER, [organization_id.into(), user_id.into()]).await?;
    Ok(found.is_some())
}

/// The address that somebody has proven.
pub async fn proven_address(ask: &Ask, user_id: &str) -> Result<Option<Email>> {
    let address: Option<Address> = d1::first(&ask.db()?, SELECT_ADDRESS, [user_id.into()]).await?;
    Ok(address.filter(|address| address.email_verified).and_then(|address| Email::parse(&address.email)))
}

/// Takes an invite for somebody, who then is in the organization. Whoever is in it already uses nothing up. Gives the
/// organization's id.
///
/// # Errors
/// 403 `invite_for_another`, 410 `invite_used` and `invite_expired`, 422 `too_many_members`.
pub async fn accept(ask: &Ask, user_id: &str, found: &Found) -> Result<String> {
    let db = ask.db()?;
    let (address, member) = join!(
        d1::first::<Address, 1>(&db, SELECT_ADDRESS, [user_id.into()]),
        d1::first::<Number, 2>(&db, IS_MEMBER, [(&found.organization_id).into(), user_id.into()]),
    );
    if member?.is_some() {
        return Ok(found.organization_id.clone());
    }
    let proven = address?.filter(|address| address.email_verified).and_then(|address| Email::parse(&address.email));
    let proven = proven.ok_or_else(error::unauthorized)?;
    let invite = Invite {
        email: found.email.clone(),
        expires_at: found.expires_at,
        is_accepted: found.accepted_at.is_some() || found.accepted_by.is_some(),
    };
    invite.check(&proven, ask.now()).map_err(refused)?;
    organization::require_room(ask, user_id).await?;
    let taken = d1::prepare(&db, TAKE, [(&found.id).into(), user_id.into(), ask.now().into(), MAX_MEMBERS.into()])?;
    let joined = d1::prepare(&db, JOIN, [(&found.id).into(), user_id.into(), ask.now().into()])?;
    let results = d1::batch(&db, vec![taken, joined]).await?;
    if d1::row::<Named>(&results, 0)?.is_some() {
        return Ok(found.organization_id.clone());
    }
    // Somebody was quicker, or the organization is full.
    let now: Found = d1::first(&db, SELECT_BY_ID, [(&found.id).into()])
        .await?
        .ok_or_else(|| error::not_found("The invite has been taken back. Ask whoever invited you for a new one."))?;
    if now.accepted_at.is_some() {
        return Err(refused(Unacceptable::Used));
    }
    Err(Error::new(
        422,
        "too_many_members",
        "200 people are in this team, and more do not fit. Ask an admin to make room.",
    ))
}

fn refused(why: Unacceptable) -> Error {
    let status = if why == Unacceptable::NotYours { 403 } else { 410 };
    Error::new(status, why.code(), why.sentence())
}

#[derive(d1::FromRow)]
struct Named {
    #[column(name = "id")]
    _id: String,
}

#[derive(d1::FromRow)]
struct Number {
    #[column(name = "number")]
    _number: i64,
}

#[derive(d1::FromRow)]
struct Address {
    email: String,
    email_verified: bool,
}
