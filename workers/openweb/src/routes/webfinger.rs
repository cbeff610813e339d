//! What a site is, for programs.

use crate::site;
use vetka_domain::{
    social::webfinger::{self, Link, Problem},
    target::{Target, decode_form},
};
use vetka_edge::{Result, config::Config, error};
use worker::{Env, Headers, Response};

/// `GET /.well-known/webfinger`, at the app's host and at every site's.
pub async fn get(env: &Env, target: &Target<'_>) -> Result<Response> {
    let asked = webfinger::read(&values(target, "resource")).map_err(|problem| match problem {
        Problem::Malformed => error::bad_request(
            "malformed_resource",
            "Ask with one resource, such as acct:ann@ann.example or https://ann.example/.",
        ),
        Problem::Unknown => unknown(),
    })?;
    let config = Config::from_env(env)?;
    let domain = bare(&config, &asked.domain);
    let site = site::by_domain(env, domain).await?.filter(site::Site::is_live).ok_or_else(unknown)?;
    let url = format!("{}/", site.origin(&config));
    let feed = |file: &str| format!("{}/feeds/{}/{file}", config.app_origin, site.domain);
    let links = vec![
        Link { rel: "http://webfinger.net/rel/profile-page", kind: Some("text/html"), href: url.clone() },
        Link { rel: "alternate", kind: Some("application/atom+xml"), href: feed("atom.xml") },
        Link { rel: "alternate", kind: Some("application/feed+json"), href: feed("feed.json") },
    ];
    let document = webfinger::document(&site.domain, &url, links, &values(target, "rel"));
    let headers = Headers::new();
    headers.set("content-type", "application/jrd+json")?;
    headers.set("access-control-allow-origin", "*")?;
    headers.set("cache-control", "public, max-age=900")?;
    headers.set("x-content-type-options", "nosniff")?;
    let body = serde_json::to_vec(&document)?;
    Ok(Response::builder().with_status(200).with_headers(headers).fixed(body))
}

/// All values of a query's parameter, decoded.
fn values(target: &Target<'_>, name: &str) -> Vec<String> {
    let pairs = target.query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.filter(|(key, _)| decode_form(key) == name).map(|(_, value)| decode_form(value)).collect()
}

/// A site that is made here is known without the port that it may stand at on a developer's machine.
fn bare<'a>(config: &Config, domain: &'a str) -> &'a str {
    match domain.rsplit_once(':') {
        Some((host, _)) if vetka_domain::external::domain::is_below(host, config.sites_domain()) => host,
        _ => domain,
    }
}

fn unknown() -> vetka_edge::Error {
    error::not_found("There is no site with that name here.")
}
