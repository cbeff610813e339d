//! Who is in an organization: seen, given another role, taken out. There is always an admin.

use super::done;
use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    contract::{Member, MemberName, MemberRole, Members},
    organization, start,
};
use vetka_domain::team::organization::{Right, Role};
use vetka_edge::{Error, Result, d1, error, time};

const SELECT: &str = "SELECT m.user_id, m.role, m.created_at, u.name, u.email FROM organization_member m
    JOIN user u ON u.id = m.user_id WHERE m.organization_id = ?1 ORDER BY m.created_at, m.user_id";
const SELECT_ROLE: &str = "SELECT role FROM organization_member WHERE organization_id = ?1 AND user_id = ?2";
/// Not the last admin's.
const SET_ROLE: &str = "UPDATE organization_member SET role = ?3 WHERE organization_id = ?1 AND user_id = ?2
    AND (?3 = 'ADMIN' OR role = 'MEMBER'
      OR (SELECT count(*) FROM organization_member WHERE organization_id = ?1 AND role = 'ADMIN') > 1)
    RETURNING role";
/// Nor this one.
const REMOVE: &str = "DELETE FROM organization_member WHERE organization_id = ?1 AND user_id = ?2
    AND (role = 'MEMBER'
      OR (SELECT count(*) FROM organization_member WHERE organization_id = ?1 AND role = 'ADMIN') > 1)
    RETURNING role";

/// `GET /api/v1/orgs/:orgId/members`.
pub async fn list(ask: Ask, Named(id): Named) -> Answer {
    let (_, organization) = organization::for_reader(&ask, &id, Right::ManageMembers).await?;
    answer::json(200, &Members { members: all(&ask, &organization.id).await? })
}

/// All who are in it.
pub async fn all(ask: &Ask, organization_id: &str) -> Result<Vec<Member>> {
    let rows: Vec<MemberRow> = d1::all(&ask.db()?, SELECT, [organization_id.into()]).await?;
    Ok(rows.into_iter().map(MemberRow::into_json).collect())
}

/// `POST /api/v1/orgs/:orgId/members`. Nobody is put into an organization without their yes: that is what invites are for.
pub async fn set_role(ask: Ask, Named(id): Named, body: Vec<u8>) -> Answer {
    let (_, organization) = organization::for_writer(&ask, &id, Right::ManageMembers).await?;
    let wish: MemberRole = ask.json(&body)?;
    give_role(&ask, &organization.id, &wish.user_id, wish.role.into()).await?;
    answer::json(200, &Members { members: all(&ask, &organization.id).await? })
}

/// Gives somebody a role.
///
/// # Errors
/// 404 when they are not in it, 409 `last_admin`.
pub async fn give_role(ask: &Ask, organization_id: &str, user_id: &str, role: Role) -> Result<()> {
    let values = [organization_id.into(), user_id.into(), role.as_str().into()];
    let changed: Option<RoleRow> = d1::first(&ask.db()?, SET_ROLE, values).await?;
    if changed.is_some() { Ok(()) } else { Err(why_not(ask, organization_id, user_id).await?) }
}

/// `DELETE /api/v1/orgs/:orgId/members`.
pub async fn remove(ask: Ask, Named(id): Named, body: Vec<u8>) -> Answer {
    let (_, organization) = organization::for_writer(&ask, &id, Right::ManageMembers).await?;
    let wish: MemberName = ask.json(&body)?;
    take_out(&ask, &organization.id, &wish.user_id).await?;
    done()
}

/// Takes somebody out.
///
/// # Errors
/// 404 when they are not in it, 409 `last_admin`.
pub async fn take_out(ask: &Ask, organization_id: &str, user_id: &str) -> Result<()> {
    let gone: Option<RoleRow> = d1::first(&ask.db()?, REMOVE, [organization_id.into(), user_id.into()]).await?;
    if gone.is_none() {
        return Err(why_not(ask, organization_id, user_id).await?);
    }
    start::left(ask, organization_id, user_id).await
}

async fn why_not(ask: &Ask, organization_id: &str, user_id: &str) -> Result<Error> {
    let row: Option<RoleRow> = d1::first(&ask.db()?, SELECT_ROLE, [organization_id.into(), user_id.into()]).await?;
    Ok(match row {
        Some(_) => error::conflict(
            "last_admin",
            "This is the only admin, and a team needs one. Make somebody else an admin first, or delete the team.",
        ),
        None => error::not_found("Nobody of that name is in the team."),
    })
}

#[derive(d1::FromRow)]
struct MemberRow {
    user_id: String,
    #[column(parse)]
    role: Role,
    created_at: i64,
    name: String,
    email: String,
}

impl MemberRow {
    fn into_json(self) -> Member {
        Member {
            user_id: self.user_id,
            name: self.name,
            email: self.email,
            role: self.role.into(),
            joined_at: time::rfc3339(self.created_at),
        }
    }
}

#[derive(d1::FromRow)]
struct RoleRow {
    #[column(name = "role")]
    _role: String,
}
