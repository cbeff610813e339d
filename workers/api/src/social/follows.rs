//! Following: a site follows another, and unfollows it. What the other is told stands in their notifications.

use super::{actor::Actor, profile};
use crate::{ask::Ask, limits};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_edge::{
    Error, Result, d1, error,
    notify::{self, Actor as Who, Kind, Notification},
};

/// One statement, so that two requests at once make one row, and a block that comes meanwhile counts.
const INSERT_FOLLOW: &str = "INSERT INTO follow (follower_id, followee_id, created_at)
    SELECT ?1, ?2, ?3 WHERE (SELECT following FROM site WHERE id = ?1) < ?4
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = ?1 AND other_id = ?2)
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = ?2 AND other_id = ?1)
    ON CONFLICT (follower_id, followee_id) DO NOTHING RETURNING seq";
const DELETE_FOLLOW: &str = "DELETE FROM follow WHERE follower_id = ?1
    AND followee_id = (SELECT id FROM site WHERE domain = ?2 OR custom_domain = ?2) RETURNING seq";
const DELETE_WEBSITE: &str = "DELETE FROM subscription WHERE site_id = ?1
    AND feed_id IN (SELECT id FROM feed WHERE domain = ?2) RETURNING seq";

/// How many a site follows at the most. The feed of those it follows looks at each of them.
pub const MOST: i64 = 10_000;

/// How things stand after following or unfollowing.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Followed {
    /// Whether you follow it now.
    pub following: bool,
    /// How many follow it; null for a website that is no member's.
    pub followers: Option<i64>,
}

#[derive(d1::FromRow)]
struct Changed {}

/// Follows the site of that domain. Following it twice is following it once.
///
/// # Errors
/// 404 when it is not here, 409 `blocked` or `too_many_follows`, 422 `yourself`, 429.
pub async fn follow(ask: &Ask, actor: &Actor, domain: &str) -> Result<Followed> {
    let other = profile::find(ask, domain, Some(&actor.site_id)).await?;
    if other.id == actor.site_id {
        return Err(Error::new(422, "yourself", "That is your own site."));
    }
    if other.you.is_some_and(|you| you.blocked) {
        return Err(blocked());
    }
    if other.you.is_some_and(|you| you.following) {
        return Ok(Followed { following: true, followers: Some(other.followers) });
    }
    limits::follows(ask, &actor.user_id).await?;
    let db = ask.db()?;
    let values = [(&actor.site_id).into(), (&other.id).into(), ask.now().into(), MOST.into()];
    let new: Option<Changed> = d1::first(&db, INSERT_FOLLOW, values).await?;
    // Looked up anew: somebody else's request, or a block, may have come between.
    let now = profile::find(ask, domain, Some(&actor.site_id)).await?;
    match now.you {
        Some(you) if you.following => {}
        Some(you) if you.blocked => return Err(blocked()),
        _ => return Err(too_many()),
    }
    if new.is_some() {
        told(ask, actor, &other.id).await;
    }
    Ok(Followed { following: true, followers: Some(now.followers) })
}

/// Unfollows the site of that domain, or a website that is no member's. What is not followed is left as it is.
///
/// # Errors
/// 404 when it is not here.
pub async fn unfollow(ask: &Ask, actor: &Actor, domain: &str) -> Result<Followed> {
    let (db, domain) = (ask.db()?, domain.to_ascii_lowercase());
    let mine = || [(&actor.site_id).into(), (&domain).into()];
    let member: Option<Changed> = d1::first(&db, DELETE_FOLLOW, mine()).await?;
    let website: Vec<Changed> = d1::all(&db, DELETE_WEBSITE, mine()).await?;
    if member.is_none() && !website.is_empty() {
        return Ok(Followed { following: false, followers: None });
    }
    let other = profile::find(ask, &domain, Some(&actor.site_id)).await?;
    Ok(Followed { following: false, followers: Some(other.followers) })
}

fn blocked() -> Error {
    error::conflict("blocked", "You have blocked this site. Take that back first, in your settings.")
}

/// 409 for somebody who follows as many as one may.
pub fn too_many() -> Error {
    error::conflict("too_many_follows", "You follow 10,000 sites, which is as many as it can be. Unfollow one first.")
}

/// That somebody follows a site is told to its owner, once for each who does.
async fn told(ask: &Ask, actor: &Actor, other_id: &str) {
    let notification = Notification {
        site_id: other_id,
        kind: Kind::Follow,
        actor: Who::Site(&actor.site_id),
        page_url: "",
        subject_id: "",
        text: "",
    };
    if let Err(failure) = notify::send(ask.env(), &notification).await {
        failure.log(ask.request_id());
    }
}
