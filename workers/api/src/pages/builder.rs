//! `/sites/:domain/builder`: preview, conversation and versions. Owns the markup that stands before the island wakes
//! and what remains without it (preview and versions); what happens in the conversation is the island's.

use super::{
    Notice, Shell, SiteCard, Version,
    art::{self, paths},
    shell::{self, Page, Place},
    site_settings, takedown, versions,
};
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

    fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Preview => "preview",
            Self::Versions => "versions",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Chat => "Chat",
            Self::Preview => "Preview",
            Self::Versions => "Versions",
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
    /// How many files one archive holds.
    pub archive_files: u32,
    /// Which panel comes first.
    pub tab: Tab,
    /// What has just happened.
    pub notice: Option<Notice>,
}

const EXAMPLES: [&str; 3] = [
    "A page about me, with what I do and how to reach me, in calm greens",
    "A site for my bakery: opening hours at the top, then what we bake, in warm colours",
    "An invitation to our wedding on 12 June, with the way there and a page for questions",
];

/// `/sites/:domain/builder`. Restoring posts `snapshotId` to `/sites/:domain/builder/restore`.
pub fn page(shell: Shell<'_>, view: Builder<'_>) -> Markup {
    let live = view.versions.iter().find(|version| version.live);
    let main = html! {
        (shell::notice(view.notice))
        @if let Some(down) = &view.site.taken_down { (takedown::in_short(down)) }
        div.builder #builder data-domain=(view.site.domain) data-url=(view.site.url) data-tab=(view.tab.name())
            data-live=[live.map(|version| version.id.as_str())]
            data-live-url=[live.map(|version| version.preview_url.as_str())] data-unzip=(shell.assets.url("unzip.js"))
            data-archive-files=(view.archive_files) {
            h1.visually-hidden { "Builder of " (view.site.domain) }
            (tabs(view.tab))
            (chat())
            (preview(view.site, live))
            section.panel.versions #panel-versions aria-labelledby="versions-title" {
                h2 #versions-title { "Versions" }
                (own_files())
                p.quiet.small {
                    "Restoring a version makes it live again and adds it on top of this list, so it is undone the same "
                    "way. The newest 50 stay, and those that you keep for good."
                }
                @if let Some(live) = live {
                    p.downloads {
                        (versions::downloads(
                            &view.site.archive_path(), "Download the live site as zip", live.file_count, view.archive_files,
                        ))
                    }
                }
                (versions::list(view.site, view.versions, view.archive_files))
                p.wrong #versions-wrong role="alert" {}
            }
            div.drop #drop aria-hidden="true" hidden {
                p { "Drop a folder or a zip here to publish it" }
                p.small { "You see what is in it first." }
            }
        }
    };
    let beside = html! {
        div.toast #toast role="status" hidden {}
        p.visually-hidden #spoken role="status" {}
    };
    let title = format!("{} · Builder", view.site.label);
    shell::document(shell, Page { title: &title, place: Place::Builder, island: "builder", main, beside })
}

fn tabs(first: Tab) -> Markup {
    html! {
        div.tabs.needs-script role="tablist" aria-label="Parts of the builder" {
            @for tab in [Tab::Chat, Tab::Preview, Tab::Versions] {
                button.tab type="button" role="tab" id={ "tab-" (tab.name()) } data-tab=(tab.name())
                    aria-controls={ "panel-" (tab.name()) } aria-selected=(tab == first)
                    tabindex=(if tab == first { "0" } else { "-1" }) { (tab.title()) }
            }
        }
    }
}

fn chat() -> Markup {
    html! {
        section.panel.chat #panel-chat aria-labelledby="chat-title" {
            h2.visually-hidden #chat-title { "Conversation" }
            p.without-script.notice {
                "The conversation needs scripts, and they are switched off in this browser. Looking at the site and going "
                "back to an earlier version work without them."
            }
            div.talk.needs-script #talk tabindex="0" role="log" aria-label="What was said and done" {
                div.opening #opening hidden {
                    h3 { "What should your site be?" }
                    p { "Say it in your own words. One sentence is enough to begin, and everything can be changed later." }
                    ul.examples role="list" {
                        @for example in EXAMPLES { li { button.example type="button" { (example) } } }
                    }
                }
                p.quiet #loading { "Fetching the conversation…" }
                ol #timeline role="list" {}
            }
            div.below.needs-script {
                p.connection #connection role="status" hidden {}
                form.composer #composer {
                    ul.files #files role="list" aria-label="Files to send" hidden {}
                    label.visually-hidden for="say" { "What should be made or changed?" }
                    textarea #say rows="1" placeholder="What should be made or changed?" enterkeyhint="send"
                        aria-describedby="say-hint" {}
                    div.composer-row {
                        button.round type="button" #attach aria-label="Add files" title="Add pictures, PDF or text" {
                            (art::line(paths::CLIP))
                        }
                        input #file-input type="file" multiple hidden aria-label="Files to add"
                            accept="image/png,image/jpeg,image/gif,image/webp,application/pdf,.txt,.text,.log,.md,.markdown,.csv,.tsv,.json";
                        p.agent #agent {}
                        button.round.stop type="button" #stop aria-label="Stop working" title="Stop working" hidden {
                            (art::line(paths::STOP))
                        }
                        button.round.send type="submit" #send aria-label="Send" title="Send" { (art::line(paths::SEND)) }
                    }
                }
                p.say-hint #say-hint { "Enter sends, Shift and Enter begin a new line." }
            }
        }
    }
}

/// Where files of one's own come in. What happens to them then is the island's.
fn own_files() -> Markup {
    html! {
        section.publish.needs-script #publish aria-labelledby="publish-title" {
            h3 #publish-title { "Publish files of your own" }
            p.small {
                "Drop a folder or a zip anywhere on this page, or choose one. You see what is in it before anything goes on "
                "the web."
            }
            div.row {
                button.button.plain type="button" #choose-folder { "Choose a folder" }
                button.button.plain type="button" #choose-files { "Choose a zip or files" }
            }
            input #folder-input type="file" webkitdirectory multiple hidden aria-label="Folder to publish";
            input #site-input type="file" multiple hidden aria-label="Files to publish";
            div.publish-work #publish-work hidden {}
        }
    }
}

fn preview(site: &SiteCard, live: Option<&Version>) -> Markup {
    let address = site.url.split_once("://").map_or(site.url.as_str(), |(_, rest)| rest).trim_end_matches('/');
    html! {
        section.panel.preview #panel-preview aria-labelledby="preview-title" {
            h2.visually-hidden #preview-title { "Preview" }
            div.bar {
                a.bar-address #address href=(site.url) target="_blank" rel="noopener" {
                    span { (address) } (art::line(paths::OUT)) span.visually-hidden { "opens in a new tab" }
                }
                a.round href=(site_settings::path(site)) aria-label="Settings of the site" title="Settings" {
                    (art::line(paths::SLIDERS))
                }
                button.round.needs-script type="button" #reload aria-label="Reload the preview" title="Reload" {
                    (art::line(paths::RELOAD))
                }
                div.widths.needs-script role="group" aria-label="Width of the preview" {
                    button.round type="button" #as-screen aria-pressed="true" aria-label="As on a screen" title="As on a screen" {
                        (art::line(paths::SCREEN))
                    }
                    button.round type="button" #as-phone aria-pressed="false" aria-label="As on a phone" title="As on a phone" {
                        (art::line(paths::PHONE))
                    }
                }
            }
            div.looking #looking role="status" hidden {}
            div.stage #stage {
                div.skeleton #skeleton hidden[live.is_some()] {
                    (art::bare_twig())
                    p #phase { "Your site will appear here" }
                    p.quiet.small #how-long {}
                    p.needs-script { button.text-button type="button" #own-files { "Or publish files of your own" } }
                }
                @if let Some(version) = live {
                    iframe.frame src=(version.preview_url) title={ "Preview of " (site.domain) }
                        sandbox="allow-scripts allow-same-origin allow-forms allow-popups" referrerpolicy="no-referrer" {}
                }
            }
        }
    }
}
