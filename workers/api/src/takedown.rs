//! Taking a site down, and putting it back: what an operator decides, or a check that found something. The deploy worker
//! changes what visitors see, within seconds; here its owner is told, in the list of what was done and by mail.

use crate::{inside, pages::takedown::because, thumbnail};
use serde_json::json;
use vetka_domain::audit::Kind;
use vetka_edge::{
    Result,
    audit::{self, Entry, From},
    auth, config, d1, error,
    mail::{self, Note},
};
use worker::{Env, Method};

const SELECT_OWNER: &str = "SELECT s.domain, s.user_id, u.email FROM site s JOIN user u ON u.id = s.user_id
    WHERE s.id = ?1 AND s.deleted_at IS NULL AND s.subdomain IS NOT NULL";

#[derive(d1::FromRow)]
struct Owner {
    domain: String,
    user_id: String,
    email: String,
}

/// Takes a site down. `reason` is `law`, `abuse` or `unsafe`; `note` says more, to its owner, and may be empty.
///
/// # Errors
/// 404 for no such site, 422 for no such reason; 503 when the deploy worker does not answer. Doing it again is fine.
pub async fn take_down(env: &Env, site: &str, reason: &str, note: &str, now: i64) -> Result<()> {
    if !["law", "abuse", "unsafe"].contains(&reason) {
        return Err(vetka_edge::Error::new(422, "invalid_reason", "A site is taken down for law, abuse or unsafe."));
    }
    let owner = owner(env, site).await?;
    set(env, site, &json!({ "takenDown": reason, "note": note })).await?;
    thumbnail::forget(env, site).await?;
    note_down(env, &owner, Kind::TakenDown, now).await?;
    let mut paragraphs = vec![format!("We took your site {} down, because {}.", owner.domain, because(reason))];
    if !note.is_empty() {
        paragraphs.push(note.to_owned());
    }
    paragraphs.push(
        "Nobody can see it now, and no new version can be published. Everything that belongs to it is kept: its versions, \
         its files and your conversation."
            .to_owned(),
    );
    paragraphs.push(
        "If you think this is a mistake, answer this mail and say why. A person reads it and looks at your site again."
            .to_owned(),
    );
    let app = config::var(env, "APP_ORIGIN")?;
    paragraphs.push(format!("What belongs to your site, and everything you can download, is here: {app}/settings"));
    let subject = format!("Your site {} was taken down", owner.domain);
    tell(env, &owner, &subject, &paragraphs, &format!("taken-down/{site}/{now}")).await
}

/// Puts a site back as it was.
///
/// # Errors
/// As [`take_down`].
pub async fn put_back(env: &Env, site: &str, now: i64) -> Result<()> {
    let owner = owner(env, site).await?;
    set(env, site, &json!({ "takenDown": null })).await?;
    thumbnail::want(env, site, now).await?;
    note_down(env, &owner, Kind::PutBack, now).await?;
    let paragraphs = [
        format!("Your site {} is back. Visitors see it again as it was, and you can publish.", owner.domain),
        format!("You find it here: {}/sites", config::var(env, "APP_ORIGIN")?),
    ];
    let subject = format!("Your site {} is back", owner.domain);
    tell(env, &owner, &subject, &paragraphs, &format!("put-back/{site}/{now}")).await
}

async fn owner(env: &Env, site: &str) -> Result<Owner> {
    let owner: Option<Owner> = d1::first(&env.d1(auth::DB)?, SELECT_OWNER, [site.into()]).await?;
    owner.ok_or_else(|| error::not_found("There is no such site, or it is not made here."))
}

async fn set(env: &Env, site: &str, settings: &serde_json::Value) -> Result<()> {
    let url = format!("http://deploy.internal/sites/{site}/settings");
    match inside::ask(env, "DEPLOY", Method::Patch, &url, Some(settings.to_string())).await?.status {
        200..=299 => Ok(()),
        404 | 410 => Err(error::not_found("There is no such site.")),
        status => Err(error::internal(format!("deploy answered {status} to a takedown"))),
    }
}

async fn note_down(env: &Env, owner: &Owner, kind: Kind, at: i64) -> Result<()> {
    let entry = Entry { user_id: &owner.user_id, kind, subject: &owner.domain, from: From::default(), at };
    audit::write(&env.d1(auth::DB)?, &entry).await
}

/// That a mail cannot be sent changes nothing of what was decided; why is in the log.
async fn tell(env: &Env, owner: &Owner, subject: &str, paragraphs: &[String], key: &str) -> Result<()> {
    mail::send_note(env, &owner.email, &Note { subject, paragraphs, key }).await?;
    Ok(())
}
