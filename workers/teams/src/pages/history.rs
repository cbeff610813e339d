//! `/orgs/:orgId/sessions`: what the team asked for, and what became of it.

use super::{Markup, Part, SessionLine, Shell, Team, art, head, page, words};
use maud::html;
use vetka_domain::target::encode_component;

/// A page of the list.
#[derive(Clone, Copy)]
pub struct History<'a> {
    /// Whose it is.
    pub team: Team<'a>,
    /// What was searched for; may be empty.
    pub search: &'a str,
    /// The newest first.
    pub lines: &'a [SessionLine],
    /// Where the page of older ones begins.
    pub older: Option<&'a str>,
    /// Whether this is a page of older ones itself.
    pub back: bool,
}

/// The page.
pub fn show(shell: Shell<'_>, view: History<'_>) -> Markup {
    let team = view.team;
    let path = format!("{}/sessions", team.path());
    let main = html! {
        (head(team, Part::Sessions, None, None))
        @if view.lines.is_empty() && view.search.is_empty() && !view.back {
            section.card.with-twig {
                (art::bare_twig())
                div {
                    p.lead { "No session yet." }
                    p { "When somebody asks for a change, it is listed here for good: what was asked, by whom, what it cost, and what became of it." }
                    p { a.button href=(team.path()) { "Go to the projects" } }
                }
            }
        } @else {
            form.search role="search" method="get" action=(path) {
                label.visually-hidden for="q" { "Search the sessions" }
                input.input #q type="search" name="q" value=(view.search) maxlength="100" placeholder="Words, project or person";
                button.button.plain type="submit" { "Search" }
            }
            @if view.lines.is_empty() {
                p.lead { "Nothing matches " q { (view.search) } "." }
                p { a href=(path) { "Show all sessions" } }
            } @else {
                @if !view.search.is_empty() {
                    p.quiet { "Sessions that match " q { (view.search) } ". " a href=(path) { "Show all sessions" } }
                }
                ul.entries role="list" { @for line in view.lines { (words::entry(line)) } }
                @if view.back || view.older.is_some() {
                    p.row {
                        @if view.back { a.button.plain href=(with(&path, view.search, None)) { "Newest" } }
                        @if view.older.is_some() { a.button.plain href=(with(&path, view.search, view.older)) { "Older" } }
                    }
                }
            }
        }
    };
    page(shell, &format!("Sessions of {}", team.name), "teams", main, html! {})
}

fn with(path: &str, search: &str, cursor: Option<&str>) -> String {
    let search = (!search.is_empty()).then(|| format!("q={}", encode_component(search)));
    let cursor = cursor.map(|cursor| format!("cursor={}", encode_component(cursor)));
    let query: Vec<String> = search.into_iter().chain(cursor).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}
