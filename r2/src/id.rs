//! Ids that become part of a key. Parsed once at the border, so that no key can be made of anything else.

use serde::{Deserialize, Serialize};

/// How long an id is, in bytes.
const LENGTH: usize = 24;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes a text that has the shape of an id: 24 characters of `[a-z0-9]`.
            pub fn parse(text: &str) -> Option<Self> {
                let fits = text.len() == LENGTH && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
                fits.then(|| Self(text.to_owned()))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text).ok_or("not an id")
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// A site, for as long as it exists; a name that changes hands gets another one.
    SiteId
}

id! {
    /// A version of a site, or the restoring of one. Also names the manifest that a version made.
    SnapshotId
}

#[cfg(test)]
mod tests {
    use super::SiteId;

    #[test]
    fn nothing_that_could_leave_its_folder_is_an_id() {
        assert!(SiteId::parse("abcdefghijklmnopqrstuv27").is_some());
        for text in ["", "short", "../../../../../../../../", "ABCDEFGHIJKLMNOPQRSTUV27", "abcdefghijklmnopqrstuv2/"] {
            assert_eq!(SiteId::parse(text), None, "{text}");
        }
    }
}
