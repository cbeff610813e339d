//! `/sites/:domain/builder`: preview, conversation and versions. Owns the markup that stands before the island wakes
//! and what remains without it (preview and versions); what happens in the conversation is the island's.

use super::{Notice, Shell, SiteCard, Version};
use maud::{Markup, html};

/// Which panel a phone shows first, and the page without scripts scrolls to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// The conversation.
    Chat,
    /// The site.
    Preview,
    /// The list of versions.
    Versions,
}

impl Tab {
    /// Reads `?tab=`; anything else is the conversation.
    pub fn from_query(value: &str) -> Self {
        match value {
            "preview" => Self::Preview,
            "versions" => Self::Versions,
            _ => Self::Chat,
        }
    }
}

/// The builder of one site.
#[derive(Clone, Copy, Debug)]
pub struct Builder<'a> {
    /// The site that is being built.
    pub site: &'a SiteCard,
    /// Newest first; the first page of `GET /api/sites/:domain/snapshots`.
    pub versions: &'a [Version],
    /// Which panel comes first.
    pub tab: Tab,
    /// What has just happened.
    pub notice: Option<Notice>,
}

/// `/sites/:domain/builder`. Restoring posts `snapshotId` to `/sites/:domain/builder/restore`.
pub fn page(shell: Shell<'_>, view: Builder<'_>) -> Markup {
    let _ = (shell, view);
    html! {}
}
