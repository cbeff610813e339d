//! Looking at members' first pages: where their feed is, and where else on the web they say that they are.

use super::{host_of, per_host};
use crate::{cron::Run, site};
use vetka_domain::{
    external::fetch as rules,
    social::{
        feed::{self, discover},
        rel_me,
    },
};
use vetka_edge::{
    Result, auth,
    config::Config,
    d1,
    fetch::{self, Ask, Got, Limits},
    id, url,
};

const SELECT_DUE: &str = "SELECT h.site_id, h.due_at FROM home_look h WHERE h.due_at <= ?1 ORDER BY h.due_at LIMIT 20";
const RESERVE: &str = "UPDATE home_look SET due_at = ?3 WHERE site_id = ?1 AND due_at = ?2 RETURNING site_id";
/// A feed that somebody follows already becomes the member's when it is on their own website, and nobody else's.
const INSERT_FEED: &str = "INSERT INTO feed (id, url, home_url, domain, site_id, due_at, created_at)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6 FROM site WHERE id = ?5
    ON CONFLICT (url) DO UPDATE SET site_id = excluded.site_id, due_at = COALESCE(feed.due_at, excluded.due_at)
    WHERE feed.site_id IS NULL AND ?7 = 1";
/// A member has one feed: what they named before goes, or is anybody's if somebody follows it.
const LET_GO: &str = "UPDATE feed SET site_id = NULL WHERE site_id = ?1 AND url <> ?2
    AND EXISTS (SELECT 1 FROM feed other WHERE other.url = ?2 AND other.site_id = ?1)";
const KEEP_PLACES: &str = "DELETE FROM rel_me WHERE site_id = ?1 AND url NOT IN (SELECT value FROM json_each(?2))";
const INSERT_PLACES: &str = "INSERT INTO rel_me (site_id, url, due_at)
    SELECT ?1, value, ?3 FROM json_each(?2) WHERE EXISTS (SELECT 1 FROM site WHERE id = ?1)
    ON CONFLICT (site_id, url) DO NOTHING";

const HOUR_MS: i64 = 60 * 60_000;
const DAY_MS: i64 = 24 * HOUR_MS;

#[derive(d1::FromRow)]
struct Due {
    site_id: String,
    due_at: i64,
}

#[derive(d1::FromRow)]
struct Reserved {
    #[column(name = "site_id")]
    _site_id: String,
}

/// Looks at the first pages that are due.
pub async fn run(run: Run<'_>) -> Result<()> {
    let due: Vec<Due> = d1::all(&run.env.d1(auth::DB)?, SELECT_DUE, [run.now.into()]).await?;
    per_host(
        due,
        |home| home.site_id.clone(),
        |home| async move {
            if run.has_time()
                && let Err(failure) = look(run, &home).await
            {
                failure.log("look_home");
            }
        },
    )
    .await;
    Ok(())
}

async fn look(run: Run<'_>, due: &Due) -> Result<()> {
    let db = run.env.d1(auth::DB)?;
    let again = run.now + 7 * DAY_MS;
    let mine: Option<Reserved> =
        d1::first(&db, RESERVE, [(&due.site_id).into(), due.due_at.into(), again.into()]).await?;
    let Some(site) = site::by_id(run.env, &due.site_id).await?.filter(|site| mine.is_some() && site.is_live()) else {
        return Ok(());
    };
    let config = Config::from_env(run.env)?;
    let home = format!("{}/", site.origin(&config));
    let Some(got) = page(run, &config, &home).await? else {
        // It may be down for a moment.
        let soon = run.now + DAY_MS;
        let _: Option<Reserved> = d1::first(&db, RESERVE, [(&site.id).into(), again.into(), soon.into()]).await?;
        return Ok(());
    };
    let links: Vec<String> = got.header("link").into_iter().collect();
    let mut feeds = discover::feeds(&got.body, &links, &got.url, &url::join);
    feeds.retain(|feed| may_ask(&config, feed));
    if feeds.is_empty() && run.now - site.created_at < DAY_MS && site.subdomain.is_none() {
        feeds.extend(guess(run, &config, &home).await?);
    }
    let ours = site.origins(&config);
    let places: Vec<String> = rel_me::links(&got.body, &got.url, &url::join)
        .into_iter()
        .filter(|place| may_ask(&config, place) && !ours.iter().any(|origin| host_of(origin) == host_of(place)))
        .collect();
    let places = serde_json::to_string(&places)?;
    let mut batch = vec![
        d1::prepare(&db, KEEP_PLACES, [(&site.id).into(), (&places).into()])?,
        d1::prepare(&db, INSERT_PLACES, [(&site.id).into(), (&places).into(), run.now.into()])?,
    ];
    if let Some(feed) = feeds.first() {
        let own = i64::from(ours.iter().any(|origin| host_of(origin) == host_of(feed)));
        let (new_id, domain) = (id::random()?, host_of(&home));
        let values = [
            (&new_id).into(),
            feed.into(),
            (&home).into(),
            (&domain).into(),
            (&site.id).into(),
            run.now.into(),
            own.into(),
        ];
        batch.push(d1::prepare(&db, INSERT_FEED, values)?);
        batch.push(d1::prepare(&db, LET_GO, [(&site.id).into(), feed.into()])?);
    }
    d1::batch(&db, batch).await?;
    Ok(())
}

async fn page(run: Run<'_>, config: &Config, address: &str) -> Result<Option<Got>> {
    let user_agent = fetch::user_agent(config, "VetkaBot/1.0", "");
    let ask = Ask { limits: Limits::PATIENT, ..Ask::page(address, &user_agent) };
    let got = fetch::fetch(run.env, &ask).await?.ok();
    Ok(got.filter(|got| {
        matches!(got.status, 200..=299) && matches!(got.essence().as_str(), "text/html" | "application/xhtml+xml")
    }))
}

/// Where feeds usually are: the first of those that is one.
async fn guess(run: Run<'_>, config: &Config, home: &str) -> Result<Option<String>> {
    let user_agent = fetch::user_agent(config, "VetkaBot/1.0", "");
    for path in discover::GUESSES {
        let Some(address) = url::join(home, path) else { continue };
        let got = fetch::fetch(run.env, &Ask { limits: Limits::FEED, ..Ask::page(&address, &user_agent) }).await?;
        if got.is_ok_and(|got| got.status == 200 && feed::is_feed(&got.text("utf-8"))) {
            return Ok(Some(address));
        }
    }
    Ok(None)
}

/// Whether an address is one that we would ask: our own places are none.
fn may_ask(config: &Config, address: &str) -> bool {
    url::resolve(address, address).is_some_and(|parts| rules::may_ask(&parts, &config.house()).is_ok())
}
