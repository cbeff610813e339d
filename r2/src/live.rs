//! `live/<label>`: which version is live and what the site is set to, as the edge knows it.
//!
//! A record joins two things that move forward independently: the version, in the order of starts over all sites, and
//! the settings, in an order of the site's own. Whoever writes one merges what it knows into what stands there
//! ([`LiveRecord::merged`]), and the object only ever moves up. That is what makes a stalled writer harmless: by the time
//! it wakes, what stands there is at least as high as what it wants to write.

use crate::{Settings, SiteId, SnapshotId};
use serde::{Deserialize, Serialize};

/// What stands at `live/<label>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct LiveRecord {
    /// When the version was started, in the one order over all sites and for ever.
    pub seq: u64,
    /// Whose it is.
    pub site_id: SiteId,
    /// How often the settings had been changed.
    pub settings_seq: u64,
    /// What the site is set to.
    pub settings: Settings,
    /// The version; absent in a tombstone.
    pub version: Option<LiveVersion>,
}

/// A record as it is written: flat. Serde's own flattening reads everything twice, for 5 KB of WASM.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    seq: u64,
    site_id: SiteId,
    #[serde(default, skip_serializing_if = "is_zero")]
    settings_seq: u64,
    #[serde(default, skip_serializing_if = "Settings::is_default")]
    settings: Settings,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshot_id: Option<SnapshotId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    manifest_id: Option<SnapshotId>,
}

impl From<Stored> for LiveRecord {
    fn from(stored: Stored) -> Self {
        let Stored { seq, site_id, settings_seq, settings, snapshot_id, manifest_id } = stored;
        Self { seq, site_id, settings_seq, settings, version: LiveVersion::of(snapshot_id, manifest_id) }
    }
}

impl From<LiveRecord> for Stored {
    fn from(record: LiveRecord) -> Self {
        let LiveRecord { seq, site_id, settings_seq, settings, version } = record;
        let (snapshot_id, manifest_id) = LiveVersion::parts(version);
        Self { seq, site_id, settings_seq, settings, snapshot_id, manifest_id }
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's signature; a reference is the smaller of the two on wasm32"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The version that a record names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveVersion {
    /// The entry in the list of versions.
    pub snapshot_id: SnapshotId,
    /// Where its files are listed: its own id, or that of the version it restores.
    pub manifest_id: SnapshotId,
}

impl LiveVersion {
    /// From what is written of it: both or none.
    pub(crate) fn of(snapshot_id: Option<SnapshotId>, manifest_id: Option<SnapshotId>) -> Option<Self> {
        snapshot_id.zip(manifest_id).map(|(snapshot_id, manifest_id)| Self { snapshot_id, manifest_id })
    }

    /// What is written of it.
    pub(crate) fn parts(version: Option<Self>) -> (Option<SnapshotId>, Option<SnapshotId>) {
        version.map(|version| (version.snapshot_id, version.manifest_id)).unzip()
    }
}

impl LiveRecord {
    /// Says that the site is gone. `seq` is the highest of the site's versions.
    pub fn tombstone(seq: u64, site_id: SiteId) -> Self {
        Self { seq, site_id, settings_seq: 0, settings: Settings::default(), version: None }
    }

    /// The order of versions: later starts above earlier ones, and a tombstone above the version it buries.
    pub const fn rank(&self) -> (u64, bool) {
        (self.seq, self.version.is_none())
    }

    /// The join of two records of one name: the higher version, with the higher settings of the site that it is of.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        let (high, low) = if self.rank() >= other.rank() { (self, other) } else { (other, self) };
        let mut merged = high.clone();
        // Nobody looks at the settings of a site that is gone, and those of another site are none of this one's.
        if high.version.is_some() && low.site_id == high.site_id && low.settings_seq > high.settings_seq {
            (merged.settings_seq, merged.settings) = (low.settings_seq, low.settings.clone());
        }
        merged
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
    use crate::settings::TakenDown;
    use proptest::prelude::*;

    fn site(letter: char) -> SiteId {
        SiteId::parse(&letter.to_string().repeat(24)).unwrap()
    }

    fn id(letter: char) -> SnapshotId {
        SnapshotId::parse(&letter.to_string().repeat(24)).unwrap()
    }

    fn live(seq: u64, site_id: SiteId, settings_seq: u64) -> LiveRecord {
        let settings = Settings { domain: (settings_seq > 0).then(|| settings_seq.to_string()), ..Settings::default() };
        let version = Some(LiveVersion { snapshot_id: id('b'), manifest_id: id('c') });
        LiveRecord { seq, site_id, settings_seq, settings, version }
    }

    #[test]
    fn all_kinds_survive_storage() {
        let plain = live(7, site('a'), 0);
        assert_eq!(
            plain.to_json(),
            r#"{"seq":7,"siteId":"aaaaaaaaaaaaaaaaaaaaaaaa","snapshotId":"bbbbbbbbbbbbbbbbbbbbbbbb","manifestId":"cccccccccccccccccccccccc"}"#
        );
        let mut down = live(7, site('a'), 3);
        down.settings.taken_down = Some(TakenDown::Law);
        let tombstone = LiveRecord::tombstone(7, site('a'));
        assert_eq!(tombstone.to_json(), r#"{"seq":7,"siteId":"aaaaaaaaaaaaaaaaaaaaaaaa"}"#);
        for record in [plain, down, tombstone] {
            assert_eq!(LiveRecord::from_json(record.to_json().as_bytes()), Some(record));
        }
        assert_eq!(LiveRecord::from_json(b"{}"), None);
    }

    #[test]
    fn a_tombstone_stands_above_its_version_and_below_the_next() {
        let (old, next) = (live(7, site('a'), 0), live(8, site('a'), 0));
        let grave = LiveRecord::tombstone(7, site('a'));
        assert!(old.rank() < grave.rank() && grave.rank() < next.rank());
    }

    #[test]
    fn version_and_settings_move_independently() {
        let merged = live(7, site('a'), 2).merged(&live(8, site('a'), 1));
        assert_eq!((merged.seq, merged.settings_seq), (8, 2));
        let taken_over = live(7, site('a'), 2).merged(&live(8, site('d'), 0));
        assert_eq!(taken_over, live(8, site('d'), 0));
        let grave = LiveRecord::tombstone(7, site('a'));
        assert_eq!(live(7, site('a'), 2).merged(&grave), grave);
    }

    proptest! {
        /// In whatever order and however often writers come, the same stands there in the end.
        #[test]
        fn merging_is_a_join(of in proptest::collection::vec((0..4u64, 0..3u64, any::<bool>()), 3)) {
            // Places in the order of starts are never shared: the two sites take the odd and the even ones.
            let records: Vec<LiveRecord> = of.into_iter().map(|(seq, settings, first)| {
                if first { live(seq * 2, site('a'), settings) } else { live(seq * 2 + 1, site('d'), settings) }
            }).collect();
            let [a, b, c] = records.as_slice() else { unreachable!() };
            prop_assert_eq!(a.merged(b), b.merged(a));
            prop_assert_eq!(a.merged(a), a.clone());
            if a.site_id == b.site_id && b.site_id == c.site_id {
                prop_assert_eq!(a.merged(b).merged(c), a.merged(&b.merged(c)));
            }
        }
    }
}
