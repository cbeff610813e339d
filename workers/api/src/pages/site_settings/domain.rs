//! The owner's own domain: asking for it, the records to set, how far it has got, and which address counts.

use super::{choice, path};
use crate::pages::{SiteCard, art, connect, text};
use maud::{Markup, html};

/// The section.
#[derive(Clone, Copy, Debug)]
pub struct DomainPart<'a> {
    /// Whether this installation offers domains at all.
    pub offered: bool,
    /// The domain, if there is one.
    pub domain: Option<&'a Domain<'a>>,
    /// `domain` or `label`.
    pub canonical: &'a str,
    /// What the field holds.
    pub typed: &'a str,
    /// What was wrong with it, or with a look, for the person.
    pub problem: Option<&'a str>,
    /// Whether the dialog that takes it out stands open.
    pub removing: bool,
}

/// A domain.
#[derive(Clone, Debug)]
pub struct Domain<'a> {
    /// `www.ann.example`.
    pub hostname: &'a str,
    /// Where the site is then.
    pub url: &'a str,
    /// As `custom_domain.state` has it.
    pub state: &'a str,
    /// Since when, Unix milliseconds UTC.
    pub since: i64,
    /// What is missing and what to do.
    pub message: &'a str,
    /// When that was looked at, Unix milliseconds UTC.
    pub looked_at: Option<i64>,
    /// Whether its record has been missing for so long that somebody else may take it.
    pub proof_lost: bool,
    /// Whether it is a domain as it was bought, without anything before it.
    pub apex: bool,
    /// Whether it is worth looking every few seconds.
    pub on_its_way: bool,
    /// What to set in its DNS.
    pub records: Vec<Record<'a>>,
}

/// A record to set.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// `TXT` or `CNAME`.
    pub kind: &'a str,
    /// Its whole name.
    pub name: &'a str,
    /// The part that some services want.
    pub short: &'a str,
    /// What it says.
    pub value: &'a str,
    /// Whether it was there at the last look.
    pub seen: Option<bool>,
}

pub(super) fn section(site: &SiteCard, view: DomainPart<'_>) -> Markup {
    html! {
        section.card.sheet.part #domain aria-labelledby="domain-title" data-state=[view.domain.map(|domain| domain.state)]
            data-waits=[view.domain.map(|domain| domain.on_its_way.to_string())] {
            h2 #domain-title { "Your own domain" }
            @match view.domain {
                Some(domain) => (there(site, view, domain)),
                None if view.offered => (ask(site, view)),
                None => p { "This Vetka offers no domains of your own. Your site is at " span.whole { (site.domain) } "." },
            }
        }
    }
}

fn ask(site: &SiteCard, view: DomainPart<'_>) -> Markup {
    html! {
        p {
            "Your site is at " strong.whole { (site.domain) } ". If you have bought a name, visitors can find it there as well."
        }
        form #domain-form method="post" action={ (path(site)) "/domain" } {
            div.field {
                label for="hostname" { "Your domain" }
                input.input #hostname type="text" name="hostname" value=(view.typed) required maxlength="2000" inputmode="url"
                    autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="hostname-wrong hostname-hint"
                    aria-invalid=[view.problem.map(|_| "true")];
                p.wrong #hostname-wrong role="alert" { (view.problem.unwrap_or_default()) }
                p.hint #hostname-hint {
                    "Such as www.ann.example. Take it with www before it, unless you know that your DNS service allows otherwise."
                }
            }
            button.button type="submit" { "Use this domain" }
        }
    }
}

fn there(site: &SiteCard, view: DomainPart<'_>, domain: &Domain<'_>) -> Markup {
    let (class, words) = state(domain.state);
    html! {
        div.site-head {
            p.address { @if domain.state == "active" { a href=(domain.url) { (domain.hostname) } } @else { (domain.hostname) } }
            p class={ "state " (class) } { (words) }
        }
        p #domain-message role="status" { (domain.message) }
        @if let Some(problem) = view.problem { p.wrong role="alert" { (problem) } }
        p.quiet.small {
            "It has been so since " time datetime=(text::rfc3339(domain.since)) { (text::date_time(domain.since)) } "."
            @if let Some(at) = domain.looked_at {
                " Last looked " time #domain-looked datetime=(text::rfc3339(at)) { (text::date_time(at)) } "."
            }
        }
        @if domain.proof_lost {
            p {
                strong { "The TXT record is gone." }
                " Your site is still there, but somebody else who proves that the domain is theirs can take it now. Set the "
                "record again if it is yours."
            }
        }
        @if domain.state == "active" {
            (canonical(site, view, domain))
            details.other-way {
                summary { "The records that keep it here" }
                (records(domain))
            }
        } @else {
            h3 { "Set these two records" }
            p {
                "Every name on the web has entries in a public directory, called DNS. You keep those of yours where you bought "
                "the name. Look there for DNS settings, and add:"
            }
            (records(domain))
            @if domain.apex {
                p.hint {
                    "Your domain has nothing before it. Most DNS services allow no CNAME there; some call it ALIAS or ANAME, or "
                    "flatten it by themselves. If yours offers none of these, remove the domain and use "
                    strong.whole { "www." (domain.hostname) } " instead."
                }
            }
            p.hint.needs-script { "While this page is open we look every few seconds; else we look every few minutes, for 30 days." }
            p.hint.without-script { "We look every few minutes by ourselves, for 30 days." }
        }
        div.row {
            form #domain-check method="post" action={ (path(site)) "/domain/check" } {
                button.button.plain type="submit" { "Look now" }
            }
            a.button.grave href={ (path(site)) "?remove#domain" } data-opens="remove-domain" { "Remove the domain" }
        }
    }
}

fn records(domain: &Domain<'_>) -> Markup {
    html! {
        @for record in &domain.records {
            @let id = format!("record-{}", record.kind.to_ascii_lowercase());
            div.dns-record {
                p class={ "state " (if record.seen == Some(true) { "live" } else { "draft" }) } {
                    (record.kind) ": "
                    @match record.seen {
                        Some(true) => "it is there",
                        Some(false) => "not there yet",
                        None => "not looked for yet",
                    }
                }
                dl.dns-entry {
                    dt { "Name" } dd { (connect::pasteable(&format!("{id}-name"), "Copy the name", record.name)) }
                    dt { (if record.kind == "CNAME" { "Leads to" } else { "Text" }) }
                    dd { (connect::pasteable(&id, "Copy", record.value)) }
                }
                p.hint { "If your DNS service adds the domain by itself, the name is only " code { (record.short) } "." }
            }
        }
    }
}

fn canonical(site: &SiteCard, view: DomainPart<'_>, domain: &Domain<'_>) -> Markup {
    html! {
        form method="post" action=(path(site)) data-saves {
            fieldset.choices {
                legend { "Where visitors of the other address are sent" }
                (choice("canonical", "domain", view.canonical != "label", domain.hostname, "Links and search engines then know your own domain."))
                (choice("canonical", "label", view.canonical == "label", &site.domain, "Your own domain then only leads here."))
            }
            button.button type="submit" { "Save" }
            p.wrong role="alert" {}
        }
    }
}

/// How far it has got in few words, and how that is drawn.
fn state(state: &str) -> (&'static str, &'static str) {
    match state {
        "unproven" => ("draft", "Waiting for the TXT record"),
        "unpointed" => ("building", "Waiting for the CNAME record"),
        "certificate" => ("building", "The certificate is being made"),
        "active" => ("live", "On the web"),
        "moved" => ("error", "Leads elsewhere"),
        "blocked" | "refused" => ("error", "Refused"),
        _ => ("draft", "Being removed"),
    }
}

pub(super) fn dialog(site: &SiteCard, view: DomainPart<'_>) -> Markup {
    html! {
        @if let Some(domain) = view.domain {
            dialog #remove-domain open[view.removing] aria-labelledby="remove-domain-title" {
                div.dialog-head {
                    h2 #remove-domain-title tabindex="-1" { "Remove " span.whole { (domain.hostname) } "?" }
                    a.close href={ (path(site)) "#domain" } aria-label="Close" data-closes { (art::cross()) }
                }
                p {
                    "Visitors of " (domain.hostname) " do not get to your site any more. The site itself stays at "
                    span.whole { (site.domain) } ". Take the two records out of your DNS as well: nobody should lead to a place "
                    "that is not theirs."
                }
                form #domain-remove method="post" action={ (path(site)) "/domain/remove" } {
                    div.row {
                        button.button.grave type="submit" { "Remove the domain" }
                        a.button.plain href={ (path(site)) "#domain" } data-closes { "Keep it" }
                    }
                }
            }
        }
    }
}
