//! `/sites/:domain/reactions`: what people left on the pages of a site, for its owner, who may hide any of it. The forms
//! work without scripts; the island hides in place.

use super::{
    Shell, SiteCard,
    shell::{self, Page, Place},
    signals, text,
};
use maud::{Markup, html};
use vetka_domain::social::signal::Signal;

/// Everything on the page.
#[derive(Clone, Copy, Debug)]
pub struct Reactions<'a> {
    /// Whose pages these are.
    pub site: &'a SiteCard,
    /// Newest first.
    pub reactions: &'a [Received],
    /// Where the page of older ones begins.
    pub older: Option<&'a str>,
    /// Whether this is a page of older ones itself.
    pub back: bool,
}

/// Something that was left.
#[derive(Clone, Debug)]
pub struct Received {
    /// Opaque.
    pub id: String,
    /// The page.
    pub url: String,
    /// What was left.
    pub signal: Signal,
    /// The words with it; may be empty.
    pub body: String,
    /// The words that it was left at; may be empty.
    pub quote: String,
    /// Whether those words are gone.
    pub lost: bool,
    /// Whether they are others now.
    pub changed: bool,
    /// Who left it.
    pub author: String,
    /// Where they are found; empty when nobody knows.
    pub author_url: String,
    /// Unix milliseconds UTC.
    pub at: i64,
    /// Whether the owner has hidden it.
    pub hidden: bool,
}

/// `/sites/:domain/reactions`.
pub fn page(shell: Shell<'_>, view: Reactions<'_>) -> Markup {
    let path = path(view.site);
    let main = html! {
        div.sheet-page {
            h1 { "What people left on " span.whole { (view.site.label) } }
            p.lead {
                "Signals and comments on your pages, the newest first. Whatever you hide, nobody sees any more but you and "
                "whoever left it. They are not told."
            }
            section.card.sheet aria-label="Reactions" {
                @if view.reactions.is_empty() {
                    p.quiet {
                        @if view.back { "Nothing older." } @else {
                            "Nobody left anything yet. Visitors with an account can react to any sentence of your pages, and "
                            "you are told when they do."
                        }
                    }
                } @else {
                    ol.log #reactions role="list" { @for left in view.reactions { (row(&path, left)) } }
                }
                @if view.back || view.older.is_some() {
                    p.row {
                        @if view.back { a.button.plain href=(path) { "Newest" } }
                        @if let Some(cursor) = view.older {
                            a.button.plain #older href={ (path) "?cursor=" (cursor) } { "Older" }
                        }
                    }
                }
            }
        }
    };
    let title = format!("What people left on {}", view.site.label);
    let beside = html! { p.toast #toast role="status" hidden {} };
    shell::document(shell, Page { title: &title, place: Place::SiteSettings, island: "reactions", main, beside })
}

/// Path of the page.
pub fn path(site: &SiteCard) -> String {
    format!("/sites/{}/reactions", site.domain)
}

fn row(path: &str, left: &Received) -> Markup {
    let (wish, button) = if left.hidden { ("show", "Show again") } else { ("hide", "Hide") };
    html! {
        li.reaction id={ "r-" (left.id) } data-hidden=[left.hidden.then_some("")] {
            (signals::signal(left.signal))
            div.reaction-what {
                p.log-what {
                    bdi { (author(left)) }
                    span.reaction-says { (left.signal.says()) }
                }
                @if !left.body.is_empty() { blockquote.reaction-words dir="auto" { (left.body) } }
                @if !left.quote.is_empty() { p.reaction-quote dir="auto" { q { (left.quote) } } }
                p.entry-facts {
                    a href=(left.url) rel="noopener" { (page_path(&left.url)) }
                    time datetime=(text::rfc3339(left.at)) { (text::date_time(left.at)) }
                    @if left.lost { strong { "These words are gone from the page" } }
                    @if left.changed { span { "These words changed" } }
                    span.reaction-hidden { @if left.hidden { "Hidden" } }
                }
            }
            form method="post" action=(path) data-id=(left.id) {
                input type="hidden" name="id" value=(left.id);
                button.button.plain.small name="wish" value=(wish) { (button) }
            }
        }
    }
}

/// Names of others lead to where they are, and lend them nothing.
fn author(left: &Received) -> Markup {
    let leads = left.author_url.starts_with("https://") || left.author_url.starts_with("http://");
    html! {
        @if leads { a href=(left.author_url) rel="nofollow ugc noopener" { (left.author) } } @else { (left.author) }
    }
}

/// What stands after the host: the owner knows their site.
fn page_path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::page_path;

    #[test]
    fn a_page_is_named_by_its_path() {
        assert_eq!(page_path("https://ann.vetka.sh/a?b=1"), "/a?b=1");
        assert_eq!(page_path("https://ann.vetka.sh"), "ann.vetka.sh");
    }
}
