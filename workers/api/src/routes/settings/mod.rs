//! `/settings`: the page, from everything that is known about an account. `forms` takes what is posted from it.

pub mod forms;

use crate::{
    account::{
        history::{self, Event, Events},
        providers::{self, Connected},
        sessions::{self, Device},
    },
    answer::{self, Answer},
    ask::Ask,
    facts,
    pages::{
        Notice,
        settings::{self, Activity, Deletion, Done, Profile, Settings, Way, Ways},
    },
    paging::Wanted,
};
use futures::future::try_join3;
use vetka_domain::audit::Kind;
use vetka_edge::auth::Viewer;

/// The settings.
#[worker::send]
pub async fn show(ask: Ask) -> Answer {
    let viewer = ask.page_viewer().await?;
    let handle = ask.param("handle");
    let shown = Shown {
        handle: handle.as_deref(),
        deletion: Deletion { open: ask.param("delete").is_some(), problem: None },
        ..Shown::default()
    };
    page(&ask, &viewer, 200, &shown).await
}

/// What differs when a form comes back: what was typed, and what was wrong with it.
#[derive(Default)]
struct Shown<'a> {
    name: Option<&'a str>,
    handle: Option<&'a str>,
    name_problem: Option<&'a str>,
    handle_problem: Option<&'a str>,
    suggestions: &'a [String],
    deletion: Deletion<'a>,
}

async fn page(ask: &Ask, viewer: &Viewer, status: u16, shown: &Shown<'_>) -> Answer {
    let facts = facts::of_viewer(ask, viewer).await?;
    let shell = facts.shell();
    // A token may outlive its session by minutes, but not here: this page shows too much.
    let Some(known) = shell.viewer else { return Err(ask.session_ended()) };
    let cursor = ask.param("activity");
    let wanted = Wanted::parse(None, cursor.as_deref())?;
    let user_id = viewer.user_id.as_str();
    let (devices, connected, events) = try_join3(
        sessions::list(ask, user_id),
        providers::connected(ask, user_id),
        history::list(ask, user_id, wanted),
    )
    .await?;
    if !devices.iter().any(|device| device.id == viewer.session_id) {
        return Err(ask.session_ended());
    }
    let mut devices: Vec<settings::Device> = devices.into_iter().map(|device| row(device, viewer)).collect();
    devices.sort_by_key(|device| !device.current);
    let connected: Vec<Way> = connected.into_iter().map(way).collect();
    let offered = providers::offered(ask);
    let failed = ask.param("error");
    let Events { events, next_cursor } = events;
    let done: Vec<Done> = events.into_iter().map(done).collect();
    let view = Settings {
        viewer: known,
        profile: Profile {
            name: shown.name.unwrap_or(&known.name),
            handle: shown.handle.or(known.handle.as_deref()).unwrap_or_default(),
            name_problem: shown.name_problem,
            handle_problem: shown.handle_problem,
            suggestions: shown.suggestions,
        },
        devices: &devices,
        ways: Ways { connected: &connected, offered: &offered, problem: failed.as_deref().map(not_connected) },
        activity: Activity { done: &done, older: next_cursor.as_deref(), back: cursor.is_some() },
        deletion: shown.deletion,
        notice: ask.param("notice").as_deref().and_then(Notice::from_code),
        now: ask.now(),
    };
    answer::page(status, settings::page(shell, view))
}

fn row(device: Device, viewer: &Viewer) -> settings::Device {
    settings::Device {
        current: device.id == viewer.session_id,
        id: device.id,
        user_agent: device.user_agent,
        place: device.place,
        ip_address: device.ip_address,
        last_seen_at: device.last_seen_at,
    }
}

fn way(connected: Connected) -> Way {
    Way { id: connected.id, provider: connected.provider, email: connected.email, since: connected.created_at }
}

fn done(event: Event) -> Done {
    Done {
        kind: Kind::from_column(&event.kind),
        subject: event.subject,
        user_agent: event.user_agent,
        place: event.place,
        ip_address: event.ip_address,
        at: event.created_at_ms,
    }
}

/// Why a provider was not connected, from the code that the way back brings.
fn not_connected(code: &str) -> &'static str {
    match code {
        "account_already_linked_to_different_user" => {
            "That was not connected: it belongs to another account here. Sign in with it and disconnect it there first."
        }
        "access_denied" => "Nothing was connected, because you said no there.",
        "email_not_verified" | "email_not_found" => {
            "That was not connected, because no confirmed address came with it. Confirm your address there and try again."
        }
        _ => "That did not work, so nothing was connected. Try again in a moment.",
    }
}
