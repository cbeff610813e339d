//! Pages to try the frame out on, each with something that pages out on the web have and frames trip over: much text, text
//! from right to left, the dark, boxes that are turned, styles that reset everything, a strict policy.

use crate::pages::{
    Assets, Shell,
    shell::{self, Place},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// What stands before whatever a page's own policy says: our script and our frame.
const SCRIPTS: &str = "default-src 'none'; script-src 'self'; frame-src 'self'";

/// One of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Nothing odd.
    Plain,
    /// A long text.
    Long,
    /// From right to left.
    Rtl,
    /// Dark, whatever the visitor prefers.
    Dark,
    /// In boxes that are moved, turned and clipped.
    Transformed,
    /// Styles that take everything back.
    Unset,
    /// Styles that want everything otherwise.
    Hostile,
    /// A policy that allows our script and our frame and nothing else.
    Strict,
    /// Pages that change without loading.
    App,
    /// A page that lets no window speak with it.
    Alone,
}

impl Page {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Plain,
        Self::Long,
        Self::Rtl,
        Self::Dark,
        Self::Transformed,
        Self::Unset,
        Self::Hostile,
        Self::Strict,
        Self::App,
        Self::Alone,
    ];

    /// Its name in the address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Long => "long",
            Self::Rtl => "rtl",
            Self::Dark => "dark",
            Self::Transformed => "transformed",
            Self::Unset => "unset",
            Self::Hostile => "hostile",
            Self::Strict => "strict",
            Self::App => "app",
            Self::Alone => "alone",
        }
    }

    /// Reads the name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.name() == name)
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Plain => "A plain page",
            Self::Long => "A long page",
            Self::Rtl => "צפון הגינה",
            Self::Dark => "A dark page",
            Self::Transformed => "Boxes that are turned",
            Self::Unset => "Everything taken back",
            Self::Hostile => "Everything otherwise",
            Self::Strict => "A strict policy",
            Self::App => "A page that changes without loading",
            Self::Alone => "A page that keeps to itself",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Plain => "Nothing odd about it.",
            Self::Long => "Two hundred paragraphs, some of them the same.",
            Self::Rtl => "Hebrew, from right to left.",
            Self::Dark => "Dark, whatever you prefer.",
            Self::Transformed => "Text in boxes that are moved, turned, scaled and clipped.",
            Self::Unset => "A style that unsets every property of every element.",
            Self::Hostile => "A style that moves, fades and colours every element.",
            Self::Strict => "A policy with our script and our frame in it, and nothing else.",
            Self::App => "Its address changes as you go, and nothing is loaded.",
            Self::Alone => "Windows that are opened from it cannot speak with it, so that a code has to be typed.",
        }
    }

    /// What its policy says of scripts, frames and styles.
    pub fn policy(self) -> String {
        match self {
            Self::Strict => format!("{SCRIPTS}; require-trusted-types-for 'script'; trusted-types 'none'"),
            _ => format!("{SCRIPTS}; style-src 'unsafe-inline'"),
        }
    }

    /// What it says of windows that are opened from it.
    pub const fn opener_policy(self) -> &'static str {
        match self {
            Self::Alone => "same-origin",
            _ => "unsafe-none",
        }
    }

    const fn style(self) -> &'static str {
        match self {
            Self::Plain | Self::Long | Self::Rtl | Self::App | Self::Alone | Self::Strict => "",
            Self::Dark => "html{background:#0b0d12;color:#e6e8ee;color-scheme:dark}",
            Self::Transformed => {
                "section{margin:6rem 2rem;padding:1rem;border:1px solid}section:nth-of-type(3n){transform:rotate(4deg)}\
                 section:nth-of-type(3n+1){transform:translateX(3rem) scale(.9)}\
                 section:nth-of-type(3n+2){clip-path:inset(0 round 40px);filter:blur(.2px);perspective:400px}\
                 body{transform:translateY(12px)}"
            }
            Self::Unset => "*{all:unset!important}",
            Self::Hostile => {
                "*{position:static!important;display:inline!important;opacity:.5!important;color:red!important;\
                 font:italic 30px serif!important;transform:skewX(10deg)!important;z-index:0!important;\
                 pointer-events:none!important;visibility:visible!important}"
            }
        }
    }

    /// The page. `site` is whose page it stands for.
    pub fn markup(self, assets: &Assets, site: &str) -> Markup {
        let rtl = self == Self::Rtl;
        let stands_for = format!("{site}?test");
        html! {
            (DOCTYPE)
            html lang=(if rtl { "he" } else { "en" }) dir=[rtl.then_some("rtl")] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    title { (self.title()) }
                    meta name="description" content=(self.about());
                    @if self != Self::Strict {
                        style {
                            (PreEscaped("body{max-width:40rem;margin:2rem auto;padding:0 1rem;font:1.05rem/1.6 system-ui,sans-serif}"))
                            (PreEscaped(self.style()))
                        }
                    }
                    script async src="/notch.js" data-site=(stands_for) {}
                    @if self == Self::App { script type="module" src=(assets.url("playground.js")) {} }
                }
                body {
                    main {
                        h1 { (self.title()) }
                        p { (self.about()) " It stands for a page of " strong { (site) } "." }
                        @if self == Self::App {
                            nav { @for step in ["one", "two", "three"] { a href={ "?step=" (step) } data-step=(step) { "Go to " (step) } " " } }
                        }
                        (text(self))
                        p { a href="/notch/test" { "All pages to try Notch out on" } }
                    }
                }
            }
        }
    }
}

fn text(page: Page) -> Markup {
    let paragraphs = if page == Page::Long { 200 } else { 6 };
    html! {
        @for number in 1..=paragraphs {
            section {
                @if page == Page::Rtl {
                    p {
                        "בצד הצפוני של הגינה גדל עץ תפוח ישן. בכל אביב הוא פורח לפני כולם, ובכל סתיו תפוחיו אחרונים ליפול. "
                        "זה שביל מספר " (number) "."
                    }
                } @else {
                    p {
                        "On the north side of the garden stands an old apple tree. Every spring it flowers before the others, "
                        "and every autumn its apples are the last to fall. This is path number " (number) "."
                    }
                    p { "The quick brown fox jumps over the lazy dog, and " em { "the dog" } " does not mind." }
                }
            }
        }
    }
}

/// The list of them.
pub fn index(shell: Shell<'_>, own: Option<&str>) -> Markup {
    let main = html! {
        section.card.sheet {
            h1 { "Try Notch out" }
            p {
                "Each of these pages has something odd about it. Notch should look and work the same on all of them. "
                "What you agree to here is between you and Vetka."
            }
            ul {
                @for page in Page::ALL {
                    li {
                        a href={ "/notch/test/" (page.name()) } { (page.title()) }
                        @if let Some(domain) = own {
                            " (" a href={ "/notch/test/" (page.name()) "?site=" (domain) }
                                aria-label={ (page.title()) ", as a page of your site" } { "as yours" } ")"
                        }
                        ". " (page.about())
                    }
                }
            }
            p.hint { "Add " code { "?site=" } " and a domain to see one as a page of that site." }
        }
    };
    let page = shell::Page { title: "Try Notch out", place: Place::Elsewhere, island: "page", main, beside: html! {} };
    shell::document(shell, page)
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn every_page_is_found_by_its_name() {
        for page in Page::ALL {
            assert_eq!(Page::parse(page.name()), Some(page));
        }
        assert_eq!(Page::parse("nothing"), None);
    }
}
