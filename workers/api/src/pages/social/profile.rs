//! `/sites/<domain>`: a site, as its visitors see it here. Marked up as an h-card, so that other programs can read who it is.

use super::{
    Site, Standing,
    feed::{self, Entry},
    follow_button, initials, when,
};
use crate::pages::{
    Notice, Shell, art,
    shell::{self, Page, Place},
    text,
};
use maud::{Markup, html};

/// Which part of it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What is new there.
    News,
    /// Who follows it.
    Followers,
    /// Whom it follows.
    Following,
}

impl Part {
    /// Value of `?show=`; what we did not write ourselves is the first.
    pub fn from_param(value: Option<&str>) -> Self {
        match value {
            Some("followers") => Self::Followers,
            Some("following") => Self::Following,
            _ => Self::News,
        }
    }
}

/// A line of a list of sites.
#[derive(Clone, Debug)]
pub struct Line {
    /// Which site.
    pub site: Site,
    /// The id of the feed by which it is followed, when it is no member's.
    pub feed: Option<String>,
}

/// Everything on the page.
#[derive(Clone, Copy, Debug)]
pub struct Profile<'a> {
    /// Which site.
    pub site: &'a Site,
    /// How many follow it.
    pub followers: i64,
    /// How many it follows.
    pub following: i64,
    /// Since when it is here, Unix milliseconds UTC.
    pub since: i64,
    /// Whether there is something to see at its address.
    pub shown: bool,
    /// Other places of its owner, which link back to it.
    pub rel_me: &'a [String],
    /// What whoever looks can do; `None` for its owner.
    pub standing: Option<Standing>,
    /// Whether it follows whoever looks.
    pub follows_you: bool,
    /// Whether whoever looks has blocked it.
    pub blocked: bool,
    /// Whether whoever looks has muted it.
    pub muted: bool,
    /// Which part is shown.
    pub part: Part,
    /// What is new, in that part.
    pub entries: &'a [Entry],
    /// The sites of the list, in the other two.
    pub lines: &'a [Line],
    /// Where the next page of it is.
    pub older: Option<&'a str>,
    /// Whether this is such a page itself.
    pub back: bool,
    /// What has just happened.
    pub notice: Option<Notice>,
}

/// The page.
pub fn page(shell: Shell<'_>, view: Profile<'_>) -> Markup {
    let (site, path) = (view.site, view.site.path());
    let head = html! {
        link rel="alternate" type="application/atom+xml" title=(site.name) href={ "/feeds/" (site.domain) "/atom.xml" };
        link rel="alternate" type="application/feed+json" title=(site.name) href={ "/feeds/" (site.domain) "/feed.json" };
        meta property="og:title" content=(site.name);
        @if let Some(picture) = &site.picture { meta property="og:image" content=(picture); }
    };
    let main = html! {
        (shell::notice(view.notice))
        (card(view))
        section.profile-part aria-label="About this site" {
            ul.tabs role="list" {
                (tab(&path, "What is new", view.part == Part::News))
                (tab(&format!("{path}?show=followers"), "Followers", view.part == Part::Followers))
                (tab(&format!("{path}?show=following"), "Follows", view.part == Part::Following))
            }
            (part(view))
            (feed::older(view.older, view.back.then_some(path.as_str())))
        }
    };
    let beside = html! { p.toast #toast role="status" hidden {} };
    shell::document_with(shell, Page { title: &site.name, place: Place::Elsewhere, island: "hub", main, beside }, head)
}

/// One of several links of which one is where somebody is.
pub(in crate::pages) fn tab(href: &str, words: &str, current: bool) -> Markup {
    html! { li { a href=(href) aria-current=[current.then_some("page")] { (words) } } }
}

fn card(view: Profile<'_>) -> Markup {
    let site = view.site;
    let address = site.url.split_once("://").map_or(site.url.as_str(), |(_, rest)| rest).trim_end_matches('/');
    html! {
        article.card.sheet.profile.h-card {
            div.shot {
                @match &site.picture {
                    Some(path) => img.u-photo src=(path) alt={ "The first page of " (site.name) } width="1280" height="720" decoding="async";,
                    None => (art::bare_twig()),
                }
            }
            div.profile-words {
                h1.p-name { (site.name) }
                p.profile-address {
                    a.u-url.u-uid href=(site.url) rel="nofollow ugc noopener" { (address) }
                    @if view.follows_you { " " span.badge.calm { "Follows you" } }
                }
                p.quiet {
                    a href={ (site.path()) "?show=followers" } { (counted(view.followers, "follower", "followers")) }
                    " · follows "
                    a href={ (site.path()) "?show=following" } { (counted(view.following, "site", "sites")) }
                    " · here since " (when(view.since))
                }
                @if !view.rel_me.is_empty() {
                    ul.places role="list" aria-label="Also at" {
                        @for place in view.rel_me {
                            li { a.u-url href=(place) rel="me nofollow ugc noopener" { (short(place)) } }
                        }
                    }
                }
                (actions(view))
            }
        }
    }
}

fn actions(view: Profile<'_>) -> Markup {
    let site = view.site;
    html! {
        div.row.profile-actions {
            @match view.standing {
                None => {
                    a.button.plain href="/settings" { "Change your name" }
                    a.button.plain href="/sites" { "Your site" }
                }
                Some(_) if view.blocked => (wish(site, "unblock", "Unblock", "button plain")),
                Some(standing) => {
                    (follow_button(site, standing, &site.path()))
                    @if matches!(standing, Standing::Member { .. }) {
                        a.button.plain href={ "/messages/" (site.domain) } { "Write a message" }
                        details.more {
                            summary { "More" }
                            div.more-menu {
                                (wish(site, if view.muted { "unmute" } else { "mute" }, if view.muted { "Unmute" } else { "Mute" }, "text-button"))
                                p.hint { "You do not see what a muted site does. It does not know." }
                                (wish(site, "block", "Block", "text-button"))
                                p.hint { "After a block neither of you finds the other here. Nobody is told." }
                                a href={ "/report?url=" (vetka_domain::target::encode_component(&site.url)) } { "Report a page of this site" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn wish(site: &Site, wish: &str, words: &str, class: &str) -> Markup {
    html! {
        form method="post" action={ (site.path()) "/apart" } {
            input type="hidden" name="wish" value=(wish);
            button class=(class) type="submit" { (words) }
        }
    }
}

fn part(view: Profile<'_>) -> Markup {
    let empty = match view.part {
        Part::News if view.blocked => "You have blocked this site, so nothing of it is shown.",
        Part::News if view.shown => "Nothing new yet. Follow it, and you will see here and at home when that changes.",
        Part::News => "There is nothing to see at this address yet.",
        Part::Followers => "Nobody follows this site yet.",
        Part::Following => "This site follows nobody yet.",
    };
    html! {
        @if view.part == Part::News && !view.entries.is_empty() {
            (feed::list(view.entries, false))
        } @else if view.part != Part::News && !view.lines.is_empty() {
            (lines(view.lines, view.standing.is_none().then(|| format!("{}?show=following", view.site.path()))))
        } @else {
            p.quiet.empty { (empty) }
        }
    }
}

/// Sites, one a line. `back` is the page to come back to, for whoever may unfollow those that are no member's.
fn lines(lines: &[Line], back: Option<String>) -> Markup {
    html! {
        ul.site-lines #news-list role="list" {
            @for Line { site, feed } in lines {
                li {
                    (initials(&site.name))
                    span.site-line {
                        @if feed.is_some() {
                            a href=(site.url) rel="nofollow ugc noopener" { (site.name) }
                            span.quiet { (site.domain) " · not on Vetka" }
                        } @else {
                            a href=(site.path()) { (site.name) }
                            @if site.name != site.domain { span.quiet { (site.domain) } }
                        }
                    }
                    @if let (Some(feed), Some(back)) = (feed, &back) {
                        form.follow method="post" action="/follows" {
                            input type="hidden" name="wish" value="unfollow";
                            input type="hidden" name="id" value=(feed);
                            input type="hidden" name="back" value=(back);
                            button.button.plain type="submit" { "Unfollow" span.visually-hidden { " " (site.name) } }
                        }
                    }
                }
            }
        }
    }
}

fn counted(number: i64, one: &str, many: &str) -> String {
    text::count(u64::try_from(number).unwrap_or_default(), one, many)
}

/// An address without what everybody knows of it.
fn short(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.strip_prefix("www.").unwrap_or(rest).trim_end_matches('/')
}
