//! What somebody wants of others: who may write to them, whether they are told by mail, and whom they keep away.

use crate::pages::social::{self, profile::Line};
use maud::{Markup, html};
use vetka_domain::social::preferences::{Digest, MessagesFrom};

/// The section; for somebody without a site there is nothing in it yet.
#[derive(Clone, Copy, Debug)]
pub struct Others<'a> {
    /// Who may write first.
    pub messages_from: MessagesFrom,
    /// How often they are told by mail.
    pub digest: Digest,
    /// Whom they have blocked.
    pub blocked: &'a [Line],
    /// Whom they have muted.
    pub muted: &'a [Line],
}

pub(super) fn section(others: Option<Others<'_>>) -> Markup {
    html! {
        section.card.sheet.part #others aria-labelledby="others-title" {
            h2 #others-title { "Other people" }
            @match others {
                None => p { "Others see you here as your site. " a href="/setup" { "Pick a name for it" } ", and you choose here who may write to you." },
                Some(others) => { (choices(others)) (kept_away(others)) }
            }
        }
    }
}

fn choices(others: Others<'_>) -> Markup {
    html! {
        form method="post" action="/settings/others" {
            fieldset.field.reasons {
                legend { "Who may write to you first?" }
                @for one in MessagesFrom::ALL {
                    label { input type="radio" name="messagesFrom" value=(one.as_str()) checked[others.messages_from == one]; span { (one.words()) } }
                }
                p.hint { "Whoever you have answered can go on writing." }
            }
            fieldset.field.reasons {
                legend { "What should we mail you about followers, reactions and messages?" }
                @for one in Digest::ALL {
                    label { input type="radio" name="digest" value=(one.as_str()) checked[others.digest == one]; span { (one.words()) } }
                }
            }
            button.button type="submit" { "Save" }
        }
    }
}

fn kept_away(others: Others<'_>) -> Markup {
    html! {
        h3.later { "Blocked" }
        @if others.blocked.is_empty() {
            p.quiet { "Nobody. To block a site, open its page here and look under More." }
        } @else {
            p.quiet { "You do not find each other here. Nobody is told." }
            (list(others.blocked, "unblock", "Unblock"))
        }
        h3.later { "Muted" }
        @if others.muted.is_empty() {
            p.quiet { "Nobody." }
        } @else {
            p.quiet { "You do not see what they do. They do not know." }
            (list(others.muted, "unmute", "Unmute"))
        }
    }
}

fn list(lines: &[Line], wish: &str, words: &str) -> Markup {
    html! {
        ul.entries role="list" {
            @for Line { site, .. } in lines {
                li.entry {
                    div.entry-words {
                        p.entry-name { (site.name) }
                        @if site.name != site.domain { p.entry-facts { span { (site.domain) } } }
                    }
                    form method="post" action={ (social::path(&site.domain)) "/apart" } {
                        input type="hidden" name="wish" value=(wish);
                        input type="hidden" name="back" value="/settings#others";
                        button.text-button type="submit" aria-label={ (words) " " (site.name) } { (words) }
                    }
                }
            }
        }
    }
}
