//! Who somebody is here: name, handle, picture. The one place where they are changed, whichever door the wish came by.

use super::picture;
use crate::ask::Ask;
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::{
    audit::Kind,
    handle::{self, Handle},
    name::Name,
    picture as rules,
};
use vetka_edge::{Error, Result, audit, auth::Viewer, d1, error, time};

const SELECT_ACCOUNT: &str =
    "SELECT id, name, email, handle, image, deletion_at, created_at, updated_at FROM user WHERE id = ?1";
const SELECT_IMAGE: &str = "SELECT image FROM user WHERE id = ?1";
const UPDATE_NAME: &str = "UPDATE user SET name = ?2, updated_at = ?3 WHERE id = ?1";
const UPDATE_HANDLE: &str = "UPDATE user SET handle = ?2, updated_at = ?3 WHERE id = ?1";
const UPDATE_IMAGE: &str = "UPDATE user SET image = ?2, updated_at = ?3 WHERE id = ?1";
const SELECT_TAKEN_HANDLES: &str = "SELECT handle FROM user WHERE handle IN (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// How many free handles are offered.
const OFFERED: usize = 3;

/// An account, as its owner sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Opaque.
    pub id: String,
    /// Lower-cased.
    pub email: String,
    /// Empty when none was given.
    pub name: String,
    /// `ann`; nothing until one is chosen.
    pub handle: Option<String>,
    /// Address of the picture.
    pub image: Option<String>,
    /// When the account goes for good, RFC 3339 UTC; nothing unless that was asked for.
    #[schemars(extend("format" = "date-time"))]
    pub deletion_at: Option<String>,
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub updated_at: String,
}

/// What is to be changed. What is not there stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change<'a> {
    /// As typed; the empty text takes the name away.
    pub name: Option<&'a str>,
    /// The address of a picture elsewhere; `Some(None)` takes the picture away. Pictures kept here come in by
    /// [`picture::put`].
    pub image: Option<Option<&'a str>>,
    /// As typed; `Some(None)` gives the handle up.
    pub handle: Option<Option<&'a str>>,
}

/// The account.
///
/// # Errors
/// 401 when it is gone, which a token may outlive by minutes.
pub async fn read(ask: &Ask, user_id: &str) -> Result<Account> {
    let row: Option<AccountRow> = d1::first(&ask.db()?, SELECT_ACCOUNT, [user_id.into()]).await?;
    row.map(AccountRow::into_account).ok_or_else(error::unauthorized)
}

/// Changes what is asked for, all of it or nothing, and gives the account as it is then. What is as wished already is
/// neither changed nor written down.
///
/// # Errors
/// 422 `invalid_name`, `invalid_handle`, `reserved_handle`, `invalid_image`; 409 `handle_taken` with suggestions.
pub async fn change(ask: &Ask, viewer: &Viewer, change: &Change<'_>) -> Result<Account> {
    let name = change.name.map(name).transpose()?;
    let handle = change.handle.map(|typed| typed.map(handle).transpose()).transpose()?;
    let before = read(ask, &viewer.user_id).await?;
    let wish = Wish {
        name: name.as_ref().map(Name::as_str).filter(|name| *name != before.name),
        handle: handle
            .as_ref()
            .map(|handle| handle.as_ref().map(Handle::as_str))
            .filter(|h| *h != before.handle.as_deref()),
        image: change.image.filter(|image| *image != before.image.as_deref()),
    };
    if wish.image.flatten().is_some_and(|address| !rules::is_address(address)) {
        return Err(Error::new(422, "invalid_image", "A picture’s address begins with https:// and holds no spaces."));
    }
    match write(ask, &viewer.user_id, &wish).await? {
        // Also when it was gone already: the picture itself may have stayed behind.
        Ok(replaced) if change.image.is_some() => picture::forget(ask, &viewer.user_id, replaced.as_deref()).await?,
        Ok(_) => {}
        Err(_) => return Err(taken(ask, wish.handle.flatten().unwrap_or_default()).await?),
    }
    read(ask, &viewer.user_id).await
}

/// What is really to be written, checked.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wish<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) handle: Option<Option<&'a str>>,
    pub(super) image: Option<Option<&'a str>>,
}

/// Writes it with its notes in one transaction. Gives the address of the picture that was replaced, `Err` with the column
/// that a constraint protects.
pub(super) async fn write(
    ask: &Ask,
    user_id: &str,
    wish: &Wish<'_>,
) -> Result<core::result::Result<Option<String>, String>> {
    #[derive(d1::FromRow)]
    struct ImageRow {
        image: Option<String>,
    }
    let (db, now) = (ask.db()?, ask.now());
    // First, so that it tells what this very transaction replaces: of two at once each lets go of another picture.
    let mut statements = vec![d1::prepare(&db, SELECT_IMAGE, [user_id.into()])?];
    let noted = |subject| {
        audit::statement(&db, &audit::Entry { user_id, kind: Kind::ProfileChanged, subject, from: ask.from(), at: now })
    };
    if let Some(name) = wish.name {
        statements.push(d1::prepare(&db, UPDATE_NAME, [user_id.into(), name.into(), now.into()])?);
        statements.push(noted("name")?);
    }
    if let Some(handle) = wish.handle {
        statements.push(d1::prepare(&db, UPDATE_HANDLE, [user_id.into(), handle.into(), now.into()])?);
        statements.push(noted("handle")?);
    }
    if let Some(image) = wish.image {
        statements.push(d1::prepare(&db, UPDATE_IMAGE, [user_id.into(), image.into(), now.into()])?);
        statements.push(noted("picture")?);
    }
    if statements.len() == 1 {
        return Ok(Ok(None));
    }
    let results = match d1::batch_unique(&db, statements).await? {
        Ok(results) => results,
        Err(columns) => return Ok(Err(columns)),
    };
    let rows: Vec<ImageRow> = d1::rows(&results, 0)?;
    let replaced = rows.into_iter().find_map(|row| row.image);
    Ok(Ok(replaced.filter(|_| wish.image.is_some())))
}

fn name(typed: &str) -> Result<Name> {
    Name::from_typed(typed).map_err(|problem| Error::new(422, "invalid_name", problem.sentence()))
}

fn handle(typed: &str) -> Result<Handle> {
    Handle::from_typed(typed).map_err(|problem| Error::new(422, problem.code(), problem.sentence()))
}

async fn taken(ask: &Ask, wanted: &str) -> Result<Error> {
    #[derive(d1::FromRow)]
    struct TakenRow {
        handle: String,
    }
    let near = handle::suggestions(wanted);
    let values: [d1::Value<'_>; handle::NEIGHBOURS] = std::array::from_fn(|at| near.get(at).map(Handle::as_str).into());
    let taken: Vec<TakenRow> = d1::all(&ask.db()?, SELECT_TAKEN_HANDLES, values).await?;
    let free = near.iter().map(Handle::as_str).filter(|near| !taken.iter().any(|row| row.handle == *near));
    let suggestions: Vec<&str> = free.take(OFFERED).collect();
    let message = "Somebody has that handle already. Pick another.";
    Ok(error::conflict("handle_taken", message).with_extra(serde_json::json!({ "suggestions": suggestions })))
}

#[derive(d1::FromRow)]
struct AccountRow {
    id: String,
    name: String,
    email: String,
    handle: Option<String>,
    image: Option<String>,
    deletion_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl AccountRow {
    fn into_account(self) -> Account {
        Account {
            id: self.id,
            email: self.email,
            name: self.name,
            handle: self.handle,
            image: self.image,
            deletion_at: self.deletion_at.map(time::rfc3339),
            created_at: time::rfc3339(self.created_at),
            updated_at: time::rfc3339(self.updated_at),
        }
    }
}
