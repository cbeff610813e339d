//! What the service asks us in the middle of a turn. A deploy token is made for one answer and goes nowhere else: D1
//! gets its hash, no log, no frame and no transcript gets anything.

use super::{Attempt, Failure, ManagedAgents, client::Client, session::deploy_url};
use serde_json::{Value, json};
use vetka_domain::conversation::{redact::TOKEN_PREFIX, retry::Advice, turn::Ask};
use vetka_edge::{Result, auth, config::Config, d1, hash, id, time};

/// How long a token is good for, milliseconds.
const TOKEN_MS: i64 = 2 * 60 * 60_000;
const DEPLOY_CREDENTIALS: &str = "get_deploy_credentials";

const INSERT_TOKEN: &str =
    "INSERT INTO deploy_token (id, site_id, token_hash, expires_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
const DROP_EXPIRED: &str = "DELETE FROM deploy_token WHERE site_id = ?1 AND expires_at <= ?2";

impl ManagedAgents {
    /// Answers what is waiting and was not answered in this life. An answer that turns out to be there already is fine.
    pub(super) async fn answer(&self, client: &Client, session: &str, turn: i64) -> Attempt<()> {
        let state = self.object.turn_state(turn)?;
        for (call, ask) in state.waiting() {
            if self.answered.borrow().contains(call) {
                continue;
            }
            let answer = match ask {
                Ask::Permission => json!({
                    "type": "user.tool_confirmation", "tool_use_id": call, "result": "deny",
                    "deny_message": "This tool is not available here. Work without it.",
                }),
                Ask::Tool(name) if name == DEPLOY_CREDENTIALS => match self.deploy_credentials().await {
                    Ok(credentials) => result(call, &credentials.to_string(), false),
                    Err(failure) => {
                        failure.log("deploy_credentials");
                        result(call, "The credentials could not be made. Try again in a moment.", true)
                    }
                },
                Ask::Tool(_) => result(call, "There is no such tool here. Work without it.", true),
            };
            match client.send(session, json!([answer])).await {
                Ok(()) => {
                    self.answered.borrow_mut().insert(call.to_owned());
                }
                // Answered in an earlier life, or no longer asked.
                Err(Failure::Refused { status: 400 | 409, advice: Advice::GiveUp, .. }) => {
                    self.answered.borrow_mut().insert(call.to_owned());
                }
                Err(failure) => return Err(self.judge(client, session, failure).await),
            }
        }
        Ok(())
    }

    /// A token for this one site, and where it is good for.
    async fn deploy_credentials(&self) -> Result<Value> {
        let env = &self.object.env;
        let site = self.object.identity()?.site_id;
        let (now, token) = (time::now_ms(), id::secret(TOKEN_PREFIX)?);
        let (token_id, token_hash) = (id::random()?, hash::sha256_hex(token.as_bytes()));
        let db = env.d1(auth::DB)?;
        let expires_at = now + TOKEN_MS;
        let values = [(&token_id).into(), (&site).into(), (&token_hash).into(), expires_at.into(), now.into()];
        let insert = d1::prepare(&db, INSERT_TOKEN, values)?;
        d1::batch(&db, vec![d1::prepare(&db, DROP_EXPIRED, [(&site).into(), now.into()])?, insert]).await?;
        Ok(
            json!({ "token": token, "deployUrl": deploy_url(&Config::from_env(env)?), "expiresAt": time::rfc3339(expires_at) }),
        )
    }
}

fn result(call: &str, text: &str, is_error: bool) -> Value {
    json!({
        "type": "user.custom_tool_result", "custom_tool_use_id": call,
        "content": [{ "type": "text", "text": text }], "is_error": is_error,
    })
}
