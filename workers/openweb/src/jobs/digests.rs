//! The mail of a day, for whoever asked for it: what happened around their site and was not seen yet.

use crate::{WORKER, cron::Run};
use maud::html;
use vetka_domain::{
    session::Key,
    social::{
        digest::{self, Happening},
        unsubscribe,
    },
    target::encode_component,
};
use vetka_edge::{
    Result, auth, config, d1,
    mail::{self, Letter, Taken},
    metrics,
};

const SELECT_DUE: &str = "SELECT s.id, s.domain, s.digest_sent_at, u.email FROM site s JOIN user u ON u.id = s.user_id
    WHERE s.digest = 'daily' AND s.digest_sent_at <= ?1 AND s.deleted_at IS NULL AND s.taken_down_at IS NULL
    ORDER BY s.digest_sent_at LIMIT 20";
const RESERVE: &str =
    "UPDATE site SET digest_sent_at = ?3 WHERE id = ?1 AND digest_sent_at = ?2 AND digest = 'daily' RETURNING id";
const SELECT_NEWS: &str =
    "SELECT n.kind, n.actor_name, n.text, n.page_url, s.domain AS actor_domain, u.name AS actor_owner
    FROM notification n LEFT JOIN site s ON s.id = n.actor_site_id LEFT JOIN user u ON u.id = s.user_id
    WHERE n.site_id = ?1 AND n.read_at IS NULL AND n.created_at > ?2 ORDER BY n.seq DESC LIMIT 20";
const COUNT_NEWS: &str =
    "SELECT COUNT(*) AS count FROM notification WHERE site_id = ?1 AND read_at IS NULL AND created_at > ?2";
/// An address that takes no mail is not written to again.
const TURN_OFF: &str = "UPDATE site SET digest = 'off' WHERE id = ?1";

#[derive(d1::FromRow)]
struct Due {
    id: String,
    domain: String,
    digest_sent_at: i64,
    email: String,
}

#[derive(d1::FromRow)]
struct Reserved {
    #[column(name = "id")]
    _id: String,
}

#[derive(d1::FromRow)]
struct News {
    kind: String,
    actor_name: String,
    text: String,
    page_url: String,
    actor_domain: Option<String>,
    actor_owner: Option<String>,
}

#[derive(d1::FromRow)]
struct Count {
    count: usize,
}

impl News {
    fn into_happening(self) -> Happening {
        let owner = self.actor_owner.filter(|name| !name.trim().is_empty());
        let who = owner.or(self.actor_domain).unwrap_or(self.actor_name);
        Happening { kind: self.kind, who, text: self.text, page_url: self.page_url }
    }
}

/// Sends what is due.
pub async fn run(run: Run<'_>) -> Result<()> {
    let before = run.now - digest::EVERY_MS;
    let due: Vec<Due> = d1::all(&run.env.d1(auth::DB)?, SELECT_DUE, [before.into()]).await?;
    for site in due {
        if run.has_time()
            && let Err(failure) = send(run, &site).await
        {
            failure.log("send_digest");
            metrics::write(run.env, WORKER, 1, &metrics::Event::Error { what: "send_digest" });
        }
    }
    Ok(())
}

async fn send(run: Run<'_>, site: &Due) -> Result<()> {
    let db = run.env.d1(auth::DB)?;
    let values = [(&site.id).into(), site.digest_sent_at.into(), run.now.into()];
    let mine: Option<Reserved> = d1::first(&db, RESERVE, values).await?;
    if mine.is_none() {
        return Ok(());
    }
    // What is older than the last mail was in it, and what is older than two days is no news.
    let since = site.digest_sent_at.max(run.now - 2 * digest::EVERY_MS);
    let news: Vec<News> = d1::all(&db, SELECT_NEWS, [(&site.id).into(), since.into()]).await?;
    let count: Option<Count> = d1::first(&db, COUNT_NEWS, [(&site.id).into(), since.into()]).await?;
    let happenings: Vec<Happening> = news.into_iter().map(News::into_happening).collect();
    let Some(digest) = digest::of(&site.domain, &happenings, count.map_or(0, |row| row.count)) else { return Ok(()) };
    let origin = config::var(run.env, "APP_ORIGIN")?;
    let letter = letter(&digest, &origin, &auth::key(run.env)?, &site.id);
    // The same mail however often it is tried: a day has one.
    let key = format!("digest/{}/{}", site.id, run.now / digest::EVERY_MS);
    match mail::send_letter(run.env, &site.email, &letter, &key).await? {
        Taken::Yes => Ok(()),
        Taken::AddressRefused => d1::run(&db, TURN_OFF, [(&site.id).into()]).await,
        // Tried again in a minute, as if nothing had been tried.
        Taken::No => {
            let values = [(&site.id).into(), run.now.into(), site.digest_sent_at.into()];
            let _: Option<Reserved> = d1::first(&db, RESERVE, values).await?;
            Ok(())
        }
    }
}

fn letter(digest: &digest::Digest, origin: &str, key: &Key, site_id: &str) -> Letter {
    let unsubscribe = format!("{origin}/unsubscribe?t={}", encode_component(&unsubscribe::token(key, site_id)));
    let all = format!("{origin}/notifications");
    let more = match digest.more {
        0 => String::new(),
        1 => "And one more.".to_owned(),
        more => format!("And {more} more."),
    };
    let lines: String = digest.lines.iter().map(|line| format!("- {line}\n")).collect();
    let text = format!(
        "{lines}{more}{}See all of it: {all}\n\nYou asked for this mail. To end it, open {unsubscribe}\n",
        if more.is_empty() { "\n" } else { "\n\n" }
    );
    let html = html! {
        div style=(mail::STYLE) {
            ul { @for line in &digest.lines { li { (line) } } }
            @if !more.is_empty() { p { (more) } }
            p { a href=(all) { "See all of it" } }
            p style="color:#666;font-size:14px" { "You asked for this mail. " a href=(unsubscribe) { "End it" } "." }
        }
    };
    Letter { subject: digest.subject.clone(), text, html, unsubscribe: Some(unsubscribe) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_says_what_happened_and_how_to_end_it() {
        let happening =
            Happening { kind: "comment".into(), who: "<b>Bob</b>".into(), text: "Hi".into(), page_url: String::new() };
        let digest = digest::of("ann.example", &[happening], 3).unwrap();
        let key = Key::new(vec![7; 32]).unwrap();
        let mail = letter(&digest, "https://vetka.sh", &key, "abc");
        let end = mail.unsubscribe.clone().unwrap();
        assert!(end.starts_with("https://vetka.sh/unsubscribe?t=abc."));
        assert!(
            mail.text.contains("<b>Bob</b> commented: “Hi”")
                && mail.text.contains("And 2 more.")
                && mail.text.contains(&end)
        );
        assert!(mail.html.0.contains("&lt;b&gt;Bob&lt;/b&gt;") && !mail.html.0.contains("<b>"), "{}", mail.html.0);
    }
}
