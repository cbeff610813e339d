//! Everything of an account in one zip archive, written while it is being sent.
//!
//! What is small (the account, the versions, what was said) is gathered first, so that a part of us that does not answer
//! is a refusal in words and no broken download.

mod account;
mod conversation;
mod files;
mod others;
mod teams;

use crate::{
    answer::Answer,
    archive::{Archive, Item, LEFT_OUT},
    ask::Ask,
    limits,
    pages::text,
    social::messages,
};
use std::collections::VecDeque;
use vetka_domain::audit::Kind;
use vetka_edge::{
    Error,
    audit::{self, Entry},
    error,
};

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
    if let Some(site) = account.site() {
        let said = messages::export(ask, &site.id).await?;
        items.push_back(Item::json("messages.json", &said, ask.now())?);
    }
    let reactions = account::reactions(ask, user_id).await?;
    if !reactions.is_empty() {
        items.push_back(Item::json("reactions.json", &reactions, ask.now())?);
    }
    if let Some(teams) = teams::read(ask, user_id).await? {
        items.push_back(Item::text("teams.json", teams, ask.now()));
    }
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
    Ok(Archive::of(ask, bucket, items).answer(ask, &format!("vetka-{}.zip", account.day())))
}

fn readme(ask: &Ask, account: &account::Account) -> String {
    let mut text = format!(
        "Everything that Vetka keeps about {}, as of {}.\n\n\
         account.json       who you are here: profile, sites, ways to sign in, devices, sites that know you, what was done\n\
         picture.webp       your picture, if you have one (or picture.jpg)\n\
         reactions.json     what you left on pages, and what others left on yours, if there is any\n\
         teams.json         the teams that you are in, and the sessions that you started, if there are any\n",
        account.email(),
        text::date_time(ask.now()),
    );
    if account.site().is_some() {
        text.push_str("messages.json      what you and other sites wrote to each other\n");
    }
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
