//! One's own key for the model: kept, forgotten, and asked after with yes or no.

use super::done;
use crate::{
    answer::{self, Answer},
    ask::Ask,
    contract::{ApiKey, ApiKeyStatus},
    model,
    secrets::{self, Kind},
};
use vetka_domain::limit::{KEYS, Subject};
use vetka_edge::limit::{Rule, take};

/// `PUT /api/v1/users/api-key`.
pub async fn put(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = ask.writer().await?;
    let wish: ApiKey = ask.json(&body)?;
    take(ask.env(), &[Rule(KEYS, Subject::Account(&viewer.user_id))]).await?;
    let key = wish.api_key.trim();
    model::check_key(&ask, key).await?;
    secrets::put(ask.env(), &viewer.user_id, Kind::ApiKey, key, ask.now()).await?;
    answer::json(200, &ApiKeyStatus { is_set: true })
}

/// `DELETE /api/v1/users/api-key`.
pub async fn delete(ask: Ask) -> Answer {
    let viewer = ask.writer().await?;
    secrets::forget(ask.env(), &viewer.user_id, Kind::ApiKey).await?;
    done()
}

/// `GET /api/v1/users/api-key/status`.
pub async fn status(ask: Ask) -> Answer {
    let viewer = ask.signed_in().await?;
    let is_set = secrets::is_set(ask.env(), &viewer.user_id, Kind::ApiKey).await?;
    answer::json(200, &ApiKeyStatus { is_set })
}
