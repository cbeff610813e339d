//! What holds for every page: hostile text stays text, nothing needs a looser policy than `'self'`, nothing is named
//! twice, and every form and link leads somewhere that exists.

use super::{
    Assets, Connection, Markup, Notice, Shell, SiteCard, SiteStatus, SitesOrigin, Version, VersionStatus, Viewer,
    builder, connect, hub, problem,
    settings::{self, Activity, Deletion, Device, Done, Profile, Settings, Way, Ways},
    setup,
    sign_in::SignIn,
    sites, text,
};
use std::collections::BTreeSet;
use vetka_domain::{audit::Kind, oauth::Provider};

const HOSTILE: &str = r#"ends"here><script>alert('x')</script><img src=x onerror=alert(1)>&amp;"#;

fn assets() -> Assets {
    Assets::parse(r#"{"app.css":"/assets/app-1.css","hub.js":"/assets/hub-1.js"}"#).unwrap()
}

fn card(text: &str) -> SiteCard {
    SiteCard {
        domain: format!("mira{text}"),
        label: format!("mira{text}"),
        url: format!("http://mira.vetka.test/{text}"),
        status: SiteStatus::Live,
        created_at: 1_795_242_352_317,
        connected: None,
    }
}

fn version(id: &str, text: &str, live: bool) -> Version {
    Version {
        id: format!("{id}{text}"),
        created_at: 1_795_242_352_317,
        message: text.to_owned(),
        status: VersionStatus::Success,
        file_count: 3,
        byte_size: 48_300,
        live,
        restored_from: (id == "b").then(|| format!("a{text}")),
        preview_url: format!("http://v--{id}.vetka.test/{text}"),
    }
}

fn settings(assets: &Assets, viewer: &Viewer, text: &str) -> Markup {
    let device = |current| Device {
        id: format!("{current}{text}"),
        user_agent: text.to_owned(),
        place: text.to_owned(),
        ip_address: text.to_owned(),
        last_seen_at: 1_795_242_352_317,
        current,
    };
    let done = |kind| Done {
        kind,
        subject: text.to_owned(),
        user_agent: text.to_owned(),
        place: text.to_owned(),
        ip_address: text.to_owned(),
        at: 1_795_242_352_317,
    };
    let way = Way { id: text.to_owned(), provider: Provider::Github, email: text.to_owned(), since: 0 };
    let all: Vec<Done> = Kind::ALL.into_iter().map(Some).chain([None]).map(done).collect();
    let view = Settings {
        viewer,
        profile: Profile {
            name: text,
            handle: text,
            name_problem: Some(text),
            handle_problem: Some(text),
            suggestions: &[text.to_owned()],
        },
        devices: &[device(true), device(false)],
        ways: Ways { connected: &[way], offered: &Provider::ALL, problem: Some(text) },
        activity: Activity { done: &all, older: Some(text), back: true },
        deletion: Deletion { open: true, problem: Some(text) },
        notice: Some(Notice::ProfileSaved),
        now: 1_795_242_352_317,
    };
    settings::page(Shell { assets, viewer: Some(viewer) }, view)
}

/// Every page, with `text` wherever text from outside can stand.
fn pages(text: &str) -> Vec<(&'static str, String)> {
    let assets = assets();
    let viewer = Viewer {
        email: format!("m@x.test{text}"),
        name: format!("Mira{text}"),
        handle: Some("mira".to_owned()),
        picture: None,
        deletion_at: Some(1_795_847_152_317),
        site_domain: Some(format!("mira{text}")),
    };
    let visitor = Shell { assets: &assets, viewer: None };
    let shell = Shell { assets: &assets, viewer: Some(&viewer) };
    let (site, versions) = (card(text), [version("b", text, true), version("a", text, false)]);
    let (sites_here, names) = ([site.clone()], [text.to_owned()]);
    let welcome = |sign_in| {
        hub::welcome(
            visitor,
            hub::Welcome { sign_in, providers: &Provider::ALL, failure: Some(text), next: Some(text), notice: None },
        )
    };
    let generate = setup::Generate {
        sites: SitesOrigin("http://{label}.vetka.test:1"),
        label: text,
        problem: Some(text),
        suggestions: &names,
    };
    let list = sites::Sites {
        sites: &sites_here,
        deleting: Some(&site.domain),
        problem: Some(text),
        notice: Some(Notice::OneSite),
        tag: None,
        seen: None,
    };
    let connected = |connection| SiteCard { connected: Some(connection), ..card(text) };
    let lost = [connected(Connection::Lost { since: 1_795_242_352_317 })];
    let passed_on = [connected(Connection::PassedOn { domain: text.to_owned() })];
    let lost_list = sites::Sites { sites: &lost, problem: None, tag: Some(text), seen: Some(text), ..list };
    let passed_on_list = sites::Sites { sites: &passed_on, deleting: Some(&site.domain), ..lost_list };
    let steps = connect::Steps { domain: text, tag: text, record_name: text, record: text, seen: Some(text) };
    let in_builder = builder::Builder {
        site: &site,
        versions: &versions,
        tab: builder::Tab::Versions,
        notice: Some(Notice::NotRestored),
    };
    let wrong = problem::Problem { status: 500, request_id: Some(text), retry_after: None };
    let drawn: Vec<(&'static str, Markup)> = vec![
        ("hub", welcome(SignIn::Closed)),
        ("hub, address", welcome(SignIn::Email { email: text, problem: Some(text) })),
        ("hub, code", welcome(SignIn::Code { email: text, problem: Some(text) })),
        ("home", hub::home(shell, hub::Home { site: Some(&site), notice: None })),
        ("home, empty", hub::home(shell, hub::Home { site: None, notice: None })),
        ("setup", setup::choice(shell, Some(Notice::SiteDeleted))),
        ("generate", setup::generate(shell, generate)),
        ("sites", sites::list(shell, list)),
        ("builder", builder::page(shell, in_builder)),
        ("sites, lost", sites::list(shell, lost_list)),
        ("sites, passed on", sites::list(shell, passed_on_list)),
        ("connect", connect::which(shell, connect::Which { typed: text, problem: Some(text) })),
        ("connect, steps", connect::steps(shell, steps)),
        ("no builder", connect::no_builder(shell, &lost[0])),
        ("home, connected", hub::home(shell, hub::Home { site: Some(&lost[0]), notice: Some(Notice::Connected) })),
        ("settings, leaving", settings(&assets, &viewer, text)),
        ("settings", settings(&assets, &Viewer { deletion_at: None, ..viewer.clone() }, text)),
        ("problem", problem::page(shell, wrong)),
    ];
    drawn.into_iter().map(|(name, markup)| (name, markup.into_string())).collect()
}

/// The values of an attribute, in order.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    html.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn hostile_text_stays_text() {
    for (name, html) in pages(HOSTILE) {
        assert!(!html.contains("<script>alert"), "{name}");
        assert!(!html.contains("<img src=x"), "{name}");
        assert!(!html.contains("ends\"here"), "{name}: an attribute was ended early");
        assert!(html.contains("ends&quot;here") || ["setup", "home, empty"].contains(&name), "{name}: never shown");
    }
}

#[test]
fn nothing_on_a_page_is_inline() {
    for (name, html) in pages("plain") {
        assert!(!html.contains("<style"), "{name}");
        assert!(!html.contains(" style="), "{name}");
        assert!(!html.contains("javascript:"), "{name}");
        for tag in html.split('<').filter(|tag| tag.starts_with("script")) {
            assert!(tag.contains(" src=\"/assets/"), "{name}: a script without a file");
        }
        for handler in [" onclick=", " onload=", " onerror=", " onsubmit=", " oninput="] {
            assert!(!html.contains(handler), "{name}: {handler}");
        }
    }
}

#[test]
fn no_id_stands_twice_and_what_is_pointed_at_is_there() {
    for (name, html) in pages("plain") {
        let ids = values(&html, "id");
        let unique: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}: {ids:?}");
        for attribute in ["for", "aria-labelledby", "aria-describedby", "aria-controls"] {
            for target in values(&html, attribute).into_iter().flat_map(str::split_whitespace) {
                assert!(unique.contains(target), "{name}: {attribute} points at {target}, which is not there");
            }
        }
    }
}

#[test]
fn every_tag_says_each_thing_once() {
    for (name, html) in pages("plain") {
        for tag in html.split('<') {
            let tag = tag.split('>').next().unwrap_or_default();
            for attribute in ["class", "id", "href", "hidden"] {
                assert!(tag.matches(&format!(" {attribute}=\"")).count() <= 1, "{name}: <{tag}>");
            }
        }
    }
}

#[test]
fn forms_post_to_the_agreed_addresses() {
    let known = [
        "/sign-in",
        "/sign-in/code",
        "/sign-in/social",
        "/sign-out",
        "/settings/profile",
        "/settings/picture/remove",
        "/settings/devices/sign-out",
        "/settings/devices/sign-out-others",
        "/settings/providers/connect",
        "/settings/providers/disconnect",
        "/settings/export",
        "/settings/deletion",
        "/settings/deletion/cancel",
        "/setup/generate",
        "/setup/script",
        "/sites/miraplain/delete",
        "/sites/miraplain/proof",
        "/sites/miraplain/builder/restore",
    ];
    let mut seen = BTreeSet::new();
    for (name, html) in pages("plain") {
        for action in values(&html, "action") {
            assert!(known.contains(&action), "{name}: {action}");
            seen.insert(action.to_owned());
        }
    }
    assert_eq!(seen.len(), known.len(), "{seen:?}");
}

#[test]
fn every_page_has_one_heading_one_main_and_a_way_past_the_navigation() {
    for (name, html) in pages("plain") {
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert_eq!(html.matches("<main").count(), 1, "{name}");
        let navs = if name.starts_with("settings") { 2 } else { 1 };
        assert_eq!(html.matches("<nav").count(), navs, "{name}");
        assert!(html.contains("href=\"#main\""), "{name}");
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{name}");
    }
}

#[test]
fn no_word_is_shouted_and_none_is_jargon() {
    for (name, html) in pages("plain") {
        let words: String = html.split('<').filter_map(|tag| tag.split_once('>').map(|(_, text)| text)).collect();
        assert!(!words.contains('!'), "{name}");
        for jargon in ["deploy", "token", "DNS", "snapshot", "subdomain", "OTP", "session"] {
            // Whoever needs the record must find it under its name; the page says what it is.
            let explained = (name, jargon) == ("connect, steps", "DNS");
            assert!(explained || !words.contains(jargon), "{name}: {jargon}");
        }
    }
}

#[test]
fn the_preview_is_caged_and_shows_the_versions_own_address() {
    let pages = pages("");
    let (_, html) = pages.iter().find(|(name, _)| *name == "builder").unwrap();
    assert!(html.contains(r#"sandbox="allow-scripts allow-same-origin allow-forms allow-popups""#));
    assert!(html.contains(r#"<iframe class="frame" src="http://v--b.vetka.test/" title="Preview of mira""#));
}

#[test]
fn the_live_version_offers_no_restore_and_a_restored_one_names_its_source() {
    let pages = pages("");
    let (_, html) = pages.iter().find(|(name, _)| *name == "builder").unwrap();
    assert_eq!(html.matches("name=\"snapshotId\"").count(), 1);
    assert!(html.contains("name=\"snapshotId\" value=\"a\""));
    assert!(
        html.contains("Brought back from <time datetime=\"2026-11-21T06:25:52Z\">21 November 2026, 06:25 UTC</time>")
    );
    assert!(html.contains("An earlier version, brought back"));
}

#[test]
fn a_builder_without_versions_shows_what_will_be_there_and_no_empty_frame() {
    let assets = assets();
    let site = card("");
    let view = builder::Builder { site: &site, versions: &[], tab: builder::Tab::Chat, notice: None };
    let html = builder::page(Shell { assets: &assets, viewer: None }, view).into_string();
    assert!(!html.contains("<iframe"));
    assert!(html.contains("Your site will appear here"));
    assert!(html.contains("Nothing has been published yet."));
}

#[test]
fn the_suffix_of_a_name_is_what_stands_in_the_address() {
    assert_eq!(SitesOrigin("https://{label}.vetka.sh").suffix(), ".vetka.sh");
    assert_eq!(SitesOrigin("http://{label}.vetka.localhost:8787/").suffix(), ".vetka.localhost:8787");
}

#[test]
fn waiting_is_said_in_a_unit_that_fits() {
    let assets = assets();
    let words = |retry_after| {
        let problem = problem::Problem { status: 429, request_id: None, retry_after };
        problem::page(Shell { assets: &assets, viewer: None }, problem).into_string()
    };
    assert!(words(Some(1)).contains("Please wait 1 second and"));
    assert!(words(Some(42)).contains("Please wait 42 seconds and"));
    assert!(words(Some(150)).contains("Please wait 3 minutes and"));
    assert!(words(None).contains("Please wait a minute and"));
}

#[test]
fn numbers_and_times_read_as_a_person_would_say_them() {
    assert_eq!(
        [0, 1, 999, 1_000, 48_300, 999_499, 999_500, 1_250_000].map(text::bytes),
        ["0 bytes", "1 byte", "999 bytes", "1 KB", "48 KB", "999 KB", "1.0 MB", "1.3 MB"]
    );
    assert_eq!(text::rfc3339(0), "1970-01-01T00:00:00Z");
    assert_eq!(text::rfc3339(951_782_399_000), "2000-02-28T23:59:59Z");
    assert_eq!(text::rfc3339(951_868_800_000), "2000-03-01T00:00:00Z");
    assert_eq!(text::rfc3339(-1_000), "1969-12-31T23:59:59Z");
    assert_eq!(text::date_time(1_795_242_352_317), "21 November 2026, 06:25 UTC");
}

#[test]
fn where_somebody_was_last_is_said_as_roughly_as_it_is_known() {
    let now = 1_795_242_352_317;
    let hours = |hours: i64| text::seen(now - hours * 3_600_000, now);
    assert_eq!(hours(0), "used within the last hour");
    assert_eq!(hours(1), "used 1 hour ago");
    assert_eq!(hours(47), "used 1 day ago");
    assert_eq!(hours(335), "used 13 days ago");
    assert_eq!(hours(336), "used on 7 November 2026");
    assert_eq!(hours(-5), "used within the last hour");
}

#[test]
fn somebody_is_called_by_what_they_gave_and_shown_by_its_first_letters() {
    let viewer = |name: &str, handle: Option<&str>| Viewer {
        email: "mira.k@x.test".to_owned(),
        name: name.to_owned(),
        handle: handle.map(str::to_owned),
        ..Viewer::default()
    };
    for (name, handle, called, initials) in [
        ("Mira Kovač", Some("mk"), "Mira Kovač", "MK"),
        ("Dr. Mira von Kovač", None, "Dr. Mira von Kovač", "DK"),
        ("мира", None, "мира", "М"),
        ("李小龍", None, "李小龍", "李"),
        ("", Some("mk"), "mk", "M"),
        ("", None, "mira.k", "M"),
        ("🌿", None, "🌿", "?"),
        ("(Mira)", None, "(Mira)", "M"),
    ] {
        let viewer = viewer(name, handle);
        assert_eq!((viewer.called(), viewer.initials().as_str()), (called, initials));
    }
}

#[test]
fn whoever_leaves_reads_it_on_every_page_and_can_stay() {
    for (name, html) in pages("plain") {
        let signed_in = html.contains("action=\"/sign-out\"");
        let told = html.contains(
            "Your account will be deleted on <time datetime=\"2026-11-28T06:25:52Z\">28 November 2026</time>.",
        );
        assert_eq!(told, signed_in && name != "settings", "{name}");
    }
}

#[test]
fn a_notice_is_read_back_from_its_code_and_from_nothing_else() {
    for notice in [Notice::SignedOut, Notice::SignInFirst, Notice::SiteDeleted, Notice::Restored, Notice::NotRestored] {
        assert_eq!(Notice::from_code(notice.code()), Some(notice));
    }
    assert_eq!(Notice::from_code("<script>"), None);
}
