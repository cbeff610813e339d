//! `/orgs/:orgId/projects/new`: picking a repository.

use super::{Markup, Part, Shell, Team, head, needs_script, notice::Notice, page};
use maud::html;

/// How it stands with GitHub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Github {
    /// Whoever runs this has not set it up.
    NotOffered,
    /// They have not connected it.
    NotConnected,
    /// Their repositories can be listed.
    Connected,
}

/// The page.
pub fn show(shell: Shell<'_>, team: Team<'_>, github: Github, notice: Option<Notice>) -> Markup {
    let path = format!("{}/projects/new", team.path());
    let main = html! {
        (head(team, Part::Project, Some("Add a project"), notice))
        div.narrow {
            (needs_script())
            @match github {
                Github::NotOffered => {
                    p.lead { "Projects come from GitHub, and this Vetka is not registered there yet." }
                    p { "Whoever runs it has to set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET. Tell them, and come back." }
                }
                Github::NotConnected => {
                    p.lead { "A project is a repository at GitHub. Connect your account there, so that we can show you yours." }
                    p { "GitHub will ask whether we may read and change your repositories. We change only those that you add here, never their main branch by ourselves, and you can take the permission back at any time." }
                    p { a.button.big href={ "/api/v1/auth/github?next=" (path) } { "Connect GitHub" } }
                }
                Github::Connected => {
                    p.lead { "Which repository is it?" }
                    form.search role="search" #repository-search method="post" {
                        label.visually-hidden for="q" { "Search your repositories" }
                        input.input #q type="search" maxlength="140" placeholder="A part of its name" autocomplete="off";
                        button.button.plain type="submit" { "Search" }
                    }
                    p.quiet #repositories-state role="status" { "Asking GitHub for your repositories…" }
                    ul.entries #repositories role="list" data-create={ "POST " (team.api()) "/projects" } data-then={ (team.path()) "/projects/{id}/setup" } {}
                    p.wrong #repositories-wrong role="alert" data-wrong {}
                    p { button.button.plain #repositories-more type="button" hidden { "Show more" } }
                    p.hint { "Yours is not here? You need the right to push to it at GitHub, and its owner may have to allow Vetka first." }
                }
            }
        }
    };
    page(shell, "Add a project", "project", main, html! {})
}
