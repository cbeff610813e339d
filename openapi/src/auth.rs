//! BetterAuth's wire. Its endpoints read their bodies field by field, because that protocol says of each what was wrong
//! with it; what they look for is written down here as types.

use schemars::JsonSchema;
use serde::Serialize;

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
