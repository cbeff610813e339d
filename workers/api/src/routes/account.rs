//! `/api/account`: who one is here, and what was done with the account.

use crate::{
    account::{
        history, picture,
        profile::{self, Change},
    },
    answer::{self, Answer, essence},
    ask::Ask,
    paging::Wanted,
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use vetka_domain::picture::Format;
use vetka_edge::{Error, error};

/// `GET /api/account`.
pub async fn get(ask: Ask) -> Answer {
    let viewer = ask.signed_in().await?;
    answer::json(200, &profile::read(&ask, &viewer.user_id).await?)
}

/// What may be changed; at least one of them. A handle of `null` gives the handle up.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "AccountChange")]
pub struct Wish {
    /// At most 100 characters; the empty text takes the name away.
    name: Option<String>,
    /// 2 to 30 of a to z, digits and single hyphens inside.
    #[serde(default, deserialize_with = "said")]
    handle: Option<Option<String>>,
}

/// Tells what was left out from what was said to be nothing.
fn said<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// `PATCH /api/account`.
pub async fn change(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = ask.writer().await?;
    let wish: Wish = ask.json(&body)?;
    if wish.name.is_none() && wish.handle.is_none() {
        let message = "There is nothing to change in this. Send a name or a handle.";
        return Err(error::bad_request("nothing_to_change", message).into());
    }
    let handle = wish.handle.as_ref().map(|handle| handle.as_deref());
    let change = Change { name: wish.name.as_deref(), handle, image: None };
    answer::json(200, &profile::change(&ask, &viewer, &change).await?)
}

/// `PUT /api/account/picture`: the file itself is the body.
pub async fn put_picture(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = ask.writer().await?;
    let format = Format::from_media_type(&essence(ask.header("content-type"))).ok_or_else(|| {
        Error::new(415, "unsupported_media_type", "Send the picture itself, as image/webp or image/jpeg.")
    })?;
    answer::json(200, &picture::put(&ask, &viewer, format, &body).await?)
}

/// `DELETE /api/account/picture`.
pub async fn delete_picture(ask: Ask) -> Answer {
    let viewer = ask.writer().await?;
    profile::change(&ask, &viewer, &Change { image: Some(None), ..Change::default() }).await?;
    Ok(answer::empty(204))
}

/// `GET /api/account/audit?limit=&cursor=`, newest first.
pub async fn audit(ask: Ask) -> Answer {
    let viewer = ask.signed_in().await?;
    let wanted = Wanted::parse(ask.param("limit").as_deref(), ask.param("cursor").as_deref())?;
    answer::json(200, &history::list(&ask, &viewer.user_id, wanted).await?)
}
