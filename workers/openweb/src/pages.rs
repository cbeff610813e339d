//! The few pages of this worker: documents without a script, a font or a picture, so that they show in any browser.

use crate::contract::MentionState;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use vetka_domain::target::encode_component;

/// What the pages may do: be shown, with their own style, and send their form here.
pub const POLICY: &str = "default-src 'none'; style-src 'sha256-mwYrmWNgr5Ci06NjYuC7tFXotPtSadDLtp48CImQWIk='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = "body{font:17px/1.6 system-ui,sans-serif;max-width:34em;margin:12vh auto 4em;padding:0 1.2em;color:#2b2622;background:#fbf8f4}\
h1{font-size:1.5em;line-height:1.25}label{display:block;margin:1em 0 .2em}input{font:inherit;width:100%;box-sizing:border-box;padding:.6em;border:1px solid #a89f95;border-radius:8px;background:#fff;color:inherit}\
button{font:inherit;margin-top:1.2em;padding:.6em 1.4em;border:0;border-radius:8px;background:#b8391f;color:#fff;min-height:44px}a{color:#b8391f}code{font-size:.9em}\
@media(prefers-color-scheme:dark){body{color:#efe9e2;background:#1d1a17}input{background:#292521;border-color:#6f675f}a{color:#f0937d}}";

fn document(title: &str, origin: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) " · Vetka" }
                meta name="description" content="What websites on Vetka tell each other, and their people.";
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (title) }
                    (body)
                    p { a href={ (origin) "/" } { "Vetka" } }
                }
            }
        }
    }
}

/// What a mention is, and a form to tell of one by hand.
pub fn webmention(origin: &str) -> Markup {
    document(
        "Tell a site that you mentioned it",
        origin,
        &html! {
            p {
                "When you write about a page of a site here, tell it: its owner sees that you did, and your words can stand beside \
                 theirs. Programs do it by " a href="https://www.w3.org/TR/webmention/" { "Webmention" } ", with a POST of "
                code { "source" } " and " code { "target" } " to this address. By hand it goes like this."
            }
            form method="post" action="/webmention" {
                label for="source" { "Your page" }
                input id="source" name="source" type="url" required placeholder="https://you.example/what-i-wrote";
                label for="target" { "The page that it links to" }
                input id="target" name="target" type="url" required placeholder="https://somebody.example/page";
                button { "Tell them" }
            }
            p { "We read your page within a few minutes, and look whether it links there. A website that writes for the first time waits for the owner's yes." }
        },
    )
}

/// It was taken.
pub fn taken(origin: &str, id: &str) -> Markup {
    document(
        "Thank you",
        origin,
        &html! {
            p { "We look at your page within a few minutes. " a href={ "/webmention/" (id) } { "See what has become of it" } "." }
        },
    )
}

/// What has become of a mention.
pub fn mention(origin: &str, state: &MentionState) -> Markup {
    document("Your mention", origin, &html! { p { (state.message) } })
}

/// Asks whether the daily mail is to end.
pub fn unsubscribe(origin: &str, token: &str) -> Markup {
    document(
        "End the daily mail?",
        origin,
        &html! {
            p { "You get a mail a day, at most, about what happened around your site. You will still find it all here, under Notifications." }
            form method="post" action={ "/unsubscribe?t=" (encode_component(token)) } {
                input type="hidden" name="List-Unsubscribe" value="One-Click";
                button { "End it" }
            }
        },
    )
}

/// It has ended.
pub fn unsubscribed(origin: &str, domain: Option<&str>) -> Markup {
    document(
        "No more daily mail",
        origin,
        &html! {
            p {
                @match domain {
                    Some(domain) => { "There will be no more daily mail about " (domain) "." }
                    None => { "There will be no more daily mail." }
                }
                " You can ask for it again under Notifications, whenever you like."
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        let page = unsubscribe("https://vetka.sh", "\"><script>").0;
        assert!(!page.contains("<script>"), "{page}");
        let state = MentionState::of("refused", "<b>no</b>");
        assert!(mention("https://vetka.sh", &state).0.contains("&lt;b&gt;no"));
    }

    #[test]
    fn the_policy_names_our_own_style() {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let named = POLICY.split("'sha256-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
        let bytes = STANDARD.decode(named).unwrap();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, vetka_edge::hash::sha256_hex(STYLE.as_bytes()));
    }
}
