//! What stands between sites, as people see it: what is new, profiles, notifications.

pub mod feed;
pub mod notifications;
pub mod profile;

use super::text;
use maud::{Markup, html};

/// A site, as others see it.
#[derive(Clone, Debug)]
pub struct Site {
    /// `ann.vetka.sh`: what stands in our own paths.
    pub domain: String,
    /// What its owner calls themselves; the domain, when they have not said.
    pub name: String,
    /// The live address, with scheme and port.
    pub url: String,
    /// A picture of its first page.
    pub picture: Option<String>,
}

impl Site {
    /// Path of its page here.
    pub fn path(&self) -> String {
        path(&self.domain)
    }
}

pub use vetka_app::pages::site_path as path;

/// What somebody can do who sees a site they do not own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Sign in first.
    Stranger,
    /// Pick a name first.
    NoSite,
    /// They follow it, or could.
    Member {
        /// Whether they do.
        following: bool,
    },
}

/// The button that follows and unfollows. `back` is the page to come back to without scripts.
pub(super) fn follow_button(site: &Site, standing: Standing, back: &str) -> Markup {
    html! {
        @match standing {
            Standing::Stranger => a.button.plain href={ "/?sign-in&next=" (site.path()) } { "Follow" span.visually-hidden { " " (site.name) } },
            Standing::NoSite => a.button.plain href="/setup" { "Follow" span.visually-hidden { " " (site.name) } },
            Standing::Member { following } => form.follow method="post" action={ (site.path()) "/follow" } data-follows=(site.domain) {
                input type="hidden" name="wish" value=(if following { "unfollow" } else { "follow" });
                input type="hidden" name="back" value=(back);
                button.button.plain[following] type="submit" {
                    span data-word { (if following { "Following" } else { "Follow" }) } span.visually-hidden { " " (site.name) }
                }
            },
        }
    }
}

/// The first letters of a name, in the round frame of a person. Decoration: the name stands beside it.
pub(super) fn initials(name: &str) -> Markup {
    let mut words = name.split(|c: char| c.is_whitespace() || c == '.');
    let letter = |word: &str| word.chars().find(|c| c.is_alphanumeric());
    let first = words.next().and_then(letter);
    let second = if name.contains(char::is_whitespace) { words.next_back().and_then(letter) } else { None };
    let letters: String = first.into_iter().chain(second).flat_map(char::to_uppercase).collect();
    html! { span.avatar aria-hidden="true" { @if letters.is_empty() { "?" } @else { (letters) } } }
}

/// A moment, which a script says in the reader's own time.
pub(super) fn when(at: i64) -> Markup {
    html! { time datetime=(text::rfc3339(at)) data-when { (text::date(at)) } }
}
