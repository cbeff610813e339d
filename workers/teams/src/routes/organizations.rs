//! Organizations: made, seen, renamed, left, deleted.

use super::{done, invalid, members};
use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    contract::{NewOrganization, OrganizationChange, Organizations},
    organization, start,
};
use vetka_domain::{
    limit::{ORGANIZATIONS, Subject},
    team::{
        organization::{Name, Right},
        project::micro_dollars,
    },
};
use vetka_edge::{
    Result,
    limit::{Rule, take},
};

/// Micro-dollars that an organization may set for a month, at most: a million dollars.
const MAX_MONTHLY: i64 = 1_000_000_000_000;

/// `POST /api/v1/orgs`.
pub async fn create(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = ask.writer().await?;
    let wish: NewOrganization = ask.json(&body)?;
    let name = name(&wish.name)?;
    take(ask.env(), &[Rule(ORGANIZATIONS, Subject::Account(&viewer.user_id))]).await?;
    let made = organization::create(&ask, &viewer.user_id, &name).await?;
    answer::json(201, &made.to_json())
}

/// `GET /api/v1/orgs`.
pub async fn list(ask: Ask) -> Answer {
    let viewer = ask.signed_in().await?;
    let all = organization::all(&ask, &viewer.user_id).await?;
    answer::json(200, &Organizations { organizations: all.iter().map(organization::Row::to_json).collect() })
}

/// `GET /api/v1/orgs/:orgId`.
pub async fn get(ask: Ask, Named(id): Named) -> Answer {
    let (_, organization) = organization::for_reader(&ask, &id, Right::See).await?;
    answer::json(200, &organization.to_json())
}

/// `PUT /api/v1/orgs/:orgId`.
pub async fn update(ask: Ask, Named(id): Named, body: Vec<u8>) -> Answer {
    let (viewer, _) = organization::for_writer(&ask, &id, Right::Change).await?;
    let wish: OrganizationChange = ask.json(&body)?;
    let name = wish.name.as_deref().map(name).transpose()?;
    let budget = match wish.monthly_budget_usd {
        None => None,
        Some(None) => Some(None),
        Some(Some(usd)) => {
            let sum = micro_dollars(usd).filter(|sum| *sum <= MAX_MONTHLY);
            Some(Some(sum.ok_or_else(|| invalid("invalid_budget", "A month’s budget is from $0 to $1,000,000."))?))
        }
    };
    organization::update(&ask, &id, name.as_ref(), budget).await?;
    answer::json(200, &organization::of(&ask, &viewer.user_id, &id, Right::See).await?.to_json())
}

/// `DELETE /api/v1/orgs/:orgId`.
pub async fn delete(ask: Ask, Named(id): Named) -> Answer {
    let (_, organization) = organization::for_writer(&ask, &id, Right::Delete).await?;
    start::end_all(&ask, &organization.id, None).await?;
    organization::delete(&ask, &organization.id).await?;
    done()
}

/// `POST /api/v1/orgs/:orgId/leave`.
pub async fn leave(ask: Ask, Named(id): Named) -> Answer {
    let (viewer, organization) = organization::for_writer(&ask, &id, Right::See).await?;
    members::take_out(&ask, &organization.id, &viewer.user_id).await?;
    done()
}

fn name(typed: &str) -> Result<Name> {
    Name::parse(typed).map_err(|sentence| invalid("invalid_name", sentence))
}
