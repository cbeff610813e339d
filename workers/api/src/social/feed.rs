//! What is new: of all members, of those that a site follows, of one site.
//!
//! Items are numbered as they become known, and a page is what lies below a number. So whatever comes or goes while
//! somebody reads, no item is there twice and none is left out.

use super::brief::{BriefRow, SiteBrief};
use crate::{
    ask::Ask,
    pages::social::{
        Site,
        feed::{Entry, Kind},
    },
    paging::Wanted,
};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_edge::{Result, config::Config, d1, time};

const SELECT_GLOBAL: &str = "SELECT i.seq, i.kind, i.url AS item_url, i.title, i.summary, i.published_at, i.created_at,
    s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, p.image_id,
    NULL AS feed_title, NULL AS feed_home, NULL AS feed_domain
    FROM feed_item i INDEXED BY feed_item_global CROSS JOIN site s ON s.id = i.site_id CROSS JOIN user u ON u.id = s.user_id
    LEFT JOIN site_image p ON p.site_id = s.id
    WHERE i.site_id IS NOT NULL AND i.seq < ?2
      AND s.deleted_at IS NULL AND s.taken_down_at IS NULL AND s.former_domain IS NULL
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = ?1 AND other_id = s.id)
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = s.id AND other_id = ?1)
      AND NOT EXISTS (SELECT 1 FROM mute WHERE site_id = ?1 AND other_id = s.id)
    ORDER BY i.seq DESC LIMIT ?3";
/// For a site that follows some: of each source only its newest item is looked up. What is on the page comes from those whose
/// newest are the newest: any other source is behind a page full of items already. For one that follows many, nothing,
/// unless `?4` insists. Sources are taken in the order of their ids, which is that of the index of their items, and no row of
/// a site is read to see that it is there still: the index of those that are not has few.
const SELECT_OF_SOME: &str = "WITH latest AS (
      SELECT f.followee_id AS id, 0 AS elsewhere,
        (SELECT seq FROM feed_item WHERE source_id = f.followee_id AND seq < ?2 ORDER BY seq DESC LIMIT 1) AS newest
      FROM follow f INDEXED BY follow_pair
      WHERE f.follower_id = ?1 AND (?4 = 1 OR (SELECT following FROM site WHERE id = ?1) <= 300)
        AND NOT EXISTS (SELECT 1 FROM site INDEXED BY site_gone WHERE id = f.followee_id
          AND (deleted_at IS NOT NULL OR taken_down_at IS NOT NULL OR former_domain IS NOT NULL))
        AND NOT EXISTS (SELECT 1 FROM mute WHERE site_id = ?1 AND other_id = f.followee_id)
      UNION ALL
      SELECT b.feed_id, 1, (SELECT seq FROM feed_item WHERE feed_id = b.feed_id AND seq < ?2 ORDER BY seq DESC LIMIT 1)
      FROM subscription b INDEXED BY subscription_pair CROSS JOIN feed d ON d.id = b.feed_id
      WHERE b.site_id = ?1 AND (?4 = 1 OR (SELECT following FROM site WHERE id = ?1) <= 300)
        AND NOT EXISTS (SELECT 1 FROM site INDEXED BY site_gone WHERE id = d.site_id
          AND (deleted_at IS NOT NULL OR taken_down_at IS NOT NULL OR former_domain IS NOT NULL))
        AND NOT EXISTS (SELECT 1 FROM follow WHERE follower_id = ?1 AND followee_id = d.site_id)
        AND NOT EXISTS (SELECT 1 FROM mute WHERE site_id = ?1 AND other_id = d.site_id)
        AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = ?1 AND other_id = d.site_id)
        AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = d.site_id AND other_id = ?1)
      ORDER BY newest DESC LIMIT ?3
    ), picked AS (
      SELECT i.seq AS at FROM latest CROSS JOIN feed_item i ON i.seq IN
        (SELECT seq FROM feed_item WHERE source_id = latest.id AND seq < ?2 ORDER BY seq DESC LIMIT ?3)
      WHERE latest.elsewhere = 0
      UNION ALL
      SELECT i.seq FROM latest CROSS JOIN feed_item i ON i.seq IN
        (SELECT seq FROM feed_item WHERE feed_id = latest.id AND seq < ?2 ORDER BY seq DESC LIMIT ?3)
      WHERE latest.elsewhere = 1
      ORDER BY at DESC LIMIT ?3
    )
    SELECT i.seq, i.kind, i.url AS item_url, i.title, i.summary, i.published_at, i.created_at,
    s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, p.image_id,
    d.title AS feed_title, d.home_url AS feed_home, d.domain AS feed_domain
    FROM picked CROSS JOIN feed_item i ON i.seq = picked.at
    LEFT JOIN site s ON s.id = i.site_id LEFT JOIN user u ON u.id = s.user_id LEFT JOIN site_image p ON p.site_id = s.id
    LEFT JOIN feed d ON d.id = i.feed_id
    ORDER BY i.seq DESC LIMIT ?3";
/// For a site that follows many: of all that is new, the last are gone through, and it is asked of each whether it is of one
/// that the site follows. That is one walk through neighbouring rows instead of a jump for each of those it follows. A walk
/// of twice as many steps as there are sites to look up takes less than looking them up, so it is never longer than that: what
/// it takes is a matter of how many the site follows, and not of how many others there are.
const SELECT_OF_MANY: &str =
    "SELECT i.seq, i.kind, i.url AS item_url, i.title, i.summary, i.published_at, i.created_at,
    s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, p.image_id,
    d.title AS feed_title, d.home_url AS feed_home, d.domain AS feed_domain
    FROM feed_item i LEFT JOIN site s ON s.id = i.site_id LEFT JOIN user u ON u.id = s.user_id
    LEFT JOIN site_image p ON p.site_id = s.id LEFT JOIN feed d ON d.id = i.feed_id
    WHERE (SELECT following FROM site WHERE id = ?1) > 300
      AND i.seq < ?2
      AND i.seq > min(?2, (SELECT max(seq) FROM feed_item)) - 2 * (SELECT following FROM site WHERE id = ?1)
      AND (EXISTS (SELECT 1 FROM follow WHERE follower_id = ?1 AND followee_id = i.source_id)
        OR i.feed_id IS NOT NULL AND EXISTS (SELECT 1 FROM subscription WHERE site_id = ?1 AND feed_id = i.feed_id))
      AND s.deleted_at IS NULL AND s.taken_down_at IS NULL AND s.former_domain IS NULL
      AND NOT EXISTS (SELECT 1 FROM mute WHERE site_id = ?1 AND other_id = i.site_id)
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = ?1 AND other_id = i.site_id)
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = i.site_id AND other_id = ?1)
    ORDER BY i.seq DESC LIMIT ?3";
/// Whether a site follows so many that it is worth going through all that is new.
const SELECT_MANY: &str = "SELECT following > 300 AS many FROM site WHERE id = ?1";
const SELECT_OF_SITE: &str =
    "SELECT i.seq, i.kind, i.url AS item_url, i.title, i.summary, i.published_at, i.created_at,
    s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, p.image_id,
    NULL AS feed_title, NULL AS feed_home, NULL AS feed_domain
    FROM feed_item i CROSS JOIN site s ON s.id = i.site_id CROSS JOIN user u ON u.id = s.user_id
    LEFT JOIN site_image p ON p.site_id = s.id
    WHERE i.source_id = ?1 AND i.seq < ?2
    ORDER BY i.seq DESC LIMIT ?3";

/// Whose news.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    /// Of all members, as the site sees it that asks; `None` for a visitor.
    Everyone(Option<&'a str>),
    /// Of those that this site follows.
    Following(&'a str),
    /// Of this site alone.
    Of(&'a str),
}

/// A page of what is new, newest first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Feed {
    /// The page.
    pub items: Vec<FeedItem>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

/// Something new.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeedItem {
    /// Grows with time.
    pub id: String,
    /// A `version` of a site that went live, a new `member`, or a `post`.
    #[schemars(extend("enum" = ["version", "member", "post"]))]
    pub kind: String,
    /// Which member it is of; null for a website that is no member's.
    pub site: Option<SiteBrief>,
    /// Where it comes from.
    pub source: Source,
    /// Where to read it.
    #[schemars(extend("format" = "uri"))]
    pub url: String,
    /// Of a post its title, of a version what was changed; may be empty.
    pub title: String,
    /// More about it, in plain text; may be empty.
    pub summary: String,
    /// When it was made, by its own account, RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub published_at: String,
    /// When it became known here, RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// As a number, for pages.
    #[serde(skip)]
    pub published_ms: i64,
}

impl From<FeedItem> for Entry {
    fn from(item: FeedItem) -> Self {
        Self {
            kind: Kind::from_column(&item.kind),
            site: item.site.map(Site::from),
            source: item.source.title,
            source_url: item.source.url,
            url: item.url,
            title: item.title,
            summary: item.summary,
            at: item.published_ms,
        }
    }
}

/// A website.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// What it is called.
    pub title: String,
    /// Where it is.
    #[schemars(extend("format" = "uri"))]
    pub url: String,
    /// Its domain.
    pub domain: String,
}

#[derive(d1::FromRow)]
struct Row {
    seq: i64,
    kind: String,
    item_url: String,
    title: String,
    summary: String,
    published_at: i64,
    created_at: i64,
    #[column(flatten)]
    brief: BriefRow,
    feed_title: Option<String>,
    feed_home: Option<String>,
    feed_domain: Option<String>,
}

#[derive(d1::FromRow)]
struct Many {
    many: bool,
}

impl Row {
    fn item(self, config: &Config) -> FeedItem {
        let site = self.brief.brief(config);
        let source = match &site {
            Some(site) => Source { title: site.name.clone(), url: site.url.clone(), domain: site.domain.clone() },
            None => {
                let domain = self.feed_domain.unwrap_or_default();
                let title = self.feed_title.filter(|title| !title.is_empty()).unwrap_or_else(|| domain.clone());
                Source { title, url: self.feed_home.unwrap_or_default(), domain }
            }
        };
        FeedItem {
            id: self.seq.to_string(),
            kind: self.kind,
            // What a feed calls an address may be anything; only the web is linked to.
            url: if is_web(&self.item_url) { self.item_url } else { source.url.clone() },
            site,
            source,
            title: self.title,
            summary: self.summary,
            published_at: time::rfc3339(self.published_at),
            created_at: time::rfc3339(self.created_at),
            published_ms: self.published_at,
        }
    }
}

/// A page of what is new.
pub async fn read(ask: &Ask, scope: Scope<'_>, wanted: Wanted) -> Result<Feed> {
    let mut rows = match scope {
        Scope::Everyone(site) => rows(ask, SELECT_GLOBAL, site.unwrap_or_default(), wanted).await?,
        Scope::Of(site) => rows(ask, SELECT_OF_SITE, site, wanted).await?,
        Scope::Following(site) => of_followed(ask, site, wanted).await?,
    };
    let next_cursor = wanted.cut(&mut rows, |row| row.seq);
    Ok(Feed { items: rows.into_iter().map(|row| row.item(ask.config())).collect(), next_cursor })
}

async fn rows(ask: &Ask, sql: &str, subject: &str, wanted: Wanted) -> Result<Vec<Row>> {
    let values = [subject.into(), wanted.before().into(), wanted.to_fetch().into()];
    d1::all(&ask.db()?, sql, values).await
}

/// One of two ways, chosen by how many the site follows; both find the same. When those it follows have been quiet for so
/// long that a walk does not find a page full, each is looked up after all.
async fn of_followed(ask: &Ask, site: &str, wanted: Wanted) -> Result<Vec<Row>> {
    let db = ask.db()?;
    let (before, count) = (wanted.before(), wanted.to_fetch());
    let of_some =
        |insist: i64| d1::prepare(&db, SELECT_OF_SOME, [site.into(), before.into(), count.into(), insist.into()]);
    let statements = vec![
        d1::prepare(&db, SELECT_MANY, [site.into()])?,
        d1::prepare(&db, SELECT_OF_MANY, [site.into(), before.into(), count.into()])?,
        of_some(0)?,
    ];
    let results = d1::batch(&db, statements).await?;
    let many = d1::row::<Many>(&results, 0)?.is_some_and(|row| row.many);
    let found: Vec<Row> = d1::rows(&results, if many { 1 } else { 2 })?;
    if !many || i64::try_from(found.len()).is_ok_and(|found| found >= count) {
        return Ok(found);
    }
    d1::last_rows(&d1::batch(&db, vec![of_some(1)?]).await?)
}

/// Whether an address that came from outside leads to the web, and to nothing that a browser would run.
pub fn is_web(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_the_web_is_linked_to() {
        for url in ["https://ann.example/1", "HTTP://ann.example"] {
            assert!(super::is_web(url), "{url}");
        }
        for url in ["", "javascript:alert(1)//://", "data:text/html,x", "/1", "ann.example", "ftp://x.example"] {
            assert!(!super::is_web(url), "{url}");
        }
    }
}
