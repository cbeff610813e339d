//! The page of the frame. It is the same for everybody: whose page it stands on is public, who is in it asks its script.

use crate::pages::Assets;
use maud::{DOCTYPE, Markup, html};

/// What the page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Embed<'a> {
    /// Whose page it stands on, as JSON: a site in short, with `origins` and `generated`.
    pub site: &'a str,
    /// What to call that site.
    pub name: &'a str,
    /// Where the site is found here, for when no script runs.
    pub path: &'a str,
}

/// The page.
pub fn embed(assets: &Assets, view: Embed<'_>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Notch on " (view.name) }
                meta name="color-scheme" content="light dark";
                link rel="stylesheet" href=(assets.url("frame.css"));
                script type="module" src=(assets.url("frame.js")) {}
            }
            body {
                main #notch data-site=(view.site) {
                    p {
                        "Notch needs scripts here. "
                        a href=(view.path) target="_blank" rel="noopener" { "Open it in a tab" }
                    }
                }
            }
        }
    }
}
