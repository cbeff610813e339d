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
    /// Their own website is connected now.
    Connected,
    /// Their own website is no longer connected.
    Disconnected,
    /// The proof of their website was found again.
    ProofFound,
    /// They have a site already, so another cannot be made for now.
    OneSite,
}

impl Notice {
    const ALL: [Self; 10] = [
        Self::SignedOut,
        Self::SignInFirst,
        Self::SessionEnded,
        Self::SiteDeleted,
        Self::Restored,
        Self::NotRestored,
        Self::Connected,
        Self::Disconnected,
        Self::ProofFound,
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
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::ProofFound => "proof-found",
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
            Self::Connected => "Your website is connected. Leave the line where it is.",
            Self::Disconnected => {
                "Your website is disconnected. It stays as it is, and you can take the line out of it."
            }
            Self::ProofFound => "We found it. Your website is connected as before.",
            Self::OneSite => "You already have a site, and for now each person has one.",
        }
    }
}
