//! Invites: made and taken back by admins, accepted by whom they are for.

use super::{done, invalid};
use crate::{
    answer::{self, Answer},
    ask::{Ask, Named, Within},
    contract::{Invites, NewInvite},
    invite, organization,
};
use vetka_domain::{
    email::Email,
    limit::{INVITE_TRIES, INVITES, INVITES_ADDRESS, Subject},
    team::organization::Right,
};
use vetka_edge::{
    error,
    limit::{Rule, take},
};

/// `GET /api/v1/orgs/:orgId/invites`.
pub async fn list(ask: Ask, Named(id): Named) -> Answer {
    let (_, organization) = organization::for_reader(&ask, &id, Right::Invite).await?;
    let open = invite::open(&ask, &organization.id).await?;
    answer::json(200, &Invites { invites: open.into_iter().map(invite::Open::into_json).collect() })
}

/// `POST /api/v1/orgs/:orgId/invites`.
pub async fn create(ask: Ask, Named(id): Named, body: Vec<u8>) -> Answer {
    let (viewer, organization) = organization::for_writer(&ask, &id, Right::Invite).await?;
    let wish: NewInvite = ask.json(&body)?;
    let email = match wish.email.as_deref().map(str::trim).filter(|email| !email.is_empty()) {
        None => None,
        Some(typed) => Some(Email::parse(typed).ok_or_else(|| {
            invalid("invalid_email", "Mail cannot be sent to that address. Look for a mistyping in it.")
        })?),
    };
    let account = Rule(INVITES, Subject::Account(&viewer.user_id));
    match &email {
        Some(email) => take(ask.env(), &[account, Rule(INVITES_ADDRESS, Subject::Address(email))]).await?,
        None => take(ask.env(), &[account]).await?,
    }
    let made = invite::create(&ask, &viewer.user_id, &organization, email.as_ref(), wish.role.into()).await?;
    answer::json(201, &made)
}

/// `DELETE /api/v1/orgs/:orgId/invites/:id`.
pub async fn delete(ask: Ask, Within(id, invite): Within) -> Answer {
    let (_, organization) = organization::for_writer(&ask, &id, Right::Invite).await?;
    if !invite::delete(&ask, &organization.id, &invite).await? {
        return Err(error::not_found("There is no such invite any more.").into());
    }
    done()
}

/// `POST /api/v1/orgs/invites/:token/accept`.
pub async fn accept(ask: Ask, Named(token): Named) -> Answer {
    let viewer = ask.writer().await?;
    take(ask.env(), &[Rule(INVITE_TRIES, Subject::Network(&ask.network()))]).await?;
    let found = invite::find(&ask, &token).await?;
    let id = invite::accept(&ask, &viewer.user_id, &found).await?;
    answer::json(200, &organization::of(&ask, &viewer.user_id, &id, Right::See).await?.to_json())
}
