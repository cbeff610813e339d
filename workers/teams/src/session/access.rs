//! Who may do what in which session: asked of the database, together with who asks.

use crate::organization::{admins_only, no_session};
use vetka_domain::team::{
    frame::Person,
    organization::{Right, Role},
};
use vetka_edge::{Result, auth, d1, time};
use worker::Env;

const OF_MEMBER: &str = "SELECT s.id, s.organization_id, s.project_id, m.role,
    COALESCE(NULLIF(u.name, ''), u.handle, substr(u.email, 1, instr(u.email, '@') - 1)) AS name FROM work_session s
    JOIN organization_member m ON m.organization_id = s.organization_id AND m.user_id = ?2
    JOIN user u ON u.id = m.user_id WHERE s.id = ?1";
const STANDS: &str = "SELECT 1 AS stands FROM session s JOIN organization_member m ON m.user_id = s.user_id
    WHERE s.id = ?1 AND s.user_id = ?2 AND s.expires_at > ?4 AND m.organization_id = ?3";
const IS_MEMBER: &str = "SELECT 1 AS stands FROM organization_member WHERE organization_id = ?1 AND user_id = ?2";

/// A session, as somebody stands to it.
#[derive(d1::FromRow)]
pub struct Place {
    /// Which session.
    pub id: String,
    /// Whose it is.
    pub organization_id: String,
    /// What it works on.
    pub project_id: String,
    #[column(parse)]
    role: Role,
    name: String,
}

/// The session, for somebody who has this right in its organization, and what they are called there.
///
/// # Errors
/// 404 for whoever is not in the organization, as if it were not there; 403 `admins_only`.
pub async fn of(env: &Env, user_id: &str, id: &str, right: Right) -> Result<(Place, Person)> {
    let place: Option<Place> = d1::first(&env.d1(auth::DB)?, OF_MEMBER, [id.into(), user_id.into()]).await?;
    let place = place.ok_or_else(no_session)?;
    if !place.role.may(right) {
        return Err(admins_only(right));
    }
    let person = Person { id: user_id.to_owned(), name: shown(&place.name) };
    Ok((place, person))
}

/// Whether a sign-in still stands and is of somebody in the organization: asked before each message, since a socket
/// outlives its cookie.
pub async fn stands(env: &Env, signed_in: &str, user_id: &str, organization_id: &str) -> Result<bool> {
    let values = [signed_in.into(), user_id.into(), organization_id.into(), time::now_ms().into()];
    let row: Option<Stands> = d1::first(&env.d1(auth::DB)?, STANDS, values).await?;
    Ok(row.is_some_and(|row| row.stands == 1))
}

/// Whether somebody is in the organization.
pub async fn is_member(env: &Env, user_id: &str, organization_id: &str) -> Result<bool> {
    let row: Option<Stands> =
        d1::first(&env.d1(auth::DB)?, IS_MEMBER, [organization_id.into(), user_id.into()]).await?;
    Ok(row.is_some_and(|row| row.stands == 1))
}

/// What somebody is called who may not have said.
pub fn shown(name: &str) -> String {
    if name.trim().is_empty() { "Somebody".to_owned() } else { name.to_owned() }
}

#[derive(d1::FromRow)]
struct Stands {
    stands: i64,
}
