//! What git asks for over HTTP (gitprotocol-http), and which headers of it go on to the forge.
//!
//! Nothing of the asker's address reaches the forge: the path is written anew from the repository that the session is
//! for. Of the headers, those go on that are named here, with values that are known; all others stay.

use super::refusal::Refusal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// Longest body of a fetch, in bytes. It lists what the sandbox has and wants, about fifty bytes for a commit.
pub const MOST_UPLOAD_PACK: u64 = 8 * 1024 * 1024;
/// Where the proxy's paths begin.
pub const PREFIX: &str = "/git/";
/// What the proxy calls itself. Forges tell a git client from a browser by this name.
const USER_AGENT: &str = "git/2.47 (Vetka)";

/// A repository at the forge: `owner/name`. Two of them are equal when the forge takes them for the same, in whatever
/// case they are written.
#[derive(Debug, Clone)]
pub struct Repository {
    owner: String,
    name: String,
}

impl Repository {
    /// Reads `owner/name` as GitHub writes it.
    pub fn parse(full_name: &str) -> Option<Self> {
        let (owner, name) = full_name.split_once('/')?;
        Self::of(owner, name)
    }

    fn of(owner: &str, name: &str) -> Option<Self> {
        let owner_fits = (1..=39).contains(&owner.len())
            && owner.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !owner.starts_with('-');
        let name_fits = (1..=100).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
            && !matches!(name, "." | "..")
            && !name.to_ascii_lowercase().ends_with(".git");
        (owner_fits && name_fits).then(|| Self { owner: owner.to_owned(), name: name.to_owned() })
    }
}

impl PartialEq for Repository {
    fn eq(&self, other: &Self) -> bool {
        self.owner.eq_ignore_ascii_case(&other.owner) && self.name.eq_ignore_ascii_case(&other.name)
    }
}

impl Eq for Repository {}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// One of the four requests that fetching and pushing are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Which branches there are, before a fetch.
    FetchAdvertisement,
    /// The fetch.
    UploadPack,
    /// Which branches there are, before a push.
    PushAdvertisement,
    /// The push. Its body goes through [`super::Push`].
    ReceivePack,
}

impl Operation {
    /// Reads a request's line. The path is as it came, still percent-encoded; `query` is without its question mark.
    ///
    /// # Errors
    /// Why it does not go on: another repository, another service, or not git's smart protocol at all.
    pub fn read(method: &str, path: &str, query: &str, only: &Repository) -> Result<Self, Refusal> {
        // No name that a forge gives needs an escape, so an escape is there to be read differently by someone.
        if path.len() > 300 || path.contains(['%', '\\', ';']) {
            return Err(Refusal::Address);
        }
        let rest = path.strip_prefix(PREFIX).ok_or(Refusal::NotGit)?;
        let (owner, rest) = rest.split_once('/').ok_or(Refusal::NotGit)?;
        let (name, rest) = rest.split_once('/').ok_or(Refusal::NotGit)?;
        let repository =
            name.strip_suffix(".git").and_then(|name| Repository::of(owner, name)).ok_or(Refusal::Address)?;
        if repository != *only {
            return Err(Refusal::OtherRepository);
        }
        match (method, rest, query) {
            ("GET", "info/refs", "service=git-upload-pack") => Ok(Self::FetchAdvertisement),
            ("GET", "info/refs", "service=git-receive-pack") => Ok(Self::PushAdvertisement),
            ("POST", "git-upload-pack", "") => Ok(Self::UploadPack),
            ("POST", "git-receive-pack", "") => Ok(Self::ReceivePack),
            (_, "info/refs" | "git-upload-pack" | "git-receive-pack", _) => Err(match rest {
                "info/refs" if query.is_empty() && method == "GET" => Refusal::Dumb,
                "info/refs" if method == "GET" => Refusal::Service,
                _ if query.is_empty() || rest == "info/refs" => Refusal::Method,
                _ => Refusal::Address,
            }),
            (_, "HEAD", _) => Err(Refusal::Dumb),
            (_, rest, _) if rest.starts_with("objects/") => Err(Refusal::Dumb),
            (_, rest, _) if rest == "info/lfs" || rest.starts_with("info/lfs/") => Err(Refusal::LargeFiles),
            (_, rest, _) if rest.starts_with("git-") => Err(Refusal::Service),
            _ => Err(Refusal::NotGit),
        }
    }

    /// The method of the request to the forge.
    pub const fn method(self) -> &'static str {
        match self {
            Self::FetchAdvertisement | Self::PushAdvertisement => "GET",
            Self::UploadPack | Self::ReceivePack => "POST",
        }
    }

    /// Path and query of the request to the forge. A redirect must not be followed there: it would carry the token to
    /// wherever the forge points.
    pub fn upstream(self, repository: &Repository) -> String {
        let rest = match self {
            Self::FetchAdvertisement => "info/refs?service=git-upload-pack",
            Self::PushAdvertisement => "info/refs?service=git-receive-pack",
            Self::UploadPack => "git-upload-pack",
            Self::ReceivePack => "git-receive-pack",
        };
        format!("/{repository}.git/{rest}")
    }

    /// The media type of the request's body, where it has one.
    const fn request_type(self) -> Option<&'static str> {
        match self {
            Self::UploadPack => Some("application/x-git-upload-pack-request"),
            Self::ReceivePack => Some("application/x-git-receive-pack-request"),
            Self::FetchAdvertisement | Self::PushAdvertisement => None,
        }
    }

    /// The media type of the answer. Git takes an answer of another type for a web page.
    pub const fn answer_type(self) -> &'static str {
        match self {
            Self::FetchAdvertisement => "application/x-git-upload-pack-advertisement",
            Self::PushAdvertisement => "application/x-git-receive-pack-advertisement",
            Self::UploadPack => "application/x-git-upload-pack-result",
            Self::ReceivePack => "application/x-git-receive-pack-result",
        }
    }

    /// The headers of the request to the forge, without its authorization. `sent` gives the asker's header of a
    /// lower-case name.
    ///
    /// # Errors
    /// When the body is not what it has to be. A push that is compressed is refused, because what it changes could not
    /// be read while it passes; git itself compresses only what it sends for a fetch.
    pub fn headers(self, sent: impl Fn(&str) -> Option<String>) -> Result<Vec<(&'static str, String)>, Refusal> {
        let mut headers =
            vec![("user-agent", USER_AGENT.to_owned()), ("accept", format!("{}, */*", self.answer_type()))];
        if let Some(wanted) = self.request_type() {
            let content_type = sent("content-type").unwrap_or_default();
            if !content_type.trim().eq_ignore_ascii_case(wanted) {
                return Err(Refusal::ContentType);
            }
            headers.push(("content-type", wanted.to_owned()));
            let encoding = sent("content-encoding").unwrap_or_default().trim().to_ascii_lowercase();
            match (encoding.as_str(), self) {
                ("" | "identity", _) => {}
                (_, Self::ReceivePack) => return Err(Refusal::Compressed),
                ("gzip" | "x-gzip", _) => headers.push(("content-encoding", "gzip".to_owned())),
                _ => return Err(Refusal::Encoding),
            }
        }
        let version = sent("git-protocol").and_then(|protocol| protocol_version(&protocol));
        match (version, self) {
            // There is no second version of pushing; servers answer the first, and so it is not asked for.
            (Some("version=2"), Self::PushAdvertisement | Self::ReceivePack) | (None, _) => {}
            (Some(version), _) => headers.push(("git-protocol", version.to_owned())),
        }
        Ok(headers)
    }
}

/// `Git-Protocol` is a list of parameters between colons; the version is the only one that is known.
pub(super) fn protocol_version(header: &str) -> Option<&'static str> {
    let known = ["version=0", "version=1", "version=2"];
    let mut said = header.split(':').filter_map(|part| known.into_iter().find(|version| *version == part.trim()));
    // Of several versions git takes the highest.
    let first = said.next()?;
    Some(said.fold(first, Ord::max))
}

/// Whether a header of the forge's answer goes back to git. Cookies, redirects, questions for a password and whatever
/// else the forge says about itself do not.
pub fn goes_back(name: &str) -> bool {
    ["content-type", "cache-control", "expires", "pragma", "retry-after"]
        .into_iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// The session's token out of `Authorization: Basic …`: the password of the user `x-access-token`.
pub fn token(authorization: &str) -> Option<String> {
    let (scheme, encoded) = authorization.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > 1000 {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    (user == "x-access-token" && !password.is_empty()).then(|| password.to_owned())
}
