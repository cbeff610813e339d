//! `live/<label>`: which version is live, as the edge knows it.
//!
//! Records of one name are ordered by [`LiveRecord::rank`], and the object only ever moves up that order. That is what
//! makes a stalled writer harmless: by the time it wakes, what stands there is higher than what it wants to write.

use crate::{SiteId, SnapshotId};
use serde::{Deserialize, Serialize};

/// What stands at `live/<label>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveRecord {
    /// When the version was started, in the one order over all sites and for ever.
    pub seq: u64,
    /// Whose it is.
    pub site_id: SiteId,
    /// The version; absent in a tombstone.
    #[serde(flatten)]
    pub version: Option<LiveVersion>,
}

/// The version that a record names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveVersion {
    /// The entry in the list of versions.
    pub snapshot_id: SnapshotId,
    /// Where its files are listed: its own id, or that of the version it restores.
    pub manifest_id: SnapshotId,
}

impl LiveRecord {
    /// Says that a version is live.
    pub fn live(seq: u64, site_id: SiteId, snapshot_id: SnapshotId, manifest_id: SnapshotId) -> Self {
        Self { seq, site_id, version: Some(LiveVersion { snapshot_id, manifest_id }) }
    }

    /// Says that the site is gone. `seq` is the highest of the site's versions.
    pub fn tombstone(seq: u64, site_id: SiteId) -> Self {
        Self { seq, site_id, version: None }
    }

    /// The order of records: later starts above earlier ones, and a tombstone above the version it buries.
    pub fn rank(&self) -> (u64, bool) {
        (self.seq, self.version.is_none())
    }

    /// As it is stored.
    pub fn to_json(&self) -> String {
        // A struct of strings and numbers always serialises.
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

    fn site() -> SiteId {
        SiteId::parse("aaaaaaaaaaaaaaaaaaaaaaaa").unwrap()
    }

    fn version(letter: &str) -> SnapshotId {
        SnapshotId::parse(&letter.repeat(24)).unwrap()
    }

    #[test]
    fn both_kinds_survive_storage() {
        let live = LiveRecord::live(7, site(), version("b"), version("c"));
        assert_eq!(
            live.to_json(),
            r#"{"seq":7,"siteId":"aaaaaaaaaaaaaaaaaaaaaaaa","snapshotId":"bbbbbbbbbbbbbbbbbbbbbbbb","manifestId":"cccccccccccccccccccccccc"}"#
        );
        assert_eq!(LiveRecord::from_json(live.to_json().as_bytes()), Some(live));
        let tombstone = LiveRecord::tombstone(7, site());
        assert_eq!(tombstone.to_json(), r#"{"seq":7,"siteId":"aaaaaaaaaaaaaaaaaaaaaaaa"}"#);
        assert_eq!(LiveRecord::from_json(tombstone.to_json().as_bytes()), Some(tombstone));
        assert_eq!(LiveRecord::from_json(b"{}"), None);
    }

    #[test]
    fn a_tombstone_stands_above_its_version_and_below_the_next() {
        let old = LiveRecord::live(7, site(), version("b"), version("b"));
        let grave = LiveRecord::tombstone(7, site());
        let next = LiveRecord::live(8, site(), version("c"), version("c"));
        assert!(old.rank() < grave.rank() && grave.rank() < next.rank());
    }
}
