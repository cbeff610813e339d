//! Tests of the frame's rules.

use super::*;
use crate::session::Identity;
use proptest::prelude::*;

const NOW: i64 = 1_795_242_452_000;
const MAYA: &str = "https://maya.dev";

fn key(fill: u8) -> Key {
    Key::new(vec![fill; 32]).unwrap()
}

fn granted() -> Granted {
    Granted { grant_id: "g".repeat(24), user_id: "u".repeat(24), origin: MAYA.into() }
}

#[test]
fn a_token_is_believed_for_five_minutes_and_then_names_its_grant() {
    let token = sign(&key(1), &granted(), NOW).unwrap();
    let keys = [key(1)];
    assert_eq!(read_with(&keys, &token, NOW + session::TOKEN_LIFETIME_MS - 1), Token::Fresh(granted()));
    assert_eq!(read_with(&keys, &token, NOW + session::TOKEN_LIFETIME_MS), Token::Stale(granted()));
    assert_eq!(read_with(&[key(2), key(1)], &token, NOW), Token::Stale(granted()), "by an older key");
    assert_eq!(read_with(&[key(2)], &token, NOW), Token::Forged);
}

#[test]
fn a_session_is_no_grant_and_a_grant_no_session() {
    let keys = [key(1)];
    let identity = Identity { session_id: "s".repeat(24), user_id: "u".repeat(24) };
    let of_session = session::sign(&key(1), &identity, NOW).unwrap();
    let of_grant = sign(&key(1), &granted(), NOW).unwrap();
    assert_eq!(read_with(&keys, &of_session, NOW), Token::Forged);
    assert_eq!(session::read_with(&keys, &of_grant, NOW), Token::Forged);
    assert_eq!(session::read_with(&keys, &of_session, NOW), Token::Fresh(identity));
}

#[test]
fn whoever_is_both_is_neither() {
    let Granted { grant_id, user_id, origin } = granted();
    let both = Signed { session_id: "s".repeat(24), grant_id, user_id, origin };
    let token = session::sign_any(&key(1), both, NOW).unwrap();
    assert_eq!(read_with(&[key(1)], &token, NOW), Token::Forged);
    assert_eq!(session::read(&key(1), &token, NOW), Token::Forged);
}

#[test]
fn each_origin_has_a_cookie_and_the_oldest_make_room() {
    assert_eq!(cookie_name(MAYA).len(), "__Host-notch-".len() + 12);
    assert_ne!(cookie_name(MAYA), cookie_name("https://blog.maya.dev"));
    let header: Vec<String> = (0..MOST_COOKIES).map(|at| format!("__Host-notch-{at}=x")).collect();
    let header = format!("__Host-vetka_session=s; {}", header.join("; "));
    assert_eq!(surplus(&header, "__Host-notch-new"), ["__Host-notch-0"]);
    assert_eq!(surplus(&header, "__Host-notch-7"), Vec::<&str>::new(), "it replaces one");
    assert_eq!(surplus("", "__Host-notch-new"), Vec::<&str>::new());
}

#[test]
fn a_bearer_is_brought_by_its_scheme_or_beside_its_protocol() {
    assert_eq!(bearer("Notch vb_abc"), Some("vb_abc"));
    assert_eq!(bearer("notch  vb_abc "), Some("vb_abc"));
    assert_eq!(bearer("Notch "), Some(""), "a bearer that is none, and not no bearer");
    for other in ["", "Notch", "vb_abc", "Bearer vb_abc", "NotchX vb_abc", " Notch vb_abc"] {
        assert_eq!(bearer(other), None, "{other}");
    }
    assert_eq!(offered("vetka-notch, vb_abc"), Some("vb_abc"));
    assert_eq!(offered("vetka-notch,x,vb_abc"), Some("vb_abc"));
    for other in ["", "vetka-notch", "vb_abc", "vb_abc, vetka-notch", "chat, vb_abc", "vetka-notch, v"] {
        assert_eq!(offered(other), None, "{other}");
    }
}

#[test]
fn a_bearer_gives_way_after_an_hour() {
    assert!(!is_rotated(NOW, NOW + 60 * MINUTE_MS - 1));
    assert!(is_rotated(NOW, NOW + 60 * MINUTE_MS));
}

#[test]
fn what_is_kept_of_secrets_is_told_apart() {
    let all = [code_hash("x"), bearer_hash("x"), retry_hash("x"), nonce_hash("x", ""), typed_hash("x", "")];
    assert!(all.iter().enumerate().all(|(at, one)| !all.iter().skip(at + 1).any(|other| other == one)));
}

#[test]
fn a_grant_is_extended_once_a_day() {
    let expires = NOW + LIFETIME_MS;
    assert_eq!(extended(expires, NOW + UPDATE_AGE_MS - 1), None);
    assert_eq!(extended(expires, NOW + UPDATE_AGE_MS), Some(NOW + UPDATE_AGE_MS + LIFETIME_MS));
}

#[test]
fn only_our_own_frame_is_listened_to() {
    let sent = Sent { fetch_site: Some("same-origin"), origin: MAYA, changes: true, content_type: "application/json" };
    assert_eq!(check(&sent), Ok(()));
    for fetch_site in [None, Some(""), Some("none"), Some("same-site"), Some("cross-site"), Some("Same-Origin")] {
        assert_eq!(check(&Sent { fetch_site, ..sent }), Err(Refusal::Elsewhere), "{fetch_site:?}");
    }
    for content_type in ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        assert_eq!(check(&Sent { content_type, ..sent }), Err(Refusal::NotJson), "{content_type}");
        assert_eq!(check(&Sent { content_type, changes: false, ..sent }), Ok(()));
    }
    assert_eq!(check(&Sent { origin: "null", ..sent }), Err(Refusal::NoOrigin));
}

#[test]
fn origins_are_as_browsers_write_them() {
    for origin in
        [MAYA, "https://xn--mnchen-3ya.example", "http://maya.localhost:8787", "https://a.b:1", "http://a:443"]
    {
        assert!(is_origin(origin), "{origin}");
    }
    for other in [
        "",
        "null",
        "maya.dev",
        "https://",
        "https://maya.dev/",
        "https://maya.dev:443",
        "http://maya.dev:80",
        "https://Maya.dev",
        "https://ann@maya.dev",
        "https://maya.dev:",
        "https://maya.dev:0",
        "https://maya.dev:08",
        "https://maya.dev:+8",
        "https://maya.dev:65536",
        "https://maya.dev#",
        "https://maya dev",
        "https://maya.dev\r\nx: y",
        "https://münchen.example",
        "chrome-extension://abcdefgh",
        "file://",
        "HTTPS://maya.dev",
    ] {
        assert!(!is_origin(other), "{other}");
    }
}

#[test]
fn the_challenge_is_the_one_of_the_standard() {
    // RFC 7636, appendix B.
    assert_eq!(challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    assert!(is_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
    for other in ["", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"] {
        assert!(!is_challenge(other), "{other}");
    }
    assert!(!is_verifier(&"a".repeat(42)) && is_verifier(&"a".repeat(43)));
    assert!(is_verifier(&"~".repeat(128)) && !is_verifier(&"a".repeat(129)) && !is_verifier(&"+".repeat(43)));
}

#[test]
fn a_typed_code_is_read_as_people_type() {
    let code = typed_code([0, 7, 8, 31, 32, 40, 255, 13]);
    assert_eq!(code, "29AZ2AZF");
    for typed in ["29AZ2AZF", "29az-2azf", " 29AZ 2AZF ", "29az \u{2013} 2azf"] {
        assert_eq!(read_typed(typed).as_deref(), Some("29AZ2AZF"), "{typed}");
    }
    for typed in ["", "29AZ2AZ", "29AZ2AZFF", "29AZ2AZ0", "29AZ2AZ1", "29AZ2AZO", "29AZ2AZÄ"] {
        assert_eq!(read_typed(typed), None, "{typed}");
    }
}

#[test]
fn what_waits_under_one_name_is_not_found_under_another() {
    assert_ne!(code_hash("a"), typed_hash("a", ""));
    assert_ne!(typed_hash("ab", "c"), typed_hash("a", "bc"));
    assert_ne!(nonce_hash("ab", "c"), nonce_hash("a", "bc"));
}

proptest! {
    #[test]
    fn changing_any_character_forges_the_token(at in 0usize..300, with in "[A-Za-z0-9_-]") {
        let token = sign(&key(1), &granted(), NOW).unwrap();
        let at = at % token.len();
        let mut changed = token.clone();
        changed.replace_range(at..=at, &with);
        prop_assume!(changed != token);
        prop_assert_eq!(read_with(&[key(1)], &changed, NOW), Token::Forged);
    }

    #[test]
    fn reading_anything_does_not_panic(text in ".*") {
        prop_assert_eq!(read_with(&[key(1)], &text, NOW), Token::Forged);
        prop_assert!(!is_challenge(&text) || text.len() == 43);
        let _ = (is_origin(&text), is_verifier(&text), read_typed(&text), surplus(&text, "x").len());
    }

    #[test]
    fn what_was_drawn_is_read_however_it_is_typed(random in any::<[u8; 8]>(), at in 0usize..8, lower in any::<bool>()) {
        let code = typed_code(random);
        let mut typed = if lower { code.to_ascii_lowercase() } else { code.clone() };
        typed.insert(at, '-');
        prop_assert_eq!(read_typed(&typed), Some(code));
    }

    #[test]
    fn a_verifier_meets_its_own_challenge_alone(one in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}") {
        prop_assert!(is_verifier(&one) && is_challenge(&challenge(&one)));
        prop_assert_eq!(challenge(&one) == challenge(&other), one == other);
    }

    #[test]
    fn an_origin_is_said_in_one_line_of_a_policy(text in "https?://[a-z.:;, '/0-9-]{0,20}") {
        // It stands in `frame-ancestors`, where a space or a semicolon would begin something else.
        if is_origin(&text) {
            prop_assert!(!text.contains([' ', ';', ',', '\'']));
        }
    }
}
