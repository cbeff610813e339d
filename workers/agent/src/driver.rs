//! What carries a turn: a service that works on the person's message and reports back. One trait, so that another kind
//! of agent needs no other conversation.
//!
//! A driver turns its upstream's events into [`Object::take`](crate::conversation::Object::take) and waits for nothing
//! else; it may be dropped at any await and be asked to run the same turn again, also in another life of the object.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::future::Future;

/// How a run of a turn came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// The log says how it ended.
    Ended,
    /// There was nothing to do any more: the person stopped it before it began.
    Stopped,
    /// It cannot be finished.
    Failed {
        /// For programs.
        code: &'static str,
        /// For the person.
        message: &'static str,
    },
}

/// Who answers in a conversation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AgentName {
    /// "Vetka's builder".
    pub name: String,
    /// The model behind it.
    pub model: String,
}

/// A kind of agent.
pub trait Driver {
    /// Carries a turn to its end.
    async fn run(&self, turn: i64) -> Given;
    /// Tells the agent to stop, as well as it goes.
    async fn interrupt(&self);
    /// Deletes what the agent's side keeps of the conversation, as well as it goes. Asked before our own record is gone;
    /// the future does the work and needs nothing of the record.
    fn forget(&self) -> impl Future<Output = ()> + 'static;
    /// Who answers; `None` while that cannot be found out.
    async fn agent(&self) -> Option<AgentName>;
}
