//! Who is new here.

use super::brief::BriefRow;
use crate::{ask::Ask, pages::news::NewMember};
use vetka_edge::{Result, d1};

/// A site is a member once there is something to see.
const SELECT_NEW: &str =
    "SELECT s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, i.image_id, s.created_at,
    EXISTS (SELECT 1 FROM follow WHERE follower_id = ?2 AND followee_id = s.id) AS followed
    FROM site s CROSS JOIN user u ON u.id = s.user_id LEFT JOIN site_image i ON i.site_id = s.id
    WHERE s.created_at <= ?1 AND (s.kind = 'external' OR s.live_snapshot_id IS NOT NULL) AND s.id <> ?2
      AND s.deleted_at IS NULL AND s.taken_down_at IS NULL AND s.former_domain IS NULL
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = ?2 AND other_id = s.id)
      AND NOT EXISTS (SELECT 1 FROM block WHERE site_id = s.id AND other_id = ?2)
    ORDER BY s.created_at DESC LIMIT 6";

#[derive(d1::FromRow)]
struct Row {
    #[column(flatten)]
    brief: BriefRow,
    created_at: i64,
    followed: bool,
}

/// The newest few, without the site that asks and those it has nothing to do with.
pub async fn newest(ask: &Ask, site_id: Option<&str>) -> Result<Vec<NewMember>> {
    let values = [ask.now().into(), site_id.unwrap_or_default().into()];
    let rows: Vec<Row> = d1::all(&ask.db()?, SELECT_NEW, values).await?;
    let member = |row: Row| {
        let (since, following) = (row.created_at, row.followed);
        Some(NewMember { site: row.brief.brief(ask.config())?.into(), since, following })
    };
    Ok(rows.into_iter().filter_map(member).collect())
}
