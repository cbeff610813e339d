//! The JSON that this worker's routes give, for the document that describes them.

use schemars::JsonSchema;
use serde::Serialize;

/// What has become of a mention.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MentionState {
    /// `pending`: not looked at yet. `shown`: on the page. `waiting`: for the owner's yes. `refused`: it is not there, or not
    /// wanted. `gone`: it was there.
    #[schemars(extend("enum" = ["pending", "shown", "waiting", "refused", "gone"]))]
    pub state: String,
    /// The same, for a person.
    pub message: String,
}

impl MentionState {
    /// Of a row. What the owner of a page thinks of a mention is said to nobody.
    pub fn of(state: &str, reason: &str) -> Self {
        let message = match state {
            "pending" => "We have not looked at it yet.",
            "shown" => "It is on the page.",
            "waiting" => "It waits for the owner of the page.",
            "gone" => "It was there, and is not any more.",
            _ if reason.is_empty() || reason == "owner" => "It is not on the page.",
            _ => reason,
        };
        Self { state: state.to_owned(), message: message.to_owned() }
    }
}
