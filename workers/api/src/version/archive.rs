//! A version as a zip archive: exactly the files that it was published with. What is more than one archive can hold comes
//! in parts, to be unpacked into one folder.

use super::stored::{self, Stored};
use crate::{
    answer::Answer,
    archive::{self, Archive, Item},
    ask::Ask,
    limits,
    site::Site,
};
use vetka_domain::version::{archive_parts, file_name};
use vetka_edge::{Error, Result};

/// The archive, as the answer to whoever owns the site. The caller has asked who is asking, and for which version.
///
/// # Errors
/// 404 when its list of files is gone, 413 when it takes several and none was named, 422, 429.
pub async fn zip(ask: &Ask, site: &Site, user_id: &str, version: &Stored) -> Answer {
    limits::archives(ask, user_id).await?;
    let bucket = ask.env().bucket("BUCKET")?;
    let manifest = stored::manifest(&bucket, site, version).await?;
    let most = archive::most_objects(ask.env());
    let parts = archive_parts(u32::try_from(manifest.len()).unwrap_or(u32::MAX), most);
    let part = part(ask.param("part").as_deref(), manifest.len(), parts)?;

    let most = most as usize;
    let entries = manifest.entries().skip((part as usize - 1) * most).take(most);
    let items = entries.map(|entry| Item::blob(entry.path, &entry.hash, version.created_at)).collect();
    let mut file = file_name(site.label.as_deref().unwrap_or("site"), Some(&version.name), version.created_at);
    if parts > 1 {
        file = format!("{}-part-{part}-of-{parts}.zip", file.trim_end_matches(".zip"));
    }
    Ok(Archive::of(ask, bucket, items).answer(ask, &file))
}

/// Which part is asked for, from 1.
fn part(asked: Option<&str>, files: usize, parts: u32) -> Result<u32> {
    let Some(asked) = asked else {
        let message = || {
            format!(
                "This version has {files} files, more than one archive can hold. Download it in {parts} parts and unpack them into \
                 one folder: add ?part=1 to this address, then ?part=2, and so on."
            )
        };
        return if parts == 1 { Ok(1) } else { Err(too_many(parts, message())) };
    };
    asked.parse().ok().filter(|part| (1..=parts).contains(part)).ok_or_else(|| {
        Error::new(422, "invalid_part", format!("There is no such part. The last one of this version is {parts}."))
    })
}

fn too_many(parts: u32, message: String) -> Error {
    Error::new(413, "too_many_files", message).with_extra(serde_json::json!({ "parts": parts }))
}
