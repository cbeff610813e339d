//! The page of the sessions that were.

use super::{Door, line, open};
use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    history,
    pages::{self, SessionLine, history::History},
};
use vetka_app::paging::Wanted;
use vetka_domain::team::organization::Right;

/// The list.
pub async fn show(ask: Ask, Named(id): Named) -> Answer {
    let open = match open(&ask, &id, Right::See).await? {
        Door::Open(open) => open,
        Door::Closed(page) => return Ok(page),
    };
    let cursor = ask.param("cursor");
    let wanted = Wanted::parse(None, cursor.as_deref())?;
    let search = ask.param("q").unwrap_or_default();
    let (rows, older) = history::list(&ask, &open.organization.id, &search, wanted).await?;
    let lines: Vec<SessionLine> = rows.into_iter().map(line).collect();
    let view = History {
        team: open.team(),
        search: search.trim(),
        lines: &lines,
        older: older.as_deref(),
        back: cursor.is_some(),
    };
    answer::page(200, pages::history::show(open.shell(), view))
}
