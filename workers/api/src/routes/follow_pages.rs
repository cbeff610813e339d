//! `/sites/<domain>` and `/notifications`: pages between sites, and the forms that stand on them. Each form works without
//! scripts, and leads back to where it was.

use crate::{
    answer::{self, Answer, Refused},
    ask::{Ask, Named},
    facts::{self, Facts},
    pages::{
        Notice,
        social::{
            self as view, Standing,
            feed::Entry,
            notifications::{self as notifications_page, Told},
            profile::{Line, Part},
        },
    },
    paging::Wanted,
    routes::hub,
    social::{
        actor::Actor,
        apart::{self, Apart},
        feed::{self, Scope},
        follows, notifications,
        preferences::{self, Change},
        profile::{self, List, Listed},
        websites,
    },
};
use vetka_domain::destination::Next;
use vetka_edge::{Result, error};

/// A site, as its visitors see it.
pub async fn profile(ask: Ask, Named(domain): Named) -> Answer {
    let facts = facts::of(&ask).await?;
    let viewer = facts.site.as_ref().map(|site| site.id.as_str());
    let site = profile::read(&ask, &domain, viewer).await?;
    let before = ask.param("before");
    let wanted = Wanted::parse(None, before.as_deref())?;
    let part = Part::from_param(ask.param("show").as_deref());
    let shown = Shown::read(&ask, &site, part, viewer, wanted).await?;
    let you = site.you;
    let of_viewer = match you {
        Some(you) => Some(Standing::Member { following: you.following }),
        None if viewer.is_some() => None,
        None if facts.signed_in() => Some(Standing::NoSite),
        None => Some(Standing::Stranger),
    };
    let (followers, following, since, has_page) = (site.followers, site.following, site.created_ms, site.shown);
    let (rel_me, brief) = (site.rel_me, site.site.into());
    let view = view::profile::Profile {
        site: &brief,
        followers,
        following,
        since,
        shown: has_page,
        rel_me: &rel_me,
        standing: of_viewer,
        follows_you: you.is_some_and(|you| you.follows_you),
        blocked: you.is_some_and(|you| you.blocked),
        muted: you.is_some_and(|you| you.muted),
        part,
        entries: &shown.entries,
        lines: &shown.lines,
        older: shown.older.as_deref(),
        back: before.is_some(),
        notice: ask.param("notice").as_deref().and_then(Notice::from_code),
    };
    answer::page(200, view::profile::page(facts.shell(), view))
}

/// The part of a profile that was asked for.
#[derive(Default)]
struct Shown {
    entries: Vec<Entry>,
    lines: Vec<Line>,
    older: Option<String>,
}

impl Shown {
    async fn read(
        ask: &Ask,
        site: &profile::Profile,
        part: Part,
        viewer: Option<&str>,
        wanted: Wanted,
    ) -> Result<Self> {
        let path = view::path(&site.site.domain);
        let list = match part {
            Part::News if site.you.is_some_and(|you| you.blocked) => return Ok(Self::default()),
            Part::News => {
                let news = feed::read(ask, Scope::Of(&site.id), wanted).await?;
                let older = news.next_cursor.map(|cursor| format!("{path}?before={cursor}"));
                return Ok(Self {
                    entries: news.items.into_iter().map(Entry::from).collect(),
                    older,
                    ..Self::default()
                });
            }
            Part::Followers => List::Followers,
            Part::Following => List::Following,
        };
        let show = if list == List::Followers { "followers" } else { "following" };
        let page = profile::list(ask, &site.id, list, viewer, wanted).await?;
        let older = page.next_cursor.map(|cursor| format!("{path}?show={show}&before={cursor}"));
        Ok(Self { lines: page.sites.into_iter().map(line).collect(), older, ..Self::default() })
    }
}

/// A line of a list of sites.
pub fn line(listed: Listed) -> Line {
    Line { feed: listed.feed_id, site: listed.site.into() }
}

/// What others did.
pub async fn notifications(ask: Ask) -> Answer {
    let viewer = ask.page_viewer().await?;
    let facts: Facts = facts::of_viewer(&ask, &viewer).await?;
    let Some(site) = &facts.site else { return Ok(answer::see_other("/setup")) };
    let before = ask.param("before");
    let list = notifications::list(&ask, &site.id, Wanted::parse(None, before.as_deref())?).await?;
    let older = list.next_cursor.map(|cursor| format!("/notifications?before={cursor}"));
    let told: Vec<Told> = list.notifications.into_iter().map(Told::from).collect();
    let view = notifications_page::Notifications {
        told: &told,
        unread: list.unread,
        older: older.as_deref(),
        back: before.is_some(),
        notice: ask.param("notice").as_deref().and_then(Notice::from_code),
    };
    answer::page(200, notifications_page::page(facts.shell(), view))
}

/// Marks what was shown as seen.
pub async fn read_form(ask: Ask, body: Vec<u8>) -> Answer {
    let actor = form_actor(&ask).await?;
    notifications::mark_read(&ask, &actor.site_id, &ask.form(&body)?.get("upTo")).await?;
    Ok(back("/notifications", Notice::AllRead))
}

/// Follows a site, or unfollows it.
pub async fn follow_form(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let actor = form_actor(&ask).await?;
    let form = ask.form(&body)?;
    let notice = match form.get("wish").as_str() {
        "follow" => {
            follows::follow(&ask, &actor, &domain).await?;
            Notice::Followed
        }
        "unfollow" => {
            follows::unfollow(&ask, &actor, &domain).await?;
            Notice::Unfollowed
        }
        _ => return Err(no_such_wish()),
    };
    Ok(back(Next::parse(&form.get("back")).map_or("/", Next::as_str), notice))
}

/// Follows a website, a member's or not, or unfollows one that is not. What cannot be followed comes back with the reason.
pub async fn website_form(ask: Ask, body: Vec<u8>) -> Answer {
    let actor = form_actor(&ask).await?;
    let form = ask.form(&body)?;
    match form.get("wish").as_str() {
        "follow" => {}
        "unfollow" => {
            websites::unfollow(&ask, &actor, &form.get("id")).await?;
            return Ok(back(Next::parse(&form.get("back")).map_or("/", Next::as_str), Notice::Unfollowed));
        }
        _ => return Err(no_such_wish()),
    }
    let typed = form.get("url");
    match websites::follow(&ask, &actor, &typed).await {
        Ok(followed) => {
            let notice = if followed.feed.is_some() { Notice::WebsiteFollowed } else { Notice::Followed };
            Ok(back("/?feed=following#news", notice))
        }
        Err(refusal) if matches!(refusal.status, 404 | 409 | 422 | 429 | 502) => {
            hub::not_followed(&ask, &typed, &refusal).await
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Blocks or mutes a site, or takes that back. After a block its page is still there for who made it, to take it back.
pub async fn apart_form(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let actor = form_actor(&ask).await?;
    let form = ask.form(&body)?;
    let (apart, puts, notice) = match form.get("wish").as_str() {
        "block" => (Apart::Block, true, Notice::Blocked),
        "unblock" => (Apart::Block, false, Notice::Unblocked),
        "mute" => (Apart::Mute, true, Notice::Muted),
        "unmute" => (Apart::Mute, false, Notice::Unmuted),
        _ => return Err(no_such_wish()),
    };
    if puts {
        apart::put(&ask, &actor, &domain, apart).await?;
    } else {
        apart::take_back(&ask, &actor, &domain, apart).await?;
    }
    let page = view::path(&domain);
    let asked = form.get("back");
    Ok(back(Next::parse(&asked).or_else(|| Next::parse(&page)).map_or("/", Next::as_str), notice))
}

/// What somebody wants of others.
pub async fn preferences_form(ask: Ask, body: Vec<u8>) -> Answer {
    let actor = form_actor(&ask).await?;
    let form = ask.form(&body)?;
    let change = Change { messages_from: Some(form.get("messagesFrom")), digest: Some(form.get("digest")) };
    preferences::change(&ask, &actor.site_id, &change).await?;
    Ok(back("/settings#others", Notice::PreferencesSaved))
}

/// Who posts a form, as their site. Others are sent to get what is missing.
async fn form_actor(ask: &Ask) -> core::result::Result<Actor, Refused> {
    ask.form_writer().await?;
    match Actor::asker(ask).await {
        Err(refusal) if refusal.code == "site_needed" => Err(Refused::Elsewhere("/setup".to_owned())),
        answered => Ok(answered?),
    }
}

fn no_such_wish() -> Refused {
    error::bad_request("invalid_wish", "That is nothing that can be done with a site.").into()
}

/// Back to a page of ours, with a word of what happened.
fn back(path: &str, notice: Notice) -> answer::Response {
    let (page, place) = path.split_once('#').map_or((path, String::new()), |(page, place)| (page, format!("#{place}")));
    let joint = if page.contains('?') { '&' } else { '?' };
    answer::see_other(&format!("{page}{joint}notice={}{place}", notice.code()))
}
