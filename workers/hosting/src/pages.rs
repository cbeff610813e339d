//! Our own pages at a site's address: for a name nobody has, a site that has nothing yet, and what is not there.
//!
//! Each is one document without a script, a font or a picture from elsewhere, so that it shows whatever else is broken. A
//! site's own rules have no say in them: they are ours, whoever's address they stand at.

use crate::{
    answer::Answer,
    content::{Body, Came},
    fields::Fields,
    isolate::Installation,
    site::ALLOW,
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use vetka_domain::{
    label::Label,
    target::{Target, encode_component},
};
use vetka_r2::settings::TakenDown;

/// What there is to say.
#[derive(Debug, PartialEq, Eq)]
pub enum Notice<'a> {
    /// The name can be had.
    Free {
        /// The name.
        label: &'a str,
        /// The address.
        host: &'a str,
    },
    /// No site can have this name; the sentence says why.
    Impossible {
        /// The address.
        host: &'a str,
        /// Why.
        reason: &'static str,
    },
    /// The address is not of the form that sites have.
    NoAddress,
    /// A site that has published nothing yet.
    Waiting {
        /// The address.
        host: &'a str,
    },
    /// No such version, or no longer.
    NoVersion,
    /// The site has nothing by that name.
    NoFile {
        /// The address.
        host: &'a str,
    },
    /// An operator has taken the site down.
    TakenDown(TakenDown),
    /// Something else than looking.
    WrongMethod,
    /// Our own fault.
    Unwell,
}

/// Where a page is shown.
#[derive(Debug, Clone, Default)]
pub struct Here {
    /// Where the app is; empty when not even that is known.
    pub app_origin: String,
    /// The address that was asked for, without its query: that may hold what is nobody else's business.
    pub url: String,
}

impl Here {
    /// The place of a request.
    pub fn at(installation: &Installation, target: &Target<'_>) -> Self {
        let port = target.port.map(|port| format!(":{port}")).unwrap_or_default();
        let url = format!("{}://{}{port}{}", target.scheme, target.host, target.path);
        Self { app_origin: installation.config.app_origin.clone(), url }
    }
}

/// The words of a page, and where it leads on to.
struct Words {
    title: String,
    text: String,
    link: Option<(String, &'static str)>,
}

impl<'a> Notice<'a> {
    /// For a name that nobody has: free, or impossible.
    pub fn nobody(label: &'a str, host: &'a str) -> Self {
        match Label::parse(label) {
            Ok(_) => Self::Free { label, host },
            Err(problem) => Self::Impossible { host, reason: problem.sentence() },
        }
    }

    /// A site that has nothing yet is 404 as well: whoever waits for it by program must not take this page for it.
    const fn status(&self) -> u16 {
        match self {
            Self::TakenDown(why) => why.status(),
            Self::WrongMethod => 405,
            Self::Unwell => 503,
            _ => 404,
        }
    }

    /// Whether there is a site that somebody may want to report.
    const fn is_reportable(&self) -> bool {
        matches!(self, Self::Waiting { .. } | Self::NoVersion | Self::NoFile { .. } | Self::WrongMethod | Self::Unwell)
    }

    fn words(&self, app_origin: &str) -> Words {
        let start = || Some((format!("{app_origin}/"), "Go to Vetka"));
        match self {
            Self::Free { label, host } => Words {
                title: format!("{label} is free"),
                text: format!(
                    "Nobody has a site at {host} yet. It can be yours: say what you want in plain words, and watch it appear."
                ),
                link: Some((format!("{app_origin}/setup/generate?label={label}"), "Take this name")),
            },
            Self::Impossible { host, reason } => Words {
                title: "No site can be here".to_owned(),
                text: format!("{host} is not a name that a site can have. {reason}"),
                link: Some((format!("{app_origin}/setup/generate"), "Find another name")),
            },
            Self::NoAddress => Words {
                title: "There is nothing here".to_owned(),
                text: "No site has an address like this one. Look at it again for a slip of the keys.".to_owned(),
                link: start(),
            },
            Self::Waiting { host } => Words {
                title: "This site is being made".to_owned(),
                text: format!(
                    "There is nothing to see at {host} yet. As soon as its first version is ready, it is here."
                ),
                // Not a page that reloads itself: that takes the place of whoever reads it slowly, or by ear.
                link: Some((String::new(), "Look again")),
            },
            Self::NoVersion => Words {
                title: "This version is not here".to_owned(),
                text: "It may have gone together with its site, or the address is mistyped.".to_owned(),
                link: start(),
            },
            Self::NoFile { host } => Words {
                title: "This page is not here".to_owned(),
                text: format!("{host} has nothing at this address. It may have been moved or taken away."),
                link: Some(("/".to_owned(), "Go to the home page")),
            },
            Self::TakenDown(why) => Words {
                title: "This site has been taken down".to_owned(),
                text: match why {
                    TakenDown::Law => "An authority has ordered us not to show it.",
                    TakenDown::Abuse => "It was used for something that is not allowed here.",
                    TakenDown::Unsafe => "It could have harmed those who visit it.",
                }
                .to_owned()
                    + " If it is yours, sign in to see why and what you can do.",
                link: Some((format!("{app_origin}/sites"), "This is my site")),
            },
            Self::WrongMethod => Words {
                title: "That does not work here".to_owned(),
                text: "This site can be looked at, but nothing can be sent to it.".to_owned(),
                link: Some(("/".to_owned(), "Go to the home page")),
            },
            Self::Unwell => Words {
                title: "This site cannot be shown right now".to_owned(),
                text: "Something went wrong on our side. The site itself is safe; try again in a moment.".to_owned(),
                link: None,
            },
        }
    }
}

/// Answers with a page. `head` leaves the page itself out.
pub fn answer(notice: &Notice<'_>, here: &Here, head: bool) -> Answer {
    let html = page(notice, here).into_string();
    let mut fields = Fields::default();
    fields.set("content-type", "text/html; charset=utf-8");
    fields.set("content-length", html.len().to_string());
    fields.set("cache-control", "no-store");
    fields.set("x-content-type-options", "nosniff");
    fields.set("referrer-policy", "strict-origin-when-cross-origin");
    fields.set("x-robots-tag", "noindex");
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self' {}",
        here.app_origin
    );
    fields.set("content-security-policy", policy.trim_end().to_owned());
    match notice {
        Notice::WrongMethod => fields.set("allow", ALLOW),
        Notice::Unwell => fields.set("retry-after", "5"),
        // RFC 7725: who it is that does not show it. That is us, whoever ordered it.
        Notice::TakenDown(TakenDown::Law) => fields.set("link", format!("<{}/>; rel=\"blocked-by\"", here.app_origin)),
        _ => {}
    }
    let body = if head { Body::Empty } else { Body::Text(html) };
    Answer { status: notice.status(), fields, body, came: Came::None }
}

fn page(notice: &Notice<'_>, here: &Here) -> Markup {
    let Words { title, text, link } = notice.words(&here.app_origin);
    let report = notice.is_reportable() && !here.app_origin.is_empty();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) }
                // Not for search engines: for whoever is shown a link to it.
                meta name="description" content=(text);
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    (mark())
                    h1 { (title) }
                    p { (text) }
                    @if let Some((address, words)) = link {
                        p { a href=(address) { (words) } }
                    }
                    @if report {
                        p.small {
                            a href=(format!("{}/report?url={}", here.app_origin, encode_component(&here.url))) {
                                "Report this site"
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The mark: a small branch whose twigs end in bud-dots. Decoration.
fn mark() -> Markup {
    html! {
        svg viewBox="0 0 32 32" width="56" height="56" aria-hidden="true" {
            g class="stem" {
                path d="M8 29.5C9.5 21.5 13.5 13.5 21 8" {}
                path d="M11 20.5C9.8 17.2 8.4 15 6.3 13" {}
                path d="M14.4 14.9C18 15.6 21.2 17.4 23.7 20.2" {}
            }
            g class="bud" {
                circle cx="23.4" cy="6.2" r="4.2" {}
                circle cx="5.2" cy="11.6" r="3.4" {}
                circle cx="25.6" cy="21.8" r="3.4" {}
            }
        }
    }
}

/// The colours are those of `notch/css/tokens.css`; the page stands alone, so it cannot ask there.
const STYLE: &str = "
:root{color-scheme:light dark;--page:#f5efe6;--text:#2c2018;--quiet:#5f5043;--coral:#e8543a;--on-coral:#1e140e;--sage:#6b8c7d}
@media(prefers-color-scheme:dark){:root{--page:#1c1511;--text:#f5efe6;--quiet:#c9bbab;--sage:#7d9f90}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100dvh;display:grid;place-items:center;padding:1.5rem;background:var(--page);color:var(--text);
font:400 1.0625rem/1.55 Verdana,system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:32rem}
h1{margin:1.25rem 0 .5rem;font:700 clamp(1.75rem,1.2rem + 2.6vw,2.5rem)/1.15 'Trebuchet MS',system-ui,sans-serif;letter-spacing:-.015em;text-wrap:balance}
p{margin:0 0 1.5rem;color:var(--quiet)}
a{display:inline-block;min-height:44px;padding:.625rem 1.25rem;border-radius:14px;background:var(--coral);color:var(--on-coral);font-weight:600;text-decoration:none}
a:hover{text-decoration:underline}
.small{font-size:.875rem}
.small a{padding:.625rem 0;background:none;color:inherit;font-weight:400;text-decoration:underline}
a:focus-visible{outline:3px solid var(--text);outline-offset:3px}
svg{display:block}
.stem{fill:none;stroke:var(--sage);stroke-width:3;stroke-linecap:round}
.bud{fill:var(--coral)}
";

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Here {
        Here { app_origin: "https://vetka.sh".to_owned(), url: "https://ann.vetka.sh/a&b".to_owned() }
    }

    fn html(notice: &Notice<'_>) -> String {
        page(notice, &here()).into_string()
    }

    #[test]
    fn a_free_name_is_offered() {
        let notice = Notice::nobody("anns-bakery", "anns-bakery.vetka.sh");
        assert!(html(&notice).contains("href=\"https://vetka.sh/setup/generate?label=anns-bakery\""));
        assert_eq!(notice.status(), 404);
    }

    #[test]
    fn a_name_that_cannot_be_says_why_and_is_not_offered() {
        let page = html(&Notice::nobody("ab", "ab.vetka.sh"));
        assert!(page.contains("A name has at least 3 characters."));
        assert!(!page.contains("label="));
    }

    /// The host is held to a host's letters long before, but nothing here relies on that.
    #[test]
    fn everything_is_escaped() {
        let page = html(&Notice::NoFile { host: "<script>alert(1)</script>\"" });
        assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"));
    }

    #[test]
    fn only_the_waiting_page_looks_again_by_itself() {
        assert!(html(&Notice::Waiting { host: "ann.vetka.sh" }).contains("<a href=\"\">Look again</a>"));
    }

    #[test]
    fn a_site_can_be_reported_where_there_is_one() {
        let link = "href=\"https://vetka.sh/report?url=https%3A%2F%2Fann.vetka.sh%2Fa%26b\"";
        for notice in [Notice::NoFile { host: "h" }, Notice::Waiting { host: "h" }, Notice::Unwell] {
            assert!(html(&notice).contains(link), "{notice:?}");
        }
        for notice in [Notice::NoAddress, Notice::nobody("ann", "h"), Notice::TakenDown(TakenDown::Abuse)] {
            assert!(!html(&notice).contains("/report"), "{notice:?}");
        }
        // A failure so early that nothing is known shows a page all the same.
        assert!(!page(&Notice::Unwell, &Here::default()).into_string().contains("/report"));
    }

    #[test]
    fn a_taken_down_site_says_so_and_who_does_not_show_it() {
        for (why, status) in [(TakenDown::Law, 451), (TakenDown::Abuse, 410), (TakenDown::Unsafe, 410)] {
            let answer = answer(&Notice::TakenDown(why), &here(), false);
            assert_eq!(answer.status, status);
            assert_eq!(answer.fields.get("cache-control"), Some("no-store"));
            let link = answer.fields.get("link");
            assert_eq!(link, (why == TakenDown::Law).then_some("<https://vetka.sh/>; rel=\"blocked-by\""));
        }
        assert!(html(&Notice::TakenDown(TakenDown::Law)).contains("href=\"https://vetka.sh/sites\""));
    }
}
