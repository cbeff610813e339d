//! Webmention (W3C): one page telling another that it speaks of it. Where to tell, what is taken, whether it is true, and
//! what becomes of it.

pub mod discover;
pub mod receive;
pub mod sending;
pub mod verify;
