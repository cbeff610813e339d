//! `/setup` and `/setup/generate`: the way to a first site.

use super::{Notice, Shell, SitesOrigin};
use maud::{Markup, html};

/// The form that picks a name.
#[derive(Clone, Copy, Debug)]
pub struct Generate<'a> {
    /// Where sites live.
    pub sites: SitesOrigin<'a>,
    /// What the field holds: `?label=`, or what was sent and refused.
    pub label: &'a str,
    /// Why the name was refused, for the person.
    pub problem: Option<&'a str>,
    /// Free names near it.
    pub suggestions: &'a [String],
}

/// `/setup`.
pub fn choice(shell: Shell<'_>, notice: Option<Notice>) -> Markup {
    let _ = (shell, notice);
    html! {}
}

/// `/setup/generate`.
pub fn generate(shell: Shell<'_>, view: Generate<'_>) -> Markup {
    let _ = (shell, view);
    html! {}
}
