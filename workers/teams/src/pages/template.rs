//! Preparing the workspace of a project, and starting a session in it: parts that several pages have.

use super::{Markup, Team, art, words};
use crate::project::Project;
use maud::html;

/// The button that starts a session. A script asks first who else is at it.
pub fn start(team: Team<'_>, project: &Project, label: &str) -> Markup {
    html! {
        button.button.needs-script type="button" data-start=(project.id) data-team=(team.id) data-project=(project.name) { (label) }
    }
}

/// What is asked when others are working on the same project. A script puts their names in.
pub fn others_dialog() -> Markup {
    html! {
        dialog #others aria-labelledby="others-title" {
            div.dialog-head {
                h2 #others-title tabindex="-1" { "Somebody is at it already" }
                button.close type="button" aria-label="Close" data-closes { (art::cross()) }
            }
            p #others-words {}
            ul.entries #others-list role="list" {}
            p.hint { "Each session works on a copy of its own. When two change the same place, one of them has to be brought together with the other later." }
            div.row {
                button.button #others-go type="button" { "Start another one" }
                button.button.plain type="button" data-closes { "Not now" }
            }
            p.wrong #others-wrong role="alert" {}
        }
    }
}

/// The workspace's state, its log, and the buttons that belong to it. A script watches it while it is being prepared.
pub fn workspace(team: Team<'_>, project: &Project, first: bool) -> Markup {
    let (class, state) = words::template(project.template_status);
    let api = format!("{}/projects/{}", team.api(), project.id);
    html! {
        div #workspace data-status=(project.template_status.as_str()) data-first[first]
            data-build={ "POST " (api) "/build-template" } data-watch={ "GET " (api) "/template-status" } {
            p #workspace-state class={ "state " (class) } role="status" { (state) }
            p #workspace-words {}
            ol.log #workspace-log role="list" aria-label="What is being done" hidden {}
            div.row {
                button.button.needs-script #workspace-build type="button" { "Prepare the workspace" }
                span #workspace-start hidden { (start(team, project, if first { "Start the first session" } else { "Start a session" })) }
            }
            p.wrong #workspace-wrong role="alert" data-wrong {}
        }
    }
}
