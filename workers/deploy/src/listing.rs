//! What a request to begin an upload says: `{"files":[{"path","sha256","size"}],"message"?,"live"?}`.

use crate::upload::{clean_message, refusal, yes};
use schemars::JsonSchema;
use serde::Deserialize;
use std::{borrow::Cow, collections::BTreeMap};
use vetka_edge::{Error, Result, error, hash, reply};
use vetka_r2::{BlobHash, Manifest, files, manifest::File, publish::upload::MAX_UPLOAD_BYTES};

/// The files of a version, 500 MB together, and what changed.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "BeginUpload")]
pub struct Body<'a> {
    /// One of them is `index.html`.
    #[serde(borrow)]
    #[schemars(length(min = 1, max = 10_000))]
    files: Vec<ListedFile<'a>>,
    /// One plain sentence of what changed. Absent: one is made from what differs.
    #[serde(borrow, default)]
    message: Option<Cow<'a, str>>,
    /// False makes a draft: it can be looked at at its own address, and visitors see what they saw before.
    #[serde(default = "yes")]
    live: bool,
}

/// A file of a version.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListedFile<'a> {
    /// `about/index.html`.
    #[serde(borrow)]
    path: Cow<'a, str>,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    #[serde(borrow)]
    #[schemars(extend("pattern" = "^[0-9a-f]{64}$"))]
    sha256: Cow<'a, str>,
    /// How many bytes: 25 MB at most.
    size: u64,
}

/// A list whose files may be published together.
#[derive(Debug)]
pub struct Listing {
    /// The files, in the order they came.
    pub files: Vec<File>,
    /// What the request says about itself.
    pub message: Option<String>,
    /// Whether it is to go live.
    pub live: bool,
}

impl Listing {
    /// Reads a list.
    ///
    /// # Errors
    /// 400 for JSON that is none, 413 for too much, 422 for files that cannot be published; each but the first names the file.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let body: Body<'_> = serde_json::from_slice(bytes).map_err(|failure| reply::bad_json(&failure))?;
        let paths = files::check(body.files.iter().map(|file| (&*file.path, file.size))).map_err(refusal)?;
        let mut sizes: BTreeMap<BlobHash, u32> = BTreeMap::new();
        let (mut files, mut total) = (Vec::with_capacity(paths.len()), 0);
        for (path, listed) in paths.into_iter().zip(&body.files) {
            total += listed.size;
            if total > MAX_UPLOAD_BYTES {
                let message = format!(
                    "The files are too large together: from “{path}” on they pass 500 MB. Make pictures and videos smaller and try again."
                );
                return Err(error::too_large(message).with_extra(serde_json::json!({ "path": path.as_str() })));
            }
            let hash = BlobHash::from_hex(&listed.sha256).ok_or_else(|| {
                about(path.as_str(), "invalid_hash", "is not listed with a SHA-256 of 64 lower-case hexadecimal digits")
            })?;
            let size = u32::try_from(listed.size).map_err(|_| error::internal("a file of more than 4 GB"))?;
            if *sizes.entry(hash).or_insert(size) != size {
                return Err(misstated(path.as_str()));
            }
            files.push(File { path, hash, size });
        }
        Ok(Self { files, message: body.message.as_deref().and_then(clean_message), live: body.live })
    }

    /// By what the same request is known again: a digest of the files and of what is to be done with them.
    pub fn key(&self, manifest: &Manifest) -> String {
        let mut bytes = manifest.as_bytes().to_vec();
        bytes.push(u8::from(self.live));
        bytes.extend_from_slice(self.message.as_deref().unwrap_or_default().as_bytes());
        hash::sha256_hex(&bytes)
    }
}

/// 422 for a file whose size is not that of the bytes with this hash.
pub fn misstated(path: &str) -> Error {
    about(path, "size_mismatch", "is listed with a size that its SHA-256 does not have")
}

fn about(path: &str, code: &'static str, problem: &str) -> Error {
    Error::new(422, code, format!("The file “{path}” {problem}.")).with_extra(serde_json::json!({ "path": path }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use vetka_r2::{files::INDEX, rules::Compiled};

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn code(body: &str) -> (u16, &'static str) {
        Listing::read(body.as_bytes()).map_or_else(|problem| (problem.status, problem.code), |_| (200, "ok"))
    }

    fn with(path: &str, sha256: &str, size: u64) -> String {
        let index = json!({ "path": INDEX, "sha256": EMPTY, "size": 0 });
        json!({ "files": [index, { "path": path, "sha256": sha256, "size": size }] }).to_string()
    }

    #[test]
    fn refuses_with_the_right_status() {
        let other = "a".repeat(64);
        assert_eq!(code(&with("a.txt", EMPTY, 0)), (200, "ok"));
        for body in ["", "{", "{}", "[]", r#"{"files":[{"path":"index.html","sha256":"x","size":-1}]}"#] {
            assert_eq!(code(body), (400, "malformed_json"), "{body}");
        }
        assert_eq!(code(r#"{"files":[]}"#), (422, "index_missing"));
        for sha256 in ["", "e3b0", &EMPTY.to_uppercase(), &format!("{EMPTY}0")] {
            assert_eq!(code(&with("a.txt", sha256, 0)), (422, "invalid_hash"), "{sha256}");
        }
        assert_eq!(code(&with("../a", EMPTY, 0)), (422, "invalid_path"));
        assert_eq!(code(&with("a.txt", EMPTY, 1)), (422, "size_mismatch"));
        assert_eq!(code(&with("a.mp4", &other, files::MAX_FILE_BYTES + 1)), (413, "file_too_large"));
        assert_eq!(code(&with("a.mp4", &other, u64::MAX)), (413, "file_too_large"));
    }

    #[test]
    fn the_limit_of_all_files_is_on_their_sum() {
        let films = |count: u64| {
            let film =
                |n| json!({ "path": format!("{n}.mp4"), "sha256": format!("{n:064}"), "size": files::MAX_FILE_BYTES });
            let mut list = vec![json!({ "path": INDEX, "sha256": EMPTY, "size": 0 })];
            list.extend((1..=count).map(film));
            json!({ "files": list }).to_string()
        };
        assert_eq!(code(&films(20)), (200, "ok"));
        assert_eq!(code(&films(21)), (413, "too_large"));
    }

    #[test]
    fn the_same_request_has_the_same_key_whatever_its_order() {
        let key = |body: serde_json::Value| {
            let listing = Listing::read(body.to_string().as_bytes()).unwrap();
            listing.key(&Manifest::build(&listing.files, &Compiled::default()))
        };
        let file = |path: &str| json!({ "path": path, "sha256": EMPTY, "size": 0 });
        let first = key(json!({ "files": [file(INDEX), file("a")] }));
        assert_eq!(first, key(json!({ "message": " ", "live": true, "files": [file("a"), file(INDEX)] })));
        assert_ne!(first, key(json!({ "files": [file(INDEX), file("b")] })));
        assert_ne!(first, key(json!({ "files": [file(INDEX), file("a")], "live": false })));
        assert_ne!(first, key(json!({ "files": [file(INDEX), file("a")], "message": "New" })));
    }

    proptest! {
        /// Whatever is accepted is what was listed, and its manifest says the same.
        #[test]
        fn keeps_what_it_accepts(files in prop::collection::vec(("[a-cA-C./]{1,4}", 0_u64..4, any::<bool>()), 0..6)) {
            let mut list = vec![json!({ "path": INDEX, "sha256": EMPTY, "size": 0 })];
            list.extend(files.iter().map(|(path, size, odd)| {
                json!({ "path": path, "sha256": if *odd { "?".to_owned() } else { format!("{size:064}") }, "size": size })
            }));
            let body = json!({ "files": list }).to_string();
            match Listing::read(body.as_bytes()) {
                Ok(listing) => {
                    prop_assert!(files.iter().all(|(.., odd)| !odd));
                    prop_assert_eq!(listing.files.len(), files.len() + 1);
                    let manifest = Manifest::build(&listing.files, &Compiled::default());
                    for (path, size, _) in &files {
                        let entry = manifest.find(path).unwrap();
                        prop_assert_eq!((u64::from(entry.size), entry.hash.to_string()), (*size, format!("{size:064}")));
                    }
                }
                Err(problem) => prop_assert!(matches!(problem.status, 413 | 422), "{}", problem.code),
            }
        }

        #[test]
        fn no_bytes_are_too_odd(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(Listing::read(&bytes).is_err());
        }
    }
}
