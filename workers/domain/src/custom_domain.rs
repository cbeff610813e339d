//! A domain that somebody owns and wants their generated site at: how far it has got, what comes next, and when to look
//! again. The rules only; who asks Cloudflare and the resolver is the api worker.
//!
//! The way is: proven (a TXT record names the account), pointed here (a CNAME), certified, active. Cloudflare decides about
//! the last three; what the resolver says is for telling people what is missing.

use crate::external::domain::is_below;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// How long a domain may be on its way before it is let go: an address that nobody points here is no use to anybody, and
/// each is counted at Cloudflare.
pub const PATIENCE_MS: i64 = 30 * DAY_MS;

/// How far a domain has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The record that names the account has not been seen.
    Unproven,
    /// Proven; its DNS does not lead here yet.
    Unpointed,
    /// It leads here; its certificate is being made.
    Certificate,
    /// The site is there.
    Active,
    /// It led here, and does not any more.
    Moved,
    /// Cloudflare refuses to carry it, for abuse mostly.
    Blocked,
    /// Cloudflare does not take such a name at all.
    Refused,
    /// It is being undone.
    Leaving,
}

impl State {
    /// Every state, in the order above.
    pub const ALL: [Self; 8] = [
        Self::Unproven,
        Self::Unpointed,
        Self::Certificate,
        Self::Active,
        Self::Moved,
        Self::Blocked,
        Self::Refused,
        Self::Leaving,
    ];

    /// The column `custom_domain.state`, and `state` in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unproven => "unproven",
            Self::Unpointed => "unpointed",
            Self::Certificate => "certificate",
            Self::Active => "active",
            Self::Moved => "moved",
            Self::Blocked => "blocked",
            Self::Refused => "refused",
            Self::Leaving => "leaving",
        }
    }

    /// Reads the column. A state that only a newer version knows is one to look at again.
    pub fn from_column(value: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == value).unwrap_or(Self::Unpointed)
    }

    /// What it becomes by what Cloudflare says of the hostname and of its certificate.
    ///
    /// What is served goes on being served while its certificate is renewed: only a hostname that has gone, or a
    /// certificate that has ended, takes a site away from its domain.
    pub fn after(self, hostname: &str, certificate: &str) -> Self {
        match hostname {
            "blocked" | "pending_blocked" | "test_blocked" => Self::Blocked,
            "moved" | "deleted" | "pending_deletion" | "test_failed" => Self::Moved,
            "active" | "active_redeploying" if certificate == "active" => Self::Active,
            "active" | "active_redeploying"
                if self == Self::Active && !matches!(certificate, "expired" | "deleted" | "inactive") =>
            {
                Self::Active
            }
            "active" | "active_redeploying" => Self::Certificate,
            _ if self == Self::Active => Self::Moved,
            _ => Self::Unpointed,
        }
    }

    /// Whether it is over for a domain that has been in this state since then.
    pub fn is_given_up(self, since: i64, now: i64) -> bool {
        matches!(self, Self::Unproven | Self::Unpointed | Self::Certificate | Self::Moved | Self::Refused)
            && now - since >= PATIENCE_MS
    }

    /// How long until the schedule looks again. Whoever waits has just changed their DNS; as time goes by, that becomes
    /// less and less likely.
    pub fn pause(self, since: i64, attempts: i64, now: i64) -> i64 {
        match self {
            Self::Active | Self::Blocked | Self::Refused => DAY_MS,
            // Only what failed is tried again.
            Self::Leaving => (MINUTE_MS << attempts.clamp(0, 10)).min(DAY_MS),
            Self::Unproven | Self::Unpointed | Self::Certificate | Self::Moved => match now - since {
                ..HOUR_MS => 4 * MINUTE_MS,
                HOUR_MS..DAY_MS => 15 * MINUTE_MS,
                _ => 2 * HOUR_MS,
            },
        }
    }
}

/// Where a name leads, as far as the resolver knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointing {
    /// To the host that visitors of custom domains come in by.
    Here,
    /// To somebody else's.
    Elsewhere,
    /// To nobody's.
    Nowhere,
}

impl Pointing {
    /// The column `custom_domain.pointing`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Elsewhere => "elsewhere",
            Self::Nowhere => "nowhere",
        }
    }

    /// Reads the column.
    pub fn from_column(value: &str) -> Option<Self> {
        [Self::Here, Self::Elsewhere, Self::Nowhere].into_iter().find(|pointing| pointing.as_str() == value)
    }
}

/// What stood in the way of the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Cloudflare or the resolver did not answer, or told us to wait.
    Silent,
    /// This installation has as many domains as it may.
    Full,
    /// Another account has proven the domain.
    Taken,
}

impl Trouble {
    /// The column `custom_domain.trouble`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Full => "full",
            Self::Taken => "taken",
        }
    }

    /// Reads the column.
    pub fn from_column(value: &str) -> Option<Self> {
        [Self::Silent, Self::Full, Self::Taken].into_iter().find(|trouble| trouble.as_str() == value)
    }
}

/// What there is to tell the owner, in a sentence: what is missing and what to do.
pub fn sentence(state: State, pointing: Option<Pointing>, trouble: Option<Trouble>) -> &'static str {
    match (state, pointing, trouble) {
        (State::Unproven | State::Unpointed | State::Certificate | State::Moved, _, Some(Trouble::Silent)) => {
            "We could not look just now, and try again by ourselves. There is nothing you need to do about that."
        }
        (State::Unpointed, _, Some(Trouble::Full)) => {
            "Your record is there, but no further domains fit here just now. We try again every few hours."
        }
        (State::Unproven, _, Some(Trouble::Taken)) => {
            "Your record is there, but the domain belongs to another account here. Remove it there first, or take the record of that account out of your DNS and wait a few days."
        }
        (State::Unproven, ..) => {
            "The TXT record that shows the domain is yours is not there yet. After you have set it, it can take an hour until it is known everywhere."
        }
        (State::Unpointed, Some(Pointing::Elsewhere), _) => {
            "The domain is yours, but it still leads somewhere else. Replace what stands there now with the CNAME record."
        }
        (State::Unpointed, Some(Pointing::Here), _) => {
            "Both records are there. Cloudflare, which carries the domain, looks for itself now; that takes a few minutes."
        }
        (State::Unpointed, ..) => {
            "The domain is yours. Now it has to lead here: the CNAME record is not there yet, or not known everywhere."
        }
        (State::Certificate, ..) => {
            "The domain leads here. Its certificate, which encrypts the visits, is being made; that takes a few minutes."
        }
        (State::Active, ..) => "Your site is at this domain.",
        (State::Moved, ..) => {
            "The domain does not lead here any more, so your site is at its first address only. Set the CNAME record again to bring it back."
        }
        (State::Blocked, ..) => {
            "Cloudflare, which carries domains for us, refuses to carry this one. They know why: write to abusereply@cloudflare.com, or use another domain."
        }
        (State::Refused, ..) => {
            "Cloudflare, which carries domains for us, does not take a name like this one. Remove it and use another."
        }
        (State::Leaving, ..) => "This domain is being removed.",
    }
}

/// Whether a name is a domain as it was bought, without anything before it: most DNS services allow no CNAME there. Without
/// the list of public suffixes this is a guess, which is enough for a piece of advice.
pub fn is_apex(hostname: &str) -> bool {
    const SECOND: [&str; 10] = ["ac", "co", "com", "edu", "gov", "gv", "ne", "net", "or", "org"];
    let labels: Vec<&str> = hostname.split('.').collect();
    match labels.as_slice() {
        [_, _] => true,
        [_, second, country] => country.len() == 2 && SECOND.contains(second),
        _ => false,
    }
}

/// The part of a record's name that some DNS services want: without the domain that was bought.
pub fn short_name(name: &str, hostname: &str) -> String {
    let mut bought = hostname;
    while !is_apex(bought) {
        match bought.split_once('.') {
            Some((_, rest)) if rest.contains('.') => bought = rest,
            _ => break,
        }
    }
    match name.strip_suffix(bought).and_then(|before| before.strip_suffix('.')) {
        Some(before) => before.to_owned(),
        None => "@".to_owned(),
    }
}

/// The host that custom domains are pointed at. Its name is kept from sites.
pub fn fallback_host(sites_domain: &str) -> String {
    format!("{FALLBACK}.{sites_domain}")
}

/// The label of that host.
pub const FALLBACK: &str = "fallback";

/// Where a name leads, by the names that a resolver went through for it and the addresses it ended at. A name at the top of
/// a zone has addresses only, which its DNS service took from our host.
pub fn pointing<A: PartialEq>(aliases: &[String], addresses: &[A], ours: &[A], fallback: &str) -> Pointing {
    let here = aliases.iter().any(|alias| is_below(alias.trim_end_matches('.'), fallback))
        || addresses.iter().any(|address| ours.contains(address));
    match (here, aliases.is_empty() && addresses.is_empty()) {
        (true, _) => Pointing::Here,
        (false, true) => Pointing::Nowhere,
        (false, false) => Pointing::Elsewhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_795_242_452_000;

    #[test]
    fn columns_come_back_as_they_were_written() {
        for state in State::ALL {
            assert_eq!(State::from_column(state.as_str()), state);
        }
        for pointing in [Pointing::Here, Pointing::Elsewhere, Pointing::Nowhere] {
            assert_eq!(Pointing::from_column(pointing.as_str()), Some(pointing));
        }
        for trouble in [Trouble::Silent, Trouble::Full, Trouble::Taken] {
            assert_eq!(Trouble::from_column(trouble.as_str()), Some(trouble));
        }
        assert_eq!(State::from_column("of a newer version"), State::Unpointed);
    }

    #[test]
    fn goes_the_way_that_cloudflare_goes() {
        let mut state = State::Unpointed;
        for (hostname, certificate, wanted) in [
            ("pending", "initializing", State::Unpointed),
            ("pending", "pending_validation", State::Unpointed),
            ("active", "pending_validation", State::Certificate),
            ("active", "pending_issuance", State::Certificate),
            ("active", "pending_deployment", State::Certificate),
            ("active", "active", State::Active),
            ("active", "pending_validation", State::Active),
            ("active_redeploying", "active", State::Active),
            ("active", "expired", State::Certificate),
            ("active", "active", State::Active),
            ("moved", "active", State::Moved),
            ("pending", "pending_validation", State::Unpointed),
            ("active", "active", State::Active),
            ("blocked", "active", State::Blocked),
        ] {
            state = state.after(hostname, certificate);
            assert_eq!(state, wanted, "{hostname} {certificate}");
        }
        assert_eq!(State::Active.after("pending", "active"), State::Moved);
    }

    proptest! {
        #[test]
        fn nothing_is_active_unless_the_hostname_is(from in 0..8usize, hostname in "[a-z_]{0,20}", certificate in "active|[a-z_]{0,12}") {
            let state = State::ALL[from].after(&hostname, &certificate);
            if state == State::Active {
                prop_assert!(hostname.starts_with("active"));
                prop_assert!(certificate == "active" || State::ALL[from] == State::Active);
            }
        }

        #[test]
        fn pauses_are_never_shorter_than_a_minute_nor_longer_than_a_day(at in 0..8usize, ago in 0..90 * DAY_MS, attempts in -1..2000i64) {
            let pause = State::ALL[at].pause(NOW - ago, attempts, NOW);
            prop_assert!((MINUTE_MS..=DAY_MS).contains(&pause), "{pause}");
        }
    }

    #[test]
    fn what_is_on_its_way_is_given_up_and_what_is_there_is_not() {
        for state in State::ALL {
            assert!(!state.is_given_up(NOW - PATIENCE_MS + 1, NOW), "{state:?}");
        }
        assert!(State::Unproven.is_given_up(NOW - PATIENCE_MS, NOW) && State::Moved.is_given_up(0, NOW));
        assert!(
            !State::Active.is_given_up(0, NOW)
                && !State::Leaving.is_given_up(0, NOW)
                && !State::Blocked.is_given_up(0, NOW)
        );
    }

    #[test]
    fn every_state_has_a_sentence() {
        for state in State::ALL {
            for pointing in [None, Some(Pointing::Here), Some(Pointing::Elsewhere), Some(Pointing::Nowhere)] {
                for trouble in [None, Some(Trouble::Silent), Some(Trouble::Full), Some(Trouble::Taken)] {
                    assert!(sentence(state, pointing, trouble).ends_with('.'));
                }
            }
        }
    }

    #[test]
    fn tells_where_a_name_leads() {
        let at = |aliases: &[&str], addresses: &[u8]| {
            let aliases: Vec<String> = aliases.iter().map(ToString::to_string).collect();
            pointing(&aliases, addresses, &[7, 8], "fallback.vetka.sh")
        };
        assert_eq!(at(&[], &[]), Pointing::Nowhere);
        assert_eq!(at(&["fallback.vetka.sh."], &[]), Pointing::Here);
        assert_eq!(at(&["other.example", "fallback.vetka.sh"], &[9]), Pointing::Here);
        assert_eq!(at(&["notfallback.vetka.sh"], &[9]), Pointing::Elsewhere);
        assert_eq!(at(&[], &[8]), Pointing::Here);
        assert_eq!(at(&[], &[9]), Pointing::Elsewhere);
    }

    #[test]
    fn knows_the_top_of_a_zone_and_what_stands_before_it() {
        for (name, apex) in [
            ("ann.example", true),
            ("ann.co.uk", true),
            ("www.ann.example", false),
            ("www.ann.co.uk", false),
            ("a.b.ann.example", false),
        ] {
            assert_eq!(is_apex(name), apex, "{name}");
        }
        assert_eq!(short_name("www.ann.example", "www.ann.example"), "www");
        assert_eq!(short_name("_vetka.www.ann.co.uk", "www.ann.co.uk"), "_vetka.www");
        assert_eq!(short_name("_vetka.ann.example", "ann.example"), "_vetka");
        assert_eq!(short_name("ann.example", "ann.example"), "@");
        assert_eq!(short_name("a.b.ann.example", "a.b.ann.example"), "a.b");
        assert_eq!(short_name("shop.localhost", "shop.localhost"), "@");
    }

    #[test]
    fn no_site_can_have_the_name_that_domains_are_pointed_at() {
        assert!(crate::label::Label::parse(FALLBACK).is_err());
    }
}
