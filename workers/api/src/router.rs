//! Which handler answers which route. The table is `vetka_domain::routes::API`; the match below is exhaustive, so a row
//! without a handler does not compile.

use crate::{
    account::providers,
    answer::{Answer, empty},
    ask::Ask,
    limits,
    routes::{
        account, account_data, admin, apart, assets, auth, builder, connect, feed, follow, follow_pages, health, hub,
        mentions, messages, messages_page, notch, notifications, pictures, reactions, report, settings, setup, sign_in,
        sign_in_forms, site_settings, sites, sites_page, snapshots, thumbnails,
    },
};
use futures::future::LocalBoxFuture;
use vetka_app::{
    door::{House, MAX_BODY},
    handler::{Given, Handler},
};
use vetka_domain::{
    picture,
    routes::{API, Api, Match, find, row},
};
use vetka_edge::{Error, Result, error, trace};

/// This worker, behind the door.
pub struct Apex;

impl House for Apex {
    const WORKER: &'static str = "vetka-api";

    fn row(method: &str, path: &str) -> trace::Row {
        trace::row(row(API, method, path))
    }

    fn longest(path: &str) -> usize {
        if path == "/api/account/picture" { picture::MAX_BYTES } else { MAX_BODY }
    }

    async fn admit(ask: &Ask) -> Result<()> {
        // BetterAuth has a rule of its own for where a request comes from, which its client was made for.
        if is_auth(ask) {
            return limits::auth(ask).await;
        }
        if ask.changes_something() { ask.require_origin() } else { Ok(()) }
    }

    async fn answer(ask: Ask, body: Vec<u8>) -> Answer {
        let found = find(API, ask.method(), ask.target().path);
        match found {
            Match::Found(id, names) => handler(id, Given::new(ask, names, body)).await,
            // On BetterAuth's wire a wrong path and a wrong method are the same: 404, and nothing more is said.
            _ if is_auth(&ask) => Ok(empty(404)),
            Match::WrongMethod(allowed) => Err(error::method_not_allowed(&allowed).into()),
            Match::NotFound => Err(error::not_found("There is nothing at this address.").into()),
        }
    }

    fn refused(ask: &Ask, refusal: &Error) -> Option<Answer> {
        (is_auth(ask) && refusal.status == 429).then(|| auth::limited(ask, refusal))
    }

    fn frames(ask: &Ask) -> String {
        ask.config().sites_frame_source()
    }

    fn form_targets(ask: &Ask) -> String {
        providers::form_targets(ask)
    }
}

fn is_auth(ask: &Ask) -> bool {
    ask.target().path.starts_with("/api/auth/")
}

fn handler(id: Api, given: Given) -> LocalBoxFuture<'static, Answer> {
    match id {
        Api::Hub => hub::show.answer(given),
        Api::AfterSignIn => hub::after_sign_in.answer(given),
        Api::SignInPage | Api::SignUpPage => sign_in::dialog.answer(given),
        Api::ProviderPage => sign_in::callback.answer(given),
        Api::SignInForm => sign_in_forms::send_code.answer(given),
        Api::SignInCodeForm => sign_in_forms::take_code.answer(given),
        Api::SocialForm => sign_in_forms::social.answer(given),
        Api::SignOutForm => sign_in_forms::sign_out.answer(given),
        Api::Setup => setup::choice.answer(given),
        Api::SetupScript => connect::page.answer(given),
        Api::SetupScriptForm => connect::take_website.answer(given),
        Api::SetupGenerate => setup::generate.answer(given),
        Api::SetupGenerateForm => setup::take_name.answer(given),
        Api::SitesPage => sites_page::list.answer(given),
        Api::DeleteForm => sites_page::delete.answer(given),
        Api::Builder => builder::show.answer(given),
        Api::RestoreForm => builder::restore.answer(given),
        Api::SiteSettingsPage => site_settings::show.answer(given),
        Api::SiteSettingsForm => site_settings::change_form.answer(given),
        Api::MentionsPage => mentions::show.answer(given),
        Api::MentionsForm => mentions::answer_form.answer(given),
        Api::DomainForm => site_settings::begin_form.answer(given),
        Api::DomainCheckForm => site_settings::check_form.answer(given),
        Api::DomainRemoveForm => site_settings::remove_form.answer(given),
        Api::Settings => settings::show.answer(given),
        Api::ProfileForm => settings::forms::profile.answer(given),
        Api::RemovePictureForm => settings::forms::remove_picture.answer(given),
        Api::SignOutDeviceForm => settings::forms::sign_out_device.answer(given),
        Api::SignOutOthersForm => settings::forms::sign_out_others.answer(given),
        Api::ConnectForm => settings::forms::connect.answer(given),
        Api::DisconnectForm => settings::forms::disconnect.answer(given),
        Api::ExportForm => settings::forms::download.answer(given),
        Api::DeletionForm => settings::forms::delete.answer(given),
        Api::KeepForm => settings::forms::keep.answer(given),
        Api::AuthOk => auth::ok.answer(given),
        Api::AuthError => auth::social::error.answer(given),
        Api::SendCode => auth::codes::send.answer(given),
        Api::CheckCode => auth::codes::check.answer(given),
        Api::VerifyEmail => auth::codes::verify.answer(given),
        Api::SignInCode => auth::codes::sign_in.answer(given),
        Api::SignInSocial => auth::social::sign_in.answer(given),
        Api::SocialCallback => auth::social::callback.answer(given),
        Api::SocialCallbackForm => auth::social::callback_form.answer(given),
        Api::GetSession => auth::session::get.answer(given),
        Api::PostSession => auth::session::wrong_method.answer(given),
        Api::SignOut => auth::session::sign_out.answer(given),
        Api::ListSessions => auth::session::list.answer(given),
        Api::RevokeSession => auth::session::revoke.answer(given),
        Api::RevokeSessions => auth::session::revoke_all.answer(given),
        Api::RevokeOtherSessions => auth::session::revoke_others.answer(given),
        Api::UpdateUser => auth::user::update.answer(given),
        Api::DeleteUser => auth::user::delete.answer(given),
        Api::ListAccounts => auth::social::list.answer(given),
        Api::LinkSocial => auth::social::link.answer(given),
        Api::UnlinkAccount => auth::social::unlink.answer(given),
        Api::Google => sign_in::google.answer(given),
        Api::GoogleCallback => sign_in::google_callback.answer(given),
        Api::WhoAmI => sign_in::me.answer(given),
        Api::LogOut => sign_in::log_out.answer(given),
        Api::GetAccount => account::get.answer(given),
        Api::ChangeAccount => account::change.answer(given),
        Api::PutPicture => account::put_picture.answer(given),
        Api::DeletePicture => account::delete_picture.answer(given),
        Api::ListAudit => account::audit.answer(given),
        Api::Picture => pictures::show.answer(given),
        Api::Thumbnail => thumbnails::show.answer(given),
        Api::Report => report::show.answer(given),
        Api::ReportForm => report::take.answer(given),
        Api::Notch => assets::notch.answer(given),
        Api::CheckLabel => sites::check.answer(given),
        Api::ListSites => sites::list.answer(given),
        Api::CreateSite => sites::create.answer(given),
        Api::GetSite => sites::get.answer(given),
        Api::DeleteSite => sites::delete.answer(given),
        Api::ProofForm => connect::look_again_form.answer(given),
        Api::ProveSite => connect::look_again.answer(given),
        Api::GetSiteSettings => site_settings::get.answer(given),
        Api::ChangeSiteSettings => site_settings::change.answer(given),
        Api::PutDomain => site_settings::begin.answer(given),
        Api::DeleteDomain => site_settings::remove.answer(given),
        Api::CheckDomain => site_settings::check.answer(given),
        Api::CheckTag => connect::check.answer(given),
        Api::ListMentions => mentions::list.answer(given),
        Api::LetMentionIn => mentions::let_in.answer(given),
        Api::RefuseMention => mentions::refuse.answer(given),
        Api::ListSnapshots => snapshots::list.answer(given),
        Api::RestoreSnapshot => snapshots::restore.answer(given),
        Api::ChangeSnapshot => snapshots::change.answer(given),
        Api::SnapshotChanges => snapshots::changes.answer(given),
        Api::SnapshotArchive => snapshots::archive.answer(given),
        Api::LiveArchive => snapshots::live_archive.answer(given),
        Api::PublishToken => snapshots::permit.answer(given),
        Api::AskForDeletion => account_data::ask_for_deletion.answer(given),
        Api::CancelDeletion => account_data::cancel_deletion.answer(given),
        Api::Export => account_data::export.answer(given),
        Api::AdminFind => admin::find.answer(given),
        Api::AdminClearSession => admin::clear_session.answer(given),
        Api::AdminTakeDown => admin::take_down.answer(given),
        Api::AdminPutBack => admin::put_back.answer(given),
        Api::AdminReports => admin::reports.answer(given),
        Api::AdminCloseReport => admin::close_report.answer(given),
        Api::AdminResync => admin::resync.answer(given),
        Api::AdminReseal => admin::reseal.answer(given),
        Api::ListReactions => reactions::list.answer(given),
        Api::React => reactions::leave.answer(given),
        Api::EditReaction => reactions::edit.answer(given),
        Api::UndoReaction => reactions::undo.answer(given),
        Api::HideReaction => reactions::hide.answer(given),
        Api::ShowReaction => reactions::show.answer(given),
        Api::WhoReacted => reactions::who.answer(given),
        Api::Annotations => reactions::annotations.answer(given),
        Api::GetAnnotation => reactions::annotation.answer(given),
        Api::SiteReactions => reactions::received.answer(given),
        Api::SiteReactionsPage => reactions::page.answer(given),
        Api::HideReactionForm => reactions::hide_form.answer(given),
        Api::Health => health::show.answer(given),
        Api::Embed => notch::pages::embed.answer(given),
        Api::Agree => notch::pages::agree.answer(given),
        Api::AgreeSignedIn => notch::pages::signed_in.answer(given),
        Api::Playground => notch::pages::playground.answer(given),
        Api::PlaygroundPage => notch::pages::playground_page.answer(given),
        Api::EndGrantForm => notch::end_form.answer(given),
        Api::NewGrant => notch::agree.answer(given),
        Api::RedeemGrant => notch::redeem.answer(given),
        Api::NotchBearer => notch::bearer.answer(given),
        Api::NotchMe => notch::me.answer(given),
        Api::NotchSignOut => notch::sign_out.answer(given),
        Api::NotchNonce => notch::nonce.answer(given),
        Api::ListGrants => notch::list.answer(given),
        Api::EndGrant => notch::end.answer(given),
        Api::OpenApi => assets::openapi.answer(given),
        Api::ListThreads => messages::threads.answer(given),
        Api::ListMessages => messages::list.answer(given),
        Api::SendMessage => messages::send.answer(given),
        Api::ReadThread => messages::read.answer(given),
        Api::EditMessage => messages::edit.answer(given),
        Api::DeleteMessage => messages::delete.answer(given),
        Api::MessagesPage => messages_page::list.answer(given),
        Api::ThreadPage => messages_page::thread.answer(given),
        Api::MessageForm => messages_page::send.answer(given),
        Api::MessageReadForm => messages_page::read.answer(given),
        Api::MessageEditForm => messages_page::edit.answer(given),
        Api::MessageDeleteForm => messages_page::delete.answer(given),
        Api::Feed => feed::show.answer(given),
        Api::SiteProfile => follow::profile.answer(given),
        Api::ListFollowing => follow::following.answer(given),
        Api::ListFollowers => follow::followers.answer(given),
        Api::ListMutuals => follow::mutuals.answer(given),
        Api::Follow => follow::follow.answer(given),
        Api::Unfollow => follow::unfollow.answer(given),
        Api::FollowWebsite => follow::follow_website.answer(given),
        Api::UnfollowWebsite => follow::unfollow_website.answer(given),
        Api::ListBlocks => apart::blocks.answer(given),
        Api::Block => apart::block.answer(given),
        Api::Unblock => apart::unblock.answer(given),
        Api::ListMutes => apart::mutes.answer(given),
        Api::Mute => apart::mute.answer(given),
        Api::Unmute => apart::unmute.answer(given),
        Api::GetPreferences => apart::preferences.answer(given),
        Api::ChangePreferences => apart::change_preferences.answer(given),
        Api::ListNotifications => notifications::list.answer(given),
        Api::SitePage => follow_pages::profile.answer(given),
        Api::FollowForm => follow_pages::follow_form.answer(given),
        Api::WebsiteForm => follow_pages::website_form.answer(given),
        Api::ApartForm => follow_pages::apart_form.answer(given),
        Api::NotificationsPage => follow_pages::notifications.answer(given),
        Api::ReadNotificationsForm => follow_pages::read_form.answer(given),
        Api::PreferencesForm => follow_pages::preferences_form.answer(given),
        Api::ReadNotifications => notifications::read.answer(given),
        Api::Assets => assets::built.answer(given),
        Api::Favicon => assets::favicon.answer(given),
        Api::Robots => assets::robots.answer(given),
    }
}
