//! `POST /api/agent/deploy`: new files for the site that the token belongs to.

use crate::{
    WORKER,
    bucket::R2,
    grant::{Grant, grant},
    ledger::D1,
    notify,
    rules::{self, Warning},
    upload::Upload,
};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_edge::{
    Error, Result,
    config::Config,
    error, id, log,
    metrics::{self, Event},
    reply, time, trace,
};
use vetka_r2::{
    Manifest, SnapshotId,
    publish::{Bucket, DeployProblem, NewVersion, Refusal, deploy, upload::Uploads},
    rules::Compiled,
    summary,
};
use worker::{Context, Env, Request, Response};

/// The largest request, in bytes: 20 MB of files in base64, and the names of 10,000.
const MAX_BODY: usize = 34 * 1024 * 1024;
const TOO_LARGE: &str = "The files are too large together. One request can carry 20 MB of files.";

/// A version that has been published.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Published<'a> {
    /// Its id.
    #[schemars(with = "String")]
    pub snapshot_id: &'a SnapshotId,
    /// Where visitors find the site.
    pub url: String,
    /// The version's own address.
    pub preview_url: String,
    /// Number of files.
    pub file_count: usize,
    /// Bytes of all files.
    pub byte_size: u64,
    /// The sentence under which it stands in the list of versions.
    pub message: &'a str,
    /// False for a draft, and when a version that was begun later went live before this one.
    pub live: bool,
    /// Lines of `_redirects` and `_headers` that have no effect, or not the one that their writer may expect.
    pub warnings: Vec<Warning>,
}

/// Publishes. Until the files have been read and found good, nothing is written anywhere.
pub async fn publish(mut request: Request, env: &Env, context: &Context) -> Result<Response> {
    let config = Config::from_env(env)?;
    let ledger = D1::new(env, time::now_ms())?;
    let grant = grant(&request, &ledger).await?;
    let ledger = grant.asks(ledger, &request)?;
    let body = read_body(&mut request, MAX_BODY, TOO_LARGE).await?;
    let upload = Upload::read(&body)?;
    rules::require_small(upload.files())?;

    let manifest = Manifest::build(upload.files(), &Compiled::default());
    let (rules, warnings) = upload.rules(&manifest)?;
    let manifest = manifest.with_rules(&rules);
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
        go_live: upload.live(),
        triggered_by: grant.triggered_by,
    };
    let deployed = deploy(&bucket, &ledger, &upload, &manifest, &version).await.map_err(refusal)?;
    log::info(
        "published",
        serde_json::json!({ "site": grant.site, "snapshot": snapshot, "files": manifest.len(), "live": deployed.live }),
    );
    count(env, &ledger, &grant, outcome(upload.live(), deployed.live), &manifest);
    if let Some(failure) = &deployed.untold {
        failure.log(grant.site.as_str());
    }
    if deployed.live {
        notify::published(env, context, &grant.site, &snapshot, deployed.seq);
    }
    // For the uploads to come. When this is lost they send some files once more.
    let (site, blobs) = (grant.site.clone(), manifest.sized_blobs());
    context.wait_until(trace::keep(async move {
        if let Err(failure) = ledger.stored(&site, &blobs).await {
            failure.log(site.as_str());
        }
    }));
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
            warnings: warnings.into_iter().map(Warning::from).collect(),
        },
    )
}

/// How publishing ended, for the metrics.
pub const fn outcome(go_live: bool, live: bool) -> &'static str {
    match (go_live, live) {
        (_, true) => "live",
        (true, false) => "late",
        (false, false) => "draft",
    }
}

/// Counts a version that was published.
pub fn count(env: &Env, ledger: &D1, grant: &Grant, outcome: &str, manifest: &Manifest) {
    let (by, ms) = (grant.triggered_by.as_str(), time::now_ms() - ledger.now());
    let event = Event::Deploy { by, outcome, ms, files: manifest.len(), bytes: manifest.byte_size() };
    metrics::write(env, WORKER, 1, &event);
}

/// A new id, as the bucket wants it.
pub fn new_snapshot_id() -> Result<SnapshotId> {
    SnapshotId::parse(&id::random()?).ok_or_else(|| error::internal("a new id is not one"))
}

/// Reads a JSON body of at most so many bytes, of which it has to say how many they are.
///
/// # Errors
/// 415, 411, and 413 in these words.
pub async fn read_body(request: &mut Request, limit: usize, too_large: &str) -> Result<Vec<u8>> {
    reply::require_json(request.headers())?;
    let length = request.headers().get("content-length")?;
    let Some(announced) = length.and_then(|length| length.parse::<usize>().ok()) else {
        return Err(Error::new(411, "length_required", "Say how long the request is with a Content-Length header."));
    };
    if announced > limit {
        return Err(error::too_large(too_large));
    }
    let body = request.bytes().await?;
    if body.len() > limit { Err(error::too_large(too_large)) } else { Ok(body) }
}

/// Why a site takes no version.
pub fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::SiteGone => Error::new(410, "site_gone", "This site has been deleted. Nothing was published."),
        Refusal::TakenDown => taken_down(),
    }
}

/// A site that an operator has taken down keeps its versions and takes no others.
pub fn taken_down() -> Error {
    Error::new(
        403,
        "taken_down",
        "We took this site down, so nothing can be published to it. Our mail about it says why.",
    )
}

/// Files that are being deleted have to be gone before they can be there again.
pub fn leaving() -> Error {
    Error::new(
        503,
        "try_again",
        "Some of these files are being cleaned up on our side. The site is as it was; send the files again in a minute.",
    )
    .with_header("retry-after", "60")
}

fn refusal(problem: DeployProblem<Error>) -> Error {
    match problem {
        DeployProblem::Refused(refusal) => refused(refusal),
        DeployProblem::TookTooLong => Error::new(
            503,
            "took_too_long",
            "Publishing took too long and was given up. The site is as it was; send the files again.",
        ),
        DeployProblem::BlobsLeaving => leaving(),
        // What the publisher can do something about says so itself.
        DeployProblem::Store(refusal) if refusal.status < 500 => refusal,
        DeployProblem::Store(failure) => Error {
            message: "Publishing failed on our side. The site is as it was; try again in a moment.".to_owned(),
            ..failure
        },
    }
}
