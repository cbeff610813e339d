//! `/orgs/:orgId/projects/:projectId/settings`: all that can be set about a project, its workspace, and giving it up.

use super::{
    Markup, Part, Shell, Team, art,
    fields::{self, Field},
    head, needs_script,
    notice::Notice,
    page, template, words, wrong,
};
use crate::project::Project;
use maud::html;

/// The page.
pub fn show(
    shell: Shell<'_>,
    team: Team<'_>,
    project: &Project,
    variables: &[String],
    notice: Option<Notice>,
) -> Markup {
    let main = html! {
        (head(team, Part::Project, Some(&project.name), notice))
        (needs_script())
        div.settings {
            div.settings-head {
                p.quiet.small.project-repository {
                    @if words::is_web(&project.repository_url) {
                        a href=(project.repository_url) rel="noopener" target="_blank" { (project.repository.as_str()) }
                    } @else { (project.repository.as_str()) }
                }
                nav.settings-nav aria-label="Parts of the settings" {
                    ul role="list" {
                        @for field in Field::ALL { li { a href={ "#" (field.id()) } { (field.title()) } } }
                        li { a href="#prepare" { "Workspace" } }
                        li { a href="#delete" { "Remove" } }
                    }
                }
            }
            div.settings-parts {
                @for field in Field::ALL {
                    section.card.sheet.part id=(field.id()) aria-labelledby={ (field.id()) "-title" } {
                        h2 id={ (field.id()) "-title" } { (field.title()) }
                        (fields::form(team, project, variables, field, html! {
                            button.button.plain.needs-script type="submit" { "Save" }
                        }))
                    }
                }
                section.card.sheet.part #prepare aria-labelledby="prepare-title" {
                    h2 #prepare-title { "Workspace" }
                    p { "Every session starts from a copy that was prepared once. Prepare it again when the project needs something new, or when a session does not start." }
                    (template::workspace(team, project, false))
                }
                section.card.sheet.part #delete aria-labelledby="delete-title" {
                    h2 #delete-title { "Remove this project" }
                    p { "The repository at GitHub stays as it is. What goes is the project here, with its settings and the list of its sessions." }
                    button.button.grave.needs-script type="button" data-opens="delete-project" { "Remove the project" }
                }
            }
        }
    };
    page(
        shell,
        &format!("Settings of {}", project.name),
        "project",
        main,
        html! {
            (delete_dialog(team, project))
            (template::others_dialog())
        },
    )
}

fn delete_dialog(team: Team<'_>, project: &Project) -> Markup {
    html! {
        dialog #delete-project aria-labelledby="delete-project-title" {
            div.dialog-head {
                h2 #delete-project-title tabindex="-1" { "Remove " (project.name) "?" }
                button.close type="button" aria-label="Close" data-closes { (art::cross()) }
            }
            p { "This cannot be undone. You lose:" }
            ul {
                li { "its settings and variables here" }
                li { "its sessions, with what was said in them" }
            }
            p { "Pull requests and branches at GitHub stay." }
            form method="post" data-confirm=(project.name) data-send={ "DELETE" " " (team.api()) "/projects/" (project.id) }
                data-then={ (team.path()) "?notice=project-deleted" } {
                div.field {
                    label for="delete-confirm" { "Type " strong { (project.name) } " to go on" }
                    input.input #delete-confirm type="text" required autocomplete="off" autocapitalize="none" spellcheck="false" autofocus;
                }
                (wrong())
                div.row {
                    button.button.grave type="submit" { "Remove for good" }
                    button.button.plain type="button" data-closes { "Keep it" }
                }
            }
        }
    }
}
