//! The pages around the frame. Each says in its headers exactly who may embed it: members' sites the frame, nobody the window
//! for agreeing.

use crate::{
    account::providers,
    answer::{self, Answer},
    ask::{Ask, Named},
    assets, facts,
    pages::notch::{self, Agree, Embed, SignIn, playground as view},
    social::origins::{self, PLAYGROUND, Place},
};
use serde::Serialize;
use vetka_domain::notch as rules;
use vetka_edge::{Error, error};

/// Whose page the frame stands on, for its script.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Around<'a> {
    #[serde(flatten)]
    site: &'a crate::social::brief::SiteBrief,
    origins: &'a [String],
    generated: bool,
}

/// `GET /embed/:host`: the frame, for the pages of one site. With `?test` it stands on our own pages for trying it out, and
/// on no others.
pub async fn embed(ask: Ask, Named(host): Named) -> Answer {
    let mut place = origins::of_host(&ask, &host).await?.ok_or_else(nothing_here)?;
    if ask.param("test").is_some() {
        place.origins = vec![ask.config().app_origin.clone()];
    }
    let Place { brief, origins, generated, .. } = &place;
    let site = serde_json::to_string(&Around { site: brief, origins, generated: *generated }).map_err(Error::from)?;
    let path = if place.site_id.is_some() { format!("/sites/{}", brief.domain) } else { "/notch/test".to_owned() };
    let assets = assets::manifest(ask.env()).await;
    let markup = notch::embed(&assets, Embed { site: &site, name: &brief.name, path: &path });
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; frame-ancestors {}",
        origins.join(" ")
    );
    let headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", policy.as_str()),
        ("cache-control", "no-store"),
        // Pages that isolate themselves take frames only on these terms.
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("referrer-policy", "no-referrer"),
    ];
    Ok(answer::with(200, &headers, markup.into_string().into()))
}

/// `GET /connect?c=&s=&o=`: asks whether somebody wants to be known on a site. Only our own frame opens it: whatever another
/// page links to or embeds is told that there is nothing to agree to.
pub async fn agree(ask: Ask) -> Answer {
    let sender = ask.sender();
    let from_frame = sender.fetch_site == Some("same-origin") && sender.fetch_dest == Some("document");
    let [challenge, state, origin] = ["c", "s", "o"].map(|name| ask.param(name).unwrap_or_default());
    if !from_frame || !rules::is_challenge(&challenge) || !is_state(&state) {
        return not_from_here(&ask).await;
    }
    if origins::of_origin(&ask, &origin).await?.is_none() {
        return not_from_here(&ask).await;
    }
    let facts = facts::of(&ask).await?;
    let (shell, host) = (facts.shell(), origins::host(&origin));
    let Some(viewer) = shell.viewer else {
        let providers = providers::offered(&ask);
        return window(notch::sign_in(shell, SignIn { host, providers: &providers }));
    };
    let acts_as = facts.site.as_ref().map(|site| site.domain.as_str());
    let view = Agree { viewer, acts_as, challenge: &challenge, state: &state, origin: &origin, host };
    window(notch::agree(shell, view))
}

/// `GET /connect/signed-in`: where somebody ends who signed in at a provider in a window of its own.
pub async fn signed_in(ask: Ask) -> Answer {
    let facts = facts::none(&ask).await;
    answer::page(200, notch::signed_in(facts.shell()))
}

/// `GET /notch/test`: the pages to try the frame out on.
pub async fn playground(ask: Ask) -> Answer {
    let facts = facts::of(&ask).await?;
    answer::page(200, view::index(facts.shell(), facts.site.as_ref().map(|site| site.domain.as_str())))
}

/// `GET /notch/test/:page?site=`: one of them, which stands for a page of that site, or of nobody's.
pub async fn playground_page(ask: Ask, Named(page): Named) -> Answer {
    let page = view::Page::parse(&page).ok_or_else(nothing_here)?;
    let wanted = ask.param("site").filter(|site| !site.is_empty());
    let site = match &wanted {
        Some(site) => origins::of_host(&ask, site).await?.ok_or_else(nothing_here)?.brief.domain,
        None => PLAYGROUND.to_owned(),
    };
    let policy = format!("{}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", page.policy());
    let headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", policy.as_str()),
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", page.opener_policy()),
    ];
    let assets = assets::manifest(ask.env()).await;
    Ok(answer::with(200, &headers, page.markup(&assets, &site).into_string().into()))
}

async fn not_from_here(ask: &Ask) -> Answer {
    let facts = facts::none(ask).await;
    answer::page(403, notch::not_from_here(facts.shell()))
}

/// A window that keeps the one that opened it: any policy about openers would cut the two apart, and the usual one does.
fn window(markup: maud::Markup) -> Answer {
    let headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "unsafe-none"),
    ];
    Ok(answer::with(200, &headers, markup.into_string().into()))
}

/// By what the frame and the window know each other.
fn is_state(text: &str) -> bool {
    (16..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

fn nothing_here() -> Error {
    error::not_found("There is nothing at this address.")
}
