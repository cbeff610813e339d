//! Serves every generated site, and every version of one. Reads only.
//!
//! A request goes through the modules in this order: [`asked`] (whose site, which path), [`source`] (which version is
//! live there; `vetka_r2::read` has the rules, [`isolate`] the memory), [`answer`] (which file, and does the browser
//! have it already), [`blob`] (its bytes). What is no site gets one of our own [`pages`].

mod answer;
mod asked;
mod blob;
mod conditional;
mod isolate;
mod pages;
mod source;

use asked::{Asked, Name};
use pages::Notice;
use source::Edge;
use vetka_edge::{Result, config::Config, error, id, reply};
use vetka_r2::read::{Freshness, Opened, open};
use worker::{Context, Env, Method, Request, Response, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let request_id = id::random().unwrap_or_default();
    match respond(&request, &env, &context).await {
        Ok(response) => Ok(response),
        Err(problem) => {
            problem.log(&request_id);
            let app_origin = Config::from_env(&env).map(|config| config.app_origin).unwrap_or_default();
            pages::respond(&Notice::Unwell, &app_origin, request.method() == Method::Head)
                .or_else(|_| error::internal("no page for a failure").into_response(&request_id))
        }
    }
}

async fn respond(request: &Request, env: &Env, context: &Context) -> Result<Response> {
    let config = Config::from_env(env)?;
    let url = reply::url(request);
    let target = reply::target(&url)?;
    let override_label = request.headers().get("x-vetka-subdomain")?;
    let asked = asked::read(&target, &config, override_label.as_deref());
    if asked == Asked::Health {
        return reply::health("vetka-hosting");
    }
    let head = request.method() == Method::Head;
    let notice = |notice: Notice<'_>| pages::respond(&notice, &config.app_origin, head);
    if !head && request.method() != Method::Get {
        return notice(Notice::WrongMethod);
    }
    let Asked::Site { name, path, sandboxed } = asked else { return notice(Notice::NoAddress) };

    let source = Edge::new(env, context, &config)?;
    let freshness = freshness(request)?;
    let opened = open(&source, &isolate::memory().names, &name.key(), freshness).await?;
    let manifest = match (opened, &name) {
        (Opened::Version(_, manifest), _) => manifest,
        (Opened::Broken, _) => return Err(error::internal(format!("{} names a version without files", name.key()))),
        (_, Name::Version(_)) => return notice(Notice::NoVersion),
        (Opened::Waiting, Name::Label(_)) => return notice(Notice::Waiting { host: target.host }),
        (Opened::Nobody, Name::Label(label)) => return notice(Notice::nobody(label, target.host)),
    };
    let site = answer::Site { name: &name, manifest: &manifest, sandboxed, config: &config };
    answer::respond(&site, request, &target, path, &source).await
}

/// A browser's reload asks past every cache, so that going back to an older version shows at once.
fn freshness(request: &Request) -> Result<Freshness> {
    let header = request.headers().get("cache-control")?.unwrap_or_default();
    let reload = header
        .split(',')
        .map(str::trim)
        .any(|directive| directive.eq_ignore_ascii_case("no-cache") || directive.eq_ignore_ascii_case("max-age=0"));
    Ok(if reload { Freshness::Now } else { Freshness::Cached })
}
