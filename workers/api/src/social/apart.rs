//! Being left alone. A block is silent and works both ways: neither of the two finds the other here from then on, and
//! neither is told why. A mute keeps somebody out of what one sees, and changes nothing for them.

use super::{
    actor::Actor,
    brief::BriefRow,
    profile::{self, Listed, SiteList},
};
use crate::{ask::Ask, paging::Wanted};
use vetka_edge::{Error, Result, d1};

const INSERT_BLOCK: &str =
    "INSERT INTO block (site_id, other_id, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (site_id, other_id) DO NOTHING";
const DELETE_BLOCK: &str =
    "DELETE FROM block WHERE site_id = ?1 AND other_id = (SELECT id FROM site WHERE domain = ?2)";
const INSERT_MUTE: &str =
    "INSERT INTO mute (site_id, other_id, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (site_id, other_id) DO NOTHING";
const DELETE_MUTE: &str = "DELETE FROM mute WHERE site_id = ?1 AND other_id = (SELECT id FROM site WHERE domain = ?2)";
/// What a block ends.
const DELETE_FOLLOW: &str = "DELETE FROM follow WHERE follower_id = ?1 AND followee_id = ?2";
const DELETE_NOTIFICATIONS: &str = "DELETE FROM notification WHERE site_id = ?1 AND actor_site_id = ?2";
const SELECT_BLOCKS: &str =
    "SELECT b.seq, s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, i.image_id
    FROM block b CROSS JOIN site s ON s.id = b.other_id CROSS JOIN user u ON u.id = s.user_id
    LEFT JOIN site_image i ON i.site_id = s.id
    WHERE b.site_id = ?1 AND b.seq < ?2 AND s.deleted_at IS NULL ORDER BY b.seq DESC LIMIT ?3";
const SELECT_MUTES: &str = "SELECT m.seq, s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, i.image_id
    FROM mute m CROSS JOIN site s ON s.id = m.other_id CROSS JOIN user u ON u.id = s.user_id
    LEFT JOIN site_image i ON i.site_id = s.id
    WHERE m.site_id = ?1 AND m.seq < ?2 AND s.deleted_at IS NULL ORDER BY m.seq DESC LIMIT ?3";

/// How much somebody wants to have to do with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apart {
    /// Nothing.
    Block,
    /// Not to see what they do.
    Mute,
}

#[derive(d1::FromRow)]
struct Row {
    seq: i64,
    #[column(flatten)]
    brief: BriefRow,
}

/// Blocks or mutes the site of that domain. Twice is once.
///
/// # Errors
/// 404 when it is not here, 422 `yourself`.
pub async fn put(ask: &Ask, actor: &Actor, domain: &str, apart: Apart) -> Result<()> {
    let other = profile::find(ask, domain, Some(&actor.site_id)).await?;
    if other.id == actor.site_id {
        return Err(Error::new(422, "yourself", "That is your own site."));
    }
    let (db, here, there) = (ask.db()?, actor.site_id.as_str(), other.id.as_str());
    if apart == Apart::Mute {
        return d1::run(&db, INSERT_MUTE, [here.into(), there.into(), ask.now().into()]).await;
    }
    let ending = |sql, one: &str, other: &str| d1::prepare(&db, sql, [one.into(), other.into()]);
    let statements = vec![
        d1::prepare(&db, INSERT_BLOCK, [here.into(), there.into(), ask.now().into()])?,
        ending(DELETE_FOLLOW, here, there)?,
        ending(DELETE_FOLLOW, there, here)?,
        ending(DELETE_NOTIFICATIONS, here, there)?,
        ending(DELETE_NOTIFICATIONS, there, here)?,
    ];
    d1::batch(&db, statements).await?;
    Ok(())
}

/// Takes it back. What was not there is as good as taken back. Follows that a block ended do not come again.
pub async fn take_back(ask: &Ask, actor: &Actor, domain: &str, apart: Apart) -> Result<()> {
    let sql = match apart {
        Apart::Block => DELETE_BLOCK,
        Apart::Mute => DELETE_MUTE,
    };
    let domain = domain.to_ascii_lowercase();
    d1::run(&ask.db()?, sql, [(&actor.site_id).into(), (&domain).into()]).await
}

/// A page of those whom a site has blocked or muted.
pub async fn list(ask: &Ask, site_id: &str, apart: Apart, wanted: Wanted) -> Result<SiteList> {
    let sql = match apart {
        Apart::Block => SELECT_BLOCKS,
        Apart::Mute => SELECT_MUTES,
    };
    let values = [site_id.into(), wanted.before().into(), wanted.to_fetch().into()];
    let rows: Vec<Row> = d1::all(&ask.db()?, sql, values).await?;
    let listed = |row: Row| Some(Listed::member(row.brief.brief(ask.config())?, row.seq));
    let mut sites: Vec<Listed> = rows.into_iter().filter_map(listed).collect();
    let next_cursor = wanted.cut(&mut sites, Listed::number);
    Ok(SiteList { sites, next_cursor })
}
