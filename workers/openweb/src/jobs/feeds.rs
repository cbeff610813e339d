//! Reading feeds: each at most once an hour, for all who follow it at once, with what it gave us last time as a condition.
//!
//! An entry is known by its id from the first look on, whether it is shown or not: of what was there before, the newest
//! five are. Two rows of `feed_seen` stand for an entry, one for its id and one for its address, so that entries whose ids
//! change all at once, as they do when a website is made by another program, are known by their addresses.

use super::{host_of, per_host};
use crate::cron::Run;
use std::collections::HashSet;
use vetka_domain::social::{
    date, encoding,
    feed::{
        self, Entry, Feed,
        schedule::{self, Move, Outcome, Standing},
    },
    webmention::receive::without_fragment,
};
use vetka_edge::{
    Result, auth,
    config::Config,
    d1,
    fetch::{self, Ask, Got, Limits, To},
    hash, id, url,
};
use worker::{D1Database, D1PreparedStatement};

/// Feeds of one run.
const SELECT_DUE: &str = "SELECT f.id, f.url, f.home_url, f.site_id, f.etag, f.last_modified, f.body_hash, f.moved_to,
    f.moved_seen, f.moved_since, f.interval_ms, f.failures, f.failing_since, f.looked_at, f.due_at, f.created_at,
    (SELECT COUNT(*) FROM subscription WHERE feed_id = f.id) AS readers
    FROM feed f WHERE f.due_at <= ?1 ORDER BY f.due_at LIMIT 40";
const RESERVE: &str = "UPDATE feed SET due_at = ?3, looked_at = ?4 WHERE id = ?1 AND due_at = ?2 RETURNING id";
const SELECT_SEEN: &str = "SELECT entry FROM feed_seen WHERE feed_id = ?1";
const INSERT_SEEN: &str = "INSERT INTO feed_seen (feed_id, entry, seen_at)
    SELECT ?1, value, ?2 FROM json_each(?3) WHERE EXISTS (SELECT 1 FROM feed WHERE id = ?1)
    ON CONFLICT (feed_id, entry) DO NOTHING";
/// What has not stood there for a month is forgotten: an entry that comes back then is too old to be shown.
const FORGET_SEEN: &str =
    "DELETE FROM feed_seen WHERE feed_id = ?1 AND seen_at < ?2 AND entry NOT IN (SELECT value FROM json_each(?3))";
const INSERT_ITEM: &str =
    "INSERT INTO feed_item (kind, source_id, site_id, feed_id, guid, url, title, summary, published_at, created_at)
    SELECT 'post', COALESCE(f.site_id, f.id), f.site_id, f.id, ?2, ?3, ?4, ?5, ?6, ?7 FROM feed f WHERE f.id = ?1
    ON CONFLICT (source_id, guid) DO NOTHING";
const SETTLE: &str = "UPDATE feed SET title = COALESCE(?3, title), home_url = COALESCE(?4, home_url), etag = ?5, last_modified = ?6,
    body_hash = COALESCE(?7, body_hash), moved_to = ?8, moved_seen = ?9, moved_since = ?10, interval_ms = ?11, failures = ?12,
    failing_since = ?13, due_at = ?14 WHERE id = ?1 AND due_at = ?2";
const MOVE: &str = "UPDATE feed SET url = ?2, moved_to = NULL, moved_seen = 0, moved_since = NULL WHERE id = ?1";
/// When there is a feed at the new address already, whoever followed the old one follows that.
const JOIN_OTHER: &str = "INSERT INTO subscription (site_id, feed_id, created_at)
    SELECT s.site_id, f.id, s.created_at FROM subscription s JOIN feed f ON f.url = ?2 WHERE s.feed_id = ?1
    ON CONFLICT (site_id, feed_id) DO NOTHING";
const FORGET_FEED: &str = "DELETE FROM feed WHERE id = ?1";

const ACCEPT: &str = "application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,\
    application/json;q=0.8,text/xml;q=0.8,*/*;q=0.1";
const HOUR_MS: i64 = 60 * 60_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Of what stood there before anybody here knew of the feed.
const FIRST: usize = 5;
/// Of what is new at one look.
const MOST: usize = 20;
/// How many entries the pace of a feed is told by.
const PACE: usize = 10;

#[derive(Debug, d1::FromRow)]
struct Due {
    id: String,
    url: String,
    home_url: String,
    site_id: Option<String>,
    etag: Option<String>,
    last_modified: Option<String>,
    body_hash: Option<String>,
    moved_to: Option<String>,
    moved_seen: i64,
    moved_since: Option<i64>,
    interval_ms: i64,
    failures: i64,
    failing_since: Option<i64>,
    looked_at: Option<i64>,
    due_at: i64,
    created_at: i64,
    readers: i64,
}

#[derive(d1::FromRow)]
struct Reserved {
    #[column(name = "id")]
    _id: String,
}

#[derive(d1::FromRow)]
struct Seen {
    entry: String,
}

/// Reads the feeds that are due.
pub async fn run(run: Run<'_>) -> Result<()> {
    let due: Vec<Due> = d1::all(&run.env.d1(auth::DB)?, SELECT_DUE, [run.now.into()]).await?;
    per_host(
        due,
        |feed| host_of(&feed.url),
        |feed| async move {
            if run.has_time()
                && let Err(failure) = poll(run, &feed).await
            {
                failure.log("poll_feed");
            }
        },
    )
    .await;
    Ok(())
}

async fn poll(run: Run<'_>, feed: &Due) -> Result<()> {
    let db = run.env.d1(auth::DB)?;
    // Nobody reads it: it is left alone until somebody does.
    let unread = feed.readers == 0 && feed.site_id.is_none();
    let reserved = run.now + if unread { DAY_MS } else { HOUR_MS };
    let looked = if unread { feed.looked_at } else { Some(run.now) };
    let values = [(&feed.id).into(), feed.due_at.into(), reserved.into(), looked.into()];
    let mine: Option<Reserved> = d1::first(&db, RESERVE, values).await?;
    if mine.is_none() || unread {
        return Ok(());
    }
    let config = Config::from_env(run.env)?;
    let got = ask(run, &config, feed).await?;
    let look = Look::of(got, feed, run.now);
    let mut batch = look.items(&db, feed, run.now).await?;
    batch.push(look.settle(&db, feed, reserved, run.now)?);
    d1::batch(&db, batch).await?;
    match look.moved(feed, run.now) {
        (Move { to: Some(to), .. }, true) => follow(&db, feed, &to).await,
        _ => Ok(()),
    }
}

async fn ask(run: Run<'_>, config: &Config, feed: &Due) -> Result<Option<Got>> {
    let readers = feed.readers + i64::from(feed.site_id.is_some());
    let readers = if readers == 1 { "1 subscriber".to_owned() } else { format!("{readers} subscribers") };
    let user_agent = fetch::user_agent(config, "VetkaFeed/1", &readers);
    let conditions: Vec<(&str, &str)> = [("if-none-match", &feed.etag), ("if-modified-since", &feed.last_modified)]
        .into_iter()
        .filter_map(|(name, value)| value.as_deref().map(|value| (name, value)))
        .collect();
    let ask = Ask {
        url: &feed.url,
        accept: ACCEPT,
        user_agent: &user_agent,
        headers: &conditions,
        form: None,
        to: To::Anywhere,
        limits: Limits::FEED,
    };
    Ok(fetch::fetch(run.env, &ask).await?.ok())
}

/// What a look at a feed came to.
struct Look {
    got: Option<Got>,
    outcome: Outcome,
    feed: Option<Feed>,
    body_hash: Option<String>,
}

impl Look {
    fn of(got: Option<Got>, known: &Due, now: i64) -> Self {
        let nothing = |got, outcome| Self { got, outcome, feed: None, body_hash: None };
        let Some(got) = got else { return nothing(None, Outcome::Unreadable) };
        let rest_ms = got.header("cache-control").and_then(|value| schedule::max_age(&value));
        let unchanged = Outcome::Read { rest_ms, cadence_ms: None, unchanged: true };
        match got.status {
            304 => nothing(Some(got), unchanged),
            200..=299 => {
                let body_hash = hash::sha256_hex(&got.body);
                if known.body_hash.as_deref() == Some(&body_hash) {
                    return nothing(Some(got), unchanged);
                }
                let text = got.text(&encoding::of_feed(got.header("content-type").as_deref(), &got.body));
                let Ok(feed) = feed::parse(&text, &got.url, &url::join) else {
                    return nothing(Some(got), Outcome::Unreadable);
                };
                let dates: Vec<i64> = feed.newest(PACE).into_iter().filter_map(Entry::date).collect();
                let rest_ms = rest_ms.max(feed.rest_ms);
                let outcome = Outcome::Read { rest_ms, cadence_ms: schedule::cadence(&dates), unchanged: false };
                Self { got: Some(got), outcome, feed: Some(feed), body_hash: Some(body_hash) }
            }
            status => {
                let retry_ms = got.header("retry-after").and_then(|value| schedule::retry_after(&value, now));
                nothing(Some(got), Outcome::Refused { status, retry_ms })
            }
        }
    }

    /// Statements for what is new.
    async fn items(&self, db: &D1Database, known: &Due, now: i64) -> Result<Vec<D1PreparedStatement>> {
        let Some(feed) = &self.feed else { return Ok(Vec::new()) };
        let seen: Vec<Seen> = d1::all(db, SELECT_SEEN, [(&known.id).into()]).await?;
        let seen: HashSet<String> = seen.into_iter().map(|row| row.entry).collect();
        let mut batch = Vec::new();
        let fresh = if seen.is_empty() { feed.newest(FIRST) } else { fresh(feed, &seen, known.created_at) };
        // The oldest first, so that the list shows the newest at its top.
        for entry in fresh.into_iter().rev() {
            let values = [
                (&known.id).into(),
                (&entry.id).into(),
                (&entry.url).into(),
                (&entry.title).into(),
                (&entry.summary).into(),
                date::believed(entry.date(), now).into(),
                now.into(),
            ];
            batch.push(d1::prepare(db, INSERT_ITEM, values)?);
        }
        let marks: Vec<String> = feed.entries.iter().flat_map(marks).collect();
        let marks = serde_json::to_string(&marks)?;
        batch.push(d1::prepare(db, INSERT_SEEN, [(&known.id).into(), now.into(), (&marks).into()])?);
        batch.push(d1::prepare(db, FORGET_SEEN, [(&known.id).into(), (now - 30 * DAY_MS).into(), (&marks).into()])?);
        Ok(batch)
    }

    fn settle(&self, db: &D1Database, known: &Due, reserved: i64, now: i64) -> Result<D1PreparedStatement> {
        let standing =
            Standing { interval_ms: known.interval_ms, failures: known.failures, failing_since: known.failing_since };
        let next = standing.after(self.outcome, now, draw()?);
        let title = self.feed.as_ref().map(|feed| feed.title.as_str()).filter(|title| !title.is_empty());
        let home = self
            .feed
            .as_ref()
            .and_then(|feed| feed.home.as_deref())
            .filter(|home| host_of(home) == host_of(&known.home_url));
        let kept = |name: &str, known: &Option<String>| match &self.got {
            // What it says now counts; what says nothing new leaves what was said.
            Some(got) if matches!(got.status, 200..=299) && self.feed.is_some() => got.header(name),
            Some(got) if got.status == 304 => got.header(name).or_else(|| known.clone()),
            _ => known.clone(),
        };
        let (etag, last_modified) = (kept("etag", &known.etag), kept("last-modified", &known.last_modified));
        let (moved, _) = self.moved(known, now);
        d1::prepare(
            db,
            SETTLE,
            [
                (&known.id).into(),
                reserved.into(),
                title.into(),
                home.into(),
                etag.as_deref().into(),
                last_modified.as_deref().into(),
                self.body_hash.as_deref().into(),
                moved.to.as_deref().into(),
                moved.seen.into(),
                moved.since.into(),
                next.standing.interval_ms.into(),
                next.standing.failures.into(),
                next.standing.failing_since.into(),
                next.due_at.into(),
            ],
        )
    }

    /// Where it has moved, and whether that is to be believed. Only a move to a feed counts.
    fn moved(&self, known: &Due, now: i64) -> (Move, bool) {
        let before = Move { to: known.moved_to.clone(), seen: known.moved_seen, since: known.moved_since };
        let read = matches!(self.outcome, Outcome::Read { .. });
        let to = self.got.as_ref().filter(|got| read && got.moved_for_good()).map(|got| got.url.as_str());
        before.after(to.filter(|to| *to != known.url), now)
    }
}

/// The entries that nobody has seen, the newest first.
fn fresh<'a>(feed: &'a Feed, seen: &HashSet<String>, since: i64) -> Vec<&'a Entry> {
    let unknown: Vec<&Entry> = feed.entries.iter().filter(|entry| !seen.contains(&by_id(entry))).collect();
    // Whoever changes most of the ids at once has changed the program, and not written all of it anew.
    let renamed = unknown.len() * 2 > feed.entries.len();
    let is_new = |entry: &&Entry| {
        let known_place = renamed && !entry.url.is_empty() && seen.contains(&by_url(entry));
        let old = entry.date().is_some_and(|date| date < since - 30 * DAY_MS);
        !known_place && !old && !seen.contains(&by_id(entry))
    };
    feed.newest(usize::MAX).into_iter().filter(is_new).take(MOST).collect()
}

fn marks(entry: &Entry) -> Vec<String> {
    let url = (!entry.url.is_empty()).then(|| by_url(entry));
    [Some(by_id(entry)), url].into_iter().flatten().collect()
}

fn by_id(entry: &Entry) -> String {
    mark("i", &entry.id)
}

fn by_url(entry: &Entry) -> String {
    mark("u", without_fragment(&entry.url))
}

fn mark(kind: &str, text: &str) -> String {
    format!("{kind}{}", hash::sha256_hex(text.as_bytes()).get(..24).unwrap_or_default())
}

/// A move that is believed.
async fn follow(db: &D1Database, feed: &Due, to: &str) -> Result<()> {
    if d1::run_unique(db, MOVE, [(&feed.id).into(), to.into()]).await?.is_ok() {
        return Ok(());
    }
    if feed.site_id.is_some() {
        // Both are somebody's; the look at their first page settles which.
        return Ok(());
    }
    let join = d1::prepare(db, JOIN_OTHER, [(&feed.id).into(), to.into()])?;
    d1::batch(db, vec![join, d1::prepare(db, FORGET_FEED, [(&feed.id).into()])?]).await?;
    Ok(())
}

/// From 0 to 1.
fn draw() -> Result<f64> {
    let [byte] = id::bytes::<1>()?;
    Ok(f64::from(byte) / 255.0)
}
