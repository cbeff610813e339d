//! The teams worker's routes.

use crate::operation::{Operation, Tag};
use serde_json::json;
use vetka_domain::{routes::Teams, team::proposal::Proposal};
use vetka_teams::contract::{
    ActiveSessions, ApiKey, ApiKeyStatus, CommitWish, DiscardWish, Done, GithubStatus, Invites, MadeInvite, MemberName,
    MemberRole, Members, NewInvite, NewOrganization, NewProject, NewSession, Organization, OrganizationChange,
    Organizations, PreviewAddress, Project, ProjectChange, Projects, PullRequestWish, Repositories, Repository,
    Session, SessionChanges, SessionMessages, Sessions, TemplateStatus, UndoBegun, UndoWish,
};

/// What a row takes and gives; `None` for pages.
pub fn operation(row: Teams) -> Option<Operation> {
    Some(match row {
        // The browser goes there.
        Teams::OrganizationsPage
        | Teams::NewOrganizationPage
        | Teams::OrganizationPage
        | Teams::OrganizationSettingsPage
        | Teams::SessionsPage
        | Teams::SessionPage
        | Teams::SessionPicture
        | Teams::NewProjectPage
        | Teams::ProjectSetupPage
        | Teams::ProjectSettingsPage
        | Teams::InvitePage
        | Teams::InviteForm
        | Teams::ConnectGithub
        | Teams::GithubCallback => return None,
        Teams::PutApiKey => of("Keeps your key for the model")
            .about("It is checked with a call that costs nothing, sealed, and never told to anybody again.")
            .takes::<ApiKey>()
            .gives::<ApiKeyStatus>(200, "It is kept.")
            .refuses(422, &["invalid_api_key"])
            .refuses(502, &["model_unavailable"]),
        Teams::DeleteApiKey => of("Forgets your key for the model").gives::<Done>(200, "There is none any more."),
        Teams::ApiKeyStatus => of("Whether there is a key of yours").gives::<ApiKeyStatus>(200, "Yes or no."),
        Teams::CreateOrganization => of("Makes an organization, with you as its admin")
            .takes::<NewOrganization>()
            .gives::<Organization>(201, "It is there.")
            .refuses(422, &["invalid_name", "too_many_organizations"]),
        Teams::ListOrganizations => of("The organizations that you are in").gives::<Organizations>(200, "By name."),
        Teams::GetOrganization => of("An organization that you are in").gives::<Organization>(200, "It."),
        Teams::UpdateOrganization => of("Renames an organization, or sets what it may spend")
            .takes::<OrganizationChange>()
            .gives::<Organization>(200, "As it is now.")
            .refuses(422, &["invalid_name", "invalid_budget"]),
        Teams::DeleteOrganization => {
            of("Deletes an organization with everything in it").gives::<Done>(200, "It is gone.")
        }
        Teams::LeaveOrganization => {
            of("Leaves an organization").gives::<Done>(200, "You are not in it any more.").refuses(409, &["last_admin"])
        }
        Teams::ListMembers => of("Who is in an organization").gives::<Members>(200, "In the order in which they came."),
        Teams::SetMemberRole => of("Gives a member another role")
            .about("Nobody is put into an organization without their yes: that is what invites are for.")
            .takes::<MemberRole>()
            .gives::<Members>(200, "As they are now.")
            .refuses(409, &["last_admin"]),
        Teams::RemoveMember => of("Takes somebody out of an organization")
            .takes::<MemberName>()
            .gives::<Done>(200, "They are not in it any more.")
            .refuses(409, &["last_admin"]),
        Teams::ListInvites => of("Invites that nobody has accepted yet").gives::<Invites>(200, "The newest first."),
        Teams::CreateInvite => of("Invites somebody, by mail or by a link")
            .takes::<NewInvite>()
            .gives::<MadeInvite>(201, "With its link, which is told once.")
            .refuses(422, &["invalid_email", "too_many_invites"]),
        Teams::DeleteInvite => of("Takes an invite back").gives::<Done>(200, "It is worth nothing any more."),
        Teams::AcceptInvite => of("Comes into an organization by an invite")
            .gives::<Organization>(200, "You are in it.")
            .refuses(403, &["invite_for_another"])
            .refuses(404, &["not_found"])
            .refuses(410, &["invite_used", "invite_expired"])
            .refuses(422, &["too_many_members", "too_many_organizations"]),
        Teams::GithubStatus => github(of("Whether GitHub is connected")).gives::<GithubStatus>(200, "And as whom."),
        Teams::DisconnectGithub => {
            of("Gives the connection to GitHub up").gives::<Done>(200, "We can reach nothing there.")
        }
        Teams::ListRepositories => github(of("The repositories that you can see at GitHub"))
            .query("q", "A part of the full name.", json!({ "type": "string", "maxLength": 140 }))
            .query(
                "cursor",
                "`nextCursor` of the page before.",
                json!({ "type": "string", "pattern": "^[1-9][0-9]{0,3}$" }),
            )
            .gives::<Repositories>(200, "Those that were pushed to last come first.")
            .refuses(400, &["invalid_cursor"])
            .refuses(409, &["github_not_connected"]),
        Teams::GetRepository => github(of("A repository at GitHub"))
            .gives::<Repository>(200, "It.")
            .refuses(404, &["not_found"])
            .refuses(409, &["github_not_connected"]),
        Teams::GetProposal => github(of("Settings for a repository, proposed from what is in it"))
            .about("Each with a reason. Nothing is kept, and nothing of the repository is run.")
            .needs("repository", "`owner/name` at GitHub.", json!({ "type": "string", "maxLength": 140 }))
            .gives::<Proposal>(200, "As far as the repository could be understood.")
            .refuses(404, &["not_found"])
            .refuses(409, &["github_not_connected"])
            .refuses(422, &["invalid_repository"]),
        Teams::CreateProject => github(of("Sets a repository up for an organization"))
            .takes::<NewProject>()
            .gives::<Project>(201, "It is there; its template is still to be built.")
            .refuses(403, &["repository_read_only"])
            .refuses(409, &["github_not_connected"])
            .refuses(422, &["invalid_repository", "invalid_project", "too_many_projects"]),
        Teams::ListProjects => of("What an organization works on")
            .about("Without the names of the variables; those are with each project.")
            .gives::<Projects>(200, "By age."),
        Teams::GetProject => of("A project").gives::<Project>(200, "It."),
        Teams::UpdateProject => of("Sets a project otherwise")
            .takes::<ProjectChange>()
            .gives::<Project>(200, "As it is now.")
            .refuses(422, &["invalid_project"]),
        Teams::DeleteProject => {
            of("Gives a project up").about("The repository stays as it is.").gives::<Done>(200, "It is gone.")
        }
        Teams::ListWorkSessions => of("The sessions that an organization has and had")
            .query(
                "q",
                "A part of what was asked for, of the project\u{2019}s name, or of who started it.",
                json!({ "type": "string", "maxLength": 100 }),
            )
            .paged()
            .gives::<Sessions>(200, "The newest first."),
        Teams::ActiveWorkSessions => {
            of("The sessions of a project that go on").gives::<ActiveSessions>(200, "The newest first.")
        }
        Teams::CreateWorkSession => of("Starts a session")
            .about("Its sandbox is made ready meanwhile; the socket at /ws tells how far that is.")
            .takes::<NewSession>()
            .gives::<Session>(201, "It begins.")
            .refuses(404, &["not_found", "sessions_not_offered"])
            .refuses(
                409,
                &["template_not_ready", "api_key_missing", "github_not_connected", "month_over", "too_many_sessions"],
            ),
        Teams::GetWorkSession => session("A session").gives::<Session>(200, "As it is."),
        Teams::SessionMessages => session("What was said in a session, and what came of each turn")
            .query(
                "cursor",
                "`nextCursor` of the part before.",
                json!({ "type": "string", "pattern": "^[0-9]{1,15}$" }),
            )
            .gives::<SessionMessages>(200, "Oldest first.")
            .refuses(400, &["invalid_cursor"]),
        Teams::SessionChanges => handing_over(session("What a session would hand over"))
            .gives::<SessionChanges>(200, "Its files in plain words, and those that may not change."),
        Teams::CreatePullRequest => ending(session("Ends a session with a pull request"))
            .about("Asked twice it is one pull request. When it is refused, the session goes on.")
            .takes::<PullRequestWish>()
            .gives::<Session>(200, "It is made.")
            .refuses(422, &["text_too_long"]),
        Teams::CommitToMain => ending(session("Ends a session in the main branch"))
            .about("For admins. It goes through a pull request. When it is refused, the session goes on.")
            .takes::<CommitWish>()
            .gives::<Session>(200, "It is merged.")
            .refuses(403, &["admins_only"])
            .refuses(422, &["text_too_long"]),
        Teams::DiscardSession => ending(session("Ends a session and throws its work away"))
            .takes::<DiscardWish>()
            .gives::<Session>(200, "It is gone.")
            .refuses(422, &["not_confirmed"]),
        Teams::ExtendSession => session("Gives a session more time, once")
            .gives::<Session>(200, "It has half as long again.")
            .refuses(409, &["cannot_extend"])
            .refuses(502, &["sandbox_unavailable"]),
        Teams::UndoTurn => session("Takes a turn back")
            .about("By a new commit, which can be taken back in the same way.")
            .takes::<UndoWish>()
            .gives::<UndoBegun>(202, "It is being done.")
            .refuses(409, &["nothing_to_undo", "queue_full", "session_ending", "session_over"]),
        Teams::CreatePreview => session("An address at which one sees what a session's sandbox shows")
            .about("For a frame or a tab. It works once, and leaves a cookie that is good for as long as the session.")
            .gives::<PreviewAddress>(200, "Load it within a minute."),
        Teams::BuildTemplate => of("Builds the template of a project's sandboxes")
            .about("Where a build runs already, that one is told.")
            .limited()
            .gives::<TemplateStatus>(202, "A build runs.")
            .refuses(404, &["sessions_not_offered"])
            .refuses(502, &["sandboxes_unavailable"])
            .refuses(503, &["sandboxes_busy"]),
        Teams::TemplateStatus => {
            of("How far the template of a project's sandboxes is").gives::<TemplateStatus>(200, "It.")
        }
    })
}

fn of(summary: &'static str) -> Operation {
    Operation::new(Tag::Teams, summary)
}

/// What can go wrong with a question to GitHub.
fn github(operation: Operation) -> Operation {
    operation
        .limited()
        .refuses(404, &["github_not_offered"])
        .refuses(403, &["github_not_allowed"])
        .refuses(409, &["repository_renamed"])
        .refuses(422, &["github_refused"])
        .refuses(502, &["github_unavailable"])
        .refuses(503, &["github_busy"])
}

/// Something about one session, which is not there for whoever is not in its organization.
fn session(summary: &'static str) -> Operation {
    of(summary).refuses(404, &["not_found"])
}

/// What can go wrong where a session's work is looked at, or handed over.
fn handing_over(operation: Operation) -> Operation {
    github(operation).refuses(
        409,
        &[
            "branch_behind",
            "branch_kept",
            "branch_moved",
            "branch_protected",
            "branch_taken",
            "checks_required",
            "github_not_connected",
            "invalid_patterns",
            "main_branch_missing",
            "main_branch_moved",
            "merge_conflict",
            "merging_not_allowed",
            "not_mergeable",
            "nothing_to_hand_over",
            "outside_files",
            "pull_request_closed",
            "pull_request_draft",
            "pull_request_exists",
            "repository_archived",
            "repository_empty",
            "review_required",
            "too_many_files",
        ],
    )
}

/// What can go wrong where a session ends as somebody wishes.
fn ending(operation: Operation) -> Operation {
    handing_over(operation)
        .refuses(409, &["session_ending", "session_over", "session_starting"])
        .refuses(502, &["session_broke"])
        .refuses(503, &["not_handed_over"])
}
