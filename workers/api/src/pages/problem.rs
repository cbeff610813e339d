//! Pages for what went wrong: not found, not allowed, too often, our fault. Owns their words.

use super::Shell;
use maud::{Markup, html};

/// Something that could not be shown.
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// HTTP status of the answer.
    pub status: u16,
    /// What a person can quote when they ask for help.
    pub request_id: Option<&'a str>,
    /// Seconds until another try makes sense, with 429.
    pub retry_after: Option<u32>,
}

/// The page for `problem.status`.
pub fn page(shell: Shell<'_>, problem: Problem<'_>) -> Markup {
    let _ = (shell, problem);
    html! {}
}
