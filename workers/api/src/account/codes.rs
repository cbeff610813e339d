//! Codes: sending one, and judging a try. One live code an address and browser, which works only in the browser that
//! asked; so nobody can end another's code by asking for one.
//!
//! A try is counted before it is compared, and a right code is consumed, in one transaction: of fifty tries at once
//! exactly one succeeds, and no more than three are ever compared.

use crate::{ask::Ask, limits};
use vetka_domain::{
    cookie,
    email::Email,
    otp::{self, Pending, Verdict},
    session::Key,
};
use vetka_edge::{Result, auth, d1, error, id, mail};

const UPSERT_CODE: &str = "INSERT INTO verification (identifier, value, browser_hash, attempts, expires_at, created_at)
    VALUES (?1, ?2, ?3, 0, ?4, ?5)
    ON CONFLICT (identifier, browser_hash) DO UPDATE SET value = excluded.value, attempts = 0,
    expires_at = excluded.expires_at, created_at = excluded.created_at";
const DELETE_UNSENT: &str = "DELETE FROM verification WHERE identifier = ?1 AND browser_hash = ?2 AND value = ?3";
const COUNT_TRY: &str = "UPDATE verification SET attempts = attempts + 1 WHERE identifier = ?1 AND browser_hash = ?2
    RETURNING value, attempts, expires_at";
const CONSUME: &str = "DELETE FROM verification WHERE identifier = ?1 AND browser_hash = ?2
    AND (value = ?3 OR attempts > ?4 OR expires_at <= ?5)";
const DROP_DEAD: &str = "DELETE FROM verification WHERE identifier = ?1 AND browser_hash = ?2
    AND (attempts > ?3 OR expires_at <= ?4)";

/// The shape of our own secrets, which is all that is taken back from a cookie.
const SECRET_LENGTH: usize = 43;

/// What happens to a right code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It is used up.
    Consume,
    /// It stays good.
    Check,
}

/// What a try came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// As judged.
    Judged(Verdict),
    /// This browser has asked for no code at all. Costs no try.
    OtherBrowser,
}

/// Sends a new code, which replaces the one before.
///
/// # Errors
/// 429; what [`mail::send_code`] gives, and then the code is forgotten.
pub async fn send(ask: &Ask, email: &Email) -> Result<()> {
    limits::codes(ask, email).await?;
    let key = auth::key(ask.env())?;
    let code = otp::draw(&id::bytes::<32>()?).ok_or_else(|| error::internal("no code could be drawn"))?;
    let secret = match browser(ask) {
        Some(secret) => secret.to_owned(),
        None => id::secret("")?,
    };
    let (identifier, hash) = (otp::identifier(email), otp::hash_code(&key, email, &code));
    let browser_hash = otp::hash_browser(&key, &secret);
    let db = ask.db()?;
    let values = [
        (&identifier).into(),
        (&hash).into(),
        (&browser_hash).into(),
        (ask.now() + otp::LIFETIME_MS).into(),
        ask.now().into(),
    ];
    d1::run(&db, UPSERT_CODE, values).await?;
    if let Err(failure) = mail::send_code(ask.env(), email, &code).await {
        d1::run(&db, DELETE_UNSENT, [(&identifier).into(), (&browser_hash).into(), (&hash).into()]).await?;
        return Err(failure);
    }
    ask.add_cookie(cookie::set(cookie::CODE_BROWSER, &secret, otp::LIFETIME_MS / 1000));
    Ok(())
}

/// Tries a code for an address.
///
/// # Errors
/// 429.
pub async fn try_code(ask: &Ask, email: &Email, code: &str, purpose: Use) -> Result<Tried> {
    limits::tries(ask, email).await?;
    let Some(secret) = browser(ask) else { return Ok(Tried::OtherBrowser) };
    let mut verdict = otp::judge(None, "", ask.now());
    // A code that was sent before the key was changed is found by the key before it.
    for key in auth::keys(ask.env())? {
        let presented = otp::hash_code(&key, email, &otp::tidy(code));
        let pending = count(ask, &key, email, secret, &presented, purpose).await?;
        verdict = otp::judge(pending.as_ref(), &presented, ask.now());
        if pending.is_some() {
            break;
        }
    }
    Ok(Tried::Judged(verdict))
}

async fn count(
    ask: &Ask,
    key: &Key,
    email: &Email,
    secret: &str,
    presented: &str,
    purpose: Use,
) -> Result<Option<Pending>> {
    let db = ask.db()?;
    let (identifier, browser) = (otp::identifier(email), otp::hash_browser(key, secret));
    let counted = d1::prepare(&db, COUNT_TRY, [(&identifier).into(), (&browser).into()])?;
    let ended = match purpose {
        Use::Consume => {
            let [identifier, browser] = [(&identifier).into(), (&browser).into()];
            d1::prepare(&db, CONSUME, [identifier, browser, presented.into(), otp::TRIES.into(), ask.now().into()])?
        }
        Use::Check => {
            let [identifier, browser] = [(&identifier).into(), (&browser).into()];
            d1::prepare(&db, DROP_DEAD, [identifier, browser, otp::TRIES.into(), ask.now().into()])?
        }
    };
    let results = d1::batch(&db, vec![counted, ended]).await?;
    let rows: Vec<PendingRow> = d1::rows(&results, 0)?;
    let pending = |row: PendingRow| Pending { hash: row.value, attempts: row.attempts, expires_at: row.expires_at };
    Ok(rows.into_iter().next().map(pending))
}

/// The secret of the browser that asks, if it has one that can be ours.
fn browser(ask: &Ask) -> Option<&str> {
    cookie::find(ask.header("cookie")?, cookie::CODE_BROWSER).filter(|secret| {
        secret.len() == SECRET_LENGTH && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    })
}

#[derive(d1::FromRow)]
struct PendingRow {
    value: String,
    attempts: i64,
    expires_at: i64,
}
