//! BetterAuth's wire. Its endpoints read their bodies field by field, because that protocol says of each what was wrong
//! with it; what they look for is written down here as types.

use crate::operation::{Operation, Tag};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use vetka_api::contract::auth::{
    Account, Deleted, Redirect, Running, Session, SessionAndUser, SignedIn, Status, Success,
};

/// A refusal on BetterAuth's wire.
#[derive(Serialize, JsonSchema)]
pub struct AuthError {
    /// For programs. Some refusals have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = "^[A-Z][A-Z0-9_]*$"))]
    code: Option<String>,
    /// In BetterAuth's words.
    message: String,
}

/// What a code is for.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum AuthCodePurpose {
    /// The one that is sent.
    SignIn,
    /// Answered like an address without an account: nothing is sent.
    EmailVerification,
    /// The same.
    ForgetPassword,
    /// Refused.
    ChangeEmail,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its shape is looked at, as with all of these")]
struct AuthSendCode {
    email: String,
    r#type: AuthCodePurpose,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code)]
struct AuthCheckCode {
    email: String,
    r#type: AuthCodePurpose,
    /// The six digits.
    otp: String,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code)]
struct AuthVerifyEmail {
    email: String,
    otp: String,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code)]
struct AuthSignInCode {
    email: String,
    /// The six digits.
    otp: String,
    /// What a new account is called.
    #[serde(default)]
    #[schemars(length(max = 100))]
    name: String,
    /// The address of a new account's picture.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    image: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code)]
struct AuthSocial {
    /// `google` or `github`.
    provider: String,
    /// Where it ends: a path, or an address of the app's own origin.
    #[serde(default, rename = "callbackURL")]
    callback_url: String,
    /// Where it ends when it fails; the code of the failure is added as `error`.
    #[serde(default, rename = "errorCallbackURL")]
    error_callback_url: String,
    /// Where it ends when it has made an account.
    #[serde(default, rename = "newUserCallbackURL")]
    new_user_callback_url: String,
    /// The client does not follow by itself.
    #[serde(default)]
    disable_redirect: bool,
    /// An address or a name that the provider may fill in.
    #[serde(default)]
    #[schemars(length(max = 254))]
    login_hint: String,
    /// Not read: a provider is asked who it is, and for nothing else.
    #[serde(default)]
    scopes: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code)]
struct AuthRevoke {
    /// The session's public name.
    token: String,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code)]
struct AuthUpdateUser {
    /// The empty text takes the name away.
    #[serde(default)]
    name: String,
    /// Null takes the picture away.
    #[serde(default)]
    image: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code)]
struct AuthUnlink {
    /// The `id` of an entry of `list-accounts`.
    account_id: String,
}

fn new(summary: &'static str) -> Operation {
    Operation::new(Tag::Auth, summary)
}

fn read(summary: &'static str) -> Operation {
    new(summary).refuses(400, &["VALIDATION_ERROR"])
}

pub fn ok() -> Operation {
    new("Whether this wire answers").gives::<Running>(200, "It does.")
}

pub fn error() -> Operation {
    new("Where a failed way through a provider ends that has no other place")
        .query("error", "The code of the failure.", json!({ "type": "string" }))
        .gives_nothing(302, "To the sign-in dialog, which says it in words.")
}

pub fn send_code() -> Operation {
    read("Sends a code by mail")
        .about("The answer is the same for every address.")
        .takes::<AuthSendCode>()
        .gives::<Success>(200, "It is on its way.")
        .refuses(400, &["INVALID_EMAIL"])
        .refuses(403, &["CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"])
        .refuses(502, &["EMAIL_NOT_SENT"])
}

pub fn check_code() -> Operation {
    codes("Whether a code is right, which leaves it good")
        .takes::<AuthCheckCode>()
        .gives::<Success>(200, "It is.")
        .refuses(400, &["INVALID_EMAIL", "USER_NOT_FOUND"])
}

pub fn verify_email() -> Operation {
    read("Verifies an address")
        .about(
            "There is nothing to verify: an account is made by the first proof of its address. No code is right here.",
        )
        .takes::<AuthVerifyEmail>()
        .refuses(400, &["INVALID_EMAIL", "INVALID_OTP"])
}

pub fn sign_in_code() -> Operation {
    codes("Signs in with a code")
        .about("The code works once, and only in the browser that asked for it. The first one for an address makes the account.")
        .takes::<AuthSignInCode>()
        .gives::<SignedIn>(200, "Signed in.")
}

fn codes(summary: &'static str) -> Operation {
    read(summary).refuses(400, &["INVALID_OTP", "OTP_EXPIRED"]).refuses(403, &["TOO_MANY_ATTEMPTS"])
}

pub fn social(summary: &'static str) -> Operation {
    read(summary)
        .takes::<AuthSocial>()
        .gives::<Redirect>(200, "Where the browser is to go.")
        .with_header("Location", "The same address, unless the client is not to follow.")
        .refuses(
            403,
            &[
                "INVALID_CALLBACK_URL",
                "INVALID_REDIRECT_URL",
                "INVALID_ERROR_CALLBACK_URL",
                "INVALID_NEW_USER_CALLBACK_URL",
            ],
        )
        .refuses(404, &["PROVIDER_NOT_FOUND", "ID_TOKEN_NOT_SUPPORTED"])
        .refuses(502, &["PROVIDER_UNAVAILABLE"])
}

pub fn callback(summary: &'static str) -> Operation {
    let text = || json!({ "type": "string" });
    new(summary)
        .query("state", "What the way began with; it ends only in the browser that has it in a cookie.", text())
        .query("code", "What the provider gives for who it was.", text())
        .query("error", "Why there is no code.", text())
        .query("error_description", "The same in words.", text())
        .query("iss", "Who the answer is from.", text())
        .gives_nothing(302, "To where the way was to end, or to where failures go, with the code as `error`.")
}

pub fn get_session() -> Operation {
    new("The session that asks, and whose it is")
        .query("disableRefresh", "`true` leaves the session's end where it is.", json!({ "type": "string" }))
        .gives::<Option<SessionAndUser>>(200, "Null when nobody is signed in.")
}

pub fn post_session() -> Operation {
    new("A way of refreshing sessions that is not used").refuses(405, &["METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED"])
}

pub fn sign_out() -> Operation {
    new("Signs out").gives::<Success>(200, "With a session or without one.")
}

pub fn list_sessions() -> Operation {
    new("One's sessions, the one that was used last first")
        .gives::<Vec<Session>>(200, "Those that have not run out.")
        .refuses(403, &["SESSION_NOT_FRESH"])
}

pub fn revoke_session() -> Operation {
    read("Ends one session")
        .takes::<AuthRevoke>()
        .gives::<Status>(200, "Also when there is no such session, or it is somebody else's: then nothing happens.")
}

pub fn revoke(summary: &'static str) -> Operation {
    new(summary).gives::<Status>(200, "They are over.")
}

pub fn update_user() -> Operation {
    read("Changes the name or the picture")
        .takes::<AuthUpdateUser>()
        .gives::<Status>(200, "It is changed.")
        .refuses(400, &["BODY_MUST_BE_AN_OBJECT", "EMAIL_CAN_NOT_BE_UPDATED"])
}

pub fn delete_user() -> Operation {
    new("Leaves")
        .about("Every session ends. For seven days whoever signs in again finds the account, and may keep it.")
        .gives::<Deleted>(200, "It is done.")
        .refuses(400, &["SESSION_EXPIRED"])
}

pub fn list_accounts() -> Operation {
    new("The identities that are connected, oldest first").gives::<Vec<Account>>(200, "All of them.")
}

pub fn unlink_account() -> Operation {
    read("Disconnects an identity")
        .takes::<AuthUnlink>()
        .gives::<Status>(200, "It is disconnected.")
        .refuses(400, &["ACCOUNT_NOT_FOUND"])
        .refuses(403, &["SESSION_NOT_FRESH"])
}
