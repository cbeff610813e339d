//! Serves every generated site, and every version of one. Reads only.
//!
//! A request goes through the modules in this order: [`asked`] (whose site, which path), [`source`] (which version is
//! live there; `vetka_r2::read` has the rules, [`isolate`] the memory), [`site`] (which file, and how much of it:
//! [`conditional`], [`range`]), [`content`] (its bytes, from memory or from the [`stores`]), [`answer`] (what the platform
//! gets). What is no site gets one of our own [`pages`].

mod answer;
mod asked;
mod canonical;
mod conditional;
mod content;
mod fields;
mod health;
mod isolate;
mod page;
mod pages;
mod range;
mod site;
mod source;
mod stores;
mod tag;

use answer::Answer;
use asked::{Asked, Name};
use isolate::Installation;
use pages::{Here, Notice};
use site::{Method, Visit};
use stores::Edge;
use vetka_domain::target::Target;
use vetka_edge::{Result, error, metrics, trace};
use vetka_r2::read::{Freshness, Opened, open};
use worker::{
    Context, Env, event,
    web_sys::{Headers, Request, Response},
};

/// Its name in logs and metrics.
const WORKER: &str = "vetka-hosting";

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let url = request.url();
    let target = Target::parse(&url);
    let visit = trace::Visit::of_visitor(WORKER);
    let request_id = visit.id();
    let method = Method::of(&request.method());
    let answered = async {
        let answered = match &target {
            Some(target) => respond(target, method, &request.headers(), &env, &context).await,
            None => Err(error::internal("a request without an address")),
        };
        let mut answer = answered.unwrap_or_else(|problem| {
            problem.log(&request_id);
            unwell(target.as_ref(), method, &env)
        });
        // The one place where it is known what became of a visit.
        if let Some(found) = answer.came.as_str() {
            metrics::cache(&env, "blob", found);
        }
        answer.fields.set(trace::HEADER, request_id.to_string());
        (answer.status, answer.into_response())
    };
    visit.told(&env, answered).await.or_else(|problem| {
        problem.log(&request_id);
        unwell(target.as_ref(), method, &env).into_response().map_err(|_| failed())
    })
}

/// Our own page for our own failure.
fn unwell(target: Option<&Target<'_>>, method: Method, env: &Env) -> Answer {
    let installation = isolate::memory().installation(env).ok();
    let here = installation.zip(target).map(|(installation, target)| Here::at(&installation, target));
    pages::answer(&Notice::Unwell, &here.unwrap_or_default(), method == Method::Head)
}

/// When not even a failure can be told of.
fn failed() -> worker::Error {
    worker::Error::RustError("no answer could be made".to_owned())
}

async fn respond(
    target: &Target<'_>,
    method: Method,
    headers: &Headers,
    env: &Env,
    context: &Context,
) -> Result<Answer> {
    let memory = isolate::memory();
    let installation: &Installation = &*memory.installation(env)?;
    let notice =
        |notice: Notice<'_>| Ok(pages::answer(&notice, &Here::at(installation, target), method == Method::Head));
    let get = |name| headers.get(name).map_err(worker::Error::from);
    let override_label = if installation.config.development { get("x-vetka-subdomain")? } else { None };
    let source = Edge::new(env, context, installation);
    if asked::is_health(target) {
        return health::answer(WORKER, &source).await;
    }
    let asked = asked::read(target, &installation.config, override_label.as_deref());
    let Asked::Site { name, path, sandboxed } = asked else { return notice(Notice::NoAddress) };

    let freshness = freshness(get("cache-control")?.as_deref());
    let (manifest, settings) = match (open(&source, &memory.names, &name.key(), freshness).await?, &name) {
        (Opened::Version { manifest, settings, .. }, _) => match canonical::elsewhere(&name, &settings, sandboxed) {
            Some(domain) => {
                return Ok(canonical::to(&canonical::origin(domain, target, &installation.config), target));
            }
            None => (manifest, settings),
        },
        (Opened::Elsewhere(label), _) => {
            return Ok(canonical::to(&installation.config.site_origin(&label), target));
        }
        (Opened::TakenDown(why), _) => return notice(Notice::TakenDown(why)),
        (Opened::Broken, _) => return Err(error::internal(format!("{} names a version without files", name.key()))),
        (_, Name::Version(_)) => return notice(Notice::NoVersion),
        (Opened::Nobody, Name::Host(_)) => return notice(Notice::NoAddress),
        (Opened::Waiting, Name::Label(_) | Name::Host(_)) => return notice(Notice::Waiting { host: target.host }),
        (Opened::Nobody, Name::Label(label)) => return notice(Notice::nobody(label, target.host)),
    };
    let visit = Visit {
        name: &name,
        manifest: &manifest,
        settings: &settings,
        sandboxed,
        installation,
        target,
        path,
        method,
        headers,
    };
    site::respond(&visit, &source).await
}

/// A browser's reload asks past every cache, so that going back to an older version shows at once.
fn freshness(cache_control: Option<&str>) -> Freshness {
    let reload = cache_control
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .any(|directive| directive.eq_ignore_ascii_case("no-cache") || directive.eq_ignore_ascii_case("max-age=0"));
    if reload { Freshness::Now } else { Freshness::Cached }
}
