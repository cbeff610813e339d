//! The part of `/` that others fill: what is new, who is new, and at a glance what they did.

use super::{
    Shell, art,
    social::{
        Site, Standing,
        feed::{self, Entry},
        follow_button, initials,
        notifications::{self, Told},
        profile::tab,
        when,
    },
};
use maud::{Markup, html};

/// Whose news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Of all members.
    Everyone,
    /// Of those that one follows.
    Following,
}

impl Tab {
    /// Path of it on the hub.
    pub fn path(self) -> &'static str {
        match self {
            Self::Everyone => "/?feed=everyone",
            Self::Following => "/?feed=following",
        }
    }
}

/// A new member.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Which site.
    pub site: Site,
    /// Since when it is here, Unix milliseconds UTC.
    pub since: i64,
    /// Whether whoever looks follows it.
    pub following: bool,
}

/// The form that follows a website.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebsiteForm<'a> {
    /// What the field holds.
    pub typed: &'a str,
    /// Why that cannot be followed, for the person.
    pub problem: Option<&'a str>,
}

/// All of it.
#[derive(Clone, Copy, Debug)]
pub struct News<'a> {
    /// Whose news are shown.
    pub tab: Tab,
    /// What whoever looks can do.
    pub standing: Standing,
    /// Beside the news of those that one follows: the form to follow another.
    pub website: WebsiteForm<'a>,
    /// What is new.
    pub entries: &'a [Entry],
    /// Where what came before is.
    pub older: Option<&'a str>,
    /// Whether this is such a page itself.
    pub back: bool,
    /// Who is new.
    pub members: &'a [NewMember],
    /// The newest few of what others did.
    pub told: &'a [Told],
}

/// The part of the page.
pub(super) fn part(shell: Shell<'_>, news: News<'_>) -> Markup {
    html! {
        div.hub {
            section.hub-news #news aria-labelledby="news-title" {
                h2 #news-title { "What is new" }
                @if matches!(news.standing, Standing::Member { .. }) {
                    ul.tabs role="list" {
                        (tab(Tab::Everyone.path(), "Everybody", news.tab == Tab::Everyone))
                        (tab(Tab::Following.path(), "Following", news.tab == Tab::Following))
                    }
                }
                @if news.tab == Tab::Following && matches!(news.standing, Standing::Member { .. }) { (website(news.website)) }
                @if news.entries.is_empty() { (nothing(news)) } @else { (feed::list(news.entries, true)) }
                (feed::older(news.older, news.back.then(|| news.tab.path())))
            }
            div.hub-side {
                @if !news.told.is_empty() { (glance(news.told, shell)) }
                @if !news.members.is_empty() { (members(news)) }
            }
        }
    }
}

fn website(form: WebsiteForm<'_>) -> Markup {
    html! {
        form.follow-website method="post" action="/follows" {
            input type="hidden" name="wish" value="follow";
            div.field {
                label for="website" { "Follow a website" }
                div.row {
                    input.input #website type="text" name="url" value=(form.typed) required maxlength="2000" inputmode="url"
                        autocomplete="off" autocapitalize="none" spellcheck="false" autofocus[form.problem.is_some()]
                        aria-describedby="website-wrong website-hint" aria-invalid=[form.problem.map(|_| "true")];
                    button.button.plain type="submit" { "Follow" }
                }
                p.wrong #website-wrong role="alert" { (form.problem.unwrap_or_default()) }
                p.hint #website-hint { "Its address, such as ann.example. Any website will do that has a feed, as most blogs have." }
            }
        }
    }
}

fn nothing(news: News<'_>) -> Markup {
    html! {
        div.card.with-twig.empty {
            (art::bare_twig())
            div {
                @match news.tab {
                    Tab::Following => {
                        p.lead { "Nothing here yet." }
                        p { "Follow a few sites or other websites, and you read here what they change and write. " a href=(Tab::Everyone.path()) { "See what everybody does" } "." }
                    }
                    Tab::Everyone => {
                        p.lead { "It is quiet here." }
                        p { "Sites that go on the web show up here, and so do their changes." }
                    }
                }
            }
        }
    }
}

fn glance(told: &[Told], shell: Shell<'_>) -> Markup {
    html! {
        section aria-labelledby="glance-title" {
            h2 #glance-title { "Notifications" }
            (notifications::glance(told, shell))
            p { a href="/notifications" { "All notifications" } }
        }
    }
}

fn members(news: News<'_>) -> Markup {
    html! {
        section aria-labelledby="members-title" {
            h2 #members-title { "New here" }
            ul.site-lines role="list" {
                @for member in news.members {
                    li {
                        (initials(&member.site.name))
                        span.site-line {
                            a href=(member.site.path()) { (member.site.name) }
                            span.quiet { "since " (when(member.since)) }
                        }
                        (follow_button(&member.site, standing(news.standing, member.following), "/"))
                    }
                }
            }
        }
    }
}

fn standing(of_viewer: Standing, following: bool) -> Standing {
    match of_viewer {
        Standing::Member { .. } => Standing::Member { following },
        other => other,
    }
}
