//! `/setup` and `/setup/generate`: the way to a first site.

use super::{
    Notice, Shell, SitesOrigin,
    shell::{self, Page, Place},
};
use maud::{Markup, html};

/// The form that picks a name.
#[derive(Clone, Copy, Debug)]
pub struct Generate<'a> {
    /// Where sites live.
    pub sites: SitesOrigin<'a>,
    /// What the field holds: `?label=`, or what was sent and refused.
    pub label: &'a str,
    /// Why the name was refused, for the person.
    pub problem: Option<&'a str>,
    /// Free names near it.
    pub suggestions: &'a [String],
}

/// `/setup`.
pub fn choice(shell: Shell<'_>, notice: Option<Notice>) -> Markup {
    let main = html! {
        div.narrow {
            (shell::notice(notice))
            h1 { "How do you want to begin?" }
            ul.choices role="list" {
                li {
                    a.card.choice href="/setup/generate" {
                        h2 { "Make a new site" }
                        p { "Pick a free address, say what you want, and it is built for you." }
                        span.button aria-hidden="true" { "Pick a name" }
                    }
                }
                li {
                    a.card.sheet.choice href="/setup/script" {
                        h2 { "Bring the site you have" }
                        p { "Your website stays where it is. You add one line to it, and it has a place here." }
                        span.button.plain aria-hidden="true" { "Connect it" }
                    }
                }
            }
        }
    };
    document(shell, "Start", "page", main)
}

/// `/setup/generate`.
pub fn generate(shell: Shell<'_>, view: Generate<'_>) -> Markup {
    let main = html! {
        div.narrow {
            h1 { "Pick a name" }
            p.lead { "It becomes the address that people type or click to see your site." }
            form #pick method="post" action="/setup/generate" data-suffix=(view.sites.suffix()) {
                div.field {
                    label for="label" { "Name of your site" }
                    div.name-field {
                        input.input #label type="text" name="label" value=(view.label) required minlength="3" maxlength="63"
                            autocomplete="off" autocapitalize="none" spellcheck="false" autofocus
                            aria-describedby="label-state label-wrong label-hint"
                            aria-invalid=[view.problem.map(|_| "true")];
                        span.suffix aria-hidden="true" { (view.sites.suffix()) }
                    }
                    p.wrong #label-wrong role="alert" { (view.problem.unwrap_or_default()) }
                    p.hint #label-hint { "Small letters, digits and hyphens, from 3 to 63 of them." }
                    p.label-state #label-state role="status" {}
                }
                div #suggestions hidden[view.suggestions.is_empty()] {
                    p #suggestions-title { "These are free:" }
                    ul.chips role="list" aria-labelledby="suggestions-title" {
                        @for label in view.suggestions {
                            li { a.chip href={ "/setup/generate?label=" (label) } data-label=(label) { (label) } }
                        }
                    }
                }
                button.button.big type="submit" { "Take this name" }
            }
        }
    };
    document(shell, "Pick a name", "setup", main)
}

fn document(shell: Shell<'_>, title: &str, island: &str, main: Markup) -> Markup {
    shell::document(shell, Page { title, place: Place::Elsewhere, island, main, beside: html! {} })
}
