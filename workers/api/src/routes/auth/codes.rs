//! Codes by mail: sending one, checking one, and signing in with one.

use super::{
    answers::{SignedIn, Success},
    wire::{self, Fields, refused},
};
use crate::{
    account::{
        codes::{self, Tried, Use},
        sessions::{self, Introduction, Way},
    },
    answer::{self, Answer},
    ask::Ask,
};
use vetka_domain::{email::Email, name::Name, otp::Verdict, picture};
use vetka_edge::{Error, Result};

const TYPES: &[&str] = &["email-verification", "sign-in", "forget-password", "change-email"];
const SIGN_IN: &str = "sign-in";
const MAX_NAME: usize = 100;
const MAX_IMAGE: usize = 2000;

/// `POST /email-otp/send-verification-otp`.
pub async fn send(ask: Ask, body: Vec<u8>) -> Answer {
    let body = wire::read(&ask, &body)?;
    wire::require_login_origin(&ask)?;
    let mut fields = Fields::of(body.as_ref());
    let (typed, purpose) = (fields.text("email"), fields.choice("type", TYPES));
    fields.finish()?;
    if purpose == "change-email" {
        return wire::plain(400, "Invalid OTP type");
    }
    let email = parse(typed)?;
    // Every address here is verified by signing in and there are no passwords, so for the other purposes there is nothing
    // to prove. The answer is the one for an address without an account, which gets no mail either.
    if purpose == SIGN_IN {
        codes::send(&ask, &email).await?;
    }
    answer::json(200, &Success::default())
}

/// `POST /email-otp/check-verification-otp`: a try that leaves a right code good.
pub async fn check(ask: Ask, body: Vec<u8>) -> Answer {
    let body = wire::read(&ask, &body)?;
    wire::require_origin(&ask)?;
    let mut fields = Fields::of(body.as_ref());
    let (typed, purpose, code) = (fields.text("email"), fields.choice("type", TYPES), fields.text("otp"));
    fields.finish()?;
    let email = parse(typed)?;
    if purpose != SIGN_IN {
        return Err(invalid().into());
    }
    require_right(codes::try_code(&ask, &email, code, Use::Check).await?)?;
    if !sessions::has_account(&ask, &email).await? {
        return Err(refused(400, "USER_NOT_FOUND", "User not found").into());
    }
    answer::json(200, &Success::default())
}

/// `POST /sign-in/email-otp`: a right code is used up; the first one for an address makes the account.
pub async fn sign_in(ask: Ask, body: Vec<u8>) -> Answer {
    let body = wire::read(&ask, &body)?;
    wire::require_origin(&ask)?;
    let mut fields = Fields::of(body.as_ref());
    let (typed, code) = (fields.text("email"), fields.text("otp"));
    let (name, image) = (fields.optional("name", MAX_NAME), fields.optional("image", MAX_IMAGE));
    fields.finish()?;
    let name = introduced(name, image)?;
    // This endpoint does not judge addresses: for one that cannot be, there is no code.
    let email = Email::parse(typed).ok_or_else(invalid)?;
    require_right(codes::try_code(&ask, &email, code, Use::Consume).await?)?;
    let introduction = Introduction { name, image: image.map(str::to_owned) };
    let (token, user) = sessions::begin(&ask, &email, Way::Code(&introduction)).await?;
    answer::json(200, &SignedIn { token, user })
}

/// `POST /email-otp/verify-email`: there is nothing to verify. An account is made by the first proof of its address, so no
/// code of that purpose is ever sent, and none is right.
pub async fn verify(ask: Ask, body: Vec<u8>) -> Answer {
    let body = wire::read(&ask, &body)?;
    wire::require_origin(&ask)?;
    let mut fields = Fields::of(body.as_ref());
    let (typed, _code) = (fields.text("email"), fields.text("otp"));
    fields.finish()?;
    parse(typed)?;
    Err(invalid().into())
}

/// What somebody says of themselves is held to the rules of their settings.
fn introduced(name: Option<&str>, image: Option<&str>) -> Result<String> {
    let name = Name::from_typed(name.unwrap_or_default())
        .map_err(|problem| refused(400, "VALIDATION_ERROR", format!("[body.name] {}", problem.sentence())))?;
    if image.is_some_and(|address| !picture::is_address(address)) {
        return Err(refused(400, "VALIDATION_ERROR", "[body.image] Invalid URL"));
    }
    Ok(name.as_str().to_owned())
}

fn parse(typed: &str) -> Result<Email> {
    Email::parse(typed).ok_or_else(|| refused(400, "INVALID_EMAIL", "Invalid email"))
}

fn invalid() -> Error {
    refused(400, "INVALID_OTP", "Invalid OTP")
}

fn require_right(tried: Tried) -> Result<()> {
    match tried {
        Tried::Judged(Verdict::Right) => Ok(()),
        Tried::Judged(Verdict::Wrong) => Err(invalid()),
        Tried::Judged(Verdict::Expired) => Err(refused(400, "OTP_EXPIRED", "OTP expired")),
        Tried::Judged(Verdict::TooMany) => Err(refused(403, "TOO_MANY_ATTEMPTS", "Too many attempts")),
        // Said whenever this browser has asked for nothing, so that it tells nobody whether a code is on its way.
        Tried::OtherBrowser => Err(refused(
            400,
            "INVALID_OTP",
            "A code works only in the browser that asked for it. Use it there, or ask for a new one here.",
        )),
    }
}
