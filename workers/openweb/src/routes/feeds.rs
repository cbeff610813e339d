//! A site's own feeds: versions, posts, and that it came to be.

use crate::site;
use vetka_domain::social::{
    feed_out::{Feed, Item, MAX_ENTRIES},
    plain,
};
use vetka_edge::{Result, auth, config::Config, d1, error, hash, time};
use worker::{Env, Headers, Request, Response};

/// The newest first. Those that are shown nowhere else are not shown here.
const SELECT_ITEMS: &str = "SELECT seq, kind, url, title, summary, published_at, created_at FROM feed_item
    WHERE source_id = ?1 ORDER BY seq DESC LIMIT ?2";

#[derive(d1::FromRow)]
struct Row {
    seq: i64,
    kind: String,
    url: String,
    title: String,
    summary: String,
    published_at: i64,
    created_at: i64,
}

impl Row {
    fn into_item(self, site_url: &str, name: &str) -> Item {
        let title = match self.kind.as_str() {
            "member" => format!("{name} is here"),
            "version" if self.title.is_empty() => "A new version".to_owned(),
            // Atom asks for one; a note without a title begins with its own words.
            _ if self.title.is_empty() => plain::cut(plain::first_line(&self.summary), 80),
            _ => self.title,
        };
        let title = if title.is_empty() { name.to_owned() } else { title };
        let url = if self.url.is_empty() { site_url.to_owned() } else { self.url };
        Item {
            seq: self.seq,
            title,
            summary: self.summary,
            url,
            published_at: self.published_at,
            created_at: self.created_at,
        }
    }
}

/// `GET /feeds/{domain}/atom.xml`.
pub async fn atom(request: &Request, env: &Env, params: &[String]) -> Result<Response> {
    give(request, env, params, "atom.xml", "application/atom+xml; charset=utf-8", |feed| feed.atom()).await
}

/// `GET /feeds/{domain}/feed.json`.
pub async fn json(request: &Request, env: &Env, params: &[String]) -> Result<Response> {
    give(request, env, params, "feed.json", "application/feed+json; charset=utf-8", |feed| feed.json()).await
}

async fn give(
    request: &Request,
    env: &Env,
    params: &[String],
    file: &str,
    content_type: &str,
    write: fn(&Feed<'_>) -> String,
) -> Result<Response> {
    let domain = params.first().map(|domain| domain.to_ascii_lowercase()).unwrap_or_default();
    let config = Config::from_env(env)?;
    let site = site::by_domain(env, &domain).await?.filter(site::Site::is_live);
    let site = site.ok_or_else(|| error::not_found("There is no site with that name."))?;
    let rows: Vec<Row> =
        d1::all(&env.d1(auth::DB)?, SELECT_ITEMS, [(&site.id).into(), (MAX_ENTRIES as i64).into()]).await?;
    let url = format!("{}/", site.origin(&config));
    let items: Vec<Item> = rows.into_iter().map(|row| row.into_item(&url, site.name())).collect();
    let whose = vetka_domain::social::feed_out::Site {
        id: site.id.clone(),
        domain: site.domain.clone(),
        name: site.name().to_owned(),
        url,
        created_at: site.created_at,
    };
    let here = format!("{}/feeds/{}/{file}", config.app_origin, site.domain);
    let house = config.house();
    let feed = Feed { site: &whose, items: &items, authority: house.app_host, url: &here, time: time::rfc3339 };
    let (body, updated) = (write(&feed), feed.updated_at());
    answer(request, content_type, body, updated)
}

fn answer(request: &Request, content_type: &str, body: String, updated: i64) -> Result<Response> {
    let etag = format!("\"{}\"", hash::sha256_hex(body.as_bytes()).get(..32).unwrap_or_default());
    let headers = Headers::new();
    headers.set("etag", &etag)?;
    headers.set("last-modified", &http_date(updated))?;
    headers.set("cache-control", "public, max-age=900")?;
    headers.set("access-control-allow-origin", "*")?;
    headers.set("x-content-type-options", "nosniff")?;
    if is_known(request, &etag, updated) {
        return Ok(Response::builder().with_status(304).with_headers(headers).empty());
    }
    headers.set("content-type", content_type)?;
    Ok(Response::builder().with_status(200).with_headers(headers).fixed(body.into_bytes()))
}

/// Whether whoever asks has it already. What is asked by a tag is not asked by a date.
fn is_known(request: &Request, etag: &str, updated: i64) -> bool {
    let header = |name| request.headers().get(name).ok().flatten();
    match header("if-none-match") {
        Some(known) => known.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag),
        None => header("if-modified-since")
            .and_then(|since| vetka_domain::social::date::read(&since))
            .is_some_and(|since| updated / 1000 * 1000 <= since),
    }
}

fn http_date(ms: i64) -> String {
    js_sys::Date::new(&(ms as f64).into()).to_utc_string().into()
}
