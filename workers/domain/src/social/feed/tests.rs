use super::*;
use crate::social::tests::resolve;
use proptest::prelude::*;

const URL: &str = "https://ann.example/blog/feed.xml";

fn read(text: &str) -> Feed {
    parse(text, URL, &resolve).unwrap_or_else(|_| panic!("no feed: {text}"))
}

/// The one entry of an RSS feed.
fn rss(item: &str) -> Entry {
    let mut feed = read(&format!(
        "<rss version='2.0'><channel><title>T</title><link>https://ann.example/</link><item>{item}</item></channel></rss>"
    ));
    assert_eq!(feed.entries.len(), 1, "{item}");
    feed.entries.remove(0)
}

fn atom(entry: &str) -> Entry {
    let mut feed =
        read(&format!("<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry>{entry}</entry></feed>"));
    assert_eq!(feed.entries.len(), 1, "{entry}");
    feed.entries.remove(0)
}

#[test]
fn reads_rss() {
    let feed = read(
        "<?xml version='1.0'?><rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom' xmlns:content='c'><channel>
        <title>Ann&#8217;s blog</title><link>https://ann.example/</link><atom:link rel='self' href='https://ann.example/feed'/>
        <image><title>Not this</title><link>https://evil.example/</link></image><ttl>180</ttl>
        <item><title>One</title><link>/one</link><guid>g1</guid><pubDate>Tue, 10 Jun 2003 04:00:00 GMT</pubDate>
          <description><![CDATA[<p>Hello <b>you</b></p>]]></description><content:encoded>long</content:encoded></item>
        <item><title>Two</title><guid>https://ann.example/two</guid><content:encoded>&lt;p&gt;only this&lt;/p&gt;</content:encoded></item>
        </channel></rss>",
    );
    assert_eq!((feed.title.as_str(), feed.home.as_deref()), ("Ann’s blog", Some("https://ann.example/")));
    assert_eq!(feed.rest_ms, Some(180 * 60_000));
    let [one, two] = feed.entries.as_slice() else { panic!("{feed:?}") };
    assert_eq!(
        one,
        &Entry {
            id: "g1".into(),
            url: "https://ann.example/one".into(),
            title: "One".into(),
            summary: "Hello you".into(),
            published: Some(1_055_217_600_000),
            updated: None
        }
    );
    assert_eq!((two.url.as_str(), two.summary.as_str()), ("https://ann.example/two", "only this"));
}

#[test]
fn reads_atom() {
    let feed = read(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://ann.example/a/'><title type='html'>Ann &amp;amp; co</title>
        <link rel='self' href='x'/><link href='../'/><id>f</id>
        <entry xml:base='b/'><id>tag:ann.example,2026:1</id><title type='text'>1 &lt; 2 &amp;amp;</title>
          <link rel='enclosure' href='e.mp3'/><link rel='alternate' type='application/json' href='j'/><link rel='alternate' type='text/html' href='one'/>
          <published>2003-06-10T04:00:00Z</published><updated>2003-06-11T04:00:00Z</updated>
          <author><name>Not the title</name></author>
          <content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Hello &amp; &lt;you&gt;</p><p>there</p></div></content></entry></feed>",
    );
    assert_eq!((feed.title.as_str(), feed.home.as_deref()), ("Ann & co", Some("https://ann.example/")));
    let [one] = feed.entries.as_slice() else { panic!("{feed:?}") };
    assert_eq!(one.url, "https://ann.example/a/b/one");
    assert_eq!((one.title.as_str(), one.summary.as_str()), ("1 < 2 &amp;", "Hello & <you>\nthere"));
    assert_eq!((one.published, one.updated), (Some(1_055_217_600_000), Some(1_055_304_000_000)));
}

#[test]
fn reads_old_atom_prefixed_atom_and_rdf() {
    let old = read(
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><title>Old</title><entry><title mode='escaped' type='text/html'>a &lt;b&gt;c&lt;/b&gt;</title>
        <id>1</id><issued>2003-06-10T04:00:00Z</issued><modified>2003-06-10T05:00:00Z</modified><link rel='alternate' type='text/html' href='/x'/></entry></feed>",
    );
    assert_eq!((old.entries[0].title.as_str(), old.entries[0].url.as_str()), ("a c", "https://ann.example/x"));
    assert_eq!(old.entries[0].published, Some(1_055_217_600_000));
    let prefixed = read(
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:title>P</a:title><a:entry><a:id>1</a:id><a:title>x</a:title></a:entry></a:feed>",
    );
    assert_eq!((prefixed.title.as_str(), prefixed.entries[0].title.as_str()), ("P", "x"));
    let rdf = read(
        "<rdf:RDF xmlns:rdf='r' xmlns='http://purl.org/rss/1.0/' xmlns:dc='d' xmlns:sy='s'><channel rdf:about='x'><title>R</title><link>https://ann.example/</link>
        <sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency></channel>
        <item rdf:about='https://ann.example/1'><title>one</title><link>https://ann.example/1</link><dc:date>2003-06-10</dc:date></item></rdf:RDF>",
    );
    assert_eq!(
        (rdf.title.as_str(), rdf.entries[0].id.as_str(), rdf.rest_ms),
        ("R", "https://ann.example/1", Some(6 * 60 * 60_000))
    );
    assert!(rdf.entries[0].published.is_some());
}

#[test]
fn reads_json() {
    let feed = read(
        r#"{"version":"https://jsonfeed.org/version/2","title":null,"home_page_url":"/","items":[
        {"id":1,"url":"/one","title":"T","content_html":"<p>Hello</p>","date_published":"2003-06-10T04:00:00Z"},
        {"id":"2","external_url":"https://x.example/","content_text":"<b> is text"},{"id":"1","title":"again"},7]}"#,
    );
    assert_eq!(feed.home.as_deref(), Some("https://ann.example/"));
    let [one, two] = feed.entries.as_slice() else { panic!("{feed:?}") };
    assert_eq!((one.id.as_str(), one.url.as_str(), one.summary.as_str()), ("1", "https://ann.example/one", "Hello"));
    assert_eq!((two.url.as_str(), two.summary.as_str()), ("https://x.example/", "<b> is text"));
    assert!(parse(r#"{"items":[]}"#, URL, &resolve).is_ok(), "without a version");
    for none in [r#"{"version":"https://jsonfeed.org/version/1"}"#, r#"{"items":{}}"#, r#"{"items":[1"#, r#"{"a":1}"#] {
        assert_eq!(parse(none, URL, &resolve), Err(NotAFeed), "{none}");
    }
}

#[test]
fn goes_on_after_mistakes() {
    assert_eq!(rss("<title>a & b</title><guid>1</guid>").title, "a & b");
    assert_eq!(rss("<title>a &nbsp;&eacute; &nosuch; b</title><guid>1</guid>").title, "a é &nosuch; b");
    assert_eq!(rss("<title>AT&amp;amp;T &lt;b&gt;x&lt;/b&gt;</title><guid>1</guid>").title, "AT&T x");
    assert_eq!(rss("<title>a\u{8}b</title><guid>1</guid>").title, "ab");
    assert_eq!(rss("<guid>1</guid><description>a <b>bold</i> <p>word</description>").summary, "a bold\nword");
    assert_eq!(rss("<guid>1</guid><description><![CDATA[&amp; &lt;]]></description>").summary, "& <");
    assert_eq!(
        read("\u{feff}\n  <?xml version='1.0'?><!-- x --><!DOCTYPE rss><rss><channel><title>x</title></channel></rss>")
            .title,
        "x"
    );
    assert_eq!(read("<RSS><CHANNEL><TITLE>x</TITLE><ITEM><GUID>1</GUID></ITEM></CHANNEL></RSS>").entries.len(), 1);
    let whole = "<rss><channel><title>x</title><item><guid>1</guid></item><item><guid>2</guid><title>is cut off</title></item></channel></rss>";
    for length in
        "<rss><channel><title>x</title><item><guid>1</guid></item>".len()..whole.find("</item></channel>").unwrap()
    {
        let ids: Vec<String> = read(&whole[..length]).entries.into_iter().map(|entry| entry.id).collect();
        assert_eq!(ids, ["1"], "{}", &whole[..length]);
    }
}

#[test]
fn expands_nothing() {
    let bomb = "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY y 'yes'><!ENTITY x SYSTEM 'file:///etc/passwd'>]>
        <rss><channel><title>&y; &x;</title></channel></rss>";
    assert_eq!(read(bomb).title, "&y; &x;");
}

#[test]
fn an_entry_has_an_id_that_stays() {
    assert_eq!(rss("<guid> 1 </guid><link>/x</link>").id, "1");
    assert_eq!(rss("<link>/x</link>").id, "https://ann.example/x");
    let without = rss("<title>x</title>");
    assert_eq!(without.id, rss("<title>x</title>").id);
    assert_ne!(without.id, rss("<title>y</title>").id);
    assert!(without.url.is_empty());
    let long = rss(&format!("<guid>{}</guid>", "x".repeat(5000)));
    assert!(long.id.starts_with("sha256:"));
}

#[test]
fn an_entry_can_be_opened_or_not_at_all() {
    assert_eq!(rss("<guid>https://ann.example/p</guid>").url, "https://ann.example/p");
    assert_eq!(rss("<guid isPermaLink='true'>https://ann.example/p</guid>").url, "https://ann.example/p");
    assert_eq!(rss("<guid isPermaLink='false'>https://ann.example/p</guid>").url, "");
    assert_eq!(rss("<guid>urn:1</guid>").url, "");
    for link in ["javascript:alert(1)", "data:text/html,x", "mailto:a@b.example", "http://[bad"] {
        assert_eq!(rss(&format!("<guid>1</guid><link>{link}</link>")).url, "", "{link}");
        assert_eq!(atom(&format!("<id>1</id><link href='{link}'/>")).url, "", "{link}");
    }
}

#[test]
fn of_two_with_one_id_the_later_change_counts() {
    let feed = |first: &str, second: &str| {
        let entry = |title: &str, updated: &str| {
            format!("<entry><id>1</id><title>{title}</title><updated>{updated}</updated></entry>")
        };
        let read = read(&format!("<feed><title/>{}{}</feed>", entry("a", first), entry("b", second)));
        assert_eq!(read.entries.len(), 1);
        read.entries[0].title.clone()
    };
    assert_eq!(feed("2026-01-01", "2026-01-02"), "b");
    assert_eq!(feed("2026-01-02", "2026-01-01"), "a");
    assert_eq!(feed("2026-01-01", "2026-01-01"), "a");
}

#[test]
fn the_newest_come_first() {
    let item = |id: &str, date: &str| format!("<item><guid>{id}</guid>{date}</item>");
    let ids = |items: &[String]| -> Vec<String> {
        let feed = read(&format!("<rss><channel>{}</channel></rss>", items.concat()));
        feed.newest(2).into_iter().map(|entry| entry.id.clone()).collect()
    };
    let dated = |id, day| item(id, &format!("<pubDate>{day} Jun 2003</pubDate>"));
    assert_eq!(ids(&[dated("a", 1), dated("b", 3), dated("c", 2)]), ["b", "c"]);
    assert_eq!(ids(&[item("a", ""), dated("b", 3), dated("c", 4)]), ["a", "b"], "in their order where one has no date");
}

#[test]
fn a_page_is_no_feed() {
    for text in
        ["", "<!doctype html><html><head>", "<html><body>rss</body></html>", "hello", "<", "<!--", "<?xml", "[1]"]
    {
        assert!(!is_feed(text), "{text}");
        assert_eq!(parse(text, URL, &resolve), Err(NotAFeed), "{text}");
    }
}

#[test]
fn what_is_too_long_is_cut() {
    let item = rss(&format!("<guid>1</guid><title>{0}</title><description>{0}</description>", "word ".repeat(1000)));
    assert!(item.title.chars().count() <= MAX_TITLE && item.summary.chars().count() <= MAX_SUMMARY);
    let many: String = (0..3000).map(|at| format!("<item><guid>{at}</guid></item>")).collect();
    assert_eq!(read(&format!("<rss><channel>{many}</channel></rss>")).entries.len(), MAX_ENTRIES);
    let deep = format!("<rss><channel><item><guid>1</guid><title>{}x", "<a>".repeat(50_000));
    assert!(read(&deep).entries.is_empty());
}

proptest! {
    #[test]
    fn reading_anything_ends(
        text in any::<String>(),
        like in "(<rss>|<channel>|<item>|</item>|<title>|</title>|<link>|<link href='x'/>|</channel>|<feed>|<entry>|</entry>|<!\\[CDATA\\[|\\]\\]>|&|;|amp|<|>|a| |<guid>|</guid>|<content type='xhtml'>|</content>){0,60}"
    ) {
        for text in [text.clone(), format!("<rss>{like}"), format!("<feed>{like}"), format!("{{\"items\":[{text}")] {
            if let Ok(feed) = parse(&text, URL, &resolve) {
                for entry in feed.entries {
                    prop_assert!(!entry.id.is_empty());
                    prop_assert!(entry.url.is_empty() || crate::social::is_web(&entry.url));
                }
            }
        }
    }
}
