//! The sign-in dialog: an address, then the six digits. Owns its markup; the same markup is a plain form without
//! scripts (the dialog stands open when the address says so) and a modal dialog with them.

use super::{art, hub::Welcome};
use maud::{Markup, html};
use vetka_domain::oauth::{Failure, Provider};

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

/// What a person reads when a way through a provider ended without what it was for. `code` is what stands in the address.
pub fn failure_words(code: &str) -> &'static str {
    match Failure::parse(code) {
        Some(Failure::StateNotFound | Failure::StateMismatch | Failure::NoCode | Failure::IssuerMismatch) => {
            "That way of signing in took too long, or began in another browser. Try it again here."
        }
        Some(Failure::InvalidCode | Failure::UnableToGetUserInfo | Failure::ProviderNotFound) => {
            "They did not tell us who you are. Try again in a minute, or use a code by mail."
        }
        Some(Failure::EmailNotFound) => {
            "There is no e-mail address with that account that we may know. Use a code by mail instead."
        }
        Some(Failure::EmailNotVerified) => {
            "They have not checked that your e-mail address is yours. Confirm it there, or use a code by mail."
        }
        Some(Failure::AccountNotLinked) => {
            "There is an account with your address already. Sign in with a code by mail."
        }
        Some(Failure::UnableToLinkAccount) => {
            "You were signed out meanwhile, so nothing was connected. Sign in and try again."
        }
        Some(Failure::AlreadyLinkedToDifferentUser) => {
            "That is connected to another Vetka account already. Sign in there and disconnect it first."
        }
        None if code == "access_denied" => "You went back without agreeing, so nothing was done.",
        None if code == "too_many_requests" => {
            "A lot came from your network just now. Wait a few minutes and try again."
        }
        None => "That did not work. Try again in a minute, or use a code by mail.",
    }
}

/// The dialog.
pub(super) fn dialog(view: &Welcome<'_>) -> Markup {
    let Welcome { sign_in: view, providers, failure, next, .. } = *view;
    let open = !matches!(view, SignIn::Closed);
    let (email, code_step) = match view {
        SignIn::Closed => ("", false),
        SignIn::Email { email, .. } => (email, false),
        SignIn::Code { email, .. } => (email, true),
    };
    let problem = |of_code: bool| match view {
        SignIn::Email { problem, .. } if !of_code => problem,
        SignIn::Code { problem, .. } if of_code => problem,
        _ => None,
    };
    html! {
        dialog #sign-in open[open] aria-labelledby="sign-in-title" data-next=[next] {
            div.dialog-head {
                h2 #sign-in-title tabindex="-1" { @if code_step { "Check your mail" } @else { "Sign in or start" } }
                a.close href="/" aria-label="Close" data-closes { (art::cross()) }
            }
            @if let Some(words) = failure.filter(|_| !code_step) { p.wrong.failure role="alert" { (words) } }
            @if !providers.is_empty() { (provider_forms(providers, next, code_step)) }
            (email_form(email, problem(false), next, code_step))
            (code_form(email, problem(true), next, !code_step))
        }
    }
}

fn provider_forms(providers: &[Provider], next: Option<&str>, hidden: bool) -> Markup {
    html! {
        div #sign-in-providers hidden[hidden] {
            @for provider in providers {
                form method="post" action="/sign-in/social" {
                    input type="hidden" name="provider" value=(provider.as_str());
                    (next_field(next))
                    button.button.plain.provider type="submit" { (logo(*provider)) "Continue with " (provider.label()) }
                }
            }
            p.or { "or with a code by mail" }
        }
    }
}

fn logo(provider: Provider) -> Markup {
    match provider {
        Provider::Google => art::google(),
        Provider::Github => art::github(),
    }
}

fn email_form(email: &str, problem: Option<&str>, next: Option<&str>, hidden: bool) -> Markup {
    html! {
        form #sign-in-email method="post" action="/sign-in" hidden[hidden] {
            p { "We send you a code to type in here. There is no password to remember." }
            (next_field(next))
            div.field {
                label for="email" { "Your e-mail address" }
                input.input #email type="email" name="email" value=(email) required maxlength="254"
                    autocomplete="email" autocapitalize="none" spellcheck="false" autofocus[!hidden]
                    aria-describedby="email-wrong" aria-invalid=[problem.map(|_| "true")];
                p.wrong #email-wrong role="alert" { (problem.unwrap_or_default()) }
            }
            button.button type="submit" { "Send me a code" }
        }
    }
}

fn code_form(email: &str, problem: Option<&str>, next: Option<&str>, hidden: bool) -> Markup {
    html! {
        div #sign-in-code hidden[hidden] {
            p { "We sent six digits to " strong data-email { (email) } ". They work for five minutes, in this browser." }
            form #code-form method="post" action="/sign-in/code" {
                input type="hidden" name="email" value=(email);
                (next_field(next))
                div.field {
                    label for="code" { "The code from the mail" }
                    input.input.digits #code type="text" name="code" required inputmode="numeric" pattern="[0-9 ]*"
                        autocomplete="one-time-code" maxlength="12" spellcheck="false" autofocus[!hidden]
                        aria-describedby="code-wrong code-state" aria-invalid=[problem.map(|_| "true")];
                    p.wrong #code-wrong role="alert" { (problem.unwrap_or_default()) }
                    p.hint #code-state role="status" {}
                }
                button.button type="submit" { "Sign in" }
            }
            div.row.after-code {
                form #code-again method="post" action="/sign-in" {
                    input type="hidden" name="email" value=(email);
                    (next_field(next))
                    button.text-button type="submit" { "Send a new code" }
                }
                a.text-button href="/?sign-in" data-other-address { "Use another address" }
            }
            p.hint { "No mail? It can take a minute, and it may be in the spam folder." }
        }
    }
}

fn next_field(next: Option<&str>) -> Markup {
    html! { @if let Some(next) = next { input type="hidden" name="next" value=(next); } }
}
