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
    /// Name or handle are as they were wished.
    ProfileSaved,
    /// Their picture is gone.
    PictureRemoved,
    /// Another device of theirs is signed out.
    DeviceSignedOut,
    /// All other devices of theirs are signed out.
    OthersSignedOut,
    /// Another way to sign in was added.
    ProviderConnected,
    /// A way to sign in was taken away.
    ProviderDisconnected,
    /// Their account is to be deleted.
    DeletionAsked,
    /// Their account stays after all.
    AccountKept,
    /// The days in which they could keep their account are over.
    TooLate,
}

impl Notice {
    const ALL: [Self; 19] = [
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
        Self::ProfileSaved,
        Self::PictureRemoved,
        Self::DeviceSignedOut,
        Self::OthersSignedOut,
        Self::ProviderConnected,
        Self::ProviderDisconnected,
        Self::DeletionAsked,
        Self::AccountKept,
        Self::TooLate,
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
            Self::ProfileSaved => "profile-saved",
            Self::PictureRemoved => "picture-removed",
            Self::DeviceSignedOut => "device-signed-out",
            Self::OthersSignedOut => "others-signed-out",
            Self::ProviderConnected => "way-connected",
            Self::ProviderDisconnected => "way-disconnected",
            Self::DeletionAsked => "deletion-asked",
            Self::AccountKept => "account-kept",
            Self::TooLate => "too-late",
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
            Self::ProfileSaved => "Saved.",
            Self::PictureRemoved => "Your picture is removed.",
            Self::DeviceSignedOut => "That device is signed out. It can change nothing any more.",
            Self::OthersSignedOut => "All your other devices are signed out.",
            Self::ProviderConnected => "That works for signing in now, beside the code by mail.",
            Self::ProviderDisconnected => "That no longer signs you in. A code by mail always does.",
            Self::DeletionAsked => {
                "Your account will be deleted in seven days. A mail with the date is on its way to you."
            }
            Self::AccountKept => "Your account stays. Nothing was deleted.",
            Self::TooLate => "The seven days are over, and your account is being deleted. It cannot be kept any more.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Notice;

    #[test]
    fn every_notice_has_a_code_of_its_own() {
        for notice in Notice::ALL {
            assert_eq!(Notice::from_code(notice.code()), Some(notice));
        }
    }
}
