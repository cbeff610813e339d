//! The frame of every page, as pure functions from small view models to HTML, and what pages have in common.
//!
//! Nothing here writes an inline script or style, so that pages live under a CSP of `'self'`.

pub mod art;
pub mod assets;
pub mod notice;
pub mod problem;
pub mod shell;
pub mod text;

pub use assets::Assets;
pub use maud::Markup;
pub use notice::Notice;

/// What every page is given: where the built assets are and who is looking.
#[derive(Clone, Copy)]
pub struct Shell<'a> {
    /// Built names of scripts, styles and fonts.
    pub assets: &'a Assets,
    /// The signed-in person; `None` for a visitor.
    pub viewer: Option<&'a Viewer>,
}

/// The signed-in person, as far as pages need to know them.
#[derive(Clone, Debug, Default)]
pub struct Viewer {
    /// Their address, shown only to themselves.
    pub email: String,
    /// What they call themselves; empty when they have not said.
    pub name: String,
    /// What others call them here, without an `@`.
    pub handle: Option<String>,
    /// Path of their picture here.
    pub picture: Option<String>,
    /// When their account goes for good, Unix milliseconds UTC; `None` unless they asked for that.
    pub deletion_at: Option<i64>,
    /// How many messages from other sites they have not read.
    pub unread_messages: u32,
    /// Domain of their site, for the link in the navigation.
    pub site_domain: Option<String>,
    /// Domain of the site that others know them as here, whether it is made here or not.
    pub member: Option<String>,
    /// How much of what others did is new to them; 100 stands for more.
    pub unread: u32,
}

impl Viewer {
    /// What to call them: by their name, else by their handle, else by their address.
    pub fn called(&self) -> &str {
        match (self.name.as_str(), &self.handle) {
            ("", Some(handle)) => handle,
            ("", None) => self.email.split('@').next().unwrap_or_default(),
            (name, _) => name,
        }
    }

    /// What stands for them where there is no picture: the first letters of the first and the last word.
    pub fn initials(&self) -> String {
        let mut words = self.called().split_whitespace();
        let letter = |word: &str| word.chars().find(|c| c.is_alphanumeric());
        let first = words.next().and_then(letter);
        let last = words.next_back().and_then(letter);
        let letters: String = first.into_iter().chain(last).flat_map(char::to_uppercase).collect();
        if letters.is_empty() { "?".to_owned() } else { letters }
    }
}

/// Path of the page of a site here.
pub fn site_path(domain: &str) -> String {
    format!("/sites/{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_called_by_what_they_gave_and_shown_by_its_first_letters() {
        let viewer = |name: &str, handle: Option<&str>| Viewer {
            email: "mira.k@x.test".to_owned(),
            name: name.to_owned(),
            handle: handle.map(str::to_owned),
            ..Viewer::default()
        };
        for (name, handle, called, initials) in [
            ("Mira Kovač", Some("mk"), "Mira Kovač", "MK"),
            ("Dr. Mira von Kovač", None, "Dr. Mira von Kovač", "DK"),
            ("мира", None, "мира", "М"),
            ("李小龍", None, "李小龍", "李"),
            ("", Some("mk"), "mk", "M"),
            ("", None, "mira.k", "M"),
            ("🌿", None, "🌿", "?"),
            ("(Mira)", None, "(Mira)", "M"),
        ] {
            let viewer = viewer(name, handle);
            assert_eq!((viewer.called(), viewer.initials().as_str()), (called, initials));
        }
    }
}
