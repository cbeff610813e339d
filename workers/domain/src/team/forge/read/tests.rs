use super::*;
use proptest::prelude::*;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

#[test]
fn the_newest_commit_of_a_branch() {
    let body =
        |sha: &str| format!(r#"{{"ref":"refs/heads/x","object":{{"type":"commit","sha":"{sha}","url":"https://x"}}}}"#);
    assert_eq!(branch_head(body(A).as_bytes()).unwrap(), A);
    // It goes into addresses and commands, so it is nothing else.
    for bad in ["", "main", "--upload-pack=x", &A.to_uppercase(), &format!("{A}\\n")] {
        assert!(branch_head(body(bad).as_bytes()).is_err(), "{bad}");
    }
}

fn compared(files: &str) -> Comparison {
    let body = format!(
        r#"{{"status":"diverged","ahead_by":2,"behind_by":1,"total_commits":2,"merge_base_commit":{{"sha":"{A}"}},"files":[{files}]}}"#
    );
    comparison(body.as_bytes()).unwrap()
}

#[test]
fn what_a_branch_changes() {
    let found = compared(
        r#"{"filename":"a","status":"added","patch":"@@"},{"filename":"b","status":"removed"},{"filename":"c","status":"modified"},
        {"filename":"d/new","status":"renamed","previous_filename":"d/old"},{"filename":"e","status":"copied","previous_filename":"c"},
        {"filename":"f","status":"changed"},{"filename":"g","status":"something new"}"#,
    );
    let files: Vec<(&str, Option<&str>, What)> =
        found.files.iter().map(|file| (file.path.as_str(), file.previous.as_deref(), file.what)).collect();
    assert_eq!(
        files,
        [
            ("a", None, What::Added),
            ("b", None, What::Removed),
            ("c", None, What::Changed),
            ("d/new", Some("d/old"), What::Renamed),
            // What was copied is still where it was, so it did not change.
            ("e", None, What::Added),
            ("f", None, What::Changed),
            ("g", None, What::Changed),
        ]
    );
    assert_eq!((found.ahead_by, found.behind_by, found.merge_base.as_str(), found.is_all), (2, 1, A, true));
    assert!(compared("").files.is_empty());
}

#[test]
fn three_hundred_files_may_be_more() {
    let files = |count: usize| {
        (0..count).map(|at| format!(r#"{{"filename":"{at}","status":"added"}}"#)).collect::<Vec<_>>().join(",")
    };
    assert!(compared(&files(299)).is_all);
    assert!(!compared(&files(300)).is_all);
}

#[test]
fn pull_requests_in_every_state() {
    let pull = |state: &str, merged: &str, url: &str| {
        let body = format!(
            r#"{{"number":7,"html_url":"{url}","state":"{state}","draft":false,"merged_at":{merged},"merge_commit_sha":"{B}",
            "mergeable":null,"head":{{"ref":"vendi/session-x","sha":"{A}","repo":null}},"base":{{"ref":"main"}}}}"#
        );
        pull_request(body.as_bytes()).unwrap()
    };
    let open = pull("open", "null", "https://forge.test/a/b/pull/7");
    assert_eq!((open.number, open.is_open, open.head.as_str(), open.branch.as_str()), (7, true, A, "vendi/session-x"));
    // The commit that the forge tries the merge with is not in the main branch.
    assert_eq!(open.merged_as, None);
    let closed = pull("closed", "null", "https://forge.test/a/b/pull/7");
    assert_eq!((closed.is_open, closed.merged_as), (false, None));
    assert_eq!(pull("closed", "\"2026-11-26T00:00:00Z\"", "https://x").merged_as.as_deref(), Some(B));
    assert_eq!(pull("open", "null", "javascript:alert(1)").url, "");
    assert_eq!(pull_requests(b"[]").unwrap(), []);
    assert!(pull_requests(b"{}").is_err());
}

#[test]
fn folders_and_what_is_none() {
    let listed = entries(
        br#"[{"name":"README.md","type":"file","size":12},{"name":"src","type":"dir"},{"name":"link","type":"symlink","size":3}]"#,
    );
    let names: Vec<(String, bool, u64)> =
        listed.unwrap().unwrap().into_iter().map(|entry| (entry.name, entry.is_file, entry.size)).collect();
    assert_eq!(names, [("README.md".into(), true, 12), ("src".into(), false, 0), ("link".into(), false, 3)]);
    assert_eq!(entries(br#"{"name":"README.md","type":"file"}"#).unwrap(), None);
    assert_eq!(
        merged(format!(r#"{{"sha":"{B}","merged":true,"message":"Pull Request successfully merged"}}"#).as_bytes())
            .unwrap()
            .sha,
        B
    );
}

proptest! {
    #[test]
    fn reading_anything_does_not_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = (branch_head(&body), comparison(&body), pull_request(&body), pull_requests(&body), merged(&body), entries(&body));
    }
}
