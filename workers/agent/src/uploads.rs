//! Files that people send along, in the bucket under `uploads/<conversation>/<id>`. The bytes stay on the runtime's
//! side of the WASM border; only the first few are looked at.

use std::collections::HashMap;
use vetka_domain::conversation::{frame::Attachment, upload};
use vetka_edge::{Error, Result, error, id};
use worker::{
    Bucket, Env, HttpMetadata, Object, Request, js_sys::Uint8Array, wasm_bindgen::JsCast,
    wasm_bindgen_futures::JsFuture, web_sys,
};

/// Bytes of one file.
pub const LARGEST: usize = 20 * 1024 * 1024;
const NAME: &str = "name";

/// The bucket.
pub fn bucket(env: &Env) -> Result<Bucket> {
    Ok(env.bucket("BUCKET")?)
}

/// Where a file is.
pub fn key(conversation: &str, upload: &str) -> String {
    format!("uploads/{conversation}/{upload}")
}

/// 413 with the limit in words.
pub fn too_large() -> Error {
    error::too_large("That file is too large. A file can have 20 MB.")
}

/// Takes the field `file` of a multipart request and stores it.
pub async fn take(env: &Env, conversation: &str, request: &Request) -> Result<Attachment> {
    let malformed = || error::bad_request("malformed_upload", "Send one file, in the field `file`.");
    let form = request.inner().form_data().map_err(|_| malformed())?;
    let form: web_sys::FormData =
        JsFuture::from(form).await.map_err(|_| malformed())?.dyn_into().map_err(|_| malformed())?;
    let file: web_sys::File = form.get("file").dyn_into().map_err(|_| malformed())?;
    if file.size() > upload::LARGEST {
        return Err(too_large());
    }
    if file.size() < 1.0 {
        return Err(error::bad_request("empty_file", "That file is empty."));
    }
    let name = upload::clean_name(&file.name());
    let head = head(&file).await?;
    let kind = upload::sniff(&name, &head).ok_or_else(|| {
        Error::new(
            415,
            "unsupported_file",
            "Pictures (PNG, JPEG, GIF, WebP), PDF and plain text can be sent, and this is none of them.",
        )
    })?;
    let upload = id::random()?;
    let metadata = HttpMetadata { content_type: Some(kind.media_type().into()), ..HttpMetadata::default() };
    let stored = bucket(env)?
        .put(key(conversation, &upload), file.stream())
        .http_metadata(metadata)
        .custom_metadata(HashMap::from([(NAME.to_owned(), name)]))
        .execute()
        .await?
        .ok_or_else(|| error::internal("the bucket did not store an upload"))?;
    describe(&upload, &stored)
}

async fn head(file: &web_sys::File) -> Result<Vec<u8>> {
    let slice = file.slice_with_f64_and_f64(0.0, upload::HEAD as f64).map_err(worker::Error::from)?;
    let bytes = JsFuture::from(slice.array_buffer()).await.map_err(worker::Error::from)?;
    Ok(Uint8Array::new(&bytes).to_vec())
}

/// What a stored file is.
pub fn describe(upload: &str, object: &Object) -> Result<Attachment> {
    Ok(Attachment {
        id: upload.to_owned(),
        name: object.custom_metadata()?.remove(NAME).unwrap_or_else(|| "file".to_owned()),
        media_type: object.http_metadata().content_type.unwrap_or_default(),
        size: i64::try_from(object.size()).unwrap_or_default(),
        url: format!("/api/agent/uploads/{upload}"),
    })
}

/// Looks a file of a conversation up; `None` when it is not there, or somebody else's.
pub async fn find(env: &Env, conversation: &str, upload: &str) -> Result<Option<Attachment>> {
    if !id::is_id(upload) {
        return Ok(None);
    }
    match bucket(env)?.head(key(conversation, upload)).await? {
        Some(object) => Ok(Some(describe(upload, &object)?)),
        None => Ok(None),
    }
}

/// A stored file as the runtime's own blob; `None` when it is gone.
pub async fn blob(env: &Env, conversation: &str, upload: &str) -> Result<Option<web_sys::Blob>> {
    let Some(object) = bucket(env)?.get(key(conversation, upload)).execute().await? else { return Ok(None) };
    let Some(body) = object.body() else { return Ok(None) };
    let worker::ResponseBody::Stream(stream) = body.response_body()? else { return Ok(None) };
    let response = web_sys::Response::new_with_opt_readable_stream(Some(&stream)).map_err(worker::Error::from)?;
    let blob = JsFuture::from(response.blob().map_err(worker::Error::from)?).await.map_err(worker::Error::from)?;
    let blob: web_sys::Blob = blob.unchecked_into();
    let media_type = object.http_metadata().content_type.unwrap_or_default();
    Ok(Some(blob.slice_with_f64_and_f64_and_content_type(0.0, blob.size(), &media_type).map_err(worker::Error::from)?))
}

/// Deletes the files and transcripts of a conversation.
pub async fn forget(env: &Env, conversation: &str) -> Result<()> {
    let bucket = bucket(env)?;
    for prefix in [format!("uploads/{conversation}/"), format!("transcripts/{conversation}/")] {
        loop {
            let listed = bucket.list().prefix(&prefix).execute().await?;
            let keys: Vec<String> = listed.objects().iter().map(Object::key).collect();
            if keys.is_empty() {
                break;
            }
            bucket.delete_multiple(keys).await?;
        }
    }
    Ok(())
}
