//! `/api/agent/deploy/uploads`: publishing in several requests, of which only what the site lacks is sent.

use super::publish::{self, Published, new_snapshot_id, read_body};
use crate::{
    bucket::{self, R2},
    grant::{self, grant},
    ledger::{D1, uploads},
    links::UNSAFE_LINK,
    listing::{self, Listing},
    notify, rules,
};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_edge::{Error, Result, config::Config, d1, error, log, reply, rest::Rest, time};
use vetka_r2::{
    BlobHash, Manifest, SiteId, SnapshotId,
    publish::{
        Bucket, NewVersion,
        upload::{self, State, UPLOAD_MS, UploadProblem},
    },
    rules::Compiled,
    summary,
};
use worker::{Context, Env, Request, Response};

/// The longest list: the names of 10,000 files with room for long ones.
const MAX_LISTING: usize = 8 * 1024 * 1024;

/// Whether a blob may be put: the token, the upload, and what the site said about the blob.
const SELECT_BLOB: &str = "SELECT t.site_id AS site, t.expires_at, n.status, b.size, b.stored_at
    FROM deploy_token t JOIN site s ON s.id = t.site_id
    LEFT JOIN site_snapshot n ON n.id = ?2 AND n.site_id = t.site_id AND n.upload_key IS NOT NULL
    LEFT JOIN blob_use b ON b.hash = ?3 AND b.site_id = t.site_id
    WHERE t.token_hash = ?1 AND s.deleted_at IS NULL AND s.subdomain IS NOT NULL";
const SELECT_DONE: &str =
    "SELECT message, go_live, live_at IS NOT NULL AS was_live FROM site_snapshot WHERE id = ?2 AND site_id = ?1";

/// An upload that was begun, now or before.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BegunUpload {
    /// Its id, and later that of the version.
    upload_id: String,
    /// SHA-256 of each blob that is to be put. What this site has put before is not among them.
    missing: Vec<String>,
    /// When it is given up, RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    expires_at: String,
}

/// How far an upload is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadState {
    /// Its id.
    upload_id: String,
    /// `building`; `success` when it is a version; `failed` when it was given up.
    #[schemars(extend("enum" = ["building", "success", "failed"]))]
    status: &'static str,
    /// SHA-256 of each blob that is still to be put.
    missing: Vec<String>,
}

#[derive(d1::FromRow)]
struct Blob {
    #[column(parse)]
    site: SiteId,
    expires_at: i64,
    status: Option<String>,
    size: Option<u32>,
    stored_at: Option<i64>,
}

#[derive(d1::FromRow)]
struct Done {
    message: String,
    go_live: u8,
    was_live: u8,
}

/// Begins an upload, or finds the one that the same request began.
pub async fn begin(mut request: Request, env: &Env) -> Result<Response> {
    let now = time::now_ms();
    let ledger = D1::new(env, now)?;
    let grant = grant(&request, &ledger).await?;
    let body = read_body(&mut request, MAX_LISTING, "The list is too long. A site can have 10,000 files.").await?;
    let listing = Listing::read(&body)?;
    rules::require_small(&listing.files)?;

    let manifest = Manifest::build(&listing.files, &Compiled::default());
    let bucket = R2::new(env)?;
    let message = match &listing.message {
        Some(message) => message.clone(),
        None => {
            let previous = match &grant.live_manifest {
                Some(id) => bucket.manifest(&grant.site, id).await?,
                None => None,
            };
            summary::describe(previous.as_ref(), &manifest)
        }
    };
    let offered = new_snapshot_id()?;
    let version = NewVersion {
        site: &grant.site,
        snapshot: &offered,
        message: &message,
        file_count: manifest.len(),
        byte_size: manifest.byte_size(),
        go_live: listing.live,
        triggered_by: grant.triggered_by,
    };
    let begun = upload::begin(&bucket, &ledger, &manifest, &version, &listing.key(&manifest)).await;
    let (id, missing) = begun.map_err(|problem| refusal(problem, Some(&manifest)))?;
    let missing = hex(&missing);
    let status = if id == offered { 201 } else { 200 };
    log::info(
        "upload_begun",
        serde_json::json!({ "site": grant.site, "upload": id, "files": manifest.len(), "missing": missing.len() }),
    );
    reply::json(status, &BegunUpload { upload_id: id.into(), missing, expires_at: time::rfc3339(now + UPLOAD_MS) })
}

/// Says how far an upload is.
pub async fn state(request: &Request, env: &Env, params: &[String]) -> Result<Response> {
    let ledger = D1::new(env, time::now_ms())?;
    let grant = grant(request, &ledger).await?;
    let id = upload_in(params)?;
    let looked = upload::missing(&R2::new(env)?, &ledger, &grant.site, &id).await;
    let (state, missing) = looked.map_err(|problem| refusal(problem, None))?;
    let status = match state {
        State::Building => "building",
        State::Done => "success",
        State::Over => "failed",
    };
    reply::json(200, &UploadState { upload_id: id.into(), status, missing: hex(&missing) })
}

/// Takes the bytes of one blob. They go to the bucket without passing through this program, and the bucket compares
/// them with the hash.
pub async fn put_blob(request: &Request, env: &Env, params: &[String]) -> Result<Response> {
    let ledger = D1::new(env, time::now_ms())?;
    let (id, hash) = (upload_in(params), params.get(1).and_then(|hash| BlobHash::from_hex(hash)));
    let (token, hex) = (grant::token_hash(request)?, hash.map(|hash| hash.to_string()));
    let values = [(&token).into(), id.as_ref().ok().map(SnapshotId::as_str).into(), hex.as_deref().into()];
    let found: Option<Blob> = d1::first(ledger.db(), SELECT_BLOB, values).await?;
    let blob = found.ok_or_else(grant::unknown)?;
    grant::require_valid(blob.expires_at, ledger.now())?;
    let state = blob.status.as_deref().map(uploads::state);
    let (_, Some(state), Some(hash), Some(size)) = (id?, state, hash, blob.size) else {
        return Err(error::not_found("There is no such upload, or it does not list this file."));
    };
    let length = request.headers().get("content-length")?.ok_or_else(length_required)?;
    if length.parse() != Ok(size) {
        let message = format!("This file was listed with {size} bytes, and {length} are announced now. Begin again.");
        return Err(Error::new(422, "size_mismatch", message));
    }
    if blob.stored_at.is_some() {
        // It is there. Whoever sends it all the same is to hear that, and not to see the line cut.
        Rest::of(request).hear_out().await;
        return Ok(reply::empty(204));
    }
    if state != State::Building {
        return Err(over());
    }
    let bucket = R2::new(env)?;
    let put = async {
        match bucket.put_stream(&hash, request.inner().body()).await {
            Err(failure) if bucket::is_other_digest(&failure) => Err(Error::new(
                422,
                "hash_mismatch",
                "The bytes that arrived do not have this SHA-256, so they were not kept. The file may have changed while it was sent; begin again.",
            )),
            other => Ok(other?),
        }
    };
    upload::receive(&ledger, &blob.site, (hash, size), put).await?;
    Ok(reply::empty(204))
}

/// Makes a version of an upload.
pub async fn commit(request: &Request, env: &Env, context: &Context, params: &[String]) -> Result<Response> {
    let config = Config::from_env(env)?;
    let ledger = D1::new(env, time::now_ms())?;
    let grant = grant(request, &ledger).await?;
    let ledger = grant.asks(ledger, request)?;
    let (id, bucket) = (upload_in(params)?, R2::new(env)?);
    let mut warnings = None;
    let committed = upload::commit(&bucket, &ledger, &grant.site, &id, async |manifest| {
        let (finished, found) = rules::finish(&bucket, manifest).await?;
        warnings = Some(found);
        Ok(finished)
    })
    .await;
    let committed = match committed {
        Ok(committed) => committed,
        Err(UploadProblem::Store(refused)) if refused.code == UNSAFE_LINK => {
            // Asking again would change nothing: these files make no version. What was sent stays for a list without the
            // link, until it is let go of like that of any version that failed.
            upload::abandon(&ledger, &grant.site, &id).await.map_err(|problem| refusal(problem, None))?;
            return Err(refused);
        }
        Err(problem) => return Err(refusal(problem, None)),
    };
    let manifest = &committed.manifest;
    if let Some(failure) = &committed.untold {
        failure.log(grant.site.as_str());
    }
    if let Some(seq) = committed.went_live {
        notify::published(env, context, &grant.site, &id, seq);
    }
    let done: Option<Done> =
        d1::first(ledger.db(), SELECT_DONE, [grant.site.as_str().into(), id.as_str().into()]).await?;
    let Done { message, go_live, was_live } = done.ok_or_else(not_found)?;
    if !committed.again {
        let live = committed.went_live.is_some();
        log::info(
            "published",
            serde_json::json!({ "site": grant.site, "snapshot": id, "files": manifest.len(), "live": live }),
        );
        publish::count(env, &ledger, &grant, publish::outcome(go_live != 0, live), manifest);
    }
    let warnings = match warnings {
        Some(warnings) => warnings,
        None => rules::finish(&bucket, manifest).await?.1,
    };
    reply::json(
        if committed.again { 200 } else { 201 },
        &Published {
            url: config.site_url(&grant.label),
            preview_url: config.version_url(id.as_str()),
            snapshot_id: &id,
            file_count: manifest.len(),
            byte_size: manifest.byte_size(),
            message: &message,
            live: was_live != 0,
            warnings,
        },
    )
}

/// Gives an upload up. One that is over stays over, and one that is a version stays a version.
pub async fn abandon(request: &Request, env: &Env, params: &[String]) -> Result<Response> {
    let ledger = D1::new(env, time::now_ms())?;
    let grant = grant(request, &ledger).await?;
    let id = upload_in(params)?;
    upload::abandon(&ledger, &grant.site, &id).await.map_err(|problem| refusal(problem, None))?;
    Ok(reply::empty(204))
}

fn upload_in(params: &[String]) -> Result<SnapshotId> {
    params.first().and_then(|id| SnapshotId::parse(id)).ok_or_else(not_found)
}

fn hex(blobs: &[BlobHash]) -> Vec<String> {
    blobs.iter().map(ToString::to_string).collect()
}

fn not_found() -> Error {
    error::not_found("There is no such upload. Begin again.")
}

fn over() -> Error {
    error::conflict(
        "upload_over",
        "This upload was given up: it took longer than a day, too many others were begun after it, somebody ended it, or a page of it leads somewhere unsafe. Begin again; what was sent is still there.",
    )
}

fn length_required() -> Error {
    Error::new(411, "length_required", "Say how long the request is with a Content-Length header.")
}

/// `manifest` is what was listed, for naming a file.
fn refusal(problem: UploadProblem<Error>, manifest: Option<&Manifest>) -> Error {
    match problem {
        UploadProblem::Refused(refusal) => publish::refused(refusal),
        UploadProblem::NotFound => not_found(),
        UploadProblem::Over => over(),
        UploadProblem::BlobsLeaving => publish::leaving(),
        UploadProblem::Misstated(blobs) => {
            let of = |blob: &BlobHash| manifest.and_then(|list| list.entries().find(|entry| entry.hash == *blob));
            listing::misstated(blobs.first().and_then(of).map_or("", |entry| entry.path))
        }
        UploadProblem::Missing(blobs) => error::conflict(
            "blobs_missing",
            "Some files have not arrived yet. Send those that are missing, then ask again.",
        )
        .with_extra(serde_json::json!({ "missing": hex(&blobs) })),
        // What the publisher can do something about says so itself.
        UploadProblem::Store(refusal) if refusal.status < 500 => refusal,
        UploadProblem::Store(failure) => Error {
            message: "Publishing failed on our side. The site is as it was; try again in a moment.".to_owned(),
            ..failure
        },
    }
}
