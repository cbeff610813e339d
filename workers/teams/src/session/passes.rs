//! Who may look at the preview: a word that works once brings a browser in, and what it keeps then says who it is. Both are
//! kept as hashes.

use super::{Object, access, record};
use serde::{Deserialize, Serialize};
use vetka_domain::team::session::Status;
use vetka_edge::{Result, error, hash, id, time};

/// The way from the session's page to the preview takes a second or two.
const ENTRY_MS: i64 = 60_000;
/// As long as a session can last.
const STAY_MS: i64 = 8 * 60 * 60_000;
/// As long as our own browser takes to look at one page.
const GLANCE_MS: i64 = 2 * 60_000;
/// Stands for our own browser where others have their account.
const BROWSER: &str = "";
/// How long a look at whether somebody still may is believed.
const BELIEVED_MS: i64 = 60_000;
const ENTRY: &str = "entry";
const STAY: &str = "stay";

/// Somebody who wants to look.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mint {
    /// Who.
    pub user_id: String,
}

/// The word that works once.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The word.
    pub token: String,
}

/// What a browser keeps.
#[derive(Debug, Serialize, Deserialize)]
pub struct Stay {
    /// The cookie's value.
    pub cookie: String,
}

/// Something went wrong on a page that whoever keeps this looks at.
#[derive(Debug, Deserialize)]
pub struct Report {
    cookie: String,
    message: String,
}

/// What there is to look at.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Look {
    status: Status,
    /// Where it runs; null while there is none.
    sandbox_id: Option<String>,
    /// What opens its port.
    traffic_token: Option<String>,
    port: u16,
    /// What is being waited for, in words.
    text: String,
    usual: Option<String>,
}

impl Object {
    /// Makes a word that works once. Whoever asks has looked whether they may.
    pub fn mint(&self, mint: &Mint) -> Result<Entry> {
        self.known()?;
        Ok(Entry { token: self.pass(ENTRY, &mint.user_id, ENTRY_MS)? })
    }

    /// The same for our own browser.
    pub(super) fn mint_for_browser(&self) -> Result<String> {
        self.pass(ENTRY, BROWSER, ENTRY_MS)
    }

    /// Takes it.
    ///
    /// # Errors
    /// 401 when it was used, or is too old.
    pub fn admit(&self, entry: &Entry) -> Result<Stay> {
        let pass = self.store.take_pass(&hashed(&entry.token), ENTRY, time::now_ms())?;
        let pass = pass.ok_or_else(error::unauthorized)?;
        let lasts = if pass.user_id == BROWSER { GLANCE_MS } else { STAY_MS };
        Ok(Stay { cookie: self.pass(STAY, &pass.user_id, lasts)? })
    }

    /// What whoever keeps this may look at.
    ///
    /// # Errors
    /// 401 when they may not any more.
    pub async fn look(&self, stay: &Stay) -> Result<Look> {
        let memory = self.memory()?.ok_or_else(error::unauthorized)?;
        let now = time::now_ms();
        let pass = self.store.pass(&hashed(&stay.cookie), STAY, now)?.ok_or_else(error::unauthorized)?;
        if pass.user_id != BROWSER && pass.looked_at + BELIEVED_MS < now {
            if !access::is_member(&self.env, &pass.user_id, &memory.begin.organization_id).await? {
                self.store.drop_passes(&pass.user_id)?;
                return Err(error::unauthorized());
            }
            self.store.set_looked(&pass.user_id, now)?;
        }
        let usual = if memory.status == Status::Starting { record::usual(self).await } else { None };
        let standing = self.standing()?;
        let held = memory.sandbox.filter(|_| !memory.status.is_over());
        Ok(Look {
            status: memory.status,
            traffic_token: held.as_ref().and_then(|held| held.traffic.clone()),
            sandbox_id: held.map(|held| held.id),
            port: memory.begin.project.port,
            text: standing.text,
            usual,
        })
    }

    /// Takes what a page says has gone wrong on it, when it is our own browser that looks.
    pub fn report(&self, report: &Report) -> Result<()> {
        let pass = self.store.pass(&hashed(&report.cookie), STAY, time::now_ms())?.ok_or_else(error::unauthorized)?;
        if pass.user_id == BROWSER {
            self.note_report(&report.message);
        }
        Ok(())
    }

    fn pass(&self, kind: &str, user_id: &str, lasts: i64) -> Result<String> {
        let word = super::hex(&id::bytes::<24>()?);
        let now = time::now_ms();
        self.store.add_pass(&hashed(&word), kind, user_id, now, now + lasts)?;
        Ok(word)
    }
}

fn hashed(word: &str) -> String {
    hash::sha256_hex(word.as_bytes())
}
