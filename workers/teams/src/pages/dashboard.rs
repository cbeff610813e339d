//! `/orgs/:orgId`: what a team works on, who is at it, and the way to begin.

use super::{Markup, Part, SessionLine, Shell, Team, art, head, notice::Notice, page, template, words};
use crate::project::Project;
use maud::html;
use vetka_domain::team::project::TemplateStatus;

/// Everything on the page.
#[derive(Clone, Copy)]
pub struct Dashboard<'a> {
    /// Whose it is.
    pub team: Team<'a>,
    /// By age.
    pub projects: &'a [Project],
    /// The sessions that go on, of all projects.
    pub active: &'a [SessionLine],
    /// The last ones.
    pub recent: &'a [SessionLine],
    /// What whoever looks has of their own.
    pub own: Own,
    /// Micro-dollars that this month's sessions have cost.
    pub spent: i64,
    /// Micro-dollars that a month may cost.
    pub budget: Option<i64>,
    /// What has just happened.
    pub notice: Option<Notice>,
}

/// What somebody needs of their own before they can start a session.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    /// Their key for the model.
    pub has_key: bool,
    /// Their connection to GitHub.
    pub has_github: bool,
}

/// The page.
pub fn show(shell: Shell<'_>, view: Dashboard<'_>) -> Markup {
    let team = view.team;
    let main = html! {
        (head(team, Part::Projects, None, view.notice))
        @if view.projects.is_empty() {
            (nothing_yet(team))
        } @else {
            @if !(view.own.has_key && view.own.has_github) { (missing(team, view.own)) }
            div.team-title {
                h2 { "Projects" }
                @if team.is_admin { a.button.plain href={ (team.path()) "/projects/new" } { "Add a project" } }
            }
            ul.project-list role="list" {
                @for project in view.projects { li { (card(team, project, view.active)) } }
            }
            section aria-labelledby="recent-title" {
                h2 #recent-title { "Recent sessions" }
                @if view.recent.is_empty() {
                    p.quiet { "None yet. The first one starts with a button above." }
                } @else {
                    ul.entries role="list" { @for line in view.recent { (words::entry(line)) } }
                    p { a href={ (team.path()) "/sessions" } { "All sessions" } }
                }
            }
            p.hint {
                "This month’s sessions have cost " (words::money(view.spent))
                @if let Some(budget) = view.budget { " of the " (words::money(budget)) " that the team may spend" }
                "."
            }
        }
    };
    page(shell, team.name, "teams", main, template::others_dialog())
}

fn nothing_yet(team: Team<'_>) -> Markup {
    html! {
        section.card.with-twig {
            (art::bare_twig())
            div {
                @if team.is_admin {
                    p.lead { "Nothing to work on yet." }
                    p { "A project is a repository at GitHub, and how it starts. You set it up once; after that everybody in the team can ask for changes to it." }
                    div.row {
                        a.button.big href={ (team.path()) "/projects/new" } { "Add a project" }
                        a.button.plain href={ (team.path()) "/settings#invites" } { "Invite people" }
                    }
                } @else {
                    p.lead { "There is nothing to work on yet." }
                    p { "An admin of " (team.name) " has to add a project first. When it is there, it shows up here, and you can start." }
                }
            }
        }
    }
}

/// What is missing before somebody can start.
fn missing(team: Team<'_>, own: Own) -> Markup {
    html! {
        section.card.own aria-labelledby="own-title" {
            h2 #own-title { "Before you start a session" }
            p { "Sessions work with two things of yours. You set them up once, for all your teams." }
            ul.ticks role="list" {
                li.ticked[own.has_github] {
                    @if own.has_github { "GitHub is connected." } @else {
                        a href={ "/api/v1/auth/github?next=" (team.path()) } { "Connect GitHub" }
                        ", so that your changes are made in your name."
                    }
                }
                li.ticked[own.has_key] {
                    @if own.has_key { "Your Anthropic key is set." } @else {
                        a href="/settings#teams" { "Add your Anthropic key" }
                        ". The model that does the work is paid with it."
                    }
                }
            }
        }
    }
}

fn card(team: Team<'_>, project: &Project, active: &[SessionLine]) -> Markup {
    let (class, state) = words::template(project.template_status);
    let here = || active.iter().filter(|line| line.project_id == project.id);
    let path = format!("{}/projects/{}", team.path(), project.id);
    html! {
        article.card.sheet.project-card aria-labelledby={ "project-" (project.id) } {
            div.site-head {
                h3 id={ "project-" (project.id) } { (project.name) }
                p class={ "state " (class) } { (state) }
            }
            p.quiet.small.project-repository {
                @if words::is_web(&project.repository_url) {
                    a href=(project.repository_url) rel="noopener" target="_blank" { (project.repository.as_str()) }
                } @else { (project.repository.as_str()) }
            }
            @if here().next().is_some() {
                ul.at-it role="list" aria-label={ "Sessions of " (project.name) " that go on" } {
                    @for line in here() {
                        li {
                            span.at-it-who { (words::who(line)) }
                            a href={ "/session/" (line.id) } { (words::title(line)) }
                        }
                    }
                }
            }
            (ways(team, project, &path))
        }
    }
}

fn ways(team: Team<'_>, project: &Project, path: &str) -> Markup {
    let status = project.template_status;
    html! {
        @if !team.is_admin && status != TemplateStatus::Ready {
            p.hint {
                @if status == TemplateStatus::Building { "Its workspace is being prepared. That takes a few minutes; look again soon." }
                @else { "An admin has to prepare its workspace before anybody can start." }
            }
        }
        div.row {
            @if status == TemplateStatus::Ready {
                (template::start(team, project, "Start a session"))
            } @else if team.is_admin {
                // Whoever has not said how it starts begins at the beginning.
                a.button href={ (path) "/setup" @if !project.startup_commands.is_empty() { "#prepare" } } {
                    @match status {
                        TemplateStatus::Building => "See how far it is",
                        TemplateStatus::Failed => "Look into it",
                        TemplateStatus::Pending | TemplateStatus::Ready => "Set it up",
                    }
                }
            }
            @if team.is_admin { a.button.plain href={ (path) "/settings" } aria-label={ "Settings of " (project.name) } { "Settings" } }
        }
        p.wrong role="alert" data-wrong {}
    }
}
