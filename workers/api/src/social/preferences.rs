//! What a site's owner wants of others, as the pages and the API have it. The rules are in `vetka_domain`.

use crate::ask::Ask;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_domain::social::preferences::{Digest, MessagesFrom};
use vetka_edge::{Result, d1, error};

const SELECT: &str = "SELECT messages_from, digest FROM site WHERE id = ?1";
const UPDATE: &str = "UPDATE site SET messages_from = COALESCE(?2, messages_from), digest = COALESCE(?3, digest)
    WHERE id = ?1 RETURNING messages_from, digest";

/// What a site's owner wants of others.
#[derive(Debug, Clone, Serialize, JsonSchema, d1::FromRow)]
#[serde(rename_all = "camelCase")]
pub struct Preferences {
    /// Who may write first.
    #[schemars(extend("enum" = ["everyone", "following", "nobody"]))]
    pub messages_from: String,
    /// Whether a mail a day tells what was missed.
    #[schemars(extend("enum" = ["off", "daily"]))]
    pub digest: String,
}

/// What is to be otherwise. What is left out stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "PreferencesChange")]
pub struct Change {
    /// Who may write first.
    #[schemars(extend("enum" = ["everyone", "following", "nobody", null]))]
    pub messages_from: Option<String>,
    /// Whether a mail a day tells what was missed.
    #[schemars(extend("enum" = ["off", "daily", null]))]
    pub digest: Option<String>,
}

/// What a site's owner wants.
pub async fn read(ask: &Ask, site_id: &str) -> Result<Preferences> {
    let row: Option<Preferences> = d1::first(&ask.db()?, SELECT, [site_id.into()]).await?;
    row.ok_or_else(|| error::not_found("There is no such site."))
}

/// Changes it.
///
/// # Errors
/// 400 `nothing_to_change`, 422 `invalid_preference`.
pub async fn change(ask: &Ask, site_id: &str, change: &Change) -> Result<Preferences> {
    if change.messages_from.is_none() && change.digest.is_none() {
        return Err(error::bad_request("nothing_to_change", "Say what to change: messagesFrom or digest."));
    }
    let unknown = || error::Error::new(422, "invalid_preference", "That is none of the choices there are.");
    let messages_from = change.messages_from.as_deref();
    let messages_from = messages_from.map(|text| MessagesFrom::parse(text).ok_or_else(unknown)).transpose()?;
    let digest = change.digest.as_deref();
    let digest = digest.map(|text| Digest::parse(text).ok_or_else(unknown)).transpose()?;
    let values = [site_id.into(), messages_from.map(MessagesFrom::as_str).into(), digest.map(Digest::as_str).into()];
    let row: Option<Preferences> = d1::first(&ask.db()?, UPDATE, values).await?;
    row.ok_or_else(|| error::not_found("There is no such site."))
}
