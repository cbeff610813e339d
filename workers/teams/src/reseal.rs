//! Sealing again what the key before has sealed, while `SECRETS_KEY` is being changed: a part at a time, as often as
//! `scripts/admin rotate-secrets` asks. A row that somebody replaces meanwhile is left as they made it.

use crate::secrets::{OF_PROJECTS, OF_USERS, row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_edge::{
    Result, auth, d1,
    seal::{self, Sealed},
};
use worker::{D1Database, D1PreparedStatement, Env};

/// How many secrets one request seals again.
const AT_ONCE: usize = 50;

const SELECT_OF_USERS: &str = "SELECT user_id AS owner, kind, key_version, iv, ciphertext FROM user_secret
    WHERE key_version = ?1 AND (user_id, kind) > (?2, ?3) ORDER BY user_id, kind LIMIT ?4";
const SELECT_OF_PROJECTS: &str = "SELECT project_id AS owner, kind, key_version, iv, ciphertext FROM project_secret
    WHERE key_version = ?1 AND (project_id, kind) > (?2, ?3) ORDER BY project_id, kind LIMIT ?4";
const RESEAL_OF_USER: &str = "UPDATE user_secret SET key_version = ?4, iv = ?5, ciphertext = ?6
    WHERE user_id = ?1 AND kind = ?2 AND iv = ?3 RETURNING user_id AS owner";
const RESEAL_OF_PROJECT: &str = "UPDATE project_secret SET key_version = ?4, iv = ?5, ciphertext = ?6
    WHERE project_id = ?1 AND kind = ?2 AND iv = ?3 RETURNING project_id AS owner";
const COUNT_OLDER: &str = "SELECT (SELECT COUNT(*) FROM user_secret WHERE key_version = ?1) +
    (SELECT COUNT(*) FROM project_secret WHERE key_version = ?1) AS remaining,
    (SELECT COUNT(*) FROM user_secret WHERE key_version < ?2) +
    (SELECT COUNT(*) FROM project_secret WHERE key_version < ?2) AS older";

/// Which part.
#[derive(Debug, Deserialize)]
pub struct Which {
    /// Where to go on: `next` of the answer before.
    #[serde(default)]
    pub after: String,
}

/// How far that went.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Resealed {
    /// The version of the key that is in use.
    version: i64,
    /// How many secrets are sealed with it that were not before.
    resealed: usize,
    /// How many of this part do not open with the key before it.
    unreadable: usize,
    /// How many are still sealed with the key before it.
    left: i64,
    /// How many are sealed with a key that is not here any more.
    lost: i64,
    /// Where to go on; null when all have been looked at.
    next: Option<String>,
}

/// Seals the next part again.
pub async fn part(env: &Env, which: &Which) -> Result<Resealed> {
    let (db, version) = (env.d1(auth::DB)?, seal::version(env)?);
    // A worker that is told to take the next key, and not yet to use it, has nothing to do.
    let previous = seal::previous_version(env)?.filter(|previous| *previous < version);
    let found = match previous {
        Some(previous) => find(&db, previous, &which.after).await?,
        None => Vec::new(),
    };
    let (mut statements, mut unreadable) = (Vec::with_capacity(found.len()), 0);
    for secret in &found {
        match again(env, &db, secret).await {
            Ok(statement) => statements.push(statement),
            Err(failure) => {
                failure.log("reseal");
                unreadable += 1;
            }
        }
    }
    let resealed = run(&db, statements).await?;
    let counted: Option<Counted> =
        d1::first(&db, COUNT_OLDER, [previous.unwrap_or_default().into(), version.into()]).await?;
    let Counted { remaining, older } = counted.unwrap_or_default();
    let last = found.last().filter(|_| found.len() == AT_ONCE);
    let next = last.map(|secret| row(secret.table, &secret.kept.owner, &secret.kept.kind));
    Ok(Resealed { version, resealed, unreadable, left: remaining, lost: older - remaining, next })
}

/// A secret, and where it is kept.
struct Secret {
    table: &'static str,
    kept: Kept,
}

/// What comes next: people's secrets, then those of projects.
async fn find(db: &D1Database, version: i64, after: &str) -> Result<Vec<Secret>> {
    let mut parts = after.splitn(3, '/');
    let (table, owner, kind) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut found = Vec::new();
    if table != OF_PROJECTS {
        let values = [version.into(), owner.into(), kind.into(), limit(0).into()];
        let of_users: Vec<Kept> = d1::all(db, SELECT_OF_USERS, values).await?;
        found.extend(of_users.into_iter().map(|kept| Secret { table: OF_USERS, kept }));
    }
    if found.len() == AT_ONCE {
        return Ok(found);
    }
    let (owner, kind) = if table == OF_PROJECTS { (owner, kind) } else { ("", "") };
    let values = [version.into(), owner.into(), kind.into(), limit(found.len()).into()];
    let of_projects: Vec<Kept> = d1::all(db, SELECT_OF_PROJECTS, values).await?;
    found.extend(of_projects.into_iter().map(|kept| Secret { table: OF_PROJECTS, kept }));
    Ok(found)
}

/// How many more fit into a part.
fn limit(found: usize) -> i64 {
    i64::try_from(AT_ONCE.saturating_sub(found)).unwrap_or_default()
}

/// The statement that keeps a secret sealed with the key that is in use, unless it was replaced meanwhile.
async fn again(env: &Env, db: &D1Database, secret: &Secret) -> Result<D1PreparedStatement> {
    let Kept { owner, kind, sealed } = &secret.kept;
    let name = row(secret.table, owner, kind);
    let plain = seal::open(env, &name, sealed).await?;
    let Sealed { key_version, iv, ciphertext } = seal::seal(env, &name, &plain).await?;
    let sql = if secret.table == OF_USERS { RESEAL_OF_USER } else { RESEAL_OF_PROJECT };
    let values =
        [owner.into(), kind.into(), (&sealed.iv).into(), key_version.into(), (&iv).into(), (&ciphertext).into()];
    d1::prepare(db, sql, values)
}

/// Runs the statements, and counts those that changed something.
async fn run(db: &D1Database, statements: Vec<D1PreparedStatement>) -> Result<usize> {
    let all = statements.len();
    if all == 0 {
        return Ok(0);
    }
    let results = d1::batch(db, statements).await?;
    let mut changed = 0;
    for at in 0..all {
        changed += d1::rows::<Changed>(&results, at)?.len();
    }
    Ok(changed)
}

#[derive(d1::FromRow)]
struct Kept {
    owner: String,
    kind: String,
    #[column(flatten)]
    sealed: Sealed,
}

#[derive(d1::FromRow)]
struct Changed {}

#[derive(Default, d1::FromRow)]
struct Counted {
    remaining: i64,
    older: i64,
}
