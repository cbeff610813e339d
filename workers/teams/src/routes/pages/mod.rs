//! The pages: each gathers what it shows and draws it. What is changed from them goes through the routes of the API, but for
//! accepting an invite, which is often the first thing that somebody does here.

pub mod invites;
pub mod organizations;
pub mod projects;
pub mod session;
pub mod sessions;

use crate::{
    answer::{self, Response},
    ask::Ask,
    history, organization,
    pages::{self, SessionLine, Shell, Team, notice::Notice},
};
use futures::try_join;
use vetka_app::{
    answer::Refused,
    facts::{self, Facts},
};
use vetka_domain::team::organization::{Right, Role};
use vetka_edge::auth::Viewer;

/// A page of an organization, for somebody who may see it.
struct Open {
    viewer: Viewer,
    organization: organization::Row,
    facts: Facts,
}

/// Whether a page can be shown: to members without the right, another one is.
enum Door {
    Open(Box<Open>),
    Closed(Response),
}

impl Open {
    fn shell(&self) -> Shell<'_> {
        self.facts.shell()
    }

    fn team(&self) -> Team<'_> {
        team(&self.organization)
    }
}

fn team(organization: &organization::Row) -> Team<'_> {
    Team { id: &organization.id, name: &organization.name, is_admin: organization.role == Role::Admin }
}

/// Who looks at a page of an organization.
///
/// # Errors
/// The way to the sign-in; 404 for whoever is not in it.
async fn open(ask: &Ask, id: &str, right: Right) -> core::result::Result<Door, Refused> {
    let viewer = ask.page_viewer().await?;
    let (organization, facts) =
        try_join!(organization::of(ask, &viewer.user_id, id, Right::See), facts::of_viewer(ask, &viewer.user_id))?;
    // A token may outlive its account by minutes.
    if !facts.signed_in() {
        return Err(ask.session_ended());
    }
    if organization.role.may(right) {
        return Ok(Door::Open(Box::new(Open { viewer, organization, facts })));
    }
    let page = pages::admins_only(facts.shell(), team(&organization), right.sentence());
    Ok(Door::Closed(answer::page(403, page)?))
}

fn notice(ask: &Ask) -> Option<Notice> {
    ask.param("notice").as_deref().and_then(Notice::from_code)
}

fn line(row: history::Row) -> SessionLine {
    SessionLine {
        id: row.id,
        project_id: row.project_id,
        project_name: row.project_name,
        title: row.title,
        who: row.user_name,
        status: row.status,
        outcome: row.outcome,
        pr_url: row.pr_url,
        cost: row.cost,
        started_at: row.started_at,
        ended_at: row.ended_at,
    }
}
