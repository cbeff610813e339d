//! `/orgs/:orgId/projects/:projectId/setup`: a new project, step by step. All steps stand on the page; a script shows one at
//! a time and fills in what the repository itself suggests.

use super::{
    Markup, Part, Shell, Team,
    fields::{self, Field},
    head, needs_script, page, template,
};
use crate::project::Project;
use maud::html;

/// The page.
pub fn show(shell: Shell<'_>, team: Team<'_>, project: &Project, variables: &[String]) -> Markup {
    let last = Field::STEPS.len();
    let main = html! {
        (head(team, Part::Project, Some(&project.name), None))
        (needs_script())
        div.setup #setup data-proposal={ "GET " (team.api()) "/proposal" } data-repository=(project.repository.as_str())
            data-open[is_open(project)] {
            nav.steps aria-label="Steps" {
                ol role="list" {
                    @for (at, field) in Field::STEPS.into_iter().enumerate() {
                        li { a href={ "#" (field.id()) } { span.step-number aria-hidden="true" { (at + 1) } span.step-label { (field.title()) } } }
                    }
                    li { a href="#prepare" { span.step-number aria-hidden="true" { (last + 1) } span.step-label { "Prepare" } } }
                }
            }
            div.settings-parts {
                @for (at, field) in Field::STEPS.into_iter().enumerate() {
                    section.card.sheet.step.part id=(field.id()) aria-labelledby={ (field.id()) "-title" } {
                        p.quiet.small { "Step " (at + 1) " of " (last + 1) }
                        h2 id={ (field.id()) "-title" } tabindex="-1" { (field.title()) }
                        @if at == 0 {
                            div.because #proposal hidden {
                                p #proposal-words role="status" {}
                                ul #proposal-notes {}
                            }
                        }
                        (fields::form(team, project, variables, field, html! {
                            button.button.needs-script type="submit" { "Save and go on" }
                            @if at > 0 { button.button.plain.needs-script type="button" data-back { "Back" } }
                        }))
                    }
                }
                section.card.sheet.step.part #prepare aria-labelledby="prepare-title" {
                    p.quiet.small { "Step " (last + 1) " of " (last + 1) }
                    h2 #prepare-title tabindex="-1" { "Prepare the workspace" }
                    p { "We make a copy of what " (project.name) " needs to run, once. Every session then starts from it within seconds." }
                    (template::workspace(team, project, true))
                    p.hint { a href={ (team.path()) "/projects/" (project.id) "/settings" } { "All settings of this project" } }
                }
            }
        }
    };
    page(shell, &format!("Set up {}", project.name), "project", main, template::others_dialog())
}

/// Whether something is left about which the repository may have something to say.
fn is_open(project: &Project) -> bool {
    project.startup_commands.is_empty()
        || project.context_instructions.is_empty()
        || project.allowed_file_patterns.is_empty()
}
