//! What is written down about an account for its owner to read: the kinds, and the words for each.

use schemars::JsonSchema;
use serde::Serialize;

/// Something that was done with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "EventKind")]
pub enum Kind {
    /// Somebody signed in; the subject is the way: `email`, `google`, `github`.
    SignedIn,
    /// Somebody signed out on this device.
    SignedOut,
    /// A device was signed out from another one; the subject is the device.
    SessionRevoked,
    /// A provider was connected; the subject is the provider.
    ProviderConnected,
    /// A provider was disconnected; the subject is the provider.
    ProviderDisconnected,
    /// The name, the handle or the picture was changed; the subject says which.
    ProfileChanged,
    /// A site was named or connected; the subject is its domain.
    SiteCreated,
    /// A site was deleted; the subject is its domain.
    SiteDeleted,
    /// A version went live; the subject is the site's domain.
    Deployed,
    /// An earlier version was brought back; the subject is the site's domain.
    RolledBack,
    /// The proof of a connected domain was not found any more; the subject is the domain.
    ProofLost,
    /// The proof of a connected domain was found again; the subject is the domain.
    ProofFound,
    /// Somebody else has proven a domain whose proof was lost; the subject is the domain.
    DomainPassedOn,
    /// An operator took a site down; the subject is its domain.
    TakenDown,
    /// An operator put a site back that was taken down; the subject is its domain.
    PutBack,
    /// A site got a domain of its owner's; the subject is the domain.
    DomainConnected,
    /// Its owner took the domain out; the subject is the domain.
    DomainRemoved,
    /// The domain does not lead to the site any more; the subject is the domain.
    DomainLost,
    /// A site was set otherwise; the subject is its domain.
    SiteChanged,
    /// Somebody agreed to be known in the frame on a site; the subject is its host.
    KnownOn,
    /// They are not known there any more; the subject is the host.
    ForgottenOn,
    /// Everything was exported.
    Exported,
    /// The account is to be deleted; the subject is the day, RFC 3339.
    DeletionAsked,
    /// The account is not to be deleted after all.
    DeletionCancelled,
    /// An operator looked the account up.
    OperatorLooked,
    /// An operator had the agent begin anew; the subject is the site's domain.
    AgentRestarted,
    /// An operator had visitors' copy of a site written once more; the subject is its domain.
    Resynced,
}

impl Kind {
    /// Every kind, in the order above.
    pub const ALL: [Self; 27] = [
        Self::SignedIn,
        Self::SignedOut,
        Self::SessionRevoked,
        Self::ProviderConnected,
        Self::ProviderDisconnected,
        Self::ProfileChanged,
        Self::SiteCreated,
        Self::SiteDeleted,
        Self::Deployed,
        Self::RolledBack,
        Self::ProofLost,
        Self::ProofFound,
        Self::DomainPassedOn,
        Self::TakenDown,
        Self::PutBack,
        Self::DomainConnected,
        Self::DomainRemoved,
        Self::DomainLost,
        Self::SiteChanged,
        Self::KnownOn,
        Self::ForgottenOn,
        Self::Exported,
        Self::DeletionAsked,
        Self::DeletionCancelled,
        Self::OperatorLooked,
        Self::AgentRestarted,
        Self::Resynced,
    ];

    /// The column `audit_event.kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignedOut => "signed_out",
            Self::SessionRevoked => "session_revoked",
            Self::ProviderConnected => "provider_connected",
            Self::ProviderDisconnected => "provider_disconnected",
            Self::ProfileChanged => "profile_changed",
            Self::SiteCreated => "site_created",
            Self::SiteDeleted => "site_deleted",
            Self::Deployed => "deployed",
            Self::RolledBack => "rolled_back",
            Self::ProofLost => "proof_lost",
            Self::ProofFound => "proof_found",
            Self::DomainPassedOn => "domain_passed_on",
            Self::TakenDown => "taken_down",
            Self::PutBack => "put_back",
            Self::DomainConnected => "domain_connected",
            Self::DomainRemoved => "domain_removed",
            Self::DomainLost => "domain_lost",
            Self::SiteChanged => "site_changed",
            Self::KnownOn => "known_on",
            Self::ForgottenOn => "forgotten_on",
            Self::Exported => "exported",
            Self::DeletionAsked => "deletion_asked",
            Self::DeletionCancelled => "deletion_cancelled",
            Self::OperatorLooked => "operator_looked",
            Self::AgentRestarted => "agent_restarted",
            Self::Resynced => "resynced",
        }
    }

    /// Reads the column. `None` for a kind that a newer version has written.
    pub fn from_column(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == value)
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn the_column_and_the_json_say_the_same() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(Kind::from_column(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::from_column("something_new"), None);
    }
}
