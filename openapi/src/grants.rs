//! Being known in the frame that stands on members' pages.

use crate::operation::{Operation, Tag};
use vetka_api::contract::notch::{Bearer, Code, Grants, Me, NewGrant, Nonce, Nothing, Redeemed, Redemption, Retry};

/// What a request of the frame must look like, for the routes that are the frame's alone.
const FRAME: &str = "For our own frame: `X-Notch` names the origin on which it stands, and the browser says that the request \
    is `same-origin`. The session's cookie means nothing here.";
const BEARER: &str = "For our own frame, where `GET /api/notch/me` after `redeem` says that nobody is there: the browser has not \
    kept the cookie. In its place the frame sends `Authorization: Notch`, a space and this, with `X-Notch` and `same-origin` as \
    always and never beside that cookie. After an hour an answer brings the next one in `X-Notch-Bearer`, and the one before is \
    good for another minute. A socket offers the protocols `vetka-notch` and this.";

pub fn agree() -> Operation {
    Operation::new(Tag::Notch, "Agrees to be known in the frame on a site")
        .about("For our own window that the frame opens. The code is for that frame alone, and works once.")
        .takes::<NewGrant>()
        .gives::<Code>(201, "A code, for a minute; five, when it is typed.")
        .refuses(400, &["invalid_challenge"])
        .refuses(409, &["already"])
        .refuses(422, &["unknown_site"])
}

pub fn redeem() -> Operation {
    Operation::new(Tag::Notch, "Makes a grant of a code")
        .about(FRAME)
        .takes::<Redemption>()
        .gives::<Redeemed>(200, "The grant is in a cookie of its own for that origin.")
        .refuses(403, &["wrong_origin", "code_refused", "other_site"])
        .limited()
}

pub fn bearer() -> Operation {
    Operation::new(Tag::Notch, "Makes a bearer where the browser has not kept the cookie of a grant")
        .about(BEARER)
        .takes::<Retry>()
        .gives::<Bearer>(201, "It is known by what it is kept as, and shown here alone.")
        .refuses(403, &["wrong_origin", "retry_refused"])
        .refuses(409, &["cookie_kept"])
        .limited()
}

pub fn me() -> Operation {
    Operation::new(Tag::Notch, "Who is there")
        .about(
            "For our own frame and pages: as whom they act, and what is new. A page of a member's site may ask by CORS, with \
             credentials, and learns who is there when they have agreed to be known to just that page; never an address.",
        )
        .gives::<Me>(200, "Who that is; nobody, too.")
        .refuses(403, &["wrong_origin", "other_site"])
}

pub fn sign_out() -> Operation {
    Operation::new(Tag::Notch, "Ends the grant that the frame has")
        .about(FRAME)
        .takes::<Nothing>()
        .gives_nothing(204, "Nobody is known there any more.")
        .refuses(403, &["wrong_origin", "other_site"])
}

pub fn nonce() -> Operation {
    Operation::new(Tag::Notch, "Proof that an act was begun inside the frame")
        .about(FRAME)
        .takes::<Nothing>()
        .gives::<Nonce>(201, "Works once, for half a minute.")
        .refuses(403, &["wrong_origin", "other_site"])
}

pub fn list() -> Operation {
    Operation::new(Tag::Notch, "Where one is known in the frame, the one used last first")
        .gives::<Grants>(200, "All of them.")
        .refuses(403, &["wrong_origin"])
}

pub fn end() -> Operation {
    Operation::new(Tag::Notch, "Ends being known on a site")
        .gives_nothing(204, "That frame knows nobody any more.")
        .refuses(403, &["wrong_origin"])
        .refuses(404, &["not_found"])
}
