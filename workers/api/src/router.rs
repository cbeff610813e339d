//! Which handler answers which route. The table is `vetka_domain::routes::API`; the match below is exhaustive, so a row
//! without a handler does not compile.

use crate::{
    answer::{Refused, empty},
    ask::Ask,
    routes::{
        account, account_data, assets, auth, builder, connect, health, hub, pictures, settings, setup, sign_in_forms,
        sites, sites_page, snapshots,
    },
};
use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header::ALLOW},
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use std::sync::LazyLock;
use tower_service::Service;
use vetka_domain::routes::{API, Api, Route};
use vetka_edge::error;

/// One router an isolate.
static ROUTER: LazyLock<Router> = LazyLock::new(build);

/// Finds the handler and has it answer.
pub async fn answer(request: Request<Body>) -> Response {
    let mut router = ROUTER.clone();
    match router.call(request).await {
        Ok(mut response) => {
            // Where nothing more is said, nothing is said of the methods that would do.
            if response.status() == StatusCode::NOT_FOUND {
                response.headers_mut().remove(ALLOW);
            }
            response
        }
        Err(never) => match never {},
    }
}

fn build() -> Router {
    let routes = API.iter().fold(Router::new(), |router, row| router.route(row.path, handler(row)));
    routes.fallback(nothing_here).method_not_allowed_fallback(wrong_method)
}

fn handler(row: &Route<Api>) -> MethodRouter {
    let method = method(row.method);
    match row.id {
        Api::Hub => on(method, hub::show),
        Api::AfterSignIn => on(method, hub::after_sign_in),
        Api::SignInForm => on(method, sign_in_forms::send_code),
        Api::SignInCodeForm => on(method, sign_in_forms::take_code),
        Api::SocialForm => on(method, sign_in_forms::social),
        Api::SignOutForm => on(method, sign_in_forms::sign_out),
        Api::Setup => on(method, setup::choice),
        Api::SetupScript => on(method, connect::page),
        Api::SetupScriptForm => on(method, connect::take_website),
        Api::SetupGenerate => on(method, setup::generate),
        Api::SetupGenerateForm => on(method, setup::take_name),
        Api::SitesPage => on(method, sites_page::list),
        Api::DeleteForm => on(method, sites_page::delete),
        Api::Builder => on(method, builder::show),
        Api::RestoreForm => on(method, builder::restore),
        Api::Settings => on(method, settings::show),
        Api::ProfileForm => on(method, settings::forms::profile),
        Api::RemovePictureForm => on(method, settings::forms::remove_picture),
        Api::SignOutDeviceForm => on(method, settings::forms::sign_out_device),
        Api::SignOutOthersForm => on(method, settings::forms::sign_out_others),
        Api::ConnectForm => on(method, settings::forms::connect),
        Api::DisconnectForm => on(method, settings::forms::disconnect),
        Api::ExportForm => on(method, settings::forms::download),
        Api::DeletionForm => on(method, settings::forms::delete),
        Api::KeepForm => on(method, settings::forms::keep),
        Api::AuthOk => on(method, auth::ok),
        Api::AuthError => on(method, auth::social::error),
        Api::SendCode => on(method, auth::codes::send),
        Api::CheckCode => on(method, auth::codes::check),
        Api::VerifyEmail => on(method, auth::codes::verify),
        Api::SignInCode => on(method, auth::codes::sign_in),
        Api::SignInSocial => on(method, auth::social::sign_in),
        Api::SocialCallback => on(method, auth::social::callback),
        Api::SocialCallbackForm => on(method, auth::social::callback_form),
        Api::GetSession => on(method, auth::session::get),
        Api::PostSession => on(method, auth::session::wrong_method),
        Api::SignOut => on(method, auth::session::sign_out),
        Api::ListSessions => on(method, auth::session::list),
        Api::RevokeSession => on(method, auth::session::revoke),
        Api::RevokeSessions => on(method, auth::session::revoke_all),
        Api::RevokeOtherSessions => on(method, auth::session::revoke_others),
        Api::UpdateUser => on(method, auth::user::update),
        Api::DeleteUser => on(method, auth::user::delete),
        Api::ListAccounts => on(method, auth::social::list),
        Api::LinkSocial => on(method, auth::social::link),
        Api::UnlinkAccount => on(method, auth::social::unlink),
        Api::GetAccount => on(method, account::get),
        Api::ChangeAccount => on(method, account::change),
        Api::PutPicture => on(method, account::put_picture),
        Api::DeletePicture => on(method, account::delete_picture),
        Api::ListAudit => on(method, account::audit),
        Api::Picture => on(method, pictures::show),
        Api::CheckLabel => on(method, sites::check),
        Api::ListSites => on(method, sites::list),
        Api::CreateSite => on(method, sites::create),
        Api::GetSite => on(method, sites::get),
        Api::DeleteSite => on(method, sites::delete),
        Api::ProofForm => on(method, connect::look_again_form),
        Api::ProveSite => on(method, connect::look_again),
        Api::CheckTag => on(method, connect::check),
        Api::ListSnapshots => on(method, snapshots::list),
        Api::RestoreSnapshot => on(method, snapshots::restore),
        Api::AskForDeletion => on(method, account_data::ask_for_deletion),
        Api::CancelDeletion => on(method, account_data::cancel_deletion),
        Api::Export => on(method, account_data::export),
        Api::Health => on(method, health::show),
        Api::OpenApi => on(method, assets::openapi),
        Api::Assets => on(method, assets::built),
        Api::Favicon => on(method, assets::favicon),
        Api::Robots => on(method, assets::robots),
    }
}

/// A method that the table cannot mean is answered as GET; the test below keeps such rows out.
fn method(name: &str) -> MethodFilter {
    Method::from_bytes(name.as_bytes())
        .ok()
        .and_then(|method| MethodFilter::try_from(method).ok())
        .unwrap_or(MethodFilter::GET)
}

async fn nothing_here(ask: Ask) -> Response {
    if is_auth(&ask) {
        return empty(404);
    }
    Refused::from(error::not_found("There is nothing at this address.")).into_response()
}

/// The router adds the `Allow` header.
async fn wrong_method(ask: Ask) -> Response {
    if is_auth(&ask) {
        return empty(404);
    }
    Refused::from(vetka_edge::Error::new(405, "method_not_allowed", "That cannot be done at this address."))
        .into_response()
}

/// On BetterAuth's wire a wrong path and a wrong method are the same: 404, and nothing more is said.
fn is_auth(ask: &Ask) -> bool {
    ask.target().path.starts_with("/api/auth/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_method_and_the_router_takes_every_path() {
        for row in API {
            let method = Method::from_bytes(row.method.as_bytes()).unwrap();
            assert!(MethodFilter::try_from(method).is_ok(), "{}", row.path);
        }
        let _ = build();
    }
}
