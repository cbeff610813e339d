//! The openweb worker's routes: those that programs ask for.

use crate::{
    operation::{Operation, Tag},
    schemas::Schemas,
};
use serde_json::{Value, json};
use vetka_domain::routes::Openweb;
use vetka_openweb::contract::MentionState;

/// What a row takes and gives; `None` for pages.
pub fn operation(row: Openweb) -> Option<Operation> {
    Some(match row {
        Openweb::UnsubscribePage | Openweb::Unsubscribe => return None,
        Openweb::WebmentionPage => Operation::new(Tag::OpenWeb, "A form for telling of a mention by hand")
            .gives_file(200, "text/html", "A page for people.", text),
        Openweb::Webmention => Operation::new(Tag::OpenWeb, "Takes word of a mention (Webmention)")
            .about(
                "A form with `source`, the page that links, and `target`, the page of a site here that it links to. The source \
                 is read within a few minutes.",
            )
            .takes_file(&["application/x-www-form-urlencoded"], mention)
            .gives_file(202, "text/plain", "It was taken; nothing more is known yet.", text)
            .refuses(400, &["invalid_mention"])
            .refuses(413, &["too_large"])
            .refuses(415, &["unsupported_media_type"])
            .limited(),
        Openweb::WebmentionState => Operation::new(Tag::OpenWeb, "What has become of a mention")
            .gives::<MentionState>(200, "As far as it is known.")
            .refuses(404, &["not_found"]),
        Openweb::AtomFeed => Operation::new(Tag::OpenWeb, "What a site did, as Atom")
            .gives_file(200, "application/atom+xml", "The newest 50 entries.", text)
            .refuses(404, &["not_found"]),
        Openweb::JsonFeed => Operation::new(Tag::OpenWeb, "What a site did, as JSON Feed")
            .gives_file(200, "application/feed+json", "The newest 50 entries, as JSON Feed 1.1.", anything)
            .refuses(404, &["not_found"]),
        Openweb::Webfinger => Operation::new(Tag::OpenWeb, "What a site is (WebFinger)")
            .needs("resource", "`acct:ann@ann.example` or `https://ann.example/`.", json!({ "type": "string" }))
            .gives_file(200, "application/jrd+json", "Where its pages and feeds are.", anything)
            .refuses(400, &["malformed_resource"])
            .refuses(404, &["not_found"]),
    })
}

fn mention(_: &mut Schemas) -> Value {
    let url = |about: &str| json!({ "type": "string", "format": "uri", "maxLength": 2000, "description": about });
    json!({
        "type": "object",
        "properties": { "source": url("The page that links."), "target": url("The page that it links to.") },
        "required": ["source", "target"],
    })
}

fn text(_: &mut Schemas) -> Value {
    json!({ "type": "string" })
}

fn anything(_: &mut Schemas) -> Value {
    json!({ "type": "object" })
}
