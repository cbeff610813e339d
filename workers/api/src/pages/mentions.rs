//! `/sites/:domain/mentions`: what others wrote about one's pages elsewhere, and whether it is shown.

use super::{
    Notice, Shell, SiteCard,
    shell::{self, Page, Place},
};
use maud::{Markup, html};

/// The page.
#[derive(Clone, Copy, Debug)]
pub struct Mentions<'a> {
    /// Whose pages.
    pub site: &'a SiteCard,
    /// For the owner's yes or no.
    pub waiting: &'a [Seen<'a>],
    /// What is on their pages.
    pub shown: &'a [Seen<'a>],
    /// What has just happened.
    pub notice: Option<Notice>,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Opaque.
    pub id: &'a str,
    /// `mention`, `comment`, `like`, `repost` or `bookmark`.
    pub kind: &'a str,
    /// Who wrote it.
    pub who: &'a str,
    /// The page that they wrote.
    pub source: &'a str,
    /// The page that it is about.
    pub target: &'a str,
    /// What it says.
    pub text: &'a str,
}

/// Where the page is.
pub fn path(site: &SiteCard) -> String {
    format!("/sites/{}/mentions", site.domain)
}

/// The page.
pub fn page(shell: Shell<'_>, view: &Mentions<'_>) -> Markup {
    let main = html! {
        (shell::notice(view.notice))
        h1 { "Mentions" }
        p.lead {
            "What people write about your pages on their own websites. A website that writes for the first time waits here for \
             your yes; after that, what it says is shown at once."
        }
        section aria-labelledby="waiting" {
            h2 #waiting { "Waiting for you" }
            @if view.waiting.is_empty() {
                p { "Nothing is waiting." }
            } @else {
                ul role="list" { @for mention in view.waiting { (one(view.site, mention, true)) } }
            }
        }
        @if !view.shown.is_empty() {
            section aria-labelledby="shown" {
                h2 #shown { "On your pages" }
                ul role="list" { @for mention in view.shown { (one(view.site, mention, false)) } }
            }
        }
        p { a href="/sites" { "Your site" } }
    };
    shell::document(
        shell,
        Page { title: "Mentions", place: Place::SiteSettings, island: "page", main, beside: html! {} },
    )
}

fn one(site: &SiteCard, mention: &Seen<'_>, waiting: bool) -> Markup {
    let did = match mention.kind {
        "like" => "likes",
        "repost" => "shares",
        "bookmark" => "keeps",
        "comment" => "answers",
        _ => "mentions",
    };
    html! {
        li.card {
            div {
                p {
                    strong { (mention.who) } " " (did) " " a href=(mention.target) { (mention.target) }
                }
                @if !mention.text.is_empty() { blockquote { (mention.text) } }
                p { a href=(mention.source) rel="ugc nofollow noopener noreferrer" { "Read it there" } }
                form method="post" action=(path(site)) {
                    input type="hidden" name="id" value=(mention.id);
                    @if waiting {
                        button.button type="submit" name="answer" value="yes" { "Show it" }
                        " "
                        button.button.plain type="submit" name="answer" value="no" { "Do not show it" }
                    } @else {
                        button.button.plain type="submit" name="answer" value="no" { "Hide it" }
                    }
                }
            }
        }
    }
}
