//! What is posted from the settings. Each form does one thing and leads back to the page, which says what was done.

use super::Shown;
use crate::{
    account::{
        deletion, export,
        profile::{self, Change},
        providers::{self, Start},
        sessions::{self, Which},
    },
    answer::{self, Answer},
    ask::Ask,
    pages::{Notice, settings::Deletion},
};
use vetka_domain::oauth::Provider;
use vetka_edge::error;

/// Name and handle. An empty handle gives the handle up.
pub async fn profile(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = ask.form_writer().await?;
    let form = ask.form(&body)?;
    let (name, handle) = (form.get("name"), form.get("handle"));
    let wanted = Some(handle.trim()).filter(|handle| !handle.is_empty());
    let change = Change { name: Some(&name), handle: Some(wanted), image: None };
    let refusal = match profile::change(&ask, &viewer, &change).await {
        Ok(_) => return Ok(back(Notice::ProfileSaved, "profile")),
        Err(refusal) if matches!(refusal.status, 409 | 422) => refusal,
        Err(failure) => return Err(failure.into()),
    };
    let of_name = refusal.code == "invalid_name";
    let suggestions = refusal.suggestions();
    let shown = Shown {
        name: Some(&name),
        handle: Some(&handle),
        name_problem: of_name.then_some(refusal.message.as_str()),
        handle_problem: (!of_name).then_some(refusal.message.as_str()),
        suggestions: &suggestions,
        ..Shown::default()
    };
    super::page(&ask, &viewer, refusal.status, &shown).await
}

/// Takes the picture away.
pub async fn remove_picture(ask: Ask) -> Answer {
    let viewer = ask.form_writer().await?;
    profile::change(&ask, &viewer, &Change { image: Some(None), ..Change::default() }).await?;
    Ok(back(Notice::PictureRemoved, "profile"))
}

/// Signs another device out. One that is not theirs, or is gone already, is no reason to complain.
pub async fn sign_out_device(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = ask.form_writer().await?;
    let id = ask.form(&body)?.get("id");
    sessions::revoke(&ask, &viewer, Which::Id(&id)).await?;
    Ok(back(Notice::DeviceSignedOut, "devices"))
}

/// Signs all other devices out.
pub async fn sign_out_others(ask: Ask) -> Answer {
    let viewer = ask.form_writer().await?;
    sessions::revoke(&ask, &viewer, Which::Others).await?;
    Ok(back(Notice::OthersSignedOut, "devices"))
}

/// Sends the person to a provider, to come back with an identity to connect.
pub async fn connect(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = ask.form_writer().await?;
    let provider = Provider::parse(&ask.form(&body)?.get("provider"))
        .filter(|provider| providers::offered(&ask).contains(provider))
        .ok_or_else(|| error::not_found("That way to sign in is not offered here."))?;
    let callback = format!("/settings?notice={}", Notice::ProviderConnected.code());
    let start = Start { error: Some("/settings"), link: Some(&viewer.user_id), ..Start::new(provider, &callback) };
    Ok(answer::see_other(&providers::start(&ask, &start).await?))
}

/// Takes a way to sign in away. A code by mail is always left.
pub async fn disconnect(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = ask.form_writer().await?;
    let id = ask.form(&body)?.get("id");
    providers::disconnect(&ask, &viewer.user_id, &id).await?;
    Ok(back(Notice::ProviderDisconnected, "ways"))
}

/// Everything there is, as an archive.
pub async fn download(ask: Ask) -> Answer {
    let viewer = ask.form_writer().await?;
    export::zip(&ask, &viewer.user_id).await
}

/// Asks for the account to be deleted, when the address was typed.
pub async fn delete(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = ask.form_writer().await?;
    let confirmed = ask.form(&body)?.get("confirm").trim().to_ascii_lowercase();
    let email = profile::read(&ask, &viewer.user_id).await?.email;
    if confirmed != email {
        let problem = format!("Type {email} to delete your account. Nothing was deleted.");
        let shown = Shown { deletion: Deletion { open: true, problem: Some(&problem) }, ..Shown::default() };
        return super::page(&ask, &viewer, 422, &shown).await;
    }
    deletion::ask_for(&ask, &viewer.user_id).await?;
    Ok(back(Notice::DeletionAsked, "delete"))
}

/// Keeps the account after all.
pub async fn keep(ask: Ask) -> Answer {
    let viewer = ask.form_writer().await?;
    // That nobody had asked is as good as having called it off.
    let kept = deletion::cancel(&ask, &viewer.user_id).await?
        || profile::read(&ask, &viewer.user_id).await?.deletion_at.is_none();
    Ok(back(if kept { Notice::AccountKept } else { Notice::TooLate }, ""))
}

fn back(notice: Notice, section: &str) -> answer::Response {
    let place = if section.is_empty() { String::new() } else { format!("#{section}") };
    answer::see_other(&format!("/settings?notice={}{place}", notice.code()))
}
