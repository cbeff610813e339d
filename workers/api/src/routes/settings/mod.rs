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
        settings::{self, Activity, Deletion, Done, KnownOn, Others, Profile, Settings, Way, Ways},
        social::profile::Line,
    },
    paging::Wanted,
    routes::follow_pages::line,
    social::{
        apart::{self, Apart},
        grants::{self, Listed},
        origins,
        preferences::{self, Preferences},
        profile::SiteList,
    },
};
use futures::future::{try_join3, try_join4};
use vetka_domain::{
    audit::Kind,
    social::preferences::{Digest, MessagesFrom},
};
use vetka_edge::{Result, auth::Viewer};

/// The settings.
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
    let (devices, connected, events, known_on) = try_join4(
        sessions::list(ask, user_id),
        providers::connected(ask, user_id),
        history::list(ask, user_id, wanted),
        grants::list(ask, user_id),
    )
    .await?;
    if !devices.iter().any(|device| device.id == viewer.session_id) {
        return Err(ask.session_ended());
    }
    let mut devices: Vec<settings::Device> = devices.into_iter().map(|device| row(device, viewer)).collect();
    devices.sort_by_key(|device| !device.current);
    let connected: Vec<Way> = connected.into_iter().map(way).collect();
    let known_on: Vec<KnownOn> = known_on.into_iter().map(place).collect();
    let others = match &facts.site {
        Some(site) => Some(Kept::read(ask, &site.id).await?),
        None => None,
    };
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
        known: &known_on,
        ways: Ways { connected: &connected, offered: &offered, problem: failed.as_deref().map(not_connected) },
        others: others.as_ref().map(Kept::view),
        activity: Activity { done: &done, older: next_cursor.as_deref(), back: cursor.is_some() },
        deletion: shown.deletion,
        notice: ask.param("notice").as_deref().and_then(Notice::from_code),
        now: ask.now(),
    };
    answer::page(status, settings::page(shell, view))
}

/// What somebody wants of others, gathered for the page.
struct Kept {
    preferences: Preferences,
    blocked: Vec<Line>,
    muted: Vec<Line>,
}

impl Kept {
    async fn read(ask: &Ask, site_id: &str) -> Result<Self> {
        let wanted = Wanted::parse(Some("100"), None)?;
        let (preferences, blocked, muted) = try_join3(
            preferences::read(ask, site_id),
            apart::list(ask, site_id, Apart::Block, wanted),
            apart::list(ask, site_id, Apart::Mute, wanted),
        )
        .await?;
        let lines = |list: SiteList| list.sites.into_iter().map(line).collect();
        Ok(Self { preferences, blocked: lines(blocked), muted: lines(muted) })
    }

    fn view(&self) -> Others<'_> {
        Others {
            messages_from: MessagesFrom::parse(&self.preferences.messages_from).unwrap_or(MessagesFrom::Everyone),
            digest: Digest::parse(&self.preferences.digest).unwrap_or(Digest::Off),
            blocked: &self.blocked,
            muted: &self.muted,
        }
    }
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

fn place(grant: Listed) -> KnownOn {
    KnownOn {
        id: grant.id,
        host: origins::host(&grant.origin).to_owned(),
        origin: grant.origin,
        shared: grant.shared,
        used_at: grant.used_at_ms,
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
