//! `POST /api/agent/deploy`: new files for the site that the token belongs to.

use crate::{bucket::R2, ledger::D1, notify, upload::Upload};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_edge::{Error, Result, config::Config, d1, error, hash, id, log, reply, time};
use vetka_r2::{
    Manifest, SiteId, SnapshotId,
    publish::{Bucket, DeployProblem, NewVersion, deploy},
    summary,
};
use worker::{Context, Env, Request, Response};

/// The largest request, in bytes: 20 MB of files in base64, and the names of 10,000.
const MAX_BODY: usize = 34 * 1024 * 1024;

/// What the token's hash leads to, with what is live now for comparing.
const SELECT_TOKEN: &str =
    "SELECT t.site_id AS site, t.expires_at, s.subdomain AS label, l.manifest_id AS live_manifest
    FROM deploy_token t JOIN site s ON s.id = t.site_id LEFT JOIN site_snapshot l ON l.id = s.live_snapshot_id
    WHERE t.token_hash = ?1 AND s.deleted_at IS NULL AND s.subdomain IS NOT NULL";

#[derive(Deserialize)]
struct Grant {
    site: SiteId,
    expires_at: i64,
    label: String,
    live_manifest: Option<SnapshotId>,
}

/// A version that has been published.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Published<'a> {
    /// Its id.
    #[schemars(with = "String")]
    snapshot_id: &'a SnapshotId,
    /// Where visitors find the site.
    url: String,
    /// The version's own address.
    preview_url: String,
    /// Number of files.
    file_count: usize,
    /// Bytes of all files.
    byte_size: u64,
    /// The sentence under which it stands in the list of versions.
    message: &'a str,
    /// False when a version that was begun later went live before this one.
    live: bool,
}

/// Publishes. Until the files have been read and found good, nothing is written anywhere.
pub async fn publish(mut request: Request, env: &Env, context: &Context) -> Result<Response> {
    let config = Config::from_env(env)?;
    let now = time::now_ms();
    let ledger = D1::new(env, now)?;
    let grant = grant(&request, &ledger, now).await?;
    let body = read_body(&mut request).await?;
    let upload = Upload::read(&body)?;

    let manifest = Manifest::build(upload.files());
    let mut bucket = R2::new(env)?;
    let previous = match &grant.live_manifest {
        Some(id) => bucket.manifest(&grant.site, id).await?,
        None => None,
    };
    let message = upload.message().unwrap_or_else(|| summary::describe(previous.as_ref(), &manifest));
    if let Some(previous) = &previous {
        bucket.knows(previous);
    }
    let snapshot = new_snapshot_id()?;
    let version = NewVersion {
        site: &grant.site,
        snapshot: &snapshot,
        message: &message,
        file_count: manifest.len(),
        byte_size: manifest.byte_size(),
    };
    let deployed = deploy(&bucket, &ledger, &upload, &manifest, &version).await.map_err(refusal)?;
    log::info(
        "published",
        serde_json::json!({ "site": grant.site, "snapshot": snapshot, "files": manifest.len(), "live": deployed.live }),
    );
    if let Some(failure) = &deployed.untold {
        failure.log(grant.site.as_str());
    }
    if deployed.live {
        notify::published(env, context, &grant.site, &snapshot, deployed.seq);
    }
    reply::json(
        201,
        &Published {
            url: config.site_url(&grant.label),
            preview_url: config.version_url(snapshot.as_str()),
            snapshot_id: &snapshot,
            file_count: manifest.len(),
            byte_size: manifest.byte_size(),
            message: &message,
            live: deployed.live,
        },
    )
}

/// A new id, as the bucket wants it.
pub fn new_snapshot_id() -> Result<SnapshotId> {
    SnapshotId::parse(&id::random()?).ok_or_else(|| error::internal("a new id is not one"))
}

async fn grant(request: &Request, ledger: &D1, now: i64) -> Result<Grant> {
    let header = request.headers().get("authorization")?.unwrap_or_default();
    let token = match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => "",
    };
    let token_hash = hash::sha256_hex(token.as_bytes());
    let grant: Option<Grant> = d1::first(ledger.db(), SELECT_TOKEN, [(&token_hash).into()]).await?;
    match grant {
        None => Err(unauthorized("token_invalid", "This deploy token is not known. Ask for new deploy credentials.")),
        Some(grant) if grant.expires_at <= now => {
            Err(unauthorized("token_expired", "This deploy token has expired. Ask for new deploy credentials."))
        }
        Some(grant) => Ok(grant),
    }
}

fn unauthorized(code: &'static str, message: &str) -> Error {
    Error::new(401, code, message).with_header("www-authenticate", "Bearer")
}

async fn read_body(request: &mut Request) -> Result<Vec<u8>> {
    reply::require_json(request.headers())?;
    let length = request.headers().get("content-length")?;
    let Some(announced) = length.and_then(|length| length.parse::<usize>().ok()) else {
        return Err(Error::new(411, "length_required", "Say how long the request is with a Content-Length header."));
    };
    if announced > MAX_BODY {
        return Err(too_large());
    }
    let body = request.bytes().await?;
    if body.len() > MAX_BODY { Err(too_large()) } else { Ok(body) }
}

fn too_large() -> Error {
    error::too_large("The files are too large together. One request can carry 20 MB of files.")
}

fn refusal(problem: DeployProblem<Error>) -> Error {
    match problem {
        DeployProblem::SiteGone => Error::new(410, "site_gone", "This site has been deleted. Nothing was published."),
        DeployProblem::TookTooLong => Error::new(
            503,
            "took_too_long",
            "Publishing took too long and was given up. The site is as it was; send the files again.",
        ),
        DeployProblem::BlobsLeaving => Error::new(
            503,
            "try_again",
            "Some of these files are being cleaned up on our side. The site is as it was; send the files again in a minute.",
        )
        .with_header("retry-after", "60"),
        DeployProblem::Store(failure) => Error {
            message: "Publishing failed on our side. The site is as it was; try again in a moment.".to_owned(),
            ..failure
        },
    }
}
