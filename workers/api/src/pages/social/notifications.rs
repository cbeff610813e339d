//! `/notifications`: what others did that concerns one.

use super::{Site, initials, when};
use crate::pages::{
    Notice, Shell, art,
    shell::{self, Page, Place},
};
use maud::{Markup, html};

/// Who did it.
#[derive(Clone, Debug)]
pub enum Who {
    /// A member.
    Site(Site),
    /// Somebody elsewhere on the web.
    Elsewhere {
        /// May be empty.
        name: String,
        /// Where they are found; empty when that is no address of the web.
        url: String,
    },
    /// Nobody.
    Nobody,
}

/// Something that somebody did.
#[derive(Clone, Debug)]
pub struct Told {
    /// Grows with time.
    pub id: String,
    /// `follow`, `reaction`, `comment`, `message`, `mention` or `placement`.
    pub kind: String,
    /// Who did it.
    pub who: Who,
    /// The page that it is about; empty when there is none, or it is no address of the web.
    pub page: String,
    /// A signal, the beginning of a comment, what moved; may be empty.
    pub text: String,
    /// Unix milliseconds UTC.
    pub at: i64,
    /// Whether it has been seen.
    pub read: bool,
}

/// Everything on the page.
#[derive(Clone, Copy, Debug)]
pub struct Notifications<'a> {
    /// Newest first.
    pub told: &'a [Told],
    /// How many have not been seen.
    pub unread: u32,
    /// Where the page of older ones is.
    pub older: Option<&'a str>,
    /// Whether this is such a page itself.
    pub back: bool,
    /// What has just happened.
    pub notice: Option<Notice>,
}

/// `/notifications`.
pub fn page(shell: Shell<'_>, view: Notifications<'_>) -> Markup {
    let main = html! {
        (shell::notice(view.notice))
        div.narrow.told-list {
            div.site-head {
                h1 { "Notifications" }
                @if let Some(newest) = view.told.first().filter(|_| view.unread > 0) {
                    form #mark-read method="post" action="/notifications/read" {
                        input type="hidden" name="upTo" value=(newest.id);
                        button.text-button type="submit" { "Mark all as read" }
                    }
                }
            }
            @if view.told.is_empty() {
                section.card.with-twig {
                    (art::bare_twig())
                    div {
                        p.lead { "Nothing yet." }
                        p { "You will read here when somebody follows your site, leaves something on it or writes to you. Follow a few sites yourself: " a href="/" { "see who is here" } "." }
                    }
                }
            } @else {
                (list(view.told, own(shell)))
                (super::feed::older(view.older, view.back.then_some("/notifications")))
            }
        }
    };
    shell::document(
        shell,
        Page {
            title: "Notifications",
            place: Place::Notifications,
            island: "hub",
            main,
            beside: html! { p.toast #toast role="status" hidden {} },
        },
    )
}

/// The list itself.
fn list(told: &[Told], own: Option<&str>) -> Markup {
    html! { ol.news #news-list role="list" { @for one in told { (row(one, own)) } } }
}

/// The newest few, for a page that is about something else.
pub(in crate::pages) fn glance(told: &[Told], shell: Shell<'_>) -> Markup {
    html! { ol.news.short role="list" { @for one in told { (row(one, own(shell))) } } }
}

/// As which site the person who looks is seen.
fn own(shell: Shell<'_>) -> Option<&str> {
    shell.viewer.and_then(|viewer| viewer.member.as_deref())
}

fn row(told: &Told, own: Option<&str>) -> Markup {
    let name = match &told.who {
        Who::Site(site) => site.name.as_str(),
        Who::Elsewhere { name, .. } if !name.is_empty() => name,
        Who::Elsewhere { .. } | Who::Nobody => "",
    };
    html! {
        li.news-item.unread[!told.read] {
            @if name.is_empty() { span.avatar aria-hidden="true" { (art::mark()) } } @else { (initials(name)) }
            div.news-words {
                p.news-who {
                    @if !told.read { span.visually-hidden { "New: " } }
                    (who(&told.who)) (sentence(told, own)) " "
                    span.quiet { "· " (when(told.at)) }
                }
                @if shows_text(&told.kind) && !told.text.is_empty() { p.news-summary { (told.text) } }
            }
        }
    }
}

fn who(who: &Who) -> Markup {
    html! {
        @match who {
            Who::Site(site) => { a href=(site.path()) { (site.name) } " " }
            Who::Elsewhere { name, url } if !url.is_empty() => {
                a href=(url) rel="nofollow ugc noopener" { (if name.is_empty() { url } else { name }) } " "
            }
            Who::Elsewhere { name, .. } => { (if name.is_empty() { "Somebody" } else { name }) " " }
            Who::Nobody => {}
        }
    }
}

/// A comment says something in somebody's words; a signal is named in the sentence.
fn shows_text(kind: &str) -> bool {
    matches!(kind, "comment" | "mention" | "placement")
}

fn sentence(told: &Told, own: Option<&str>) -> Markup {
    let page = html! {
        @if told.page.is_empty() { "your site" } @else { a href=(told.page) rel="noopener" { "your page" } }
    };
    html! {
        @match told.kind.as_str() {
            "follow" => "follows your site",
            "reaction" => { (reacted(&told.text)) " on " (page) }
            "comment" => { "wrote on " (page) }
            "message" => {
                "wrote to you"
                @if let Who::Site(site) = &told.who { ": " a href={ "/messages/" (site.domain) } { "read it" } }
            }
            "mention" => {
                "mentioned " (page)
                @if let Some(own) = own { ": " a href={ "/sites/" (own) "/mentions" } { "see what it says" } }
            }
            "placement" => { "Reactions on " (page) " have a new place" }
            _ => { "did something on " (page) }
        }
    }
}

/// What somebody says with one of the eight signals.
fn reacted(signal: &str) -> &'static str {
    match signal {
        "heart" => "left a heart",
        "star" => "left a star",
        "fire" => "left a fire",
        "wow" => "was surprised",
        "like" => "agreed",
        "idea" => "found something insightful",
        "save" => "saved something",
        "question" => "has a question",
        _ => "left something",
    }
}
