//! How a site goes.

use super::{D1, holds};
use vetka_edge::{Result, d1};
use vetka_r2::{
    SiteId,
    publish::{Burial, Sites},
};

const CLOSE: &str = "UPDATE site SET deleted_at = COALESCE(deleted_at, ?2) WHERE id = ?1 RETURNING subdomain AS label";
const LAST_SEQ: &str = "SELECT COALESCE(MAX(seq), 0) AS seq FROM site_snapshot WHERE site_id = ?1";
const DELETE_TOKENS: &str = "DELETE FROM deploy_token WHERE site_id = ?1";
/// Whoever was making them may still put their manifests.
const DOOM_MANIFESTS: &str = "INSERT INTO manifest_doomed (manifest_id, site_id, doomed_at)
    SELECT manifest_id, site_id, ?2 FROM site_snapshot WHERE site_id = ?1 AND status <> 'success'
    AND EXISTS (SELECT 1 FROM site WHERE id = ?1 AND deleted_at IS NOT NULL) ON CONFLICT (manifest_id) DO NOTHING";
const ERASE: &str = "DELETE FROM site WHERE id = ?1 AND deleted_at IS NOT NULL";
const SELECT_CLOSED: &str = "SELECT id AS site FROM site WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT 100";

#[derive(d1::FromRow)]
struct Seq {
    seq: u64,
}

#[derive(d1::FromRow)]
struct Name {
    label: Option<String>,
}

#[derive(d1::FromRow)]
struct Closed {
    #[column(parse)]
    site: SiteId,
}

impl Sites for D1 {
    async fn close(&self, site: &SiteId) -> Result<Option<Burial>> {
        let close = d1::prepare(&self.db, CLOSE, [site.as_str().into(), self.now.into()])?;
        let last = d1::prepare(&self.db, LAST_SEQ, [site.as_str().into()])?;
        let tokens = d1::prepare(&self.db, DELETE_TOKENS, [site.as_str().into()])?;
        let results = d1::batch(&self.db, vec![close, last, tokens]).await?;
        let Some(name) = d1::row::<Name>(&results, 0)? else { return Ok(None) };
        let last_seq = d1::row::<Seq>(&results, 1)?.map_or(0, |last| last.seq);
        Ok(Some(Burial { label: name.label, last_seq }))
    }

    async fn erase(&self, site: &SiteId) -> Result<()> {
        let doom = holds::doom(&self.db, site, self.now)?;
        let doom_manifests = d1::prepare(&self.db, DOOM_MANIFESTS, [site.as_str().into(), self.now.into()])?;
        let erase = d1::prepare(&self.db, ERASE, [site.as_str().into()])?;
        d1::batch(&self.db, vec![doom, doom_manifests, erase]).await?;
        Ok(())
    }

    async fn closed(&self) -> Result<Vec<SiteId>> {
        let rows: Vec<Closed> = d1::all(&self.db, SELECT_CLOSED, []).await?;
        Ok(rows.into_iter().map(|row| row.site).collect())
    }
}
