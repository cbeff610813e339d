//! On which websites somebody is known in Notch's frame.

use crate::pages::text;
use maud::{Markup, html};

/// A website that knows them.
#[derive(Clone, Debug)]
pub struct KnownOn {
    /// The grant, to end it.
    pub id: String,
    /// `maya.dev`.
    pub host: String,
    /// Where it is.
    pub origin: String,
    /// Whether the website itself may learn who they are.
    pub shared: bool,
    /// Exact to the hour, Unix milliseconds UTC.
    pub used_at: i64,
}

pub(super) fn section(known: &[KnownOn], now: i64) -> Markup {
    html! {
        section.card.sheet.part #known aria-labelledby="known-title" {
            h2 #known-title { "Sites that know you" }
            @if known.is_empty() {
                p {
                    "None yet. When you sign in from the Notch bar on somebody’s website, that website is listed here, and you "
                    "can end it here."
                }
            } @else {
                p { "On these websites you are signed in to the Notch bar, once for each browser. End it, and you are signed out there." }
                ul.entries role="list" {
                    @for site in known { (row(site, now)) }
                }
            }
        }
    }
}

fn row(site: &KnownOn, now: i64) -> Markup {
    html! {
        li.entry {
            div.entry-words {
                p.entry-name { a href=(site.origin) rel="nofollow ugc noopener" { (site.host) } }
                p.entry-facts {
                    span { @if site.shared { "Knows your name, picture and site" } @else { "Does not know who you are" } }
                    span { (text::seen(site.used_at, now)) }
                }
            }
            form method="post" action="/settings/known/end" {
                input type="hidden" name="id" value=(site.id);
                button.text-button type="submit" aria-label={ "End it on " (site.host) } { "End it" }
            }
        }
    }
}
