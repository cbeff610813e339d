//! Whether the pages of a version lead to places that are known to be unsafe, asked by the deploy worker before the
//! version goes live. Reads the pages out of the bucket, up to a bound, and asks Google Safe Browsing about the beginnings
//! of hashes only; see `vetka_domain::safe_browsing`.

use futures::{
    StreamExt,
    future::{Either, select, try_join_all},
    stream,
};
use serde::{Deserialize, Serialize};
use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    pin::pin,
    time::Duration,
};
use vetka_domain::safe_browsing::{
    Answer, Hash, Prefix, Threat,
    canonical::Canonical,
    hash, in_query,
    links::{base, links},
    prefix,
};
use vetka_edge::{Error, Result, config, config::Config, error, time, url};
use vetka_r2::{Manifest, SiteId, SnapshotId, keys, manifest::Entry};
use worker::{AbortController, AbortSignal, Bucket, Env, Fetch, Headers, Range, Request, RequestInit};

/// Pages of one version that are read, those nearest to the front page first.
const MAX_PAGES: usize = 200;
/// Bytes of one page that are read.
const MAX_PAGE: u64 = 1024 * 1024;
/// Bytes that are read of all pages together.
const MAX_BYTES: u64 = 8 * 1024 * 1024;
/// Addresses that are looked up.
const MAX_LINKS: usize = 500;
/// Prefixes of one request: the address of a request may not grow for ever.
const PREFIXES: usize = 200;
/// Requests at once, and so prefixes of one version: what is beyond is let through unseen.
const MAX_REQUESTS: usize = 10;
/// Reads of the bucket at once.
const READS: usize = 6;
/// How long the lists may take. An agent waits.
const TIMEOUT: Duration = Duration::from_secs(4);
/// Prefixes that an isolate remembers.
const MAX_KEPT: usize = 20_000;

thread_local! {
    /// What the lists have said lately: they ask not to be asked again.
    static KEPT: RefCell<HashMap<Prefix, Kept>> = RefCell::default();
}

struct Kept {
    until: i64,
    listed: Vec<(Hash, Threat)>,
}

/// Which version.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// Its id; its manifest and its files are in the bucket.
    pub snapshot_id: String,
}

/// What was found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Looked {
    /// The first link that leads somewhere unsafe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Unsafe>,
    /// How many addresses were looked up.
    pub links: usize,
}

/// A link that leads somewhere unsafe.
#[derive(Serialize)]
pub struct Unsafe {
    /// The page that it is on.
    pub path: String,
    /// Where it leads, as it would stand in a browser.
    pub link: String,
    /// For whoever publishes.
    pub message: String,
}

/// Looks at the pages of a version.
///
/// # Errors
/// 404 for no such version; 503 when the lists do not answer.
pub async fn look(env: &Env, site: &str, asked: &Asked) -> Result<Looked> {
    let nothing = || error::not_found("There is no such version.");
    let site = SiteId::parse(site).ok_or_else(nothing)?;
    let snapshot = SnapshotId::parse(&asked.snapshot_id).ok_or_else(nothing)?;
    let bucket = env.bucket("BUCKET")?;
    let manifest = read(&bucket, keys::manifest(&site, &snapshot), None).await?.ok_or_else(nothing)?;
    let manifest = Manifest::open(manifest).map_err(|problem| error::internal(problem.to_string()))?;
    let config = Config::from_env(env)?;
    let origin = config.version_url(snapshot.as_str());
    let mut found: Vec<Link> = Vec::new();
    let mut seen = HashSet::new();
    let mut pages = stream::iter(pages(&manifest)).map(|page| read_page(&bucket, page)).buffered(READS);
    while let Some(page) = pages.next().await {
        let (path, page) = page?;
        for link in leading_away(&config, &origin, &path, &page) {
            if found.len() < MAX_LINKS && seen.insert(link.address.clone()) {
                found.push(link);
            }
        }
    }
    let unsafe_ones = lists(env, &found).await?;
    let first = found.iter().find_map(|link| {
        let hashes = link.expressions.iter();
        let threat = hashes.clone().find_map(|hash| unsafe_ones.get(hash))?;
        Some(Unsafe {
            path: link.path.clone(),
            link: link.address.clone(),
            message: format!(
                "{} leads to {}, which is known {}. Take the link out, or ask whoever runs that site to have it checked at \
                 Google Safe Browsing. Nothing was published.",
                link.path,
                link.address,
                threat.words()
            ),
        })
    });
    Ok(Looked { found: first, links: found.len() })
}

struct Link {
    path: String,
    address: String,
    expressions: Vec<Hash>,
}

/// The pages that are read: those nearest to the front page first.
fn pages(manifest: &Manifest) -> Vec<(String, String)> {
    let mut pages: Vec<Entry<'_>> =
        manifest.entries().filter(|entry| entry.media_type.starts_with("text/html") && entry.size > 0).collect();
    pages.sort_by_key(|entry| (entry.path.matches('/').count(), entry.path != "index.html"));
    let mut room = MAX_BYTES;
    let fits = pages.into_iter().take(MAX_PAGES).take_while(|entry| {
        let taken = u64::from(entry.size).min(MAX_PAGE);
        let fits = taken <= room;
        room = room.saturating_sub(taken);
        fits
    });
    fits.map(|entry| (entry.path.to_owned(), keys::blob(&entry.hash))).collect()
}

async fn read_page(bucket: &Bucket, (path, key): (String, String)) -> Result<(String, Vec<u8>)> {
    let page = read(bucket, key, Some(MAX_PAGE)).await?;
    Ok((path, page.ok_or_else(|| error::internal("a version's file is not there"))?))
}

async fn read(bucket: &Bucket, key: String, at_most: Option<u64>) -> Result<Option<Vec<u8>>> {
    let get = bucket.get(key);
    let get = match at_most {
        Some(length) => get.range(Range::Prefix { length }),
        None => get,
    };
    let Some(found) = get.execute().await? else { return Ok(None) };
    let Some(body) = found.body() else { return Ok(None) };
    Ok(Some(body.bytes().await?))
}

/// The addresses in a page that lead to a host that is none of ours.
fn leading_away(config: &Config, origin: &str, path: &str, page: &[u8]) -> Vec<Link> {
    let here = spelled(origin, path).unwrap_or_else(|| origin.to_owned());
    let here = base(page).and_then(|base| spelled(&here, &base)).unwrap_or(here);
    let ours = [config.sites_domain(), config.house().app_host];
    let is_ours = |host: &str| ours.iter().any(|own| host == *own || host.ends_with(&format!(".{own}")));
    links(page, MAX_LINKS)
        .iter()
        .filter_map(|link| {
            let address = spelled(&here, link)?;
            let canonical = Canonical::of(address.as_bytes())?;
            if is_ours(canonical.host()) {
                return None;
            }
            let expressions = canonical.expressions().iter().map(|expression| hash(expression)).collect();
            Some(Link { path: path.to_owned(), address, expressions })
        })
        .collect()
}

/// Where a link leads, of those that lead to the web.
fn spelled(base: &str, link: &str) -> Option<String> {
    let to = url::resolve(base, link)?;
    let port = to.port.map_or_else(String::new, |port| format!(":{port}"));
    matches!(to.scheme.as_str(), "http" | "https").then(|| format!("{}://{}{port}{}", to.scheme, to.host, to.path))
}

/// What the lists have of these.
async fn lists(env: &Env, links: &[Link]) -> Result<HashMap<Hash, Threat>> {
    let now = time::now_ms();
    let mut found = HashMap::new();
    let mut missing: Vec<Prefix> = Vec::new();
    let mut seen = HashSet::new();
    KEPT.with_borrow(|kept| {
        for prefix in links.iter().flat_map(|link| &link.expressions).map(prefix) {
            match kept.get(&prefix).filter(|kept| kept.until > now) {
                Some(known) => found.extend(known.listed.iter().copied()),
                None if seen.insert(prefix) => missing.push(prefix),
                None => {}
            }
        }
    });
    missing.truncate(PREFIXES * MAX_REQUESTS);
    if missing.is_empty() {
        return Ok(found);
    }
    let abort = AbortController::default();
    let signal = abort.signal();
    let asked = try_join_all(missing.chunks(PREFIXES).map(|prefixes| search(env, prefixes, &signal)));
    let answers = match select(pin!(asked), pin!(worker::Delay::from(TIMEOUT))).await {
        Either::Left((answers, _)) => answers?,
        Either::Right(_) => {
            abort.abort();
            return Err(unreachable("the lists did not answer in time"));
        }
    };
    KEPT.with_borrow_mut(|kept| {
        if kept.len() + missing.len() > MAX_KEPT {
            kept.clear();
        }
        for (prefixes, answer) in missing.chunks(PREFIXES).zip(&answers) {
            found.extend(answer.listed.iter().copied());
            for asked in prefixes {
                let listed = answer.listed.iter().filter(|(hash, _)| prefix(hash) == *asked).copied().collect();
                kept.insert(*asked, Kept { until: now + answer.keep_ms, listed });
            }
        }
    });
    Ok(found)
}

async fn search(env: &Env, prefixes: &[Prefix], signal: &AbortSignal) -> Result<Answer> {
    let key = config::optional(env, "SAFE_BROWSING_KEY")
        .ok_or_else(|| unreachable("SAFE_BROWSING is on, but there is no SAFE_BROWSING_KEY"))?;
    let query: Vec<String> = prefixes.iter().map(|prefix| format!("hashPrefixes={}", in_query(*prefix))).collect();
    let url = format!("{}/v5/hashes:search?alt=json&{}", config::var(env, "SAFE_BROWSING_URL")?, query.join("&"));
    let headers = Headers::new();
    // Not in the address, which ends up in logs.
    headers.set("x-goog-api-key", &key)?;
    let mut init = RequestInit::new();
    init.with_headers(headers);
    let fetch = Fetch::Request(Request::new_with_init(&url, &init)?);
    let mut response =
        fetch.send_with_signal(signal).await.map_err(|failure| unreachable(&error::describe(&failure)))?;
    if response.status_code() != 200 {
        return Err(unreachable(&format!("the lists answered {}", response.status_code())));
    }
    let json = response.bytes().await.map_err(|failure| unreachable(&error::describe(&failure)))?;
    Answer::read(&json).ok_or_else(|| unreachable("what the lists answered is no answer"))
}

fn unreachable(cause: &str) -> Error {
    let mut silent = Error::new(503, "lists_unreachable", "The lists of unsafe addresses do not answer right now.");
    silent.internal = Some(cause.to_owned());
    silent
}
