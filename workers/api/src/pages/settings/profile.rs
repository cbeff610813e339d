//! Name, handle and picture.

use crate::pages::{
    Viewer,
    art::{self, paths},
    shell,
};
use maud::{Markup, html};
use vetka_domain::{handle, name};

/// What the form holds: what is theirs, or what was sent and refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct Profile<'a> {
    /// In the field for the name.
    pub name: &'a str,
    /// In the field for the handle.
    pub handle: &'a str,
    /// Why the name was refused, for the person.
    pub name_problem: Option<&'a str>,
    /// Why the handle was refused, for the person.
    pub handle_problem: Option<&'a str>,
    /// Free handles near it.
    pub suggestions: &'a [String],
}

pub(super) fn section(viewer: &Viewer, view: Profile<'_>) -> Markup {
    html! {
        section.card.sheet.part #profile aria-labelledby="profile-title" {
            h2 #profile-title { "Profile" }
            (portrait(viewer))
            form #profile-form method="post" action="/settings/profile" {
                div.field {
                    label for="name" { "Name" }
                    input.input #name type="text" name="name" value=(view.name) maxlength=(name::MAX) autocomplete="name"
                        aria-describedby="name-hint name-wrong" aria-invalid=[view.name_problem.map(|_| "true")];
                    p.hint #name-hint { "What people read beside what you write. It need not be your full name." }
                    p.wrong #name-wrong role="alert" { (view.name_problem.unwrap_or_default()) }
                }
                div.field {
                    label for="handle" { "Handle" }
                    div.handle-field {
                        span.prefix aria-hidden="true" { "@" }
                        input.input #handle type="text" name="handle" value=(view.handle) maxlength=(handle::MAX + 1)
                            autocomplete="off" autocapitalize="none" spellcheck="false"
                            aria-describedby="handle-hint handle-wrong"
                            aria-invalid=[view.handle_problem.map(|_| "true")];
                    }
                    p.hint #handle-hint {
                        "A short name that only you have. Small letters, digits and hyphens, from 2 to 30 of them. You can "
                        "leave it empty for now."
                    }
                    p.wrong #handle-wrong role="alert" { (view.handle_problem.unwrap_or_default()) }
                    @if !view.suggestions.is_empty() {
                        p.free #free-handles { "These are free:" }
                        ul.chips role="list" aria-labelledby="free-handles" {
                            @for handle in view.suggestions {
                                li { a.chip href={ "/settings?handle=" (handle) "#profile" } data-handle=(handle) { (handle) } }
                            }
                        }
                    }
                }
                button.button type="submit" { "Save" }
            }
        }
    }
}

fn portrait(viewer: &Viewer) -> Markup {
    html! {
        div.portrait {
            (shell::avatar(viewer, "big"))
            div {
                div.row {
                    button.button.plain.needs-script type="button" #choose-picture {
                        @if viewer.picture.is_some() { "Choose another picture" } @else { "Choose a picture" }
                    }
                    input #picture-file type="file" accept="image/*" hidden aria-label="Picture";
                    form #remove-picture method="post" action="/settings/picture/remove" hidden[viewer.picture.is_none()] {
                        button.text-button type="submit" { "Remove the picture" }
                    }
                }
                p.hint.needs-script {
                    "It is cut to a square in this browser. Where and when it was taken stays with you."
                }
                p.hint.without-script {
                    "Choosing a picture needs scripts, and they are switched off in this browser: it is cut to size "
                    "here, so that nothing but the picture is sent."
                }
                p.wrong #picture-wrong role="alert" {}
            }
        }
    }
}

/// The dialog in which a picture is cut. The canvas shows exactly what will be sent.
pub(super) fn crop() -> Markup {
    html! {
        dialog.crop #crop aria-labelledby="crop-title" {
            div.dialog-head {
                h2 #crop-title tabindex="-1" { "Choose what to show" }
                button.close type="button" aria-label="Close" data-closes { (art::cross()) }
            }
            div.crop-frame {
                canvas #crop-view width="512" height="512" tabindex="0" role="application"
                    aria-label="The picture as it will be. Arrow keys move it, plus and minus make it larger and smaller."
                    aria-describedby="crop-hint" {}
            }
            div.crop-zoom {
                button.round type="button" #smaller aria-label="Smaller" { (art::line(paths::MINUS)) }
                input #zoom type="range" min="0" max="100" value="0" aria-label="How large";
                button.round type="button" #larger aria-label="Larger" { (art::line(paths::PLUS)) }
            }
            p.hint #crop-hint { "Drag the picture to move it, or use the arrow keys." }
            p.wrong #crop-wrong role="alert" {}
            div.row {
                button.button type="button" #use-picture { "Use this picture" }
                button.button.plain type="button" data-closes { "Cancel" }
            }
        }
    }
}
