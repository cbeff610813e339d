//! `conversation.json` and `conversation.txt`: what was said about a site, asked of the worker that keeps it.

use super::{account::Site, internal};
use crate::{ask::Ask, inside};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vetka_edge::{Result, error};
use worker::Method;

/// What was said, oldest first.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// Its id; names the folder of what was sent along.
    pub id: String,
    /// What it is about.
    about: String,
    /// As the builder gets them.
    messages: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    conversation_id: String,
    messages: Vec<Value>,
    next_after: Option<i64>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    text: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    attachments: Vec<Attachment>,
}

#[derive(Deserialize)]
struct Attachment {
    name: String,
}

/// Reads all of it; `None` when nothing was ever said.
pub async fn read(ask: &Ask, site: &Site) -> Result<Option<Conversation>> {
    let mut read: Option<Conversation> = None;
    let mut after = Some(0);
    while let Some(number) = after {
        let url = format!("http://agent.internal/sites/{}/conversation?after={number}", site.id);
        let said = inside::ask(ask.env(), "AGENT", Method::Get, &url, None).await?;
        match said.status {
            200 => {}
            404 => return Ok(None),
            status => return Err(error::internal(format!("agent answered {status} to reading a conversation"))),
        }
        let part: Part = serde_json::from_slice(&said.body).map_err(|problem| internal(&problem))?;
        let conversation = read.get_or_insert_with(|| Conversation {
            id: part.conversation_id,
            about: site.domain.clone(),
            messages: Vec::new(),
        });
        conversation.messages.extend(part.messages);
        after = part.next_after.filter(|next| *next > number);
    }
    Ok(read)
}

impl Conversation {
    /// For people to read.
    pub fn in_words(&self) -> String {
        let mut text = format!("What was said about {}. Times are in UTC.\n", self.about);
        for message in self.messages.iter().filter_map(|message| Message::deserialize(message).ok()) {
            let who = match message.role.as_str() {
                "user" => "You",
                "assistant" => "Agent",
                _ => "Vetka",
            };
            let at = message.at.get(..16).unwrap_or_default().replace('T', " ");
            text.push_str(&format!("\n{at}  {who}\n{}\n", message.text));
            for file in &message.attachments {
                text.push_str(&format!("[file: {}]\n", file.name));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_conversation_can_be_read_by_a_person() {
        let said = Conversation {
            id: "c".repeat(24),
            about: "ann.vetka.sh".to_owned(),
            messages: vec![
                json!({ "type": "chat_message", "role": "user", "text": "A bakery\nin Graz", "at": "2026-11-21T10:00:01.000Z",
                    "attachments": [{ "id": "u", "name": "bread.png" }] }),
                json!({ "type": "chat_message", "role": "assistant", "text": "Done.", "at": "2026-11-21T10:01:00.000Z", "attachments": [] }),
                json!({ "type": "something_new" }),
            ],
        };
        assert_eq!(
            said.in_words(),
            "What was said about ann.vetka.sh. Times are in UTC.\n\n2026-11-21 10:00  You\nA bakery\nin Graz\n[file: bread.png]\n\
             \n2026-11-21 10:01  Agent\nDone.\n"
        );
    }
}
