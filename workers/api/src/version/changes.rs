//! What is different in a version: its files against those of another one, and the lines of texts.
//!
//! The lists of files are read whole, the texts only as far as somebody may want to read them: so many, so much, and any
//! single one by its name.

use super::stored::{self, Stored};
use crate::{ask::Ask, site::Site};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::diff::{self, Fate, NotShown};
use vetka_edge::{Result, error};
use vetka_r2::{
    compare::{Difference, compare},
    keys,
    manifest::Entry,
};
use worker::{Bucket, Object};

/// Most files in one answer.
const MAX_FILES: usize = 500;
/// Most texts whose lines are in one answer.
const MAX_TEXTS: usize = 20;
/// Most bytes of texts that are read for one answer, before and after together.
const MAX_TEXT_BYTES: u64 = 1024 * 1024;

/// What is different in a version.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// The version that it is compared with; null when there is none, and everything is new.
    from: Option<String>,
    /// The version.
    to: String,
    /// Files that are new.
    added: usize,
    /// Files with other bytes.
    changed: usize,
    /// Files that are gone.
    removed: usize,
    /// Files that are the same.
    same: usize,
    /// Sorted by name; 500 at most, or the one that was asked for.
    files: Vec<FileChange>,
}

/// What became of a file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileChange {
    /// Its name.
    path: String,
    /// Whether it is new, other, or gone.
    kind: Kind,
    /// Bytes before; null when it is new.
    size_before: Option<u32>,
    /// Bytes after; null when it is gone.
    size_after: Option<u32>,
    /// The places where a text changed, from top to bottom; null when they are not shown.
    hunks: Option<Vec<Hunk>>,
    /// Why they are not shown, of a file that changed.
    not_shown: Option<Why>,
}

/// Whether a file is new, other, or gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "FileChangeKind")]
#[serde(rename_all = "snake_case")]
enum Kind {
    Added,
    Changed,
    Removed,
}

/// Why the lines of a file are not shown: it is no text, it is too large, its lines are too long to be read, or there are
/// too many of them for one answer and it is to be asked for by its name, as `?path=`.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[schemars(rename = "WhyNotShown")]
#[serde(rename_all = "snake_case")]
enum Why {
    Binary,
    Large,
    Dense,
    Ask,
}

/// A place that changed, with three lines of what is around it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hunk {
    /// Number of its first line before, counted from 1.
    before: u32,
    /// Number of its first line after.
    after: u32,
    lines: Vec<Line>,
}

/// A line of a text.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ChangedLine")]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// `same`, `removed` or `added`.
    #[schemars(extend("enum" = ["same", "removed", "added"]))]
    fate: &'static str,
    /// Without its line break.
    text: String,
    /// Whether it has one: the last line of a text may not.
    ended: bool,
}

/// Compares a version with another one of the site, or with the one that visitors saw before it. With a `path`, only that
/// file is looked at.
///
/// # Errors
/// 404 when either version, or the file, is not there; 409 `version_not_finished`.
pub async fn between(ask: &Ask, site: &Site, id: &str, from: Option<&str>, path: Option<&str>) -> Result<Changes> {
    let version = stored::find(ask, site, id).await?;
    let earlier = match from {
        Some(from) => Some(stored::find(ask, site, from).await?),
        None => stored::before(ask, site, &version).await?,
    };
    let bucket = ask.env().bucket("BUCKET")?;
    let after = stored::manifest(&bucket, site, &version).await?;
    let before = match &earlier {
        Some(earlier) => Some(stored::manifest(&bucket, site, earlier).await?),
        None => None,
    };
    let differences = compare(before.as_ref(), &after);
    let mut changes = Changes { from: earlier.map(Stored::into_id), to: version.into_id(), ..Changes::NONE };
    changes.count(&differences, after.len());
    let wanted = differences.iter().filter(|difference| path.is_none_or(|path| name(difference) == path));
    let mut budget = Budget { texts: MAX_TEXTS, bytes: MAX_TEXT_BYTES };
    for difference in wanted.take(MAX_FILES) {
        changes.files.push(file(&bucket, difference, &mut budget).await?);
    }
    if path.is_some() && changes.files.is_empty() {
        return Err(error::not_found("That file is the same in both versions, or in neither of them."));
    }
    Ok(changes)
}

impl Changes {
    const NONE: Self =
        Self { from: None, to: String::new(), added: 0, changed: 0, removed: 0, same: 0, files: Vec::new() };

    fn count(&mut self, differences: &[Difference<'_>], files_after: usize) {
        for difference in differences {
            match difference {
                Difference::Added(_) => self.added += 1,
                Difference::Changed(..) => self.changed += 1,
                Difference::Removed(_) => self.removed += 1,
            }
        }
        self.same = files_after.saturating_sub(self.added + self.changed);
    }
}

/// What may still be read for this answer.
struct Budget {
    texts: usize,
    bytes: u64,
}

impl Budget {
    fn takes(&mut self, bytes: u64) -> bool {
        let fits = self.texts > 0 && bytes <= self.bytes;
        if fits {
            self.texts -= 1;
            self.bytes -= bytes;
        }
        fits
    }
}

fn name<'a>(difference: &Difference<'a>) -> &'a str {
    match difference {
        Difference::Added(entry) | Difference::Changed(_, entry) | Difference::Removed(entry) => entry.path,
    }
}

async fn file(bucket: &Bucket, difference: &Difference<'_>, budget: &mut Budget) -> Result<FileChange> {
    let path = name(difference).to_owned();
    let alone = |kind, size_before, size_after| FileChange {
        path: path.clone(),
        kind,
        size_before,
        size_after,
        hunks: None,
        not_shown: None,
    };
    let (old, new) = match difference {
        Difference::Added(entry) => return Ok(alone(Kind::Added, None, Some(entry.size))),
        Difference::Removed(entry) => return Ok(alone(Kind::Removed, Some(entry.size), None)),
        Difference::Changed(old, new) => (old, new),
    };
    let (hunks, not_shown) = match lines(bucket, old, new, budget).await? {
        Ok(hunks) => (Some(hunks), None),
        Err(why) => (None, Some(why)),
    };
    Ok(FileChange { hunks, not_shown, ..alone(Kind::Changed, Some(old.size), Some(new.size)) })
}

async fn lines(
    bucket: &Bucket,
    old: &Entry<'_>,
    new: &Entry<'_>,
    budget: &mut Budget,
) -> Result<core::result::Result<Vec<Hunk>, Why>> {
    if !is_text(new) {
        return Ok(Err(Why::Binary));
    }
    if old.size.max(new.size) as usize > diff::MAX_BYTES {
        return Ok(Err(Why::Large));
    }
    if !budget.takes(u64::from(old.size) + u64::from(new.size)) {
        return Ok(Err(Why::Ask));
    }
    let (before, after) = futures::try_join!(read(bucket, old), read(bucket, new))?;
    Ok(diff::lines(&before, &after).map(|hunks| hunks.iter().map(hunk).collect()).map_err(|why| match why {
        NotShown::Binary => Why::Binary,
        NotShown::Large => Why::Large,
        NotShown::Dense => Why::Dense,
    }))
}

/// Whether a person may want to read it: what is written with an alphabet, and the two files of rules, whose names say
/// nothing.
fn is_text(entry: &Entry<'_>) -> bool {
    entry.media_type.ends_with("charset=utf-8") || matches!(entry.path, "_redirects" | "_headers")
}

async fn read(bucket: &Bucket, entry: &Entry<'_>) -> Result<Vec<u8>> {
    let object = bucket.get(keys::blob(&entry.hash)).execute().await?;
    let body = object.as_ref().and_then(Object::body);
    let Some(body) = body else { return Err(error::internal(format!("the blob {} is not there", entry.hash))) };
    Ok(body.bytes().await?)
}

fn hunk(hunk: &diff::Hunk<'_>) -> Hunk {
    let line = |line: &diff::Line<'_>| {
        let fate = match line.fate {
            Fate::Same => "same",
            Fate::Removed => "removed",
            Fate::Added => "added",
        };
        let bare = line.text.strip_suffix('\n');
        let text = bare.unwrap_or(line.text);
        Line { fate, text: text.strip_suffix('\r').unwrap_or(text).to_owned(), ended: bare.is_some() }
    };
    Hunk { before: hunk.before, after: hunk.after, lines: hunk.lines.iter().map(line).collect() }
}
