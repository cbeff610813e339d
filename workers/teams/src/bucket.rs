//! What sessions keep in the bucket: pictures of their previews at `views/<session>/<picture>`, for those in the organization;
//! copies of some at `shown/<session>/<picture>`, for whoever has the address, as a pull request is read by people and
//! programs that are not signed in here; and `transcripts/<session>/`. A picture's name is nobody's to guess.

use vetka_edge::{Result, browser::TYPE, id};
use worker::{Bucket, Env, HttpMetadata, Object};

/// Everything that a session has in the bucket begins with one of these, and its id.
const FOLDERS: [&str; 3] = [VIEWS, SHOWN, TRANSCRIPTS];
/// Pictures for the organization.
pub const VIEWS: &str = "views";
/// Pictures for everybody who has their address.
pub const SHOWN: &str = "shown";
/// What the runner of each turn printed.
const TRANSCRIPTS: &str = "transcripts";

fn bucket(env: &Env) -> Result<Bucket> {
    Ok(env.bucket("BUCKET")?)
}

async fn put(env: &Env, key: String, picture: Vec<u8>) -> Result<()> {
    let kind = HttpMetadata { content_type: Some(TYPE.to_owned()), ..HttpMetadata::default() };
    bucket(env)?.put(key, picture).http_metadata(kind).execute().await?;
    Ok(())
}

/// Keeps a picture; gives its name.
pub async fn keep(env: &Env, session: &str, picture: Vec<u8>) -> Result<String> {
    let name = id::random()?;
    put(env, format!("{VIEWS}/{session}/{name}"), picture).await?;
    Ok(name)
}

/// A picture's bytes.
pub async fn get(env: &Env, folder: &str, session: &str, name: &str) -> Result<Option<Vec<u8>>> {
    let found = bucket(env)?.get(format!("{folder}/{session}/{name}")).execute().await?;
    let Some(body) = found.as_ref().and_then(Object::body) else { return Ok(None) };
    Ok(Some(body.bytes().await?))
}

/// Lets everybody see a picture who has its address.
pub async fn show(env: &Env, session: &str, name: &str) -> Result<()> {
    match get(env, VIEWS, session, name).await? {
        Some(picture) => put(env, format!("{SHOWN}/{session}/{name}"), picture).await,
        None => Ok(()),
    }
}

/// Keeps what the runner of a turn printed.
pub async fn keep_transcript(env: &Env, session: &str, turn: i64, text: String) -> Result<()> {
    bucket(env)?.put(format!("{TRANSCRIPTS}/{session}/{turn:06}"), text).execute().await?;
    Ok(())
}

/// Deletes everything that a session has here.
pub async fn forget(env: &Env, session: &str) -> Result<()> {
    let bucket = bucket(env)?;
    for folder in FOLDERS {
        loop {
            let listed = bucket.list().prefix(format!("{folder}/{session}/")).execute().await?;
            let keys: Vec<String> = listed.objects().iter().map(Object::key).collect();
            if keys.is_empty() {
                break;
            }
            bucket.delete_multiple(keys).await?;
        }
    }
    Ok(())
}
