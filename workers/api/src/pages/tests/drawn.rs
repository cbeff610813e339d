//! Every page, drawn.

use super::super::{
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
use vetka_app::testing::Drawn;
use vetka_domain::{
    audit::Kind,
    oauth::Provider,
    report::{Problems, Reason},
    social::preferences::{Digest, MessagesFrom},
    social::signal::Signal,
};

pub(super) fn assets() -> Assets {
    Assets::parse(r#"{"app.css":"/assets/app-1.css","hub.js":"/assets/hub-1.js"}"#).unwrap()
}

pub(super) fn card(text: &str) -> SiteCard {
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
pub(super) fn pages(text: &str) -> Vec<Drawn> {
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
