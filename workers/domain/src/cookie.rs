//! Our cookies: their names, how they are written and how they are found again.
//!
//! The `__Host-` prefix makes browsers refuse the cookie unless it is Secure, for this host alone and for every path: a
//! site under the same domain can neither read nor plant it.

/// Carries the signed token of [`crate::session`].
pub const SESSION: &str = "__Host-vetka_session";
/// Carries the secret of the browser that asked for a code, so that the code works nowhere else.
pub const CODE_BROWSER: &str = "__Host-vetka_otp";

/// Carries the state of a sign-in on its way through a provider, so that it comes back in the browser that began it.
pub const OAUTH_STATE: &str = "__Host-vetka_state";

/// A `Set-Cookie` value. `max_age_s` is in seconds. The value must be of cookie characters: ours are base64url and dots.
pub fn set(name: &str, value: &str, max_age_s: i64) -> String {
    format!("{name}={value}; Max-Age={max_age_s}; Path=/; HttpOnly; Secure; SameSite=Lax")
}

/// A `Set-Cookie` value that removes the cookie.
pub fn clear(name: &str) -> String {
    set(name, "", 0)
}

/// The value of a cookie in a `Cookie` header. Of two with one name the first counts, as everywhere.
pub fn find<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_cookie_is_for_this_host_and_not_for_scripts() {
        let cookie = set(SESSION, "abc", 300);
        assert_eq!(cookie, "__Host-vetka_session=abc; Max-Age=300; Path=/; HttpOnly; Secure; SameSite=Lax");
        assert!(clear(SESSION).contains("=; Max-Age=0;"));
    }

    #[test]
    fn finds_a_cookie_by_its_whole_name() {
        let header = "x=1; not__Host-vetka_session=no; __Host-vetka_session=yes; __Host-vetka_session=late";
        assert_eq!(find(header, SESSION), Some("yes"));
        assert_eq!(find(header, CODE_BROWSER), None);
        assert_eq!(find("", SESSION), None);
        assert_eq!(find("__Host-vetka_session", SESSION), None);
    }

    proptest! {
        #[test]
        fn what_was_set_is_found(value in "[A-Za-z0-9._-]{0,80}", before in "[a-z]{1,8}=[a-z0-9]{0,8}") {
            let cookie = set(SESSION, &value, 60);
            let pair = cookie.split(';').next().unwrap();
            let header = format!("{before}; {pair}");
            prop_assert_eq!(find(&header, SESSION), Some(value.as_str()));
        }

        #[test]
        fn reading_anything_does_not_panic(header in ".*") {
            let _ = find(&header, SESSION);
        }
    }
}
