//! `/session/:sessionId`: the conversation and the preview, over the whole window. Owns the markup that stands before the
//! island wakes; what happens in the session is the island's (notch/src/session).

use super::{
    Markup, Shell, Team,
    art::{self, paths},
};
use maud::html;
use vetka_app::pages::shell::{self, Screen};
use vetka_domain::team::session::Status;

/// A session, as far as the page is told of it before the socket opens.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Opaque.
    pub id: &'a str,
    /// What people call the project.
    pub project: &'a str,
    /// Whose it is. Its admins may put something on the main branch.
    pub team: Team<'a>,
    /// The account that looks.
    pub viewer: &'a str,
    /// How it is doing.
    pub status: Status,
    /// The origin of its preview; empty when there is none to be had.
    pub preview: &'a str,
}

const EXAMPLES: [&str; 3] = [
    "A friendlier headline on the home page",
    "Make the buttons larger on a phone",
    "Add a line with our opening hours at the bottom of every page",
];

/// How a session ends: what `/api/v1/sessions/:sessionId/…` calls it, what people do, and what that means.
const WAYS: [(&str, &str, &str); 3] = [
    ("create-pr", "Make a pull request", "Developers look at it and take it over."),
    ("commit-to-main", "Put it into the main branch", "At once, without anybody looking first. For admins."),
    ("discard", "Discard", "Discards the work of this session."),
];

/// `/session/:sessionId`.
pub fn page(shell: Shell<'_>, view: View<'_>) -> Markup {
    let main = html! {
        div.session #session.over[view.status.is_over()] data-tab="chat" data-session=(view.id) data-project=(view.project)
            data-org=(view.team.id) data-org-name=(view.team.name) data-viewer=(view.viewer)
            data-role=(if view.team.is_admin { "ADMIN" } else { "MEMBER" }) data-status=(view.status.as_str())
            data-preview=(view.preview) {
            (tabs())
            (chat())
            (preview())
        }
    };
    let beside = html! {
        dialog #ending aria-labelledby="ending-title" {}
        div.toast #toast role="status" hidden {}
        p.visually-hidden #spoken role="status" {}
    };
    let title = format!("{} · Session", view.project);
    shell::screen(shell, Screen { title: &title, island: "session", bar: bar(view), main, beside })
}

/// Where this is, who is here, what it costs, how long it goes on, and the way out.
fn bar(view: View<'_>) -> Markup {
    html! {
        header.session-bar {
            a.session-home href=(view.team.path()) aria-label={ "Back to " (view.team.name) } { (art::mark()) }
            div.session-name {
                h1 { (view.project) }
                p { (view.team.name) }
            }
            ul.people #people role="list" aria-label="Who is here" hidden {}
            div.meters {
                div.cost #cost hidden {
                    span #cost-words {}
                    progress #cost-bar aria-label="How much of the budget is used" max="1" value="0" {}
                }
                p.time #time hidden {}
            }
            details.finish #finish hidden {
                summary.button { "Finish" }
                div.finish-menu {
                    ul role="list" {
                        @for (way, words, about) in WAYS {
                            @if view.team.is_admin || way != "commit-to-main" {
                                li { button.way type="button" data-way=(way) { strong { (words) } span { (about) } } }
                            }
                        }
                    }
                    p.small {
                        "Or "
                        button.text-button type="button" data-way="stop" { "end without handing over" }
                        ": the work stays on a branch of its own."
                    }
                }
            }
        }
    }
}

fn tabs() -> Markup {
    html! {
        div.tabs.needs-script #tabs role="tablist" aria-label="Parts of the session" {
            @for (name, title) in [("chat", "Chat"), ("preview", "Preview")] {
                button.tab type="button" role="tab" id={ "tab-" (name) } data-tab=(name) aria-controls={ "panel-" (name) }
                    aria-selected=(name == "chat") tabindex=(if name == "chat" { "0" } else { "-1" }) { (title) }
            }
        }
    }
}

fn chat() -> Markup {
    html! {
        section.panel.chat #panel-chat aria-labelledby="chat-title" {
            h2.visually-hidden #chat-title { "Conversation" }
            p.without-script.notice {
                "A session needs scripts, and they are switched off in this browser. Switch them on and reload the page."
            }
            div.talk.needs-script #talk tabindex="0" role="log" aria-label="What was said and done" {
                div.waiting #waiting hidden {
                    h3 { "Getting ready" }
                    div #waiting-steps {}
                    p.quiet.small { "You can write what you want already. It is taken up when all is ready." }
                }
                div.opening #first hidden {
                    h3 { "What should be different?" }
                    p { "Say it in your own words. You see it in the preview before anything is handed over." }
                    ul.examples role="list" {
                        @for example in EXAMPLES { li { button.example type="button" { (example) } } }
                    }
                }
                p.quiet #loading { "Fetching the conversation…" }
                ol #timeline role="list" {}
            }
            div.below.needs-script #below {
                p.connection #connection role="status" hidden {}
                ul.notices #notices role="list" aria-live="polite" {}
                (composer())
                p.say-hint #say-hint { "Enter sends, Shift and Enter begin a new line." }
            }
            section.outcome #outcome aria-labelledby="outcome-title" hidden {}
        }
    }
}

fn composer() -> Markup {
    html! {
        form.composer #composer {
            ul.pins #pins role="list" aria-label="What the message is about" hidden {}
            label.visually-hidden for="say" { "What should be different?" }
            textarea #say rows="1" placeholder="What should be different?" enterkeyhint="send" aria-describedby="say-hint" {}
            div.composer-row {
                p.agent #agent {}
                button.round.stop type="button" #stop aria-label="Stop working" title="Stop working" hidden {
                    (art::line(paths::STOP))
                }
                button.round.send type="submit" #send aria-label="Send" title="Send" { (art::line(paths::SEND)) }
            }
        }
    }
}

fn preview() -> Markup {
    html! {
        section.panel.preview #panel-preview aria-labelledby="preview-title" {
            h2.visually-hidden #preview-title { "Preview" }
            div.bar #preview-bar hidden {
                button.button.plain.point type="button" #point aria-pressed="false" aria-disabled="true" {
                    (art::line(paths::POINT)) "Point"
                }
                p.bar-address { span #place {} }
                button.round type="button" #reload aria-label="Reload the preview" title="Reload" { (art::line(paths::RELOAD)) }
                div.widths role="group" aria-label="Width of the preview" {
                    (device("desktop", "As on a screen", paths::SCREEN))
                    (device("tablet", "As on a tablet", paths::TABLET))
                    (device("phone", "As on a phone", paths::PHONE))
                }
                button.round type="button" #open-preview aria-label="Open the preview in a tab of its own" title="Open in a new tab" {
                    (art::line(paths::OUT))
                }
            }
            p.looking #preview-trouble role="status" hidden {}
            div.stage #stage {
                div.skeleton #skeleton {
                    (art::bare_twig())
                    div.waiting #preview-waiting-card hidden {
                        h3 { "The preview will appear here" }
                        div #preview-waiting {}
                    }
                    p.quiet #no-preview hidden { "This project shows no page of its own, so there is nothing to look at here. You can ask for changes all the same." }
                }
            }
        }
    }
}

fn device(name: &str, words: &str, drawing: &str) -> Markup {
    html! {
        button.round type="button" id={ "as-" (name) } aria-pressed=(name == "desktop") aria-label=(words) title=(words) {
            (art::line(drawing))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vetka_app::pages::Assets;

    const HOSTILE: &str = r#"ends"here><script>alert('x')</script>&amp;"#;

    fn html(is_admin: bool, status: Status) -> String {
        let assets = Assets::default();
        let team = Team { id: "org", name: HOSTILE, is_admin };
        let view = View { id: "one", project: HOSTILE, team, viewer: "me", status, preview: "http://one.preview.test" };
        page(Shell { assets: &assets, viewer: None }, view).into_string()
    }

    #[test]
    fn hostile_names_stay_text() {
        let html = html(true, Status::Running);
        assert!(!html.contains("<script>") && !html.contains(r#""here>"#), "{html}");
    }

    #[test]
    fn only_admins_are_offered_the_main_branch() {
        assert!(html(true, Status::Running).contains("commit-to-main"));
        assert!(!html(false, Status::Running).contains("commit-to-main"));
    }
}
