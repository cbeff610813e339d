//! `/sites/:domain/settings`: how a site made here answers, its owner's domain, and the way to give it up. Every form posts to
//! a path of its own and works without scripts; the island saves in place and looks at the domain while somebody waits.

mod domain;

pub use domain::{Domain, DomainPart, Record};

use super::{
    Notice, Shell, SiteCard, mentions, reactions,
    shell::{self, Page, Place},
    sites, takedown,
};
use maud::{Markup, html};

/// Everything on the page.
#[derive(Clone, Copy, Debug)]
pub struct SiteSettings<'a> {
    /// Whose settings these are.
    pub site: &'a SiteCard,
    /// `auto`, `app` or `page`.
    pub not_found: &'a str,
    /// Whether pages get Notch.
    pub notch: bool,
    /// The domain.
    pub domain: DomainPart<'a>,
    /// What has just happened.
    pub notice: Option<Notice>,
}

const SECTIONS: [(&str, &str); 4] =
    [("domain", "Domain"), ("addresses", "Unknown addresses"), ("notch", "Notch"), ("delete", "Delete the site")];

/// What an address without a page shows: the value, its name, and what that means.
const NOT_FOUND: [(&str, &str, &str); 3] = [
    (
        "auto",
        "The site decides",
        "If your site has a page of its own for this, named 404.html, they see that. If not, they see the home page.",
    ),
    ("app", "Always the home page", "For a site that is one page, and finds its own way by the address."),
    (
        "page",
        "A page that says so",
        "Your site’s own 404.html, or else a page of ours that says that nothing is there.",
    ),
];

/// `/sites/:domain/settings`.
pub fn page(shell: Shell<'_>, view: SiteSettings<'_>) -> Markup {
    let main = html! {
        (shell::notice(view.notice))
        @if let Some(down) = &view.site.taken_down { (takedown::told(down)) }
        div.settings #site-settings data-domain=(view.site.domain) {
            div.settings-head {
                h1 { "Settings of " span.whole { (view.site.label) } }
                nav.settings-nav aria-label="Parts of the settings" {
                    ul role="list" {
                        @for (id, title) in SECTIONS { li { a href={ "#" (id) } { (title) } } }
                    }
                }
                p.row.settings-ways {
                    a.button.plain href=(view.site.builder_path()) { "Open the builder" }
                    a.button.plain href=(reactions::path(view.site)) { "What people left" }
                    a.button.plain href=(mentions::path(view.site)) { "Mentions elsewhere" }
                }
            }
            div.settings-parts {
                (domain::section(view.site, view.domain))
                (addresses(&view))
                (notch(&view))
                (delete(view.site))
            }
        }
    };
    let beside = html! {
        (domain::dialog(view.site, view.domain))
        (sites::delete_dialog(view.site, false, None))
        p.toast #toast role="status" hidden {}
    };
    let title = format!("Settings of {}", view.site.label);
    shell::document(shell, Page { title: &title, place: Place::SiteSettings, island: "site", main, beside })
}

/// Path of the page.
pub fn path(site: &SiteCard) -> String {
    format!("/sites/{}/settings", site.domain)
}

fn addresses(view: &SiteSettings<'_>) -> Markup {
    html! {
        section.card.sheet.part #addresses aria-labelledby="addresses-title" {
            h2 #addresses-title { "Unknown addresses" }
            form method="post" action=(path(view.site)) data-saves {
                fieldset.choices {
                    legend { "What visitors see at an address of your site where no page is" }
                    @for (value, name, meaning) in NOT_FOUND {
                        (choice("notFound", value, view.not_found == value, name, meaning))
                    }
                }
                button.button type="submit" { "Save" }
                p.wrong role="alert" {}
            }
        }
    }
}

fn notch(view: &SiteSettings<'_>) -> Markup {
    html! {
        section.card.sheet.part #notch aria-labelledby="notch-title" {
            h2 #notch-title { "Notch" }
            p {
                "A small bar at the edge of your pages, with which visitors follow your site, react and write to you. "
                "It changes nothing else about the pages."
            }
            form method="post" action=(path(view.site)) data-saves {
                input type="hidden" name="notchAsked" value="1";
                div.choices {
                    label.choice {
                        input type="checkbox" name="notch" value="1" checked[view.notch];
                        span { strong { "Show Notch on this site" } }
                    }
                }
                button.button type="submit" { "Save" }
                p.wrong role="alert" {}
            }
        }
    }
}

fn delete(site: &SiteCard) -> Markup {
    html! {
        section.card.sheet.part #delete aria-labelledby="delete-title" {
            h2 #delete-title { "Delete the site" }
            p { "The site goes for good, with all of its versions, its conversation, its name, and its way to your domain." }
            a.button.grave href={ "/sites?delete=" (site.domain) } data-opens={ "delete-" (site.label) } { "Delete " (site.label) }
        }
    }
}

/// One of several, with what it means.
fn choice(name: &str, value: &str, chosen: bool, words: &str, meaning: &str) -> Markup {
    let id = format!("{name}-{value}");
    html! {
        label.choice for=(id) {
            input type="radio" id=(id) name=(name) value=(value) checked[chosen] aria-describedby={ (id) "-hint" };
            span {
                strong { (words) }
                span.hint id={ (id) "-hint" } { (meaning) }
            }
        }
    }
}
