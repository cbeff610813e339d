//! What has run out goes.

use crate::cron::Run;
use vetka_edge::{Result, auth, d1};

const FORGET_NONCES: &str = "DELETE FROM notch_nonce WHERE expires_at <= ?1";
const FORGET_GRANTS: &str = "DELETE FROM notch_grant WHERE expires_at <= ?1";
/// What was refused is remembered for a while, so that whoever sent it can ask what became of it.
const FORGET_MENTIONS: &str = "DELETE FROM mention WHERE due_at <= ?1 AND state IN ('refused', 'gone')";

/// Forgets it.
pub async fn run(run: Run<'_>) -> Result<()> {
    let db = run.env.d1(auth::DB)?;
    let batch = [FORGET_NONCES, FORGET_GRANTS, FORGET_MENTIONS]
        .into_iter()
        .map(|sql| d1::prepare(&db, sql, [run.now.into()]))
        .collect::<Result<Vec<_>>>()?;
    d1::batch(&db, batch).await?;
    Ok(())
}
