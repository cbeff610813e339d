//! What sites write to each other.

use crate::operation::{Operation, Tag};
use vetka_api::contract::{MarkRead, MessageEdit, Messages, NewMessage, SiteMessage, Threads, UnreadMessages};
use vetka_domain::routes::Api;

/// What a row takes and gives; `None` for rows that are described elsewhere.
pub fn operation(row: Api) -> Option<Operation> {
    let as_site = |summary| Operation::new(Tag::Messages, summary).refuses(403, &["site_needed", "wrong_origin"]);
    Some(match row {
        Api::ListThreads => as_site("Whom one has written with, the newest message first")
            .paged()
            .gives::<Threads>(200, "A page of them, and how much has not been read."),
        Api::ListMessages => as_site("What was written with a site, newest first")
            .about("Also says whether there can be another message to it. A site that one has not written with yet has none.")
            .paged()
            .gives::<Messages>(200, "A page of it.")
            .refuses(404, &["not_found"])
            .refuses(422, &["yourself"]),
        Api::SendMessage => as_site("Writes to a site")
            .about(
                "Plain text. The same `clientId` twice is one message. Who may write first is for the other to say; whoever was \
                 written to may always answer.",
            )
            .takes::<NewMessage>()
            .gives::<SiteMessage>(201, "The message.")
            .refuses(400, &["empty_message", "message_too_long", "malformed_client_id"])
            .refuses(403, &["blocked", "messages_closed"])
            .refuses(404, &["not_found"])
            .refuses(409, &["client_id_used"])
            .refuses(422, &["yourself"]),
        Api::ReadThread => as_site("Notes up to which message one has read")
            .about("The other sees it beside their messages, unless one has blocked them.")
            .takes::<MarkRead>()
            .gives::<UnreadMessages>(200, "How much is left to read.")
            .refuses(404, &["not_found"])
            .refuses(422, &["yourself"]),
        Api::EditMessage => as_site("Changes the words of one's own message, within 15 minutes")
            .takes::<MessageEdit>()
            .gives::<SiteMessage>(200, "The message as it is now.")
            .refuses(400, &["empty_message", "message_too_long"])
            .refuses(404, &["not_found"])
            .refuses(409, &["message_deleted", "too_late"]),
        Api::DeleteMessage => as_site("Takes one's own message back, within 15 minutes")
            .about("The other sees that there was one, and no words. Twice is once.")
            .gives_nothing(204, "It is taken back.")
            .refuses(404, &["not_found"])
            .refuses(409, &["too_late"]),
        _ => return None,
    })
}
