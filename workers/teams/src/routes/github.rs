//! Connecting GitHub, and the repositories that come of it.

use super::done;
use crate::{
    answer::{self, Answer},
    ask::{Ask, Within},
    contract::{GithubStatus, Repositories},
    github::{self, Client},
    secrets::{self, Kind},
};
use vetka_domain::{
    limit::{FORGE, Subject},
    oauth::callback::location,
    team::{forge::Failure, project::Repository},
};
use vetka_edge::{
    Result, error,
    limit::{Rule, take},
};

/// `GET /api/v1/auth/github`: the browser goes to GitHub, and comes back to `?next=`.
pub async fn connect(ask: Ask) -> Answer {
    ask.page_viewer().await?;
    let next = ask.param("next").unwrap_or_else(|| "/orgs".to_owned());
    Ok(answer::see_other(&github::begin(&ask, &next)?))
}

/// `GET /api/v1/auth/github/callback`: it is back.
pub async fn callback(ask: Ask) -> Answer {
    let viewer = ask.page_viewer().await?;
    let (next, outcome) = github::finish(&ask, &viewer.user_id).await?;
    let notice = outcome.map_or_else(github::Refusal::code, |()| "github-connected");
    let separator = if next.contains('?') { '&' } else { '?' };
    Ok(answer::see_other(&location(&format!("{next}{separator}notice={notice}"))))
}

/// `GET /api/v1/github`.
pub async fn status(ask: Ask) -> Answer {
    let viewer = ask.signed_in().await?;
    if !secrets::is_set(ask.env(), &viewer.user_id, Kind::GithubToken).await? {
        return answer::json(200, &GithubStatus { connected: false, login: None });
    }
    let client = client(&ask, &viewer.user_id).await?;
    match client.login().await {
        Ok(login) => answer::json(200, &GithubStatus { connected: true, login: Some(login) }),
        Err(Failure::Revoked) => {
            secrets::forget(ask.env(), &viewer.user_id, Kind::GithubToken).await?;
            answer::json(200, &GithubStatus { connected: false, login: None })
        }
        Err(failure) => Err(client.refusal(failure).await.into()),
    }
}

/// `DELETE /api/v1/github`.
pub async fn disconnect(ask: Ask) -> Answer {
    let viewer = ask.writer().await?;
    github::end(&ask, &viewer.user_id).await?;
    done()
}

/// `GET /api/v1/github/repos`.
pub async fn repositories(ask: Ask) -> Answer {
    let viewer = ask.signed_in().await?;
    let page = match ask.param("cursor").map(|cursor| cursor.parse::<usize>()) {
        None => 1,
        Some(Ok(page @ 1..=10_000)) => page,
        Some(_) => return Err(error::bad_request("invalid_cursor", "That is no place in this list.").into()),
    };
    let search = ask.param("q").unwrap_or_default();
    let client = client(&ask, &viewer.user_id).await?;
    match client.repositories(page, search.trim()).await {
        Ok(found) => answer::json(
            200,
            &Repositories { repositories: found.items, next_cursor: found.next.map(|next| next.to_string()) },
        ),
        Err(failure) => Err(client.refusal(failure).await.into()),
    }
}

/// `GET /api/v1/github/repos/:owner/:repo`.
pub async fn repository(ask: Ask, Within(owner, name): Within) -> Answer {
    let viewer = ask.signed_in().await?;
    let repository = Repository::parse(&format!("{owner}/{name}"))
        .ok_or_else(|| error::not_found("GitHub knows no such repository, or you may not see it there."))?;
    let client = client(&ask, &viewer.user_id).await?;
    match client.repository(&repository).await {
        Ok(found) => answer::json(200, &found),
        Err(failure) => Err(client.refusal(failure).await.into()),
    }
}

async fn client(ask: &Ask, user_id: &str) -> Result<Client> {
    take(ask.env(), &[Rule(FORGE, Subject::Account(user_id))]).await?;
    Client::of(ask.env(), user_id, ask.request_id()).await
}
