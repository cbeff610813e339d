//! `/` and `/after-sign-in`: where people arrive, and where they are sent on from.

use crate::{
    account::providers,
    answer::{self, Answer},
    ask::Ask,
    facts::{self, Facts},
    pages::{
        Notice, hub,
        news::{News, Tab, WebsiteForm},
        sign_in::{SignIn, failure_words},
        social::{Standing, feed::Entry, notifications::Told},
    },
    paging::Wanted,
    social::{
        feed::{self, Scope},
        members, notifications,
    },
};
use futures::future::try_join3;
use vetka_domain::destination::{self, Next};
use vetka_edge::{Error, Result};

/// How many notifications stand on the hub.
const GLANCE: usize = 3;

/// The hub: what Vetka is, for a visitor; where to go on, for somebody who is signed in.
pub async fn show(ask: Ask) -> Answer {
    let facts = facts::of(&ask).await?;
    let (wants_sign_in, next) = (ask.param("sign-in").is_some(), ask.param("next"));
    let next = next.as_deref().and_then(Next::parse).map(Next::as_str);
    let notice = ask.param("notice").as_deref().and_then(Notice::from_code);
    if facts.signed_in() {
        // They have signed in meanwhile, in another tab say.
        if let Some(next) = next.filter(|_| wants_sign_in) {
            return Ok(answer::see_other(next));
        }
        let following = ask.param("feed").as_deref() == Some("following");
        return home(&ask, &facts, 200, notice, following, WebsiteForm::default()).await;
    }
    let sign_in = if wants_sign_in { SignIn::Email { email: "", problem: None } } else { SignIn::Closed };
    let (providers, error) = (providers::offered(&ask), ask.param("error"));
    let failure = error.as_deref().filter(|_| wants_sign_in).map(failure_words);
    let known = Known::read(&ask, None, false).await?;
    let news = Some(known.news(Standing::Stranger, WebsiteForm::default()));
    let welcome = hub::Welcome { sign_in, providers: &providers, failure, next, notice, news };
    answer::page(200, hub::welcome(facts.shell(), welcome))
}

/// The hub once more, for somebody who wanted to follow a website that cannot be followed.
///
/// # Errors
/// When the page cannot be made.
pub async fn not_followed(ask: &Ask, typed: &str, refusal: &Error) -> Answer {
    let facts = facts::of(ask).await?;
    let form = WebsiteForm { typed, problem: Some(&refusal.message) };
    Ok(answer::refusing(home(ask, &facts, refusal.status, None, true, form).await?, refusal))
}

async fn home(
    ask: &Ask,
    facts: &Facts,
    status: u16,
    notice: Option<Notice>,
    following: bool,
    form: WebsiteForm<'_>,
) -> Answer {
    let (card, site_id) = (facts.site.as_ref().map(crate::site::Site::card), facts.site.as_ref().map(|site| &*site.id));
    let known = Known::read(ask, site_id, following).await?;
    let standing = if site_id.is_some() { Standing::Member { following: false } } else { Standing::NoSite };
    let view = hub::Home { site: card.as_ref(), notice, news: known.news(standing, form) };
    answer::page(status, hub::home(facts.shell(), view))
}

/// Sends somebody on: to the page they wanted, else home with a site, else to get one.
pub async fn after_sign_in(ask: Ask) -> Answer {
    let facts = facts::of(&ask).await?;
    if !facts.signed_in() {
        return Ok(answer::see_other("/?sign-in"));
    }
    let next = ask.param("next");
    let next = next.as_deref().and_then(Next::parse).map(Next::as_str);
    Ok(answer::see_other(next.unwrap_or_else(|| destination::post_login(facts.site.is_some()))))
}

/// What others do here, gathered for the page.
struct Known {
    tab: Tab,
    entries: Vec<Entry>,
    older: Option<String>,
    back: bool,
    members: Vec<crate::pages::news::NewMember>,
    told: Vec<Told>,
}

impl Known {
    async fn read(ask: &Ask, site_id: Option<&str>, following: bool) -> Result<Self> {
        let before = ask.param("before");
        let wanted = Wanted::parse(None, before.as_deref())?;
        let following = site_id.filter(|_| following);
        let (tab, scope) = match following {
            Some(site_id) => (Tab::Following, Scope::Following(site_id)),
            None => (Tab::Everyone, Scope::Everyone(site_id)),
        };
        let glance = async {
            match site_id {
                Some(site_id) => notifications::list(ask, site_id, Wanted::FIRST).await.map(|list| list.notifications),
                None => Ok(Vec::new()),
            }
        };
        let (feed, members, told) =
            try_join3(feed::read(ask, scope, wanted), members::newest(ask, site_id), glance).await?;
        Ok(Self {
            tab,
            entries: feed.items.into_iter().map(Entry::from).collect(),
            older: feed.next_cursor.map(|cursor| format!("{}&before={cursor}#news", tab.path())),
            back: before.is_some(),
            members,
            told: told.into_iter().take(GLANCE).map(Told::from).collect(),
        })
    }

    fn news<'a>(&'a self, standing: Standing, website: WebsiteForm<'a>) -> News<'a> {
        News {
            tab: self.tab,
            standing,
            website,
            entries: &self.entries,
            older: self.older.as_deref(),
            back: self.back,
            members: &self.members,
            told: &self.told,
        }
    }
}
