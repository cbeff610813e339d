//! `/`: what Vetka is, for a visitor; where to go on, for a person who is signed in.

use super::{Notice, Shell, SiteCard, sign_in::SignIn};
use maud::{Markup, html};

/// The hub of a visitor.
#[derive(Clone, Copy, Debug)]
pub struct Welcome<'a> {
    /// State of the sign-in dialog.
    pub sign_in: SignIn<'a>,
    /// A path of ours to go to after signing in, already checked by the caller.
    pub next: Option<&'a str>,
    /// Why they are here, if a redirect brought them.
    pub notice: Option<Notice>,
}

/// The hub of a signed-in person.
#[derive(Clone, Copy, Debug)]
pub struct Home<'a> {
    /// Their site, if they have one.
    pub site: Option<&'a SiteCard>,
    /// What has just happened.
    pub notice: Option<Notice>,
}

/// `/`, signed out.
pub fn welcome(shell: Shell<'_>, view: Welcome<'_>) -> Markup {
    let _ = (shell, view);
    html! {}
}

/// `/`, signed in.
pub fn home(shell: Shell<'_>, view: Home<'_>) -> Markup {
    let _ = (shell, view);
    html! {}
}
