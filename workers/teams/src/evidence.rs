//! What a repository says about how it is run: the few of its files from which settings are proposed.

use crate::github::{Client, Outcome};
use futures::{StreamExt, stream};
use vetka_domain::team::{
    project::Repository,
    proposal::{Evidence, MOST_TEXT, WANTED},
};

/// Files that are asked for at the same time. A worker has six connections, and others want some.
const AT_ONCE: usize = 4;

/// Looks at the newest commit of the main branch. Only what a folder is known to have is asked for, and only as far as
/// it is of a size that is read.
pub async fn gather(client: &Client, repository: &Repository) -> Outcome<Evidence> {
    let reference = client.repository(repository).await?.default_branch;
    let mut evidence = Evidence::default();
    let mut known: Vec<(String, u64)> = Vec::new();
    let mut folders = Vec::new();
    for entry in client.folder(repository, "", &reference).await? {
        evidence.add_name(&entry.name);
        if entry.is_file {
            known.push((entry.name, entry.size));
        } else if entry.is_folder && WANTED.iter().any(|path| folder_of(path) == entry.name) {
            folders.push(entry.name);
        }
    }
    for folder in folders {
        let entries = client.folder(repository, &folder, &reference).await?;
        let files = entries.into_iter().filter(|entry| entry.is_file);
        known.extend(files.map(|entry| (format!("{folder}/{}", entry.name), entry.size)));
    }
    let wanted =
        WANTED.into_iter().filter_map(|path| known.iter().find(|(name, _)| name == path).map(|found| (path, found.1)));
    let (small, large): (Vec<_>, Vec<_>) = wanted.partition(|(_, size)| *size <= MOST_TEXT as u64);
    for (path, _) in large {
        evidence.add_name(path);
    }
    let read = small.into_iter().map(|(path, _)| {
        let (reference, file) = (&reference, path);
        async move { (file, client.file(repository, file, reference, MOST_TEXT).await) }
    });
    let mut texts = stream::iter(read).buffered(AT_ONCE);
    while let Some((path, text)) = texts.next().await {
        if let Some(text) = text? {
            evidence.add_text(path, &text);
        }
    }
    Ok(evidence)
}

/// The folder that a path begins with, or nothing.
fn folder_of(path: &str) -> &str {
    path.split_once('/').map_or("", |(folder, _)| folder)
}
