use super::*;
use proptest::prelude::*;

fn failed(asked: Asked, status: u16, body: &str) -> Failure {
    Failure::of(asked, &Reply { status, body: body.as_bytes(), ..Reply::default() })
}

fn said(asked: Asked, status: u16, message: &str) -> Failure {
    failed(asked, status, &serde_json::json!({ "message": message, "documentation_url": "https://x" }).to_string())
}

fn invalid(asked: Asked, errors: &str) -> Failure {
    failed(asked, 422, &format!(r#"{{"message":"Validation Failed","errors":[{errors}],"status":"422"}}"#))
}

#[test]
fn what_a_status_alone_says() {
    assert_eq!(said(Asked::Merge, 401, "Bad credentials"), Failure::Revoked);
    assert_eq!(said(Asked::Look, 404, "Not Found"), Failure::Missing);
    assert_eq!(failed(Asked::Look, 301, ""), Failure::Renamed);
    assert_eq!(said(Asked::Look, 409, "Git Repository is empty."), Failure::Empty);
    assert_eq!(failed(Asked::Look, 502, "<html>"), Failure::Unavailable("status 502".into()));
    assert_eq!(
        said(Asked::Look, 451, "Repository access blocked"),
        Failure::Refused("Repository access blocked".into())
    );
    assert_eq!(failed(Asked::Look, 400, "<html>"), Failure::Refused("it does not say why.".into()));
}

#[test]
fn four_ways_of_not_being_let_in() {
    assert_eq!(said(Asked::Merge, 403, "You need write access"), Failure::NotAllowed);
    assert_eq!(said(Asked::Look, 403, "Repository was archived so is read-only."), Failure::Archived);
    let restricted = "Although you appear to have the correct authorization credentials, the `harbor` organization has enabled OAuth App access restrictions";
    assert_eq!(said(Asked::Look, 403, restricted), Failure::NotApproved);
    let sso = Reply { status: 403, sso: Some("required; url=https://x"), ..Reply::default() };
    assert_eq!(Failure::of(Asked::Look, &sso), Failure::SignOn);
}

#[test]
fn how_long_to_wait() {
    let later = |status, retry_after, remaining, reset| {
        let reply = Reply { status, retry_after, remaining, reset, now: 1_000_000, body: b"", ..Reply::default() };
        Failure::of(Asked::Look, &reply)
    };
    assert_eq!(later(429, None, None, None), Failure::Later(60));
    assert_eq!(later(403, Some("7"), None, None), Failure::Later(7));
    assert_eq!(later(403, None, Some("0"), Some("1300")), Failure::Later(300));
    assert_eq!(later(403, None, Some("0"), Some("999999999")), Failure::Later(3600));
    assert_eq!(later(403, None, Some("0"), Some("1")), Failure::Later(1));
    assert_eq!(later(403, Some("Thu, 26 Nov 2026"), Some("4999"), Some("1300")), Failure::Later(60));
    // The reset that comes with every answer is no reason to wait.
    assert_eq!(later(403, None, Some("4999"), Some("1300")), Failure::NotAllowed);
    assert_eq!(said(Asked::Look, 403, "You have exceeded a secondary rate limit."), Failure::Later(60));
    assert!(Failure::Later(60).sentence().ends_with("Try again in a minute."));
    assert!(Failure::Later(61).sentence().ends_with("Try again in 2 minutes."));
}

#[test]
fn branches() {
    assert_eq!(said(Asked::CreateBranch, 422, "Reference already exists"), Failure::BranchTaken);
    assert_eq!(said(Asked::DeleteBranch, 422, "Reference does not exist"), Failure::Missing);
    assert_eq!(said(Asked::DeleteBranch, 422, "Cannot delete this branch"), Failure::Kept);
    assert_eq!(said(Asked::DeleteBranch, 403, "Cannot delete a protected branch"), Failure::Kept);
    assert_eq!(
        said(Asked::CreateBranch, 422, "Object does not exist"),
        Failure::Refused("Object does not exist".into())
    );
}

#[test]
fn opening_a_pull_request() {
    let custom = |message: &str| {
        invalid(Asked::PullRequest, &format!(r#"{{"resource":"PullRequest","code":"custom","message":"{message}"}}"#))
    };
    assert_eq!(custom("A pull request already exists for ann-ash:vendi/session-x."), Failure::AlreadyThere);
    assert_eq!(custom("No commits between main and vendi/session-x"), Failure::Nothing);
    let field = |name: &str| format!(r#"{{"resource":"PullRequest","field":"{name}","code":"invalid"}}"#);
    assert_eq!(invalid(Asked::PullRequest, &field("head")), Failure::Nothing);
    assert_eq!(invalid(Asked::PullRequest, &field("base")), Failure::NoBase);
    // The words of a detail say more than those of the whole.
    assert_eq!(
        custom("The main branch has no history in common"),
        Failure::Refused("The main branch has no history in common".into())
    );
    assert_eq!(invalid(Asked::PullRequest, r#""No commits between main and x""#), Failure::Nothing);
}

#[test]
fn merging() {
    use Requirement::{Checks, Review, UpToDate};
    let cases = [
        (405, "Pull Request is not mergeable", Failure::NotMergeable),
        (405, "Pull Request has merge conflicts", Failure::Conflict),
        (405, "Pull Request is still a draft", Failure::Draft),
        (405, "Base branch was modified. Review and try the merge again.", Failure::BaseMoved),
        (409, "Base branch was modified. Review and try the merge again.", Failure::BaseMoved),
        (409, "Head branch was modified. Review and try the merge again.", Failure::Moved),
        (422, "Head sha is out of date", Failure::Moved),
        (405, "Squash merges are not allowed on this repository.", Failure::Method),
        (405, "This branch can't be rebased", Failure::Method),
        (405, "At least 1 approving review is required by reviewers with write access.", Failure::Requires(Review)),
        (405, "Changes have been requested by a reviewer with write access.", Failure::Requires(Review)),
        (405, "Waiting on code owner review from harbor-works/crew.", Failure::Requires(Review)),
        (405, "Required status check \\\"build\\\" is expected.", Failure::Requires(Checks)),
        (405, "2 of 3 required status checks are expected.", Failure::Requires(Checks)),
        (405, "The head branch is not up to date with the base branch.", Failure::Requires(UpToDate)),
        (405, "You're not authorized to push to this branch.", Failure::Protected),
        (405, "Repository rule violations found", Failure::Protected),
        (405, "Something new", Failure::Refused("Something new".into())),
        (422, "Something new", Failure::Refused("Something new".into())),
    ];
    for (status, message, failure) in cases {
        assert_eq!(failed(Asked::Merge, status, &format!(r#"{{"message":"{message}"}}"#)), failure, "{message}");
    }
}

#[test]
fn every_failure_says_what_to_do_and_has_a_code_of_its_own() {
    let all = [
        Failure::Revoked,
        Failure::Missing,
        Failure::Later(60),
        Failure::NotAllowed,
        Failure::Archived,
        Failure::Renamed,
        Failure::Empty,
        Failure::NoBase,
        Failure::BranchTaken,
        Failure::Nothing,
        Failure::AlreadyThere,
        Failure::Closed,
        Failure::Draft,
        Failure::NotMergeable,
        Failure::Conflict,
        Failure::Protected,
        Failure::Requires(Requirement::Review),
        Failure::Requires(Requirement::Checks),
        Failure::Requires(Requirement::UpToDate),
        Failure::Method,
        Failure::Moved,
        Failure::BaseMoved,
        Failure::Kept,
        Failure::Refused("no.".into()),
        Failure::Unavailable("secret cause".into()),
    ];
    let codes: std::collections::BTreeSet<&str> = all.iter().map(|failure| failure.code().1).collect();
    assert_eq!(codes.len(), all.len());
    for failure in all {
        let sentence = failure.sentence();
        assert!(sentence.ends_with('.') && !sentence.contains("secret cause"), "{sentence}");
        assert!((400..=503).contains(&failure.code().0));
    }
    assert_eq!(Failure::Nothing.sentence(), "There is nothing to hand over yet: no change has been made.");
}

#[test]
fn the_forges_own_words_stay_on_one_line_and_short() {
    let long = format!("a\\nb\\u0007{}", "x".repeat(500));
    let Failure::Refused(words) = failed(Asked::Look, 422, &format!(r#"{{"message":"{long}"}}"#)) else { panic!() };
    assert!(words.starts_with("a b x") && words.chars().count() == 200);
    // Details of another shape do not hide the words.
    let odd = r#"{"message":"Odd","errors":{"a":1}}"#;
    assert_eq!(failed(Asked::Look, 422, odd), Failure::Refused("Odd".into()));
}

proptest! {
    #[test]
    fn reading_anything_does_not_panic(status in 100u16..600, body in ".*", header in ".*") {
        for asked in [Asked::Look, Asked::CreateBranch, Asked::DeleteBranch, Asked::PullRequest, Asked::Merge] {
            let reply = Reply {
                status, body: body.as_bytes(), retry_after: Some(&header), remaining: Some("0"), reset: Some(&header), sso: None, now: i64::MIN,
            };
            let _ = (Failure::of(asked, &reply).sentence(), failed(asked, status, &body).sentence());
        }
    }
}
