//! `/`: what Vetka is, for a visitor; where to go on, for a person who is signed in.

use super::{
    Connection, Notice, Shell, SiteCard, SiteStatus, art,
    news::{self, News},
    shell::{self, Page, Place},
    sign_in::{self, SignIn},
    sites,
};
use maud::{Markup, html};
use vetka_domain::oauth::Provider;

/// The hub of a visitor.
#[derive(Clone, Copy, Debug)]
pub struct Welcome<'a> {
    /// State of the sign-in dialog.
    pub sign_in: SignIn<'a>,
    /// Who else can say who somebody is.
    pub providers: &'a [Provider],
    /// Why a way through one of them did not end here, in words.
    pub failure: Option<&'a str>,
    /// A path of ours to go to after signing in, already checked by the caller.
    pub next: Option<&'a str>,
    /// Why they are here, if a redirect brought them.
    pub notice: Option<Notice>,
    /// What others do here; `None` where only the dialog counts.
    pub news: Option<News<'a>>,
}

/// The hub of a signed-in person.
#[derive(Clone, Copy, Debug)]
pub struct Home<'a> {
    /// Their site, if they have one.
    pub site: Option<&'a SiteCard>,
    /// What has just happened.
    pub notice: Option<Notice>,
    /// What others do here.
    pub news: News<'a>,
}

/// `/`, signed out.
pub fn welcome(shell: Shell<'_>, view: Welcome<'_>) -> Markup {
    let main = html! {
        (shell::notice(view.notice))
        (sign_in::dialog(&view))
        section.hero aria-labelledby="hero-title" {
            div.hero-words {
                h1 #hero-title { "A website you change by talking" }
                p.lead {
                    "Say what your site should show, the way you would tell a friend. It is built while you watch, "
                    "and it is on the web when it is done."
                }
                p.row { a.button.big href="/?sign-in" data-opens="sign-in" { "Start your site" } }
                p.quiet { "You need an e-mail address, and no password. The address of your site is free." }
            }
            (art::growing())
        }
        section.way aria-labelledby="way-title" {
            h2 #way-title { "From a sentence to a site" }
            ol.twig role="list" {
                li {
                    h3 { "Pick a name" }
                    p { "It becomes your address. You see while you type whether it is free." }
                }
                li {
                    h3 { "Say what you want" }
                    p {
                        "“A page for my bakery, in warm colours, with the opening hours at the top.” You read in plain "
                        "words what is being done, and the page comes alive beside it."
                    }
                }
                li {
                    h3 { "Change your mind" }
                    p {
                        "Every version is kept. Going back to an earlier one takes a moment, and so does coming "
                        "forward again."
                    }
                }
            }
        }
        @if let Some(news) = view.news.filter(|news| !news.entries.is_empty()) { (news::part(shell, news)) }
    };
    document(shell, "", main)
}

/// `/`, signed in.
pub fn home(shell: Shell<'_>, view: Home<'_>) -> Markup {
    let main = html! {
        (shell::notice(view.notice))
        @match view.site {
            Some(site) => {
                h1 { "Welcome back" }
                (sites::card(site, html! {}, html! {}))
                @if site.taken_down.is_none() { (next_step(site)) }
            }
            None => {
                h1 { "You have no site yet" }
                section.card.with-twig {
                    (art::bare_twig())
                    div {
                        p.lead { "Pick a name, say what you want, and watch it being built." }
                        p { a.button.big href="/setup" { "Start your site" } }
                    }
                }
            }
        }
        (news::part(shell, view.news))
    };
    document(shell, "Home", main)
}

fn next_step(site: &SiteCard) -> Markup {
    html! {
        section.quiet-section aria-labelledby="next-title" {
            h2 #next-title { "What to do next" }
            @match site.status {
                _ if site.connected == Some(Connection::Proven { by_tag: true }) => p {
                    "Leave the line in your page. We look at it every week, so that nobody else can take your place."
                },
                _ if site.connected == Some(Connection::Proven { by_tag: false }) => p {
                    "Leave the DNS record where it is. We look at it every week, so that nobody else can take your place."
                },
                _ if site.connected.is_some() => p { a href="/sites" { "See what happened to your website" } ", and what to do about it." },
                SiteStatus::Draft => p {
                    "Nothing can be seen at your address yet. "
                    a href=(site.builder_path()) { "Tell the builder what your site is for" }
                    ", in one sentence or in many, and it makes the first version."
                },
                SiteStatus::Building => p {
                    "The first version is being made. "
                    a href=(site.builder_path()) { "Watch it in the builder" } "."
                },
                SiteStatus::Error => p {
                    "The last change did not get through, and what visitors see is as it was before. "
                    a href=(site.builder_path()) { "Go to the builder and ask again" } "."
                },
                SiteStatus::Live => p {
                    "Send your address to somebody, or "
                    a href=(site.builder_path()) { "ask for a change" }
                    ": another headline, a new page, a different colour."
                },
            }
        }
    }
}

fn document(shell: Shell<'_>, title: &str, main: Markup) -> Markup {
    shell::document(
        shell,
        Page {
            title,
            place: Place::Hub,
            island: "hub",
            main,
            beside: html! { p.toast #toast role="status" hidden {} },
        },
    )
}
