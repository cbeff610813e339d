//! Organizations as the database has them, and the question that stands before everything that is done in one.

use crate::{ask::Ask, contract};
use vetka_domain::team::{
    organization::{MAX_ORGANIZATIONS, Name, Right, Role},
    project::dollars,
};
use vetka_edge::{Error, Result, auth::Viewer, d1, error, id, time};

const SELECT: &str = "SELECT o.id, o.name, o.slug, o.monthly_budget, o.created_at, m.role,
    (SELECT count(*) FROM organization_member WHERE organization_id = o.id) AS member_count
    FROM organization_member m JOIN organization o ON o.id = m.organization_id
    WHERE m.organization_id = ?1 AND m.user_id = ?2";
const SELECT_OF_USER: &str = "SELECT o.id, o.name, o.slug, o.monthly_budget, o.created_at, m.role,
    (SELECT count(*) FROM organization_member WHERE organization_id = o.id) AS member_count
    FROM organization_member m JOIN organization o ON o.id = m.organization_id
    WHERE m.user_id = ?1 ORDER BY lower(o.name), o.id";
const COUNT_OF_USER: &str = "SELECT count(*) AS number FROM organization_member WHERE user_id = ?1";
const INSERT: &str = "INSERT INTO organization (id, name, slug, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)";
const INSERT_ADMIN: &str =
    "INSERT INTO organization_member (organization_id, user_id, role, created_at) VALUES (?1, ?2, 'ADMIN', ?3)";
const UPDATE: &str = "UPDATE organization SET name = COALESCE(?2, name),
    monthly_budget = CASE WHEN ?3 THEN ?4 ELSE monthly_budget END, updated_at = ?5 WHERE id = ?1";
const SELECT_AT_WORK: &str = "SELECT id FROM work_session WHERE organization_id = ?1
    AND (?2 IS NULL OR project_id = ?2) AND (status IN ('STARTING', 'RUNNING', 'STOPPING') OR sandbox_gone_at IS NULL)";
const DELETE: &str = "DELETE FROM organization WHERE id = ?1";
/// How often a slug that is taken gets something added.
const SLUG_TRIES: usize = 4;

/// An organization, and what whoever asks is in it.
#[derive(d1::FromRow)]
pub struct Row {
    /// Opaque.
    pub id: String,
    /// What it is called.
    pub name: String,
    slug: String,
    /// Micro-dollars a calendar month.
    pub monthly_budget: Option<i64>,
    created_at: i64,
    /// What whoever asks is in it.
    #[column(parse)]
    pub role: Role,
    /// How many people are in it.
    pub member_count: i64,
}

impl Row {
    /// As JSON.
    pub fn to_json(&self) -> contract::Organization {
        contract::Organization {
            id: self.id.clone(),
            name: self.name.clone(),
            slug: self.slug.clone(),
            role: self.role.into(),
            member_count: self.member_count,
            monthly_budget_usd: self.monthly_budget.map(dollars),
            created_at: time::rfc3339(self.created_at),
        }
    }
}

impl From<Role> for contract::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::Admin,
            Role::Member => Self::Member,
        }
    }
}

impl From<contract::Role> for Role {
    fn from(role: contract::Role) -> Self {
        match role {
            contract::Role::Admin => Self::Admin,
            contract::Role::Member => Self::Member,
        }
    }
}

/// The organization, for somebody who has this right in it.
///
/// # Errors
/// 404 for whoever is not in it, as if it were not there; 403 `admins_only` for members without the right.
pub async fn of(ask: &Ask, user_id: &str, id: &str, right: Right) -> Result<Row> {
    let row: Option<Row> = d1::first(&ask.db()?, SELECT, [id.into(), user_id.into()]).await?;
    let row = row.ok_or_else(|| error::not_found("There is no such team, or you are not in it."))?;
    if row.role.may(right) { Ok(row) } else { Err(admins_only(right)) }
}

/// 403: a member may not do this.
pub fn admins_only(right: Right) -> Error {
    error::forbidden("admins_only", right.sentence())
}

/// 404: whoever asks is not in the organization of such a session, as if it were not there.
pub fn no_session() -> Error {
    error::not_found("There is no such session, or you are not in its team.")
}

/// The ids of its sessions that go on, or of those of one of its projects.
pub async fn sessions_at_work(ask: &Ask, id: &str, project_id: Option<&str>) -> Result<Vec<String>> {
    let rows: Vec<Id> = d1::all(&ask.db()?, SELECT_AT_WORK, [id.into(), project_id.into()]).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// As [`of`], for somebody who changes something.
///
/// # Errors
/// As [`of`], and those of [`Ask::writer`].
pub async fn for_writer(ask: &Ask, id: &str, right: Right) -> Result<(Viewer, Row)> {
    let viewer = ask.writer().await?;
    let organization = of(ask, &viewer.user_id, id, right).await?;
    Ok((viewer, organization))
}

/// As [`of`], for somebody who looks.
///
/// # Errors
/// As [`of`], and 401.
pub async fn for_reader(ask: &Ask, id: &str, right: Right) -> Result<(Viewer, Row)> {
    let viewer = ask.signed_in().await?;
    let organization = of(ask, &viewer.user_id, id, right).await?;
    Ok((viewer, organization))
}

/// All that somebody is in.
pub async fn all(ask: &Ask, user_id: &str) -> Result<Vec<Row>> {
    d1::all(&ask.db()?, SELECT_OF_USER, [user_id.into()]).await
}

/// Makes one, with whoever asks as its admin.
///
/// # Errors
/// 422 `too_many_organizations`.
pub async fn create(ask: &Ask, user_id: &str, name: &Name) -> Result<Row> {
    require_room(ask, user_id).await?;
    let (db, slug) = (ask.db()?, name.slug());
    for number in 0..SLUG_TRIES {
        let new = id::random()?;
        let slug = match new.get(..6) {
            Some(more) if number > 0 => format!("{slug}-{more}"),
            _ => slug.clone(),
        };
        let statements = vec![
            d1::prepare(&db, INSERT, [(&new).into(), name.as_str().into(), (&slug).into(), ask.now().into()])?,
            d1::prepare(&db, INSERT_ADMIN, [(&new).into(), user_id.into(), ask.now().into()])?,
        ];
        if d1::batch_unique(&db, statements).await?.is_ok() {
            return of(ask, user_id, &new, Right::See).await;
        }
    }
    Err(error::internal("no slug was free"))
}

/// 422 when somebody is in as many as anybody can be.
pub async fn require_room(ask: &Ask, user_id: &str) -> Result<()> {
    let count: Option<Count> = d1::first(&ask.db()?, COUNT_OF_USER, [user_id.into()]).await?;
    if count.is_some_and(|count| count.number >= MAX_ORGANIZATIONS) {
        return Err(Error::new(
            422,
            "too_many_organizations",
            "You are in 50 teams, and nobody is in more. Leave one first.",
        ));
    }
    Ok(())
}

/// Sets it otherwise. `budget` is micro-dollars, and `Some(None)` takes the limit away.
pub async fn update(ask: &Ask, id: &str, name: Option<&Name>, budget: Option<Option<i64>>) -> Result<()> {
    let values = [
        id.into(),
        name.map(Name::as_str).into(),
        i64::from(budget.is_some()).into(),
        budget.flatten().into(),
        ask.now().into(),
    ];
    d1::run(&ask.db()?, UPDATE, values).await
}

/// Deletes it with everything in it.
pub async fn delete(ask: &Ask, id: &str) -> Result<()> {
    d1::run(&ask.db()?, DELETE, [id.into()]).await
}

#[derive(d1::FromRow)]
struct Id {
    id: String,
}

#[derive(d1::FromRow)]
struct Count {
    number: i64,
}
