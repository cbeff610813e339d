//! What the owner of a site, or an operator, has set it to. The words are the same in SQL, JSON and the live record.

use crate::word::read_words;
use serde::{Deserialize, Serialize};

/// A site's settings. Each has a default, so that records from before it are read as they were meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// What an address without a file shows.
    pub not_found: NotFound,
    /// Whether pages get Notch.
    pub notch: bool,
    /// The owner's own domain, once visitors can reach the site there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Which address visitors of the other one are sent to, while there is a domain.
    pub canonical: Canonical,
    /// Why an operator has taken the site down; `None` while it is up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_down: Option<TakenDown>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            not_found: NotFound::default(),
            notch: true,
            domain: None,
            canonical: Canonical::default(),
            taken_down: None,
        }
    }
}

impl Settings {
    /// Whether nobody has set anything.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What an address without a file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum NotFound {
    /// The version's own `404.html` if it has one; else the home page, for what looks like a page; else our notice.
    #[default]
    Auto,
    /// The home page, for what looks like a page: the site routes for itself.
    App,
    /// Never the home page: the version's own `404.html`, else our notice.
    Page,
}

read_words!(NotFound: Auto App Page);

impl NotFound {
    /// As the ledger and JSON have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::App => "app",
            Self::Page => "page",
        }
    }
}

/// Which of a site's two addresses is the one that others lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum Canonical {
    /// The owner's own domain.
    #[default]
    Domain,
    /// The name that we gave it.
    Label,
}

read_words!(Canonical: Domain Label);

impl Canonical {
    /// As the ledger and JSON have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Label => "label",
        }
    }
}

/// Why an operator has taken a site down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum TakenDown {
    /// A court or an authority has ordered it: 451.
    Law,
    /// It breaks our rules: 410.
    Abuse,
    /// It harms who looks at it: 410.
    Unsafe,
}

read_words!(TakenDown: Law Abuse Unsafe);

impl TakenDown {
    /// As the ledger and JSON have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Law => "law",
            Self::Abuse => "abuse",
            Self::Unsafe => "unsafe",
        }
    }

    /// The status that visitors are answered with.
    pub const fn status(self) -> u16 {
        match self {
            Self::Law => 451,
            Self::Abuse | Self::Unsafe => 410,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_as_it_always_was() {
        let settings: Settings = serde_json::from_str("{}").unwrap();
        assert!(settings.is_default() && settings.notch);
        let settings: Settings = serde_json::from_str(r#"{"takenDown":"law","notFound":"page"}"#).unwrap();
        assert_eq!(settings.taken_down.map(TakenDown::status), Some(451));
        assert_eq!((settings.not_found, settings.canonical), (NotFound::Page, Canonical::Domain));
        let again: Settings = serde_json::from_str(&serde_json::to_string(&settings).unwrap()).unwrap();
        assert_eq!(again, settings);
    }
}
