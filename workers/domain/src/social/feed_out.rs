//! A site's own feeds: what it did, as Atom and as JSON Feed. Ids are made once and never again, of what does not change
//! about a thing; so that a new name or domain makes nothing new of what is old.

use serde_json::json;

/// Most entries of a feed.
pub const MAX_ENTRIES: usize = 50;

/// Whose feed it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The site's id, which stays.
    pub id: String,
    /// Its domain now.
    pub domain: String,
    /// What its owner calls themselves; else the domain.
    pub name: String,
    /// Where it is, with the slash at the end.
    pub url: String,
    /// When it came to be, Unix milliseconds UTC.
    pub created_at: i64,
}

/// One thing that it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its number, which stays.
    pub seq: i64,
    /// Never empty.
    pub title: String,
    /// Plain text.
    pub summary: String,
    /// Where to see it.
    pub url: String,
    /// Unix milliseconds UTC.
    pub published_at: i64,
    /// When it became known here.
    pub created_at: i64,
}

/// What both feeds need to know.
pub struct Feed<'a> {
    /// Whose.
    pub site: &'a Site,
    /// The newest first.
    pub items: &'a [Item],
    /// The domain that ids are made under, which was ours when the first was.
    pub authority: &'a str,
    /// Where this feed is itself.
    pub url: &'a str,
    /// Writes a time as RFC 3339 does.
    pub time: fn(i64) -> String,
}

impl Feed<'_> {
    /// When something in it changed last.
    pub fn updated_at(&self) -> i64 {
        self.items.iter().map(|item| item.created_at).max().unwrap_or(self.site.created_at)
    }

    fn id(&self, of: &str) -> String {
        format!("tag:{},2026:{of}", self.authority)
    }

    /// As Atom (RFC 4287).
    pub fn atom(&self) -> String {
        let Site { id, name, url, .. } = self.site;
        let (name, url) = (escaped(name), escaped(url));
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
             <id>{}</id>\n<title>{name}</title>\n<updated>{}</updated>\n<author><name>{name}</name><uri>{url}</uri></author>\n\
             <link rel=\"self\" type=\"application/atom+xml\" href=\"{}\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"{url}\"/>\n",
            escaped(&self.id(&format!("site/{id}"))),
            (self.time)(self.updated_at()),
            escaped(self.url),
        );
        for item in self.items {
            let content = if item.summary.is_empty() { &item.title } else { &item.summary };
            out += &format!(
                "<entry>\n<id>{}</id>\n<title>{}</title>\n<published>{}</published>\n<updated>{}</updated>\n\
                 <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n<content type=\"text\">{}</content>\n</entry>\n",
                escaped(&self.id(&format!("item/{}", item.seq))),
                escaped(&item.title),
                (self.time)(item.published_at),
                (self.time)(item.published_at.max(item.created_at)),
                escaped(&item.url),
                escaped(content),
            );
        }
        out + "</feed>\n"
    }

    /// As JSON Feed 1.1.
    pub fn json(&self) -> String {
        let Site { name, url, .. } = self.site;
        let items: Vec<serde_json::Value> = self
            .items
            .iter()
            .map(|item| {
                json!({
                    "id": self.id(&format!("item/{}", item.seq)),
                    "url": item.url,
                    "title": item.title,
                    "content_text": if item.summary.is_empty() { &item.title } else { &item.summary },
                    "date_published": (self.time)(item.published_at),
                    "date_modified": (self.time)(item.published_at.max(item.created_at)),
                })
            })
            .collect();
        json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": name,
            "home_page_url": url,
            "feed_url": self.url,
            "authors": [{ "name": name, "url": url }],
            "items": items,
        })
        .to_string()
    }
}

/// Text as XML writes it, without the characters that XML does not know.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(character),
            '\u{fffe}' | '\u{ffff}' => {}
            strange if strange < ' ' => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::social::{date, feed, tests::resolve};
    use proptest::prelude::*;

    fn time(ms: i64) -> String {
        format!("{:?}", chrono::DateTime::from_timestamp_millis(ms).unwrap())
    }

    fn site() -> Site {
        Site {
            id: "s1".into(),
            domain: "bob.vetka.sh".into(),
            name: "Bob & co".into(),
            url: "https://bob.vetka.sh/".into(),
            created_at: 1_700_000_000_000,
        }
    }

    fn item(title: &str, summary: &str) -> Item {
        let at = 1_800_000_000_000;
        Item {
            seq: 7,
            title: title.into(),
            summary: summary.into(),
            url: "https://bob.vetka.sh/hi?a=1&b=2".into(),
            published_at: at,
            created_at: at,
        }
    }

    fn both(items: &[Item]) -> [feed::Feed; 2] {
        let site = site();
        let feed = |url| Feed { site: &site, items, authority: "vetka.sh", url, time };
        let read = |text: &str| feed::parse(text, "https://vetka.sh/feeds/bob.vetka.sh/x", &resolve).unwrap();
        [
            read(&feed("https://vetka.sh/feeds/bob.vetka.sh/atom.xml").atom()),
            read(&feed("https://vetka.sh/feeds/bob.vetka.sh/feed.json").json()),
        ]
    }

    #[test]
    fn says_the_same_both_ways() {
        for title in ["a & b <c> ]]> \"d\" 😀", "one"] {
            let [atom, json] = both(&[item(title, "text <b>is</b> text")]);
            assert_eq!(atom, json);
            assert_eq!(atom.title, "Bob & co");
            assert_eq!(atom.home.as_deref(), Some("https://bob.vetka.sh/"));
            assert_eq!(atom.entries[0].id, "tag:vetka.sh,2026:item/7");
            assert_eq!(atom.entries[0].title, title);
            assert_eq!(atom.entries[0].summary, "text <b>is</b> text");
            assert_eq!(atom.entries[0].url, "https://bob.vetka.sh/hi?a=1&b=2");
            assert_eq!(atom.entries[0].published, Some(1_800_000_000_000));
        }
    }

    #[test]
    fn is_a_feed_when_there_is_nothing_in_it() {
        let site = site();
        let feed = Feed { site: &site, items: &[], authority: "vetka.sh", url: "https://vetka.sh/f", time };
        assert_eq!(feed.updated_at(), site.created_at);
        assert!(feed.atom().contains(&format!("<updated>{}</updated>", time(site.created_at))));
        let [atom, json] = both(&[]);
        assert!(atom.entries.is_empty() && json.entries.is_empty());
    }

    #[test]
    fn an_id_stays_when_the_domain_changes() {
        let moved = Site { domain: "bob.example".into(), url: "https://bob.example/".into(), ..site() };
        let items = [item("x", "")];
        let feed = Feed { site: &moved, items: &items, authority: "vetka.sh", url: "https://vetka.sh/f", time };
        assert!(
            feed.atom().contains("<id>tag:vetka.sh,2026:site/s1</id>")
                && feed.atom().contains("<id>tag:vetka.sh,2026:item/7</id>")
        );
    }

    #[test]
    fn dates_are_read_again() {
        assert_eq!(date::read(&time(1_800_000_000_123)), Some(1_800_000_000_123));
    }

    proptest! {
        #[test]
        fn whatever_it_says_is_well_formed(title in any::<String>(), summary in any::<String>()) {
            let [atom, json] = both(&[item(&title, &summary)]);
            prop_assert_eq!(atom.entries.len(), 1);
            prop_assert_eq!(json.entries.len(), 1);
            prop_assert_eq!(&atom.entries[0].id, &json.entries[0].id);
            prop_assert_eq!(&atom.entries[0].summary, &json.entries[0].summary);
        }
    }
}
