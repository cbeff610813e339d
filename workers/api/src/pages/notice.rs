//! Short messages that a redirect leaves on the next page, as `?notice=<code>`. Owns the codes and their words.

/// Something that has just happened, or the reason for being brought here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// They asked to be signed out.
    SignedOut,
    /// They asked for a page that needs a sign-in.
    SignInFirst,
    /// Their session came to its end.
    SessionEnded,
    /// Their site is gone.
    SiteDeleted,
    /// An earlier version is live again.
    Restored,
    /// The version to restore could not be restored; nothing changed.
    NotRestored,
    /// They have a site already, so another cannot be made for now.
    OneSite,
}

impl Notice {
    const ALL: [Self; 7] = [
        Self::SignedOut,
        Self::SignInFirst,
        Self::SessionEnded,
        Self::SiteDeleted,
        Self::Restored,
        Self::NotRestored,
        Self::OneSite,
    ];

    /// Value of `?notice=`.
    pub fn code(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::SignInFirst => "sign-in-first",
            Self::SessionEnded => "session-ended",
            Self::SiteDeleted => "site-deleted",
            Self::Restored => "restored",
            Self::NotRestored => "not-restored",
            Self::OneSite => "one-site",
        }
    }

    /// Reads the value of `?notice=`; what we did not write ourselves says nothing.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.code() == code)
    }

    /// What the person reads.
    pub fn words(self) -> &'static str {
        match self {
            Self::SignedOut => "You are signed out. Your site stays where it is.",
            Self::SignInFirst => "That page is for signed-in people. Sign in and you will be taken there.",
            Self::SessionEnded => "You were signed out because it has been a while. Sign in to go on.",
            Self::SiteDeleted => "Your site is deleted. Its address no longer shows anything.",
            Self::Restored => "That version is live again. Restoring another one works the same way.",
            Self::NotRestored => "That version could not be restored, so nothing changed. Try again in a moment.",
            Self::OneSite => "You already have a site, and for now each person has one.",
        }
    }
}
