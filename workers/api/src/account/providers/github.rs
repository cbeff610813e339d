//! GitHub's side of a way through it: the exchange of a code, and two questions to its API with what came for it.

use crate::ask::Ask;
use vetka_domain::oauth::{Failure, Profile, github};
use vetka_edge::{config, log, outside};

/// Exchanges a code for who it was, and what was allowed. The token ends here.
pub async fn profile(ask: &Ask, form: &[(&str, &str)]) -> core::result::Result<(Profile, Vec<String>), Failure> {
    let failed = |failure: Failure, cause: &str| {
        log::error(ask.request_id(), failure.as_str(), &format!("github: {cause}"));
        failure
    };
    let setting = |name| {
        config::var(ask.env(), name)
            .map_err(|missing| failed(Failure::UnableToGetUserInfo, &missing.internal.unwrap_or_default()))
    };
    let (site, api) = (setting("GITHUB_URL")?, setting("GITHUB_API_URL")?);
    let answer = outside::post(&format!("{site}/login/oauth/access_token"), form)
        .await
        .map_err(|cause| failed(Failure::InvalidCode, &cause))?;
    if answer.status != 200 {
        return Err(failed(Failure::InvalidCode, &format!("the token endpoint answered {}", answer.status)));
    }
    let token = github::token(&answer.body).map_err(|code| failed(Failure::InvalidCode, &code))?;
    let authorization = format!("Bearer {}", token.access_token);
    let get = async |path: &str| match outside::get(&format!("{api}{path}"), Some(&authorization)).await {
        Ok(answer) if answer.status == 200 => Ok(answer.body),
        Ok(answer) => Err(failed(Failure::UnableToGetUserInfo, &format!("{path} answered {}", answer.status))),
        Err(cause) => Err(failed(Failure::UnableToGetUserInfo, &cause)),
    };
    let (user, emails) = (get("/user").await?, get("/user/emails?per_page=100").await?);
    let profile = github::profile(&user, &emails)
        .ok_or_else(|| failed(Failure::UnableToGetUserInfo, "the answers cannot be read"))?;
    Ok((profile, token.scopes))
}
