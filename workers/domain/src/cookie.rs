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

/// Carries the state of a connection to GitHub on its way there and back, and where to go on.
pub const GITHUB_STATE: &str = "__Host-vetka_github";

/// Lets somebody look at the preview of one session, on an origin that is that session's.
pub const PREVIEW: &str = "__Host-vetka_preview";

/// What the names of the cookies begin with that carry the signed tokens of [`crate::notch`]. What follows is
/// [`crate::notch::cookie_name`]'s.
pub const NOTCH: &str = "__Host-notch";

/// A `Set-Cookie` value for the frame on other people's pages. Browsers keep such a cookie apart for each site on which the
/// frame stands. Nothing about that, nor about SameSite, is relied on: the page itself can have it sent.
pub fn set_partitioned(name: &str, value: &str, max_age_s: i64) -> String {
    format!("{name}={value}; Max-Age={max_age_s}; Path=/; HttpOnly; Secure; SameSite=None; Partitioned")
}

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

/// The names in a `Cookie` header that begin with `prefix`, in the order in which they came. Browsers send the oldest first.
pub fn names<'a>(header: &'a str, prefix: &str) -> impl Iterator<Item = &'a str> {
    let names = header.split(';').filter_map(|pair| pair.split_once('=')).map(|(name, _)| name.trim());
    names.filter(move |name| name.starts_with(prefix))
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
    fn the_frame_gets_a_cookie_for_the_site_it_stands_on() {
        let cookie = set_partitioned("__Host-notch-1", "abc", 300);
        assert_eq!(cookie, "__Host-notch-1=abc; Max-Age=300; Path=/; HttpOnly; Secure; SameSite=None; Partitioned");
    }

    #[test]
    fn lists_names_in_their_order() {
        let found: Vec<_> = names("a=1; __Host-notch-2=x;__Host-notch-1=; b; x__Host-notch=3", NOTCH).collect();
        assert_eq!(found, ["__Host-notch-2", "__Host-notch-1"]);
        assert_eq!(names("", NOTCH).count(), 0);
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
