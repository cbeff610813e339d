//! What a look at a website amounts to: whether it proves that the domain belongs to an account, and what becomes of a
//! proof that was there before and is not found any more.

use super::{fetch::Unseen, tag::Tags};
use sha2::{Digest, Sha256};

const DAY_MS: i64 = 24 * 60 * 60_000;
/// How long a proof that was found is believed before it is looked at again.
pub const WEEK_MS: i64 = 7 * DAY_MS;
/// When to look again after a look that told nothing.
pub const SOON_MS: i64 = 60 * 60_000;
/// Looks in a row without the proof before a site is marked.
const MISSES: i64 = 3;
/// How long it must have been missing by then: a weekend's outage is no loss.
const MISSING_MS: i64 = 2 * DAY_MS;

/// What stands in the DNS record before the key.
const RECORD: &str = "vetka-site-verification=";

/// The name of an account on its own websites. It is public and no authority: it says on whose behalf the tag stands
/// there, and only the account itself can make use of that. It hangs on the account's id alone, not on a secret, so that
/// no change of keys ever disconnects everybody's sites; from it nobody learns the id.
pub fn key(user_id: &str) -> String {
    let digest = Sha256::digest(format!("vetka site key\0{user_id}"));
    digest.iter().take(16).fold("vt_".to_owned(), |key, byte| key + &format!("{byte:02x}"))
}

/// The address of the script that the tag loads.
pub fn script(app_origin: &str) -> String {
    format!("{app_origin}/notch.js")
}

/// The tag to paste.
pub fn tag(app_origin: &str, key: &str) -> String {
    format!("<script async src=\"{}\" data-vetka=\"{key}\"></script>", script(app_origin))
}

/// The text of the DNS record.
pub fn record(key: &str) -> String {
    format!("{RECORD}{key}")
}

/// How a domain was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// By the tag in its first page.
    Tag,
    /// By a DNS record.
    Dns,
}

impl Method {
    /// The column `site.proof_method`, and `method` in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Dns => "dns",
        }
    }
}

/// What was seen of a website at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Our tags in its first page.
    pub page: Result<Tags, Unseen>,
    /// The texts in its DNS record; `None` when the resolver could not say.
    pub texts: Option<Vec<String>>,
}

/// What a look tells about one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The proof is there.
    Found(Method),
    /// It is not, for all that can be told.
    Missing(Why),
    /// Nobody can tell just now: it was the looking that failed.
    Unknown,
}

/// Why there is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The page has no tag of ours.
    NoTag,
    /// It has the tag of another account.
    OtherAccount,
    /// It has our script, but without a key.
    WithoutKey,
    /// The page could not be read.
    Unseen(Unseen),
}

impl Why {
    /// `reason` in the answer.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoTag => "no_tag",
            Self::OtherAccount => "other_account",
            Self::WithoutKey => "without_key",
            Self::Unseen(unseen) => unseen.code(),
        }
    }

    /// What the person reads.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoTag => {
                "Your website answers, but the line is not in its first page yet. Some websites take a few minutes to show a change."
            }
            Self::OtherAccount => {
                "There is a line, but it belongs to another account. Replace it with yours, or sign in as that account."
            }
            Self::WithoutKey => "There is a line, but a part of it is missing. Copy the whole line again.",
            Self::Unseen(unseen) => unseen.sentence(),
        }
    }
}

impl Look {
    /// What it tells about the account with this key. The tag counts before the record: it is what the site needs anyway.
    pub fn finding(&self, key: &str) -> Finding {
        if self.page.as_ref().is_ok_and(|tags| tags.keys.iter().any(|other| other == key)) {
            return Finding::Found(Method::Tag);
        }
        let record = record(key);
        let Some(texts) = &self.texts else { return Finding::Unknown };
        if texts.iter().any(|text| text.trim() == record) {
            return Finding::Found(Method::Dns);
        }
        match &self.page {
            Ok(tags) if !tags.keys.is_empty() => Finding::Missing(Why::OtherAccount),
            Ok(tags) if tags.without_key => Finding::Missing(Why::WithoutKey),
            Ok(_) => Finding::Missing(Why::NoTag),
            Err(Unseen::NotLookedUp) => Finding::Unknown,
            Err(unseen) => Finding::Missing(Why::Unseen(*unseen)),
        }
    }
}

impl Finding {
    /// `reason` in the answer.
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::Found(_) => None,
            Self::Missing(why) => Some(why.code()),
            Self::Unknown => Some(Unseen::NotLookedUp.code()),
        }
    }

    /// What the person reads.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Found(Method::Tag) => "Your line is there.",
            Self::Found(Method::Dns) => "Your DNS record is there.",
            Self::Missing(why) => why.sentence(),
            Self::Unknown => Unseen::NotLookedUp.sentence(),
        }
    }
}

/// What is kept about a site's proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Looks in a row that did not find it.
    pub misses: i64,
    /// When the first of them was, Unix milliseconds UTC.
    pub missing_since: Option<i64>,
    /// When the site was marked, Unix milliseconds UTC.
    pub lost_at: Option<i64>,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// As it stands then.
    pub standing: Standing,
    /// When to look again.
    pub due_at: i64,
    /// What there is to write down and to tell.
    pub news: Option<News>,
}

/// What the owner wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// The site is marked now.
    Lost,
    /// It was marked, and is not any more.
    Found,
}

impl Standing {
    /// After a look of the schedule.
    pub fn after(self, finding: Finding, now: i64) -> Next {
        match finding {
            Finding::Found(_) => {
                Next { standing: Self::default(), due_at: now + WEEK_MS, news: self.lost_at.map(|_| News::Found) }
            }
            Finding::Unknown => Next { standing: self, due_at: now + SOON_MS, news: None },
            Finding::Missing(_) => {
                let since = self.missing_since.unwrap_or(now);
                let misses = self.misses + 1;
                let gone = misses >= MISSES && now - since >= MISSING_MS;
                let lost_at = self.lost_at.or(gone.then_some(now));
                let news = (lost_at != self.lost_at).then_some(News::Lost);
                // What is marked has been decided; until then, every day counts.
                let due_at = now + if lost_at.is_some() { WEEK_MS } else { DAY_MS };
                Next { standing: Self { misses, missing_since: Some(since), lost_at }, due_at, news }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_795_242_452_000;
    const GONE: Finding = Finding::Missing(Why::NoTag);

    fn look(keys: &[&str], texts: &[&str]) -> Look {
        let keys = keys.iter().map(ToString::to_string).collect();
        Look {
            page: Ok(Tags { keys, without_key: false }),
            texts: Some(texts.iter().map(ToString::to_string).collect()),
        }
    }

    #[test]
    fn a_key_is_of_one_account_and_stays() {
        assert_eq!(key("aaaaaaaaaaaaaaaaaaaaaaaa"), "vt_23e85ab1c17799596888e1a28e7f7b5e");
        assert_ne!(key("a"), key("b"));
        assert!(key("a").len() == 35 && !key("secret").contains("secret"));
    }

    #[test]
    fn the_tag_that_is_given_is_the_tag_that_is_found() {
        let found = super::super::tag::find(tag("https://vetka.sh", "vt_1").as_bytes(), &script("https://vetka.sh"));
        assert_eq!(found.keys, ["vt_1"]);
    }

    #[test]
    fn judges_a_look() {
        assert_eq!(look(&["vt_1"], &[]).finding("vt_1"), Finding::Found(Method::Tag));
        assert_eq!(
            look(&["vt_2", "vt_1"], &["vetka-site-verification=vt_1"]).finding("vt_1"),
            Finding::Found(Method::Tag)
        );
        assert_eq!(
            look(&["vt_2"], &["v=spf1", "vetka-site-verification=vt_1"]).finding("vt_1"),
            Finding::Found(Method::Dns)
        );
        assert_eq!(
            look(&["vt_2"], &["vetka-site-verification=vt_2"]).finding("vt_1"),
            Finding::Missing(Why::OtherAccount)
        );
        assert_eq!(look(&[], &["vetka-site-verification=vt_12"]).finding("vt_1"), GONE);
        let silent = Look { page: Err(Unseen::NoAnswer), texts: Some(vec![]) };
        assert_eq!(silent.finding("vt_1"), Finding::Missing(Why::Unseen(Unseen::NoAnswer)));
        assert_eq!(Look { texts: None, ..silent.clone() }.finding("vt_1"), Finding::Unknown);
        assert_eq!(Look { page: Err(Unseen::NotLookedUp), ..silent }.finding("vt_1"), Finding::Unknown);
        assert_eq!(Look { texts: None, ..look(&["vt_1"], &[]) }.finding("vt_1"), Finding::Found(Method::Tag));
    }

    #[test]
    fn a_proof_is_lost_after_three_looks_over_two_days() {
        let mut standing = Standing::default();
        for (day, lost) in [(0, false), (1, false), (2, true), (3, true)] {
            let next = standing.after(GONE, NOW + day * DAY_MS);
            assert_eq!(next.standing.lost_at.is_some(), lost, "day {day}");
            assert_eq!(next.news, (day == 2).then_some(News::Lost), "told once");
            assert_eq!(next.due_at, NOW + if lost { day + 7 } else { day + 1 } * DAY_MS);
            standing = next.standing;
        }
        assert_eq!(standing.missing_since, Some(NOW));
        let found = standing.after(Finding::Found(Method::Dns), NOW + 9 * DAY_MS);
        assert_eq!((found.standing, found.news), (Standing::default(), Some(News::Found)));
        assert_eq!(found.due_at, NOW + 16 * DAY_MS);
    }

    #[test]
    fn two_looks_far_apart_are_not_enough_and_a_failed_look_counts_for_nothing() {
        let once = Standing::default().after(GONE, NOW).standing;
        let twice = once.after(GONE, NOW + 30 * DAY_MS);
        assert_eq!(twice.news, None);
        let unknown = twice.standing.after(Finding::Unknown, NOW + 60 * DAY_MS);
        assert_eq!(
            (unknown.standing, unknown.news, unknown.due_at),
            (twice.standing, None, NOW + 60 * DAY_MS + SOON_MS)
        );
    }

    proptest! {
        #[test]
        fn no_site_is_marked_without_three_looks_in_a_row_over_two_days(looks in proptest::collection::vec((0..4i64, 0..3 * DAY_MS), 1..40)) {
            let (mut standing, mut now, mut row) = (Standing::default(), NOW, Vec::new());
            for (kind, pause) in looks {
                now += pause;
                let finding = match kind { 0 => Finding::Found(Method::Tag), 1 => Finding::Unknown, _ => GONE };
                match finding { Finding::Found(_) => row.clear(), Finding::Missing(_) => row.push(now), Finding::Unknown => {} }
                let next = standing.after(finding, now);
                prop_assert!(next.due_at > now);
                prop_assert_eq!(next.news == Some(News::Lost), standing.lost_at.is_none() && next.standing.lost_at.is_some());
                if next.news == Some(News::Lost) {
                    prop_assert!(row.len() >= 3 && now - row[0] >= MISSING_MS);
                }
                standing = next.standing;
            }
        }
    }
}
