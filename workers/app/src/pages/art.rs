//! The mark, the picture of the hub and the few line drawings, all in one hand: round strokes, filled bud-dots.
//! Colours come from classes, so that both schemes draw them.

use maud::{Markup, html};

/// The mark: a small branch whose twigs end in bud-dots. Decoration; the name stands beside it.
pub fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 32 32" aria-hidden="true" focusable="false" {
            path.stem d="M8 29.5C9.5 21.5 13.5 13.5 21 8" {}
            path.stem d="M11 20.5C9.8 17.2 8.4 15 6.3 13" {}
            path.stem d="M14.4 14.9C18 15.6 21.2 17.4 23.7 20.2" {}
            circle.bud cx="23.4" cy="6.2" r="4.2" {}
            circle.bud cx="5.2" cy="11.6" r="3.4" {}
            circle.bud cx="25.6" cy="21.8" r="3.4" {}
        }
    }
}

/// A sentence that grows into a branch with pages on it.
pub fn growing() -> Markup {
    html! {
        svg.growing viewBox="0 0 560 470" role="img"
            aria-label="A spoken sentence grows into a branch, and small web pages sit on its twigs." {
            g.stems {
                path d="M122 366C150 300 214 232 300 190C362 160 420 136 462 84" {}
                path d="M196 262C176 226 160 206 138 188" {}
                path d="M300 190C340 214 372 240 392 276" {}
                path d="M376 154C364 136 350 124 331 112" {}
                path d="M420 126C450 132 474 142 496 160" {}
                path d="M240 224C250 252 254 268 252 292" {}
            }
            g.sheet transform="rotate(-7 104 122)" {
                rect.paper x="24" y="62" width="156" height="122" rx="14" {}
                rect.band x="24" y="62" width="156" height="46" rx="14" {}
                circle.sun cx="148" cy="86" r="13" {}
                path.ink d="M42 130H132" {}
                path.faint d="M42 148H156M42 164H120" {}
            }
            g.sheet transform="rotate(4 296 52)" {
                rect.paper x="226" y="6" width="138" height="102" rx="14" {}
                path.ink d="M244 32H316" {}
                rect.tile x="244" y="50" width="30" height="38" rx="7" {}
                rect.tile.second x="282" y="50" width="30" height="38" rx="7" {}
                rect.tile.third x="320" y="50" width="28" height="38" rx="7" {}
            }
            g.sheet transform="rotate(5 430 340)" {
                rect.paper x="338" y="268" width="186" height="150" rx="16" {}
                path.loaf d="M372 352C366 320 392 304 430 304C470 304 494 320 488 352Z" {}
                path.score d="M402 318L410 336M428 312L434 332M454 316L458 334" {}
                path.ink d="M362 372H454" {}
                path.faint d="M362 392H500" {}
            }
            g.buds {
                circle cx="468" cy="74" r="17" {}
                circle cx="505" cy="167" r="11" {}
                circle cx="132" cy="183" r="9" {}
                circle cx="331" cy="112" r="8" {}
                circle cx="251" cy="302" r="12" {}
                circle cx="391" cy="271" r="9" {}
            }
            g.saying {
                path.bubble d="M34 366H258C272 366 282 376 282 390V424C282 438 272 448 258 448H34C20 448 10 438 10 424V390C10 376 20 366 34 366Z" {}
                text x="32" y="401" { "Put the opening hours" }
                text x="32" y="427" { "at the top, please." }
            }
        }
    }
}

/// A bare twig, for places where nothing has grown yet.
pub fn bare_twig() -> Markup {
    html! {
        svg.bare viewBox="0 0 120 72" aria-hidden="true" focusable="false" {
            path.stem d="M8 64C30 44 62 34 104 16" {}
            path.stem d="M44 45C42 32 36 24 28 18" {}
            path.stem d="M72 31C84 34 92 40 98 50" {}
            circle.open cx="108" cy="13" r="6" {}
            circle.open cx="25" cy="14" r="5" {}
            circle.open cx="101" cy="55" r="5" {}
        }
    }
}

/// The cross of a dialog's closing button.
pub fn cross() -> Markup {
    html! {
        svg.line-art viewBox="0 0 24 24" aria-hidden="true" focusable="false" { path d="M6 6l12 12M18 6L6 18" {} }
    }
}

/// Google's mark, in its own four colours, as its rules for sign-in buttons have it.
pub fn google() -> Markup {
    html! {
        svg.logo viewBox="0 0 48 48" aria-hidden="true" focusable="false" {
            path fill="#EA4335" d="M24 9.5c3.54 0 6.71 1.22 9.21 3.6l6.85-6.85C35.9 2.38 30.47 0 24 0 14.62 0 6.51 5.38 2.56 13.22l7.98 6.19C12.43 13.72 17.74 9.5 24 9.5z" {}
            path fill="#4285F4" d="M46.98 24.55c0-1.57-.15-3.09-.38-4.55H24v9.02h12.94c-.58 2.96-2.26 5.48-4.78 7.18l7.73 6c4.51-4.18 7.09-10.36 7.09-17.65z" {}
            path fill="#FBBC05" d="M10.53 28.59c-.48-1.45-.76-2.99-.76-4.59s.27-3.14.76-4.59l-7.98-6.19C.92 16.46 0 20.12 0 24c0 3.88.92 7.54 2.56 10.78l7.97-6.19z" {}
            path fill="#34A853" d="M24 48c6.48 0 11.93-2.13 15.89-5.81l-7.73-6c-2.15 1.45-4.92 2.3-8.16 2.3-6.26 0-11.57-4.22-13.47-9.91l-7.98 6.19C6.51 42.62 14.62 48 24 48z" {}
        }
    }
}

/// GitHub's mark, in the colour of the text beside it.
pub fn github() -> Markup {
    html! {
        svg.logo viewBox="0 0 16 16" aria-hidden="true" focusable="false" {
            path fill="currentColor" d="M8 0C3.58 0 0 3.58 0 8c0 3.54 2.29 6.53 5.47 7.59.4.07.55-.17.55-.38 0-.19-.01-.82-.01-1.49-2.01.37-2.53-.49-2.69-.94-.09-.23-.48-.94-.82-1.13-.28-.15-.68-.52-.01-.53.63-.01 1.08.58 1.23.82.72 1.21 1.87.87 2.33.66.07-.52.28-.87.51-1.07-1.78-.2-3.64-.89-3.64-3.95 0-.87.31-1.59.82-2.15-.08-.2-.36-1.02.08-2.12 0 0 .67-.21 2.2.82.64-.18 1.32-.27 2-.27.68 0 1.36.09 2 .27 1.53-1.04 2.2-.82 2.2-.82.44 1.1.16 1.92.08 2.12.51.56.82 1.27.82 2.15 0 3.07-1.87 3.75-3.65 3.95.29.25.54.73.54 1.48 0 1.07-.01 1.93-.01 2.2 0 .21.15.46.55.38A8.01 8.01 0 0 0 16 8c0-4.42-3.58-8-8-8z" {}
        }
    }
}

/// A drawing of one stroke colour on a 24 grid, from its path.
pub fn line(path: &str) -> Markup {
    html! {
        svg.line-art viewBox="0 0 24 24" aria-hidden="true" focusable="false" { path d=(path) {} }
    }
}

/// Paths for [`line`].
pub mod paths {
    /// Settings: two sliders.
    pub const SLIDERS: &str = "M4 8h9M19 8h1M4 16h1M11 16h9M16 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 13.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z";
    /// A circle's arrow: show it again.
    pub const RELOAD: &str = "M20 12a8 8 0 1 1-2.6-5.9M20 3v4.5h-4.5";
    /// A telephone.
    pub const PHONE: &str =
        "M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3zM11 18h2";
    /// A tablet.
    pub const TABLET: &str =
        "M6 3h12a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 18 21H6a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 6 3zM11 18h2";
    /// A pointer.
    pub const POINT: &str = "M5 4l13 5.2-5.4 1.9L10.8 17zM13.2 13.2l5.3 5.3";
    /// A screen on its foot.
    pub const SCREEN: &str =
        "M4 4.5h16a1 1 0 0 1 1 1V15a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V5.5a1 1 0 0 1 1-1zM9 20h6M12 16v4";
    /// Out of the frame, into a tab of its own.
    pub const OUT: &str = "M14 4h6v6M20 4l-9 9M18 14v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h5";
    /// A paper clip.
    pub const CLIP: &str =
        "M19 11.5l-7.3 7.3a4.6 4.6 0 0 1-6.5-6.5l7.8-7.8a3.1 3.1 0 0 1 4.4 4.4l-7.7 7.7a1.5 1.5 0 0 1-2.2-2.2l6.9-6.9";
    /// Up and away: send.
    pub const SEND: &str = "M12 19V5M6 11l6-6 6 6";
    /// An envelope.
    pub const MAIL: &str = "M4.5 5.5h15a1.5 1.5 0 0 1 1.5 1.5v10a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17V7a1.5 1.5 0 0 1 1.5-1.5zM3.5 7.5L12 13l8.5-5.5";
    /// A bell.
    pub const BELL: &str = "M6.5 16.5v-6a5.5 5.5 0 0 1 11 0v6l1.5 1.8H5zM10.2 21a2 2 0 0 0 3.6 0";
    /// Larger.
    pub const PLUS: &str = "M12 5v14M5 12h14";
    /// Smaller.
    pub const MINUS: &str = "M5 12h14";
    /// Stop: a square.
    pub const STOP: &str = "M7 7h10v10H7z";
}
