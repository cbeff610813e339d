//! The api worker's routes.

use crate::{
    auth,
    operation::{Operation, Tag},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use vetka_api::contract::{
    Account, AccountChange, AskForDeletion, Availability, Deletion, Events, Health, NewSite, Seen, Site, Sites,
    Versions, Wish,
};
use vetka_domain::routes::Api;
use vetka_edge::snapshot::Restored;

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
        Api::Hub
        | Api::AfterSignIn
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
        | Api::Settings
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
        | Api::Picture => return None,
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
        Api::ListSnapshots => Operation::new(Tag::Sites, "The versions of a site, newest first")
            .paged()
            .gives::<Versions>(200, "A page of the list."),
        Api::RestoreSnapshot => Operation::new(Tag::Sites, "Makes a version live again")
            .takes::<Wish>()
            .gives::<Restored>(200, "The entry that this made in the list.")
            .refuses(409, &["version_not_finished", "already_live", "live_changed"])
            .refuses(503, &["not_ready"]),
        Api::OpenApi => Operation::new(Tag::Service, "This document")
            .gives_file(200, "application/json", "The document.", |_| json!({ "type": "object" }))
            .with_header("ETag", "Says with `If-None-Match` whether it has changed; then the answer is 304.")
            .gives_nothing(304, "It has not changed."),
        Api::Health => Operation::new(Tag::Service, "Whether Vetka answers")
            .gives::<Health>(200, "All of it does.")
            .gives::<Health>(503, "A part of it does not; the answer says which."),
    })
}
