//! Which files a session might change: the folders that hold what people see.

use super::{Evidence, Suggested, suggest};

/// Folders, and what is in them.
const FOLDERS: [(&str, &str); 20] = [
    ("src", "the project’s own code is in src"),
    ("app", "the pages are in app"),
    ("pages", "the pages are in pages"),
    ("components", "the parts of pages are in components"),
    ("views", "the pages are in views"),
    ("templates", "the pages are in templates"),
    ("layouts", "the frames of pages are in layouts"),
    ("public", "pictures and other files are in public"),
    ("static", "pictures and other files are in static"),
    ("assets", "pictures and styles are in assets"),
    ("images", "the pictures are in images"),
    ("img", "the pictures are in img"),
    ("css", "the styles are in css"),
    ("js", "what makes the pages work is in js"),
    ("styles", "the styles are in styles"),
    ("content", "the texts are in content"),
    ("posts", "the texts are in posts"),
    ("docs", "the documentation is in docs"),
    ("locales", "the translations are in locales"),
    ("messages", "the translations are in messages"),
];

pub(super) fn find(evidence: &Evidence) -> Vec<Suggested<String>> {
    let folders = FOLDERS.iter().filter(|(folder, _)| evidence.has(folder));
    let mut patterns: Vec<_> =
        folders.map(|(folder, what)| suggest(format!("{folder}/**"), format!("because {what}"))).collect();
    if evidence.has("index.html") {
        patterns.push(suggest("/*.{html,css,js}".to_owned(), "because there are pages at the top of the repository"));
    }
    patterns
}
