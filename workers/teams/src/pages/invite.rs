//! `/invite/:token`: who invites whom to what, and the button that says yes.

use super::{Markup, Shell, art, moment, page};
use maud::html;

/// What an invite comes to for whoever looks at it.
#[derive(Clone, Copy, Debug)]
pub enum Invite<'a> {
    /// They can accept it.
    Open {
        /// What they are invited to.
        team: &'a str,
        /// Who invites; `None` when they are not here any more.
        by: Option<&'a str>,
        /// Whether they will be an admin.
        as_admin: bool,
        /// Unix milliseconds UTC.
        expires_at: i64,
        /// As whom they are signed in; `None` for a visitor.
        email: Option<&'a str>,
    },
    /// It is for an address, and nobody is signed in: whoever it is not for learns nothing else about it.
    SignInFirst,
    /// They are in the team already.
    Inside {
        /// Opaque.
        id: &'a str,
        /// What it is called.
        team: &'a str,
    },
    /// It cannot be accepted.
    Closed {
        /// Why, and what to do.
        sentence: &'a str,
        /// As whom they are signed in, when another address would do.
        email: Option<&'a str>,
    },
}

/// The page. `path` is its own.
pub fn show(shell: Shell<'_>, path: &str, invite: Invite<'_>) -> Markup {
    let sign_in = || html! { a.button.big href={ "/?sign-in&next=" (path) } { "Sign in to go on" } };
    let main = html! {
        div.narrow.problem {
            (art::bare_twig())
            @match invite {
                Invite::Open { team, by, as_admin, expires_at, email } => {
                    h1 { "Join " (team) }
                    p.lead {
                        @match by { Some(by) => { strong { (by) } " invites you" }, None => "You are invited" }
                        " to work with " strong { (team) } " on Vetka, where a team changes its website by saying what should be different."
                    }
                    @if as_admin { p { "You will be an admin: you set up projects and decide who is in the team." } }
                    @if let Some(email) = email {
                        form method="post" action=(path) {
                            div.row {
                                button.button.big type="submit" { "Accept the invite" }
                                a.button.plain href="/orgs" { "Not now" }
                            }
                        }
                        p.hint { "You are signed in as " (email) ". Your colleagues in the team see your name, its admins your address too." }
                    } @else {
                        p { (sign_in()) }
                        p.hint { "No account yet? The same button makes one. You come back here afterwards, and decide then." }
                    }
                    p.hint { "The invite is good until " (moment(expires_at)) ", for one person." }
                }
                Invite::SignInFirst => {
                    h1 { "You are invited" }
                    p.lead { "Sign in with the address that the invite was mailed to. Then you see who invites you, and to what." }
                    p { (sign_in()) }
                    p.hint { "No account yet? The same button makes one. Looking at the invite accepts nothing." }
                }
                Invite::Inside { id, team } => {
                    h1 { "You are in already" }
                    p.lead { "You belong to " (team) ", so there is nothing to accept." }
                    div.row { a.button href={ "/orgs/" (id) } { "Go to " (team) } }
                }
                Invite::Closed { sentence, email } => {
                    h1 { "This invite does not work" }
                    p.lead { (sentence) }
                    @if let Some(email) = email { p { "You are signed in as " strong { (email) } "." } }
                    div.row { a.button href="/orgs" { "Your teams" } }
                }
            }
        }
    };
    page(shell, "An invite", "teams", main, html! {})
}
