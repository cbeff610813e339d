//! Telling other websites of links to them: their page is asked where it wants to be told, each time anew, and told there.
//! A page of a member here is told without going out.

use super::{host_of, per_host};
use crate::{cron::Run, mention};
use vetka_domain::social::{
    encoding,
    feed::schedule,
    webmention::{
        discover,
        receive::Told as Mention,
        sending::{self, Told},
    },
};
use vetka_edge::{
    Result, auth,
    config::Config,
    d1,
    fetch::{self, Ask, Limits, To},
    url,
};

const SELECT_DUE: &str =
    "SELECT site_id, source, target, tries, due_at FROM mention_sent WHERE due_at <= ?1 ORDER BY due_at LIMIT 20";
const RESERVE: &str = "UPDATE mention_sent SET due_at = ?5 WHERE site_id = ?1 AND source = ?2 AND target = ?3 AND due_at = ?4 RETURNING source";
const SETTLE: &str =
    "UPDATE mention_sent SET state = ?5, tries = ?6, status_url = COALESCE(?7, status_url), due_at = ?8
    WHERE site_id = ?1 AND source = ?2 AND target = ?3 AND due_at = ?4";

const HOUR_MS: i64 = 60 * 60_000;

#[derive(Debug, d1::FromRow)]
struct Due {
    site_id: String,
    source: String,
    target: String,
    tries: i64,
    due_at: i64,
}

#[derive(d1::FromRow)]
struct Reserved {
    #[column(name = "source")]
    _source: String,
}

/// What telling came to.
struct Outcome {
    state: &'static str,
    status_url: Option<String>,
    again_at: Option<i64>,
}

impl Outcome {
    const fn over(state: &'static str) -> Self {
        Self { state, status_url: None, again_at: None }
    }

    fn judged(told: Told) -> Self {
        match told {
            Told::Yes => Self::over("sent"),
            Told::No => Self::over("refused"),
            Told::Later(at) => Self { state: "pending", status_url: None, again_at: Some(at) },
        }
    }
}

/// Tells what is due.
pub async fn run(run: Run<'_>) -> Result<()> {
    let due: Vec<Due> = d1::all(&run.env.d1(auth::DB)?, SELECT_DUE, [run.now.into()]).await?;
    per_host(
        due,
        |link| host_of(&link.target),
        |link| async move {
            if run.has_time()
                && let Err(failure) = settle(run, &link).await
            {
                failure.log("send_mention");
            }
        },
    )
    .await;
    Ok(())
}

async fn settle(run: Run<'_>, link: &Due) -> Result<()> {
    let db = run.env.d1(auth::DB)?;
    let reserved = run.now + HOUR_MS;
    let values =
        [(&link.site_id).into(), (&link.source).into(), (&link.target).into(), link.due_at.into(), reserved.into()];
    let mine: Option<Reserved> = d1::first(&db, RESERVE, values).await?;
    if mine.is_none() {
        return Ok(());
    }
    let outcome = tell(run, link).await?;
    let values = [
        (&link.site_id).into(),
        (&link.source).into(),
        (&link.target).into(),
        reserved.into(),
        outcome.state.into(),
        (link.tries + 1).into(),
        outcome.status_url.as_deref().into(),
        outcome.again_at.into(),
    ];
    d1::run(&db, SETTLE, values).await
}

async fn tell(run: Run<'_>, link: &Due) -> Result<Outcome> {
    let config = Config::from_env(run.env)?;
    let user_agent = fetch::user_agent(&config, "Vetka/1 Webmention", "");
    let later = || Outcome::judged(sending::judge(None, None, link.tries + 1, run.now));
    let page = Ask { limits: Limits::PATIENT, ..Ask::page(&link.target, &user_agent) };
    let Ok(got) = fetch::fetch(run.env, &page).await? else { return Ok(later()) };
    if got.status >= 500 {
        return Ok(later());
    }
    let is_html = matches!(got.essence().as_str(), "text/html" | "application/xhtml+xml");
    let text = got.text(&encoding::of_page(got.header("content-type").as_deref(), &got.body));
    let links: Vec<String> = got.header("link").into_iter().collect();
    let Some(endpoint) = discover::endpoint(&links, is_html, text.as_bytes(), &got.url, &url::join) else {
        return Ok(Outcome::over("none"));
    };
    if endpoint == format!("{}/webmention", config.app_origin) {
        let told = Mention { source: link.source.clone(), target: link.target.clone() };
        return Ok(match mention::take(run.env, &config, &told).await {
            Ok(_) => Outcome::over("sent"),
            Err(failure) if failure.status == 429 || failure.status >= 500 => later(),
            Err(_) => Outcome::over("refused"),
        });
    }
    let form = sending::form(&link.source, &link.target);
    let ask = Ask {
        url: &endpoint,
        accept: "*/*",
        user_agent: &user_agent,
        headers: &[],
        form: Some(&form),
        to: To::Anywhere,
        limits: Limits { redirects: 3, bytes: 4096, ..Limits::PATIENT },
    };
    let answer = fetch::fetch(run.env, &ask).await?.ok();
    let status = answer.as_ref().map(|answer| answer.status);
    let retry = answer.as_ref().and_then(|answer| answer.header("retry-after"));
    let retry_ms = retry.and_then(|value| schedule::retry_after(&value, run.now));
    let location = answer
        .as_ref()
        .filter(|answer| answer.status == 201)
        .and_then(|answer| answer.header("location").and_then(|location| url::join(&answer.url, &location)));
    let outcome = Outcome::judged(sending::judge(status, retry_ms, link.tries + 1, run.now));
    Ok(Outcome { status_url: location, ..outcome })
}
