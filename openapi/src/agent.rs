//! The agent worker's routes.

use crate::{
    operation::{Operation, Tag},
    schemas::Schemas,
};
use serde_json::{Value, json};
use vetka_agent::contract::{Message, Session, Stop};
use vetka_domain::{
    conversation::frame::{Attachment, Frame},
    routes::Agent,
};

/// What a row takes and gives; `None` for the WebSockets, which OpenAPI has no words for.
pub fn operation(row: Agent) -> Option<Operation> {
    Some(match row {
        Agent::Socket | Agent::Live => return None,
        Agent::Session => conversation(
            Operation::new(Tag::Conversation, "A conversation with its history; begins one's own when there is none")
                .gives::<Session>(200, "The conversation."),
        ),
        Agent::Stream => Operation::new(Tag::Conversation, "Says something, and streams what comes of it")
            .about("The turn goes on whether anybody listens or not: closing the stream ends nothing.")
            .takes::<Message>()
            .gives_file(
                200,
                "text/event-stream",
                "Server-sent events until the turn is over. The data of each is a frame, the id its number, the name one of \
                 `thinking`, `text`, `tool_use`, `tool_result`, `preview`, `status`, `error` and `done`.",
                Schemas::given::<Frame<'static>>,
            )
            .refuses(400, &["malformed_number", "empty_message", "message_too_long", "too_many_attachments"])
            .refuses(400, &["malformed_client_id"]),
        Agent::Stop => Operation::new(Tag::Conversation, "Interrupts the running turn")
            .takes::<Stop>()
            .gives::<vetka_agent::contract::Stopping>(202, "It has been told to stop; the log says when it has."),
        Agent::Upload => conversation(
            Operation::new(Tag::Conversation, "Takes a file for a message")
                .about("Pictures (PNG, JPEG, GIF, WebP), PDF and plain text, 20 MB each. The bytes decide what it is, not its name.")
                .takes_file(&["multipart/form-data"], file)
                .gives::<Attachment>(201, "The file, as messages name it.")
                .refuses(400, &["malformed_upload", "empty_file"])
                .refuses(411, &["length_required"])
                .refuses(415, &["unsupported_file"]),
        ),
        Agent::GetUpload => Operation::new(Tag::Conversation, "Gives a file back to whom it belongs")
            .gives_file(200, "*/*", "The file, as what its bytes were found to be.", anything),
    })
}

fn conversation(operation: Operation) -> Operation {
    let about = "Which conversation. Absent: one's only one.";
    operation.query("conversationId", about, json!({ "type": "string" }))
}

fn file(_: &mut Schemas) -> Value {
    let file = json!({ "type": "string", "format": "binary", "description": "The file." });
    json!({ "type": "object", "properties": { "file": file }, "required": ["file"] })
}

fn anything(_: &mut Schemas) -> Value {
    json!({ "type": "string", "format": "binary" })
}
