//! Names that the house keeps, and the rule for what looks like one of them.
//!
//! Two names look alike when they fold to the same text: a reader takes `supp0rt`, `sup-port`, `admln` and `vvww` for
//! what they imitate, so the fold forgets exactly the differences that a reader overlooks.

/// Where people expect the house itself, and where machines look for it. Sorted, so that a reader finds a name and a
/// test finds a double.
const NAMES: &str = "
    about abuse account accounts admin administrator admins agent agents alert alerts api apis app apps assets auth
    authenticate autoconfig autodiscover backup billing blob blobs board broadcasthost bugs build builder builds
    cache callback careers cdn changelog checkout ci-cd cloud code codes community config confirm console contact
    control cookie cpanel dashboard data database debug delete deploy deploys dev developer developers dns docs
    documentation domain domains download downloads edge email enterprise error errors events example explore fallback
    faq feed feeds files forgot ftp gateway git graphql guest health healthz help helpdesk host hosting hostmaster http
    https hub imap inbox info internal invite invoice invoices isatap jobs js kv legal live localdomain localhost
    log login logout logs mail mailer mailer-daemon mails manage manifest marketing media message messages metrics
    monitor mta-sts mx network news newsletter no-reply nobody noreply notch notification notifications ns null
    oauth official openid operator operators origin owner panel partner partners password passwords pay payment
    payments phishing policy pop portal postmaster preview previews pricing privacy private prod production profile
    proxy public register registration releases report reset root router rss sales sandbox sandboxes search secret
    secrets secure security server service services session sessions settings setup sftp sign-in sign-out sign-up
    signin signout signup site sites smtp snapshot snapshots social spam ssh ssl sso staff staging static stats
    status store sub subdomain subscribe support sys sysadmin system team teams telnet terms tls token tokens trust
    undefined unsubscribe update updates upload uploads usage usenet user users uucp vendi verification verify
    version versions vetka vetkash vpn web webhook webhooks webmail webmaster widget widgets wpad ws wss www
";

/// The name of the house may not be part of any other: `vetka-login` is what a thief would pick.
const HOUSE: &str = "vetka";

/// Whether a well-formed name is the house's own, or looks like it, also with digits behind it (`www2`, `mail01`).
pub(crate) fn is_reserved(text: &str) -> bool {
    let folded = fold(text);
    let without_number = fold(text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-'));
    folded.contains(&fold(HOUSE))
        || NAMES.split_whitespace().any(|name| {
            let name = fold(name);
            name == folded || name == without_number
        })
}

/// What is left of a name when everything is gone that a reader overlooks.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let c = match c {
            '-' => continue,
            '0' => 'o',
            '1' | 'i' | 'j' => 'l',
            '2' => 'z',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            '6' | '9' | 'q' => 'g',
            '7' => 't',
            '8' => 'b',
            other => other,
        };
        out.push(c);
        for (pair, one) in [("rn", "m"), ("vv", "w"), ("cl", "d")] {
            if out.ends_with(pair) {
                out.truncate(out.len() - pair.len());
                out.push_str(one);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_houses_names_are_kept() {
        for name in ["www", "api", "app", "admin", "mail", "notch", "vetka", "status", "support", "login", "mta-sts"] {
            assert!(is_reserved(name), "{name}");
        }
    }

    #[test]
    fn look_alikes_are_kept_too() {
        for name in [
            "supp0rt",
            "sup-port",
            "5upport",
            "adm1n",
            "admln",
            "adrnin",
            "a-d-m-i-n",
            "vvvvvv",
            "wvvw",
            "ap1",
            "apl",
            "1ogin",
            "iogin",
            "log1n",
            "rnail",
            "ma1l",
            "n0tch",
            "not-ch",
            "s7atus",
            "vetka",
            "ve7ka",
            "v3tk4",
            "biiling",
            "api2",
            "www1",
            "mail01",
            "admin-7",
            "vetka-login",
            "my-vetka",
            "vvebmail",
            "acl-min",
        ] {
            assert!(is_reserved(name), "{name}");
        }
    }

    #[test]
    fn names_of_people_and_shops_are_free() {
        for name in [
            "ann",
            "ben",
            "anna",
            "maria",
            "jim",
            "ian",
            "corn",
            "modern-life",
            "bakery",
            "cafe-nord",
            "mailbox-museum",
            "administration-of-cats",
            "apiary",
            "happy",
            "webster",
            "helping-hands",
            "statue",
            "loginov",
            "vera",
            "dan2",
        ] {
            assert!(!is_reserved(name), "{name}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_has_no_doubles() {
        let names: Vec<&str> = NAMES.split_whitespace().collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "[a-z0-9-]{0,30}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn hyphens_hide_no_reserved_name(at in 0usize..8, index in any::<prop::sample::Index>()) {
            let names: Vec<&str> = NAMES.split_whitespace().collect();
            let mut name = index.get(&names).to_string();
            let at = at.min(name.len());
            name.insert(at, '-');
            prop_assert!(is_reserved(&name));
        }
    }
}
