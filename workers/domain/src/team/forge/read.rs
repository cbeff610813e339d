//! Reading GitHub's answers: of each, what is needed. `Err` says where it could not be read, for the log.

use crate::team::files::{Changed, MOST_FILES, What};
use serde::{Deserialize, de::DeserializeOwned};

/// An answer, with those of its headers that say something about refusals.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reply<'a> {
    /// HTTP status.
    pub status: u16,
    /// All of it.
    pub body: &'a [u8],
    /// `Retry-After`, in seconds.
    pub retry_after: Option<&'a str>,
    /// `X-RateLimit-Remaining`.
    pub remaining: Option<&'a str>,
    /// `X-RateLimit-Reset`: Unix seconds.
    pub reset: Option<&'a str>,
    /// `X-GitHub-SSO`: an organization wants its own sign-in.
    pub sso: Option<&'a str>,
    /// Now, in Unix milliseconds.
    pub now: i64,
}

/// What a branch has that the main branch has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Commits that the branch has and the main branch has not.
    pub ahead_by: u64,
    /// Commits that the main branch has had since.
    pub behind_by: u64,
    /// The commit at which they parted; the files are compared with it.
    pub merge_base: String,
    /// The files, as many as are told.
    pub files: Vec<Changed>,
    /// Whether these are all.
    pub is_all: bool,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number in the repository.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// The branch that it comes from.
    pub branch: String,
    /// The commit that it ends with.
    pub head: String,
    /// Whether it waits for a decision.
    pub is_open: bool,
    /// Whether it is a draft, which cannot be merged.
    pub is_draft: bool,
    /// The commit that it has become in the main branch, when it was merged.
    pub merged_as: Option<String>,
    /// Whether it could be merged; `None` while GitHub finds out, and in lists.
    pub mergeable: Option<bool>,
}

/// A merge that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The newest commit of the main branch.
    pub sha: String,
}

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, without the folder.
    pub name: String,
    /// Whether it is a file, and not a folder, a link or another repository.
    pub is_file: bool,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Bytes of a file.
    pub size: u64,
}

/// The newest commit of a branch.
///
/// # Errors
/// Where it cannot be read.
pub fn branch_head(body: &[u8]) -> Result<String, String> {
    #[derive(Deserialize)]
    struct Reference {
        object: Object,
    }
    #[derive(Deserialize)]
    struct Object {
        sha: String,
    }
    commit(json::<Reference>(body)?.object.sha)
}

/// A comparison.
///
/// # Errors
/// Where it cannot be read.
pub fn comparison(body: &[u8]) -> Result<Comparison, String> {
    #[derive(Deserialize)]
    struct Found {
        ahead_by: u64,
        behind_by: u64,
        merge_base_commit: Commit,
        #[serde(default)]
        files: Vec<File>,
    }
    #[derive(Deserialize)]
    struct Commit {
        sha: String,
    }
    #[derive(Deserialize)]
    struct File {
        filename: String,
        status: String,
        previous_filename: Option<String>,
    }
    let found: Found = json(body)?;
    let files: Vec<Changed> = found
        .files
        .into_iter()
        .map(|file| {
            let what = match file.status.as_str() {
                // A copy leaves the other one where it was.
                "added" | "copied" => What::Added,
                "removed" => What::Removed,
                "renamed" => What::Renamed,
                _ => What::Changed,
            };
            let previous = file.previous_filename.filter(|_| what == What::Renamed);
            Changed { path: file.filename, previous, what }
        })
        .collect();
    Ok(Comparison {
        ahead_by: found.ahead_by,
        behind_by: found.behind_by,
        merge_base: commit(found.merge_base_commit.sha)?,
        is_all: files.len() < MOST_FILES,
        files,
    })
}

/// A pull request, alone.
///
/// # Errors
/// Where it cannot be read.
pub fn pull_request(body: &[u8]) -> Result<PullRequest, String> {
    json::<Pull>(body)?.into_pull_request()
}

/// A list of pull requests.
///
/// # Errors
/// Where it cannot be read.
pub fn pull_requests(body: &[u8]) -> Result<Vec<PullRequest>, String> {
    json::<Vec<Pull>>(body)?.into_iter().map(Pull::into_pull_request).collect()
}

/// That it was merged.
///
/// # Errors
/// Where it cannot be read.
pub fn merged(body: &[u8]) -> Result<Merged, String> {
    #[derive(Deserialize)]
    struct Done {
        sha: String,
    }
    Ok(Merged { sha: commit(json::<Done>(body)?.sha)? })
}

/// What is in a folder; `None` when it is a file.
///
/// # Errors
/// Where it cannot be read.
pub fn entries(body: &[u8]) -> Result<Option<Vec<Entry>>, String> {
    #[derive(Deserialize)]
    struct Found {
        name: String,
        #[serde(rename = "type")]
        kind: String,
        #[serde(default)]
        size: u64,
    }
    if body.trim_ascii_start().starts_with(b"{") {
        return Ok(None);
    }
    let found: Vec<Found> = json(body)?;
    let entry = |Found { name, kind, size }| Entry { name, is_file: kind == "file", is_folder: kind == "dir", size };
    Ok(Some(found.into_iter().map(entry).collect()))
}

#[derive(Deserialize)]
struct Pull {
    number: u64,
    html_url: String,
    state: String,
    #[serde(default)]
    draft: bool,
    merged_at: Option<String>,
    merge_commit_sha: Option<String>,
    mergeable: Option<bool>,
    head: Head,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "ref")]
    branch: String,
    sha: String,
}

impl Pull {
    fn into_pull_request(self) -> Result<PullRequest, String> {
        // It becomes a link.
        let is_link = self.html_url.starts_with("https://") || self.html_url.starts_with("http://");
        let is_merged = self.merged_at.is_some();
        let head = commit(self.head.sha)?;
        Ok(PullRequest {
            number: self.number,
            url: if is_link { self.html_url } else { String::new() },
            branch: self.head.branch,
            is_open: self.state == "open",
            is_draft: self.draft,
            // Before that it is the commit that GitHub tries the merge with.
            merged_as: is_merged.then(|| self.merge_commit_sha.unwrap_or_else(|| head.clone())),
            mergeable: self.mergeable,
            head,
        })
    }
}

/// The name of a commit: it goes into addresses and commands.
fn commit(sha: String) -> Result<String, String> {
    let is_sha = matches!(sha.len(), 40 | 64) && sha.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_sha { Ok(sha) } else { Err("a commit without a name".to_owned()) }
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|failure| format!("unreadable at {}:{}", failure.line(), failure.column()))
}

#[cfg(test)]
mod tests;
