//! `/sites`: what a person has, and the way to give it up.

use super::{
    Notice, Shell, SiteCard, SiteStatus, art,
    shell::{self, Page, Place},
    text,
};
use maud::{Markup, html};

/// The list, and the dialog over it.
#[derive(Clone, Copy, Debug)]
pub struct Sites<'a> {
    /// Their sites; one at most for now.
    pub sites: &'a [SiteCard],
    /// Domain of the site whose delete dialog stands open (`/sites?delete=<domain>`).
    pub deleting: Option<&'a str>,
    /// Why it was not deleted, for the person.
    pub problem: Option<&'a str>,
    /// What has just happened.
    pub notice: Option<Notice>,
}

/// `/sites`. Deleting posts `confirm=<label>` to `/sites/:domain/delete`.
pub fn list(shell: Shell<'_>, view: Sites<'_>) -> Markup {
    let main = html! {
        (shell::notice(view.notice))
        h1 { "Your site" }
        @if view.sites.is_empty() {
            section.card.with-twig {
                (art::bare_twig())
                div {
                    p.lead { "There is none yet. Pick a name to begin." }
                    p { a.button.big href="/setup" { "Start your site" } }
                }
            }
        } @else {
            ul.sites role="list" {
                @for site in view.sites {
                    li {
                        (card(site, html! {
                            a.button.grave href={ "/sites?delete=" (site.domain) } data-opens={ "delete-" (site.label) } {
                                "Delete"
                            }
                        }))
                        (delete_dialog(site, view.deleting == Some(site.domain.as_str()), view.problem))
                    }
                }
            }
            p.quiet { "For now each person has one site." }
        }
    };
    shell::document(shell, Page { title: "Your site", place: Place::Sites, island: "sites", main, beside: html! {} })
}

/// The card of a site, with further things to do with it after the usual two.
pub(super) fn card(site: &SiteCard, more: Markup) -> Markup {
    let (class, words) = match site.status {
        SiteStatus::Draft => ("draft", "Nothing published yet"),
        SiteStatus::Building => ("building", "Being built"),
        SiteStatus::Live => ("live", "On the web"),
        SiteStatus::Error => ("error", "The last change did not get through"),
    };
    let address = site.url.split_once("://").map_or(site.url.as_str(), |(_, rest)| rest).trim_end_matches('/');
    html! {
        article.card.site {
            div.site-head {
                h2.address { a href=(site.url) { (address) } }
                p class={ "state " (class) } { (words) }
            }
            p.quiet.small { "Named on " time datetime=(text::rfc3339(site.created_at)) { (text::date(site.created_at)) } }
            div.row {
                a.button href=(site.builder_path()) { "Open the builder" }
                a.button.plain href=(site.url) target="_blank" rel="noopener" { "Visit the site" }
                (more)
            }
        }
    }
}

fn delete_dialog(site: &SiteCard, open: bool, problem: Option<&str>) -> Markup {
    let id = format!("delete-{}", site.label);
    let problem = problem.filter(|_| open);
    html! {
        dialog id=(id) open[open] aria-labelledby={ (id) "-title" } {
            div.dialog-head {
                h2 id={ (id) "-title" } tabindex="-1" { "Delete " (site.label) "?" }
                a.close href="/sites" aria-label="Close" data-closes { (art::cross()) }
            }
            p { "This cannot be undone. You lose:" }
            ul {
                li { "the site itself: " (site.domain) " stops showing anything" }
                li { "all of its versions, so there is nothing to restore" }
                li { "the conversation in the builder, with the files you added to it" }
                li { "the name, which anybody may take afterwards" }
            }
            form method="post" action={ "/sites/" (site.domain) "/delete" } data-confirm=(site.label) {
                div.field {
                    label for={ (id) "-confirm" } { "Type " strong { (site.label) } " to go on" }
                    input.input id={ (id) "-confirm" } type="text" name="confirm" required autocomplete="off"
                        autocapitalize="none" spellcheck="false" autofocus aria-describedby={ (id) "-wrong" }
                        aria-invalid=[problem.map(|_| "true")];
                    p.wrong id={ (id) "-wrong" } role="alert" { (problem.unwrap_or_default()) }
                }
                div.row {
                    button.button.grave type="submit" { "Delete for good" }
                    a.button.plain href="/sites" data-closes { "Keep it" }
                }
            }
        }
    }
}
