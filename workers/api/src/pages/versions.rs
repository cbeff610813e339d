//! The list of versions, as it stands before the island refreshes it and as it stays without scripts. Keep its shape
//! in step with `notch/src/builder/versions.ts`, which draws the same rows.

use super::{SiteCard, Version, VersionStatus, text};
use maud::{Markup, html};

/// The whole list, newest first.
pub(super) fn list(site: &SiteCard, versions: &[Version]) -> Markup {
    html! {
        p #no-versions hidden[!versions.is_empty()] {
            "Nothing has been published yet. Each change that goes on the web is kept here, and you can go back to it."
        }
        ol #version-list role="list" {
            @for version in versions { (row(site, version, versions)) }
        }
    }
}

fn row(site: &SiteCard, version: &Version, all: &[Version]) -> Markup {
    let source = version.restored_from.as_deref().and_then(|id| all.iter().find(|other| other.id == id));
    html! {
        li.version.live[version.live] data-id=(version.id) {
            p.version-when {
                time datetime=(text::rfc3339(version.created_at)) { (text::date_time(version.created_at)) }
                @if version.live { span.badge { "Live" } }
            }
            p.version-message { (sentence(version)) }
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
                    div.version-actions {
                        a.text-button href=(version.preview_url) target="_blank" rel="noopener" { "Look at it" }
                        @if !version.live {
                            form method="post" action={ (site.builder_path()) "/restore" } {
                                input type="hidden" name="snapshotId" value=(version.id);
                                button.text-button type="submit" { "Restore" }
                            }
                        }
                    }
                }
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
