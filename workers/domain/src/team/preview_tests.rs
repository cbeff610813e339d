use super::*;
use proptest::prelude::*;

const LOCAL: &str = "http://{session}.preview.vetka.localhost:8787";
const ID: &str = "abcdefghijklmnopqrstuvw2";
const ORIGIN: &str = "https://abcdefghijklmnopqrstuvw2.preview.vetka.sh";
const SANDBOX: Sandbox<'_> = Sandbox { id: "i0abc", port: 3000, asked_at: "sandbox.e2b.app" };

#[test]
fn each_session_has_an_origin_of_its_own() {
    let host = format!("{ID}.preview.vetka.localhost");
    assert_eq!(session(LOCAL, &host), Some(ID));
    assert_eq!(origin(LOCAL, ID), format!("http://{ID}.preview.vetka.localhost:8787"));
    for other in ["vetka.localhost", "preview.vetka.localhost", "a.preview.vetka.localhost", "x.vetka.localhost"] {
        assert_eq!(session(LOCAL, other), None, "{other}");
    }
    assert_eq!(session(LOCAL, &format!("a.{host}")), None);
    assert_eq!(session("", &host), None);
    assert_eq!(session("https://{session}", ID), None);
}

#[test]
fn a_link_leads_to_a_path_of_the_same_origin() {
    assert_eq!(place(Some("/a/b?c=d#e")), "/a/b?c=d#e");
    for bad in [
        None,
        Some(""),
        Some("a"),
        Some("//evil.test"),
        Some("/\\evil.test"),
        Some("/a\r\nx: y"),
        Some("https://e.test"),
    ] {
        assert_eq!(place(bad), "/", "{bad:?}");
    }
}

#[test]
fn what_belongs_to_a_preview_is_asked_for_by_its_own_pages() {
    let sender = |origin, fetch_site, fetch_mode| Sender { origin, fetch_site, fetch_mode, ..Sender::default() };
    let elsewhere = |sender: Sender<'_>| is_from_elsewhere(&sender, ORIGIN);
    assert!(!elsewhere(sender(None, None, None)), "curl");
    assert!(!elsewhere(sender(None, Some("same-site"), Some("navigate"))), "our frame");
    assert!(!elsewhere(sender(Some(ORIGIN), Some("same-origin"), Some("cors"))));
    assert!(!elsewhere(sender(Some(ORIGIN), Some("same-origin"), Some("websocket"))));
    assert!(elsewhere(sender(None, Some("same-site"), Some("no-cors"))), "a script tag of a neighbour");
    assert!(elsewhere(sender(Some("https://ann.vetka.sh"), Some("same-site"), Some("websocket"))));
    assert!(elsewhere(sender(Some("null"), None, None)));
    assert!(elsewhere(sender(Some("https://evil.test"), None, None)));
}

#[test]
fn our_credentials_stay_outside() {
    assert_eq!(cookies_in("__Host-vetka_preview=x"), None);
    assert_eq!(
        cookies_in(" a=1; __Host-vetka_preview=x;b=__Host-vetka ; ;__Host-vetka_session=y"),
        Some("a=1; b=__Host-vetka".to_owned())
    );
    for stays in
        ["cookie", "host", "origin", "e2b-sandbox-id", "cf-connecting-ip", "x-forwarded-host", "sec-websocket-key"]
    {
        assert!(!goes_in(stays), "{stays}");
    }
    for goes in ["authorization", "accept", "sec-websocket-protocol", "content-type", "x-csrf-token", "sec-fetch-mode"]
    {
        assert!(goes_in(goes), "{goes}");
    }
}

#[test]
fn a_sandbox_sets_cookies_for_its_own_origin_alone() {
    assert_eq!(set_cookie("a=1; Path=/; Domain=vetka.sh; HttpOnly").as_deref(), Some("a=1; Path=/; HttpOnly"));
    assert_eq!(set_cookie("a=b=c; DOMAIN = .vetka.sh").as_deref(), Some("a=b=c"));
    for ours in ["__Host-vetka_preview=x; Secure", "__Host-vetka_session=", " =__Host-vetka_preview=x", ""] {
        assert_eq!(set_cookie(ours), None, "{ours}");
    }
    assert!(!comes_out("clear-site-data"), "it would sign out of every neighbour as well");
}

#[test]
fn a_redirect_to_itself_leads_to_the_preview() {
    let to = |value| location(value, ORIGIN, &SANDBOX);
    assert_eq!(to("http://localhost:3000/a?b=C"), format!("{ORIGIN}/a?b=C"));
    assert_eq!(to("https://Sandbox.e2b.app/Sign-In"), format!("{ORIGIN}/Sign-In"));
    assert_eq!(to("https://3000-i0abc.e2b.app"), ORIGIN);
    assert_eq!(to("//127.0.0.1:3000?x"), format!("{ORIGIN}?x"));
    for kept in
        ["/a", "a?b", "https://github.com/login", "http://localhost:3001/", "https://sandbox.e2b.app.evil.test/", ""]
    {
        assert_eq!(to(kept), kept);
    }
}

#[test]
fn what_a_policy_says_of_frames_is_left_out() {
    assert_eq!(policy("frame-ancestors 'none'"), None);
    assert_eq!(
        policy("default-src 'self'; Frame-Ancestors 'none';, sandbox; script-src 'self'").as_deref(),
        Some("default-src 'self', script-src 'self'")
    );
    assert!(!comes_out("x-frame-options") && !comes_out("strict-transport-security") && comes_out("content-type"));
}

#[test]
fn only_what_has_its_content_in_its_name_is_kept() {
    assert_eq!(cache_control(Some("public, max-age=31536000, immutable")), "private, max-age=31536000, immutable");
    for other in [None, Some("max-age=600"), Some("no-cache"), Some("no-store, immutable")] {
        assert_eq!(cache_control(other), "no-store", "{other:?}");
    }
}

#[test]
fn the_way_to_a_sandbox_says_when_there_is_none() {
    let json = br#"{"sandboxId":"i0abc","message":"The sandbox was not found","code":502}"#;
    assert!(is_absence(502, json, "i0abc"));
    assert!(!is_absence(502, json, "") && !is_absence(200, json, "i0abc"));
    assert!(!is_absence(502, b"Bad Gateway", "i0abc"), "the program's own");
}

proptest! {
    #[test]
    fn reading_anything_does_not_panic(text in ".*") {
        let _ = (session(LOCAL, &text), place(Some(&text)), cookies_in(&text), policy(&text), cookie(&text));
        prop_assert!(set_cookie(&text).is_none_or(|cookie| !cookie.to_ascii_lowercase().contains("; domain=")));
        let _ = location(&text, ORIGIN, &SANDBOX);
    }

    #[test]
    fn where_a_link_leads_has_no_other_host(text in "[/\\\\a-z:.?#\\r\\n\\t ]{0,12}") {
        let url = format!("{ORIGIN}{}", place(Some(&text)));
        let parsed = url::Url::parse(&url).unwrap();
        prop_assert_eq!(parsed.origin().ascii_serialization(), ORIGIN);
    }
}
