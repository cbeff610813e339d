//! Which limits stand before what. They come before the work, and before anything is told: what they answer depends on
//! how often somebody asked, never on whether an address has an account. The numbers are in `vetka_domain::limit`.

use crate::ask::Ask;
use vetka_domain::{
    email::Email,
    limit::{
        ARCHIVES, AUTH, CODES_ADDRESS, CODES_ADDRESS_NETWORK, CODES_NETWORK, COMPARISONS, DOMAINS, EXPORTS,
        FIRST_LETTERS, FOLLOWS, LETTERS, LOOKS, LOOKS_DOMAIN, NAME_CHECKS, NAMES, OPERATOR, REACTIONS, REACTIONS_SITE,
        REDEMPTIONS, REPORTS_NETWORK, REPORTS_SITE, SIGN_UPS, SOCIAL, Subject, TRIES_ADDRESS_NETWORK, TRIES_NETWORK,
    },
};
use vetka_edge::{
    Result,
    limit::{Rule, take},
};

/// Before it is looked whether somebody has the operator's key.
pub async fn operator(ask: &Ask) -> Result<()> {
    take(ask.env(), &[Rule(OPERATOR, Subject::Network(&ask.network()))]).await
}

/// Before a code is mailed.
///
/// # Errors
/// 429, here as in all of these.
pub async fn codes(ask: &Ask, email: &Email) -> Result<()> {
    let network = ask.network();
    let rules = [
        Rule(CODES_NETWORK, Subject::Network(&network)),
        Rule(CODES_ADDRESS_NETWORK, Subject::AddressAndNetwork(email, &network)),
        Rule(CODES_ADDRESS, Subject::Address(email)),
    ];
    take(ask.env(), &rules).await
}

/// Before a code is tried.
pub async fn tries(ask: &Ask, email: &Email) -> Result<()> {
    let network = ask.network();
    let rules = [
        Rule(TRIES_NETWORK, Subject::Network(&network)),
        Rule(TRIES_ADDRESS_NETWORK, Subject::AddressAndNetwork(email, &network)),
    ];
    take(ask.env(), &rules).await
}

/// Before an account is made, for somebody who has proven an address that has none.
pub async fn sign_ups(ask: &Ask) -> Result<()> {
    take(ask.env(), &[Rule(SIGN_UPS, Subject::Network(&ask.network()))]).await
}

/// Before somebody is sent to a provider.
pub async fn social(ask: &Ask) -> Result<()> {
    take(ask.env(), &[Rule(SOCIAL, Subject::Network(&ask.network()))]).await
}

/// Before anything on BetterAuth's wire that has no limit of its own. Asked at the door, so that no endpoint is forgotten.
pub async fn auth(ask: &Ask) -> Result<()> {
    let endpoint = ask.target().path.strip_prefix("/api/auth/").unwrap_or_default();
    if endpoint.starts_with("email-otp/") || endpoint.starts_with("sign-in/") {
        return Ok(());
    }
    take(ask.env(), &[Rule(AUTH, Subject::Network(&ask.network()))]).await
}

/// Before it is looked whether a name is free.
pub async fn name_checks(ask: &Ask) -> Result<()> {
    take(ask.env(), &[Rule(NAME_CHECKS, Subject::Network(&ask.network()))]).await
}

/// Before a name is claimed.
pub async fn names(ask: &Ask, user_id: &str) -> Result<()> {
    take(ask.env(), &[Rule(NAMES, Subject::Account(user_id))]).await
}

/// Before everything of an account is put together.
pub async fn exports(ask: &Ask, user_id: &str) -> Result<()> {
    take(ask.env(), &[Rule(EXPORTS, Subject::Account(user_id))]).await
}

/// Before a version is put together for taking home.
pub async fn archives(ask: &Ask, user_id: &str) -> Result<()> {
    take(ask.env(), &[Rule(ARCHIVES, Subject::Account(user_id))]).await
}

/// Before two versions are compared.
pub async fn comparisons(ask: &Ask, user_id: &str) -> Result<()> {
    take(ask.env(), &[Rule(COMPARISONS, Subject::Account(user_id))]).await
}

/// Before somebody begins with a domain for their site.
pub async fn domains(ask: &Ask, user_id: &str) -> Result<()> {
    take(ask.env(), &[Rule(DOMAINS, Subject::Account(user_id))]).await
}

/// Before one site writes to another. What is written to those who never answered is counted twice.
pub async fn letters(ask: &Ask, user_id: &str, unanswered: bool) -> Result<()> {
    let account = Subject::Account(user_id);
    take(ask.env(), &[Rule(LETTERS, account)]).await?;
    if unanswered { take(ask.env(), &[Rule(FIRST_LETTERS, account)]).await } else { Ok(()) }
}

/// Before a site is followed.
pub async fn follows(ask: &Ask, user_id: &str) -> Result<()> {
    take(ask.env(), &[Rule(FOLLOWS, Subject::Account(user_id))]).await
}

/// Before a website that is no member's is looked at, to follow it.
pub async fn follows_of_website(ask: &Ask, user_id: &str, domain: &str) -> Result<()> {
    take(ask.env(), &[Rule(FOLLOWS, Subject::Account(user_id)), Rule(LOOKS_DOMAIN, Subject::Domain(domain))]).await
}

/// Before a website is asked for an account's tag.
pub async fn looks(ask: &Ask, user_id: &str, domain: &str) -> Result<()> {
    take(ask.env(), &[Rule(LOOKS, Subject::Account(user_id)), Rule(LOOKS_DOMAIN, Subject::Domain(domain))]).await
}

/// Before the frame gets a grant for a code.
pub async fn redemptions(ask: &Ask) -> Result<()> {
    take(ask.env(), &[Rule(REDEMPTIONS, Subject::Network(&ask.network()))]).await
}

/// Before something is left on a page of the site with this domain.
pub async fn reactions(ask: &Ask, user_id: &str, domain: &str) -> Result<()> {
    let rules = [Rule(REACTIONS, Subject::Account(user_id)), Rule(REACTIONS_SITE, Subject::Domain(domain))];
    take(ask.env(), &rules).await
}

/// Before a report is read further.
pub async fn reports(ask: &Ask) -> Result<()> {
    take(ask.env(), &[Rule(REPORTS_NETWORK, Subject::Network(&ask.network()))]).await
}

/// Before a report about a site is kept.
pub async fn reports_of_site(ask: &Ask, domain: &str) -> Result<()> {
    take(ask.env(), &[Rule(REPORTS_SITE, Subject::Domain(domain))]).await
}
