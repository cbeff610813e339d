//! What stands outside the app's own frame of pages: the page of the frame on members' sites, the window in which somebody
//! agrees to be known there, and the pages to try it out on.

mod agree;
mod embed;
pub mod playground;

pub use agree::{Agree, SignIn, agree, not_from_here, sign_in, signed_in};
pub use embed::{Embed, embed};
