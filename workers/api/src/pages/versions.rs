//! The list of versions, as it stands before the island refreshes it and as it stays without scripts. Keep its shape
//! in step with `notch/src/builder/versions.ts`, which draws the same rows.

use super::{SiteCard, Version, VersionStatus, text};
use maud::{Markup, html};
use vetka_domain::version::archive_parts;

/// The whole list, newest first. `most` files are in one archive.
pub(super) fn list(site: &SiteCard, versions: &[Version], most: u32) -> Markup {
    html! {
        p #no-versions hidden[!versions.is_empty()] {
            "Nothing has been published yet. Each change that goes on the web is kept here, and you can go back to it."
        }
        ol #version-list role="list" {
            @for version in versions { (row(site, version, versions, most)) }
        }
    }
}

fn row(site: &SiteCard, version: &Version, all: &[Version], most: u32) -> Markup {
    let source = version.restored_from.as_deref().and_then(|id| all.iter().find(|other| other.id == id));
    html! {
        li.version.live[version.live].draft[version.draft] data-id=(version.id) {
            p.version-when {
                time datetime=(text::rfc3339(version.created_at)) { (text::date_time(version.created_at)) }
                @if version.live { span.badge { "Live" } }
                @if version.draft { span.badge.quiet-badge { "Draft" } }
                @if version.pinned { span.badge.quiet-badge { "Kept" } }
            }
            @if !version.name.is_empty() { p.version-name { (version.name) } }
            p.version-message { (sentence(version)) }
            @if !version.note.is_empty() { p.version-note { (version.note) } }
            @if let Some(source) = source {
                p.version-facts {
                    "Brought back from "
                    time datetime=(text::rfc3339(source.created_at)) { (text::date_time(source.created_at)) }
                }
            }
            @match version.status {
                VersionStatus::Building => p.version-facts { "Being published" },
                VersionStatus::Failed => p.version-facts { "This one did not get through. Visitors never saw it." },
                VersionStatus::Success => {
                    p.version-facts {
                        (text::count(u64::from(version.file_count), "file", "files")) ", " (text::bytes(version.byte_size))
                    }
                    (offers(site, version, most))
                }
            }
        }
    }
}

fn offers(site: &SiteCard, version: &Version, most: u32) -> Markup {
    html! {
        div.version-actions {
            a.text-button href=(version.preview_url) target="_blank" rel="noopener" { "Look at it" }
            @if !version.live {
                form method="post" action={ (site.builder_path()) "/restore" } {
                    input type="hidden" name="snapshotId" value=(version.id);
                    button.text-button type="submit" { (if version.draft { "Go live" } else { "Restore" }) }
                }
            }
            details.fold.more {
                summary { "More" }
                div.version-rest {
                    (downloads(&site.version_archive_path(&version.id), "Download as zip", version.file_count, most))
                }
            }
        }
    }
}

/// The link by which the files of a version are downloaded, or one for each part when they are more than `most`.
pub(super) fn downloads(path: &str, words: &str, files: u32, most: u32) -> Markup {
    let parts = archive_parts(files, most);
    html! {
        @if parts == 1 { a.text-button href=(path) download { (words) } }
        @else {
            @for part in 1..=parts {
                a.text-button href={ (path) "?part=" (part) } download { (words) ", part " (part) " of " (parts) }
            }
        }
    }
}

fn sentence(version: &Version) -> &str {
    match (version.message.trim(), &version.restored_from) {
        ("", Some(_)) => "An earlier version, brought back",
        ("", None) => "A new version",
        (message, _) => message,
    }
}
