//! How often something may be done: a bucket of so many at once, refilled one at a time.
//!
//! The rule is GCRA ([virtual scheduling](https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm)): all that is kept of
//! a bucket is one number, the moment when it is full again, so that there is no window at whose edge twice as much fits.
//! Also owns who is counted: addresses without regard to how they are written, networks and not their single addresses.

use crate::{email::Email, otp, session::Key};
use std::net::{IpAddr, Ipv6Addr};

/// A bucket: its name within the subject, how many fit, and how long one takes to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Names the bucket of a subject; each limit has its own.
    pub name: &'static str,
    /// How many may come at once.
    pub burst: i64,
    /// Milliseconds until one more may come.
    pub every_ms: i64,
}

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Codes to one address asked for from one network: a person who mistypes, or whose mail is slow, needs a few.
pub const CODES_ADDRESS_NETWORK: Limit = limit("codes", 5, MINUTE);
/// Codes to one address, from wherever: nobody's inbox is to be filled from many networks.
pub const CODES_ADDRESS: Limit = limit("codes_address", 20, HOUR);
/// Codes asked for from one network, to whomever: a school behind one address may sign in together, but nobody mails the world.
pub const CODES_NETWORK: Limit = limit("codes_network", 100, 6 * SECOND);
/// Tries of codes for one address from one network. A code takes three of them itself.
pub const TRIES_ADDRESS_NETWORK: Limit = limit("tries", 10, 30 * SECOND);
/// Tries of codes from one network, for whichever addresses: guessing one code each of many addresses is guessing, too.
pub const TRIES_NETWORK: Limit = limit("tries_network", 100, 3 * SECOND);
/// New accounts from one network.
pub const SIGN_UPS: Limit = limit("sign_ups", 100, 30 * SECOND);
/// Sign-ins begun at a provider from one network.
pub const SOCIAL: Limit = limit("social", 60, 2 * SECOND);
/// Everything else on BetterAuth's wire from one network. Pages ask for the session often, and many people share a network.
pub const AUTH: Limit = limit("auth", 200, 100);
/// Looks for a free name from one network: one for each letter that somebody types, but no walk through the dictionary.
pub const NAME_CHECKS: Limit = limit("name_checks", 120, 500);
/// Names claimed by one account. Each person has one site, so this is for those who delete and begin again.
pub const NAMES: Limit = limit("names", 10, MINUTE);
/// Files of one account that go with messages.
pub const UPLOADS: Limit = limit("uploads", 30, 10 * SECOND);
/// Messages of one account to an agent. Each may cost money.
pub const MESSAGES: Limit = limit("messages", 30, 6 * SECOND);
/// Messages of one account to other sites: a lively talk fits, a machine that writes to everybody does not.
pub const LETTERS: Limit = limit("letters", 30, 2 * SECOND);
/// Sites that one account writes to without having been answered by them.
pub const FIRST_LETTERS: Limit = limit("first_letters", 20, 5 * MINUTE);
/// Everything else that one account changes.
pub const WRITES: Limit = limit("writes", 60, SECOND);
/// Codes from one network that the frame wants a grant for. Each works once, and a typed one bears five tries.
pub const REDEMPTIONS: Limit = limit("redemptions", 60, 2 * SECOND);
/// Exports of one account: each reads everything there is.
pub const EXPORTS: Limit = limit("exports", 3, HOUR);
/// Versions of one account that are taken home: each is read whole.
pub const ARCHIVES: Limit = limit("archives", 20, 30 * SECOND);
/// Comparisons of versions of one account. Each reads two lists of files, and some texts.
pub const COMPARISONS: Limit = limit("comparisons", 60, SECOND);
/// Looks of one account for its tag on a website. The page that waits for it looks every five seconds.
pub const LOOKS: Limit = limit("looks", 30, 4 * SECOND);
/// Domains that one account begins with for its site. Each that is proven is made at Cloudflare, and taken away again.
pub const DOMAINS: Limit = limit("domains", 10, 10 * MINUTE);
/// Looks at one website for whichever accounts: we are nobody's way to knock at somebody else's door.
pub const LOOKS_DOMAIN: Limit = limit("looks_domain", 60, 2 * SECOND);

/// Sites that one account begins to follow. Each of them is told so.
pub const FOLLOWS: Limit = limit("follows", 100, 10 * SECOND);

/// What whoever has, or guesses, the operator's key asks from one network.
pub const OPERATOR: Limit = limit("operator", 30, 2 * SECOND);
/// Reports about pages from one network.
pub const REPORTS_NETWORK: Limit = limit("reports_network", 10, 5 * MINUTE);
/// Reports about one site, from wherever: somebody looks at each, and the hundredth tells them nothing new.
pub const REPORTS_SITE: Limit = limit("reports_site", 60, 5 * MINUTE);

/// Mentions that one network tells us of: somebody who publishes a long page tells of each link.
pub const MENTIONS_NETWORK: Limit = limit("mentions_network", 60, 10 * SECOND);
/// Mentions of one site, from wherever.
pub const MENTIONS_SITE: Limit = limit("mentions_site", 120, 30 * SECOND);
/// Mentions that come from one website: each is a look at it, and we are nobody's way to knock at somebody else's door.
pub const MENTIONS_SOURCE: Limit = limit("mentions_source", 60, 20 * SECOND);
/// Reactions that one account leaves: a reader with much to say, but nobody's machine.
pub const REACTIONS: Limit = limit("reactions", 30, 3 * SECOND);
/// Reactions that are left on one site, by whomever.
pub const REACTIONS_SITE: Limit = limit("reactions_site", 600, 200);

/// Organizations that one account makes.
pub const ORGANIZATIONS: Limit = limit("organizations", 10, 5 * MINUTE);
/// Invites that one account sends. Each may be a mail to somebody who did not ask for it.
pub const INVITES: Limit = limit("invites", 30, MINUTE);
/// Invites that are mailed to one address, by whomever: nobody's inbox is to be filled from many accounts either.
pub const INVITES_ADDRESS: Limit = limit("invites_address", 10, HOUR);
/// Invites that are tried from one network: nobody is to guess one.
pub const INVITE_TRIES: Limit = limit("invite_tries", 60, 5 * SECOND);
/// Keys of one account that are tried at the model's service.
pub const KEYS: Limit = limit("keys", 10, 30 * SECOND);
/// Builds of templates that one account begins. Each keeps a machine busy for minutes.
pub const TEMPLATES: Limit = limit("templates", 10, 5 * MINUTE);
/// Questions of one account to GitHub, which counts them as well.
pub const FORGE: Limit = limit("forge", 120, SECOND);
/// Proposals of settings for one account: each is up to forty questions to GitHub.
pub const PROPOSALS: Limit = limit("proposals", 10, 20 * SECOND);

/// Sessions that one account starts. Each is a machine of its own.
pub const SESSIONS: Limit = limit("sessions", 10, 2 * MINUTE);
/// Sessions that are started in one organization.
pub const SESSIONS_ORGANIZATION: Limit = limit("sessions_organization", 40, MINUTE);
/// Messages to the agents of one organization, by whomever.
pub const MESSAGES_ORGANIZATION: Limit = limit("messages_organization", 200, 2 * SECOND);

/// Pictures of places in previews that one account points at. Each keeps a browser busy for seconds.
pub const PICTURES: Limit = limit("pictures", 24, 5 * SECOND);

const fn limit(name: &'static str, burst: i64, every_ms: i64) -> Limit {
    Limit { name, burst, every_ms }
}

/// What asking a bucket for one comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Go on; keep this as the moment when the bucket is full again.
    Yes {
        /// Unix milliseconds UTC.
        full_at: i64,
    },
    /// Not yet. Nothing has changed, and one that comes after this wait is let through if nobody came before it.
    Wait {
        /// Milliseconds, at least 1.
        ms: i64,
    },
}

/// Takes one out of a bucket that was to be full again at `full_at`; 0 for one that nobody has touched.
pub fn take(full_at: i64, now: i64, limit: Limit) -> Taken {
    let empty = now + limit.burst * limit.every_ms;
    // A clock that was set back must not close a bucket for longer than emptying it does.
    let next = full_at.clamp(now, empty) + limit.every_ms;
    if next <= empty { Taken::Yes { full_at: next } } else { Taken::Wait { ms: next - empty } }
}

/// Puts one back that was taken for something that was then refused elsewhere.
pub fn put_back(full_at: i64, limit: Limit) -> i64 {
    full_at - limit.every_ms
}

/// Whom a bucket belongs to.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// An e-mail address.
    Address(&'a Email),
    /// An e-mail address as seen from one network, so that strangers elsewhere use up nothing of its owner's.
    AddressAndNetwork(&'a Email, &'a Network),
    /// An account, by its id.
    Account(&'a str),
    /// Everybody behind one connection.
    Network(&'a Network),
    /// A website that we ask something of, by its domain.
    Domain(&'a str),
    /// Everybody in an organization, by its id.
    Organization(&'a str),
}

impl Subject<'_> {
    /// Under which name the subject's buckets are kept: a keyed hash, so that whoever sees the name learns nobody's address.
    pub fn object_name(&self, key: &Key) -> String {
        match self {
            Self::Address(email) => otp::keyed(key, &["limit", "address", &mailbox(email)]),
            Self::AddressAndNetwork(email, network) => {
                otp::keyed(key, &["limit", "address-and-network", &mailbox(email), &network.0])
            }
            Self::Account(id) => otp::keyed(key, &["limit", "account", id]),
            Self::Network(network) => otp::keyed(key, &["limit", "network", &network.0]),
            Self::Domain(domain) => otp::keyed(key, &["limit", "domain", domain]),
            Self::Organization(id) => otp::keyed(key, &["limit", "organization", id]),
        }
    }
}

/// Where an address's mail goes: at most services, `ann+anything@x.test` is Ann's.
fn mailbox(email: &Email) -> String {
    match email.as_str().split_once('@') {
        Some((local, domain)) => format!("{}@{domain}", local.split('+').next().unwrap_or_default()),
        None => email.to_string(),
    }
}

/// A network as far as limits care: an IPv4 address, or the /64 that one connection gets at the least with IPv6.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Network(String);

impl Network {
    /// Of the address that the edge names (`CF-Connecting-IP`). All requests without one that can be read share a network.
    pub fn of(address: Option<&str>) -> Self {
        let address = address.and_then(|address| address.trim().parse::<IpAddr>().ok()).map(|ip| ip.to_canonical());
        Self(match address {
            Some(IpAddr::V4(v4)) => v4.to_string(),
            Some(IpAddr::V6(v6)) => format!("{}/64", Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
            None => "unknown".to_owned(),
        })
    }
}

/// A wait in whole seconds, after which one is let through.
pub fn seconds(wait_ms: i64) -> i64 {
    wait_ms.div_euclid(SECOND) + i64::from(wait_ms.rem_euclid(SECOND) > 0)
}

/// A wait as a person would say it, never shorter than it is: `40 seconds`, `2 minutes`, `3 hours`.
pub fn words(seconds: i64) -> String {
    let (number, unit) = match seconds {
        ..=90 => (seconds.max(1), "second"),
        91..=5400 => (round_up(seconds, 60), "minute"),
        _ => (round_up(seconds, 3600), "hour"),
    };
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

fn round_up(number: i64, step: i64) -> i64 {
    (number + step - 1) / step
}

#[cfg(test)]
mod tests;
