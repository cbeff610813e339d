//! How a version goes live, and how a site goes away.
//!
//! Two stores take part. The **ledger** (D1) is the truth: which versions exist, in which order they were started, and
//! which one is live. The **bucket** (R2) holds the bytes and, at `live/<label>`, the edge's copy of that truth. A
//! version goes live in this order, and a crash between any two steps harms nobody:
//!
//! 1. `begin` writes a row, draws the version's place in the one order of all starts, and takes hold of the version's
//!    blobs for its site;
//! 2. blobs, then the manifest, are put under names that nothing refers to yet;
//! 3. `commit` moves the live pointer by one conditional update: only forward in that order, only for a site that is
//!    not being deleted. From here on the version is live;
//! 4. the live record is written behind an etag guard and only upwards ([`LiveRecord::merged`]);
//! 5. `confirm` notes that the edge knows. What crashed after 3 lacks this note, and [`repair`] does 4 and 5 for it.
//!
//! Deleting closes the site first (no new start), then buries the name under a tombstone that outranks every version
//! the site ever started, and only then gives the name free. A writer that slept through all that wakes to find
//! something higher than what it wants to write, also when the name belongs to somebody else by then.
//!
//! What a site is set to goes the same way: [`configure`] counts a change in the
//! ledger, and 4 and 5 bring it to the edge.
//!
//! A blob is held by the sites whose versions name it. Erasing a site or [pruning](prune()) its versions lets go of blobs,
//! and dooms those that nobody else holds; taking hold of one again before it goes revokes that. [`sweep`] deletes what has been doomed for long, and
//! a publisher takes hold *before* it looks which blobs are there, so whatever it finds stays. While a blob is on its way
//! out nobody relies on it: whoever takes hold of it then waits until it is gone and puts it anew.

mod configure;
mod delete;
mod deploy;
mod prune;
mod repair;
mod restore;
mod settle;
mod stores;
mod sweep;
pub mod upload;

pub use configure::{Change, Changed, Configure, Configured, configure};
pub use delete::{Burial, Sites, delete};
pub use deploy::{DeployProblem, Deployed, deploy};
pub use prune::{Going, KEPT, MAX_PINNED, Pruned, Retention, State as VersionState, Version, Versions, prune};
pub use repair::{Repaired, repair};
pub use restore::{Restored, restore};
pub use stores::{
    Begun, Bucket, Committed, Expected, Files, Ledger, NewRestore, NewVersion, Pointer, Refusal, RestoreCommitted,
    Standing, TriggeredBy,
};
pub use sweep::{Holds, Swept, Unrecorded, sweep};
