//! `/sites`: what a person has, and the way to give it up.

use super::{
    Connection, Notice, Shell, SiteCard, SiteStatus, art, connect, mentions, reactions,
    shell::{self, Page, Place},
    site_settings, takedown, text,
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
    /// The line that proves a website, for a site whose line is gone.
    pub tag: Option<&'a str>,
    /// What a look at a connected site has just seen, when it did not find the line.
    pub seen: Option<&'a str>,
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
                            @if matches!(site.connected, Some(Connection::Proven { .. } | Connection::Lost { .. })) {
                                form method="post" action={ "/sites/" (site.domain) "/proof" } {
                                    button.button.plain type="submit" { "Look again" }
                                }
                            }
                            @if site.connected.is_none() {
                                a.button.plain href=(site_settings::path(site)) { "Settings" }
                            }
                            a.button.plain href=(reactions::path(site)) { "Reactions" }
                            a.button.plain href=(mentions::path(site)) { "Mentions" }
                            a.button.grave href={ "/sites?delete=" (site.domain) } data-opens={ "delete-" (site.label) } {
                                @if site.connected.is_some() { "Disconnect" } @else { "Delete" }
                            }
                        }, proof(site, &view)))
                        (delete_dialog(site, view.deleting == Some(site.domain.as_str()), view.problem))
                    }
                }
            }
            p.quiet { "For now each person has one site." }
        }
    };
    shell::document(shell, Page { title: "Your site", place: Place::Sites, island: "sites", main, beside: html! {} })
}

/// What a person ought to know about the proof of a connected site.
fn proof(site: &SiteCard, view: &Sites<'_>) -> Markup {
    html! {
        @if let Some(seen) = view.seen { p.seen role="status" { (seen) } }
        @match &site.connected {
            Some(Connection::Lost { .. }) => {
                p {
                    "We look for your line every week and did not find it. Nothing is lost, but somebody else who proves that "
                    "this website is theirs can connect it now. If it is still yours, paste the line into its first page again:"
                }
                @if let Some(tag) = view.tag { (connect::pasteable("tag", "Copy the line", tag)) }
            }
            Some(Connection::PassedOn { domain }) => {
                p {
                    "Your line was gone from " (domain) ", and somebody else has proven since that the website is theirs. What "
                    "belongs to your site here is kept. To connect another website, disconnect this one first."
                }
            }
            _ => {}
        }
    }
}

/// The state of a site in few words, and how it is drawn.
fn state(site: &SiteCard) -> (&'static str, String) {
    if site.taken_down.is_some() {
        return ("error", "Taken down".to_owned());
    }
    match (&site.connected, site.status) {
        (Some(Connection::Proven { by_tag: true }), _) => ("live", "Connected".to_owned()),
        (Some(Connection::Proven { by_tag: false }), _) => ("live", "Connected by its DNS record".to_owned()),
        (Some(Connection::Lost { since }), _) => ("error", format!("The line is gone since {}", text::date(*since))),
        (Some(Connection::PassedOn { .. }), _) => ("error", "Connected by somebody else".to_owned()),
        (None, SiteStatus::Draft) => ("draft", "Nothing published yet".to_owned()),
        (None, SiteStatus::Building) => ("building", "Being built".to_owned()),
        (None, SiteStatus::Live) => ("live", "On the web".to_owned()),
        (None, SiteStatus::Error) => ("error", "The last change did not get through".to_owned()),
    }
}

/// The card of a site, with further things to do with it after the usual two, and further words before them.
pub(super) fn card(site: &SiteCard, more: Markup, words_before: Markup) -> Markup {
    let (class, words) = state(site);
    let address = site.url.split_once("://").map_or(site.url.as_str(), |(_, rest)| rest).trim_end_matches('/');
    let is_theirs = !matches!(site.connected, Some(Connection::PassedOn { .. }));
    html! {
        article.card.site.pictured[site.connected.is_none()] {
            @if site.connected.is_none() { (picture(site, address)) }
            div.site-head {
                h2.address { @if is_theirs { a href=(site.url) { (address) } } @else { (site.name()) } }
                p class={ "state " (class) } { (words) }
            }
            p.quiet.small { @if site.connected.is_some() { "Connected on " } @else { "Named on " } time datetime=(text::rfc3339(site.created_at)) { (text::date(site.created_at)) } }
            @if let Some(down) = &site.taken_down { (takedown::told(down)) }
            (words_before)
            div.row {
                @if site.connected.is_none() { a.button href=(site.builder_path()) { "Open the builder" } }
                @if is_theirs && site.taken_down.is_none() { a.button.plain href=(site.url) target="_blank" rel="noopener" { "Visit the site" } }
                (more)
            }
        }
    }
}

/// What the site looks like; until there is a picture, a twig that is still bare.
fn picture(site: &SiteCard, address: &str) -> Markup {
    html! {
        div.shot {
            @match &site.picture {
                Some(path) => img src=(path) alt={ "The first page of " (address) } width="1280" height="720" loading="lazy" decoding="async";,
                None => (art::bare_twig()),
            }
        }
    }
}

/// Giving up a connected site takes nothing from the website, so nothing has to be typed.
fn disconnect_dialog(site: &SiteCard, open: bool) -> Markup {
    let id = format!("delete-{}", site.label);
    html! {
        dialog id=(id) open[open] aria-labelledby={ (id) "-title" } {
            div.dialog-head {
                h2 id={ (id) "-title" } tabindex="-1" { "Disconnect " span.whole { (site.name()) } "?" }
                a.close href="/sites" aria-label="Close" data-closes { (art::cross()) }
            }
            p { "The website itself stays as it is. What goes is its place here, with all that belongs to it. This cannot be undone." }
            form method="post" action={ "/sites/" (site.domain) "/delete" } {
                input type="hidden" name="confirm" value=(site.label);
                div.row {
                    button.button.grave type="submit" { "Disconnect" }
                    a.button.plain href="/sites" data-closes { "Keep it" }
                }
            }
        }
    }
}

pub(super) fn delete_dialog(site: &SiteCard, open: bool, problem: Option<&str>) -> Markup {
    if site.connected.is_some() {
        return disconnect_dialog(site, open);
    }
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
