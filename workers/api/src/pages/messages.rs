//! `/messages`: whom one has written with, and beside it what was written with one of them. On a phone one of the two at a
//! time. Reading, writing, editing and taking back work without JavaScript.

use super::{
    Shell,
    shell::{self, Page, Place},
    text,
};
use crate::social::messages::{From, Message, Messages, Thread, Threads};
use maud::{Markup, html};
use std::borrow::Cow;
use vetka_domain::message::LONGEST;

/// The page.
pub struct Inbox<'a> {
    /// Whom one has written with.
    pub threads: &'a Threads,
    /// The one that is open.
    pub open: Option<Open<'a>>,
    /// The domain of one's own site.
    pub me: &'a str,
    /// What was typed for whom to write to, and what is wrong with it.
    pub to: Option<(&'a str, &'a str)>,
}

/// The thread that is open.
pub struct Open<'a> {
    /// What was written, newest first.
    pub page: &'a Messages,
    /// What one sends next is called.
    pub client_id: &'a str,
    /// What stands in the box.
    pub typed: &'a str,
    /// Why it was not sent.
    pub problem: Option<&'a str>,
    /// Whether this is not the newest page.
    pub earlier: bool,
    /// Unix milliseconds UTC.
    pub now: i64,
}

/// The page of somebody who has no site to write as yet.
pub fn without_site(shell: Shell<'_>) -> Markup {
    let main = html! {
        h1 { "Messages" }
        section.card {
            p.lead { "Others see you as your site here, so pick a name for yours first. Then you can write to theirs." }
            p.row { a.button href="/setup" { "Start your site" } }
        }
    };
    document(shell, "Messages", "page", main)
}

/// `/messages` and `/messages/{domain}`.
pub fn inbox(shell: Shell<'_>, view: &Inbox<'_>) -> Markup {
    let with = view.open.as_ref().map(|open| &open.page.with);
    let title = with.map_or(Cow::from("Messages"), |with| Cow::from(format!("Messages with {}", with.name)));
    let main = html! {
        div #messages.messages.talking[with.is_some()] data-me=(view.me) data-with=[with.map(|with| with.domain.as_str())]
            data-name=[with.map(|with| with.name.as_str())] data-earlier=[view.open.as_ref().filter(|open| open.earlier).map(|_| "")] {
            section.inbox aria-labelledby="inbox-title" {
                @if with.is_some() { h2 #inbox-title.inbox-title { "Messages" } } @else { h1 #inbox-title.inbox-title { "Messages" } }
                (write_to(view.to))
                ol #threads.threads role="list" {
                    @for thread in &view.threads.threads {
                        (entry(thread, with.is_some_and(|with| with.domain == thread.with.domain)))
                    }
                }
                p #threads-empty.quiet hidden[!view.threads.threads.is_empty()] {
                    "Nothing yet. What you write to other sites, and they to you, stands here."
                }
                @if let Some(next) = &view.threads.next_cursor {
                    p { a #more-threads href={ "/messages?cursor=" (next) } { "Earlier ones" } }
                }
            }
            @match &view.open {
                Some(open) => (talk(open)),
                None => {
                    section.talk.nobody aria-label="Conversation" {
                        p.quiet {
                            @if view.threads.threads.is_empty() { "Write to somebody: type the address of their site, such as ann.vetka.sh." }
                            @else { "Choose whom to read, or write to somebody new." }
                        }
                    }
                }
            }
        }
    };
    document(shell, &title, "inbox", main)
}

fn write_to(typed: Option<(&str, &str)>) -> Markup {
    let (to, problem) = typed.unwrap_or_default();
    let wrong = !problem.is_empty();
    html! {
        form #write-to.write-to method="get" action="/messages" {
            label for="to" { "Write to a site" }
            div.write-to-row {
                input #to.input type="text" name="to" value=(to) placeholder="ann.vetka.sh" required autocomplete="off"
                    autocapitalize="none" spellcheck="false" inputmode="url" aria-describedby="to-wrong" aria-invalid=[wrong.then_some("true")];
                button.button.plain type="submit" { "Write" }
            }
            p #to-wrong.wrong role="alert" { (problem) }
        }
    }
}

fn entry(thread: &Thread, is_open: bool) -> Markup {
    let Thread { with, last, unread, muted } = thread;
    html! {
        li {
            a.thread.new[*unread > 0 && !muted] href={ "/messages/" (with.domain) } data-domain=(with.domain)
                aria-current=[is_open.then_some("page")] {
                (face(&with.name, with.image.as_deref()))
                span.thread-name { (with.name) @if *muted { span.quiet { " · muted" } } }
                time.thread-time datetime=(last.created_at) { (text::date(last.created_ms)) }
                span.thread-last { (preview(last)) }
                @if *unread > 0 {
                    span.count { span aria-hidden="true" { (unread) } span.visually-hidden { (text::count((*unread).into(), "unread message", "unread messages")) } }
                }
            }
        }
    }
}

fn preview(last: &Message) -> Markup {
    html! {
        @if last.from == From::Me { "You: " }
        @if last.deleted { em { "taken back" } } @else { (last.body) }
    }
}

/// What a site looks like, or the first letter of its name.
fn face(name: &str, image: Option<&str>) -> Markup {
    html! {
        span.face aria-hidden="true" {
            @match image {
                Some(image) => img src=(image) alt="" width="1280" height="720" loading="lazy" decoding="async";,
                None => (name.chars().find(|c| c.is_alphanumeric()).unwrap_or('?').to_uppercase()),
            }
        }
    }
}

fn talk(open: &Open<'_>) -> Markup {
    let (page, with) = (open.page, &open.page.with);
    let path = format!("/messages/{}", with.domain);
    let newest = page.messages.iter().find(|message| message.from == From::Them && message.read_at.is_none());
    html! {
        section.talk aria-labelledby="talk-title" {
            header.talk-head {
                a.back href="/messages" aria-label="All messages" { span aria-hidden="true" { "‹" } }
                (face(&with.name, with.image.as_deref()))
                div {
                    h1 #talk-title { (with.name) }
                    a.quiet.talk-site href=(with.url) rel="nofollow ugc noopener" target="_blank" { (with.domain) }
                }
            }
            div #log.log role="log" aria-label={ "Messages with " (with.name) } tabindex="0" {
                p.earlier {
                    @if let Some(next) = &page.next_cursor { a #earlier href={ (path) "?cursor=" (next) } { "Earlier messages" } }
                }
                p #said-empty.quiet.said-empty hidden[!page.messages.is_empty()] { "You have not written with each other yet." }
                ol #said.said role="list" {
                    @for message in page.messages.iter().rev() { (said(message, &path, open.now)) }
                }
                @if open.earlier { p.earlier { a href=(path) { "Newest messages" } } }
            }
            p #live-state.quiet.live-state role="status" {}
            @if let Some(newest) = newest {
                noscript {
                    form method="post" action={ (path) "/read" } {
                        input type="hidden" name="upTo" value=(newest.id);
                        button.text-button type="submit" { "Mark as read" }
                    }
                }
            }
            (writing(open, &path))
        }
    }
}

fn said(message: &Message, path: &str, now: i64) -> Markup {
    let mine = message.from == From::Me;
    html! {
        li.message.mine[mine].gone[message.deleted] id={ "m-" (message.id) } data-id=(message.id) data-read[message.read_at.is_some()] data-from=(if mine { "me" } else { "them" }) {
            p.bubble dir="auto" {
                span.visually-hidden { (if mine { "You: " } else { "They: " }) }
                @if message.deleted { em { "This message was taken back." } } @else { span.words { (message.body) } }
            }
            p.about {
                time datetime=(message.created_at) { (text::date_time(message.created_ms)) }
                @if message.edited_at.is_some() && !message.deleted { span { " · edited" } }
                @if mine && message.read_at.is_some() && !message.deleted { span { " · read" } }
            }
            @if message.is_changeable(now) {
                details.change {
                    summary { "Change" }
                    form.edit method="post" action={ (path) "/edit" } {
                        input type="hidden" name="id" value=(message.id);
                        label.visually-hidden for={ "edit-" (message.id) } { "The message" }
                        textarea.input id={ "edit-" (message.id) } name="body" rows="3" required maxlength=(LONGEST) { (message.body) }
                        button.button.plain type="submit" { "Save" }
                    }
                    form.take-back method="post" action={ (path) "/delete" } {
                        input type="hidden" name="id" value=(message.id);
                        button.text-button type="submit" { "Take back" }
                    }
                }
            }
        }
    }
}

fn writing(open: &Open<'_>, path: &str) -> Markup {
    let wrong = open.problem.is_some();
    html! {
        @match open.page.why {
            Some(why) => p #cannot-write.cannot-write { (why) },
            None => form #write.write method="post" action=(path) {
                input type="hidden" name="clientId" value=(open.client_id);
                label.visually-hidden for="body" { "Your message to " (open.page.with.name) }
                textarea #body.input name="body" rows="2" required maxlength=(LONGEST) placeholder="Write a message" dir="auto"
                    aria-describedby="write-wrong" aria-invalid=[wrong.then_some("true")] { (open.typed) }
                button.button type="submit" { "Send" }
                p #write-wrong.wrong role="alert" { (open.problem.unwrap_or_default()) }
            }
        }
    }
}

fn document(shell: Shell<'_>, title: &str, island: &str, main: Markup) -> Markup {
    let beside = html! { p #toast.toast role="status" hidden {} };
    shell::document(shell, Page { title, place: Place::Messages, island, main, beside })
}
