//! `/api/admin`: for whoever runs Vetka. `scripts/admin` is what asks.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    operator::{self, Closing, Reports, Takedown},
    report, takedown,
};
use vetka_edge::error;

/// How many reports are shown at once.
const AT_MOST: i64 = 100;

/// `GET /api/admin/find?q=`: accounts and sites.
pub async fn find(ask: Ask) -> Answer {
    operator::enter(&ask).await?;
    let asked = ask.param("q").filter(|asked| !asked.trim().is_empty());
    let asked = asked.ok_or_else(|| error::bad_request("missing_q", "Say what to look for, as ?q=ann@example.org."))?;
    answer::json(200, &operator::find(&ask, &asked).await?)
}

/// `DELETE /api/admin/sites/:id/agent-session`: the agent begins anew.
pub async fn clear_session(ask: Ask, Named(site): Named) -> Answer {
    operator::enter(&ask).await?;
    operator::clear_session(&ask, &site).await?;
    Ok(answer::empty(204))
}

/// `POST /api/admin/resync`: one site, or all of them.
pub async fn resync(ask: Ask, body: Vec<u8>) -> Answer {
    operator::enter(&ask).await?;
    answer::json(202, &operator::resync(&ask, &ask.json(&body)?).await?)
}

/// `POST /api/admin/secrets/reseal`: a part of people's secrets, with the key that is in use now.
pub async fn reseal(ask: Ask, body: Vec<u8>) -> Answer {
    operator::enter(&ask).await?;
    let resealed = operator::reseal(&ask, &ask.json(&body)?).await?;
    Ok(answer::with(200, &[("content-type", "application/json"), ("cache-control", "no-store")], resealed))
}

/// `PUT /api/admin/sites/:id/takedown`: visitors are told why, its owner too.
pub async fn take_down(ask: Ask, Named(site): Named, body: Vec<u8>) -> Answer {
    operator::enter(&ask).await?;
    let Takedown { reason, note } = ask.json(&body)?;
    takedown::take_down(ask.env(), &site, &reason, &note, ask.now()).await?;
    operator::did("take_down", &site);
    Ok(answer::empty(204))
}

/// `DELETE /api/admin/sites/:id/takedown`: the site is as it was.
pub async fn put_back(ask: Ask, Named(site): Named) -> Answer {
    operator::enter(&ask).await?;
    takedown::put_back(ask.env(), &site, ask.now()).await?;
    operator::did("put_back", &site);
    Ok(answer::empty(204))
}

/// `GET /api/admin/reports`: the oldest first.
pub async fn reports(ask: Ask) -> Answer {
    operator::enter(&ask).await?;
    answer::json(200, &Reports { reports: report::open(&ask.db()?, AT_MOST).await? })
}

/// `POST /api/admin/reports/:reference/close`: somebody has looked at it.
pub async fn close_report(ask: Ask, Named(reference): Named, body: Vec<u8>) -> Answer {
    operator::enter(&ask).await?;
    let Closing { outcome } = ask.json(&body)?;
    if !report::close(&ask.db()?, &reference, &outcome).await? {
        return Err(error::not_found("There is no open report with this reference.").into());
    }
    operator::did("close_report", &reference);
    Ok(answer::empty(204))
}
