//! One look at one domain, and what comes of it: the next step of its way, or of its way out. A look may be cut off
//! anywhere and be made twice; each step is such that the next look finds out how far the last one got.

use super::{
    cloudflare::{Cloudflare, Failure, Hostname},
    edge,
    names::{self, Names},
    row::{self, Row},
};
use vetka_domain::{
    audit::Kind,
    custom_domain::{Pointing, State, Trouble},
    external::proof::{self, Finding, Method, News, Why},
};
use vetka_edge::{
    Result,
    audit::{self, Entry, From},
    auth, config, d1,
    mail::{self, Note},
};
use worker::{D1Database, Env};

/// For an installation that no longer offers domains: what it made at Cloudflare waits for its token.
const LATER_MS: i64 = 24 * 60 * 60_000;

/// Who wants a look: the schedule counts how often a proof is missing, and tells people what happened without them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The schedule.
    Schedule,
    /// The owner, who is there.
    Owner,
}

/// Looks at the domains that are due, some of them a run.
///
/// # Errors
/// When the database cannot be asked. What goes wrong with one domain does not keep the others waiting.
pub async fn run(env: &Env, now: i64) -> Result<()> {
    for row in row::due(env, now).await? {
        if let Err(failure) = attend(env, row, now, By::Schedule).await {
            failure.log("custom_domain");
        }
    }
    Ok(())
}

/// Looks at one domain.
///
/// # Errors
/// Internal. Its turn ends by itself, and the schedule looks again.
pub async fn attend(env: &Env, row: Row, now: i64, by: By) -> Result<()> {
    let db = env.d1(auth::DB)?;
    let Some(row) = row::take_turn(&db, row, now).await? else { return Ok(()) };
    if row.state() == State::Leaving {
        return undo(env, &db, row, now).await;
    }
    if row.state().is_given_up(row.since, now) {
        let mut row = row;
        row.enter(State::Leaving, now);
        d1::batch(&db, vec![row::settle(&db, &row, now)?]).await?;
        return undo(env, &db, row, now).await;
    }
    let Some(cloudflare) = Cloudflare::from_env(env) else {
        d1::batch(&db, vec![row::settle(&db, &row, now + LATER_MS)?]).await?;
        return Ok(());
    };
    Look { env, db: &db, cloudflare: &cloudflare, now, by }.at(row).await
}

struct Look<'a> {
    env: &'a Env,
    db: &'a D1Database,
    cloudflare: &'a Cloudflare,
    now: i64,
    by: By,
}

/// What a look came to, beside the row.
#[derive(Default)]
struct Found {
    /// What to write down about the account.
    kinds: Vec<Kind>,
    /// How long Cloudflare told us to wait, in milliseconds.
    wait_ms: i64,
}

impl Look<'_> {
    async fn at(&self, mut row: Row) -> Result<()> {
        let before = row.clone();
        let names = names::look_up(self.env, &row.hostname).await?;
        row.point(names.pointing);
        row.looked_at = Some(self.now);
        row.meet(None);
        let mut found = Found::default();
        let proven = match row.state() {
            State::Unproven => self.prove(&mut row, &names).await?,
            _ => true,
        };
        if proven {
            self.keep_proof(&mut row, &names, &mut found);
            match self.ask_cloudflare(&mut row, &before).await {
                Ok(Some(hostname)) => self.move_on(&mut row, &hostname, &mut found).await?,
                Ok(None) => {}
                Err(Failure::Silent { wait_ms }) => {
                    found.wait_ms = wait_ms;
                    row.meet(Some(Trouble::Silent));
                }
                Err(Failure::Full) => row.meet(Some(Trouble::Full)),
                Err(Failure::NotAName) => row.enter(State::Refused, self.now),
                // Made or taken away by somebody else just now; the next look sees it as it is then.
                Err(Failure::Duplicate | Failure::NotThere) => row.meet(Some(Trouble::Silent)),
            }
        }
        row.attempts += 1;
        self.settle(&before, &row, &found).await
    }

    /// Whether the domain is theirs now.
    async fn prove(&self, row: &mut Row, names: &Names) -> Result<bool> {
        match finding(row, names) {
            Finding::Found(_) => {}
            Finding::Missing(_) => return Ok(false),
            Finding::Unknown => {
                row.meet(Some(Trouble::Silent));
                return Ok(false);
            }
        }
        let claimed =
            d1::batch_unique(self.db, vec![row::claim(self.db, row, self.now)?, d1::prepare(self.db, CHANGED, [])?])
                .await?;
        let changed = match &claimed {
            Ok(results) => d1::row::<Changed>(results, 1)?.is_some_and(|Changed { changed }| changed > 0),
            Err(_) => false,
        };
        if !changed {
            row.meet(Some(Trouble::Taken));
            return Ok(false);
        }
        row.enter(State::Unpointed, self.now);
        row.proved_at = Some(self.now);
        Ok(true)
    }

    /// Looks after the proof of a domain that has been proven.
    fn keep_proof(&self, row: &mut Row, names: &Names, found: &mut Found) {
        let finding = finding(row, names);
        if matches!(finding, Finding::Found(_)) {
            row.proved_at = Some(self.now);
        } else if self.by == By::Owner {
            return;
        }
        let next = row.standing().after(finding, self.now);
        row.stand(next.standing);
        found.kinds.extend(next.news.map(|news| match news {
            News::Lost => Kind::ProofLost,
            News::Found => Kind::ProofFound,
        }));
    }

    /// The hostname as Cloudflare has it; made there, when it is not there yet.
    async fn ask_cloudflare(&self, row: &mut Row, before: &Row) -> core::result::Result<Option<Hostname>, Failure> {
        if row.state() == State::Refused {
            return Ok(None);
        }
        let known = match &row.hostname_id {
            Some(id) => match self.cloudflare.get(id).await {
                Ok(hostname) => Some(hostname),
                // Cloudflare takes away by itself what has led elsewhere for a week.
                Err(Failure::NotThere) => None,
                Err(failure) => return Err(failure),
            },
            None => None,
        };
        let Some(hostname) = known else {
            row.hostname_id = None;
            let made = match self.cloudflare.create(&row.hostname).await {
                // An earlier look made it and was cut off before it could write that down.
                Err(Failure::Duplicate) => self.cloudflare.find(&row.hostname).await?.ok_or(Failure::Duplicate)?,
                made => made?,
            };
            row.hostname_id = Some(made.id.clone());
            return Ok(Some(made));
        };
        let has_come = row.pointing() == Some(Pointing::Here)
            && (before.pointing() != Some(Pointing::Here) || before.state() == State::Moved);
        if has_come && hostname.status != "active" {
            return self.cloudflare.refresh(&hostname.id).await.map(Some);
        }
        Ok(Some(hostname))
    }

    /// The next step, by what Cloudflare says.
    async fn move_on(&self, row: &mut Row, hostname: &Hostname, found: &mut Found) -> Result<()> {
        let state = row.state().after(&hostname.status, hostname.ssl_status());
        hostname.status.clone_into(&mut row.hostname_status);
        hostname.ssl_status().clone_into(&mut row.ssl_status);
        let was = row.state();
        match (was, state) {
            // Again each time: this heals what was lost on the way.
            (_, State::Active) => edge::open(self.env, row).await?,
            (State::Active, _) => edge::close(self.env, row).await?,
            _ => {}
        }
        if was != State::Active && state == State::Active {
            found.kinds.push(Kind::DomainConnected);
        }
        if was == State::Active && state != State::Active {
            found.kinds.push(Kind::DomainLost);
        }
        row.enter(state, self.now);
        Ok(())
    }

    async fn settle(&self, before: &Row, row: &Row, found: &Found) -> Result<()> {
        let pause = row.state().pause(row.since, row.attempts, self.now).max(found.wait_ms);
        let mut batch = vec![row::settle(self.db, row, self.now + pause)?, d1::prepare(self.db, CHANGED, [])?];
        for kind in &found.kinds {
            // All of them, or none: what a statement before wrote down is a change as well.
            batch.push(audit::statement_of_change(self.db, &entry(row, *kind, self.now))?);
        }
        let results = d1::batch(self.db, batch).await?;
        if d1::row::<Changed>(&results, 1)?.is_some_and(|Changed { changed }| changed > 0) {
            if self.by == By::Schedule {
                tell(self.env, row, &found.kinds, self.now).await?;
            }
            return Ok(());
        }
        // Overtaken: perhaps by somebody who took the domain out, while this look put the site there. What it made at
        // Cloudflare is found by whoever undoes it, who waits for that.
        if row.state() == State::Active && before.state() != State::Active {
            let now = row::of_site(self.db, &row.site_id).await?;
            if !now.iter().any(|other| other.id == row.id && other.state() != State::Leaving) {
                let mut opened = row.clone();
                opened.served = Some(row.hostname.clone());
                edge::close(self.env, &opened).await?;
            }
        }
        Ok(())
    }
}

/// Undoes a domain: visitors first, then Cloudflare, and when all of it is confirmed, the row.
async fn undo(env: &Env, db: &D1Database, mut row: Row, now: i64) -> Result<()> {
    edge::close(env, &row).await?;
    let undone = match Cloudflare::from_env(env) {
        // Nothing can have been made for a domain that was never proven.
        _ if row.proved_at.is_none() => Ok(()),
        Some(cloudflare) => take_away(&cloudflare, &row).await,
        None => Err(Failure::Silent { wait_ms: LATER_MS }),
    };
    let due_at = match undone {
        Ok(()) if row.linger_until <= now => return row::forget(db, &row).await,
        Ok(()) => row.linger_until,
        Err(failure) => {
            row.attempts += 1;
            let wait_ms = if let Failure::Silent { wait_ms } = failure { wait_ms } else { 0 };
            now + State::Leaving.pause(row.since, row.attempts, now).max(wait_ms)
        }
    };
    d1::batch(db, vec![row::settle(db, &row, due_at)?]).await?;
    Ok(())
}

async fn take_away(cloudflare: &Cloudflare, row: &Row) -> core::result::Result<(), Failure> {
    if let Some(id) = &row.hostname_id {
        cloudflare.delete(id).await?;
    }
    // Also what a look made that was cut off before it could write that down.
    match cloudflare.find(&row.hostname).await? {
        Some(hostname) => cloudflare.delete(&hostname.id).await,
        None => Ok(()),
    }
}

fn finding(row: &Row, names: &Names) -> Finding {
    let (Some(texts), Some(user_id)) = (&names.texts, &row.user_id) else { return Finding::Unknown };
    let record = proof::record(&proof::key(user_id));
    if texts.iter().any(|text| text.trim() == record) {
        Finding::Found(Method::Dns)
    } else {
        Finding::Missing(Why::NoTag)
    }
}

const CHANGED: &str = "SELECT changes() AS changed";

#[derive(d1::FromRow)]
struct Changed {
    changed: i64,
}

fn entry(row: &Row, kind: Kind, at: i64) -> Entry<'_> {
    let user_id = row.user_id.as_deref().unwrap_or_default();
    Entry { user_id, kind, subject: &row.hostname, from: From::default(), at }
}

/// Mails what happened while nobody looked.
async fn tell(env: &Env, row: &Row, kinds: &[Kind], now: i64) -> Result<()> {
    let (Some(email), Some(label)) = (&row.email, &row.label) else { return Ok(()) };
    let config = config::Config::from_env(env)?;
    let page = format!("{}/sites/{label}.{}/settings#domain", config.app_origin, config.sites_domain());
    let hostname = &row.hostname;
    for kind in kinds {
        let (subject, what, then) = match kind {
            Kind::DomainConnected => (
                format!("Your site is at {hostname} now"),
                format!("{hostname} leads to your site, over an encrypted line."),
                format!("Leave both DNS records where they are. Everything about the domain: {page}"),
            ),
            Kind::DomainLost => (
                format!("{hostname} does not lead to your site any more"),
                format!(
                    "Cloudflare, which carries the domain for us, tells us that {hostname} leads elsewhere, or may not be \
                     carried. Your site itself is as it was, at its first address."
                ),
                format!("What is missing, and what you can do: {page}"),
            ),
            Kind::ProofLost => (
                format!("The record for {hostname} is gone"),
                format!(
                    "We looked several times over two days and did not find the TXT record that says {hostname} is yours. Your \
                     site is still there, but somebody else who proves that the domain is theirs can take it now."
                ),
                format!("The record to set again: {page}"),
            ),
            _ => continue,
        };
        let key = format!("{}/{}/{now}", kind.as_str(), row.id);
        mail::send_note(env, email, &Note { subject: &subject, paragraphs: &[what, then], key: &key }).await?;
    }
    Ok(())
}
