//! What the workers of the app's own origin share: the door that every request goes through, what a handler is given and
//! gives, and the frame that every page stands in. Which routes there are, and what they do, is each worker's own.
//!
//! Read in this order: [`door`] (what happens to every request), [`handler`] (how a route's function gets what it wants),
//! [`ask`] and [`answer`] (what that is), [`facts`] and [`pages`] (who is looking, and the frame).

pub mod answer;
pub mod ask;
pub mod assets;
pub mod door;
pub mod facts;
pub mod handler;
pub mod pages;
pub mod paging;
#[cfg(feature = "testing")]
pub mod testing;
