//! Following: feeds, profiles, notifications, being left alone.

use crate::operation::{Operation, Tag};
use serde_json::json;
use vetka_api::contract::{
    Feed, Followed, FollowedWebsite, Notifications, Preferences, PreferencesChange, Profile, ReadUpTo, SiteList,
    Unread, Website,
};
use vetka_domain::routes::Api;

/// What a row takes and gives; `None` for rows that are described elsewhere.
pub fn operation(row: Api) -> Option<Operation> {
    let social = |summary| Operation::new(Tag::Social, summary);
    let as_site = |summary| social(summary).refuses(403, &["site_needed"]);
    let of_site = |summary| social(summary).refuses(404, &["not_found"]);
    Some(match row {
        Api::Feed => social("What is new, newest first")
            .about(
                "A version that went live, a new member, or a post from a site's own feed. A page is what lies below its \
                 cursor, so whatever comes meanwhile, nothing is there twice and nothing is left out.",
            )
            .query(
                "scope",
                "Of all members, or of those that you follow.",
                json!({ "type": "string", "enum": ["global", "following"], "default": "global" }),
            )
            .paged()
            .gives::<Feed>(200, "A page of it.")
            .refuses(400, &["invalid_scope"])
            .refuses(401, &["unauthorized"])
            .refuses(403, &["site_needed"]),
        Api::SiteProfile => of_site("A site, as its visitors see it").gives::<Profile>(200, "The site."),
        Api::ListFollowing => of_site("Whom a site follows, newest first")
            .about("Members first, then other websites whose feeds it follows.")
            .paged()
            .gives::<SiteList>(200, "A page of the list."),
        Api::ListFollowers => {
            of_site("Who follows a site, newest first").paged().gives::<SiteList>(200, "A page of the list.")
        }
        Api::ListMutuals => of_site("Who follows a site and is followed by it")
            .paged()
            .gives::<SiteList>(200, "A page of the list."),
        Api::Follow => as_site("Follows a site")
            .about("Twice is once. Its owner is told the first time.")
            .gives::<Followed>(200, "You follow it.")
            .refuses(404, &["not_found"])
            .refuses(409, &["blocked", "too_many_follows"])
            .refuses(422, &["yourself"]),
        Api::Unfollow => as_site("Unfollows a site")
            .gives::<Followed>(200, "You do not follow it.")
            .refuses(404, &["not_found"]),
        Api::FollowWebsite => as_site("Follows any website that has a feed")
            .about(
                "A page of a member's site follows that member. Of any other website the page is looked at for its feed, and \
                 what is new there shows from then on. Twice is once.",
            )
            .takes::<Website>()
            .gives::<FollowedWebsite>(200, "You follow it.")
            .refuses(404, &["not_found"])
            .refuses(409, &["blocked", "too_many_follows"])
            .refuses(422, &["invalid_url", "no_feed", "yourself"])
            .refuses(502, &["website_unreachable"]),
        Api::UnfollowWebsite => as_site("Unfollows a website that is no member's, by the id of its feed")
            .about("What is not followed is left as it is.")
            .gives::<Followed>(200, "You do not follow it."),
        Api::ListBlocks => {
            as_site("Whom you have blocked, newest first").paged().gives::<SiteList>(200, "A page of the list.")
        }
        Api::Block => as_site("Blocks a site")
            .about("Silent, and both ways: neither finds the other here from then on, and what they followed ends.")
            .gives_nothing(204, "It is blocked.")
            .refuses(404, &["not_found"])
            .refuses(422, &["yourself"]),
        Api::Unblock => as_site("Takes a block back").gives_nothing(204, "It is not blocked."),
        Api::ListMutes => {
            as_site("Whom you have muted, newest first").paged().gives::<SiteList>(200, "A page of the list.")
        }
        Api::Mute => as_site("Mutes a site")
            .about("You do not see what it does, and it does not know.")
            .gives_nothing(204, "It is muted.")
            .refuses(404, &["not_found"])
            .refuses(422, &["yourself"]),
        Api::Unmute => as_site("Takes a mute back").gives_nothing(204, "It is not muted."),
        Api::GetPreferences => as_site("What you want of others").gives::<Preferences>(200, "The preferences."),
        Api::ChangePreferences => as_site("Changes what you want of others")
            .takes::<PreferencesChange>()
            .gives::<Preferences>(200, "The preferences as they are now.")
            .refuses(400, &["nothing_to_change"])
            .refuses(422, &["invalid_preference"]),
        Api::ListNotifications => as_site("What others did that concerns you, newest first")
            .paged()
            .gives::<Notifications>(200, "A page of it, and how many you have not seen."),
        Api::ReadNotifications => as_site("Notes up to where you have seen it")
            .takes::<ReadUpTo>()
            .gives::<Unread>(200, "How many are left.")
            .refuses(400, &["invalid_id"]),
        _ => return None,
    })
}
