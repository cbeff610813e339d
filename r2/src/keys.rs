//! Where things are in the bucket. No other module writes a key.
//!
//! `blobs/<sha256>`, `manifests/<site>/<snapshot>`, `live/<label>`, `hosts/<hostname>`. Conversations keep `transcripts/<conversation>/` and
//! `uploads/<conversation>/` beside these, and the api worker `pictures/<user id>/<random id>`, people's pictures of
//! themselves, and `thumbnails/<site>/<random id>`, pictures of what is live. Teams' sessions keep `views/<session>/` and `shown/<session>/`, pictures
//! of their previews. What serves sites never reads those.

use crate::{BlobHash, SiteId, SnapshotId};

/// A file's bytes, once.
pub fn blob(hash: &BlobHash) -> String {
    format!("blobs/{hash}")
}

/// The list of a version's files.
pub fn manifest(site: &SiteId, manifest: &SnapshotId) -> String {
    format!("manifests/{site}/{manifest}")
}

/// What all manifests of one site begin with.
pub fn manifests_of(site: &SiteId) -> String {
    format!("manifests/{site}/")
}

/// What all files that were sent along in one conversation begin with.
pub fn uploads_of(conversation: &str) -> String {
    format!("uploads/{conversation}/")
}

/// What all pictures of one account begin with.
pub fn pictures_of(account: &str) -> String {
    format!("pictures/{account}/")
}

/// A picture of a site's live version.
pub fn thumbnail(site: &str, image: &str) -> String {
    format!("{}{image}", thumbnails_of(site))
}

/// What all pictures of one site begin with.
pub fn thumbnails_of(site: &str) -> String {
    format!("thumbnails/{site}/")
}

/// Which version is live under a name: the edge's copy of the ledger's truth. `label` has been checked as a host name.
pub fn live(label: &str) -> String {
    format!("live/{label}")
}

/// Which site somebody's own domain leads to. `hostname` has been checked as one.
pub fn host(hostname: &str) -> String {
    format!("hosts/{hostname}")
}
