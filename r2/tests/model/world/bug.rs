//! Rules that can be taken out, to see that the test notices.

/// A rule that can be taken out, to see that the test notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// All rules hold.
    None,
    /// The live record is written without looking at its etag.
    NoEtagGuard,
    /// Whoever commits last is live, whenever it started.
    NoOrderOfStarts,
    /// Deleting leaves no tombstone.
    NoTombstone,
    /// A site that is being deleted takes new versions.
    StartsWhileClosing,
    /// The cache takes the time of writing for the time of asking.
    YoungerThanItIs,
    /// Blobs are taken for stored before they are.
    BlobsInPassing,
    /// The sweep does not ask who holds a blob.
    SweepsTheHeld,
    /// The sweep takes blobs whose last holder may still be writing.
    SweepsTheYoung,
    /// The sweep does not wait for versions whose blobs nobody has written down.
    SweepsTheUnrecorded,
    /// A publisher takes hold when it commits, after it has looked which blobs are there.
    HoldsTooLate,
    /// A publisher relies on blobs that are on their way out.
    ReliesOnTheLeaving,
    /// Erasing a site dooms nothing.
    NoDoom,
    /// The mark of a sweep that died stays.
    MarksForEver,
    /// The edge is noted to know what has changed since.
    ConfirmsTooMuch,
    /// The repair does not look whether the edge knows the settings.
    RepairsVersionsOnly,
    /// Pruning goes by what was worked out, whatever has happened since.
    PrunesUnasked,
    /// Pruning takes no notice of versions that are being built.
    PrunesTheBuilding,
    /// Pruning takes pinned versions too.
    PrunesThePinned,
    /// Pruning lets go of blobs and dooms none.
    PrunesWithoutDoom,
    /// Pruning leaves the manifests.
    KeepsManifests,
    /// Erasing a site forgets the manifests that may still be put.
    ForgetsLateManifests,
    /// The owner of a site that was taken down may go on publishing.
    PublishesWhatIsDown,
}

impl Bug {
    pub const ALL: [Self; 22] = [
        Self::NoEtagGuard,
        Self::NoOrderOfStarts,
        Self::NoTombstone,
        Self::StartsWhileClosing,
        Self::YoungerThanItIs,
        Self::BlobsInPassing,
        Self::SweepsTheHeld,
        Self::SweepsTheYoung,
        Self::SweepsTheUnrecorded,
        Self::HoldsTooLate,
        Self::ReliesOnTheLeaving,
        Self::NoDoom,
        Self::MarksForEver,
        Self::ConfirmsTooMuch,
        Self::RepairsVersionsOnly,
        Self::PrunesUnasked,
        Self::PrunesTheBuilding,
        Self::PrunesThePinned,
        Self::PrunesWithoutDoom,
        Self::KeepsManifests,
        Self::ForgetsLateManifests,
        Self::PublishesWhatIsDown,
    ];
}
