//! `/setup/script`: the way in for a website that exists already. First which one it is, then the line to paste.

use super::{
    Shell, SiteCard, art,
    shell::{self, Page, Place},
};
use maud::{Markup, html};

/// The form that asks for the website.
#[derive(Clone, Copy, Debug)]
pub struct Which<'a> {
    /// What the field holds.
    pub typed: &'a str,
    /// Why that cannot be connected, for the person.
    pub problem: Option<&'a str>,
}

/// What is to be done on the website.
#[derive(Clone, Copy, Debug)]
pub struct Steps<'a> {
    /// Which one.
    pub domain: &'a str,
    /// The line to paste.
    pub tag: &'a str,
    /// Name of the DNS record that does the same.
    pub record_name: &'a str,
    /// Its text.
    pub record: &'a str,
    /// What the last look saw, for the person.
    pub seen: Option<&'a str>,
}

/// `/setup/script`. The form is for this page itself, with `?domain=`.
pub fn which(shell: Shell<'_>, view: Which<'_>) -> Markup {
    let main = html! {
        div.narrow {
            h1 { "Bring the site you have" }
            p.lead { "Your website stays where it is and looks as it does. You add one line to it, and it has a place here." }
            form method="get" action="/setup/script" {
                div.field {
                    label for="domain" { "Address of your website" }
                    input.input #domain type="text" name="domain" value=(view.typed) required maxlength="2000" inputmode="url"
                        autocomplete="url" autocapitalize="none" spellcheck="false" autofocus
                        aria-describedby="domain-wrong domain-hint" aria-invalid=[view.problem.map(|_| "true")];
                    p.wrong #domain-wrong role="alert" { (view.problem.unwrap_or_default()) }
                    p.hint #domain-hint { "As it stands at the top of your browser, such as ann.example." }
                }
                button.button.big type="submit" { "Go on" }
            }
            p.quiet { "You have none yet? " a href="/setup/generate" { "Have one made here" } "." }
        }
    };
    document(shell, "Bring your site", main)
}

/// `/setup/script?domain=`. Looking posts `domain` to `/setup/script`.
pub fn steps(shell: Shell<'_>, view: Steps<'_>) -> Markup {
    let main = html! {
        div.narrow #connect data-domain=(view.domain) {
            h1 { "Add one line to " span.whole { (view.domain) } }
            p.quiet { "Another website? " a href="/setup/script" { "Change the address" } "." }
            ol.twig role="list" {
                li {
                    h2 { "Copy this line" }
                    (pasteable("tag", "Copy the line", view.tag))
                }
                li {
                    h2 { "Paste it into your first page" }
                    p {
                        "It belongs anywhere in the head of the page. Most website builders have a place for it in their "
                        "settings, called custom code, header code or tracking code. If somebody else looks after your "
                        "website, send them the line."
                    }
                }
                li {
                    h2 { "We find it" }
                    p.label-state #state role="status" { (view.seen.unwrap_or_default()) }
                    p.quiet.small.needs-script { "We look every few seconds while this page is open, and go on by ourselves." }
                    form #look method="post" action="/setup/script" {
                        input type="hidden" name="domain" value=(view.domain);
                        button.button type="submit" { "Look now" }
                    }
                }
            }
            details.other-way {
                summary { "You cannot change the page? There is another way" }
                p {
                    "Every name on the web has entries in a public directory, called DNS. You keep them where you bought the "
                    "name. Look there for DNS settings and add an entry of the kind TXT:"
                }
                dl.dns-entry {
                    dt { "Kind" } dd { code { "TXT" } }
                    dt { "Name" } dd { code { (view.record_name) } }
                    dt { "Text" } dd { (pasteable("record", "Copy the text", view.record)) }
                }
                p.quiet.small { "Some companies want only the part of the name before your own, " code { "_vetka" } ". It can take an hour until the entry is known everywhere." }
            }
        }
    };
    document(shell, "Add one line", main)
}

/// Something to copy, with a button where scripts can do that.
pub(super) fn pasteable(id: &str, action: &str, text: &str) -> Markup {
    html! {
        div.paste {
            pre tabindex="0" { code id=(id) { (text) } }
            button.button.plain.needs-script type="button" data-copies=(id) { (action) }
        }
    }
}

/// In place of a builder, for a website that is made elsewhere.
pub fn no_builder(shell: Shell<'_>, site: &SiteCard) -> Markup {
    let main = html! {
        div.narrow.problem {
            (art::bare_twig())
            h1 { "This website is made elsewhere" }
            p.lead { span.whole { (site.name()) } " is connected to Vetka, and not built here. Change it where you made it." }
            div.row { a.button href="/sites" { "Your site" } }
        }
    };
    shell::document(
        shell,
        Page { title: "Made elsewhere", place: Place::Elsewhere, island: "page", main, beside: html! {} },
    )
}

fn document(shell: Shell<'_>, title: &str, main: Markup) -> Markup {
    shell::document(shell, Page { title, place: Place::Elsewhere, island: "connect", main, beside: html! {} })
}
