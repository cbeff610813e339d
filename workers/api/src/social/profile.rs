//! A site as its visitors see it here, and the lists of whom it follows and who follows it. Public, but for whom its owner
//! has blocked: to them it is not here.

use super::brief::{BriefRow, SiteBrief};
use crate::{ask::Ask, paging::Wanted};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_edge::{Error, Result, d1, error, time};

const SELECT_PROFILE: &str = "SELECT s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, i.image_id,
    s.kind, s.followers, s.following, s.created_at, s.live_snapshot_id IS NOT NULL OR s.kind = 'external' AS shown,
    EXISTS (SELECT 1 FROM follow WHERE follower_id = ?2 AND followee_id = s.id) AS followed,
    EXISTS (SELECT 1 FROM follow WHERE follower_id = s.id AND followee_id = ?2) AS follows_back,
    EXISTS (SELECT 1 FROM block WHERE site_id = ?2 AND other_id = s.id) AS blocked,
    EXISTS (SELECT 1 FROM mute WHERE site_id = ?2 AND other_id = s.id) AS muted
    FROM site s JOIN user u ON u.id = s.user_id LEFT JOIN site_image i ON i.site_id = s.id
    WHERE (s.domain = ?1 OR s.custom_domain = ?1)
      AND s.deleted_at IS NULL AND s.taken_down_at IS NULL AND s.former_domain IS NULL
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = s.id AND other_id = ?2)";
const SELECT_REL_ME: &str =
    "SELECT url FROM rel_me WHERE site_id = ?1 AND verified_at IS NOT NULL ORDER BY url LIMIT 20";
const SELECT_FOLLOWING: &str =
    "SELECT f.seq, s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, i.image_id
    FROM follow f CROSS JOIN site s ON s.id = f.followee_id CROSS JOIN user u ON u.id = s.user_id
    LEFT JOIN site_image i ON i.site_id = s.id
    WHERE f.follower_id = ?1 AND f.seq < ?2
      AND s.deleted_at IS NULL AND s.taken_down_at IS NULL AND s.former_domain IS NULL
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = ?4 AND other_id = s.id)
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = s.id AND other_id = ?4)
    ORDER BY f.seq DESC LIMIT ?3";
const SELECT_WEBSITES: &str = "SELECT b.seq, d.id, d.url, d.home_url, d.domain, d.title
    FROM subscription b CROSS JOIN feed d ON d.id = b.feed_id WHERE b.site_id = ?1 AND b.seq < ?2
    ORDER BY b.seq DESC LIMIT ?3";
const SELECT_FOLLOWERS: &str =
    "SELECT f.seq, s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, i.image_id
    FROM follow f CROSS JOIN site s ON s.id = f.follower_id CROSS JOIN user u ON u.id = s.user_id
    LEFT JOIN site_image i ON i.site_id = s.id
    WHERE f.followee_id = ?1 AND f.seq < ?2
      AND s.deleted_at IS NULL AND s.taken_down_at IS NULL AND s.former_domain IS NULL
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = ?4 AND other_id = s.id)
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = s.id AND other_id = ?4)
    ORDER BY f.seq DESC LIMIT ?3";
const SELECT_MUTUALS: &str =
    "SELECT f.seq, s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, i.image_id
    FROM follow f CROSS JOIN site s ON s.id = f.followee_id CROSS JOIN user u ON u.id = s.user_id
    LEFT JOIN site_image i ON i.site_id = s.id
    WHERE f.follower_id = ?1 AND f.seq < ?2
      AND EXISTS (SELECT 1 FROM follow WHERE follower_id = s.id AND followee_id = ?1)
      AND s.deleted_at IS NULL AND s.taken_down_at IS NULL AND s.former_domain IS NULL
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = ?4 AND other_id = s.id)
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = s.id AND other_id = ?4)
    ORDER BY f.seq DESC LIMIT ?3";

/// Members come before other websites in the list of whom somebody follows, and both are numbered by themselves. So that
/// the whole list lies along one falling number, members are numbered from here.
const MEMBERS_FROM: i64 = 500_000_000_000_000;

/// A site, as its visitors see it here.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Its name, its address, what it looks like.
    #[serde(flatten)]
    pub site: SiteBrief,
    /// Whether it is made here, or was somewhere already.
    #[schemars(extend("enum" = ["generated", "external"]))]
    pub kind: String,
    /// How many follow it.
    pub followers: i64,
    /// How many it follows, members or not.
    pub following: i64,
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// How the one who asks stands to it; null for a visitor, and for itself.
    pub you: Option<You>,
    /// Other places of its owner on the web, which link back to it.
    pub rel_me: Vec<String>,
    /// Its id.
    #[serde(skip)]
    pub id: String,
    /// When it came, Unix milliseconds UTC.
    #[serde(skip)]
    pub created_ms: i64,
    /// Whether there is something to see at its address.
    #[serde(skip)]
    pub shown: bool,
}

/// How two sites stand to each other.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct You {
    /// Whether you follow it.
    pub following: bool,
    /// Whether it follows you.
    pub follows_you: bool,
    /// Whether you have blocked it.
    pub blocked: bool,
    /// Whether you have muted it.
    pub muted: bool,
}

/// A page of a list of sites.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteList {
    /// The page, newest first.
    pub sites: Vec<Listed>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

/// A member in a list, or a website that is no member's.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// Its name, its address, what it looks like.
    #[serde(flatten)]
    pub site: SiteBrief,
    /// The feed that is followed, of a website that is no member's; null for members.
    #[schemars(extend("format" = "uri"))]
    pub feed: Option<String>,
    /// The id of that feed, by which it is unfollowed; null for members.
    pub feed_id: Option<String>,
    #[serde(skip)]
    number: i64,
}

impl Listed {
    /// A member that stands at this number of a list.
    pub fn member(site: SiteBrief, number: i64) -> Self {
        Self { site, feed: None, feed_id: None, number }
    }

    /// Where it stands.
    pub fn number(&self) -> i64 {
        self.number
    }
}

/// Which list of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Whom it follows.
    Following,
    /// Who follows it.
    Followers,
    /// Who follows it and is followed by it.
    Mutuals,
}

#[derive(d1::FromRow)]
struct Row {
    #[column(flatten)]
    brief: BriefRow,
    kind: String,
    followers: i64,
    following: i64,
    created_at: i64,
    shown: bool,
    followed: bool,
    follows_back: bool,
    blocked: bool,
    muted: bool,
}

#[derive(d1::FromRow)]
struct Member {
    seq: i64,
    #[column(flatten)]
    brief: BriefRow,
}

#[derive(d1::FromRow)]
struct Website {
    seq: i64,
    id: String,
    url: String,
    home_url: String,
    domain: String,
    title: String,
}

#[derive(d1::FromRow)]
struct Place {
    url: String,
}

/// The site of that domain, as the site with the id `viewer` sees it.
///
/// # Errors
/// 404 when it is not here, and to those whom its owner has blocked.
pub async fn find(ask: &Ask, domain: &str, viewer: Option<&str>) -> Result<Profile> {
    let (domain, viewer) = (domain.to_ascii_lowercase(), viewer.unwrap_or_default());
    let row: Option<Row> = d1::first(&ask.db()?, SELECT_PROFILE, [(&domain).into(), viewer.into()]).await?;
    let row = row.ok_or_else(not_here)?;
    let id = row.brief.id.clone().unwrap_or_default();
    let you = You { following: row.followed, follows_you: row.follows_back, blocked: row.blocked, muted: row.muted };
    Ok(Profile {
        site: row.brief.brief(ask.config()).ok_or_else(not_here)?,
        kind: row.kind,
        followers: row.followers,
        following: row.following,
        created_at: time::rfc3339(row.created_at),
        you: (!viewer.is_empty() && viewer != id).then_some(you),
        rel_me: Vec::new(),
        created_ms: row.created_at,
        shown: row.shown,
        id,
    })
}

/// As [`find`], with the other places of its owner.
///
/// # Errors
/// As [`find`].
pub async fn read(ask: &Ask, domain: &str, viewer: Option<&str>) -> Result<Profile> {
    let mut profile = find(ask, domain, viewer).await?;
    let places: Vec<Place> = d1::all(&ask.db()?, SELECT_REL_ME, [(&profile.id).into()]).await?;
    profile.rel_me = places.into_iter().map(|place| place.url).collect();
    Ok(profile)
}

/// A page of a site's list, as the site with the id `viewer` sees it: without those it has nothing to do with.
pub async fn list(ask: &Ask, site_id: &str, list: List, viewer: Option<&str>, wanted: Wanted) -> Result<SiteList> {
    let (sql, from) = match list {
        List::Following => (SELECT_FOLLOWING, MEMBERS_FROM),
        List::Followers => (SELECT_FOLLOWERS, 0),
        List::Mutuals => (SELECT_MUTUALS, 0),
    };
    let (db, viewer) = (ask.db()?, viewer.unwrap_or_default());
    let before = (wanted.before() - from).max(0);
    let values = [site_id.into(), before.into(), wanted.to_fetch().into(), viewer.into()];
    let members: Vec<Member> = d1::all(&db, sql, values).await?;
    let listed = |Member { seq, brief }| Some(Listed::member(brief.brief(ask.config())?, from + seq));
    let mut sites: Vec<Listed> = members.into_iter().filter_map(listed).collect();
    if list == List::Following {
        let before = wanted.before().min(from);
        let values = [site_id.into(), before.into(), wanted.to_fetch().into()];
        let websites: Vec<Website> = d1::all(&db, SELECT_WEBSITES, values).await?;
        sites.extend(websites.into_iter().map(website));
    }
    let next_cursor = wanted.cut(&mut sites, Listed::number);
    Ok(SiteList { sites, next_cursor })
}

fn website(Website { seq, id, url, home_url, domain, title }: Website) -> Listed {
    Listed { site: outside(&domain, &title, home_url), feed: Some(url), feed_id: Some(id), number: seq }
}

/// A website that is no member's, as it is shown beside members.
pub fn outside(domain: &str, title: &str, home_url: String) -> SiteBrief {
    let name = if title.is_empty() { domain } else { title };
    SiteBrief { domain: domain.to_owned(), name: name.to_owned(), url: home_url, image: None }
}

/// 404, the same for what is not here and for what is not here for whoever asks.
pub fn not_here() -> Error {
    error::not_found("There is no such site here.")
}
