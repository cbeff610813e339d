//! What changed between two versions, in one plain sentence for the list of versions.

use crate::{
    content_type,
    files::INDEX,
    manifest::{Entry, Manifest},
};

/// What a person would call a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Home,
    Page,
    Look,
    Picture,
    Other,
}

/// Describes `next` by what is different from `previous`: "Changed the home page and added 2 pages".
pub fn describe(previous: Option<&Manifest>, next: &Manifest) -> String {
    let Some(previous) = previous else {
        let pages = next.entries().filter(|entry| content_type::is_page(entry.media_type)).count();
        return format!("First version, with {}", counted(pages, "page"));
    };
    let changed = next.entries().filter(|new| previous.find(new.path).is_some_and(|old| old.hash != new.hash));
    let added = next.entries().filter(|new| previous.find(new.path).is_none());
    let removed = previous.entries().filter(|old| next.find(old.path).is_none());
    let clauses: Vec<String> = [clause("changed", changed), clause("added", added), clause("removed", removed)]
        .into_iter()
        .flatten()
        .collect();
    if clauses.is_empty() { "Published again, nothing changed".to_owned() } else { capitalised(&joined(&clauses)) }
}

fn clause<'a>(verb: &str, entries: impl Iterator<Item = Entry<'a>>) -> Option<String> {
    let mut kinds: Vec<(Kind, &str)> = entries.map(|entry| (kind(&entry), entry.path)).collect();
    kinds.sort_unstable();
    let things: Vec<String> = kinds
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|group| {
            let (kind, path) = group.first()?;
            Some(match (kind, group.len()) {
                (Kind::Home, _) => "the home page".to_owned(),
                (Kind::Page, 1) => format!("the page “{}”", page_name(path)),
                (Kind::Page, count) => counted(count, "page"),
                (Kind::Look, _) => "the look".to_owned(),
                (Kind::Picture, count) => counted(count, "picture"),
                (Kind::Other, count) => counted(count, "other file"),
            })
        })
        .collect();
    (!things.is_empty()).then(|| format!("{verb} {}", joined(&things)))
}

fn kind(entry: &Entry<'_>) -> Kind {
    if entry.path == INDEX {
        Kind::Home
    } else if content_type::is_page(entry.media_type) {
        Kind::Page
    } else if entry.media_type.starts_with("text/css") {
        Kind::Look
    } else if entry.media_type.starts_with("image/") {
        Kind::Picture
    } else {
        Kind::Other
    }
}

/// `blog/index.html` is the page "blog", `about.html` the page "about".
fn page_name(path: &str) -> &str {
    let name = path.strip_suffix("/index.html").unwrap_or(path);
    name.strip_suffix(".html").unwrap_or(name)
}

fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// "a", "a and b", "a, b and c".
fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Every clause begins with a verb of ours.
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().into_iter().map(|first| first.to_ascii_uppercase()).chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::describe;
    use crate::{BlobHash, Manifest, SitePath, manifest::File, rules::Compiled};

    fn manifest(files: &[(&str, &str)]) -> Manifest {
        let files: Vec<File> = files
            .iter()
            .map(|(path, content)| File {
                path: SitePath::parse(path).unwrap(),
                hash: BlobHash::of(content.as_bytes()),
                size: 1,
            })
            .collect();
        Manifest::build(&files, &Compiled::default())
    }

    #[test]
    fn says_what_changed() {
        let first = manifest(&[("index.html", "a"), ("about.html", "a"), ("style.css", "a")]);
        assert_eq!(describe(None, &first), "First version, with 2 pages");
        assert_eq!(describe(Some(&first), &first), "Published again, nothing changed");

        let more = manifest(&[
            ("index.html", "b"),
            ("about.html", "a"),
            ("style.css", "a"),
            ("dog.html", "a"),
            ("cat.html", "a"),
        ]);
        assert_eq!(describe(Some(&first), &more), "Changed the home page and added 2 pages");

        let green = manifest(&[("index.html", "a"), ("about.html", "a"), ("style.css", "b")]);
        assert_eq!(describe(Some(&first), &green), "Changed the look");

        let dog = manifest(&[
            ("index.html", "a"),
            ("style.css", "a"),
            ("dog/index.html", "a"),
            ("dog.jpg", "a"),
            ("app.js", "a"),
        ]);
        assert_eq!(
            describe(Some(&first), &dog),
            "Added the page “dog”, 1 picture and 1 other file and removed the page “about”"
        );
    }
}
