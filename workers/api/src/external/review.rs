//! Looking at connected websites again: every week, and every day while the proof is missing. A site that has lost its
//! proof keeps everything; it is marked, and its owner gets a mail.

use super::look;
use vetka_domain::{
    audit::Kind,
    external::{
        domain::Domain,
        proof::{self, Finding, Method, News, Standing},
    },
};
use vetka_edge::{
    Result, auth, config, d1,
    mail::{self, Note},
};
use worker::Env;

const SELECT_DUE: &str = "SELECT s.id, s.domain, s.user_id, s.proof_due_at, s.proof_misses, s.proof_missing_since,
    s.proof_lost_at, u.email FROM site s JOIN user u ON u.id = s.user_id
    WHERE s.proof_due_at <= ?1 AND s.deleted_at IS NULL ORDER BY s.proof_due_at LIMIT 20";
const RESERVE: &str = "UPDATE site SET proof_due_at = ?3 WHERE id = ?1 AND proof_due_at = ?2 RETURNING id";
/// Both of these count only while nothing has happened since the site was reserved: its owner may have pressed a button.
const NOTE: &str = "INSERT INTO audit_event (user_id, kind, subject, created_at)
    SELECT user_id, ?3, domain, ?4 FROM site WHERE id = ?1 AND proof_due_at = ?2 AND deleted_at IS NULL";
const SETTLE: &str = "UPDATE site SET proof_method = COALESCE(?3, proof_method), proved_at = COALESCE(?4, proved_at),
    proof_misses = ?5, proof_missing_since = ?6, proof_lost_at = ?7, proof_due_at = ?8, updated_at = ?9
    WHERE id = ?1 AND proof_due_at = ?2 AND deleted_at IS NULL RETURNING id";

#[derive(d1::FromRow)]
struct Due {
    id: String,
    domain: String,
    user_id: String,
    email: String,
    proof_due_at: i64,
    proof_misses: i64,
    proof_missing_since: Option<i64>,
    proof_lost_at: Option<i64>,
}

#[derive(d1::FromRow)]
struct Changed {
    #[column(name = "id")]
    _id: String,
}

/// Looks at the sites that are due, some of them a run. One that goes wrong is tried again in an hour.
pub async fn run(env: &Env, now: i64) -> Result<()> {
    let due: Vec<Due> = d1::all(&env.d1(auth::DB)?, SELECT_DUE, [now.into()]).await?;
    for site in due {
        if let Err(failure) = review(env, &site, now).await {
            failure.log("review_proof");
        }
    }
    Ok(())
}

async fn review(env: &Env, site: &Due, now: i64) -> Result<()> {
    let db = env.d1(auth::DB)?;
    let reserved = now + proof::SOON_MS;
    let values = [(&site.id).into(), site.proof_due_at.into(), reserved.into()];
    let mine: Option<Changed> = d1::first(&db, RESERVE, values).await?;
    if mine.is_none() {
        return Ok(());
    }
    let finding = look::at(env, &Domain::from_column(&site.domain)).await?.finding(&proof::key(&site.user_id));
    let standing =
        Standing { misses: site.proof_misses, missing_since: site.proof_missing_since, lost_at: site.proof_lost_at };
    let next = standing.after(finding, now);
    let method = match finding {
        Finding::Found(method) => Some(method),
        Finding::Missing(_) | Finding::Unknown => None,
    };
    let mut batch = Vec::new();
    if let Some(news) = next.news {
        let kind = match news {
            News::Lost => Kind::ProofLost,
            News::Found => Kind::ProofFound,
        };
        batch.push(d1::prepare(&db, NOTE, [(&site.id).into(), reserved.into(), kind.as_str().into(), now.into()])?);
    }
    batch.push(d1::prepare(
        &db,
        SETTLE,
        [
            (&site.id).into(),
            reserved.into(),
            method.map(Method::as_str).into(),
            method.map(|_| now).into(),
            next.standing.misses.into(),
            next.standing.missing_since.into(),
            next.standing.lost_at.into(),
            next.due_at.into(),
            now.into(),
        ],
    )?);
    let results = d1::batch(&db, batch).await?;
    let settled: Vec<Changed> = d1::last_rows(&results)?;
    if next.news == Some(News::Lost) && !settled.is_empty() {
        tell(env, site, now).await?;
    }
    Ok(())
}

/// The mail says what was seen, what it means, and what to do.
async fn tell(env: &Env, site: &Due, now: i64) -> Result<()> {
    let paragraphs = [
        format!("We looked at {} several times over two days and did not find your line, nor your DNS record.", site.domain),
        "Nothing is lost: what belongs to your site stays where it is. But somebody else who proves that the website is \
         theirs can connect it now."
            .to_owned(),
        format!(
            "If it is still yours, put the line back into its first page, then look again here: {}/sites",
            config::var(env, "APP_ORIGIN")?
        ),
    ];
    let subject = format!("The line on {} is gone", site.domain);
    let key = format!("proof-lost/{}/{now}", site.id);
    mail::send_note(env, &site.email, &Note { subject: &subject, paragraphs: &paragraphs, key: &key }).await?;
    Ok(())
}
