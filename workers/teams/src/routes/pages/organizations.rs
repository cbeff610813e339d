//! Pages of organizations: the list, making one, what one works on, its settings.

use super::{Door, line, notice, open};
use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    contract, history, invite, organization,
    pages::{
        self, SessionLine,
        dashboard::{Dashboard, Own},
        organizations::Line,
        settings::{Decided, Invite, Member},
    },
    project,
    routes::members,
    secrets::{self, Kind},
};
use futures::try_join;
use vetka_app::{facts, paging::Wanted};
use vetka_domain::team::organization::{Right, Role};

/// How many sessions stand on the page of an organization.
const RECENT: &str = "5";

/// The list.
pub async fn list(ask: Ask) -> Answer {
    let viewer = ask.page_viewer().await?;
    let (all, facts) = try_join!(organization::all(&ask, &viewer.user_id), facts::of_viewer(&ask, &viewer.user_id))?;
    let lines: Vec<Line> = all
        .into_iter()
        .map(|row| Line {
            is_admin: row.role == Role::Admin,
            members: u64::try_from(row.member_count).unwrap_or_default(),
            id: row.id,
            name: row.name,
        })
        .collect();
    answer::page(200, pages::organizations::list(facts.shell(), &lines, notice(&ask)))
}

/// Making one.
pub async fn new(ask: Ask) -> Answer {
    let viewer = ask.page_viewer().await?;
    let facts = facts::of_viewer(&ask, &viewer.user_id).await?;
    answer::page(200, pages::organizations::new(facts.shell()))
}

/// What one works on.
pub async fn show(ask: Ask, Named(id): Named) -> Answer {
    let open = match open(&ask, &id, Right::See).await? {
        Door::Open(open) => open,
        Door::Closed(page) => return Ok(page),
    };
    let (id, user_id) = (&open.organization.id, &open.viewer.user_id);
    let wanted = Wanted::parse(Some(RECENT), None)?;
    let (projects, active, (recent, _), spent, has_key, has_github) = try_join!(
        project::all(&ask, id),
        history::active(&ask, id),
        history::list(&ask, id, "", wanted),
        history::spent_this_month(&ask, id),
        secrets::is_set(ask.env(), user_id, Kind::ApiKey),
        secrets::is_set(ask.env(), user_id, Kind::GithubToken),
    )?;
    let lines = |rows: Vec<history::Row>| -> Vec<SessionLine> { rows.into_iter().map(line).collect() };
    let view = Dashboard {
        team: open.team(),
        projects: &projects,
        active: &lines(active),
        recent: &lines(recent),
        own: Own { has_key, has_github },
        spent,
        budget: open.organization.monthly_budget,
        notice: notice(&ask),
    };
    answer::page(200, pages::dashboard::show(open.shell(), view))
}

/// Its settings; of these, members see the way out.
pub async fn settings(ask: Ask, Named(id): Named) -> Answer {
    let open = match open(&ask, &id, Right::See).await? {
        Door::Open(open) => open,
        Door::Closed(page) => return Ok(page),
    };
    if !open.team().is_admin {
        return answer::page(200, pages::settings::show(open.shell(), open.team(), None, notice(&ask)));
    }
    let (members, invites) =
        try_join!(members::all(&ask, &open.organization.id), invite::open(&ask, &open.organization.id))?;
    let members: Vec<Member> = members.into_iter().map(member).collect();
    let invites: Vec<Invite> = invites.into_iter().map(open_invite).collect();
    let decided = Decided {
        budget: open.organization.monthly_budget,
        members: &members,
        invites: &invites,
        own_id: &open.viewer.user_id,
    };
    answer::page(200, pages::settings::show(open.shell(), open.team(), Some(decided), notice(&ask)))
}

fn member(member: contract::Member) -> Member {
    Member {
        since: pages::text::day(&member.joined_at).unwrap_or_default(),
        is_admin: member.role == contract::Role::Admin,
        id: member.user_id,
        name: member.name,
        email: member.email,
    }
}

fn open_invite(invite: invite::Open) -> Invite {
    Invite { is_admin: invite.role == Role::Admin, expires_at: invite.expires_at, id: invite.id, email: invite.email }
}
