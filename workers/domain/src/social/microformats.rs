//! Microformats (version 2, and what classic pages wrote before it), as much as it takes to show a mention: what kind of
//! answer a page is, whose, and what it says. All of it is hostile text: what is taken is plain, and short.

use crate::{
    entity,
    html::{self, Part, Tag},
    social::{Resolve, date, is_web, plain, webmention::receive::without_fragment},
};

/// Most elements that are looked at.
const MAX_ELEMENTS: usize = 20_000;
/// Deeper than any page goes.
const MAX_DEPTH: usize = 200;
/// Longest text that is shown, in characters. What is longer is cut.
pub const MAX_BODY: usize = 1000;
const MAX_NAME: usize = 80;
/// Elements that hold nothing.
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// What kind of answer a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// It speaks of the page.
    #[default]
    Mention,
    /// It answers it.
    Comment,
    /// It likes it.
    Like,
    /// It shows it again.
    Repost,
    /// It keeps it for later.
    Bookmark,
}

impl Kind {
    /// The column `mention.kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Comment => "comment",
            Self::Like => "like",
            Self::Repost => "repost",
            Self::Bookmark => "bookmark",
        }
    }

    /// A kind by its name in the database.
    pub fn from_column(text: &str) -> Self {
        [Self::Comment, Self::Like, Self::Repost, Self::Bookmark]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .unwrap_or_default()
    }

    /// The sign that it leaves on a page.
    pub const fn signal(self) -> &'static str {
        match self {
            Self::Mention | Self::Comment => "comment",
            Self::Like => "like",
            Self::Repost => "star",
            Self::Bookmark => "save",
        }
    }
}

/// What a page says about another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// What it is.
    pub kind: Kind,
    /// Who wrote it; empty when it does not say so.
    pub author_name: String,
    /// Their page, on the same website as the source; empty otherwise.
    pub author_url: String,
    /// What it says, for a comment; `Mentioned in “Title”` is the reader's to make of the title.
    pub body: String,
    /// The page's title.
    pub title: String,
    /// When it says that it was written.
    pub published: Option<i64>,
}

/// Reads the page at `url` as an answer to `target`.
pub fn read(page: &str, url: &str, target: &str, resolve: Resolve<'_>) -> Response {
    let tree = Tree::read(page);
    let view = View { tree: &tree, url: tree.base(url, resolve), resolve };
    let title = plain::cut(&plain::of_text(&entity::decode(&tree.title)), MAX_NAME);
    let Some(entry) = view.entry(url) else {
        return Response { title, ..Response::default() };
    };
    let kind = view.kind(entry, target);
    let (author_name, author_url) = view.author(entry, url);
    let body = if matches!(kind, Kind::Comment | Kind::Mention) { view.body(entry) } else { String::new() };
    let name = view.first(entry, "p-name").map(|name| view.text(name)).unwrap_or_default();
    let title =
        if name.is_empty() || body.starts_with(&name) { title } else { plain::cut(&name.replace('\n', " "), MAX_NAME) };
    let published = view.first(entry, "dt-published").and_then(|at| date::read(&view.date(at)));
    Response { kind, author_name, author_url, body, title, published }
}

struct Element {
    tag: Tag,
    classes: Vec<String>,
    /// The item that it is in: the next one around it.
    item: Option<usize>,
    /// What is inside of it, in the page.
    from: usize,
    to: usize,
}

struct Tree<'a> {
    page: &'a str,
    elements: Vec<Element>,
    title: String,
}

impl<'a> Tree<'a> {
    fn read(page: &'a str) -> Self {
        let mut tree = Self { page, elements: Vec::new(), title: String::new() };
        let mut open: Vec<usize> = Vec::new();
        let mut parts = html::parts(page.as_bytes()).without_scripting();
        let mut in_title = false;
        loop {
            let before = page.len() - parts.left();
            let Some(part) = parts.next() else { break };
            let after = page.len() - parts.left();
            match part {
                Part::Start(tag) => {
                    in_title = tag.name == "title" && tree.title.is_empty();
                    if tree.elements.len() < MAX_ELEMENTS {
                        tree.start(tag, after, &mut open);
                    }
                }
                Part::Inside(text) if in_title => tree.title = String::from_utf8_lossy(text).into_owned(),
                Part::End(name) => tree.end(&name, before, &mut open),
                Part::Text(_) | Part::Inside(_) => {}
            }
        }
        tree.close(page.len(), 0, &mut open);
        tree
    }

    fn start(&mut self, tag: Tag, after: usize, open: &mut Vec<usize>) {
        // A paragraph ends where another begins, and so does an item.
        if matches!(tag.name.as_str(), "p" | "li" | "dt" | "dd" | "tr" | "td" | "th" | "option") {
            let last = open.last().and_then(|at| self.elements.get(*at)).map(|element| element.tag.name.clone());
            if last.as_deref() == Some(tag.name.as_str()) {
                let keep = open.len() - 1;
                self.close(after, keep, open);
            }
        }
        let void = VOID.contains(&tag.name.as_str());
        let classes = tag
            .get("class")
            .unwrap_or_default()
            .split_ascii_whitespace()
            .map(|class| modern(class).to_owned())
            .collect();
        let around = open.last().copied();
        let item = around.and_then(|at| {
            let element = self.elements.get(at)?;
            if element.is_item() { Some(at) } else { element.item }
        });
        let element = Element { tag, classes, item, from: after, to: after };
        if !void && open.len() < MAX_DEPTH {
            open.push(self.elements.len());
        }
        self.elements.push(element);
    }

    fn end(&mut self, name: &str, before: usize, open: &mut Vec<usize>) {
        let named = |at: &usize| self.elements.get(*at).is_some_and(|element| element.tag.name == name);
        if let Some(keep) = open.iter().rposition(named) {
            self.close(before, keep, open);
        }
    }

    fn close(&mut self, at: usize, keep: usize, open: &mut Vec<usize>) {
        for closed in open.drain(keep..) {
            if let Some(element) = self.elements.get_mut(closed) {
                element.to = at;
            }
        }
    }

    /// What addresses on the page are meant against.
    fn base(&self, url: &str, resolve: Resolve<'_>) -> String {
        let href =
            self.elements.iter().find(|element| element.tag.name == "base").and_then(|base| base.tag.get("href"));
        href.and_then(|href| resolve(url, &html::decode(href))).unwrap_or_else(|| url.to_owned())
    }
}

/// Classic class names as those of today.
fn modern(class: &str) -> &str {
    match class {
        "hentry" => "h-entry",
        "hfeed" => "h-feed",
        "vcard" => "h-card",
        "fn" => "p-name",
        "url" => "u-url",
        "entry-title" => "p-name",
        "entry-content" => "e-content",
        "entry-summary" => "p-summary",
        "published" => "dt-published",
        "author" => "p-author",
        "bookmark" => "u-url",
        other => other,
    }
}

impl Element {
    fn has(&self, class: &str) -> bool {
        self.classes.iter().any(|known| known == class)
    }

    fn is_item(&self) -> bool {
        self.classes
            .iter()
            .any(|class| matches!(class.as_str(), "h-entry" | "h-card" | "h-feed" | "h-cite" | "h-event" | "h-item"))
    }
}

struct View<'a> {
    tree: &'a Tree<'a>,
    url: String,
    resolve: Resolve<'a>,
}

impl View<'_> {
    fn element(&self, at: usize) -> Option<&Element> {
        self.tree.elements.get(at)
    }

    fn all<'b>(&'b self, class: &'b str) -> impl Iterator<Item = usize> + 'b {
        self.tree.elements.iter().enumerate().filter(move |(_, element)| element.has(class)).map(|(at, _)| at)
    }

    /// The item that an element is a property of.
    fn item(&self, at: usize) -> Option<usize> {
        self.element(at)?.item
    }

    /// The properties of an item by that name.
    fn properties<'b>(&'b self, item: usize, class: &'b str) -> impl Iterator<Item = usize> + 'b {
        self.all(class).filter(move |at| self.item(*at) == Some(item))
    }

    fn first(&self, item: usize, class: &str) -> Option<usize> {
        self.properties(item, class).next()
    }

    /// The entry that the page is: the one that says so of itself, or the only one there is.
    fn entry(&self, source: &str) -> Option<usize> {
        let here = without_fragment(source);
        let named = |at: &usize| self.link(*at).is_some_and(|url| without_fragment(&url) == here);
        let is_entry = |at: &usize| self.element(*at).is_some_and(|element| element.has("h-entry"));
        let own = self.all("u-url").filter(named).filter_map(|at| self.item(at)).find(is_entry);
        own.or_else(|| {
            let mut top = self.all("h-entry").filter(|at| self.item(*at).is_none());
            top.next().filter(|_| top.next().is_none())
        })
    }

    fn urls<'b>(&'b self, item: usize, class: &'b str) -> impl Iterator<Item = String> + 'b {
        self.properties(item, class).filter_map(|at| self.link(at))
    }

    /// The address that an element names, or that the item which it is names.
    fn link(&self, at: usize) -> Option<String> {
        let element = self.element(at)?;
        let attribute = ["href", "src", "data"].into_iter().find_map(|name| element.tag.get(name));
        let written = match attribute {
            Some(written) => html::decode(written).trim().to_owned(),
            None if element.is_item() => return self.urls(at, "u-url").next(),
            None => element.tag.get("value").map_or_else(|| self.text(at), html::decode),
        };
        (self.resolve)(&self.url, &written).filter(|url| is_web(url))
    }

    fn kind(&self, entry: usize, target: &str) -> Kind {
        let names = |class: &str| {
            self.urls(entry, class).any(|url| url == target || without_fragment(&url) == without_fragment(target))
        };
        match () {
            () if names("u-in-reply-to") && self.first(entry, "p-rsvp").is_some() => Kind::Comment,
            () if names("u-repost-of") => Kind::Repost,
            () if names("u-like-of") => Kind::Like,
            () if names("u-in-reply-to") => Kind::Comment,
            () if names("u-bookmark-of") => Kind::Bookmark,
            () => Kind::Mention,
        }
    }

    /// Name and page of the author: the entry's, or that of the feed around it. A page elsewhere could be anybody's.
    fn author(&self, entry: usize, source: &str) -> (String, String) {
        let of = |item: usize| self.first(item, "p-author").or_else(|| self.first(item, "u-author"));
        let Some(author) = of(entry).or_else(|| self.item(entry).and_then(of)) else { return Default::default() };
        let name = match self.first(author, "p-name") {
            Some(name) => self.text(name),
            None => self.text(author),
        };
        let same_site = |url: &String| host(url).is_some() && host(url) == host(source);
        let url = self.link(author).or_else(|| self.urls(author, "u-url").next()).filter(same_site).unwrap_or_default();
        let name = if is_web(&name) { String::new() } else { plain::cut(plain::first_line(&name), MAX_NAME) };
        (name, url)
    }

    fn body(&self, entry: usize) -> String {
        let text = |class: &str| self.first(entry, class).map(|at| self.text(at)).filter(|text| !text.is_empty());
        let content = text("e-content").or_else(|| text("p-content"));
        let long = content.as_ref().is_some_and(|content| content.chars().count() > MAX_BODY);
        let short = if long { text("p-summary") } else { None };
        plain::cut(&short.or(content).or_else(|| text("p-summary")).unwrap_or_default(), MAX_BODY)
    }

    fn text(&self, at: usize) -> String {
        let Some(element) = self.element(at) else { return String::new() };
        if let Some(alt) = element.tag.get("alt") {
            return plain::of_text(&entity::decode(alt));
        }
        plain::of_html(self.tree.page.get(element.from..element.to).unwrap_or_default())
    }

    fn date(&self, at: usize) -> String {
        let attribute =
            self.element(at).and_then(|element| element.tag.get("datetime").or_else(|| element.tag.get("title")));
        attribute.map_or_else(|| self.text(at), html::decode)
    }
}

/// Scheme and host of an address.
fn host(url: &str) -> Option<&str> {
    url.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::social::tests::resolve;
    use proptest::prelude::*;

    const SOURCE: &str = "https://b.test/post";
    const TARGET: &str = "https://a.test/p";

    fn read(page: &str) -> Response {
        super::read(page, SOURCE, TARGET, &resolve)
    }

    #[test]
    fn a_reply_is_a_comment() {
        let said = read(
            "<title>B &amp; co</title><div class=h-entry><a class=u-in-reply-to href=https://a.test/p>x</a>
            <p class='p-author h-card'><a class='p-name u-url' href=/>Bob</a></p><time class=dt-published datetime=2003-06-10T04:00:00Z>then</time>
            <div class=e-content><p>Well <b>said</b>.<script>alert(1)</script><p>Yes</div></div>",
        );
        assert_eq!(
            said,
            Response {
                kind: Kind::Comment,
                author_name: "Bob".into(),
                author_url: "https://b.test/".into(),
                body: "Well said.\nYes".into(),
                title: "B & co".into(),
                published: Some(1_055_217_600_000)
            }
        );
    }

    #[test]
    fn kinds_by_what_names_the_page() {
        for (properties, kind) in [
            ("<a class=u-like-of href=https://a.test/p></a>", Kind::Like),
            ("<a class=u-repost-of href=https://a.test/p></a>", Kind::Repost),
            ("<a class=u-bookmark-of href=https://a.test/p></a>", Kind::Bookmark),
            (
                "<a class=u-in-reply-to href=https://other.test/></a><a class=u-in-reply-to href=https://a.test/p></a>",
                Kind::Comment,
            ),
            ("<div class='u-in-reply-to h-cite'><a class=u-url href=https://a.test/p>x</a></div>", Kind::Comment),
            ("<a class=u-in-reply-to href=https://a.test/p></a><data class=p-rsvp value=yes>", Kind::Comment),
            ("<a class=u-in-reply-to href=https://other.test/></a><a href=https://a.test/p></a>", Kind::Mention),
            ("<a href=https://a.test/p></a>", Kind::Mention),
            ("<div class=h-entry><a class=u-like-of href=https://a.test/p></a></div>", Kind::Mention),
        ] {
            assert_eq!(read(&format!("<div class=h-entry>{properties}</div>")).kind, kind, "{properties}");
        }
        let repost = read(
            "<div class=h-entry><a class=u-repost-of href=https://a.test/p></a><p class=e-content>our own text</p></div>",
        );
        assert_eq!(repost.body, "", "our own text is not shown to us");
    }

    #[test]
    fn of_a_list_of_entries_none_is_the_page() {
        let one = |id: &str| {
            format!(
                "<div class=h-entry><a class=u-url href=/{id}></a><a class=u-like-of href=https://a.test/p></a><p class=e-content>{id}</p></div>"
            )
        };
        let list = read(&format!("<div class=h-feed>{}{}</div>", one("x"), one("y")));
        assert_eq!((list.kind, list.body.as_str()), (Kind::Mention, ""));
        assert_eq!(read(&format!("{}{}", one("x"), one("post"))).kind, Kind::Like, "but the one that says so");
        assert_eq!(read("<title>T</title><a href=https://a.test/p>").title, "T");
    }

    #[test]
    fn an_author_elsewhere_is_not_believed() {
        let said = read(
            "<div class=h-entry><a class='p-author h-card' href=https://famous.test/>Famous</a><p class=e-content>x</div>",
        );
        assert_eq!((said.author_name.as_str(), said.author_url.as_str()), ("Famous", ""));
        let said = read("<div class=h-entry><a class=u-author href=javascript:x>https://b.test/</a></div>");
        assert_eq!((said.author_name.as_str(), said.author_url.as_str()), ("", ""));
        let feed = read(
            "<div class=h-feed><p class='p-author h-card'>Ann</p><div class=h-entry><a class=u-url href=/post></a></div></div>",
        );
        assert_eq!(feed.author_name, "Ann", "whose feed it is");
    }

    #[test]
    fn what_is_long_is_told_by_its_summary_or_cut() {
        let long = "word ".repeat(500);
        let said = read(&format!("<div class=h-entry><p class=p-summary>Short</p><p class=e-content>{long}</p></div>"));
        assert_eq!(said.body, "Short");
        let said = read(&format!("<div class=h-entry><p class=e-content>{long}</p></div>"));
        assert!(said.body.ends_with('…') && said.body.chars().count() <= MAX_BODY);
    }

    #[test]
    fn reads_classic_pages() {
        let said = read(
            "<div class='hentry'><h1 class=entry-title>Hi</h1><span class='author vcard'><a class='fn url' href=/bob>Bob</a></span><div class=entry-content>Text <a href=https://a.test/p>x</a></div></div>",
        );
        assert_eq!(
            (said.author_name.as_str(), said.author_url.as_str(), said.body.as_str(), said.title.as_str()),
            ("Bob", "https://b.test/bob", "Text x", "Hi")
        );
    }

    #[test]
    fn a_huge_page_is_read_in_time() {
        let deep = "<div class=h-entry>".repeat(30_000);
        assert_eq!(read(&deep).kind, Kind::Mention);
    }

    proptest! {
        #[test]
        fn reading_anything_ends_and_gives_nothing_but_text(page in "(<div class=h-entry>|<div class='p-author h-card'>|</div>|<p class=e-content>|</p>|<a class=u-url href=|/post>|x|&lt;|<script>|</script>|<|>|\u{202e}|<li>|é){0,60}") {
            let said = read(&page);
            prop_assert!(said.author_url.is_empty() || said.author_url.starts_with("https://b.test"));
            let turned = said.body.contains('\u{202e}');
            prop_assert!(said.body.chars().count() <= MAX_BODY && !turned);
        }
    }
}
