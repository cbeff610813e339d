//! Which files two versions have in common, and which not.

use crate::manifest::{Entry, Manifest};
use std::cmp::Ordering;

/// A file that is not the same in both: in one of them alone, or in both with other bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference<'a> {
    /// Only in the later version.
    Added(Entry<'a>),
    /// In both, with other bytes: the earlier one, then the later one.
    Changed(Entry<'a>, Entry<'a>),
    /// Only in the earlier version.
    Removed(Entry<'a>),
}

/// All differences, sorted by name. Without an earlier version everything is new.
pub fn compare<'a>(before: Option<&'a Manifest>, after: &'a Manifest) -> Vec<Difference<'a>> {
    let mut old = before.into_iter().flat_map(Manifest::entries).peekable();
    let mut new = after.entries().peekable();
    let mut differences = Vec::new();
    loop {
        // Both are sorted, so that the smaller name of the two in front is in one of them alone.
        let order = match (old.peek(), new.peek()) {
            (None, None) => return differences,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.path.cmp(new.path),
        };
        let earlier = if order == Ordering::Greater { None } else { old.next() };
        let later = if order == Ordering::Less { None } else { new.next() };
        match (earlier, later) {
            (Some(earlier), None) => differences.push(Difference::Removed(earlier)),
            (None, Some(later)) => differences.push(Difference::Added(later)),
            (Some(earlier), Some(later)) if earlier.hash != later.hash => {
                differences.push(Difference::Changed(earlier, later));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BlobHash, SitePath, manifest::File, rules::Compiled};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    type Files = BTreeMap<String, u8>;

    fn manifest(files: &Files) -> Manifest {
        let file = |(path, content): (&String, &u8)| File {
            path: SitePath::parse(path).unwrap(),
            hash: BlobHash::of(&[*content]),
            size: 1,
        };
        let list: Vec<File> = files.iter().map(file).collect();
        Manifest::build(&list, &Compiled::default())
    }

    fn some_files() -> impl Strategy<Value = Files> {
        prop::collection::btree_map("[a-cé]{1,2}(/[a-c])?", 0_u8..3, 0..20)
    }

    proptest! {
        #[test]
        fn finds_what_comparing_two_maps_finds(before in some_files(), after in some_files()) {
            let (old, new) = (manifest(&before), manifest(&after));
            let mut expected: Vec<(&str, &str)> = Vec::new();
            for path in before.keys().chain(after.keys()) {
                match (before.get(path), after.get(path)) {
                    (Some(_), None) => expected.push((path, "removed")),
                    (None, Some(_)) => expected.push((path, "added")),
                    (a, b) if a != b => expected.push((path, "changed")),
                    _ => {}
                }
            }
            expected.sort_unstable();
            expected.dedup();
            let found: Vec<(&str, &str)> = compare(Some(&old), &new).into_iter().map(|difference| match difference {
                Difference::Added(entry) => (entry.path, "added"),
                Difference::Changed(_, entry) => (entry.path, "changed"),
                Difference::Removed(entry) => (entry.path, "removed"),
            }).collect();
            prop_assert_eq!(found, expected);
            prop_assert_eq!(compare(Some(&new), &new).len(), 0);
            prop_assert_eq!(compare(None, &new).len(), after.len());
        }
    }
}
