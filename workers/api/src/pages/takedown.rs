//! What the owner of a site reads when an operator has taken it down.

use super::{Takedown, text};
use maud::{Markup, html};

/// When, why, what it means, and what to do.
pub(super) fn told(down: &Takedown) -> Markup {
    html! {
        div.told role="status" {
            p {
                strong { "We took this site down on " time datetime=(text::rfc3339(down.at)) { (text::date(down.at)) } }
                ", because " (because(&down.reason)) "."
            }
            @if !down.note.is_empty() { p { (down.note) } }
            p {
                "Nobody can see it, and no new version can be published. Everything that belongs to it is kept. If you think "
                "this is a mistake, answer the mail that we sent you about it; a person reads it."
            }
        }
    }
}

/// The same in the builder, where there is little room.
pub(super) fn in_short(down: &Takedown) -> Markup {
    html! {
        p.told.short role="status" {
            strong { "We took this site down on " (text::date(down.at)) } ", because " (because(&down.reason))
            ". Nobody can see it, and no new version can be published. "
            a href="/sites" { "More about it" }
        }
    }
}

/// The reason, after "because".
pub(crate) fn because(reason: &str) -> &'static str {
    match reason {
        "law" => "a court or an authority has ordered it",
        "unsafe" => "it can harm whoever looks at it",
        _ => "it breaks the rules for sites at Vetka",
    }
}
