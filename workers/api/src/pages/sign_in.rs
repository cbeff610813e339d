//! The sign-in dialog: an address, then the six digits. Owns its markup; the same markup is a plain form without
//! scripts (the dialog stands open when the address says so) and a modal dialog with them.

use maud::{Markup, html};

/// What the dialog shows when the page arrives.
#[derive(Clone, Copy, Debug)]
pub enum SignIn<'a> {
    /// Nothing yet; a script or a link opens it.
    Closed,
    /// Asking for the address (`/?sign-in`).
    Email {
        /// What was typed before, if it came back with a problem.
        email: &'a str,
        /// What was wrong with it, for the person.
        problem: Option<&'a str>,
    },
    /// Asking for the code that was sent to `email` (the answer to `POST /sign-in`).
    Code {
        /// Where the code went.
        email: &'a str,
        /// What was wrong with the code, for the person.
        problem: Option<&'a str>,
    },
}

/// The dialog. `next` is a path of ours to go to afterwards, already checked by the caller.
pub(super) fn dialog(view: SignIn<'_>, next: Option<&str>) -> Markup {
    let _ = (view, next);
    html! {}
}
