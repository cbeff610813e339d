//! Teams: a member of an organization asks for a change of a repository in plain words, sees it live, and ends with a pull
//! request. The rules of that, without a network, a clock or a source of randomness.
//!
//! Who may what: [`organization`], [`project`] with its [`service`]s. A session's life: [`session`], [`branch`], [`startup`], [`proposal`]. What its
//! agent says and what of that a member sees: [`agent`]. What it costs: [`money`], [`usage`], [`price`], [`ledger`]. What a
//! sandbox may do outside of itself: [`model_request`] and [`meter`] for the model, [`git`] and [`files`] for the repository,
//! all of it with a [`token`] of its own. What goes between a session and the people in it: [`frame`], [`client`], what they
//! point at meanwhile: [`tray`]; what it tells
//! the agent: [`prompt`]; what it has git do in its sandbox: [`checkout`]. How one talks to a sandbox: [`sandbox`]; what people see
//! of its inside: [`preview`], and what the session itself has seen of that: [`view`].
//!
//! Words in capitals on the wire and in the database, such as `ADMIN` and `TIMED_OUT`, are those of the API.

pub mod agent;
pub mod branch;
pub mod checkout;
pub mod client;
pub mod files;
pub mod forge;
pub mod frame;
pub mod git;
pub mod ledger;
pub mod meter;
pub mod model_request;
pub mod money;
pub mod organization;
pub mod preview;
pub mod price;
pub mod project;
pub mod prompt;
pub mod proposal;
pub mod sandbox;
pub mod service;
pub mod session;
pub mod startup;
pub mod strict_json;
pub mod token;
pub mod tray;
pub mod usage;
pub mod view;
