//! How somebody can sign in: always by mail, and through the providers they connected.

use crate::pages::{
    Viewer,
    art::{self, paths},
    text,
};
use maud::{Markup, html};
use vetka_domain::oauth::Provider;

/// A connected provider.
#[derive(Clone, Debug)]
pub struct Way {
    /// Our own id of the connection.
    pub id: String,
    /// Which provider.
    pub provider: Provider,
    /// The address that the provider knows.
    pub email: String,
    /// Unix milliseconds UTC.
    pub since: i64,
}

/// The ways.
#[derive(Clone, Copy, Debug)]
pub struct Ways<'a> {
    /// Those that are connected, oldest first.
    pub connected: &'a [Way],
    /// Those that can be connected here.
    pub offered: &'a [Provider],
    /// Why one was not connected, for the person.
    pub problem: Option<&'a str>,
}

pub(super) fn section(viewer: &Viewer, view: Ways<'_>) -> Markup {
    let free = view.offered.iter().filter(|offered| !view.connected.iter().any(|way| way.provider == **offered));
    html! {
        section.card.sheet.part #ways aria-labelledby="ways-title" {
            h2 #ways-title { "Ways to sign in" }
            @if let Some(problem) = view.problem { p.notice.bad role="status" { (problem) } }
            ul.entries role="list" {
                li.entry {
                    span.entry-art { (art::line(paths::MAIL)) }
                    div.entry-words {
                        p.entry-name { "A code by mail" }
                        p.entry-facts { span { (viewer.email) } span { "always works" } }
                    }
                }
                @for way in view.connected {
                    li.entry {
                        span.entry-art { (logo(way.provider)) }
                        div.entry-words {
                            p.entry-name { (way.provider.label()) }
                            p.entry-facts {
                                @if !way.email.is_empty() { span { (way.email) } }
                                span { "connected on " time datetime=(text::rfc3339(way.since)) { (text::date(way.since)) } }
                            }
                        }
                        form method="post" action="/settings/providers/disconnect" {
                            input type="hidden" name="id" value=(way.id);
                            button.text-button type="submit" aria-label={ "Disconnect " (way.provider.label()) } {
                                "Disconnect"
                            }
                        }
                    }
                }
                @for provider in free {
                    li.entry {
                        span.entry-art { (logo(*provider)) }
                        div.entry-words {
                            p.entry-name { (provider.label()) }
                            p.entry-facts { span { "not connected" } }
                        }
                        form method="post" action="/settings/providers/connect" {
                            input type="hidden" name="provider" value=(provider.as_str());
                            button.text-button type="submit" aria-label={ "Connect " (provider.label()) } { "Connect" }
                        }
                    }
                }
            }
        }
    }
}

fn logo(provider: Provider) -> Markup {
    match provider {
        Provider::Google => art::google(),
        Provider::Github => art::github(),
    }
}
