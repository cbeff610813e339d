//! What is left on a page as others read it: the W3C Web Annotation model, in JSON-LD
//! (<https://www.w3.org/TR/annotation-model/>).

use super::{anchor::Anchor, signal::Signal};
use schemars::JsonSchema;
use serde::Serialize;

/// The media type of the answers.
pub const MEDIA_TYPE: &str = "application/ld+json; profile=\"http://www.w3.org/ns/anno.jsonld\"";
const CONTEXT: &str = "http://www.w3.org/ns/anno.jsonld";

/// A page of annotations.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnnotationPage {
    #[serde(rename = "@context")]
    context: &'static str,
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    part_of: Collection,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    items: Vec<Annotation>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AnnotationCollection")]
struct Collection {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    label: String,
}

/// One annotation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Annotation {
    #[serde(rename = "@context", skip_serializing_if = "Option::is_none")]
    context: Option<&'static str>,
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    motivation: Vec<&'static str>,
    created: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
    creator: Creator,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<String>,
    body: Vec<Body>,
    target: Target,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AnnotationCreator")]
struct Creator {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AnnotationBody")]
struct Body {
    #[serde(rename = "type")]
    kind: &'static str,
    value: String,
    format: &'static str,
    purpose: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AnnotationTarget")]
struct Target {
    source: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    selector: Vec<Selector>,
}

/// Each by itself leads to the place.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AnnotationSelector")]
#[serde(tag = "type")]
enum Selector {
    #[serde(rename = "TextQuoteSelector")]
    Quote { exact: String, prefix: String, suffix: String },
    #[serde(rename = "TextPositionSelector")]
    Position { start: usize, end: usize },
    #[serde(rename = "CssSelector")]
    Css { value: String },
}

/// What is known of one reaction.
#[derive(Debug)]
pub struct Left<'a> {
    /// Where it can be read by itself.
    pub id: String,
    /// The page.
    pub source: &'a str,
    /// What was left.
    pub signal: Signal,
    /// The words with it; may be empty.
    pub body: &'a str,
    /// Where.
    pub anchor: &'a Anchor,
    /// Whether the place is gone. Then it is left on the page as a whole, and only the quote tells where it was.
    pub lost: bool,
    /// Where it was written, if that was elsewhere on the web; empty otherwise.
    pub via: &'a str,
    /// The address of whoever left it; empty when it is not known.
    pub creator_url: &'a str,
    /// Their name.
    pub creator_name: &'a str,
    /// RFC 3339 UTC.
    pub created: String,
    /// RFC 3339 UTC, when it was changed since.
    pub modified: Option<String>,
}

impl Annotation {
    /// In a page of several.
    pub fn of(left: Left<'_>) -> Self {
        let text =
            |value: &str, purpose| Body { kind: "TextualBody", value: value.to_owned(), format: "text/plain", purpose };
        let (mut motivation, mut body) = (Vec::new(), Vec::new());
        if left.signal != Signal::Comment {
            motivation.push(left.signal.motivation());
            body.push(text(left.signal.as_str(), "tagging"));
        }
        if !left.body.is_empty() {
            motivation.push("commenting");
            body.push(text(left.body, "commenting"));
        }
        Self {
            context: None,
            id: left.id,
            kind: "Annotation",
            motivation,
            created: left.created,
            modified: left.modified,
            creator: Creator {
                id: (!left.creator_url.is_empty()).then(|| left.creator_url.to_owned()),
                kind: "Person",
                name: left.creator_name.to_owned(),
            },
            via: (!left.via.is_empty()).then(|| left.via.to_owned()),
            body,
            target: Target { source: left.source.to_owned(), selector: selectors(left.anchor, left.lost) },
        }
    }

    /// By itself.
    #[must_use]
    pub fn alone(self) -> Self {
        Self { context: Some(CONTEXT), ..self }
    }
}

impl AnnotationPage {
    /// Of what was left on a page. `all` is where the list begins, `here` this part of it, `next` the following one.
    pub fn of(all: String, here: String, next: Option<String>, source: &str, items: Vec<Annotation>) -> Self {
        let part_of = Collection { id: all, kind: "AnnotationCollection", label: format!("What was left on {source}") };
        Self { context: CONTEXT, id: here, kind: "AnnotationPage", part_of, next, items }
    }
}

fn selectors(anchor: &Anchor, lost: bool) -> Vec<Selector> {
    let mut selectors = Vec::new();
    if !anchor.exact.is_empty() {
        selectors.push(Selector::Quote {
            exact: anchor.exact.clone(),
            prefix: anchor.prefix.clone(),
            suffix: anchor.suffix.clone(),
        });
        if let Some((start, end)) = anchor.range().filter(|_| !lost) {
            selectors.push(Selector::Position { start, end });
        }
    } else if !anchor.css.is_empty() && !lost {
        selectors.push(Selector::Css { value: anchor.css.clone() });
    }
    selectors
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn left<'a>(signal: Signal, body: &'a str, anchor: &'a Anchor) -> Left<'a> {
        Left {
            id: "https://vetka.sh/api/notch/annotations/r1".into(),
            source: "https://ann.vetka.sh/",
            signal,
            body,
            anchor,
            lost: false,
            via: "",
            creator_url: "https://bob.vetka.sh/",
            creator_name: "Bob",
            created: "2026-11-21T07:00:00Z".into(),
            modified: None,
        }
    }

    #[test]
    fn a_comment_is_an_annotation_of_the_model() {
        let anchor = Anchor {
            exact: "quick brown fox".into(),
            prefix: "The ".into(),
            suffix: " jumps".into(),
            start: Some(412),
            css: "p".into(),
            ..Anchor::default()
        };
        let annotation = Annotation::of(left(Signal::Question, "Nice", &anchor)).alone();
        assert_eq!(
            serde_json::to_value(&annotation).unwrap(),
            json!({
                "@context": "http://www.w3.org/ns/anno.jsonld",
                "id": "https://vetka.sh/api/notch/annotations/r1",
                "type": "Annotation",
                "motivation": ["questioning", "commenting"],
                "created": "2026-11-21T07:00:00Z",
                "creator": {"id": "https://bob.vetka.sh/", "type": "Person", "name": "Bob"},
                "body": [
                    {"type": "TextualBody", "value": "question", "format": "text/plain", "purpose": "tagging"},
                    {"type": "TextualBody", "value": "Nice", "format": "text/plain", "purpose": "commenting"},
                ],
                "target": {"source": "https://ann.vetka.sh/", "selector": [
                    {"type": "TextQuoteSelector", "exact": "quick brown fox", "prefix": "The ", "suffix": " jumps"},
                    {"type": "TextPositionSelector", "start": 412, "end": 427},
                ]},
            })
        );
    }

    #[test]
    fn a_place_without_words_is_its_element_and_a_lost_one_only_its_quote() {
        let bare = Anchor { css: "img".into(), ..Anchor::default() };
        let selector = |left| serde_json::to_value(Annotation::of(left)).unwrap()["target"]["selector"].clone();
        assert_eq!(selector(left(Signal::Heart, "", &bare)), json!([{"type": "CssSelector", "value": "img"}]));
        assert!(selector(Left { lost: true, ..left(Signal::Heart, "", &bare) }).is_null());
        let words = Anchor { exact: "a".into(), start: Some(1), ..bare.clone() };
        assert_eq!(selector(Left { lost: true, ..left(Signal::Heart, "", &words) }).as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn a_page_of_them_says_what_it_is_part_of() {
        let page =
            AnnotationPage::of("all".into(), "here".into(), Some("next".into()), "https://ann.vetka.sh/", vec![]);
        let page = serde_json::to_value(page).unwrap();
        assert_eq!(
            (&page["type"], &page["partOf"]["id"], &page["next"]),
            (&json!("AnnotationPage"), &json!("all"), &json!("next"))
        );
    }
}
