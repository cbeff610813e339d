//! `/report`: the form that reports a page, and the thanks.

use super::{
    Shell,
    shell::{self, Page, Place},
};
use maud::{Markup, html};
use vetka_domain::report::{MAX_DETAILS, Problems, Reason};

/// The form, with what was written and what is wrong with it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form<'a> {
    /// The page.
    pub url: &'a str,
    /// What is wrong with it.
    pub reason: Option<Reason>,
    /// In their words.
    pub details: &'a str,
    /// Where an answer goes.
    pub email: &'a str,
    /// What is wrong with which field.
    pub problems: Problems,
    /// Why nothing was taken, when it is nobody's fault.
    pub refused: Option<&'a str>,
}

/// After it.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// What to name when they write again.
    pub reference: &'a str,
}

/// The form. It posts to `/report`.
pub fn form(shell: Shell<'_>, view: Form<'_>) -> Markup {
    let Problems { url, reason, details, email } = view.problems;
    let invalid = |problem: Option<&str>| problem.map(|_| "true");
    let first = |field: bool, others: bool| field && !others;
    let main = html! {
        div.narrow.report {
            h1 { "Report a page" }
            p.lead {
                "Tell us when a site made with Vetka deceives, harms or breaks the law. A person looks at every report, and "
                "the owner of the site does not learn who sent it."
            }
            @if let Some(refused) = view.refused { p.notice.bad role="alert" { (refused) } }
            form method="post" action="/report" {
                div.field {
                    label for="url" { "Address of the page" }
                    input.input #url type="text" name="url" value=(view.url) required maxlength="2000" inputmode="url"
                        autocomplete="off" autocapitalize="none" spellcheck="false" autofocus[view.url.is_empty() || url.is_some()]
                        aria-describedby="url-wrong" aria-invalid=[invalid(url)];
                    p.wrong #url-wrong { (url.unwrap_or_default()) }
                }
                fieldset.field.reasons aria-describedby="reason-wrong" {
                    legend { "What is wrong with it?" }
                    @for (at, one) in Reason::ALL.into_iter().enumerate() {
                        label {
                            input type="radio" name="reason" value=(one.as_str()) required checked[view.reason == Some(one)]
                                autofocus[first(at == 0 && reason.is_some(), url.is_some())];
                            span { (one.words()) }
                        }
                    }
                    p.wrong #reason-wrong { (reason.unwrap_or_default()) }
                }
                div.field {
                    label for="details" { "What should we know? " span.may { "(if you like)" } }
                    textarea.input #details name="details" rows="5" maxlength=(MAX_DETAILS)
                        aria-describedby="details-wrong details-hint" aria-invalid=[invalid(details)]
                        autofocus[first(details.is_some(), url.or(reason).is_some())] { (view.details) }
                    p.wrong #details-wrong { (details.unwrap_or_default()) }
                    p.hint #details-hint { "What you saw, and where on the page. For somebody’s work: whose it is, and where the original is." }
                }
                div.field {
                    label for="email" { "Your e-mail address " span.may { "(if you like)" } }
                    input.input #email type="email" name="email" value=(view.email) maxlength="254" autocomplete="email"
                        aria-describedby="email-wrong email-hint" aria-invalid=[invalid(email)]
                        autofocus[first(email.is_some(), url.or(reason).or(details).is_some())];
                    p.wrong #email-wrong { (email.unwrap_or_default()) }
                    p.hint #email-hint { "Only for an answer to you. It is erased with the report, three months after that is settled." }
                }
                button.button.big type="submit" { "Send the report" }
            }
        }
    };
    document(shell, "Report a page", main)
}

/// What happens now.
pub fn thanks(shell: Shell<'_>, view: Sent<'_>) -> Markup {
    let main = html! {
        div.narrow.report {
            h1 { "Thank you" }
            p.lead { "Your report is with us, and a person will look at the page." }
            p { "If you write to us about it, name this reference: " code { (view.reference) } }
            p.quiet {
                "Is somebody in danger right now? Call the emergency number of your country; we are not as quick as they are."
            }
            p { a.button.plain href="/" { "Go to the start" } }
        }
    };
    document(shell, "Thank you", main)
}

fn document(shell: Shell<'_>, title: &str, main: Markup) -> Markup {
    shell::document(shell, Page { title, place: Place::Elsewhere, island: "page", main, beside: html! {} })
}
