//! Whether the other places of members on the web link back to them. Every week.

use super::{host_of, per_host};
use crate::{cron::Run, site};
use vetka_domain::social::rel_me;
use vetka_edge::{
    Result, auth,
    config::Config,
    d1,
    fetch::{self, Ask, Limits},
    url,
};

const SELECT_DUE: &str =
    "SELECT site_id, url, verified_at, failures, due_at FROM rel_me WHERE due_at <= ?1 ORDER BY due_at LIMIT 20";
const RESERVE: &str = "UPDATE rel_me SET due_at = ?4 WHERE site_id = ?1 AND url = ?2 AND due_at = ?3 RETURNING url";
const SETTLE: &str = "UPDATE rel_me SET verified_at = ?3, failures = ?4, due_at = ?5 WHERE site_id = ?1 AND url = ?2";

const HOUR_MS: i64 = 60 * 60_000;

#[derive(d1::FromRow)]
struct Due {
    site_id: String,
    url: String,
    verified_at: Option<i64>,
    failures: i64,
    due_at: i64,
}

#[derive(d1::FromRow)]
struct Reserved {
    #[column(name = "url")]
    _url: String,
}

/// Looks at the places that are due.
pub async fn run(run: Run<'_>) -> Result<()> {
    let due: Vec<Due> = d1::all(&run.env.d1(auth::DB)?, SELECT_DUE, [run.now.into()]).await?;
    per_host(
        due,
        |place| host_of(&place.url),
        |place| async move {
            if run.has_time()
                && let Err(failure) = verify(run, &place).await
            {
                failure.log("verify_rel_me");
            }
        },
    )
    .await;
    Ok(())
}

async fn verify(run: Run<'_>, place: &Due) -> Result<()> {
    let db = run.env.d1(auth::DB)?;
    let values = [(&place.site_id).into(), (&place.url).into(), place.due_at.into(), (run.now + HOUR_MS).into()];
    let mine: Option<Reserved> = d1::first(&db, RESERVE, values).await?;
    let Some(site) = site::by_id(run.env, &place.site_id).await?.filter(|_| mine.is_some()) else { return Ok(()) };
    let config = Config::from_env(run.env)?;
    let user_agent = fetch::user_agent(&config, "VetkaBot/1.0", "");
    let ask = Ask { limits: Limits::PATIENT, ..Ask::page(&place.url, &user_agent) };
    let links_back = fetch::fetch(run.env, &ask).await?.is_ok_and(|got| {
        let came_straight = got.hops.is_empty() || rel_me::may_lead(&place.url, &got.url);
        let links = rel_me::links(&got.body, &got.url, &url::join);
        got.status == 200
            && came_straight
            && site.origins(&config).iter().any(|origin| rel_me::links_back(&links, origin))
    });
    let next = rel_me::after(place.verified_at, place.failures, links_back, run.now);
    let values = [
        (&place.site_id).into(),
        (&place.url).into(),
        next.verified_at.into(),
        next.failures.into(),
        next.due_at.into(),
    ];
    d1::run(&db, SETTLE, values).await
}
