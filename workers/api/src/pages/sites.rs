//! `/sites`: what a person has, and the way to give it up.

use super::{Notice, Shell, SiteCard};
use maud::{Markup, html};

/// The list, and the dialog over it.
#[derive(Clone, Copy, Debug)]
pub struct Sites<'a> {
    /// Their sites; one at most for now.
    pub sites: &'a [SiteCard],
    /// Domain of the site whose delete dialog stands open (`/sites?delete=<domain>`).
    pub deleting: Option<&'a str>,
    /// Why it was not deleted, for the person.
    pub problem: Option<&'a str>,
    /// What has just happened.
    pub notice: Option<Notice>,
}

/// `/sites`. Deleting posts `confirm=<label>` to `/sites/:domain/delete`.
pub fn list(shell: Shell<'_>, view: Sites<'_>) -> Markup {
    let _ = (shell, view);
    html! {}
}
