//! What people see of teams, as pure functions from small view models to HTML. Owns markup and words; refuses to know
//! requests, storage and clocks: a route handler gathers the facts, calls one function here and answers.
//!
//! Read in this order: `frame` below (what every page of a team has), `words` (what states are called), then a page.
//! What changes something is a form that says which JSON route it is for (`data-send`), which notch/src/teams/send.ts
//! sends; a test holds each of them against the table of routes. Accepting an invite is a form of the old kind.

pub mod dashboard;
pub mod fields;
pub mod history;
pub mod invite;
pub mod notice;
pub mod organizations;
pub mod pick;
pub mod project;
pub mod session;
pub mod settings;
pub mod setup;
pub mod template;
pub mod words;

#[cfg(test)]
mod tests;

pub use vetka_app::pages::{Markup, Shell, art, text};

use maud::html;
use notice::Notice;
use vetka_app::pages::shell::{self, Page, Place};
use vetka_domain::team::session::{Outcome, Status};

/// Whose pages these are.
#[derive(Clone, Copy, Debug)]
pub struct Team<'a> {
    /// Opaque.
    pub id: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// Whether whoever looks decides things in it.
    pub is_admin: bool,
}

impl Team<'_> {
    /// Its page.
    pub fn path(&self) -> String {
        format!("/orgs/{}", self.id)
    }

    /// What its routes of the API begin with.
    pub fn api(&self) -> String {
        format!("/api/v1/orgs/{}", self.id)
    }
}

/// A session, in a list.
#[derive(Clone, Debug)]
pub struct SessionLine {
    /// Opaque.
    pub id: String,
    /// What it works on.
    pub project_id: String,
    /// What people call that.
    pub project_name: String,
    /// The first thing that was asked for; empty until something was.
    pub title: String,
    /// Who started it; `None` when they are not here any more.
    pub who: Option<String>,
    /// How it is doing.
    pub status: Status,
    /// What became of its work.
    pub outcome: Option<Outcome>,
    /// The pull request's page.
    pub pr_url: Option<String>,
    /// Micro-dollars.
    pub cost: i64,
    /// Unix milliseconds UTC.
    pub started_at: i64,
    /// Unix milliseconds UTC.
    pub ended_at: Option<i64>,
}

/// Where a page stands among those of a team.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What it works on.
    Projects,
    /// What it did.
    Sessions,
    /// What it is.
    Settings,
    /// A page of one project.
    Project,
}

/// A page of this part of Vetka: its title, its script, and what is on it.
pub fn page(shell: Shell<'_>, title: &str, island: &str, main: Markup, beside: Markup) -> Markup {
    let head = html! {
        link rel="stylesheet" href=(shell.assets.url("settings.css"));
        link rel="stylesheet" href=(shell.assets.url("teams.css"));
    };
    let beside = html! {
        (beside)
        p.toast #toast role="status" hidden {}
    };
    shell::document_with(shell, Page { title, place: Place::Teams, island, main, beside }, head)
}

/// What stands at the top of every page of a team: the way back, what it is called, the ways within. `project` is what a
/// page of one project is about.
pub fn head(team: Team<'_>, part: Part, project: Option<&str>, notice: Option<Notice>) -> Markup {
    let ways = [
        (Part::Projects, "Projects", team.path()),
        (Part::Sessions, "Sessions", format!("{}/sessions", team.path())),
        (Part::Settings, "Settings", format!("{}/settings", team.path())),
    ];
    html! {
        (said(notice))
        div.team-head {
            p.team-above {
                a href="/orgs" { "Teams" }
                @if project.is_some() {
                    span aria-hidden="true" { "/" }
                    a href=(team.path()) { (team.name) }
                }
            }
            h1 { (project.unwrap_or(team.name)) }
            @if project.is_none() {
                nav.team-nav aria-label="Parts of this team" {
                    ul role="list" {
                        @for (way, words, path) in ways {
                            li { a href=(path) aria-current=[(way == part).then_some("page")] { (words) } }
                        }
                    }
                }
            }
        }
    }
}

/// What a redirect wanted to say.
pub fn said(notice: Option<Notice>) -> Markup {
    html! { @if let Some(notice) = notice { p.notice.bad[notice.is_bad()] role="status" { (notice.words()) } } }
}

/// Where a form says what went wrong with it.
fn wrong() -> Markup {
    html! { p.wrong role="alert" data-wrong {} }
}

/// A moment, as a script may say it in the reader's own time.
fn moment(at: i64) -> Markup {
    html! { time datetime=(text::rfc3339(at)) data-when { (text::date_time(at)) } }
}

/// These pages change things by scripts.
fn needs_script() -> Markup {
    html! { p.notice.bad.without-script { "This page needs scripts to change anything. Switch them on and reload the page." } }
}

/// A page for members at the address of something that only admins may do.
pub fn admins_only(shell: Shell<'_>, team: Team<'_>, sentence: &str) -> Markup {
    let main = html! {
        div.narrow.problem {
            (art::bare_twig())
            h1 { "This is for admins" }
            p.lead { (sentence) }
            div.row { a.button href=(team.path()) { "Go to " (team.name) } }
        }
    };
    page(shell, "This is for admins", "teams", main, html! {})
}
