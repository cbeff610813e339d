//! The window in which somebody agrees to be known on a site. It says as whom, where, and what that site will learn, which is
//! nothing unless they tick it. Its buttons sleep until a script has seen that nobody clicks by accident.

use crate::pages::{
    Shell, Viewer,
    hub::Welcome,
    shell::{self, Window},
    sign_in,
};
use maud::{Markup, html};
use vetka_domain::oauth::Provider;

/// Where the windows of providers end: it wakes this one.
const SIGNED_IN: &str = "/connect/signed-in";

/// What the window was opened for.
#[derive(Clone, Copy, Debug)]
pub struct Agree<'a> {
    /// Who they are here.
    pub viewer: &'a Viewer,
    /// The site that they act as; `None` while they have none.
    pub acts_as: Option<&'a str>,
    /// What the frame has announced.
    pub challenge: &'a str,
    /// By what the frame and the window know each other.
    pub state: &'a str,
    /// Where the frame stands: `https://maya.dev`.
    pub origin: &'a str,
    /// What people read of that: `maya.dev`.
    pub host: &'a str,
}

/// The same while nobody is signed in.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    /// What people read of where the frame stands.
    pub host: &'a str,
    /// Who else can say who somebody is.
    pub providers: &'a [Provider],
}

/// Asks whether they agree.
pub fn agree(shell: Shell<'_>, view: Agree<'_>) -> Markup {
    let Agree { viewer, host, .. } = view;
    let name = viewer.called();
    let main = html! {
        div #agree.agree data-challenge=(view.challenge) data-state=(view.state) data-origin=(view.origin) data-host=(host) {
            h1 { "Continue as " (name) " on " span.host { (host) } }
            div.agree-who {
                (shell::avatar(viewer, "large"))
                div {
                    p.agree-name { (name) }
                    p.quiet {
                        @match view.acts_as {
                            Some(domain) => (domain),
                            None => "You can read there. To follow, react or write, pick a name for a site first.",
                        }
                    }
                }
            }
            form #agree-form {
                p { "In the bar on " (host) " you can then follow, react and write as yourself." }
                p { strong { (host) " itself learns nothing about you" } " unless you tick this:" }
                label.agree-share {
                    input #agree-share type="checkbox" name="share" autocomplete="off";
                    span { "Tell " (host) " my name, my picture and where my site is" }
                }
                p.hint { "Never your e-mail address. You can end this at any time in your settings." }
                p.wrong #agree-wrong role="alert" {}
                div.agree-acts {
                    button.button.big #agree-yes type="submit" disabled { "Continue as " (name) }
                    button.button.plain #agree-no type="button" disabled { "Not now" }
                }
                noscript { p.wrong { "This window needs scripts. Allow them for Vetka and open it again." } }
            }
            div #agree-typed hidden {
                p { "Type this code into Notch on " (host) ":" }
                output.agree-code #agree-code {}
                p.hint { "It works for five minutes, once, and only there. Then you can close this window." }
            }
            p.quiet.agree-other #agree-change { "Not you? " button.text-button #agree-other type="button" { "Use another account" } }
        }
    };
    let title = format!("Continue on {host}");
    shell::window(shell, Window { title: &title, main, beside: html! {} })
}

/// Asks them to sign in, in this window.
pub fn sign_in(shell: Shell<'_>, view: SignIn<'_>) -> Markup {
    let welcome = Welcome {
        sign_in: sign_in::SignIn::Email { email: "", problem: None },
        providers: view.providers,
        failure: None,
        next: Some(SIGNED_IN),
        notice: None,
        news: None,
    };
    let main = html! {
        div.agree {
            h1 { "Sign in to go on at " span.host { (view.host) } }
            p { "One account works on every site that has Notch. " (view.host) " does not see what you type here." }
            p { button.button.big type="button" data-opens="sign-in" { "Sign in" } }
        }
    };
    shell::window(shell, Window { title: "Sign in", main, beside: sign_in::dialog(&welcome) })
}

/// Where the window of a provider ends.
pub fn signed_in(shell: Shell<'_>) -> Markup {
    let main = html! {
        div #signed-in.agree {
            h1 { "You are signed in" }
            p { "Go back to the window that asked for it. You can close this one." }
        }
    };
    shell::window(shell, Window { title: "Signed in", main, beside: html! {} })
}

/// For whoever comes here by any other way than the button in the frame.
pub fn not_from_here(shell: Shell<'_>) -> Markup {
    let main = html! {
        div.agree {
            h1 { "This window opens from a website" }
            p {
                "It asks whether you want to be known on the website that you are on, and only Notch’s own button there "
                "can open it. If some page has sent you here, there is nothing to do: nothing was agreed to."
            }
            p { a.button href="/" { "Go to Vetka" } }
        }
    };
    shell::window(shell, Window { title: "Nothing to agree to", main, beside: html! {} })
}
