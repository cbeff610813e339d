//! `/settings`: who one is here, where one is signed in, what was done, and the ways out. One page of sections; every form
//! on it posts to a path of its own and works without scripts, but for choosing a picture, which the browser must cut.

mod activity;
mod deletion;
mod devices;
mod known;
mod others;
mod profile;
mod ways;

pub use activity::{Activity, Done};
pub use deletion::Deletion;
pub use devices::Device;
pub use known::KnownOn;
pub use others::Others;
pub use profile::Profile;
pub use ways::{Way, Ways};

use super::{
    Notice, Shell, Viewer,
    shell::{self, Page, Place},
};
use maud::{Markup, html};

/// Everything on the page.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Whose settings these are.
    pub viewer: &'a Viewer,
    /// The form with name and handle.
    pub profile: Profile<'a>,
    /// Where they are signed in; this device among them.
    pub devices: &'a [Device],
    /// Which websites know them in the frame.
    pub known: &'a [KnownOn],
    /// How they can sign in.
    pub ways: Ways<'a>,
    /// What they want of others; `None` for somebody without a site.
    pub others: Option<Others<'a>>,
    /// What was done.
    pub activity: Activity<'a>,
    /// The dialog over the last section.
    pub deletion: Deletion<'a>,
    /// What has just happened.
    pub notice: Option<Notice>,
    /// Unix milliseconds UTC.
    pub now: i64,
}

const SECTIONS: [(&str, &str); 9] = [
    ("profile", "Profile"),
    ("others", "Other people"),
    ("devices", "Devices"),
    ("known", "Sites that know you"),
    ("ways", "Ways to sign in"),
    ("teams", "Teams"),
    ("data", "Your data"),
    ("activity", "Activity"),
    ("delete", "Delete account"),
];

/// `/settings`.
pub fn page(shell: Shell<'_>, view: Settings<'_>) -> Markup {
    let main = html! {
        (shell::notice(view.notice))
        div.settings {
            div.settings-head {
                h1 { "Settings" }
                nav.settings-nav aria-label="Parts of the settings" {
                    ul role="list" {
                        @for (id, title) in SECTIONS { li { a href={ "#" (id) } { (title) } } }
                    }
                }
            }
            div.settings-parts {
                (profile::section(view.viewer, view.profile))
                (others::section(view.others))
                (devices::section(view.devices, view.now))
                (known::section(view.known, view.now))
                (ways::section(view.viewer, view.ways))
                // A script fills it from what the teams worker says.
                section.card.sheet.part.needs-script #teams aria-labelledby="teams-title" { h2 #teams-title { "Teams" } }
                (data())
                (activity::section(view.activity))
                (deletion::section(view.viewer, view.deletion))
            }
        }
    };
    let beside = html! {
        (deletion::dialog(view.viewer, view.deletion))
        (profile::crop())
        p.toast #toast role="status" hidden {}
    };
    shell::document(shell, Page { title: "Settings", place: Place::Settings, island: "settings", main, beside })
}

fn data() -> Markup {
    html! {
        section.card.sheet.part #data aria-labelledby="data-title" {
            h2 #data-title { "Your data" }
            p {
                "Everything you have here, in one zip: your profile and picture, your site as visitors see it, the "
                "conversation in the builder with the files you added, the websites that know you, and the list of what was done."
            }
            form method="post" action="/settings/export" data-download {
                button.button.plain type="submit" { "Download everything" }
            }
            p.hint { "It is made while you wait. A large site can take a minute." }
        }
    }
}
