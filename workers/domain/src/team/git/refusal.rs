//! Why the proxy does not pass something on, and how that is said so that git shows it.
//!
//! Git prints the text of a failed first request, but of a failed fetch or push it prints the status alone. So those
//! are answered inside git's protocol: a fetch with an error line, a push with a report that rejects each branch.

use super::pkt_line::{self, Band, FLUSH};
use super::request::Operation;

/// Why something does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The session's token is missing or is not one.
    Token,
    /// The session is over.
    Over,
    /// Not a path of git's.
    NotGit,
    /// The address is written in a way that no git writes it.
    Address,
    /// Not the session's repository.
    OtherRepository,
    /// The protocol of plain files, which asks for each object by name.
    Dumb,
    /// Git LFS, which is a protocol of its own with addresses of its own.
    LargeFiles,
    /// A service other than fetch and push.
    Service,
    /// A method that does not belong to the path.
    Method,
    /// The body is not of the type that it has to be.
    ContentType,
    /// A push whose body is compressed, so that it cannot be read in passing.
    Compressed,
    /// A compression that git does not use.
    Encoding,
    /// A fetch that names more commits than a sandbox can have.
    FetchTooLarge,
    /// A change of a branch or tag that is not the session's.
    OtherBranch,
    /// The session's branch would be deleted.
    Delete,
    /// A signed push, whose commands are inside of a certificate.
    Certificate,
    /// Push options, with which a forge can be told to do more than to take a branch.
    Options,
    /// Objects that are not named by SHA-1.
    ObjectFormat,
    /// A capability that is not known, so that what follows could mean something else.
    Capability,
    /// More commands than any push to one branch has.
    TooManyCommands,
    /// Not what git sends for a push.
    Malformed,
    /// More than the largest pack, in bytes.
    TooLarge(u64),
    /// The push ended before it was whole.
    Truncated,
    /// The forge did not take it, with this status.
    Forge(u16),
}

impl Refusal {
    /// For people and agents: without a capital and a full stop, as git puts it into parentheses.
    pub fn reason(self) -> String {
        match self {
            Self::Token => "this session's token is missing or not valid",
            Self::Over => "this session is over, so its repository cannot be reached any more",
            Self::NotGit => "there is nothing for git at this address",
            Self::Address => "this address is not written the way git writes it",
            Self::OtherRepository => "this session may only reach the repository of its own project",
            Self::Dumb => "only git's smart protocol is spoken here",
            Self::LargeFiles => "files kept in Git LFS cannot be reached from a session",
            Self::Service => "only fetching and pushing are possible here",
            Self::Method => "this address is not asked that way",
            Self::ContentType => "the content type is not the one that git sends",
            Self::Compressed => "a push must not be compressed as a whole, because what it changes is read first",
            Self::Encoding => "git does not compress its requests that way",
            Self::FetchTooLarge => "this fetch names too many commits",
            Self::OtherBranch => "a session may only push to its own branch",
            Self::Delete => "a session may not delete its branch",
            Self::Certificate => "a session may not make signed pushes; leave out --signed",
            Self::Options => "a session may not send push options; leave out -o",
            Self::ObjectFormat => "only repositories with SHA-1 object names are supported",
            Self::Capability => "this push asks for something that is not known here",
            Self::TooManyCommands => "this push changes too many branches and tags at once",
            Self::Malformed => "this is not what git sends for a push",
            Self::TooLarge(most) => {
                return format!("a push may have {} MB at most", most / (1024 * 1024));
            }
            Self::Truncated => "the push ended before it was whole; push again",
            Self::Forge(401 | 403) => {
                "the forge did not let this in; the person who started the session may have lost access"
            }
            Self::Forge(404) => "the forge does not have this repository, or not for this person",
            Self::Forge(429) => "the forge asks to wait; try again in a minute",
            Self::Forge(_) => "the forge did not answer as it should; try again in a minute",
        }
        .to_owned()
    }

    /// The status where the answer is an error of HTTP's.
    pub const fn status(self) -> u16 {
        match self {
            Self::Token => 401,
            Self::NotGit | Self::Forge(404) => 404,
            Self::Address | Self::Malformed | Self::Truncated => 400,
            Self::Method => 405,
            Self::FetchTooLarge | Self::TooLarge(_) => 413,
            Self::ContentType | Self::Compressed | Self::Encoding => 415,
            Self::Forge(429) => 429,
            Self::Forge(401 | 403) => 403,
            Self::Forge(_) => 502,
            _ => 403,
        }
    }

    /// The answer to a request whose push, if it is one, was not read. `None` is a request that was not understood.
    pub fn answer(self, operation: Option<Operation>) -> Answer {
        // A missing token is a matter of HTTP's, so that git asks its helpers for one.
        if operation != Some(Operation::UploadPack) || self == Self::Token {
            return self.plain();
        }
        let mut body = Vec::new();
        pkt_line::write(&mut body, format!("ERR {}", self.line()).as_bytes());
        Answer { status: 200, content_type: Operation::UploadPack.answer_type(), body }
    }

    /// An error of HTTP's, with a text that git prints line by line.
    fn plain(self) -> Answer {
        let body = format!("{}\n", self.line()).into_bytes();
        Answer { status: self.status(), content_type: "text/plain; charset=utf-8", body }
    }

    fn line(self) -> String {
        format!("Vetka: {}.", self.reason())
    }

    /// The answer to a push: each of the branches that it named is rejected, as a hook of the server would.
    pub(super) fn report(self, branches: &[String], report: bool, side_band: bool, only: &str) -> Answer {
        // A client that asked for no report takes an answer without an error for a success.
        if !report || (branches.is_empty() && !side_band) {
            return self.plain();
        }
        let mut body = Vec::new();
        let own = only.strip_prefix("refs/heads/").unwrap_or(only);
        let hint = if self == Self::OtherBranch { format!(" Push to {own}.") } else { String::new() };
        let words = format!("{}{hint}\n", self.line());
        if branches.is_empty() {
            pkt_line::band(&mut body, Band::Error, words.as_bytes());
            body.extend_from_slice(FLUSH);
        } else if side_band {
            pkt_line::band(&mut body, Band::Progress, words.as_bytes());
            pkt_line::band(&mut body, Band::Data, &self.report_lines(branches));
            body.extend_from_slice(FLUSH);
        } else {
            body = self.report_lines(branches);
        }
        Answer { status: 200, content_type: Operation::ReceivePack.answer_type(), body }
    }

    /// `report-status` (gitprotocol-pack, "Report Status").
    fn report_lines(self, branches: &[String]) -> Vec<u8> {
        let mut lines = Vec::new();
        // "ok", as nothing went wrong with the objects: they were not wanted.
        pkt_line::write(&mut lines, b"unpack ok\n");
        for branch in branches {
            pkt_line::write(&mut lines, format!("ng {branch} {}\n", self.reason()).as_bytes());
        }
        lines.extend_from_slice(FLUSH);
        lines
    }
}

/// What git gets instead of the forge's answer. To be sent with `Cache-Control: no-cache`, and with
/// `WWW-Authenticate: Basic realm="Vetka"` where the status is 401.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP's status.
    pub status: u16,
    /// The media type.
    pub content_type: &'static str,
    /// The bytes.
    pub body: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_fetch_is_an_error_line_and_anything_else_an_error_of_http() {
        let answer = Refusal::Over.answer(Some(Operation::UploadPack));
        assert_eq!((answer.status, answer.content_type), (200, "application/x-git-upload-pack-result"));
        let text = String::from_utf8(answer.body).unwrap();
        assert!(text.get(4..).unwrap().starts_with("ERR Vetka: this session is over"), "{text}");
        for operation in [None, Some(Operation::FetchAdvertisement), Some(Operation::ReceivePack)] {
            let answer = Refusal::OtherRepository.answer(operation);
            assert_eq!((answer.status, answer.content_type), (403, "text/plain; charset=utf-8"));
        }
        assert_eq!(Refusal::Token.answer(Some(Operation::UploadPack)).status, 401);
    }

    #[test]
    fn a_report_says_the_same_in_a_channel_and_without_one() {
        let branches = ["refs/heads/main".to_owned()];
        let plain = Refusal::OtherBranch.report(&branches, true, false, "refs/heads/vendi/session-a");
        assert_eq!(
            String::from_utf8(plain.body.clone()).unwrap(),
            "000eunpack ok\n0041ng refs/heads/main a session may only push to its own branch\n0000"
        );
        let banded = Refusal::OtherBranch.report(&branches, true, true, "refs/heads/vendi/session-a");
        let text = String::from_utf8(banded.body).unwrap();
        assert!(text.contains("\u{2}Vetka: a session may only push to its own branch. Push to vendi/session-a.\n"));
        assert!(
            text.contains(&format!("\u{1}{}", String::from_utf8(plain.body).unwrap())) && text.ends_with("00000000")
        );
    }

    #[test]
    fn whoever_asked_for_no_report_is_not_told_that_all_went_well() {
        let branches = ["refs/heads/main".to_owned()];
        assert_eq!(Refusal::OtherBranch.report(&branches, false, true, "x").status, 403);
        assert_eq!(Refusal::Certificate.report(&[], true, false, "x").status, 403);
        assert_eq!(Refusal::Certificate.report(&[], true, true, "x").status, 200);
    }

    #[test]
    fn words_are_those_of_a_sentence_in_parentheses() {
        for refusal in [Refusal::Token, Refusal::TooLarge(50 << 20), Refusal::Forge(404), Refusal::Malformed] {
            let reason = refusal.reason();
            assert!(!reason.ends_with('.') && !reason.contains('\n') && reason.starts_with(char::is_lowercase));
        }
        assert_eq!(Refusal::TooLarge(50 << 20).reason(), "a push may have 50 MB at most");
    }
}
