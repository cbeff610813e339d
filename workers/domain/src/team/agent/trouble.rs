//! What went wrong, in sentences that say what to do.

use super::message::RunResult;
use crate::team::model_request::BUDGET_MARK;
use serde::{Deserialize, Serialize};

/// What went wrong: for programs, and for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// For programs.
    pub code: String,
    /// For the person.
    pub message: String,
}

impl Trouble {
    fn new(code: &str, message: &str) -> Self {
        Self { code: code.to_owned(), message: message.to_owned() }
    }

    /// An error of the service that ended the turn, by the SDK's word for it or the HTTP status.
    pub fn of_service(error: &str, status: Option<u64>) -> Self {
        let (code, message) = match (error, status) {
            ("authentication_failed", _) | (_, Some(401)) => (
                "key_refused",
                "Your Anthropic key was refused. Put a working key into your settings, then send your message again.",
            ),
            ("account_on_hold" | "verification_required", _) => (
                "account_on_hold",
                "Anthropic has put your account on hold. Sign in at Anthropic to see what it asks of you, then send your message again.",
            ),
            ("oauth_org_not_allowed", _) | (_, Some(403)) => (
                "key_not_allowed",
                "Your Anthropic key may not be used for this. Ask whoever gave it to you, or put another one into your settings.",
            ),
            ("billing_error", _) | (_, Some(402)) => (
                "no_credit",
                "Your Anthropic account has no credit left. Add some at Anthropic, then send your message again.",
            ),
            ("rate_limit", _) | (_, Some(429)) => (
                "rate_limited",
                "Your Anthropic account has reached its limit for now. Wait a minute, then send your message again.",
            ),
            ("model_not_found", _) | (_, Some(404)) => (
                "model_not_available",
                "Your Anthropic key cannot use the model of this project. Ask an admin to choose another model in the project’s settings.",
            ),
            ("max_output_tokens", _) => (
                "answer_too_long",
                "This was more than the agent can say in one go. Ask it to go on, or for a smaller step.",
            ),
            (_, Some(413)) => (
                "conversation_too_long",
                "This conversation has become too long for the agent. Finish this session and start a new one for what is left.",
            ),
            ("overloaded", _) | (_, Some(529)) => (
                "service_overloaded",
                "Anthropic is very busy right now. What was done so far is kept. Send your message again in a few minutes.",
            ),
            ("invalid_request", _) | (_, Some(400)) => (
                "request_refused",
                "The agent could not go on with this conversation. Send your message again; if that does not help, start a new session.",
            ),
            _ => (
                "service_trouble",
                "Something went wrong at Anthropic. What was done so far is kept. Send your message again in a few minutes.",
            ),
        };
        Self::new(code, message)
    }

    /// An error of the service while the SDK keeps trying; the turn goes on.
    pub fn while_retrying(error: &str, status: Option<u64>) -> Self {
        let (code, message) = match (error, status) {
            ("authentication_failed", _) | (_, Some(401)) => {
                ("key_refused", "Anthropic does not take your key right now. Trying again.")
            }
            ("rate_limit", _) | (_, Some(429)) => (
                "rate_limited",
                "Your Anthropic account has reached its limit for now. The agent waits and tries again by itself.",
            ),
            ("overloaded", _) | (_, Some(529)) => {
                ("service_overloaded", "Anthropic is very busy right now. The agent keeps trying by itself.")
            }
            (_, None) => {
                ("service_unreachable", "The connection to Anthropic is interrupted. The agent keeps trying by itself.")
            }
            _ => ("service_trouble", "Something went wrong at Anthropic. The agent tries again by itself."),
        };
        Self::new(code, message)
    }

    /// How a run ended that went wrong. `error` is what the SDK said of the service before.
    pub fn of_result(result: &RunResult, error: Option<&str>) -> Self {
        let is_budget = result.text.contains(BUDGET_MARK)
            || result.reason == "budget_exhausted"
            || result.subtype == "error_max_budget_usd";
        if is_budget {
            return Self::budget();
        }
        if result.reason == "max_turns" || result.subtype == "error_max_turns" {
            return Self::new(
                "too_many_steps",
                "This took more steps than the agent may take in one go. What was done so far is kept. Tell it to go on, or ask for a smaller step.",
            );
        }
        if error.is_some() || result.status.is_some() || result.reason == "api_error" {
            return Self::of_service(error.unwrap_or_default(), result.status);
        }
        Self::broke()
    }

    /// The session may cost no more.
    pub fn budget() -> Self {
        Self::new(
            "budget_reached",
            "The budget of this session is used up, so the agent had to stop. What was done so far is kept. Finish with it, and go on in a new session.",
        )
    }

    /// The agent ended without a word.
    pub fn broke() -> Self {
        Self::new(
            "agent_broke",
            "The agent stopped unexpectedly. What was done so far is kept. Send your message again to go on.",
        )
    }

    /// The agent runs against the same wall.
    pub fn same_failure() -> Self {
        Self::new(
            "same_failure",
            "The agent ran into the same problem three times, so it was stopped before it costs you more. Try saying it in another way, or ask for a smaller step.",
        )
    }
}

/// Whether a run failed because the conversation that it was to go on with is not there any more.
pub fn is_conversation_lost(result: &RunResult) -> bool {
    result.is_error && result.text.starts_with("No conversation found")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(reason: &str, text: &str, status: Option<u64>) -> RunResult {
        RunResult { is_error: true, reason: reason.into(), text: text.into(), status, ..RunResult::default() }
    }

    #[test]
    fn each_failure_has_its_sentence() {
        let code = |result: &RunResult, error| Trouble::of_result(result, error).code;
        assert_eq!(
            code(&failed("api_error", "API Error: 401 {}", Some(401)), Some("authentication_failed")),
            "key_refused"
        );
        assert_eq!(code(&failed("api_error", "", Some(401)), None), "key_refused");
        assert_eq!(code(&failed("api_error", "", Some(529)), Some("overloaded")), "service_overloaded");
        assert_eq!(code(&failed("api_error", "", None), Some("billing_error")), "no_credit");
        assert_eq!(code(&failed("max_turns", "", None), None), "too_many_steps");
        assert_eq!(code(&failed("budget_exhausted", "", None), None), "budget_reached");
        assert_eq!(code(&failed("", "spawn failed", None), None), "agent_broke");
        assert_eq!(code(&failed("api_error", "", Some(500)), Some("tomorrow")), "service_trouble");
    }

    #[test]
    fn the_proxys_own_refusal_for_want_of_money_is_known_again() {
        let refusal = crate::team::model_request::Refusal::over_budget(crate::team::money::MicroUsd::ZERO);
        let said = format!("API Error: 400 {}", refusal.to_json());
        assert_eq!(
            Trouble::of_result(&failed("api_error", &said, Some(400)), Some("invalid_request")).code,
            "budget_reached"
        );
    }

    #[test]
    fn a_lost_conversation_is_known() {
        assert!(is_conversation_lost(&failed("", "No conversation found with session ID: x", None)));
        assert!(!is_conversation_lost(&RunResult { text: "No conversation found".into(), ..RunResult::default() }));
    }
}
