//! Which handler answers which route. The table is `vetka_domain::routes::TEAMS`; the match below is exhaustive, so a row
//! without a handler does not compile.

use crate::{
    answer::Answer,
    ask::Ask,
    routes::{
        api_key, github, invites, members, organizations, pages, pictures, previews, projects, proposal, sessions,
        templates, work,
    },
};
use futures::future::LocalBoxFuture;
use vetka_app::{
    door,
    handler::{Given, Handler},
};
use vetka_domain::routes::{Match, TEAMS, Teams, find, row};
use vetka_edge::{config, error, trace};

/// This worker, behind the door.
pub struct House;

impl door::House for House {
    const WORKER: &'static str = crate::WORKER;

    fn row(method: &str, path: &str) -> trace::Row {
        trace::row(row(TEAMS, method, path))
    }

    async fn answer(ask: Ask, body: Vec<u8>) -> Answer {
        let found = find(TEAMS, ask.method(), ask.target().path);
        match found {
            Match::Found(id, names) => handler(id, Given::new(ask, names, body)).await,
            Match::WrongMethod(allowed) => Err(error::method_not_allowed(&allowed).into()),
            Match::NotFound => Err(error::not_found("There is nothing at this address.").into()),
        }
    }

    fn frames(ask: &Ask) -> String {
        pages::session::preview_of(ask).unwrap_or_else(|| "'none'".to_owned())
    }

    fn form_targets(ask: &Ask) -> String {
        config::optional(ask.env(), "GITHUB_URL").map(|url| format!(" {url}")).unwrap_or_default()
    }
}

fn handler(id: Teams, given: Given) -> LocalBoxFuture<'static, Answer> {
    match id {
        Teams::OrganizationsPage => pages::organizations::list.answer(given),
        Teams::NewOrganizationPage => pages::organizations::new.answer(given),
        Teams::OrganizationPage => pages::organizations::show.answer(given),
        Teams::OrganizationSettingsPage => pages::organizations::settings.answer(given),
        Teams::SessionsPage => pages::sessions::show.answer(given),
        Teams::NewProjectPage => pages::projects::pick.answer(given),
        Teams::ProjectSetupPage => pages::projects::setup.answer(given),
        Teams::ProjectSettingsPage => pages::projects::settings.answer(given),
        Teams::InvitePage => pages::invites::show.answer(given),
        Teams::InviteForm => pages::invites::accept.answer(given),
        Teams::ConnectGithub => github::connect.answer(given),
        Teams::GithubCallback => github::callback.answer(given),
        Teams::GithubStatus => github::status.answer(given),
        Teams::DisconnectGithub => github::disconnect.answer(given),
        Teams::ListRepositories => github::repositories.answer(given),
        Teams::GetRepository => github::repository.answer(given),
        Teams::PutApiKey => api_key::put.answer(given),
        Teams::DeleteApiKey => api_key::delete.answer(given),
        Teams::ApiKeyStatus => api_key::status.answer(given),
        Teams::CreateOrganization => organizations::create.answer(given),
        Teams::ListOrganizations => organizations::list.answer(given),
        Teams::GetOrganization => organizations::get.answer(given),
        Teams::UpdateOrganization => organizations::update.answer(given),
        Teams::DeleteOrganization => organizations::delete.answer(given),
        Teams::LeaveOrganization => organizations::leave.answer(given),
        Teams::ListMembers => members::list.answer(given),
        Teams::SetMemberRole => members::set_role.answer(given),
        Teams::RemoveMember => members::remove.answer(given),
        Teams::ListInvites => invites::list.answer(given),
        Teams::CreateInvite => invites::create.answer(given),
        Teams::DeleteInvite => invites::delete.answer(given),
        Teams::AcceptInvite => invites::accept.answer(given),
        Teams::GetProposal => proposal::get.answer(given),
        Teams::CreateProject => projects::create.answer(given),
        Teams::ListProjects => projects::list.answer(given),
        Teams::GetProject => projects::get.answer(given),
        Teams::UpdateProject => projects::update.answer(given),
        Teams::DeleteProject => projects::delete.answer(given),
        Teams::CreateWorkSession => work::create.answer(given),
        Teams::GetWorkSession => work::get.answer(given),
        Teams::SessionMessages => work::messages.answer(given),
        Teams::SessionChanges => work::changes.answer(given),
        Teams::CreatePullRequest => work::create_pr.answer(given),
        Teams::CommitToMain => work::commit_to_main.answer(given),
        Teams::DiscardSession => work::discard.answer(given),
        Teams::ExtendSession => work::extend.answer(given),
        Teams::UndoTurn => work::undo.answer(given),
        Teams::CreatePreview => previews::create.answer(given),
        Teams::BuildTemplate => templates::build.answer(given),
        Teams::TemplateStatus => templates::status.answer(given),
        Teams::ListWorkSessions => sessions::list.answer(given),
        Teams::ActiveWorkSessions => sessions::active.answer(given),
        Teams::SessionPage => pages::session::show.answer(given),
        Teams::SessionPicture => pictures::show.answer(given),
    }
}
