//! JSON Feed, of any version, and as people make it by hand: numbers for ids, `null` for what is not there.

use super::{Feed, NotAFeed, finish};
use crate::social::{Resolve, plain};
use finish::{Kind, Raw, Text};
use serde_json::Value;

/// Whether a text that begins with a brace looks like one.
pub(super) fn is_feed(text: &str) -> bool {
    text.contains("jsonfeed.org") || text.contains("\"items\"")
}

pub(super) fn parse(text: &str, url: &str, resolve: Resolve<'_>) -> Result<Feed, NotAFeed> {
    let text = text.trim_start_matches('\u{feff}');
    let feed: Value = serde_json::from_str(text).map_err(|_| NotAFeed)?;
    let items = feed.get("items").and_then(Value::as_array).ok_or(NotAFeed)?;
    let raw = items.iter().filter(|item| item.is_object()).map(|item| entry(item, url)).collect();
    let home = Some(said(&feed, "home_page_url")).filter(|home| !home.is_empty()).and_then(|home| resolve(url, &home));
    Ok(finish::feed(&plain::of_text(&said(&feed, "title")), home, None, raw, resolve))
}

fn entry(item: &Value, url: &str) -> Raw {
    let text = |name, kind| Text { written: said(item, name), kind };
    let content = text("content_html", Kind::Html);
    Raw {
        id: said(item, "id"),
        id_is_no_link: false,
        link: Some(said(item, "url")).filter(|url| !url.is_empty()).unwrap_or_else(|| said(item, "external_url")),
        link_is_html: true,
        base: url.to_owned(),
        title: text("title", Kind::Text),
        summary: text("summary", Kind::Text),
        content: if content.written.is_empty() { text("content_text", Kind::Text) } else { content },
        published: said(item, "date_published"),
        updated: said(item, "date_modified"),
    }
}

/// A field as text; a number is its digits.
fn said(of: &Value, name: &str) -> String {
    match of.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
