//! `/orgs`: the teams that somebody is in; `/orgs/new`: making one.

use super::{Markup, Shell, art, needs_script, notice::Notice, page, said, text, wrong};
use maud::html;

/// A team, in the list.
#[derive(Clone, Debug)]
pub struct Line {
    /// Opaque.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Whether whoever looks decides things in it.
    pub is_admin: bool,
    /// How many people are in it.
    pub members: u64,
}

/// The list.
pub fn list(shell: Shell<'_>, teams: &[Line], notice: Option<Notice>) -> Markup {
    let main = html! {
        (said(notice))
        div.team-title {
            h1 { "Teams" }
            @if !teams.is_empty() { a.button href="/orgs/new" { "Make a team" } }
        }
        @if teams.is_empty() {
            section.card.with-twig {
                (art::bare_twig())
                div {
                    p.lead { "Change the website or app that you make together, by saying what should be different." }
                    p {
                        "A team shares projects. Somebody asks for a change in plain words, sees it at once in a private copy, "
                        "and sends it to the developers for review. Nobody has to read code, and nothing goes live by itself."
                    }
                    p { a.button.big href="/orgs/new" { "Make a team" } }
                    p.hint { "Were you invited? Open the link in your invite, and the team shows up here." }
                }
            }
        } @else {
            ul.team-list role="list" {
                @for team in teams {
                    li {
                        a.card.sheet.team-card href={ "/orgs/" (team.id) } {
                            h2 { (team.name) }
                            p.quiet {
                                (text::count(team.members, "person", "people")) " · "
                                @if team.is_admin { "you are an admin" } @else { "you are a member" }
                            }
                        }
                    }
                }
            }
        }
    };
    page(shell, "Teams", "teams", main, html! {})
}

/// Making one.
pub fn new(shell: Shell<'_>) -> Markup {
    let main = html! {
        div.narrow {
            p.team-above { a href="/orgs" { "Teams" } }
            h1 { "A new team" }
            (needs_script())
            p.lead { "What is it called? Your company, your club, or what you are making." }
            form.card.sheet method="post" data-send="POST /api/v1/orgs" data-then="/orgs/{id}?notice=team-made" {
                div.field {
                    label for="name" { "Name" }
                    input.input #name type="text" name="name" data-kind="text" required maxlength="60" autocomplete="organization"
                        aria-describedby="name-hint";
                    p.hint #name-hint { "You can change it later. You will be its admin." }
                }
                (wrong())
                div.row {
                    button.button type="submit" { "Make the team" }
                    a.button.plain href="/orgs" { "Not now" }
                }
            }
        }
    };
    page(shell, "A new team", "teams", main, html! {})
}
