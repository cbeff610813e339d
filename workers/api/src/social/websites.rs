//! Following any website, by whatever address of it somebody has. A member's is followed as the member; of any other the
//! page is looked at once, to find its feed. What stands in the feed is read by the schedule, which is the openweb worker's.

use super::{
    actor::Actor,
    brief::SiteBrief,
    follows::{self, Followed, MOST},
    origins::{self, Place},
    profile,
};
use crate::{ask::Ask, limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_domain::{
    external::fetch::{self as rules, Unseen},
    social::{
        encoding,
        feed::{self, discover},
        page_url,
        webmention::receive::without_fragment,
    },
};
use vetka_edge::{
    Error, Result, d1,
    fetch::{self, Ask as Question, Got},
    id, url,
};

/// A feed that nobody has read for a while, or that was given up, is looked at anew. Nothing is left behind by somebody who
/// follows too many.
const INSERT_FEED: &str = "INSERT INTO feed (id, url, home_url, domain, due_at, created_at)
    SELECT ?1, ?2, ?3, ?4, ?5, ?5 WHERE (SELECT following FROM site WHERE id = ?6) < ?7
    ON CONFLICT (url) DO UPDATE SET due_at = CASE WHEN feed.due_at IS NULL
      OR (feed.site_id IS NULL AND NOT EXISTS (SELECT 1 FROM subscription WHERE feed_id = feed.id))
      THEN excluded.due_at ELSE feed.due_at END";
const INSERT_SUBSCRIPTION: &str = "INSERT INTO subscription (site_id, feed_id, created_at)
    SELECT ?1, f.id, ?3 FROM feed f WHERE f.url = ?2 AND (SELECT following FROM site WHERE id = ?1) < ?4
    ON CONFLICT (site_id, feed_id) DO NOTHING";
const SELECT_SUBSCRIBED: &str = "SELECT f.id, f.url, f.home_url, f.domain, f.title
    FROM feed f CROSS JOIN subscription b ON b.site_id = ?1 AND b.feed_id = f.id WHERE f.url = ?2";
const DELETE_SUBSCRIPTION: &str = "DELETE FROM subscription WHERE site_id = ?1 AND feed_id = ?2";

/// Which website somebody wants to follow.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Website {
    /// Any page of it, or its feed. Without a scheme it is `https`.
    #[schemars(length(max = 2000))]
    pub url: String,
}

/// A website that is followed now.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FollowedWebsite {
    /// How things stand.
    #[serde(flatten)]
    pub state: Followed,
    /// Which it is.
    pub site: SiteBrief,
    /// The feed that is read, of a website that is no member's; null for members.
    pub feed: Option<FollowedFeed>,
}

/// The feed by which a website is followed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FollowedFeed {
    /// By which it is unfollowed.
    pub id: String,
    /// Where it is.
    #[schemars(extend("format" = "uri"))]
    pub url: String,
    /// What it calls itself; empty until it was read.
    pub title: String,
}

#[derive(d1::FromRow)]
struct Row {
    id: String,
    url: String,
    home_url: String,
    domain: String,
    title: String,
}

impl From<Row> for FollowedWebsite {
    fn from(Row { id, url, home_url, domain, title }: Row) -> Self {
        let site = profile::outside(&domain, &title, home_url);
        let state = Followed { following: true, followers: None };
        Self { state, site, feed: Some(FollowedFeed { id, url, title }) }
    }
}

/// Follows the website of which this is an address. Following it twice is following it once.
///
/// # Errors
/// 422 `invalid_url`, `no_feed` or `yourself`, 502 `website_unreachable`, 404 for a site that could be a member's and is
/// none, 409 `blocked` or `too_many_follows`, 429.
pub async fn follow(ask: &Ask, actor: &Actor, typed: &str) -> Result<FollowedWebsite> {
    let house = ask.config().house();
    let parts = url::typed(typed).ok_or_else(|| invalid(page_url::Problem::Scheme.sentence()))?;
    page_url::home(&parts, &ask.config().sites_origin).map_err(|problem| invalid(problem.sentence()))?;
    let origin = page_url::origin(&parts);
    if let Some(member) = member(ask, &origin).await? {
        return follow_member(ask, actor, member).await;
    }
    // The same for a name that nobody has and for a site that is not shown.
    if fetch::is_ours(&parts.host, &house) {
        return Err(profile::not_here());
    }
    rules::may_ask(&parts, &house).map_err(unseen)?;
    limits::follows_of_website(ask, &actor.user_id, origins::host(&origin)).await?;
    let address = format!("{origin}{}", parts.path);
    let page = look(ask, &address).await?;
    if origin_of(&page.url) != Some(origin)
        && let Some(arrived) = origin_of(&page.url)
        && let Some(member) = member(ask, &arrived).await?
    {
        return follow_member(ask, actor, member).await;
    }
    let found = find(ask, &address, &page).await?;
    subscribe(ask, actor, &found, &page.url).await
}

/// Unfollows the website that has this feed. What is not followed is left as it is.
///
/// # Errors
/// Internal only.
pub async fn unfollow(ask: &Ask, actor: &Actor, feed_id: &str) -> Result<Followed> {
    d1::run(&ask.db()?, DELETE_SUBSCRIPTION, [(&actor.site_id).into(), feed_id.into()]).await?;
    Ok(Followed { following: false, followers: None })
}

/// The member whose pages stand at an origin.
///
/// # Errors
/// 422 when they are our own pages.
async fn member(ask: &Ask, origin: &str) -> Result<Option<SiteBrief>> {
    match origins::of_host(ask, origins::host(origin)).await? {
        Some(Place { site_id: None, .. }) => {
            Err(invalid("That is an address of Vetka itself. Paste one of the website."))
        }
        place => Ok(place.map(|place| place.brief)),
    }
}

async fn follow_member(ask: &Ask, actor: &Actor, site: SiteBrief) -> Result<FollowedWebsite> {
    let state = follows::follow(ask, actor, &site.domain).await?;
    Ok(FollowedWebsite { state, site, feed: None })
}

/// Asks for a page or a feed.
///
/// # Errors
/// 422 `invalid_url` when it leads to where we do not go, 502 `website_unreachable` for all else.
async fn look(ask: &Ask, address: &str) -> Result<Got> {
    let user_agent = fetch::user_agent(ask.config(), "VetkaBot/1.0", "");
    let got = fetch::fetch(ask.env(), &Question::page(address, &user_agent)).await?.map_err(unseen)?;
    if matches!(got.status, 200..=299) { Ok(got) } else { Err(unseen(Unseen::Failed)) }
}

/// The address of the feed of the page at `address`, which may be the feed itself. One that a page names is looked at as well: what cannot
/// be read is not followed.
async fn find(ask: &Ask, address: &str, page: &Got) -> Result<String> {
    if is_feed(page) {
        return Ok(lasting(address, page));
    }
    if !matches!(page.essence().as_str(), "text/html" | "application/xhtml+xml") {
        return Err(no_feed());
    }
    let links: Vec<String> = page.header("link").into_iter().collect();
    let house = ask.config().house();
    let may_ask = |feed: &String| url::resolve(feed, feed).is_some_and(|parts| rules::may_ask(&parts, &house).is_ok());
    let feeds = discover::feeds(&page.body, &links, &page.url, &url::join);
    let named = feeds.into_iter().find(may_ask).ok_or_else(no_feed)?;
    let named = without_fragment(&named).to_owned();
    match look(ask, &named).await {
        Ok(got) if is_feed(&got) => Ok(lasting(&named, &got)),
        Err(failure) if failure.status == 500 => Err(failure),
        _ => Err(no_feed()),
    }
}

/// Where to ask for a feed from now on: where it is, when it has moved for good, and else where it was asked for.
fn lasting(asked: &str, got: &Got) -> String {
    if got.moved_for_good() { got.url.clone() } else { asked.to_owned() }
}

fn is_feed(got: &Got) -> bool {
    feed::is_feed(&got.text(&encoding::of_feed(got.header("content-type").as_deref(), &got.body)))
}

async fn subscribe(ask: &Ask, actor: &Actor, feed: &str, page: &str) -> Result<FollowedWebsite> {
    let (db, now, new_id) = (ask.db()?, ask.now(), id::random()?);
    let (feed_origin, page_origin) = (origin_of(feed).ok_or_else(no_feed)?, origin_of(page));
    // A page may name a feed of somebody else's, and all who follow that feed share its row. So the row is named after where
    // the feed is, and after the page only where that is the same website.
    let same = |page: &String| without_www(page) == without_www(&feed_origin);
    let origin = page_origin.filter(same).unwrap_or_else(|| feed_origin.clone());
    let (home, domain) = (format!("{origin}/"), origins::host(&origin));
    let site_id = || (&actor.site_id).into();
    let feed_values =
        [(&new_id).into(), feed.into(), (&home).into(), domain.into(), now.into(), site_id(), MOST.into()];
    let batch = vec![
        d1::prepare(&db, INSERT_FEED, feed_values)?,
        d1::prepare(&db, INSERT_SUBSCRIPTION, [site_id(), feed.into(), now.into(), MOST.into()])?,
        d1::prepare(&db, SELECT_SUBSCRIBED, [site_id(), feed.into()])?,
    ];
    let rows: Vec<Row> = d1::last_rows(&d1::batch(&db, batch).await?)?;
    rows.into_iter().next().map(FollowedWebsite::from).ok_or_else(follows::too_many)
}

fn origin_of(address: &str) -> Option<String> {
    url::resolve(address, address).map(|parts| page_url::origin(&parts))
}

/// The name of a website in which `www.` makes no difference, nor whether the line is encrypted.
fn without_www(origin: &str) -> &str {
    let host = origins::host(origin);
    host.strip_prefix("www.").unwrap_or(host)
}

fn unseen(why: Unseen) -> Error {
    match why {
        Unseen::NotPublic | Unseen::OffLimits => invalid(why.sentence()),
        Unseen::NoAddress => unreachable_website(why.sentence()),
        _ => unreachable_website(
            "That website could not be opened just now, so you do not follow it yet. Check that it opens in your browser, \
             and try again.",
        ),
    }
}

fn unreachable_website(sentence: &'static str) -> Error {
    Error::new(502, "website_unreachable", sentence)
}

fn invalid(sentence: &'static str) -> Error {
    Error::new(422, "invalid_url", sentence)
}

fn no_feed() -> Error {
    Error::new(
        422,
        "no_feed",
        "We found no feed on that page, so there would be nothing to read. Paste the address of its feed if you know it.",
    )
}
