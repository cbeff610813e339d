//! The frame every page stands in: head, skip link, header with the one navigation, main, footer.

use super::{Notice, Shell, Viewer, art, site_path, text};
use maud::{DOCTYPE, Markup, html};

/// Where a page stands in the navigation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The start.
    Hub,
    /// The list of one's sites.
    Sites,
    /// What sites write to each other.
    Messages,
    /// The builder, which is wide and has no footer.
    Builder,
    /// The account's settings.
    Settings,
    /// A site's settings.
    SiteSettings,
    /// What one works on together.
    Teams,
    /// What others did.
    Notifications,
    /// On none of the navigation's ways.
    Elsewhere,
}

/// What differs from page to page.
pub struct Page<'a> {
    /// Goes before the name of the product in the title.
    pub title: &'a str,
    /// Where it stands in the navigation.
    pub place: Place,
    /// Name of the island's entry point, without `.js`; `page` is what every page has and nothing else.
    pub island: &'a str,
    /// What it is about.
    pub main: Markup,
    /// Stands beside `main`: dialogs, live regions.
    pub beside: Markup,
}

/// What differs from window to window: a small one of ours beside somebody else's page.
pub struct Window<'a> {
    /// Goes before the name of the product in the title.
    pub title: &'a str,
    /// What it is about.
    pub main: Markup,
    /// Stands beside `main`: dialogs.
    pub beside: Markup,
}

/// The document of a small window: no navigation, since there is one thing to do in it and nowhere to go.
pub fn window(shell: Shell<'_>, window: Window<'_>) -> Markup {
    let head = html! {
        meta name="color-scheme" content="light dark";
        (style(shell, "app"))
        (style(shell, "connect-frame"))
        link rel="icon" href=(shell.assets.url("favicon.svg")) type="image/svg+xml";
        (script(shell, "connect-frame"))
    };
    let body = html! {
        body.window {
            header.top { p.brand { (art::mark()) span { "Vetka" } } }
            main #main tabindex="-1" { (window.main) }
            (window.beside)
        }
    };
    whole(window.title, "", head, body)
}

/// What differs from screen to screen: a page that fills the window and has a bar of its own in the navigation's place.
pub struct Screen<'a> {
    /// Goes before the name of the product in the title.
    pub title: &'a str,
    /// Name of the island's entry point and of the styles, without what comes after the dot.
    pub island: &'a str,
    /// The bar over everything.
    pub bar: Markup,
    /// What it is about.
    pub main: Markup,
    /// Stands beside `main`: dialogs, live regions.
    pub beside: Markup,
}

/// The document of a screen.
pub fn screen(shell: Shell<'_>, screen: Screen<'_>) -> Markup {
    let body = html! {
        body.screen {
            a.skip href="#main" { "Skip to the content" }
            (screen.bar)
            main #main tabindex="-1" { (screen.main) }
            (screen.beside)
        }
    };
    full(shell, screen.title, screen.island, style(shell, screen.island), body)
}

/// Light and dark, and the colour that phones give their own bars.
fn scheme() -> Markup {
    html! {
        meta name="color-scheme" content="light dark";
        meta name="theme-color" content="#f5efe6" media="(prefers-color-scheme: light)";
        meta name="theme-color" content="#1c1511" media="(prefers-color-scheme: dark)";
    }
}

/// The tab's picture, and the one that says that there is something new.
fn icon(shell: Shell<'_>) -> Markup {
    html! {
        link rel="icon" href=(shell.assets.url("favicon.svg")) type="image/svg+xml" data-news=(shell.assets.url("favicon-news.svg"));
    }
}

/// The whole document.
pub fn document(shell: Shell<'_>, page: Page<'_>) -> Markup {
    document_with(shell, page, html! {})
}

/// As [`document`], with more in its head than every page has.
pub fn document_with(shell: Shell<'_>, page: Page<'_>, head: Markup) -> Markup {
    let building = page.place == Place::Builder;
    let more = html! {
        meta name="description" content="A website you change by talking, at an address of your own.";
        @if building { (style(shell, "builder")) }
        @if matches!(page.place, Place::Settings | Place::SiteSettings) { (style(shell, "settings")) }
        @if page.place == Place::Messages { (style(shell, "inbox")) }
        (head)
    };
    let body = html! {
        body class=[building.then_some("building")] {
            a.skip href="#main" { "Skip to the content" }
            (header(shell, page.place))
            (parting(shell))
            main #main tabindex="-1" { (page.main) }
            (page.beside)
            @if !building { (footer()) }
        }
    };
    full(shell, page.title, page.island, more, body)
}

/// A document that fills the browser's window, with more in its head than all of them have.
fn full(shell: Shell<'_>, title: &str, island: &str, more: Markup, body: Markup) -> Markup {
    let head = html! {
        (scheme())
        link rel="preload" href=(shell.assets.url("display.woff2")) as="font" type="font/woff2" crossorigin;
        (style(shell, "app"))
        (more)
        (icon(shell))
        (script(shell, island))
    };
    // What people write in stays above the keyboard of a phone.
    whole(title, ", interactive-widget=resizes-content", head, body)
}

/// What every document is, around what differs.
fn whole(title: &str, viewport: &str, head: Markup, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content={ "width=device-width, initial-scale=1, viewport-fit=cover" (viewport) };
                title { @if !title.is_empty() { (title) " · " } "Vetka" }
                (head)
            }
            (body)
        }
    }
}

fn style(shell: Shell<'_>, name: &str) -> Markup {
    html! { link rel="stylesheet" href=(shell.assets.url(&format!("{name}.css"))); }
}

fn script(shell: Shell<'_>, island: &str) -> Markup {
    html! { script type="module" src=(shell.assets.url(&format!("{island}.js"))) {} }
}

fn header(shell: Shell<'_>, place: Place) -> Markup {
    let current = |here: Place| (place == here).then_some("page");
    html! {
        header.top.signed-in[shell.viewer.is_some()] {
            a.brand href="/" aria-current=[current(Place::Hub)] { (art::mark()) span { "Vetka" } }
            nav aria-label="Main" {
                ul.nav role="list" {
                    @if let Some(viewer) = shell.viewer {
                        li { a href="/sites" aria-current=[current(Place::Sites)] { "Your site" } }
                        li.roomy { a href="/orgs" aria-current=[current(Place::Teams)] { "Teams" } }
                        @if viewer.member.is_some() { li { (notifications(viewer.unread).link(current(Place::Notifications))) } }
                        li { (messages(viewer.unread_messages).link(current(Place::Messages))) }
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
                                        @if let Some(domain) = &viewer.member {
                                            li { a href=(site_path(domain)) { "Your profile" } }
                                        }
                                        @if let Some(domain) = &viewer.site_domain {
                                            li { a href={ "/sites/" (domain) "/builder" } { "Open the builder" } }
                                        }
                                        li.cramped { a href="/orgs" { "Teams" } }
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

fn notifications(number: u32) -> Waiting<'static> {
    let of = ["new notification", "new notifications"];
    Waiting { to: "/notifications", drawing: art::paths::BELL, label: "Notifications", id: "unread", number, of }
}

fn messages(number: u32) -> Waiting<'static> {
    let of = ["unread message", "unread messages"];
    Waiting { to: "/messages", drawing: art::paths::MAIL, label: "Messages", id: "unread-messages", number, of }
}

/// A way of the navigation, as a drawing where there is no room for words, with how much of it waits. The number stands there
/// also when there is none, for the scripts that count on.
struct Waiting<'a> {
    to: &'a str,
    drawing: &'a str,
    label: &'a str,
    id: &'a str,
    number: u32,
    /// One of what waits, and several.
    of: [&'a str; 2],
}

impl Waiting<'_> {
    fn link(&self, current: Option<&str>) -> Markup {
        let Self { to, drawing, label, id, number, of: [one, many] } = self;
        let shown = if *number > 99 { "99+".to_owned() } else { number.to_string() };
        html! {
            a.glyph href=(to) aria-current=[current] {
                (art::line(drawing))
                span.glyph-label { (label) }
                span.count id=(id) hidden[*number == 0] {
                    span aria-hidden="true" { (shown) }
                    span.visually-hidden { ", " (text::count((*number).into(), one, many)) }
                }
            }
        }
    }
}

/// Somebody's picture, or the first letters of their name. Decoration: the name stands beside it.
pub fn avatar(viewer: &Viewer, size: &str) -> Markup {
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
                (keep())
            }
        }
    }
}

/// The way to keep an account that is to be deleted.
pub fn keep() -> Markup {
    html! {
        form method="post" action="/settings/deletion/cancel" {
            button.button.plain type="submit" { "Keep my account" }
        }
    }
}

fn footer() -> Markup {
    html! {
        footer.foot {
            p { "Vetka is a word for a small branch." }
            p { a href="/report" { "Report a page" } }
        }
    }
}

/// What a redirect wanted to say.
pub fn notice(notice: Option<Notice>) -> Markup {
    html! {
        @if let Some(notice) = notice {
            p.notice.bad[notice == Notice::NotRestored] role="status" { (notice.words()) }
        }
    }
}
