//! Looking whether mentions are true: the source is read, and what it says of itself becomes a reaction or a comment on the
//! page, or waits for the owner's yes. A website whose mention was let in before, and one that the owner follows, is not
//! asked about again.

use super::{host_of, per_host};
use crate::{
    cron::Run,
    mention,
    site::{self, Site},
};
use vetka_domain::social::{
    date, encoding,
    microformats::{self, Kind, Response},
    webmention::{
        discover,
        receive::without_fragment,
        verify::{self, Seen, Standing, Verdict},
    },
};
use vetka_edge::{
    Result, auth,
    config::Config,
    d1,
    fetch::{self, Ask, Got, Limits},
    hash, id,
    live::{self, Event},
    notify::{self, Actor, Notification},
    url,
};
use worker::{D1Database, D1PreparedStatement};

const SELECT_DUE: &str = "SELECT id, source, target, site_id, state, content_hash, reaction_id, tries, missing_since, due_at,
    created_at, verified_at FROM mention WHERE due_at <= ?1 AND state IN ('pending', 'shown', 'waiting') ORDER BY due_at LIMIT 20";
const RESERVE: &str = "UPDATE mention SET due_at = ?3 WHERE id = ?1 AND due_at = ?2 RETURNING id";
/// Whether the owner has let this website in before, or follows it.
const SELECT_KNOWN: &str = "SELECT 1 AS known WHERE EXISTS (SELECT 1 FROM mention_host WHERE site_id = ?1 AND host = ?2)
    OR EXISTS (SELECT 1 FROM follow w JOIN site s ON s.id = w.followee_id WHERE w.follower_id = ?1 AND s.domain = ?2)
    OR EXISTS (SELECT 1 FROM follow w JOIN site s ON s.id = w.followee_id WHERE w.follower_id = ?1 AND s.custom_domain = ?2)
    OR EXISTS (SELECT 1 FROM subscription b JOIN feed f ON f.id = b.feed_id WHERE b.site_id = ?1 AND f.domain = ?2)";
/// A website whose member the owner has blocked leaves nothing.
const SELECT_BLOCKED: &str = "SELECT 1 AS known FROM block b JOIN site s ON s.id = b.other_id WHERE b.site_id = ?1
    AND (s.domain = ?2 OR s.custom_domain = ?2)";
const SELECT_REACTION: &str = "SELECT id, hidden_at FROM reaction WHERE id = ?1";
const INSERT_PAGE: &str = "INSERT INTO page (id, url, site_id, anchored_for, created_at)
    SELECT ?1, ?2, id, live_snapshot_id, ?4 FROM site WHERE id = ?3 ON CONFLICT (url) DO NOTHING";
/// What comes from elsewhere is about the page, and stands at its beginning.
const INSERT_ANCHOR: &str = "INSERT INTO anchor (id, page_id, x, y, created_at, updated_at)
    SELECT ?1, p.id, 50, 0, ?3, ?3 FROM page p WHERE p.url = ?2
    AND NOT EXISTS (SELECT 1 FROM anchor a WHERE a.page_id = p.id AND a.exact = '' AND a.css = '' AND a.x = 50 AND a.y = 0)";
const INSERT_REACTION: &str = "INSERT INTO reaction (id, anchor_id, page_id, site_id, author_name, author_url, source_url, signal,
    body, created_at, updated_at)
    SELECT ?1, (SELECT a.id FROM anchor a WHERE a.page_id = p.id AND a.exact = '' AND a.css = '' AND a.x = 50 AND a.y = 0 LIMIT 1),
      p.id, p.site_id, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM page p WHERE p.url = ?2 ON CONFLICT (id) DO NOTHING";
const UPDATE_REACTION: &str =
    "UPDATE reaction SET author_name = ?2, author_url = ?3, source_url = ?4, body = ?5, updated_at = ?6
    WHERE id = ?1 AND signal = ?7";
const DELETE_REACTION: &str = "DELETE FROM reaction WHERE id = ?1";
const SETTLE: &str =
    "UPDATE mention SET state = ?3, reason = '', kind = ?4, author_name = ?5, author_url = ?6, body = ?7,
    content_hash = ?8, reaction_id = ?9, tries = 0, missing_since = NULL, due_at = ?10, verified_at = ?11
    WHERE id = ?1 AND due_at = ?2";
const POSTPONE: &str = "UPDATE mention SET tries = ?3, missing_since = ?4, due_at = ?5,
    reaction_id = CASE WHEN ?6 = 1 THEN NULL ELSE reaction_id END WHERE id = ?1 AND due_at = ?2";
const END: &str =
    "UPDATE mention SET state = ?3, reason = ?4, reaction_id = NULL, due_at = ?5 WHERE id = ?1 AND due_at = ?2";

const ACCEPT: &str = "text/html,application/xhtml+xml;q=0.9,application/json;q=0.5,text/plain;q=0.4";
const HOUR_MS: i64 = 60 * 60_000;
/// How long what is over is remembered.
const REMEMBER_MS: i64 = 30 * 24 * HOUR_MS;

#[derive(Debug, d1::FromRow)]
struct Due {
    id: String,
    source: String,
    target: String,
    site_id: String,
    state: String,
    content_hash: Option<String>,
    reaction_id: Option<String>,
    tries: i64,
    missing_since: Option<i64>,
    due_at: i64,
    created_at: i64,
    verified_at: Option<i64>,
}

#[derive(d1::FromRow)]
struct Reserved {
    #[column(name = "id")]
    _id: String,
}

#[derive(d1::FromRow)]
struct Known {
    #[column(name = "known")]
    _known: i64,
}

#[derive(d1::FromRow)]
struct Left {
    #[column(name = "id")]
    _id: String,
    hidden_at: Option<i64>,
}

/// Looks at the mentions that are due.
pub async fn run(run: Run<'_>) -> Result<()> {
    let due: Vec<Due> = d1::all(&run.env.d1(auth::DB)?, SELECT_DUE, [run.now.into()]).await?;
    per_host(
        due,
        |mention| host_of(&mention.source),
        |mention| async move {
            if run.has_time()
                && let Err(failure) = verify(run, &mention).await
            {
                failure.log("verify_mention");
            }
        },
    )
    .await;
    Ok(())
}

/// What was read of a source.
struct Source {
    seen: Seen,
    url: String,
    response: Response,
    hash: String,
}

async fn verify(run: Run<'_>, mention: &Due) -> Result<()> {
    let db = run.env.d1(auth::DB)?;
    let reserved = run.now + HOUR_MS;
    let mine: Option<Reserved> =
        d1::first(&db, RESERVE, [(&mention.id).into(), mention.due_at.into(), reserved.into()]).await?;
    let Some(site) = site::by_id(run.env, &mention.site_id).await?.filter(|_| mine.is_some()) else { return Ok(()) };
    let config = Config::from_env(run.env)?;
    let source = look(run, &config, mention).await?;
    let standing =
        Standing { known: mention.verified_at.is_some(), tries: mention.tries, missing_since: mention.missing_since };
    let taking = Taking { run, config: &config, db: &db, site: &site, mention, reserved };
    match standing.after(source.seen, run.now) {
        Verdict::True { again_at } => taking.keep(&source, again_at).await,
        Verdict::Later { again_at, tries, missing_since, hide } => {
            let mut batch = taking.take_away(hide)?;
            let hidden = i64::from(hide);
            let values = [
                (&mention.id).into(),
                reserved.into(),
                tries.into(),
                missing_since.into(),
                again_at.into(),
                hidden.into(),
            ];
            batch.push(d1::prepare(&db, POSTPONE, values)?);
            d1::batch(&db, batch).await?;
            Ok(())
        }
        Verdict::Over { why } => taking.end(why).await,
    }
}

async fn look(run: Run<'_>, config: &Config, mention: &Due) -> Result<Source> {
    let user_agent = fetch::user_agent(config, "Vetka/1 Webmention", "");
    let ask = Ask { accept: ACCEPT, limits: Limits::PATIENT, ..Ask::page(&mention.source, &user_agent) };
    let nothing =
        |seen| Source { seen, url: mention.source.clone(), response: Response::default(), hash: String::new() };
    let Ok(got) = fetch::fetch(run.env, &ask).await? else { return Ok(nothing(Seen::Failed)) };
    if !matches!(got.status, 200..=299) {
        return Ok(nothing(Seen::of_status(got.status)));
    }
    Ok(read(&got, mention))
}

fn read(got: &Got, mention: &Due) -> Source {
    let essence = got.essence();
    let text = got.text(&encoding::of_page(got.header("content-type").as_deref(), &got.body));
    let is_html = matches!(essence.as_str(), "text/html" | "application/xhtml+xml");
    let seen = match () {
        () if is_html && discover::says_gone(text.as_bytes()) => Seen::Gone,
        () if verify::links(&essence, &text, &got.url, &mention.target, &url::join) => Seen::Links,
        () if got.truncated => Seen::CutOff,
        () => Seen::Without,
    };
    let response =
        if is_html { microformats::read(&text, &got.url, &mention.target, &url::join) } else { Response::default() };
    let said = [response.kind.as_str(), &response.author_name, &response.author_url, &response.body, &response.title];
    Source {
        seen,
        url: without_fragment(&got.url).to_owned(),
        hash: hash::sha256_hex(said.join("\0").as_bytes()),
        response,
    }
}

struct Taking<'a> {
    run: Run<'a>,
    config: &'a Config,
    db: &'a D1Database,
    site: &'a Site,
    mention: &'a Due,
    /// The time that stands for our having taken it up.
    reserved: i64,
}

impl Taking<'_> {
    /// It is true: it is shown, or waits to be.
    async fn keep(&self, source: &Source, again_at: i64) -> Result<()> {
        let (mention, now) = (self.mention, self.run.now);
        let host = host_of(&source.url);
        if self.is(SELECT_BLOCKED, &host).await? {
            return self.end("The owner of the page does not take this.").await;
        }
        let shown = mention.state == "shown" || self.is(SELECT_KNOWN, &host).await?;
        let (name, author_url, body) = self.words(source, &host);
        let state = if shown { "shown" } else { "waiting" };
        let mut batch = Vec::new();
        let reaction_id =
            if shown { Some(self.reaction(source, [&name, &author_url, &body], &mut batch).await?) } else { None };
        batch.push(d1::prepare(
            self.db,
            SETTLE,
            [
                (&mention.id).into(),
                self.reserved.into(),
                state.into(),
                source.response.kind.as_str().into(),
                (&name).into(),
                (&author_url).into(),
                (&body).into(),
                (&source.hash).into(),
                reaction_id.as_deref().into(),
                again_at.into(),
                now.into(),
            ],
        )?);
        let is_new = mention.verified_at.is_none();
        let page = mention::page_of(self.config, self.site, &mention.target).unwrap_or_default();
        let told = Notification {
            site_id: &self.site.id,
            kind: notify::Kind::Mention,
            actor: Actor::Elsewhere { name: &name, url: &source.url },
            page_url: &page,
            subject_id: &mention.id,
            text: if body.is_empty() { source.response.kind.signal() } else { body.as_str() },
        };
        let at = batch.len();
        if is_new {
            batch.push(notify::statement(self.db, &told)?);
        }
        let results = d1::batch(self.db, batch).await?;
        if is_new && notify::was_written(&results, at)? {
            notify::tell(self.run.env, &told).await;
        }
        if shown && mention.content_hash.as_deref() != Some(&source.hash) {
            live::tell(self.run.env, &self.site.id, &Event::Reaction { url: &page }).await;
        }
        Ok(())
    }

    async fn is(&self, sql: &'static str, host: &str) -> Result<bool> {
        Ok(d1::first::<Known, 2>(self.db, sql, [(&self.site.id).into(), host.into()]).await?.is_some())
    }

    /// Who says it, where they are found, and what they say. Without words of its own a page says where it speaks of us.
    fn words(&self, source: &Source, host: &str) -> (String, String, String) {
        let Response { kind, author_name, author_url, body, title, .. } = &source.response;
        let name = if author_name.is_empty() { host.to_owned() } else { author_name.clone() };
        let url =
            if author_url.is_empty() { url::join(&source.url, "/").unwrap_or_default() } else { author_url.clone() };
        let body = match kind {
            Kind::Comment if !body.is_empty() => body.clone(),
            Kind::Comment | Kind::Mention if title.is_empty() => "Mentioned this page.".to_owned(),
            Kind::Comment | Kind::Mention => format!("Mentioned this page in “{title}”."),
            Kind::Like | Kind::Repost | Kind::Bookmark => String::new(),
        };
        (name, url, body)
    }

    /// Statements for the reaction that it leaves; gives the reaction's id.
    async fn reaction(
        &self,
        source: &Source,
        words: [&str; 3],
        batch: &mut Vec<D1PreparedStatement>,
    ) -> Result<String> {
        let [name, author_url, body] = words;
        let (now, signal) = (self.run.now, source.response.kind.signal());
        let known: Option<Left> = match &self.mention.reaction_id {
            Some(id) => d1::first(self.db, SELECT_REACTION, [id.into()]).await?,
            None => None,
        };
        if let (Some(id), Some(_)) = (&self.mention.reaction_id, &known) {
            let values = [
                id.into(),
                name.into(),
                author_url.into(),
                (&source.url).into(),
                body.into(),
                now.into(),
                signal.into(),
            ];
            batch.push(d1::prepare(self.db, UPDATE_REACTION, values)?);
            return Ok(id.clone());
        }
        let Some(page) = mention::page_of(self.config, self.site, &self.mention.target) else {
            return Ok(String::new());
        };
        let (page_id, anchor_id, reaction_id) = (id::random()?, id::random()?, id::random()?);
        let created = date::believed(source.response.published, self.mention.created_at);
        batch.push(d1::prepare(
            self.db,
            INSERT_PAGE,
            [(&page_id).into(), (&page).into(), (&self.site.id).into(), now.into()],
        )?);
        batch.push(d1::prepare(self.db, INSERT_ANCHOR, [(&anchor_id).into(), (&page).into(), now.into()])?);
        let values = [
            (&reaction_id).into(),
            (&page).into(),
            name.into(),
            author_url.into(),
            (&source.url).into(),
            signal.into(),
            body.into(),
            created.into(),
            now.into(),
        ];
        batch.push(d1::prepare(self.db, INSERT_REACTION, values)?);
        Ok(reaction_id)
    }

    fn take_away(&self, away: bool) -> Result<Vec<D1PreparedStatement>> {
        match &self.mention.reaction_id {
            Some(id) if away => Ok(vec![d1::prepare(self.db, DELETE_REACTION, [id.into()])?]),
            _ => Ok(Vec::new()),
        }
    }

    /// It is not true, or not any more. What its owner has hidden never comes back.
    async fn end(&self, why: &str) -> Result<()> {
        let hidden = match &self.mention.reaction_id {
            Some(id) => {
                let left: Option<Left> = d1::first(self.db, SELECT_REACTION, [id.into()]).await?;
                left.is_some_and(|left| left.hidden_at.is_some())
            }
            None => false,
        };
        let known = self.mention.verified_at.is_some();
        let (state, reason) = match (hidden, known) {
            (true, _) => ("refused", "owner"),
            (_, true) => ("gone", why),
            (_, false) => ("refused", why),
        };
        let mut batch = self.take_away(true)?;
        let forget_at = self.run.now + REMEMBER_MS;
        let values = [(&self.mention.id).into(), self.reserved.into(), state.into(), reason.into(), forget_at.into()];
        batch.push(d1::prepare(self.db, END, values)?);
        d1::batch(self.db, batch).await?;
        if known {
            let page = mention::page_of(self.config, self.site, &self.mention.target).unwrap_or_default();
            live::tell(self.run.env, &self.site.id, &Event::Reaction { url: &page }).await;
        }
        Ok(())
    }
}
