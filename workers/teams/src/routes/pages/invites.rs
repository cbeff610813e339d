//! The page of an invite. Looking at it accepts nothing: mail programs look at links too.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    invite::{self, Shown},
    pages::{self, Markup, Shell, invite::Invite},
};
use vetka_app::facts;
use vetka_domain::{
    limit::{INVITE_TRIES, Subject},
    target::encode_component,
    team::organization::{Role, Unacceptable},
};
use vetka_edge::{
    auth::Seen,
    error,
    limit::{Rule, take},
};

const UNKNOWN: &str = "There is no such invite. The link may have been cut off, or the invite was taken back. Ask whoever invited you for a new one.";

/// Who invites whom to what.
pub async fn show(ask: Ask, Named(token): Named) -> Answer {
    take(ask.env(), &[Rule(INVITE_TRIES, Subject::Network(&ask.network()))]).await?;
    let facts = facts::of(&ask).await?;
    let shell = facts.shell();
    let path = path(&token);
    let page = |status: u16, invite: Invite<'_>| answer::page(status, pages::invite::show(shell, &path, invite));
    let Some(found) = invite::shown(&ask, &token).await? else {
        return page(404, Invite::Closed { sentence: UNKNOWN, email: None });
    };
    let viewer = match ask.look().await? {
        Seen::Viewer(viewer) if facts.signed_in() => viewer,
        _ => {
            return match found.check_unknown(ask.now()) {
                None => page(200, Invite::SignInFirst),
                Some(Ok(())) => page(200, to_accept(&found, None)),
                Some(Err(why)) => page(410, Invite::Closed { sentence: why.sentence(), email: None }),
            };
        }
    };
    if invite::is_member(&ask, &found.organization_id, &viewer.user_id).await? {
        return page(200, Invite::Inside { id: &found.organization_id, team: &found.organization });
    }
    let proven = invite::proven_address(&ask, &viewer.user_id).await?.ok_or_else(error::unauthorized)?;
    match found.check(&proven, ask.now()) {
        Ok(()) => page(200, to_accept(&found, Some(proven.as_str()))),
        Err(why) => {
            let status = if why == Unacceptable::NotYours { 403 } else { 410 };
            let email = (why == Unacceptable::NotYours).then_some(proven.as_str());
            page(status, Invite::Closed { sentence: why.sentence(), email })
        }
    }
}

/// Says yes.
pub async fn accept(ask: Ask, Named(token): Named) -> Answer {
    let viewer = ask.form_writer().await?;
    take(ask.env(), &[Rule(INVITE_TRIES, Subject::Network(&ask.network()))]).await?;
    let accepted = match invite::find(&ask, &token).await {
        Ok(found) => invite::accept(&ask, &viewer.user_id, &found).await,
        Err(refusal) => Err(refusal),
    };
    match accepted {
        Ok(id) => Ok(answer::see_other(&format!("/orgs/{id}?notice=joined"))),
        Err(refusal) if matches!(refusal.status, 403 | 404 | 410 | 422) => {
            let facts = facts::of_viewer(&ask, &viewer.user_id).await?;
            let markup = closed(facts.shell(), &path(&token), &refusal.message);
            answer::page(refusal.status, markup)
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn closed(shell: Shell<'_>, path: &str, sentence: &str) -> Markup {
    pages::invite::show(shell, path, Invite::Closed { sentence, email: None })
}

fn to_accept<'a>(found: &'a Shown, email: Option<&'a str>) -> Invite<'a> {
    Invite::Open {
        team: &found.organization,
        by: found.invited_by.as_deref(),
        as_admin: found.role == Role::Admin,
        expires_at: found.expires_at,
        email,
    }
}

/// The page's own path. What stands in it is anybody's.
fn path(token: &str) -> String {
    format!("/invite/{}", encode_component(token))
}
