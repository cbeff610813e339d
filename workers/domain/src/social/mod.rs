//! The social layer: what people leave on pages and the places where they leave it, and what websites say of themselves and
//! to each other.
//!
//! Of reactions read in this order: `signal` (what is left), `page_url` (on which page), `text` (what a page says), `anchor`
//! (where on it), `reanchor` with `approx` (where that is once the page has changed), `annotation` (how others are told),
//! `comment` (what is written with it).
//!
//! Of the open web: `plain` (what becomes of strangers' HTML), `feed` and `feed_out` (what others publish, and what we do),
//! `webmention` with `microformats` (who speaks of whom), `webfinger` and `rel_me` (who somebody is), `digest` and
//! `unsubscribe` (the daily mail).
//!
//! Of people: `preferences` (what somebody wants of others).

pub mod anchor;
pub mod annotation;
pub mod approx;
pub mod comment;
pub mod date;
pub mod digest;
pub mod encoding;
pub mod feed;
pub mod feed_out;
pub mod form;
pub mod link_header;
pub mod microformats;
pub mod page_url;
pub mod plain;
pub mod preferences;
pub mod reanchor;
pub mod rel_me;
pub mod signal;
pub mod text;
pub mod unsubscribe;
pub mod webfinger;
pub mod webmention;

/// Where a link leads that stands at a place: its address as the URL standard writes it. The platform has a parser for
/// that, so that the rules are handed one.
pub type Resolve<'a> = &'a dyn Fn(&str, &str) -> Option<String>;

/// Whether an address is one that people may be sent to.
pub fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

#[cfg(test)]
pub(crate) mod tests {
    /// The URL standard, as workers have it from their platform.
    pub fn resolve(base: &str, link: &str) -> Option<String> {
        url::Url::parse(base).ok()?.join(link).ok().map(String::from)
    }
}
