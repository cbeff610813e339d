//! How a route's function is called: it is any asynchronous function of parts of a request, and says by its arguments which
//! of them it wants.

use crate::{
    answer::Answer,
    ask::{Ask, Named, Within},
};
use futures::future::LocalBoxFuture;

/// A request, for a handler to take of it what it wants.
pub struct Given {
    ask: Ask,
    /// The parameters in the path, decoded.
    names: std::vec::IntoIter<String>,
    body: Vec<u8>,
}

impl Given {
    /// A request that has found its route. `names` are the parameters in the path, decoded.
    pub fn new(ask: Ask, names: Vec<String>, body: Vec<u8>) -> Self {
        Self { ask, names: names.into_iter(), body }
    }

    fn name(&mut self) -> String {
        self.names.next().unwrap_or_default()
    }
}

/// What a handler may want of a request.
pub trait Part {
    /// Takes it.
    fn of(given: &mut Given) -> Self;
}

impl Part for Ask {
    fn of(given: &mut Given) -> Self {
        given.ask.clone()
    }
}

impl Part for Named {
    fn of(given: &mut Given) -> Self {
        Self(given.name())
    }
}

impl Part for Within {
    fn of(given: &mut Given) -> Self {
        Self(given.name(), given.name())
    }
}

impl Part for Vec<u8> {
    fn of(given: &mut Given) -> Self {
        std::mem::take(&mut given.body)
    }
}

/// An asynchronous function of parts of a request. Its future is boxed: one function that could become any of them would
/// be as large as all together.
pub trait Handler<Parts> {
    /// Calls it.
    fn answer(self, given: Given) -> LocalBoxFuture<'static, Answer>;
}

macro_rules! handler {
    ($($part:ident),*) => {
        impl<F, R, $($part: Part),*> Handler<($($part,)*)> for F
        where
            F: FnOnce($($part),*) -> R,
            R: Future<Output = Answer> + 'static,
        {
            fn answer(self, mut given: Given) -> LocalBoxFuture<'static, Answer> {
                Box::pin(self($($part::of(&mut given)),*))
            }
        }
    };
}
handler!(A);
handler!(A, B);
handler!(A, B, C);
