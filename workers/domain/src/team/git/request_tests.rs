//! Requests that git makes, and those that somebody else would make.

use super::refusal::Refusal;
use super::request::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

fn shop() -> Repository {
    Repository::parse("Ann-B/shop.js").unwrap()
}

#[test]
fn the_four_requests_go_through() {
    for (method, path, query, operation, upstream) in [
        (
            "GET",
            "/git/ann-b/Shop.js.git/info/refs",
            "service=git-upload-pack",
            Operation::FetchAdvertisement,
            "/Ann-B/shop.js.git/info/refs?service=git-upload-pack",
        ),
        (
            "GET",
            "/git/Ann-B/shop.js.git/info/refs",
            "service=git-receive-pack",
            Operation::PushAdvertisement,
            "/Ann-B/shop.js.git/info/refs?service=git-receive-pack",
        ),
        (
            "POST",
            "/git/Ann-B/shop.js.git/git-upload-pack",
            "",
            Operation::UploadPack,
            "/Ann-B/shop.js.git/git-upload-pack",
        ),
        (
            "POST",
            "/git/Ann-B/shop.js.git/git-receive-pack",
            "",
            Operation::ReceivePack,
            "/Ann-B/shop.js.git/git-receive-pack",
        ),
    ] {
        let read = Operation::read(method, path, query, &shop());
        assert_eq!(read, Ok(operation), "{method} {path}");
        assert_eq!(operation.upstream(&shop()), upstream);
        assert_eq!(operation.method(), method);
    }
}

#[test]
fn everything_else_is_refused() {
    let up = "service=git-upload-pack";
    for (method, path, query, refusal) in [
        ("GET", "/", "", Refusal::NotGit),
        ("GET", "/git/ann-b", "", Refusal::NotGit),
        ("GET", "/git/ann-b/shop.js.git", "", Refusal::NotGit),
        ("GET", "/git/ann-b/shop.js.git/", "", Refusal::NotGit),
        ("GET", "/git/ann-b/shop.js.git/archive/main.zip", "", Refusal::NotGit),
        ("GET", "/git/ann-b/shop.js/info/refs", up, Refusal::Address),
        ("GET", "/git/ann-b/other.git/info/refs", up, Refusal::OtherRepository),
        ("GET", "/git/eve/shop.js.git/info/refs", up, Refusal::OtherRepository),
        ("GET", "/git/ann-b/../shop.js.git/info/refs", up, Refusal::Address),
        ("GET", "/git/ann-b/...git/info/refs", up, Refusal::Address),
        ("GET", "/git/ann-b/shop.js.git.git/info/refs", up, Refusal::Address),
        ("GET", "/git/ann-b/shop%2ejs.git/info/refs", up, Refusal::Address),
        ("GET", "/git/ann-b/shop.js.git/info%2frefs", up, Refusal::Address),
        ("GET", "/git/ann-b/shop.js.git\\info/refs", up, Refusal::Address),
        ("GET", "/git/ann-b/shop.js.git;x/info/refs", up, Refusal::Address),
        ("GET", "/git//ann-b/shop.js.git/info/refs", up, Refusal::Address),
        ("GET", "/git/ann-b//shop.js.git/info/refs", up, Refusal::Address),
        ("GET", "/git/ann-b/shop.js.git//info/refs", up, Refusal::NotGit),
        ("GET", "/git/ann-b/shop.js.git/info/refs", "", Refusal::Dumb),
        ("GET", "/git/ann-b/shop.js.git/HEAD", "", Refusal::Dumb),
        ("GET", "/git/ann-b/shop.js.git/objects/info/packs", "", Refusal::Dumb),
        ("GET", "/git/ann-b/shop.js.git/info/refs", "service=git-upload-archive", Refusal::Service),
        ("GET", "/git/ann-b/shop.js.git/info/refs", "service=git-upload-pack&x=1", Refusal::Service),
        ("GET", "/git/ann-b/shop.js.git/info/refs", "service=git%2Dupload-pack", Refusal::Service),
        ("GET", "/git/ann-b/shop.js.git/info/refs", "x=1&service=git-upload-pack", Refusal::Service),
        ("POST", "/git/ann-b/shop.js.git/git-upload-archive", "", Refusal::Service),
        ("POST", "/git/ann-b/shop.js.git/git-receive-pack", "x=1", Refusal::Address),
        ("GET", "/git/ann-b/shop.js.git/git-receive-pack", "", Refusal::Method),
        ("HEAD", "/git/ann-b/shop.js.git/info/refs", up, Refusal::Method),
        ("get", "/git/ann-b/shop.js.git/info/refs", up, Refusal::Method),
        ("POST", "/git/ann-b/shop.js.git/info/lfs/objects/batch", "", Refusal::LargeFiles),
    ] {
        assert_eq!(Operation::read(method, path, query, &shop()), Err(refusal), "{method} {path}?{query}");
    }
}

#[test]
fn names_are_those_that_the_forge_gives() {
    for name in ["a/b", "octo-cat/Hello_World.js", "ann_corp/.github", "a/b.c.d"] {
        assert_eq!(Repository::parse(name).unwrap().to_string(), name);
    }
    for name in ["", "a", "a/", "/b", "a/b/c", "a/..", "a/.", "a b/c", "-a/b", "a/b.git", "a/b.GIT", "ä/b", "a/b?c"] {
        assert_eq!(Repository::parse(name), None, "{name:?}");
    }
}

fn headers(operation: Operation, sent: &[(&str, &str)]) -> Result<Vec<(&'static str, String)>, Refusal> {
    operation.headers(|name| sent.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
}

#[test]
fn known_headers_go_on_and_no_others() {
    let sent = [
        ("authorization", "Basic secret"),
        ("cookie", "a=b"),
        ("host", "evil.test"),
        ("user-agent", "git/2.47.3"),
        ("accept", "application/x-git-upload-pack-result"),
        ("content-type", "application/x-git-upload-pack-request"),
        ("content-encoding", "gzip"),
        ("git-protocol", "version=2:x=y"),
        ("x-forwarded-for", "10.0.0.1"),
    ];
    let on = headers(Operation::UploadPack, &sent).unwrap();
    let names: Vec<_> = on.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["user-agent", "accept", "content-type", "content-encoding", "git-protocol"]);
    assert!(on.contains(&("git-protocol", "version=2".to_owned())));
    assert!(on.contains(&("content-encoding", "gzip".to_owned())));
    let on = headers(Operation::FetchAdvertisement, &sent).unwrap();
    assert_eq!(on.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["user-agent", "accept", "git-protocol"]);
}

#[test]
fn only_versions_that_are_known_are_asked_for() {
    assert_eq!(protocol_version("version=2"), Some("version=2"));
    assert_eq!(protocol_version("version=1:version=2"), Some("version=2"));
    assert_eq!(protocol_version("x=y:version=0"), Some("version=0"));
    for other in ["", "version=3", "version=22", "version=2\r\nx: y", "Version=2"] {
        assert_eq!(protocol_version(other), None, "{other:?}");
    }
    let push = headers(Operation::PushAdvertisement, &[("git-protocol", "version=2")]).unwrap();
    assert!(push.iter().all(|(name, _)| *name != "git-protocol"));
}

#[test]
fn a_push_is_read_and_therefore_never_compressed() {
    let push = ("content-type", "application/x-git-receive-pack-request");
    assert!(headers(Operation::ReceivePack, &[push]).is_ok());
    assert!(headers(Operation::ReceivePack, &[push, ("content-encoding", "identity")]).is_ok());
    for encoding in ["gzip", "GZIP", "deflate", "identity, gzip", "br"] {
        let sent = [push, ("content-encoding", encoding)];
        assert_eq!(headers(Operation::ReceivePack, &sent), Err(Refusal::Compressed), "{encoding}");
    }
    let fetch = ("content-type", "application/x-git-upload-pack-request");
    assert_eq!(headers(Operation::UploadPack, &[fetch, ("content-encoding", "br")]), Err(Refusal::Encoding));
}

#[test]
fn a_body_says_what_it_is() {
    for content_type in
        ["", "text/plain", "application/x-git-upload-pack-request", "application/x-git-receive-pack-request; x=y"]
    {
        let sent = [("content-type", content_type)];
        assert_eq!(headers(Operation::ReceivePack, &sent), Err(Refusal::ContentType), "{content_type}");
    }
}

#[test]
fn answers_keep_to_themselves_what_is_between_the_forge_and_us() {
    assert!(goes_back("Content-Type") && goes_back("cache-control"));
    for name in ["set-cookie", "location", "www-authenticate", "x-github-request-id", "content-encoding"] {
        assert!(!goes_back(name), "{name}");
    }
}

#[test]
fn the_token_is_the_password_of_one_user() {
    let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
    assert_eq!(token(&basic("x-access-token:vs_abc_1")), Some("vs_abc_1".to_owned()));
    assert_eq!(token(&basic("x-access-token:vs:1").replace("Basic", "basic")), Some("vs:1".to_owned()));
    for header in [
        basic("ann:vs_abc_1"),
        basic("x-access-token:"),
        basic("x-access-token"),
        "Bearer vs_abc_1".into(),
        "Basic ???".into(),
        String::new(),
    ] {
        assert_eq!(token(&header), None, "{header}");
    }
}

proptest! {
    #[test]
    fn nothing_leads_to_another_repository(method in "GET|POST", path in "/git/[aeA-Eb./%-]{0,12}(shop\\.js)?(\\.git)?/(info/refs|git-upload-pack)", query in ".{0,30}") {
        if let Ok(operation) = Operation::read(&method, &path, &query, &shop()) {
            prop_assert!(path.to_ascii_lowercase().starts_with("/git/ann-b/shop.js.git/"));
            prop_assert!(operation.upstream(&shop()).starts_with("/Ann-B/shop.js.git/"));
        }
    }

    #[test]
    fn reading_anything_does_not_panic(method in ".*", path in ".*", query in ".*", header in ".*") {
        let _ = Operation::read(&method, &path, &query, &shop());
        let _ = Operation::read(&method, &format!("/git/{path}"), &query, &shop());
        let _ = token(&header);
        let _ = protocol_version(&header);
    }
}
