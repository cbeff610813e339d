//! Asking for one's account to be deleted, and changing one's mind. What happens when the days are over is
//! [`super::purge`]'s.
//!
//! An account that is to be deleted works as before, so that whoever asked can look around, export, and call it off.
//! Only one of calling off and deleting can win: both are one conditional update of the same row.

use super::sessions::{self, Which};
use crate::{ask::Ask, pages::text};
use vetka_domain::{audit::Kind, session::Identity};
use vetka_edge::{
    Result,
    audit::{self, Entry},
    auth::{self, Viewer},
    d1, error,
    mail::{self, Note},
    time,
};

/// How long somebody can change their mind.
pub const DAYS: i64 = 7;
const DAY_MS: i64 = 24 * 60 * 60_000;

const ASK_FOR: &str =
    "UPDATE user SET deletion_at = ?2, updated_at = ?3 WHERE id = ?1 AND deletion_at IS NULL RETURNING id";
const SELECT_ASKED: &str = "SELECT email, deletion_at FROM user WHERE id = ?1";
const CANCEL: &str = "UPDATE user SET deletion_at = NULL, updated_at = ?2
    WHERE id = ?1 AND deletion_at IS NOT NULL AND deleting_at IS NULL RETURNING id";

#[derive(d1::FromRow)]
struct Asked {
    email: String,
    deletion_at: i64,
}

#[derive(d1::FromRow)]
struct Changed {}

/// Asks for the deletion of an account; gives when that will be, in Unix milliseconds UTC. Who asks again is told the
/// same time. Every session but the asker's own ends: should it be somebody else who asks, at least nobody else stays in.
///
/// # Errors
/// 404 when the account is gone.
pub async fn ask_for(ask: &Ask, user_id: &str) -> Result<i64> {
    let (db, now) = (ask.db()?, ask.now());
    let deletion_at = now + DAYS * DAY_MS;
    let day = time::rfc3339(deletion_at);
    let entry = Entry { user_id, kind: Kind::DeletionAsked, subject: &day, from: ask.from(), at: now };
    let statements = vec![
        d1::prepare(&db, ASK_FOR, [user_id.into(), deletion_at.into(), now.into()])?,
        audit::statement_of_change(&db, &entry)?,
        d1::prepare(&db, SELECT_ASKED, [user_id.into()])?,
    ];
    let results = d1::batch(&db, statements).await?;
    let asked: Asked = d1::row(&results, 2)?.ok_or_else(|| error::not_found("This account is gone."))?;
    if let Some(Identity { session_id, .. }) = auth::claimed(ask.env(), ask.credentials())? {
        let asker = Viewer { user_id: user_id.to_owned(), session_id, set_cookie: None };
        sessions::revoke(ask, &asker, Which::Others).await?;
    }
    if d1::row::<Changed>(&results, 0)?.is_some() {
        tell(ask, user_id, &asked).await?;
    }
    Ok(asked.deletion_at)
}

/// The receipt. That it cannot be sent is no reason to leave things undone.
async fn tell(ask: &Ask, user_id: &str, asked: &Asked) -> Result<()> {
    let day = text::date(asked.deletion_at);
    let paragraphs = [
        format!("You asked for your Vetka account ({}) to be deleted. That will be done on {day}.", asked.email),
        "Then all of it goes for good: your profile and picture, your site with every version, what you talked about \
         with the agent and the files you sent, your devices and the list of what was done. You will get a mail when \
         it is done."
            .to_owned(),
        format!(
            "Until then everything works as before, and you can keep your account or download everything in it: \
             {}/settings",
            ask.config().app_origin
        ),
        "If this was not you, somebody else has signed in with your address. Sign in now, choose “Keep my account”, \
         and look at who has access to your mail."
            .to_owned(),
    ];
    let subject = format!("Your Vetka account will be deleted on {day}");
    let key = format!("deletion/{user_id}/{}", asked.deletion_at);
    mail::send_note(ask.env(), &asked.email, &Note { subject: &subject, paragraphs: &paragraphs, key: &key }).await?;
    Ok(())
}

/// Keeps an account that was to be deleted. False when there was nothing to call off, or when it is too late.
pub async fn cancel(ask: &Ask, user_id: &str) -> Result<bool> {
    let (db, now) = (ask.db()?, ask.now());
    let entry = Entry { user_id, kind: Kind::DeletionCancelled, subject: "", from: ask.from(), at: now };
    let statements =
        vec![d1::prepare(&db, CANCEL, [user_id.into(), now.into()])?, audit::statement_of_change(&db, &entry)?];
    let results = d1::batch(&db, statements).await?;
    Ok(d1::row::<Changed>(&results, 0)?.is_some())
}
