//! The frame every page stands in: head, skip link, header with the one navigation, main, footer.

use super::{Notice, Shell, Viewer, art, settings, text};
use maud::{DOCTYPE, Markup, html};

/// Where a page stands in the navigation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Hub,
    Sites,
    Builder,
    Settings,
    Elsewhere,
}

/// What differs from page to page.
pub(super) struct Page<'a> {
    /// Goes before the name of the product in the title.
    pub title: &'a str,
    pub place: Place,
    /// Name of the island's entry point, without `.js`; an empty one is a page without scripts.
    pub island: &'a str,
    pub main: Markup,
    /// Stands beside `main`: dialogs, live regions.
    pub beside: Markup,
}

/// The whole document.
pub(super) fn document(shell: Shell<'_>, page: Page<'_>) -> Markup {
    let asset = |name: &str| shell.assets.url(name);
    let title = if page.title.is_empty() { "Vetka".to_owned() } else { format!("{} · Vetka", page.title) };
    let building = page.place == Place::Builder;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content";
                title { (title) }
                meta name="description" content="A website you change by talking, at an address of your own.";
                meta name="color-scheme" content="light dark";
                meta name="theme-color" content="#f5efe6" media="(prefers-color-scheme: light)";
                meta name="theme-color" content="#1c1511" media="(prefers-color-scheme: dark)";
                link rel="preload" href=(asset("display.woff2")) as="font" type="font/woff2" crossorigin;
                link rel="stylesheet" href=(asset("app.css"));
                @if building { link rel="stylesheet" href=(asset("builder.css")); }
                @if page.place == Place::Settings { link rel="stylesheet" href=(asset("settings.css")); }
                link rel="icon" href=(asset("favicon.svg")) type="image/svg+xml" data-news=(asset("favicon-news.svg"));
                @if !page.island.is_empty() {
                    script type="module" src=(asset(&format!("{}.js", page.island))) {}
                }
            }
            body class=[building.then_some("building")] {
                a.skip href="#main" { "Skip to the content" }
                (header(shell, page.place))
                (parting(shell))
                main #main tabindex="-1" { (page.main) }
                (page.beside)
                @if !building { (footer()) }
            }
        }
    }
}

fn header(shell: Shell<'_>, place: Place) -> Markup {
    let current = |here: Place| (place == here).then_some("page");
    html! {
        header.top {
            a.brand href="/" aria-current=[current(Place::Hub)] { (art::mark()) span { "Vetka" } }
            nav aria-label="Main" {
                ul.nav role="list" {
                    @if let Some(viewer) = shell.viewer {
                        li { a href="/sites" aria-current=[current(Place::Sites)] { "Your site" } }
                        li {
                            details.account {
                                summary {
                                    (avatar(viewer, ""))
                                    span.account-name { (viewer.called()) }
                                }
                                div.account-menu {
                                    p.account-who {
                                        strong { (viewer.called()) }
                                        @if let Some(handle) = &viewer.handle { span { "@" (handle) } }
                                        span { (viewer.email) }
                                    }
                                    ul role="list" {
                                        @if let Some(domain) = &viewer.site_domain {
                                            li { a href={ "/sites/" (domain) "/builder" } { "Open the builder" } }
                                        }
                                        li { a href="/settings" aria-current=[current(Place::Settings)] { "Settings" } }
                                    }
                                    form method="post" action="/sign-out" {
                                        button.button.plain type="submit" { "Sign out" }
                                    }
                                }
                            }
                        }
                    } @else {
                        li { a.button href="/?sign-in" data-opens="sign-in" { "Sign in" } }
                    }
                }
            }
        }
    }
}

/// Somebody's picture, or the first letters of their name. Decoration: the name stands beside it.
pub(super) fn avatar(viewer: &Viewer, size: &str) -> Markup {
    html! {
        span class={ "avatar " (size) } aria-hidden="true" data-own {
            @match &viewer.picture {
                Some(path) => img src=(path) alt="" width="512" height="512";,
                None => (viewer.initials()),
            }
        }
    }
}

/// On every page of somebody whose account is to be deleted: when, and the way to keep it.
fn parting(shell: Shell<'_>) -> Markup {
    let at = shell.viewer.and_then(|viewer| viewer.deletion_at);
    html! {
        @if let Some(at) = at {
            aside.parting aria-label="Deletion of your account" {
                p { "Your account will be deleted on " time datetime=(text::rfc3339(at)) { (text::date(at)) } "." }
                (settings::keep())
            }
        }
    }
}

fn footer() -> Markup {
    html! {
        footer.foot { p { "Vetka is a word for a small branch." } }
    }
}

/// What a redirect wanted to say.
pub(super) fn notice(notice: Option<Notice>) -> Markup {
    html! {
        @if let Some(notice) = notice {
            p.notice.bad[notice == Notice::NotRestored] role="status" { (notice.words()) }
        }
    }
}
