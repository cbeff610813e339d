//! What is particular to the builder.

use super::{
    super::{Shell, builder},
    drawn::{assets, card, pages},
};

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
