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
    /// Their site is set as they wished.
    SiteSaved,
    /// Their domain no longer leads to their site.
    DomainRemoved,
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
    /// They are not known any more in the frame on a site.
    GrantEnded,
    /// Another way to sign in was added.
    ProviderConnected,
    /// A way to sign in was taken away.
    ProviderDisconnected,
    /// Their account is to be deleted.
    DeletionAsked,
    /// Their account stays after all.
    AccountKept,
    /// A mention of theirs will be on its page.
    MentionLetIn,
    /// A mention of theirs is not shown.
    MentionRefused,
    /// The days in which they could keep their account are over.
    TooLate,
    /// They follow a site now.
    Followed,
    /// They follow a website now that is no member's.
    WebsiteFollowed,
    /// They do not follow a site any more.
    Unfollowed,
    /// They have blocked a site.
    Blocked,
    /// They have taken a block back.
    Unblocked,
    /// They have muted a site.
    Muted,
    /// They have taken a mute back.
    Unmuted,
    /// What they want of others is as they wished.
    PreferencesSaved,
    /// They have seen what others did.
    AllRead,
}

impl Notice {
    const ALL: [Self; 33] = [
        Self::SignedOut,
        Self::SignInFirst,
        Self::SessionEnded,
        Self::SiteDeleted,
        Self::SiteSaved,
        Self::DomainRemoved,
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
        Self::GrantEnded,
        Self::ProviderConnected,
        Self::ProviderDisconnected,
        Self::DeletionAsked,
        Self::AccountKept,
        Self::MentionLetIn,
        Self::MentionRefused,
        Self::TooLate,
        Self::Followed,
        Self::WebsiteFollowed,
        Self::Unfollowed,
        Self::Blocked,
        Self::Unblocked,
        Self::Muted,
        Self::Unmuted,
        Self::PreferencesSaved,
        Self::AllRead,
    ];

    /// Value of `?notice=`.
    pub fn code(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::SignInFirst => "sign-in-first",
            Self::SessionEnded => "session-ended",
            Self::SiteDeleted => "site-deleted",
            Self::SiteSaved => "site-saved",
            Self::DomainRemoved => "domain-removed",
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
            Self::GrantEnded => "grant-ended",
            Self::ProviderConnected => "way-connected",
            Self::ProviderDisconnected => "way-disconnected",
            Self::DeletionAsked => "deletion-asked",
            Self::AccountKept => "account-kept",
            Self::MentionLetIn => "mention-let-in",
            Self::MentionRefused => "mention-refused",
            Self::TooLate => "too-late",
            Self::Followed => "followed",
            Self::WebsiteFollowed => "website-followed",
            Self::Unfollowed => "unfollowed",
            Self::Blocked => "blocked",
            Self::Unblocked => "unblocked",
            Self::Muted => "muted",
            Self::Unmuted => "unmuted",
            Self::PreferencesSaved => "preferences-saved",
            Self::AllRead => "all-read",
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
            Self::SiteSaved => "Saved. Visitors notice within seconds.",
            Self::DomainRemoved => {
                "The domain no longer leads to your site. Take its two records out of your DNS as well."
            }
            Self::Restored => "That version is live again. Restoring another one works the same way.",
            Self::NotRestored => "That version could not be restored, so nothing changed. Try again in a moment.",
            Self::Connected => "Your website is connected. Leave the line where it is.",
            Self::Disconnected => {
                "Your website is disconnected. It stays as it is, and you can take the line out of it."
            }
            Self::ProofFound => "We found it. Your website is connected as before.",
            Self::OneSite => "You already have a site, and for now each person has one.",
            Self::ProfileSaved | Self::PreferencesSaved => "Saved.",
            Self::PictureRemoved => "Your picture is removed.",
            Self::DeviceSignedOut => "That device is signed out. It can change nothing any more.",
            Self::OthersSignedOut => {
                "All your other devices are signed out. No website knows you in Notch any more, either."
            }
            Self::GrantEnded => "That website does not know you any more. You can say yes again from the bar on it.",
            Self::ProviderConnected => "That works for signing in now, beside the code by mail.",
            Self::ProviderDisconnected => "That no longer signs you in. A code by mail always does.",
            Self::DeletionAsked => {
                "Your account will be deleted in seven days. A mail with the date is on its way to you."
            }
            Self::AccountKept => "Your account stays. Nothing was deleted.",
            Self::MentionLetIn => "It will be on your page within a few minutes.",
            Self::MentionRefused => "It is not shown, and nobody is told.",
            Self::Followed => "You follow this site now. What is new there shows at home, under Following.",
            Self::WebsiteFollowed => "You follow this website now. Its newest posts show here within a few minutes.",
            Self::Unfollowed => "You do not follow this site any more.",
            Self::Blocked => "Blocked. Neither of you finds the other here any more.",
            Self::Unblocked => "The block is taken back.",
            Self::Muted => "Muted. You do not see what this site does any more.",
            Self::Unmuted => "You see again what this site does.",
            Self::AllRead => "All of it is marked as read.",
            Self::TooLate => "The seven days are over, and your account is being deleted. It cannot be kept any more.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Notice;

    #[test]
    fn a_notice_is_read_back_from_its_code_and_from_nothing_else() {
        for notice in Notice::ALL {
            assert_eq!(Notice::from_code(notice.code()), Some(notice));
        }
        assert_eq!(Notice::from_code("<script>"), None);
    }
}
