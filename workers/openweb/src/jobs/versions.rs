//! What a new version of a site that is made here means to others: the reactions on its pages are held against the new
//! text, and links that are new, changed or gone are to be told of.
//!
//! A version is looked through page by page, and what was done is written down with each, so that a run that is cut off
//! goes on where it was.

use crate::{
    cron::Run,
    site::{self, Site},
    version,
};
use std::collections::BTreeMap;
use vetka_domain::{
    social::{
        anchor::{Anchor, State},
        encoding, plain,
        reanchor::{self, Change, Held},
        webmention::sending,
    },
    target::encode_component,
};
use vetka_edge::{
    Result, auth,
    config::Config,
    d1,
    fetch::decode,
    live::{self, Event},
    notify::{self, Actor, Notification},
    url,
};
use vetka_r2::{Manifest, content_type, manifest::Entry};
use worker::{D1Database, D1PreparedStatement};

const SELECT_DUE: &str =
    "SELECT site_id, from_id, snapshot_id, due_at FROM version_due WHERE due_at <= ?1 ORDER BY due_at LIMIT 5";
const RESERVE: &str =
    "UPDATE version_due SET due_at = ?4 WHERE site_id = ?1 AND snapshot_id = ?2 AND due_at = ?3 RETURNING site_id";
const DONE: &str = "DELETE FROM version_due WHERE site_id = ?1 AND snapshot_id = ?2";
/// Pages whose reactions are held against another version.
const SELECT_PAGES: &str =
    "SELECT id, url, anchored_for FROM page WHERE site_id = ?1 AND anchored_for IS NOT ?2 LIMIT 100";
const SELECT_ANCHORS: &str = "SELECT a.id, a.exact, a.prefix, a.suffix, a.start, a.css, a.x, a.y, a.state,
    (SELECT COALESCE(SUM(count), 0) FROM sticker WHERE anchor_id = a.id) AS reactions FROM anchor a WHERE a.page_id = ?1";
/// Only while it is where it was: somebody may have moved it meanwhile.
const MOVE_ANCHOR: &str =
    "UPDATE anchor SET exact = ?3, prefix = ?4, suffix = ?5, start = ?6, css = ?7, state = ?8, updated_at = ?9
    WHERE id = ?1 AND state = ?2";
const NOTE_PAGE: &str = "UPDATE page SET anchored_for = ?2 WHERE id = ?1";
const SELECT_SENT: &str = "SELECT source, target, gone FROM mention_sent WHERE site_id = ?1";
/// A link that is new, on a page that changed, or there again.
const INSERT_SENT: &str = "INSERT INTO mention_sent (site_id, source, target, state, snapshot_id, due_at, created_at)
    SELECT ?1, ?2, ?3, 'pending', ?4, ?5, ?5 FROM site WHERE id = ?1
    ON CONFLICT (site_id, source, target) DO UPDATE
    SET state = 'pending', gone = 0, tries = 0, snapshot_id = excluded.snapshot_id, due_at = excluded.due_at
    WHERE mention_sent.snapshot_id <> excluded.snapshot_id";
/// A link that is not there any more: whoever heard of it hears of that, once.
const TAKE_BACK: &str = "UPDATE mention_sent SET gone = 1, tries = 0, snapshot_id = ?4, state = CASE WHEN state = 'sent' THEN 'pending' ELSE state END,
    due_at = CASE WHEN state = 'sent' THEN ?5 ELSE NULL END
    WHERE site_id = ?1 AND source = ?2 AND target = ?3 AND gone = 0";

const HOUR_MS: i64 = 60 * 60_000;
/// Pages of one version whose links are looked at.
const MAX_PAGES: usize = 300;
/// Links of one version that are told of.
const MAX_LINKS: usize = 300;

#[derive(Debug, d1::FromRow)]
struct Due {
    site_id: String,
    from_id: Option<String>,
    snapshot_id: String,
    due_at: i64,
}

#[derive(d1::FromRow)]
struct Reserved {
    #[column(name = "site_id")]
    _site_id: String,
}

#[derive(d1::FromRow)]
struct Page {
    id: String,
    url: String,
    anchored_for: Option<String>,
}

#[derive(d1::FromRow)]
struct AnchorRow {
    id: String,
    exact: String,
    prefix: String,
    suffix: String,
    start: Option<i64>,
    css: String,
    x: f64,
    y: f64,
    state: String,
    reactions: u32,
}

#[derive(d1::FromRow)]
struct Sent {
    source: String,
    target: String,
    gone: bool,
}

impl AnchorRow {
    fn into_held(self) -> Held {
        let start = self.start.and_then(|start| u32::try_from(start).ok());
        let Self { id, exact, prefix, suffix, css, x, y, .. } = self;
        Held {
            id,
            anchor: Anchor { exact, prefix, suffix, start, css, x, y },
            state: State::try_from(self.state).unwrap_or(State::Lost),
            reactions: self.reactions,
        }
    }
}

/// Looks through the versions that went live.
pub async fn run(run: Run<'_>) -> Result<()> {
    let due: Vec<Due> = d1::all(&run.env.d1(auth::DB)?, SELECT_DUE, [run.now.into()]).await?;
    for version in due {
        if run.has_time()
            && let Err(failure) = look_through(run, &version).await
        {
            failure.log("look_through_version");
        }
    }
    Ok(())
}

async fn look_through(run: Run<'_>, due: &Due) -> Result<()> {
    let db = run.env.d1(auth::DB)?;
    // What is cut off here is taken up again in a few minutes.
    let reserved = run.now + HOUR_MS / 12;
    let values = [(&due.site_id).into(), (&due.snapshot_id).into(), due.due_at.into(), reserved.into()];
    let mine: Option<Reserved> = d1::first(&db, RESERVE, values).await?;
    if mine.is_none() {
        return Ok(());
    }
    let config = Config::from_env(run.env)?;
    let site = site::by_id(run.env, &due.site_id).await?;
    let after = version::manifest(run.env, &due.site_id, &due.snapshot_id).await?;
    if let (Some(site), Some(after)) = (&site, &after) {
        let before = match &due.from_id {
            Some(from) => version::manifest(run.env, &due.site_id, from).await?,
            None => None,
        };
        let looking = Looking { run, config: &config, db: &db, site, due, before: before.as_ref(), after };
        if !looking.reactions().await? {
            return Ok(());
        }
        looking.links().await?;
    }
    d1::run(&db, DONE, [(&due.site_id).into(), (&due.snapshot_id).into()]).await
}

struct Looking<'a> {
    run: Run<'a>,
    config: &'a Config,
    db: &'a D1Database,
    site: &'a Site,
    due: &'a Due,
    before: Option<&'a Manifest>,
    after: &'a Manifest,
}

impl Looking<'_> {
    /// Holds the reactions of all pages against the new text, and tells the owner what moved. Gives whether it came to the
    /// end.
    async fn reactions(&self) -> Result<bool> {
        let values = [(&self.site.id).into(), (&self.due.snapshot_id).into()];
        let pages: Vec<Page> = d1::all(self.db, SELECT_PAGES, values).await?;
        let (mut changes, mut whole) = (Vec::new(), pages.len() < 100);
        let mut touched = Vec::new();
        for page in &pages {
            if !self.run.has_time() {
                whole = false;
                break;
            }
            let moved = self.page(page).await?;
            if !moved.is_empty() {
                touched.push(page.url.as_str());
            }
            changes.extend(moved);
        }
        if let Some(sentence) = reanchor::summary(&changes) {
            let page_url = if let [only] = touched.as_slice() { *only } else { "" };
            let told = Notification {
                site_id: &self.site.id,
                kind: notify::Kind::Placement,
                actor: Actor::Nobody,
                page_url,
                subject_id: &self.due.snapshot_id,
                text: &sentence,
            };
            notify::send(self.run.env, &told).await?;
        }
        let events: Vec<(&str, Event<'_>)> =
            touched.iter().map(|url| (self.site.id.as_str(), Event::Reaction { url })).collect();
        live::tell_all(self.run.env, &events).await;
        Ok(whole)
    }

    async fn page(&self, page: &Page) -> Result<Vec<Change>> {
        let home = self.site.home(self.config);
        let path = page.url.strip_prefix(&home).filter(|path| path.starts_with('/')).unwrap_or("/").to_owned();
        let earlier = match &page.anchored_for {
            Some(held) if self.due.from_id.as_ref() != Some(held) => {
                version::manifest(self.run.env, &self.site.id, held).await?
            }
            _ => None,
        };
        let before = match earlier.as_ref().or(self.before) {
            Some(before) => version::page(self.run.env, before, &path).await?,
            None => None,
        };
        let after = version::page(self.run.env, self.after, &path).await?;
        let anchors: Vec<AnchorRow> = d1::all(self.db, SELECT_ANCHORS, [(&page.id).into()]).await?;
        let held: Vec<Held> = anchors.into_iter().map(AnchorRow::into_held).collect();
        let changes = if before.is_some() && before == after {
            Vec::new()
        } else {
            reanchor::reanchor(before.as_deref(), after.as_deref(), &held)
        };
        let mut batch: Vec<D1PreparedStatement> = Vec::new();
        for change in &changes {
            let Anchor { exact, prefix, suffix, start, css, .. } = &change.anchor;
            let values = [
                (&change.id).into(),
                change.before.as_str().into(),
                exact.into(),
                prefix.into(),
                suffix.into(),
                start.map(i64::from).into(),
                css.into(),
                change.state.as_str().into(),
                self.run.now.into(),
            ];
            batch.push(d1::prepare(self.db, MOVE_ANCHOR, values)?);
        }
        batch.push(d1::prepare(self.db, NOTE_PAGE, [(&page.id).into(), (&self.due.snapshot_id).into()])?);
        d1::batch(self.db, batch).await?;
        Ok(changes)
    }

    /// Notes which links are to be told of.
    async fn links(&self) -> Result<()> {
        let sent: Vec<Sent> = d1::all(self.db, SELECT_SENT, [(&self.site.id).into()]).await?;
        let mut told: BTreeMap<(&str, &str), bool> = BTreeMap::new();
        for row in &sent {
            told.insert((&row.source, &row.target), row.gone);
        }
        let mut batch = Vec::new();
        let mut there: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let origin = self.site.origin(self.config);
        let pages = self.after.entries().filter(|entry| content_type::is_page(entry.media_type));
        for entry in pages.take(MAX_PAGES) {
            let source = format!("{origin}{}", address(entry.path));
            let (links, changed) = self.page_links(&entry, &source).await?;
            for link in &links {
                let known = told.get(&(source.as_str(), link.as_str()));
                let news = changed || known != Some(&false);
                if news && batch.len() < MAX_LINKS && self.site.notch {
                    let values = [
                        (&self.site.id).into(),
                        (&source).into(),
                        link.into(),
                        (&self.due.snapshot_id).into(),
                        self.run.now.into(),
                    ];
                    batch.push(d1::prepare(self.db, INSERT_SENT, values)?);
                }
            }
            there.insert(source, links);
        }
        for row in sent.iter().filter(|row| !row.gone) {
            let still = there.get(&row.source).is_some_and(|links| links.contains(&row.target));
            if !still && batch.len() < 2 * MAX_LINKS {
                let values = [
                    (&self.site.id).into(),
                    (&row.source).into(),
                    (&row.target).into(),
                    (&self.due.snapshot_id).into(),
                    self.run.now.into(),
                ];
                batch.push(d1::prepare(self.db, TAKE_BACK, values)?);
            }
        }
        if !batch.is_empty() {
            d1::batch(self.db, batch).await?;
        }
        Ok(())
    }

    /// The links of a page to others, and whether what it says has changed.
    async fn page_links(&self, entry: &Entry<'_>, source: &str) -> Result<(Vec<String>, bool)> {
        let earlier = self.before.and_then(|before| before.find(entry.path));
        let Some(page) = version::blob(self.run.env, entry).await? else { return Ok((Vec::new(), false)) };
        let page = text(&page);
        let origins = self.site.origins(self.config);
        let ours: Vec<&str> = origins.iter().map(String::as_str).collect();
        let links = sending::links(&page, source, &ours, &url::join);
        let same = match earlier {
            Some(earlier) if earlier.hash == entry.hash => true,
            Some(earlier) if !links.is_empty() => {
                let before = version::blob(self.run.env, &earlier).await?;
                before.is_some_and(|before| plain::of_html(&text(&before)) == plain::of_html(&page))
            }
            _ => false,
        };
        Ok((links, !same))
    }
}

fn text(page: &[u8]) -> String {
    decode(page, &encoding::of_page(None, page))
}

/// The address of a page by its file's name: each has one, as the hosting worker gives it.
fn address(path: &str) -> String {
    let path = path.strip_suffix(".html").unwrap_or(path);
    let path = match path.strip_suffix("index") {
        Some(folder) if folder.is_empty() || folder.ends_with('/') => folder,
        _ => path,
    };
    path.split('/').fold(String::new(), |address, segment| format!("{address}/{}", encode_component(segment)))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_page_has_one_address() {
        for (path, expected) in [
            ("index.html", "/"),
            ("about.html", "/about"),
            ("blog/index.html", "/blog/"),
            ("blog/a b.html", "/blog/a%20b"),
            ("reindex.html", "/reindex"),
        ] {
            assert_eq!(address(path), expected, "{path}");
        }
    }
}
