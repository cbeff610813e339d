//! What was done with an account, in words.

use crate::pages::text;
use maud::{Markup, html};
use vetka_domain::{audit::Kind, oauth::Provider, user_agent};

/// Something that was done.
#[derive(Clone, Debug)]
pub struct Done {
    /// What it was; `None` for a kind that only a newer version knows.
    pub kind: Option<Kind>,
    /// What it was done to.
    pub subject: String,
    /// The browser's name for itself; empty for what happened by itself.
    pub user_agent: String,
    /// `Graz, AT`; empty when it is not known.
    pub place: String,
    /// The network's address; empty for what happened by itself.
    pub ip_address: String,
    /// Unix milliseconds UTC.
    pub at: i64,
}

/// A page of the list.
#[derive(Clone, Copy, Debug)]
pub struct Activity<'a> {
    /// Newest first.
    pub done: &'a [Done],
    /// Where the page of older entries begins.
    pub older: Option<&'a str>,
    /// Whether this is a page of older entries itself.
    pub back: bool,
}

pub(super) fn section(view: Activity<'_>) -> Markup {
    html! {
        section.card.sheet.part #activity aria-labelledby="activity-title" {
            h2 #activity-title { "Activity" }
            p {
                "What was done with your account, the newest first. Nothing is ever taken off this list. If there is "
                "something you did not do, sign out everywhere else and look at who can read your mail."
            }
            @if view.done.is_empty() {
                p.quiet { "Nothing yet." }
            } @else {
                ol.log #log role="list" { @for done in view.done { (row(done)) } }
            }
            @if view.back || view.older.is_some() {
                p.row #log-pages {
                    @if view.back { a.button.plain href="/settings#activity" { "Newest" } }
                    @if let Some(cursor) = view.older {
                        a.button.plain #older href={ "/settings?activity=" (cursor) "#activity" } { "Older" }
                    }
                }
            }
        }
    }
}

fn row(done: &Done) -> Markup {
    let by_itself = done.user_agent.is_empty() && done.ip_address.is_empty();
    html! {
        li class=[grave(done.kind).then_some("grave")] {
            p.log-what { (sentence(done.kind, &done.subject)) }
            p.entry-facts {
                time datetime=(text::rfc3339(done.at)) { (text::date_time(done.at)) }
                @if !by_itself { span { (user_agent::read(&done.user_agent).words()) } }
                @for place in [&done.place, &done.ip_address] {
                    @if !place.is_empty() { span { (place) } }
                }
            }
        }
    }
}

/// What somebody should see at a glance: who came in, and what cannot be taken back.
fn grave(kind: Option<Kind>) -> bool {
    matches!(
        kind,
        Some(
            Kind::SignedIn
                | Kind::ProviderConnected
                | Kind::SiteDeleted
                | Kind::ProofLost
                | Kind::DomainPassedOn
                | Kind::TakenDown
                | Kind::DomainLost
                | Kind::Exported
                | Kind::DeletionAsked
        )
    )
}

fn sentence(kind: Option<Kind>, subject: &str) -> String {
    let provider = Provider::parse(subject).map_or(subject, |provider| provider.label());
    let Some(kind) = kind else { return "Something that this page has no words for yet".to_owned() };
    match kind {
        Kind::SignedIn if subject == "email" => "Signed in with a code by mail".to_owned(),
        Kind::SignedIn => format!("Signed in with {provider}"),
        Kind::SignedOut => "Signed out".to_owned(),
        Kind::SessionRevoked => format!("Signed out another device: {}", user_agent::read(subject).words()),
        Kind::ProviderConnected => format!("Connected {provider}"),
        Kind::ProviderDisconnected => format!("Disconnected {provider}"),
        Kind::ProfileChanged => format!("Changed the {subject}"),
        Kind::SiteCreated => format!("Added the site {subject}"),
        Kind::SiteDeleted => format!("Deleted the site {subject}"),
        Kind::Deployed => format!("A new version of {subject} went live"),
        Kind::RolledBack => format!("Went back to an earlier version of {subject}"),
        Kind::ProofLost => format!("{subject} no longer shows that it is yours"),
        Kind::ProofFound => format!("{subject} shows again that it is yours"),
        Kind::DomainPassedOn => format!("{subject} was shown to be somebody else’s and is theirs now"),
        Kind::TakenDown => format!("{subject} was taken down by Vetka"),
        Kind::PutBack => format!("{subject} was put back by Vetka"),
        Kind::DomainConnected => format!("{subject} leads to your site"),
        Kind::DomainRemoved => format!("Removed the domain {subject}"),
        Kind::DomainLost => format!("{subject} does not lead to your site any more"),
        Kind::SiteChanged => format!("Changed the settings of {subject}"),
        Kind::KnownOn => format!("Let {subject} show you Notch as yourself"),
        Kind::ForgottenOn => format!("Signed out of Notch on {subject}"),
        Kind::Exported => "Downloaded everything".to_owned(),
        Kind::DeletionAsked => match text::day(subject) {
            Some(day) => format!("Asked for the account to be deleted on {day}"),
            None => "Asked for the account to be deleted".to_owned(),
        },
        Kind::DeletionCancelled => "Kept the account after all".to_owned(),
        Kind::OperatorLooked => "Somebody who runs Vetka looked this account up".to_owned(),
        Kind::AgentRestarted => format!("Somebody who runs Vetka had the agent of {subject} begin anew"),
        Kind::Resynced => format!("Somebody who runs Vetka had {subject} shown to visitors once more as it is"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_sentence_that_names_what_it_was_done_to() {
        for kind in Kind::ALL {
            let sentence = sentence(Some(kind), "somewhere.test");
            assert!(sentence.len() > 8 && !sentence.ends_with('.') && !sentence.contains('_'), "{sentence}");
        }
        assert_eq!(sentence(Some(Kind::SignedIn), "github"), "Signed in with GitHub");
        assert_eq!(
            sentence(Some(Kind::DeletionAsked), "2026-11-28T06:25:52.317Z"),
            "Asked for the account to be deleted on 28 November 2026"
        );
        assert_eq!(sentence(Some(Kind::DeletionAsked), "soon"), "Asked for the account to be deleted");
        assert!(sentence(None, "x").contains("no words"));
    }
}
