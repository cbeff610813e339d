//! Pages for what went wrong: not found, not allowed, too often, our fault. Owns their words.

use super::{
    Shell, art,
    shell::{self, Page, Place},
};
use maud::{Markup, html};
use vetka_domain::limit;

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
    let (title, words) = words(problem);
    let main = html! {
        div.narrow.problem {
            (art::bare_twig())
            h1 { (title) }
            p.lead { (words) }
            div.row {
                a.button href="/" { "Go to the start" }
                @if shell.viewer.is_some() { a.button.plain href="/sites" { "Your site" } }
            }
            @if let Some(id) = problem.request_id.filter(|_| problem.status >= 500) {
                p.hint { "If you write to us about it, this number helps us find it: " code { (id) } }
            }
        }
    };
    shell::document(shell, Page { title, place: Place::Elsewhere, island: "page", main, beside: html! {} })
}

fn words(problem: Problem<'_>) -> (&'static str, String) {
    match problem.status {
        404 => ("There is nothing here", "The address may be mistyped, or what was here is gone.".to_owned()),
        401 => {
            ("Sign in first", "This page is for signed-in people. Sign in on the start page and come back.".to_owned())
        }
        403 => (
            "This is not yours to open",
            "It belongs to another account, or the form came from somewhere else. Nothing was changed.".to_owned(),
        ),
        405 => {
            ("That does not work here", "This address cannot be used in that way. Go back and try again.".to_owned())
        }
        413 => (
            "That is too much at once",
            "What you sent is larger than we take. Try it with something smaller.".to_owned(),
        ),
        429 => {
            let wait = problem.retry_after.map_or("a minute".to_owned(), |seconds| limit::words(seconds.into()));
            ("That was a lot at once", format!("Wait {wait} and try again. Nothing is lost."))
        }
        400..=499 => (
            "We could not read that",
            "Something in the request was not as expected. Go back and try again.".to_owned(),
        ),
        503 => ("We are not ready yet", "A part of Vetka is not answering. Try again in a moment.".to_owned()),
        _ => (
            "Something went wrong on our side",
            "It is not your fault, and your site is as it was. Try again in a moment.".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Assets, *};

    #[test]
    fn waiting_is_said_in_a_unit_that_fits() {
        let assets = Assets::default();
        let words = |retry_after| {
            let problem = Problem { status: 429, request_id: None, retry_after };
            page(Shell { assets: &assets, viewer: None }, problem).into_string()
        };
        assert!(words(Some(1)).contains("Wait 1 second and"));
        assert!(words(Some(42)).contains("Wait 42 seconds and"));
        assert!(words(Some(150)).contains("Wait 3 minutes and"));
        assert!(words(None).contains("Wait a minute and"));
    }
}
