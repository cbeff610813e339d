//! The api worker's routes.

use crate::{
    auth, follow, grants, messages,
    operation::{Operation, Tag},
    reactions,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use vetka_api::contract::{
    Account, AccountChange, AskForDeletion, Availability, Changes, Closing, CustomDomain, Deletion, Events, Found,
    Health, Mentions, NewDomain, NewSite, Permission, Reports, Resynced, Seen, Site, SiteSettings, SiteSettingsChange,
    Sites, SnapshotChange, Takedown, Versions, WhichSecrets, WhichSites, WhoAmI, Wish,
};
use vetka_domain::routes::Api;
use vetka_edge::snapshot::{Restored, Snapshot};
use vetka_teams::contract::Resealed;

/// Free names, beside a refusal.
#[derive(Serialize, JsonSchema)]
struct Suggestions {
    /// Free names near the one that was asked for, when it is about the name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<String>,
}

/// What a row takes and gives; `None` for what is made for eyes: pages, forms, files of pages.
pub fn operation(row: Api) -> Option<Operation> {
    Some(match row {
        Api::ListReactions
        | Api::React
        | Api::EditReaction
        | Api::UndoReaction
        | Api::HideReaction
        | Api::ShowReaction
        | Api::WhoReacted
        | Api::Annotations
        | Api::GetAnnotation
        | Api::SiteReactions
        | Api::SiteReactionsPage
        | Api::HideReactionForm => return reactions::operation(row),
        Api::Hub
        | Api::AfterSignIn
        | Api::SignInPage
        | Api::SignUpPage
        | Api::ProviderPage
        | Api::SignInForm
        | Api::SignInCodeForm
        | Api::SignOutForm
        | Api::Setup
        | Api::SetupScript
        | Api::SetupScriptForm
        | Api::ProofForm
        | Api::SetupGenerate
        | Api::SetupGenerateForm
        | Api::SitesPage
        | Api::Builder
        | Api::RestoreForm
        | Api::DeleteForm
        | Api::SiteSettingsPage
        | Api::SiteSettingsForm
        | Api::MentionsPage
        | Api::MentionsForm
        | Api::DomainForm
        | Api::DomainCheckForm
        | Api::DomainRemoveForm
        | Api::Settings
        | Api::SitePage
        | Api::FollowForm
        | Api::WebsiteForm
        | Api::ApartForm
        | Api::NotificationsPage
        | Api::ReadNotificationsForm
        | Api::PreferencesForm
        | Api::ProfileForm
        | Api::RemovePictureForm
        | Api::SignOutDeviceForm
        | Api::SignOutOthersForm
        | Api::ConnectForm
        | Api::DisconnectForm
        | Api::ExportForm
        | Api::DeletionForm
        | Api::KeepForm
        | Api::Assets
        | Api::Favicon
        | Api::Robots
        | Api::SocialForm
        | Api::Thumbnail
        | Api::Report
        | Api::ReportForm
        | Api::Notch
        | Api::Embed
        | Api::Agree
        | Api::AgreeSignedIn
        | Api::Playground
        | Api::PlaygroundPage
        | Api::EndGrantForm
        | Api::Picture
        | Api::MessagesPage
        | Api::ThreadPage
        | Api::MessageForm
        | Api::MessageReadForm
        | Api::MessageEditForm
        | Api::MessageDeleteForm
        // The browser goes there.
        | Api::Google
        | Api::GoogleCallback => return None,
        Api::ListThreads
        | Api::ListMessages
        | Api::SendMessage
        | Api::ReadThread
        | Api::EditMessage
        | Api::DeleteMessage => return messages::operation(row),
        Api::NewGrant => grants::agree(),
        Api::RedeemGrant => grants::redeem(),
        Api::NotchBearer => grants::bearer(),
        Api::NotchMe => grants::me(),
        Api::NotchSignOut => grants::sign_out(),
        Api::NotchNonce => grants::nonce(),
        Api::ListGrants => grants::list(),
        Api::EndGrant => grants::end(),
        Api::AuthOk => auth::ok(),
        Api::AuthError => auth::error(),
        Api::SendCode => auth::send_code(),
        Api::CheckCode => auth::check_code(),
        Api::VerifyEmail => auth::verify_email(),
        Api::SignInCode => auth::sign_in_code(),
        Api::SignInSocial => auth::social("Begins signing in through a provider"),
        Api::SocialCallback => auth::callback("The way back from a provider"),
        Api::SocialCallbackForm => auth::callback("The way back from a provider that comes by a form: on with GET"),
        Api::GetSession => auth::get_session(),
        Api::PostSession => auth::post_session(),
        Api::SignOut => auth::sign_out(),
        Api::ListSessions => auth::list_sessions(),
        Api::RevokeSession => auth::revoke_session(),
        Api::RevokeSessions => auth::revoke("Ends all sessions, with the one that asks"),
        Api::RevokeOtherSessions => auth::revoke("Ends all other sessions"),
        Api::UpdateUser => auth::update_user(),
        Api::DeleteUser => auth::delete_user(),
        Api::ListAccounts => auth::list_accounts(),
        Api::LinkSocial => auth::social("Begins connecting an identity with one's account"),
        Api::UnlinkAccount => auth::unlink_account(),
        Api::WhoAmI => {
            Operation::new(Tag::Account, "Whose the session is").gives::<WhoAmI>(200, "The account, as it is signed in.")
        }
        Api::LogOut => {
            Operation::new(Tag::Account, "Signs out").gives_nothing(204, "With a session or without one: it is over.")
        }
        Api::GetAccount => Operation::new(Tag::Account, "Who one is here").gives::<Account>(200, "The account."),
        Api::ChangeAccount => Operation::new(Tag::Account, "Changes the name or the handle")
            .takes::<AccountChange>()
            .gives::<Account>(200, "The account as it is now.")
            .refuses(400, &["nothing_to_change"])
            .refuses_with::<Suggestions>(409, &["handle_taken"])
            .refuses(422, &["invalid_name", "invalid_handle", "reserved_handle"]),
        Api::PutPicture => Operation::new(Tag::Account, "Takes a picture of oneself")
            .about(
                "512 by 512 pixels, 300 KB at most, and nothing in it but the picture: no note of where it was taken.",
            )
            .takes_file(&["image/webp", "image/jpeg"], |_| json!({ "type": "string", "format": "binary" }))
            .gives::<Account>(200, "The account as it is now.")
            .refuses(422, &["invalid_picture"]),
        Api::DeletePicture => {
            Operation::new(Tag::Account, "Removes the picture of oneself").gives_nothing(204, "There is none any more.")
        }
        Api::ListAudit => Operation::new(Tag::Account, "What was done with one's account, newest first")
            .paged()
            .gives::<Events>(200, "A page of the list."),
        Api::AskForDeletion => Operation::new(Tag::Account, "Asks for the deletion of one's account")
            .about("It is done after seven days, in which it can be called off. All other sessions end at once.")
            .takes::<AskForDeletion>()
            .gives::<Deletion>(202, "When it will be done. Who asks again is told the same.")
            .refuses(404, &["not_found"])
            .refuses(422, &["not_confirmed"]),
        Api::CancelDeletion => Operation::new(Tag::Account, "Keeps one's account after all")
            .gives_nothing(204, "Nothing will be deleted.")
            .refuses(404, &["not_found"])
            .refuses(409, &["too_late"]),
        Api::Export => Operation::new(Tag::Account, "Everything of one's account, as a zip archive")
            .gives_file(200, "application/zip", "The archive.", |_| json!({ "type": "string", "format": "binary" }))
            .refuses(404, &["not_found"])
            .limited()
            .refuses(503, &["not_ready"]),
        Api::CheckLabel => Operation::new(Tag::Sites, "Whether a name is free")
            .needs("label", "What somebody typed.", json!({ "type": "string" }))
            .gives::<Availability>(200, "Whether it is to be had, and if not, why and what is free near it.")
            .limited()
            .refuses(400, &["missing_label"]),
        Api::ListSites => {
            Operation::new(Tag::Sites, "One's sites").gives::<Sites>(200, "All of them; one at most, for now.")
        }
        Api::CreateSite => Operation::new(Tag::Sites, "Makes a site")
            .takes::<NewSite>()
            .gives::<Site>(201, "The new site.")
            .refuses_with::<Suggestions>(409, &["taken", "one_site_per_account", "being_deleted"])
            .refuses_with::<Suggestions>(422, &["invalid", "reserved", "invalid_domain", "not_proven"]),
        Api::ListMentions => Operation::new(Tag::OpenWeb, "What others wrote about one's pages elsewhere")
            .query("state", "Which.", json!({ "type": "string", "enum": ["waiting", "shown"], "default": "waiting" }))
            .paged()
            .gives::<Mentions>(200, "The newest first.")
            .refuses(400, &["invalid_state"])
            .refuses(403, &["site_needed"]),
        Api::LetMentionIn => Operation::new(Tag::OpenWeb, "Shows a mention, and from now on what its website says")
            .gives_nothing(204, "It is on the page within a few minutes.")
            .refuses(403, &["site_needed", "wrong_origin"]),
        Api::RefuseMention => Operation::new(Tag::OpenWeb, "Does not show a mention")
            .gives_nothing(204, "It is not shown, and telling it again does not bring it back.")
            .refuses(403, &["site_needed", "wrong_origin"]),
        Api::CheckTag => Operation::new(Tag::Sites, "Whether a website proves to be one's own")
            .about(
                "Looks at the website's first page for the tag of this account, and at its DNS record. Changes nothing: the \
                 proof is looked for again when the site is made.",
            )
            .needs("domain", "The address of the website, as somebody typed it.", json!({ "type": "string" }))
            .gives::<Seen>(200, "What was seen.")
            .limited()
            .refuses(400, &["missing_domain"])
            .refuses(403, &["wrong_origin"])
            .refuses(422, &["invalid_domain"]),
        Api::ProveSite => Operation::new(Tag::Sites, "Looks at a connected website again")
            .gives::<Seen>(200, "What was seen. What was found counts at once.")
            .refuses(409, &["not_connected"]),
        Api::GetSite => Operation::new(Tag::Sites, "One site").gives::<Site>(200, "The site."),
        Api::DeleteSite => {
            Operation::new(Tag::Sites, "Deletes a site for good, with its versions and its conversation")
                .gives_nothing(204, "Nothing is left of it.")
                .gives_nothing(202, "Visitors see it no more; the rest follows by itself.")
                .refuses(503, &["not_ready"])
        }
        Api::GetSiteSettings => Operation::new(Tag::Sites, "What a site is set to, and its domain")
            .gives::<SiteSettings>(200, "The settings.")
            .refuses(409, &["not_made_here"]),
        Api::ChangeSiteSettings => Operation::new(Tag::Sites, "Sets a site otherwise")
            .about("Visitors notice within seconds.")
            .takes::<SiteSettingsChange>()
            .gives::<SiteSettings>(200, "The settings as they are now.")
            .refuses(400, &["nothing_to_change"])
            .refuses(409, &["not_made_here"])
            .refuses(503, &["not_ready"]),
        Api::PutDomain => Operation::new(Tag::Sites, "Begins with a domain of one's own for a site")
            .about(
                "The answer says which records to set in the domain's DNS. From then on it is looked for them, and the site is \
                 at the domain as soon as all is there.",
            )
            .takes::<NewDomain>()
            .gives::<CustomDomain>(200, "The domain, and how far it has got.")
            .refuses(404, &["not_offered"])
            .refuses(409, &["not_made_here", "one_domain_per_site", "taken"])
            .refuses(422, &["invalid_domain"])
            .refuses(503, &["not_ready"]),
        Api::DeleteDomain => Operation::new(Tag::Sites, "Takes the domain of a site out")
            .gives_nothing(204, "Visitors of the domain do not get to the site any more.")
            .refuses(503, &["not_ready"]),
        Api::CheckDomain => Operation::new(Tag::Sites, "Looks at the domain of a site")
            .gives::<CustomDomain>(200, "What was seen. What was found counts at once.")
            .refuses(404, &["not_offered"])
            .refuses(503, &["not_ready"]),
        Api::ListSnapshots => Operation::new(Tag::Sites, "The versions of a site, newest first")
            .paged()
            .gives::<Versions>(200, "A page of the list."),
        Api::RestoreSnapshot => Operation::new(Tag::Sites, "Makes a version live again")
            .takes::<Wish>()
            .gives::<Restored>(200, "The entry that this made in the list.")
            .refuses(409, &["version_not_finished", "already_live", "live_changed"])
            .refuses(503, &["not_ready"]),
        Api::ChangeSnapshot => Operation::new(Tag::Sites, "Names a version, writes a note on it, or keeps it for good")
            .about("Of the versions that are not kept for good, the newest 50 stay. 50 can be kept.")
            .takes::<SnapshotChange>()
            .gives::<Snapshot>(200, "The version as it is now.")
            .refuses(400, &["nothing_to_change"])
            .refuses(409, &["too_many_pins", "version_not_finished"])
            .refuses(422, &["invalid_words"]),
        Api::SnapshotChanges => Operation::new(Tag::Sites, "What is different in a version")
            .about(
                "Files that are new, other or gone, and of texts the lines. Of a version with very many texts that changed, \
                 the lines of those that come last are there only for who asks for them by `path`.",
            )
            .query(
                "from",
                "The version to compare it with; otherwise the one that visitors saw before it.",
                json!({ "type": "string" }),
            )
            .query("path", "The one file to look at.", json!({ "type": "string" }))
            .gives::<Changes>(200, "What is different.")
            .limited()
            .refuses(409, &["version_not_finished"]),
        Api::SnapshotArchive => Operation::new(Tag::Sites, "The files of a version, as a zip archive")
            .query("part", "Which part, from 1, of a version that takes several.", json!({ "type": "integer", "minimum": 1 }))
            .gives_file(200, "application/zip", "The archive.", |_| json!({ "type": "string", "format": "binary" }))
            .limited()
            .refuses(413, &["too_many_files"])
            .refuses(422, &["invalid_part"])
            .refuses(409, &["version_not_finished"]),
        Api::LiveArchive => Operation::new(Tag::Sites, "The files that visitors see, as a zip archive")
            .query("part", "Which part, from 1, of a version that takes several.", json!({ "type": "integer", "minimum": 1 }))
            .gives_file(200, "application/zip", "The archive.", |_| json!({ "type": "string", "format": "binary" }))
            .limited()
            .refuses(413, &["too_many_files"])
            .refuses(422, &["invalid_part"]),
        Api::PublishToken => Operation::new(Tag::Sites, "Lets a person publish files of their own")
            .about("The token is good for an hour and for this site. Publishing with it goes as it does for agents.")
            .gives::<Permission>(201, "What to publish with.")
            .refuses(409, &["lives_elsewhere"]),
        Api::OpenApi => Operation::new(Tag::Service, "This document")
            .gives_file(200, "application/json", "The document.", |_| json!({ "type": "object" }))
            .with_header("ETag", "Says with `If-None-Match` whether it has changed; then the answer is 304.")
            .gives_nothing(304, "It has not changed."),
        Api::AdminFind => Operation::new(Tag::Operator, "Finds accounts and sites")
            .about("By address, handle, domain, label or id. Whose account is shown reads of it in their list.")
            .needs("q", "What to look for.", json!({ "type": "string" }))
            .gives::<Found>(200, "What there is; nothing, perhaps.")
            .refuses(400, &["missing_q"]),
        Api::AdminClearSession => Operation::new(Tag::Operator, "Has the agent of a site begin anew")
            .about("Its session at the agent service goes; what was said and what was published stay.")
            .gives_nothing(204, "The next message begins a new session.")
            .refuses(503, &["not_ready"]),
        Api::AdminTakeDown => Operation::new(Tag::Operator, "Takes a site down")
            .about("Visitors are told why within seconds, its owner by mail. Nothing of it is lost.")
            .takes::<Takedown>()
            .gives_nothing(204, "It is down.")
            .refuses(422, &["invalid_reason"])
            .refuses(503, &["not_ready"]),
        Api::AdminPutBack => Operation::new(Tag::Operator, "Puts a site back that was taken down")
            .gives_nothing(204, "It is as it was.")
            .refuses(503, &["not_ready"]),
        Api::AdminReports => Operation::new(Tag::Operator, "The reports that nobody has looked at, the oldest first")
            .gives::<Reports>(200, "The first hundred."),
        Api::AdminCloseReport => Operation::new(Tag::Operator, "Closes a report")
            .takes::<Closing>()
            .gives_nothing(204, "Nobody has to look at it again."),
        Api::AdminResync => Operation::new(Tag::Operator, "Has the edge's copies written once more")
            .about("The schedule does it, within a minute or so.")
            .takes::<WhichSites>()
            .gives::<Resynced>(202, "How many sites are looked at."),
        Api::AdminReseal => Operation::new(Tag::Operator, "Seals a part of people's secrets again")
            .about("With the key that is in use now, while `SECRETS_KEY` is being changed. What is replaced meanwhile stays as it is.")
            .takes::<WhichSecrets>()
            .gives::<Resealed>(200, "How far that went, and where to go on.")
            .refuses(503, &["not_ready"]),
        Api::Feed
        | Api::SiteProfile
        | Api::ListFollowing
        | Api::ListFollowers
        | Api::ListMutuals
        | Api::Follow
        | Api::Unfollow
        | Api::FollowWebsite
        | Api::UnfollowWebsite
        | Api::ListBlocks
        | Api::Block
        | Api::Unblock
        | Api::ListMutes
        | Api::Mute
        | Api::Unmute
        | Api::GetPreferences
        | Api::ChangePreferences
        | Api::ListNotifications
        | Api::ReadNotifications => return follow::operation(row),
        Api::Health => Operation::new(Tag::Service, "Whether Vetka answers")
            .gives::<Health>(200, "All of it does.")
            .gives::<Health>(503, "A part of it does not; the answer says which."),
    })
}
