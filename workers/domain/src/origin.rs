//! Where a state-changing request comes from, and whether that is us.
//!
//! Sites that people build are same-site neighbours of the app, so SameSite cookies protect nothing here; the Origin
//! header does. Two rules: [`ours`] for our own routes, and BetterAuth's looser pair for `/api/auth/*`.

/// What a request says about where it comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sender<'a> {
    /// The `Origin` header.
    pub origin: Option<&'a str>,
    /// The `Referer` header; BetterAuth falls back to it.
    pub referer: Option<&'a str>,
    /// Whether there is a `Cookie` header, with whatever in it.
    pub has_cookie: bool,
    /// `Sec-Fetch-Site`.
    pub fetch_site: Option<&'a str>,
    /// `Sec-Fetch-Mode`.
    pub fetch_mode: Option<&'a str>,
    /// `Sec-Fetch-Dest`.
    pub fetch_dest: Option<&'a str>,
}

/// Why BetterAuth's rules refuse a request. All are 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Neither Origin nor Referer, or an opaque origin.
    MissingOrNull,
    /// From somewhere else.
    Foreign,
    /// A form or link of another site that navigates here.
    CrossSiteNavigation,
}

impl Refusal {
    /// The code on BetterAuth's wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::MissingOrNull => "MISSING_OR_NULL_ORIGIN",
            Self::Foreign => "INVALID_ORIGIN",
            Self::CrossSiteNavigation => "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
        }
    }

    /// The message on BetterAuth's wire.
    pub fn message(self) -> &'static str {
        match self {
            Self::MissingOrNull => "Missing or null Origin",
            Self::Foreign => "Invalid origin",
            Self::CrossSiteNavigation => {
                "Cross-site navigation login blocked. This request appears to be a CSRF attack."
            }
        }
    }
}

/// The rule of our own routes: the Origin header is there, and it is the app's, exactly.
pub fn ours(origin: Option<&str>, app_origin: &str) -> bool {
    origin == Some(app_origin)
}

/// BetterAuth's rule for every request that may change something: with a cookie there is an authority to abuse, so the
/// origin must be trusted.
pub fn check(sender: &Sender<'_>, app_origin: &str) -> Result<(), Refusal> {
    if sender.has_cookie { trusted(sender, app_origin) } else { Ok(()) }
}

/// BetterAuth's stricter rule for asking for a code, which must not be started from elsewhere even without a cookie.
pub fn check_login(sender: &Sender<'_>, app_origin: &str) -> Result<(), Refusal> {
    if sender.has_cookie {
        return trusted(sender, app_origin);
    }
    if sender.fetch_site == Some("cross-site") && sender.fetch_mode == Some("navigate") {
        return Err(Refusal::CrossSiteNavigation);
    }
    let from_browser = [sender.fetch_site, sender.fetch_mode, sender.fetch_dest]
        .iter()
        .any(|header| header.is_some_and(|value| !value.is_empty()));
    if from_browser || sender.origin.is_some() || sender.referer.is_some() {
        return trusted(sender, app_origin);
    }
    Ok(())
}

fn trusted(sender: &Sender<'_>, app_origin: &str) -> Result<(), Refusal> {
    match (sender.origin, sender.referer) {
        (Some("null"), _) if sender.fetch_site == Some("same-origin") => Ok(()),
        (Some("null" | ""), _) | (None, None) => Err(Refusal::MissingOrNull),
        (Some(origin), _) if origin == app_origin => Ok(()),
        (None, Some(referer)) if origin_of(referer) == Some(app_origin) => Ok(()),
        _ => Err(Refusal::Foreign),
    }
}

/// Scheme, host and port of a URL as a browser writes it.
pub(crate) fn origin_of(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    url.get(..scheme.len() + 3 + end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const APP: &str = "https://vetka.sh";

    fn with_cookie(origin: Option<&'static str>) -> Sender<'static> {
        Sender { origin, has_cookie: true, ..Sender::default() }
    }

    #[test]
    fn our_own_routes_want_exactly_our_origin() {
        assert!(ours(Some(APP), APP));
        for other in [None, Some(""), Some("null"), Some("http://vetka.sh"), Some("https://vetka.sh:443")] {
            assert!(!ours(other, APP), "{other:?}");
        }
    }

    #[test]
    fn a_generated_site_is_a_stranger_though_it_is_same_site() {
        assert!(!ours(Some("https://ann.vetka.sh"), APP));
        assert_eq!(check(&with_cookie(Some("https://ann.vetka.sh")), APP), Err(Refusal::Foreign));
    }

    #[test]
    fn a_cookie_wants_a_trusted_origin() {
        assert_eq!(check(&with_cookie(Some(APP)), APP), Ok(()));
        assert_eq!(check(&with_cookie(None), APP), Err(Refusal::MissingOrNull));
        assert_eq!(check(&with_cookie(Some("null")), APP), Err(Refusal::MissingOrNull));
        assert_eq!(check(&with_cookie(Some("https://evil.test")), APP), Err(Refusal::Foreign));
        let opaque = Sender { fetch_site: Some("same-origin"), ..with_cookie(Some("null")) };
        assert_eq!(check(&opaque, APP), Ok(()));
    }

    #[test]
    fn the_referer_counts_only_without_an_origin_and_by_its_origin() {
        let from = |referer| Sender { referer: Some(referer), ..with_cookie(None) };
        assert_eq!(check(&from("https://vetka.sh/setup?x=1"), APP), Ok(()));
        assert_eq!(check(&from("https://vetka.sh"), APP), Ok(()));
        assert_eq!(check(&from("https://vetka.sh.evil.test/"), APP), Err(Refusal::Foreign));
        assert_eq!(check(&from("https://vetka.sh@evil.test/"), APP), Err(Refusal::Foreign));
        let both = Sender { origin: Some("https://evil.test"), ..from("https://vetka.sh/") };
        assert_eq!(check(&both, APP), Err(Refusal::Foreign));
    }

    #[test]
    fn without_a_cookie_there_is_no_authority_to_abuse() {
        let stranger = Sender { origin: Some("https://evil.test"), ..Sender::default() };
        assert_eq!(check(&stranger, APP), Ok(()));
        assert_eq!(check_login(&stranger, APP), Err(Refusal::Foreign));
    }

    #[test]
    fn asking_for_a_code_is_stricter() {
        assert_eq!(check_login(&Sender::default(), APP), Ok(()), "curl");
        let navigation = Sender { fetch_site: Some("cross-site"), fetch_mode: Some("navigate"), ..Sender::default() };
        assert_eq!(check_login(&navigation, APP), Err(Refusal::CrossSiteNavigation));
        let node = Sender { fetch_mode: Some("cors"), ..Sender::default() };
        assert_eq!(check_login(&node, APP), Err(Refusal::MissingOrNull));
        assert_eq!(check_login(&Sender { origin: Some(APP), ..node }, APP), Ok(()));
        let referer = Sender { referer: Some("https://evil.test/"), ..Sender::default() };
        assert_eq!(check_login(&referer, APP), Err(Refusal::Foreign));
    }

    proptest! {
        #[test]
        fn with_a_cookie_only_our_origin_passes(origin in ".{0,40}") {
            prop_assume!(origin != APP);
            let sender = Sender { origin: Some(&origin), has_cookie: true, ..Sender::default() };
            prop_assert!(check(&sender, APP).is_err());
            prop_assert!(!ours(Some(&origin), APP));
        }
    }
}
