//! What holds for every page: hostile text stays text, nothing needs a looser policy than `'self'`, nothing is named
//! twice, and every form and link leads somewhere that exists.

mod builder;
mod drawn;

use super::{SitesOrigin, notch};
use drawn::{assets, pages};
use vetka_app::testing::{self, HOSTILE};

#[test]
fn hostile_text_stays_text() {
    let pages = pages(HOSTILE);
    testing::text_stays_text(&pages);
    for (name, html) in pages {
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
    testing::nothing_is_inline(&pages("plain"));
}

#[test]
fn no_id_stands_twice_and_what_is_pointed_at_is_there() {
    testing::ids_are_there_once(&pages("plain"), &[]);
}

#[test]
fn every_tag_says_each_thing_once() {
    testing::tags_say_each_thing_once(&pages("plain"));
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
    testing::forms_post_to(&pages("plain"), &known);
}

#[test]
fn every_page_has_one_heading_one_main_and_a_way_past_the_navigation() {
    let pages = pages("plain");
    testing::parts_are_in_place(&pages);
    for (name, html) in pages {
        let navs = if name.starts_with("settings") { 2 } else { usize::from(!name.starts_with("window")) };
        assert_eq!(html.matches("<nav").count(), navs, "{name}");
    }
}

#[test]
fn no_word_is_shouted_and_none_is_jargon() {
    for (name, html) in pages("plain") {
        let words = testing::words(&html);
        assert!(!words.contains('!'), "{name}");
        for jargon in ["deploy", "token", "DNS", "snapshot", "subdomain", "OTP", "session"] {
            // Whoever needs the record must find it under its name; the page says what it is.
            let explained = jargon == "DNS" && (name == "connect, steps" || name.starts_with("settings of a site"));
            assert!(explained || !words.contains(jargon), "{name}: {jargon}");
        }
    }
}

#[test]
fn the_suffix_of_a_name_is_what_stands_in_the_address() {
    assert_eq!(SitesOrigin("https://{label}.vetka.sh").suffix(), ".vetka.sh");
    assert_eq!(SitesOrigin("http://{label}.vetka.localhost:8787/").suffix(), ".vetka.localhost:8787");
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
