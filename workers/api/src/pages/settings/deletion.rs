//! Giving up an account: what goes, the dialog that asks twice, and the way back while the days last.

use crate::pages::{Viewer, art, shell::keep, text};
use maud::{Markup, html};

/// The dialog.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deletion<'a> {
    /// Whether it stands open (`/settings?delete`).
    pub open: bool,
    /// Why the account is not going to be deleted, for the person.
    pub problem: Option<&'a str>,
}

pub(super) fn section(viewer: &Viewer, view: Deletion<'_>) -> Markup {
    html! {
        section.card.sheet.part #delete aria-labelledby="delete-title" {
            h2 #delete-title { "Delete account" }
            @if let Some(at) = viewer.deletion_at {
                p {
                    "Your account will be deleted on "
                    strong { time datetime=(text::rfc3339(at)) { (text::date(at)) } }
                    ". Until then everything works as before, and one press keeps it."
                }
                (keep())
            } @else {
                p {
                    "You have seven days to change your mind. After that your account, your site and everything in them "
                    "are gone for good."
                }
                @if !view.open {
                    a.button.grave href="/settings?delete#delete" data-opens="delete-account" { "Delete my account" }
                }
            }
        }
    }
}

pub(super) fn dialog(viewer: &Viewer, view: Deletion<'_>) -> Markup {
    let problem = view.problem.filter(|_| view.open);
    html! {
        @if viewer.deletion_at.is_none() {
            dialog #delete-account open[view.open] aria-labelledby="delete-account-title" {
                div.dialog-head {
                    h2 #delete-account-title tabindex="-1" { "Delete your account?" }
                    a.close href="/settings#delete" aria-label="Close" data-closes { (art::cross()) }
                }
                p { "In seven days all of this goes, and nobody can bring it back:" }
                ul {
                    li { "your name, handle and picture" }
                    @match &viewer.site_domain {
                        Some(domain) => li { "your site " strong { (domain) } ", all of its versions, and its name" },
                        None => li { "any site of yours here; a website that you only connected stays as it is" },
                    }
                    li { "the conversation in the builder, with the files you added to it" }
                    li { "your devices, your ways to sign in, and the list of what was done" }
                }
                p {
                    "Until then you can sign in and keep it. Your other devices are signed out at once, and a mail with "
                    "the date goes to " strong { (viewer.email) } "."
                }
                form method="post" action="/settings/export" data-download {
                    button.text-button type="submit" { "Download everything first" }
                }
                form method="post" action="/settings/deletion" data-confirm=(viewer.email) {
                    div.field {
                        label for="delete-confirm" { "Type your e-mail address to go on" }
                        input.input #delete-confirm type="text" name="confirm" required autocomplete="off" inputmode="email"
                            autocapitalize="none" spellcheck="false" autofocus[view.open] aria-describedby="delete-wrong"
                            aria-invalid=[problem.map(|_| "true")];
                        p.wrong #delete-wrong role="alert" { (problem.unwrap_or_default()) }
                    }
                    div.row {
                        button.button.grave type="submit" { "Delete my account" }
                        a.button.plain href="/settings#delete" data-closes { "Keep it" }
                    }
                }
            }
        }
    }
}
