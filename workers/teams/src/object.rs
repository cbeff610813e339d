//! What the proxies and the previews ask of a session's object, whose name is the session's id. A token or a cookie that is
//! not right is no failure here: it is what these doors are for.

use crate::session_do;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use vetka_domain::team::{git::Repository, money::MicroUsd, usage::Usage};
use vetka_edge::{Result, error};
use worker::{Env, Headers, Method};

/// Whom a sandbox works for, and on what.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Who {
    /// Whose key and whose access to the repository it has.
    pub user_id: String,
    /// `owner/name`.
    pub repository: String,
    /// The one branch that it may push to.
    pub branch: String,
    /// The models that it may ask.
    pub models: Vec<String>,
}

impl Who {
    /// The one repository that it may reach.
    ///
    /// # Errors
    /// Internal, when it is none.
    pub fn repository(&self) -> Result<Repository> {
        Repository::parse(&self.repository).ok_or_else(|| error::internal("a session's repository cannot be read"))
    }
}

/// What comes of wanting to spend.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Reserved {
    /// It is set aside.
    Yes {
        /// The number to settle it by.
        reservation: u64,
    },
    /// It must not be spent.
    #[serde(rename_all = "camelCase")]
    No {
        /// `budget`, `too_many` or `over`.
        refused: String,
        /// What is left of the budget.
        #[serde(default)]
        left_micro: MicroUsd,
    },
}

/// How a preview is doing.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Look {
    /// The session's status, in capitals.
    pub status: String,
    /// The sandbox, when there is one.
    pub sandbox_id: Option<String>,
    /// Where it answers.
    #[serde(default)]
    pub port: u16,
    /// What is being done, for whoever waits.
    #[serde(default)]
    pub text: String,
    /// How long that usually takes, in words.
    #[serde(default)]
    pub usual: Option<String>,
    /// What the way to the sandbox wants to see, when not everybody may go it.
    #[serde(default)]
    pub traffic_token: Option<String>,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

#[derive(Deserialize)]
struct Cookie {
    cookie: String,
}

/// Whom a token is for; `None` when it is not right, or its session is over.
pub async fn who(env: &Env, session: &str, token: &str) -> Result<Option<Who>> {
    ask(env, session, "/proxy/who", &serde_json::json!({ "token": token })).await
}

/// Sets aside what a call may cost; `None` when the token is not right any more.
pub async fn reserve(env: &Env, session: &str, token: &str, amount: MicroUsd, model: &str) -> Result<Option<Reserved>> {
    let body = serde_json::json!({ "token": token, "micro": amount, "model": model });
    ask(env, session, "/model/reserve", &body).await
}

/// Says what a call cost; `None` when it failed before anything was counted.
pub async fn settle(env: &Env, session: &str, reservation: u64, cost: Option<MicroUsd>, usage: Usage) -> Result<()> {
    let body = serde_json::json!({ "reservation": reservation, "micro": cost, "usage": usage });
    tell(env, session, "/model/settle", &body).await
}

/// A token by which somebody can look at the preview, once and soon. Who may is for the caller to know.
pub async fn mint(env: &Env, session: &str, user_id: &str) -> Result<Option<String>> {
    let minted: Option<Token> = ask(env, session, "/preview/mint", &serde_json::json!({ "userId": user_id })).await?;
    Ok(minted.map(|minted| minted.token))
}

/// The cookie for such a token; `None` when it was used, or came too late.
pub async fn enter(env: &Env, session: &str, token: &str) -> Result<Option<String>> {
    let entered: Option<Cookie> = ask(env, session, "/preview/enter", &serde_json::json!({ "token": token })).await?;
    Ok(entered.map(|entered| entered.cookie))
}

/// How the preview is doing, for whoever has this cookie; `None` when it is not right, or its holder may not look any more.
pub async fn look(env: &Env, session: &str, cookie: &str) -> Result<Option<Look>> {
    ask(env, session, "/preview/look", &serde_json::json!({ "cookie": cookie })).await
}

/// Tells what a page says has gone wrong on it, to the one who looks at it with this cookie.
pub async fn report(env: &Env, session: &str, cookie: &str, message: &str) -> Result<()> {
    let _: Option<()> =
        ask(env, session, "/preview/report", &serde_json::json!({ "cookie": cookie, "message": message })).await?;
    Ok(())
}

/// Asks; `None` is a no to whoever is asked about.
async fn ask<T: DeserializeOwned>(env: &Env, session: &str, path: &str, body: &impl Serialize) -> Result<Option<T>> {
    let mut answer = send(env, session, path, body).await?;
    match answer.status_code() {
        200 => Ok(Some(serde_json::from_slice(&answer.bytes().await?)?)),
        401 | 404 => Ok(None),
        status => Err(error::internal(format!("a session's object answered {status} at {path}"))),
    }
}

/// Tells what needs no answer.
async fn tell(env: &Env, session: &str, path: &str, body: &impl Serialize) -> Result<()> {
    match send(env, session, path, body).await?.status_code() {
        200..=299 => Ok(()),
        status => Err(error::internal(format!("a session's object answered {status} at {path}"))),
    }
}

async fn send(env: &Env, session: &str, path: &str, body: &impl Serialize) -> Result<worker::Response> {
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    session_do::ask(env, session, Method::Post, path, headers, Some(serde_json::to_string(body)?)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_object_says() {
        let yes: Reserved = serde_json::from_str(r#"{"reservation":7}"#).unwrap();
        assert!(matches!(yes, Reserved::Yes { reservation: 7 }));
        let no: Reserved = serde_json::from_str(r#"{"refused":"budget","leftMicro":1200}"#).unwrap();
        assert!(matches!(no, Reserved::No { refused, left_micro } if refused == "budget" && left_micro.get() == 1200));
        let look: Look =
            serde_json::from_str(r#"{"status":"STARTING","sandboxId":null,"port":3000,"text":"x","usual":null}"#)
                .unwrap();
        assert!(look.sandbox_id.is_none() && look.port == 3000 && look.traffic_token.is_none());
    }
}
