//! What holds for every page: hostile text stays text, nothing needs a looser policy than `'self'`, nothing is named twice,
//! and every form and button leads to a route that exists.

use super::{
    SessionLine, Team, admins_only,
    dashboard::{self, Dashboard, Own},
    history::{self, History},
    invite::{self, Invite},
    notice::Notice,
    organizations, pick, project,
    settings::{self, Decided, Member},
    setup,
};
use crate::project::Project;
use std::collections::BTreeSet;
use vetka_app::{
    pages::{Assets, Shell, Viewer},
    testing::{self, Drawn, HOSTILE, values},
};
use vetka_domain::{
    routes::{Match, TEAMS, find},
    team::{
        organization::Unacceptable,
        project::{Repository, Service, TemplateStatus},
        session::{Outcome, Status},
    },
};

const AT: i64 = 1_795_242_352_317;

fn a_project(text: &str, template_status: TemplateStatus) -> Project {
    Project {
        id: format!("p{}", template_status.as_str()),
        organization_id: "o1".to_owned(),
        name: text.to_owned(),
        repository: Repository::parse("ann/bakery").unwrap(),
        repository_url: format!("https://github.test/ann/bakery{text}"),
        default_branch: text.to_owned(),
        startup_commands: vec![text.to_owned()],
        required_services: vec![Service::Redis],
        allowed_file_patterns: vec![text.to_owned()],
        preview_port: 3000,
        context_instructions: text.to_owned(),
        model: "claude-sonnet-5".to_owned(),
        max_session_duration_min: 60,
        max_budget: 5_000_000,
        template_status,
        created_at: AT,
    }
}

fn line(text: &str, status: Status, outcome: Option<Outcome>) -> SessionLine {
    SessionLine {
        id: text.to_owned(),
        project_id: "pREADY".to_owned(),
        project_name: text.to_owned(),
        title: text.to_owned(),
        who: (status != Status::Errored).then(|| text.to_owned()),
        status,
        outcome,
        pr_url: Some(if outcome.is_some() {
            format!("https://github.test/{text}")
        } else {
            "javascript:alert(1)".to_owned()
        }),
        cost: 420_000,
        started_at: AT,
        ended_at: status.is_over().then_some(AT + 60_000),
    }
}

fn lines(text: &str) -> Vec<SessionLine> {
    let over = Outcome::ALL.map(|outcome| line(text, Status::Completed, Some(outcome)));
    Status::ALL.map(|status| line(text, status, None)).into_iter().chain(over).collect()
}

/// Every page, with `text` wherever somebody else's text can stand.
fn pages(text: &str) -> Vec<Drawn> {
    let assets = Assets::parse(r#"{"app.css":"/assets/app-1.css","teams.js":"/assets/teams-1.js"}"#).unwrap();
    let viewer = Viewer { email: format!("ann{text}@x.test"), name: text.to_owned(), ..Viewer::default() };
    let shell = Shell { assets: &assets, viewer: Some(&viewer) };
    let team = |is_admin| Team { id: "o1", name: text, is_admin };
    let (admin, member) = (team(true), team(false));
    let projects = TemplateStatus::ALL.map(|status| a_project(text, status));
    let a = &projects[0];
    let lines = lines(text);
    let variables = [text.to_owned()];
    let notice = Notice::from_code("team-saved");
    let shown = |team, projects, lines, own: bool| {
        let own = Own { has_key: own, has_github: false };
        let view = Dashboard { team, projects, active: lines, recent: lines, own, spent: 1, budget: Some(2), notice };
        dashboard::show(shell, view)
    };
    let past = |search, lines, older| {
        history::show(shell, History { team: member, search, lines, older, back: older.is_some() })
    };
    let members = [("u1", text, true), ("u2", "", true), ("u3", text, false)].map(|(id, name, is_admin)| Member {
        id: id.to_owned(),
        name: name.to_owned(),
        email: format!("{id}{text}@x.test"),
        is_admin,
        since: text.to_owned(),
    });
    let invites = [Some(text.to_owned()), None].map(|email| settings::Invite {
        id: if email.is_some() { "i1" } else { "i2" }.to_owned(),
        email,
        is_admin: true,
        expires_at: AT,
    });
    let decided = |members, invites| Some(Decided { budget: Some(12_500_000), members, invites, own_id: "u1" });
    let invited = |email| Invite::Open { team: text, by: Some(text), as_admin: true, expires_at: AT, email };
    let invite = |invite| invite::show(shell, "/invite/vi_x", invite);
    let line = organizations::Line { id: "o1".to_owned(), name: text.to_owned(), is_admin: true, members: 2 };
    let named = |id: &str| organizations::Line { id: id.to_owned(), is_admin: false, ..line.clone() };
    [
        ("teams, none", organizations::list(shell, &[], None)),
        ("teams", organizations::list(shell, &[line.clone(), named("o2")], notice)),
        ("new team", organizations::new(shell)),
        ("nothing for admins", shown(admin, &[], &[], false)),
        ("nothing for members", shown(member, &[], &[], false)),
        ("team of admins", shown(admin, &projects, &lines, true)),
        ("team of members", shown(member, &projects, &[], false)),
        ("history, none", past("", &[], None)),
        ("history, no match", past(text, &[], None)),
        ("history", past(text, &lines, Some("7"))),
        ("settings of a team", settings::show(shell, admin, decided(&members, &invites), notice)),
        ("settings, alone", settings::show(shell, admin, decided(&members[..1], &[]), notice)),
        ("settings for members", settings::show(shell, member, None, notice)),
        ("invite", invite(invited(Some(text)))),
        ("invite, visitor", invite(invited(None))),
        ("invite, sign in", invite(Invite::SignInFirst)),
        ("invite, inside", invite(Invite::Inside { id: "o1", team: text })),
        ("invite, closed", invite(Invite::Closed { sentence: Unacceptable::NotYours.sentence(), email: Some(text) })),
        ("pick, not offered", pick::show(shell, admin, pick::Github::NotOffered, notice)),
        ("pick, not connected", pick::show(shell, admin, pick::Github::NotConnected, notice)),
        ("pick", pick::show(shell, admin, pick::Github::Connected, notice)),
        ("set up", setup::show(shell, admin, a, &variables)),
        ("project", project::show(shell, admin, a, &variables, notice)),
        ("for admins", admins_only(shell, member, "Only an admin can set up projects. Ask one of them.")),
    ]
    .map(|(name, page)| (name, page.into_string()))
    .into()
}

#[test]
fn hostile_text_stays_text() {
    testing::text_stays_text(&pages(HOSTILE));
}

#[test]
fn nothing_on_a_page_is_inline() {
    testing::nothing_is_inline(&pages("plain"));
}

#[test]
fn no_id_stands_twice_and_what_is_pointed_at_is_there() {
    testing::ids_are_there_once(&pages("plain"), &["data-opens", "data-copies"]);
}

#[test]
fn every_tag_says_each_thing_once() {
    testing::tags_say_each_thing_once(&pages("plain"));
}

#[test]
fn what_is_sent_goes_to_routes_that_are_there() {
    let mut seen = BTreeSet::new();
    for (name, html) in pages("plain") {
        for attribute in ["data-send", "data-invite", "data-create"] {
            for target in values(&html, attribute) {
                let (method, path) = target.split_once(' ').unwrap();
                let Match::Found(id, _) = find(TEAMS, method, path) else { panic!("{name}: {target}") };
                seen.insert(format!("{id:?}"));
            }
        }
        for then in values(&html, "data-then") {
            let path = then.split(['?', '#']).next().unwrap_or_default();
            assert!(matches!(find(TEAMS, "GET", path), Match::Found(..)), "{name}: {then}");
            if let Some((_, query)) = then.split_once("?notice=") {
                let code = query.split('#').next().unwrap_or_default();
                assert!(Notice::from_code(code).is_some(), "{name}: {code}");
            }
        }
        for path in
            values(&html, "href").into_iter().filter(|href| href.starts_with("/orgs") || href.starts_with("/api/"))
        {
            let path = path.split(['?', '#']).next().unwrap_or_default();
            assert!(matches!(find(TEAMS, "GET", path), Match::Found(..)), "{name}: {path}");
        }
        for form in html.split("<form").skip(1).filter_map(|form| form.split('>').next()) {
            // Without its script, no form may put what was typed into the address.
            assert!(
                form.contains("method=\"post\"") || form.contains("action=\"/orgs/o1/sessions\""),
                "{name}: {form}"
            );
        }
    }
    let known = [
        "AcceptInvite",
        "CreateInvite",
        "CreateOrganization",
        "CreateProject",
        "DeleteInvite",
        "DeleteOrganization",
        "DeleteProject",
        "LeaveOrganization",
        "RemoveMember",
        "SetMemberRole",
        "UpdateOrganization",
        "UpdateProject",
    ];
    // An invite is accepted by a form of the old kind.
    let wanted: BTreeSet<String> = known.into_iter().filter(|id| *id != "AcceptInvite").map(str::to_owned).collect();
    assert_eq!(seen, wanted);
}

#[test]
fn forms_post_to_the_agreed_addresses() {
    testing::forms_post_to(&pages("plain"), &["/sign-out", "/invite/vi_x", "/orgs/o1/sessions"]);
}

#[test]
fn every_page_has_one_heading_one_main_and_a_way_past_the_navigation() {
    testing::parts_are_in_place(&pages("plain"));
}

#[test]
fn no_word_is_shouted_and_none_is_jargon() {
    for (name, html) in pages("plain") {
        let words = testing::words(&html);
        // What keeps files out of a list of patterns is an exclamation mark, and stands there as one.
        let is_about_patterns = name == "set up" || name == "project";
        assert!(is_about_patterns || !words.contains('!'), "{name}");
        for jargon in ["token", "deploy", "sandbox", "template", "endpoint", "organization", "null"] {
            assert!(!words.contains(jargon), "{name}: {jargon}");
        }
    }
}

#[test]
fn members_are_offered_nothing_that_is_for_admins() {
    for (name, html) in pages("plain").into_iter().filter(|(name, _)| name.contains("members")) {
        for way in ["/projects/new", "/setup", "data-send=\"PUT", "/members", "/invites"] {
            assert!(!html.contains(way), "{name}: {way}");
        }
    }
}

#[test]
fn the_last_admin_is_told_why_they_stay() {
    let pages = pages("plain");
    let (_, html) = pages.iter().find(|(name, _)| *name == "settings, alone").unwrap();
    assert!(html.contains("The only admin") && html.contains("You are the only admin of"));
    assert!(!html.contains("data-opens=\"leave-team\"") && !html.contains("Make a member"));
}

#[test]
fn a_session_starts_only_from_a_workspace_that_is_ready() {
    let pages = pages("plain");
    let (_, html) = pages.iter().find(|(name, _)| *name == "team of admins").unwrap();
    assert_eq!(values(html, "data-start"), ["pREADY"]);
}

#[test]
fn values_of_variables_are_nowhere_on_a_page_only_names() {
    let pages = pages("plain");
    let (_, html) = pages.iter().find(|(name, _)| *name == "project").unwrap();
    assert!(html.contains("<code>plain</code>") && !html.contains("type=\"password\""));
}
