//! `hosts/<hostname>`: which site somebody's own domain leads to.
//!
//! It is one half of a handshake. A visitor of a domain is shown a site when the domain's object names the site, and the
//! settings in the site's live record name the domain. Either half takes the domain away by itself, and a half that a
//! crash or a late writer left behind leads nowhere.

use crate::{LiveRecord, SiteId};
use serde::{Deserialize, Serialize};

/// What stands at `hosts/<hostname>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostRecord {
    /// The site.
    pub site_id: SiteId,
    /// Its label, under which its live record is.
    pub label: String,
}

impl HostRecord {
    /// Whether a live record is of this site and takes this domain for its own.
    pub fn is_answered_by(&self, record: &LiveRecord, hostname: &str) -> bool {
        record.site_id == self.site_id && record.settings.domain.as_deref() == Some(hostname)
    }

    /// As it is stored.
    pub fn to_json(&self) -> String {
        // A struct of strings always serialises.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what is stored; `None` when it is not a record.
    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    #[test]
    fn both_halves_must_name_each_other() {
        let site = |letter: &str| SiteId::parse(&letter.repeat(24)).unwrap();
        let host = HostRecord { site_id: site("a"), label: "ann".to_owned() };
        assert_eq!(HostRecord::from_json(host.to_json().as_bytes()), Some(host.clone()));
        let record = |letter, domain: Option<&str>| LiveRecord {
            settings: Settings { domain: domain.map(str::to_owned), ..Settings::default() },
            ..LiveRecord::tombstone(7, site(letter))
        };
        assert!(host.is_answered_by(&record("a", Some("www.ann.cafe")), "www.ann.cafe"));
        for other in [record("a", None), record("a", Some("ann.cafe")), record("b", Some("www.ann.cafe"))] {
            assert!(!host.is_answered_by(&other, "www.ann.cafe"));
        }
    }
}
