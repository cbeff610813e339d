//! Everything of an account in one zip archive, written while it is being sent.
//!
//! What is small (the account, the versions, what was said) is gathered first, so that a part of us that does not answer
//! is a refusal in words and no broken download. Files follow one at a time: no more than one is ever in memory.

mod account;
mod conversation;
mod files;

use crate::{
    answer::{self, Answer},
    ask::Ask,
    limits,
    pages::text,
};
use files::Item;
use futures::stream::{self, LocalBoxStream, StreamExt};
use std::collections::VecDeque;
use vetka_domain::{audit::Kind, zip::Writer};
use vetka_edge::{
    Error, Result,
    audit::{self, Entry},
    error, log,
};
use worker::Bucket;

/// The name of the list of what could not be put in.
const LEFT_OUT: &str = "left-out.txt";

/// The archive of an account, as the answer to whoever owns it. The caller has asked who is asking.
///
/// # Errors
/// 404 when the account is gone, 429, 503 when a part that is needed does not answer.
pub async fn zip(ask: &Ask, user_id: &str) -> Answer {
    limits::exports(ask, user_id).await?;
    let account = account::read(ask, user_id).await?.ok_or_else(|| error::not_found("This account is gone."))?;
    let mut items = VecDeque::from([Item::text("README.txt", readme(ask, &account), ask.now())]);
    items.push_back(Item::json("account.json", &account, ask.now())?);
    let bucket = ask.env().bucket("BUCKET")?;
    items.extend(files::pictures(&bucket, user_id).await?);
    if let Some(site) = account.generated_site() {
        let versions = account::versions(ask, &site.id).await?;
        items.push_back(Item::json("versions.json", &versions, ask.now())?);
        if let Some(said) = conversation::read(ask, site).await? {
            items.push_back(Item::json("conversation.json", &said, ask.now())?);
            items.push_back(Item::text("conversation.txt", said.in_words(), ask.now()));
            items.extend(files::uploads(&bucket, &said.id).await?);
        }
        items.extend(files::of_live_version(ask, &bucket, &site.id).await?);
    }

    let entry = Entry { user_id, kind: Kind::Exported, subject: "", from: ask.from(), at: ask.now() };
    audit::write(&ask.db()?, &entry).await?;
    let disposition = format!("attachment; filename=\"vetka-{}.zip\"", account.day());
    let headers = [
        ("content-type", "application/zip"),
        ("content-disposition", disposition.as_str()),
        ("cache-control", "no-store"),
    ];
    let archive = Archive { bucket, items, writer: Some(Writer::default()), left_out: Vec::new(), now: ask.now() };
    Ok(answer::stream(200, &headers, archive.stream(ask.request_id().to_owned())))
}

struct Archive {
    bucket: Bucket,
    items: VecDeque<Item>,
    /// Gone when the archive has been ended.
    writer: Option<Writer>,
    left_out: Vec<String>,
    now: i64,
}

impl Archive {
    /// Pulled, never pushed: the next file is read when the last one has been taken.
    fn stream(self, request_id: String) -> LocalBoxStream<'static, Result<Vec<u8>>> {
        stream::unfold(Some(self), move |archive| {
            let request_id = request_id.clone();
            async move {
                let mut archive = archive?;
                match archive.next().await {
                    Ok(Some(piece)) => Some((Ok(piece), Some(archive))),
                    Ok(None) => None,
                    Err(failure) => {
                        // The answer has begun, so all that can be said is that it broke off.
                        log::error(
                            &request_id,
                            "export_broke_off",
                            failure.internal.as_deref().unwrap_or(failure.code),
                        );
                        Some((Err(failure), None))
                    }
                }
            }
        })
        .boxed_local()
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            let Some(item) = self.items.pop_front() else { return Ok(self.end()) };
            let name = item.name().to_owned();
            let at = item.at();
            match item.bytes(&self.bucket).await? {
                Some(bytes) => match self.add(&name, &bytes, at) {
                    Some(piece) => return Ok(Some(piece)),
                    None => self.left_out.push(format!("{name}: a file of this name cannot be put into an archive.")),
                },
                None => self.left_out.push(format!("{name}: was deleted while the archive was being made.")),
            }
        }
    }

    fn add(&mut self, name: &str, bytes: &[u8], at: i64) -> Option<Vec<u8>> {
        let mut piece = self.writer.as_mut()?.add(name, bytes, at).ok()?;
        piece.extend_from_slice(bytes);
        Some(piece)
    }

    fn end(&mut self) -> Option<Vec<u8>> {
        let mut end = Vec::new();
        if !self.left_out.is_empty() {
            let list = std::mem::take(&mut self.left_out).join("\n") + "\n";
            end = self.add(LEFT_OUT, list.as_bytes(), self.now).unwrap_or_default();
        }
        end.extend(self.writer.take()?.finish());
        Some(end)
    }
}

fn readme(ask: &Ask, account: &account::Account) -> String {
    let mut text = format!(
        "Everything that Vetka keeps about {}, as of {}.\n\n\
         account.json       who you are here: profile, sites, ways to sign in, devices, and what was done\n\
         picture.webp       your picture, if you have one (or picture.jpg)\n",
        account.email(),
        text::date_time(ask.now()),
    );
    if let Some(site) = account.generated_site() {
        text.push_str(&format!(
            "versions.json      the versions of {}, newest first\n\
             conversation.txt   what you and the agent said, to read\n\
             conversation.json  the same for programs\n\
             uploads/           the files that you sent along, each in a folder named by its id in conversation.json\n\
             site/              the files that visitors of {} see now; any web server can serve them\n",
            site.domain, site.domain,
        ));
    }
    text.push_str(&format!(
        "\nWhat is missing here does not exist, or is named in {LEFT_OUT}. Times are in UTC.\nYour account: {}/settings\n",
        ask.config().app_origin
    ));
    text
}

fn internal(problem: &impl ToString) -> Error {
    error::internal(problem.to_string())
}
