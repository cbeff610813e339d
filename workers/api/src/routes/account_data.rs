//! `/api/account/deletion` and `/api/account/export`: leaving, and what one takes along.

use crate::{
    account::{deletion, export},
    answer::{self, Answer},
    ask::Ask,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_edge::{Error, Result, auth, d1, error, time};

const SELECT_OWN: &str = "SELECT email, deleting_at FROM user WHERE id = ?1";

/// What is sent to ask for the deletion of an account.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AskForDeletion {
    /// The address of the account, typed again.
    confirm: String,
}

/// When an account will be deleted.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deletion {
    /// RFC 3339 UTC.
    deletion_at: String,
}

/// `POST /api/account/deletion`: asks for it. 202: it will be done in seven days.
pub async fn ask_for_deletion(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = ask.writer().await?;
    let AskForDeletion { confirm } = ask.json(&body)?;
    confirmed(&ask, &viewer, &confirm).await?;
    let deletion_at = deletion::ask_for(&ask, &viewer.user_id).await?;
    answer::json(202, &Deletion { deletion_at: time::rfc3339(deletion_at) })
}

/// `DELETE /api/account/deletion`: keeps the account.
pub async fn cancel_deletion(ask: Ask) -> Answer {
    let viewer = ask.writer().await?;
    if !deletion::cancel(&ask, &viewer.user_id).await? && own(&ask, &viewer).await?.deleting_at.is_some() {
        return Err(error::conflict("too_late", "The seven days are over, and the account is being deleted.").into());
    }
    // That nobody had asked is as good as having called it off.
    Ok(answer::empty(204))
}

/// `POST /api/account/export`: everything, as a zip archive.
pub async fn export(ask: Ask) -> Answer {
    let viewer = ask.writer().await?;
    export::zip(&ask, &viewer.user_id).await
}

#[derive(d1::FromRow)]
struct Own {
    email: String,
    deleting_at: Option<i64>,
}

async fn own(ask: &Ask, viewer: &auth::Viewer) -> Result<Own> {
    let own = d1::first(&ask.db()?, SELECT_OWN, [(&viewer.user_id).into()]).await?;
    own.ok_or_else(|| error::not_found("This account is gone."))
}

/// Whether somebody typed the address of their own account.
async fn confirmed(ask: &Ask, viewer: &auth::Viewer, typed: &str) -> Result<()> {
    if typed.trim().eq_ignore_ascii_case(&own(ask, viewer).await?.email) {
        return Ok(());
    }
    Err(Error::new(
        422,
        "not_confirmed",
        "That is not the address of this account, so nothing was deleted. Type the address that you sign in with.",
    ))
}
