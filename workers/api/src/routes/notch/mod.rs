//! `/api/notch/…` of being known in the frame: agreeing, redeeming, who is there, and ending it. The frame's page, the window
//! for agreeing and the playground are in `pages`.

pub mod pages;

use crate::{
    answer::{self, Answer, Response},
    ask::{Ask, Named},
    limits,
    pages::Notice,
    social::{
        actor::{self, Person},
        bearers::{self, Retry},
        grants::{self, Grants, NewGrant, Redemption},
        me::{self, Me},
        nonce, origins,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_domain::{cookie, notch};
use vetka_edge::{Error, error, notch as known};

/// `POST /api/notch/grants`, from the window in which somebody agrees.
pub async fn agree(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = actor::session_writer(&ask).await?;
    let wish: NewGrant = ask.json(&body)?;
    answer::json(201, &grants::agree(&ask, &viewer.user_id, &wish).await?)
}

/// `POST /api/notch/redeem`, from the frame.
pub async fn redeem(ask: Ask, body: Vec<u8>) -> Answer {
    let asked = actor::frame(&ask)?.ok_or_else(frame_only)?;
    let given: Redemption = ask.json(&body)?;
    limits::redemptions(&ask).await?;
    answer::json(200, &grants::redeem(&ask, &asked, &given).await?)
}

/// `POST /api/notch/bearer`, from the frame, where the browser has not kept what `redeem` gave.
pub async fn bearer(ask: Ask, body: Vec<u8>) -> Answer {
    let asked = actor::frame(&ask)?.ok_or_else(frame_only)?;
    let given: Retry = ask.json(&body)?;
    limits::redemptions(&ask).await?;
    answer::json(201, &bearers::make(&ask, &asked, &given).await?)
}

/// `GET /api/notch/me`: for our frame and our pages, and for the page of a member that asks by CORS.
pub async fn me(ask: Ask) -> Answer {
    let from = ask.header("origin").filter(|origin| *origin != ask.config().app_origin);
    let Some(origin) = from else { return varying(answer::json(200, &Me::Ours(me::ours(&ask).await?))) };
    if ask.header(notch::HEADER).is_some() {
        return Err(frame_only().into());
    }
    let Some(place) = origins::of_origin(&ask, origin).await? else {
        return Err(error::forbidden("wrong_origin", "That website is not connected to Vetka.")
            .with_header("vary", "Origin")
            .into());
    };
    let mut response = answer::json(200, &Me::Page(me::page(&ask, origin, &place).await?))?;
    answer::add(&mut response, "access-control-allow-origin", origin);
    answer::add(&mut response, "access-control-allow-credentials", "true");
    varying(Ok(response))
}

/// Nothing to send.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "NotchNothing")]
pub struct Nothing {}

/// `POST /api/notch/sign-out`, from the frame: ends this grant and no other. Who is nobody already is told the same.
pub async fn sign_out(ask: Ask, body: Vec<u8>) -> Answer {
    let asked = actor::frame(&ask)?.ok_or_else(frame_only)?;
    let Nothing {} = ask.json(&body)?;
    if let Some(granted) = known::holder(ask.env(), &asked).await? {
        match grants::end(&ask, &granted.user_id, &granted.grant_id).await {
            Err(gone) if gone.status == 404 => {}
            ended => ended?,
        }
    }
    ask.add_cookie(cookie::set_partitioned(&notch::cookie_name(asked.origin), "", 0));
    Ok(answer::empty(204))
}

/// Proof that an act was begun inside the frame.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Nonce")]
pub struct Nonce {
    /// Works once, for half a minute.
    nonce: String,
}

/// `POST /api/notch/nonce`, from the frame, at the protected click.
pub async fn nonce(ask: Ask, body: Vec<u8>) -> Answer {
    let person = Person::writer(&ask).await?;
    let Nothing {} = ask.json(&body)?;
    let grant = person.grant.ok_or_else(frame_only)?;
    answer::json(201, &Nonce { nonce: nonce::make(&ask, &grant).await? })
}

/// `GET /api/notch/grants`: where one is known.
pub async fn list(ask: Ask) -> Answer {
    let viewer = actor::session_reader(&ask).await?;
    let grants = grants::list(&ask, &viewer.user_id).await?;
    answer::json(200, &Grants { grants, next_cursor: None })
}

/// `DELETE /api/notch/grants/:id`.
pub async fn end(ask: Ask, Named(id): Named) -> Answer {
    let viewer = actor::session_writer(&ask).await?;
    grants::end(&ask, &viewer.user_id, &id).await?;
    Ok(answer::empty(204))
}

/// The same as a form on the settings. One that is gone already is no reason to complain.
pub async fn end_form(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = ask.form_writer().await?;
    let id = ask.form(&body)?.get("id");
    match grants::end(&ask, &viewer.user_id, &id).await {
        Err(gone) if gone.status == 404 => {}
        ended => ended?,
    }
    Ok(answer::see_other(&format!("/settings?notice={}#known", Notice::GrantEnded.code())))
}

/// What it says depends on where it is asked from, so no cache may mix the two up.
fn varying(answer: Answer) -> Answer {
    answer.map(|mut response: Response| {
        answer::add(&mut response, "vary", "Origin");
        response
    })
}

fn frame_only() -> Error {
    error::forbidden("wrong_origin", "Only Notch itself may ask for this.")
}
