//! Ending the daily mail. Mail programs do it with one POST (RFC 8058), which has no Origin and no cookie; people with one
//! button. Following the link alone ends nothing: whatever looks through mail follows links.

use super::{form, page};
use crate::pages;
use vetka_domain::{social::unsubscribe, target::Target};
use vetka_edge::{Result, auth, config::Config, d1, error};
use worker::{Env, Request, Response};

const TURN_OFF: &str = "UPDATE site SET digest = 'off' WHERE id = ?1 AND digest <> 'off'";
const SELECT_SITE: &str = "SELECT domain FROM site WHERE id = ?1";
const MAX_FORM: usize = 4096;
/// The field that says that it is meant.
const FIELD: &str = "List-Unsubscribe";

#[derive(d1::FromRow)]
struct Site {
    domain: String,
}

/// `GET /unsubscribe?t=`: asks.
pub fn page_of(env: &Env, target: &Target<'_>) -> Result<Response> {
    site(env, target)?;
    page(200, &pages::unsubscribe(&Config::from_env(env)?.app_origin, &token(target)))
}

/// `POST /unsubscribe?t=`: ends it, as often as it is asked.
pub async fn post(mut request: Request, env: &Env, target: &Target<'_>) -> Result<Response> {
    let site_id = site(env, target)?;
    let origin = Config::from_env(env)?.app_origin;
    // What is no form, or another one, is somebody who looks.
    let fields = form(&mut request, MAX_FORM).await.unwrap_or_default();
    if !fields.iter().any(|(name, value)| name.eq_ignore_ascii_case(FIELD) && unsubscribe::is_click(value)) {
        return page(200, &pages::unsubscribe(&origin, &token(target)));
    }
    let db = env.d1(auth::DB)?;
    d1::run(&db, TURN_OFF, [(&site_id).into()]).await?;
    let site: Option<Site> = d1::first(&db, SELECT_SITE, [(&site_id).into()]).await?;
    page(200, &pages::unsubscribed(&origin, site.as_ref().map(|site| site.domain.as_str())))
}

fn token(target: &Target<'_>) -> String {
    target.param("t").unwrap_or_default()
}

/// The site that the token names.
fn site(env: &Env, target: &Target<'_>) -> Result<String> {
    unsubscribe::read(&auth::keys(env)?, &token(target)).ok_or_else(|| {
        error::bad_request(
            "invalid_link",
            "That link is not whole, or too old. Sign in and turn the mail off under Notifications.",
        )
    })
}
