//! What holds for every page: hostile text stays text, nothing needs a looser policy than `'self'`, nothing is named
//! twice, and every form and link leads somewhere that exists.

use super::{
    Assets, Connection, Markup, Notice, Shell, SiteCard, SiteStatus, SitesOrigin, Takedown, Version, VersionStatus,
    Viewer, builder, connect, hub, messages,
    news::{NewMember, News, Tab, WebsiteForm},
    notch, problem, reactions, report,
    settings::{self, Activity, Deletion, Device, Done, KnownOn, Others, Profile, Settings, Way, Ways},
    setup,
    sign_in::SignIn,
    site_settings, sites,
    social::{
        self, Standing, feed,
        notifications::{self, Notifications, Told, Who},
        profile::{self, Line, Part},
    },
    text,
};
use crate::social::{
    brief::SiteBrief,
    messages::{From, Message, Messages, Thread, Threads},
};
use std::collections::BTreeSet;
use vetka_domain::{
    audit::Kind,
    oauth::Provider,
    report::{Problems, Reason},
    social::preferences::{Digest, MessagesFrom},
    social::signal::Signal,
};

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
        picture: Some(format!("/thumbnails/mira{text}")),
        taken_down: Some(Takedown { at: 1_795_242_352_317, reason: text.to_owned(), note: text.to_owned() }),
        connected: None,
    }
}

/// A site, as others see it.
fn member(text: &str) -> social::Site {
    social::Site {
        domain: format!("ben{text}"),
        name: text.to_owned(),
        url: format!("http://ben.vetka.test/{text}"),
        picture: Some(format!("/thumbnails/ben{text}")),
    }
}

fn entries(text: &str) -> Vec<feed::Entry> {
    let entry = |kind, site| feed::Entry {
        kind,
        site,
        source: text.to_owned(),
        source_url: format!("https://ben.test/{text}"),
        url: format!("https://ben.test/{text}"),
        title: text.to_owned(),
        summary: text.to_owned(),
        at: 1_795_242_352_317,
    };
    use feed::Kind::{Member, Post, Version};
    let ours = |kind| entry(kind, Some(member(text)));
    vec![ours(Version), ours(Version), ours(Member), ours(Post), entry(Post, None)]
}

fn told(text: &str) -> Vec<Told> {
    let who = [
        Who::Site(member(text)),
        Who::Elsewhere { name: text.to_owned(), url: format!("https://x.test/{text}") },
        Who::Elsewhere { name: String::new(), url: String::new() },
        Who::Nobody,
    ];
    let kinds = ["follow", "reaction", "comment", "message", "mention", "placement", text];
    let all = kinds.iter().flat_map(|kind| who.iter().map(move |who| (*kind, who.clone())));
    all.map(|(kind, who)| Told {
        id: text.to_owned(),
        kind: kind.to_owned(),
        who,
        page: if kind == "reaction" { String::new() } else { format!("https://ben.test/{text}") },
        text: text.to_owned(),
        at: 1_795_242_352_317,
        read: kind == "follow",
    })
    .collect()
}

fn news<'a>(
    standing: Standing,
    entries: &'a [feed::Entry],
    members: &'a [NewMember],
    told: &'a [Told],
    text: &'a str,
) -> News<'a> {
    let website = WebsiteForm { typed: text, problem: Some(text) };
    News { tab: Tab::Everyone, standing, website, entries, older: Some(text), back: true, members, told }
}

/// A profile as somebody sees it who stands to it like this.
fn profile(shell: Shell<'_>, text: &str, standing: Option<Standing>, part: Part, apart: bool) -> Markup {
    let (entries, lines) = (entries(text), [None, Some(text.to_owned())].map(|feed| Line { site: member(text), feed }));
    let view = profile::Profile {
        site: &member(text),
        followers: 1,
        following: 2,
        since: 1_795_242_352_317,
        shown: true,
        rel_me: &[format!("https://x.test/{text}")],
        standing,
        follows_you: true,
        blocked: apart,
        muted: true,
        part,
        entries: &entries,
        lines: &lines,
        older: Some(text),
        back: true,
        notice: Some(Notice::Followed),
    };
    profile::page(shell, view)
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
        name: text.to_owned(),
        note: text.to_owned(),
        pinned: live,
        draft: !live,
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
        known: &[KnownOn {
            id: text.to_owned(),
            host: text.to_owned(),
            origin: format!("https://mira.example/{text}"),
            shared: true,
            used_at: 1_795_242_352_317,
        }],
        ways: Ways { connected: &[way], offered: &Provider::ALL, problem: Some(text) },
        others: Some(Others {
            messages_from: MessagesFrom::Following,
            digest: Digest::Daily,
            blocked: &[Line { site: member(text), feed: None }],
            muted: &[Line { site: member(text), feed: None }],
        }),
        activity: Activity { done: &all, older: Some(text), back: true },
        deletion: Deletion { open: true, problem: Some(text) },
        notice: Some(Notice::ProfileSaved),
        now: 1_795_242_352_317,
    };
    settings::page(Shell { assets, viewer: Some(viewer) }, view)
}

/// The settings of a site whose domain has got this far.
fn site_settings(assets: &Assets, viewer: &Viewer, text: &str, state: Option<&str>) -> Markup {
    let record = |kind, seen| site_settings::Record { kind, name: text, short: text, value: text, seen };
    let domain = state.map(|state| site_settings::Domain {
        hostname: text,
        url: text,
        state,
        since: 1_795_242_352_317,
        message: text,
        looked_at: Some(1_795_242_352_317),
        proof_lost: true,
        apex: true,
        on_its_way: state == "unproven",
        records: vec![record("TXT", Some(true)), record("CNAME", Some(false))],
    });
    let view = site_settings::SiteSettings {
        site: &card(text),
        not_found: "auto",
        notch: true,
        domain: site_settings::DomainPart {
            offered: true,
            domain: domain.as_ref(),
            canonical: "domain",
            typed: text,
            problem: Some(text),
            removing: true,
        },
        notice: Some(Notice::SiteSaved),
    };
    site_settings::page(Shell { assets, viewer: Some(viewer) }, view)
}

/// `/messages`, with a thread open or without; `why` it cannot be written in.
fn inbox(shell: Shell<'_>, text: &str, open: Option<Option<&'static str>>, typed: Option<&str>) -> Markup {
    let with = || SiteBrief {
        domain: format!("ann{text}"),
        name: format!("Ann{text}"),
        url: format!("http://ann.vetka.test/{text}"),
        image: None,
    };
    let at = 1_795_242_352_317;
    let message = |id: &str, from: From, deleted: bool| Message {
        id: id.to_owned(),
        client_id: None,
        from,
        body: if deleted { String::new() } else { text.to_owned() },
        created_at: text::rfc3339(at),
        edited_at: Some(text::rfc3339(at)),
        deleted,
        read_at: None,
        created_ms: at,
    };
    let threads = Threads {
        threads: vec![Thread { with: with(), last: message("d", From::Them, false), unread: 3, muted: true }],
        unread: 0,
        next_cursor: Some("7".to_owned()),
    };
    let page = |why: Option<&'static str>| Messages {
        with: with(),
        messages: vec![message("c", From::Them, false), message("b", From::Me, false), message("a", From::Me, true)],
        next_cursor: Some("5".to_owned()),
        can_write: why.is_none(),
        why,
    };
    let page = open.map(page);
    let open = page.as_ref().map(|page| messages::Open {
        page,
        client_id: text,
        typed: text,
        problem: Some(text),
        earlier: true,
        now: at + 60_000,
    });
    let to = typed.map(|typed| (typed, typed));
    messages::inbox(shell, &messages::Inbox { threads: &threads, open, me: text, to })
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
        unread_messages: 120,
        site_domain: Some(format!("mira{text}")),
        member: Some(format!("mira{text}")),
        unread: 100,
    };
    let (entries, told) = (entries(text), told(text));
    let members = [true, false].map(|following| NewMember { site: member(text), since: 0, following });
    let here = |standing| news(standing, &entries, &members, &told, text);
    let empty = News { tab: Tab::Following, ..news(Standing::NoSite, &[], &[], &[], text) };
    let empty = News { older: None, back: false, ..empty };
    let following = Standing::Member { following: true };
    let to_follow = News { tab: Tab::Following, ..here(following) };
    let nothing_told = Notifications { told: &[], unread: 0, older: None, back: false, notice: None };
    let visitor = Shell { assets: &assets, viewer: None };
    let shell = Shell { assets: &assets, viewer: Some(&viewer) };
    let (site, versions) = (card(text), [version("b", text, true), version("a", text, false)]);
    let (sites_here, names) = ([site.clone()], [text.to_owned()]);
    let welcome = |sign_in| {
        hub::welcome(
            visitor,
            hub::Welcome {
                sign_in,
                providers: &Provider::ALL,
                failure: Some(text),
                next: Some(text),
                notice: None,
                news: Some(here(Standing::Stranger)),
            },
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
        archive_files: 2,
        tab: builder::Tab::Versions,
        notice: Some(Notice::NotRestored),
    };
    let report = report::Form {
        url: text,
        reason: Some(Reason::Malware),
        details: text,
        email: text,
        problems: Problems { url: Some("x"), reason: Some("x"), details: Some("x"), email: Some("x") },
        refused: Some(text),
    };
    let agree =
        notch::Agree { viewer: &viewer, acts_as: Some(text), challenge: text, state: text, origin: text, host: text };
    let received = |lost| reactions::Received {
        id: format!("{lost}{text}"),
        url: format!("https://mira.example/{text}"),
        signal: Signal::Question,
        body: text.to_owned(),
        quote: text.to_owned(),
        lost,
        changed: !lost,
        author: text.to_owned(),
        author_url: if lost { format!("https://ben.example/{text}") } else { text.to_owned() },
        at: 1_795_242_352_317,
        hidden: lost,
    };
    let list_of_reactions = [received(true), received(false)];
    let left = reactions::Reactions { site: &site, reactions: &list_of_reactions, older: Some(text), back: true };
    let wrong = problem::Problem { status: 500, request_id: Some(text), retry_after: None };
    let drawn: Vec<(&'static str, Markup)> = vec![
        ("hub", welcome(SignIn::Closed)),
        ("hub, address", welcome(SignIn::Email { email: text, problem: Some(text) })),
        ("hub, code", welcome(SignIn::Code { email: text, problem: Some(text) })),
        ("home", hub::home(shell, hub::Home { site: Some(&site), notice: None, news: here(following) })),
        ("home, following", hub::home(shell, hub::Home { site: Some(&site), notice: None, news: to_follow })),
        ("home, empty", hub::home(shell, hub::Home { site: None, notice: None, news: empty })),
        ("setup", setup::choice(shell, Some(Notice::SiteDeleted))),
        ("generate", setup::generate(shell, generate)),
        ("sites", sites::list(shell, list)),
        ("builder", builder::page(shell, in_builder)),
        ("sites, lost", sites::list(shell, lost_list)),
        ("sites, passed on", sites::list(shell, passed_on_list)),
        ("connect", connect::which(shell, connect::Which { typed: text, problem: Some(text) })),
        ("connect, steps", connect::steps(shell, steps)),
        ("no builder", connect::no_builder(shell, &lost[0])),
        (
            "home, connected",
            hub::home(
                shell,
                hub::Home { site: Some(&lost[0]), notice: Some(Notice::Connected), news: here(Standing::NoSite) },
            ),
        ),
        ("settings, leaving", settings(&assets, &viewer, text)),
        ("settings", settings(&assets, &Viewer { deletion_at: None, ..viewer.clone() }, text)),
        ("report", report::form(visitor, report)),
        ("report, sent", report::thanks(shell, report::Sent { reference: text })),
        ("settings of a site", site_settings(&assets, &viewer, text, None)),
        ("settings of a site, on its way", site_settings(&assets, &viewer, text, Some("unproven"))),
        ("settings of a site, there", site_settings(&assets, &viewer, text, Some("active"))),
        ("reactions", reactions::page(shell, left)),
        ("profile, of a stranger", profile(visitor, text, Some(Standing::Stranger), Part::News, false)),
        ("profile, followed", profile(shell, text, Some(following), Part::Followers, false)),
        ("profile, blocked", profile(shell, text, Some(following), Part::Following, true)),
        ("profile, one's own", profile(shell, text, None, Part::News, false)),
        (
            "notifications",
            notifications::page(
                shell,
                Notifications { told: &told, unread: 1, older: Some(text), back: true, notice: None },
            ),
        ),
        ("notifications, none", notifications::page(shell, nothing_told)),
        ("problem", problem::page(shell, wrong)),
        ("window, agree", notch::agree(shell, agree)),
        ("window, sign in", notch::sign_in(visitor, notch::SignIn { host: text, providers: &Provider::ALL })),
        ("messages", inbox(shell, text, None, Some(text))),
        ("messages, a thread", inbox(shell, text, Some(None), None)),
        ("messages, closed", inbox(shell, text, Some(Some("This site takes no messages.")), None)),
        ("messages, without a site", messages::without_site(shell)),
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
        assert!(
            html.contains("ends&quot;here") || ["setup", "home, empty", "notifications, none"].contains(&name),
            "{name}: never shown"
        );
    }
}

#[test]
fn the_frame_tells_its_script_whose_page_it_stands_on_and_nothing_else_becomes_of_that() {
    let site = format!(r#"{{"name":"{HOSTILE}"}}"#);
    let view = notch::Embed { site: &site, name: HOSTILE, path: "/sites/mira.test" };
    let html = notch::embed(&assets(), view).into_string();
    assert!(!html.contains("<script>alert") && !html.contains("<img src=x"), "{html}");
    assert_eq!(html.matches("data-site=\"{&quot;name&quot;").count(), 1, "{html}");
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
        "/report",
        "/sign-in",
        "/sign-in/code",
        "/sign-in/social",
        "/sign-out",
        "/settings/profile",
        "/settings/picture/remove",
        "/settings/devices/sign-out",
        "/settings/devices/sign-out-others",
        "/settings/known/end",
        "/settings/providers/connect",
        "/settings/providers/disconnect",
        "/settings/export",
        "/settings/deletion",
        "/settings/deletion/cancel",
        "/setup/generate",
        "/setup/script",
        "/messages",
        "/messages/annplain",
        "/messages/annplain/read",
        "/messages/annplain/edit",
        "/messages/annplain/delete",
        "/settings/others",
        "/notifications/read",
        "/follows",
        "/sites/benplain/follow",
        "/sites/benplain/apart",
        "/sites/miraplain/delete",
        "/sites/miraplain/proof",
        "/sites/miraplain/builder/restore",
        "/sites/miraplain/reactions",
        "/sites/miraplain/settings",
        "/sites/miraplain/settings/domain",
        "/sites/miraplain/settings/domain/check",
        "/sites/miraplain/settings/domain/remove",
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
        // In a window there is one thing to do, and nothing before it to get past.
        let window = name.starts_with("window");
        let navs = if name.starts_with("settings") { 2 } else { usize::from(!window) };
        assert_eq!(html.matches("<nav").count(), navs, "{name}");
        assert!(window || html.contains("href=\"#main\""), "{name}");
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
            let explained = jargon == "DNS" && (name == "connect, steps" || name.starts_with("settings of a site"));
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
    let view = builder::Builder { site: &site, versions: &[], archive_files: 9, tab: builder::Tab::Chat, notice: None };
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
    assert!(words(Some(1)).contains("Wait 1 second and"));
    assert!(words(Some(42)).contains("Wait 42 seconds and"));
    assert!(words(Some(150)).contains("Wait 3 minutes and"));
    assert!(words(None).contains("Wait a minute and"));
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
