//! The list of a version's files: binary, sorted, and searched where it lies.
//!
//! A visitor's request must find one file among up to 10,000 without first reading the other 9,999 into a map, so the
//! bytes that are stored are the bytes that are searched. Little-endian throughout:
//!
//! ```text
//!  0  4  "VTKM"
//!  4  2  format version: 1, or 2 when rules follow
//!  6  2  zero
//!  8  4  number of files
//! 12  4  length of the string table
//! 16  48 x files, sorted by path:
//!         0 32  SHA-256
//!        32  4  size in bytes
//!        36  4  where the path begins in the string table
//!        40  4  where the media type begins
//!        44  2  length of the path
//!        46  1  length of the media type
//!        47  1  flags: 1 = the name carries a content hash
//!     string table: paths and media types, UTF-8
//!     the version's rules, as `rules::table` describes them
//! ```
//!
//! The same files always give the same bytes. A version without rules is written in format 1, which every program reads.

use crate::{
    BlobHash, SitePath, content_type,
    files::MAX_FILES,
    hashed_name,
    rules::{Compiled, Rules},
};
use std::collections::BTreeMap;
use thiserror::Error;

const MAGIC: &[u8; 4] = b"VTKM";
const VERSION: u16 = 1;
const VERSION_WITH_RULES: u16 = 2;
const HEADER: usize = 16;
const RECORD: usize = 48;
const FLAG_HASHED_NAME: u8 = 1;

/// A file on its way into a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub path: SitePath,
    /// Its bytes.
    pub hash: BlobHash,
    /// How many bytes.
    pub size: u32,
}

/// A file found in a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its name.
    pub path: &'a str,
    /// Its bytes.
    pub hash: BlobHash,
    /// How many bytes.
    pub size: u32,
    /// Its media type, with a charset where one is due.
    pub media_type: &'a str,
    /// Whether its name changes with its content ([`hashed_name::has_content_hash`]).
    pub hashed_name: bool,
}

/// Why bytes are not a manifest. None of these is a visitor's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ManifestProblem {
    /// Other bytes.
    #[error("not a manifest")]
    NotAManifest,
    /// Written by a later program.
    #[error("a manifest of format {0}, which this program does not know")]
    UnknownVersion(u16),
    /// Cut short or padded.
    #[error("a manifest whose length does not fit its header")]
    WrongLength,
}

/// A manifest, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    bytes: Vec<u8>,
    count: usize,
    /// Where the rules begin; at the end when there are none.
    rules_at: usize,
}

impl Manifest {
    /// Writes the manifest of these files and the version's rules. The files have passed [`crate::files::check`], so that
    /// names are distinct, few and short enough for the fields of the format.
    pub fn build(files: &[File], rules: &Compiled) -> Self {
        let mut sorted: Vec<&File> = files.iter().collect();
        sorted.sort_unstable_by(|a, b| a.path.cmp(&b.path));

        let mut strings = String::new();
        // There are a dozen at most.
        let mut media_types: Vec<(&str, usize)> = Vec::new();
        let mut records = Vec::with_capacity(sorted.len() * RECORD);
        for file in &sorted {
            let path = file.path.as_str();
            let path_at = strings.len();
            strings.push_str(path);
            let media_type = content_type::of(path);
            let known = media_types.iter().find(|(known, _)| *known == media_type).map(|(_, at)| *at);
            let media_type_at = known.unwrap_or_else(|| {
                let at = strings.len();
                strings.push_str(media_type);
                media_types.push((media_type, at));
                at
            });
            records.extend_from_slice(file.hash.as_bytes());
            records.extend_from_slice(&file.size.to_le_bytes());
            records.extend_from_slice(&(path_at as u32).to_le_bytes());
            records.extend_from_slice(&(media_type_at as u32).to_le_bytes());
            records.extend_from_slice(&(path.len() as u16).to_le_bytes());
            records.push(media_type.len() as u8);
            records.push(if hashed_name::has_content_hash(path) { FLAG_HASHED_NAME } else { 0 });
        }

        let mut bytes = Vec::with_capacity(HEADER + records.len() + strings.len());
        bytes.extend_from_slice(MAGIC);
        let version = if rules.as_bytes().is_empty() { VERSION } else { VERSION_WITH_RULES };
        bytes.extend_from_slice(&version.to_le_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&(sorted.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&(strings.len() as u32).to_le_bytes());
        bytes.append(&mut records);
        bytes.extend_from_slice(strings.as_bytes());
        let rules_at = bytes.len();
        bytes.extend_from_slice(rules.as_bytes());
        Self { count: sorted.len(), rules_at, bytes }
    }

    /// The manifest of the same files with these rules in place of its own.
    #[must_use]
    pub fn with_rules(&self, rules: &Compiled) -> Self {
        let version = if rules.as_bytes().is_empty() { VERSION } else { VERSION_WITH_RULES };
        let mut bytes = self.bytes.get(..self.rules_at).unwrap_or_default().to_vec();
        if let Some(place) = bytes.get_mut(4..6) {
            place.copy_from_slice(&version.to_le_bytes());
        }
        bytes.extend_from_slice(rules.as_bytes());
        Self { bytes, ..*self }
    }

    /// Takes stored bytes after looking at the header alone.
    ///
    /// # Errors
    /// When they are not a manifest of this format.
    pub fn open(bytes: Vec<u8>) -> Result<Self, ManifestProblem> {
        let header = bytes.get(..HEADER).ok_or(ManifestProblem::NotAManifest)?;
        if header.get(..4) != Some(MAGIC) {
            return Err(ManifestProblem::NotAManifest);
        }
        let version = u16_at(header, 4).unwrap_or_default();
        if !(VERSION..=VERSION_WITH_RULES).contains(&version) {
            return Err(ManifestProblem::UnknownVersion(version));
        }
        let count = u32_at(header, 8).unwrap_or_default() as usize;
        let strings = u32_at(header, 12).unwrap_or_default() as usize;
        let rules_at = HEADER + count.min(MAX_FILES) * RECORD + strings;
        let fits = match version {
            VERSION => bytes.len() == rules_at,
            _ => bytes.get(rules_at..).and_then(Rules::open).is_some(),
        };
        if count > MAX_FILES || !fits {
            return Err(ManifestProblem::WrongLength);
        }
        Ok(Self { bytes, count, rules_at })
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many files.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Finds a file by its exact name.
    pub fn find(&self, path: &str) -> Option<Entry<'_>> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.path_bytes(middle)?.cmp(path.as_bytes()) {
                std::cmp::Ordering::Equal => return self.entry(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The blobs that its files are, each once.
    pub fn blobs(&self) -> Vec<BlobHash> {
        self.sizes().into_keys().collect()
    }

    /// The blobs that its files are, each once, with their sizes.
    pub fn sized_blobs(&self) -> Vec<(BlobHash, u32)> {
        self.sizes().into_iter().collect()
    }

    /// One after the other: collecting them would bring a sort of its own into every worker.
    fn sizes(&self) -> BTreeMap<BlobHash, u32> {
        let mut sizes = BTreeMap::new();
        for entry in self.entries() {
            sizes.insert(entry.hash, entry.size);
        }
        sizes
    }

    /// All files, sorted by name.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..self.count).filter_map(|at| self.entry(at))
    }

    /// The sum of all files' sizes.
    pub fn byte_size(&self) -> u64 {
        self.entries().map(|entry| u64::from(entry.size)).sum()
    }

    /// The version's rules.
    pub(crate) fn rules(&self) -> Option<Rules<'_>> {
        Rules::open(self.bytes.get(self.rules_at..)?)
    }

    fn record(&self, at: usize) -> Option<&[u8]> {
        let start = HEADER + at * RECORD;
        self.bytes.get(start..start + RECORD)
    }

    fn text(&self, at: u32, length: usize) -> Option<&[u8]> {
        let start = HEADER + self.count * RECORD + at as usize;
        self.bytes.get(start..start.checked_add(length)?)
    }

    fn path_bytes(&self, at: usize) -> Option<&[u8]> {
        let record = self.record(at)?;
        self.text(u32_at(record, 36)?, usize::from(u16_at(record, 44)?))
    }

    fn entry(&self, at: usize) -> Option<Entry<'_>> {
        let record = self.record(at)?;
        Some(Entry {
            path: std::str::from_utf8(self.path_bytes(at)?).ok()?,
            hash: BlobHash::from_bytes(record.get(..32)?.try_into().ok()?),
            size: u32_at(record, 32)?,
            media_type: std::str::from_utf8(self.text(u32_at(record, 40)?, usize::from(*record.get(46)?))?).ok()?,
            hashed_name: record.get(47)? & FLAG_HASHED_NAME != 0,
        })
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::compile;
    use proptest::prelude::*;

    fn file(path: &str, content: &[u8]) -> File {
        File { path: SitePath::parse(path).unwrap(), hash: BlobHash::of(content), size: content.len() as u32 }
    }

    #[test]
    fn knows_type_and_whether_the_name_is_hashed() {
        let manifest =
            Manifest::build(&[file("index.html", b"<p>"), file("assets/app.3f9a8b7c.js", b"1")], &Compiled::default());
        let page = manifest.find("index.html").unwrap();
        assert_eq!((page.media_type, page.hashed_name, page.size), ("text/html; charset=utf-8", false, 3));
        let script = manifest.find("assets/app.3f9a8b7c.js").unwrap();
        assert_eq!((script.media_type, script.hashed_name), ("text/javascript; charset=utf-8", true));
        assert_eq!(manifest.byte_size(), 4);
    }

    #[test]
    fn other_bytes_are_refused() {
        let good = Manifest::build(&[file("index.html", b"<p>")], &Compiled::default()).as_bytes().to_vec();
        assert_eq!(Manifest::open(Vec::new()), Err(ManifestProblem::NotAManifest));
        assert_eq!(Manifest::open(b"<!doctype html><p>".to_vec()), Err(ManifestProblem::NotAManifest));
        let mut newer = good.clone();
        newer[4] = 3;
        assert_eq!(Manifest::open(newer), Err(ManifestProblem::UnknownVersion(3)));
        assert_eq!(Manifest::open(good[..good.len() - 1].to_vec()), Err(ManifestProblem::WrongLength));
        let mut many = good;
        many[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(Manifest::open(many), Err(ManifestProblem::WrongLength));
    }

    type Files = BTreeMap<String, Vec<u8>>;

    fn some_files() -> impl Strategy<Value = Files> {
        prop::collection::btree_map(
            "[a-cé]{1,3}(/[a-c]{1,2}){0,2}(\\.(html|js|css))?",
            prop::collection::vec(any::<u8>(), 0..20),
            0..40,
        )
    }

    proptest! {
        #[test]
        fn a_round_trip_keeps_every_file(files in some_files()) {
            let list: Vec<File> = files.iter().map(|(path, content)| file(path, content)).collect();
            let manifest = Manifest::build(&list, &Compiled::default());
            let mut shuffled = list.clone();
            shuffled.reverse();
            prop_assert_eq!(&Manifest::build(&shuffled, &Compiled::default()), &manifest);
            let read = Manifest::open(manifest.as_bytes().to_vec()).unwrap();
            prop_assert_eq!(&read, &manifest);
            let back: Vec<File> = read.entries()
                .map(|entry| File { path: SitePath::parse(entry.path).unwrap(), hash: entry.hash, size: entry.size })
                .collect();
            prop_assert_eq!(back, list);
        }

        /// Whatever rules a manifest had, giving it others is building it with those.
        #[test]
        fn rules_can_come_later(files in some_files(), before in "(/[a-c] /[a-c]\n){0,3}", after in "(/[a-c] /[a-c]\n){0,3}") {
            let list: Vec<File> = files.iter().map(|(path, content)| file(path, content)).collect();
            let plain = Manifest::build(&list, &Compiled::default());
            let rules = |text: &str| compile(Some(text.as_bytes()), None, &plain).0;
            let build = |text: &str| Manifest::build(&list, &rules(text));
            prop_assert_eq!(build(&before).with_rules(&rules(&after)), build(&after));
        }

        #[test]
        fn looking_up_is_looking_up_in_a_map(files in some_files(), others in prop::collection::vec("[a-cé/.]{0,6}", 0..20)) {
            let list: Vec<File> = files.iter().map(|(path, content)| file(path, content)).collect();
            let manifest = Manifest::build(&list, &Compiled::default());
            for path in files.keys().chain(&others) {
                let found = manifest.find(path).map(|entry| (entry.path, entry.hash));
                let expected = files.get_key_value(path).map(|(path, content)| (path.as_str(), BlobHash::of(content)));
                prop_assert_eq!(found, expected);
            }
        }

        /// Stored bytes that rotted give an answer or none, and never a panic.
        #[test]
        fn damaged_bytes_do_no_harm(files in some_files(), damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
            let list: Vec<File> = files.iter().map(|(path, content)| file(path, content)).collect();
            let mut bytes = Manifest::build(&list, &Compiled::default()).as_bytes().to_vec();
            for (at, byte) in damage {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(manifest) = Manifest::open(bytes) {
                let _ = manifest.entries().count();
                for path in files.keys() {
                    let _ = manifest.find(path);
                }
            }
        }
    }
}
