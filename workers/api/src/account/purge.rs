//! Deleting accounts whose days are over, on a schedule. First the account is claimed, by an update that calling off
//! cannot pass and that nothing takes back; then everything goes that is found by its row; the row goes last. So a run
//! may be cut off anywhere, and the next one goes on.

use super::sessions;
use crate::{custom_domain, inside};
use vetka_domain::{email::Email, otp};
use vetka_edge::{
    Result, auth, d1, error, log,
    mail::{self, Note},
};
use vetka_r2::keys;
use worker::{Env, Method, Object};

/// How long the receipt is tried. After that the account goes without one: what somebody wants gone does not wait for ever
/// on a mail service.
const TRY_MAIL_MS: i64 = 24 * 60 * 60_000;

/// Accounts of one run. A site with ten thousand files takes a while.
const CLAIM: &str = "UPDATE user SET deleting_at = COALESCE(deleting_at, ?1)
    WHERE id IN (SELECT id FROM user WHERE deletion_at <= ?1 ORDER BY deletion_at LIMIT 20) AND deletion_at <= ?1
    RETURNING id, email, deletion_at";
const SELECT_SITES: &str = "SELECT id FROM site WHERE user_id = ?1";
const FORGET_CODES: &str = "DELETE FROM verification WHERE identifier = ?1";
/// Reports are about others' sites; only whom to answer is the account's.
const FORGET_REPORTER: &str = "UPDATE report SET email = NULL WHERE email = ?1";
/// Not while there is anything that a request on its way has made in between; then the next run goes on.
const DELETE_ACCOUNT: &str = "DELETE FROM user WHERE id = ?1 AND deleting_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM site WHERE user_id = ?1) AND NOT EXISTS (SELECT 1 FROM session WHERE user_id = ?1)
    RETURNING id";

#[derive(d1::FromRow)]
struct Due {
    id: String,
    email: String,
    deletion_at: i64,
}

#[derive(d1::FromRow)]
struct SiteId {
    id: String,
}

#[derive(d1::FromRow)]
struct Gone {}

/// Deletes what is due. One account's failure does not keep the others waiting.
pub async fn run(env: &Env, now: i64) -> Result<()> {
    let due: Vec<Due> = d1::all(&env.d1(auth::DB)?, CLAIM, [now.into()]).await?;
    for account in due {
        match purge(env, now, &account).await {
            Ok(true) => log::info("account_deleted", serde_json::json!({})),
            Ok(false) => log::info("account_deletion_goes_on", serde_json::json!({})),
            Err(failure) => failure.log("purge"),
        }
    }
    Ok(())
}

/// Whether nothing is left.
async fn purge(env: &Env, now: i64, account: &Due) -> Result<bool> {
    let db = env.d1(auth::DB)?;
    // First of all nobody may make anything any more.
    sessions::end_all(env, &account.id).await?;
    let sites: Vec<SiteId> = d1::all(&db, SELECT_SITES, [(&account.id).into()]).await?;
    for site in sites {
        let url = format!("http://deploy.internal/sites/{}", site.id);
        match inside::ask(env, "DEPLOY", Method::Delete, &url, None).await?.status {
            204 => {}
            // Visitors see it no more; the deploy worker's schedule finishes it, and the account waits for that.
            202 => return Ok(false),
            status => return Err(error::internal(format!("deploy answered {status} to deleting a site"))),
        }
        custom_domain::undo_of(env, &site.id, now).await?;
    }
    forget_pictures(env, &account.id).await?;
    if !tell(env, account).await? && now < account.deletion_at + TRY_MAIL_MS {
        return Ok(false);
    }
    let identifier = Email::parse(&account.email).map(|email| otp::identifier(&email)).unwrap_or_default();
    let statements = vec![
        d1::prepare(&db, FORGET_CODES, [(&identifier).into()])?,
        d1::prepare(&db, FORGET_REPORTER, [(&account.email).into()])?,
        d1::prepare(&db, DELETE_ACCOUNT, [(&account.id).into()])?,
    ];
    let results = d1::batch(&db, statements).await?;
    Ok(d1::row::<Gone>(&results, 2)?.is_some())
}

async fn forget_pictures(env: &Env, user_id: &str) -> Result<()> {
    let bucket = env.bucket("BUCKET")?;
    loop {
        let listed = bucket.list().prefix(keys::pictures_of(user_id)).execute().await?;
        let keys: Vec<String> = listed.objects().iter().map(Object::key).collect();
        if keys.is_empty() {
            return Ok(());
        }
        bucket.delete_multiple(keys).await?;
    }
}

/// The last mail to this address, sent while there is still a row that knows it. However often a run is repeated, it is
/// one mail by its key.
async fn tell(env: &Env, account: &Due) -> Result<bool> {
    let paragraphs = [
        format!("Your Vetka account ({}) has been deleted, as you asked a week ago.", account.email),
        "Gone are: your profile and picture, your site with every version and its files, what you talked about with the \
         agent and the files you sent, the messages between you and other sites, your sign-ins and devices, and the list of what was done. The names you had are \
         free again. Stored files that no other site uses are erased within two days."
            .to_owned(),
        "This is the last mail about it. If you ever come back, you begin anew.".to_owned(),
    ];
    let key = format!("deleted/{}", account.id);
    let note = Note { subject: "Your Vetka account has been deleted", paragraphs: &paragraphs, key: &key };
    mail::send_note(env, &account.email, &note).await
}
