//! Which request is being answered, so that every line of the log, every answer and every question to another worker or
//! object says it without being handed it.
//!
//! The id belongs to a future and not to a call: while that future is polled, [`current`] is its id, and while another is,
//! that one's. An isolate runs one thing at a time, so this needs no lock, and costs two moves of a pointer a poll.

use crate::{id, log, metrics, reply};
use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
};
use vetka_domain::{routes::Route, target::Target};
use worker::{Env, Headers, Request, Response};

/// The header in which an id goes from worker to worker and, in the end, out.
pub const HEADER: &str = "x-request-id";
/// One of so many requests is looked at where looking at all would cost more than they do.
pub const SAMPLE: u32 = 32;

thread_local! {
    static CURRENT: RefCell<Rc<str>> = RefCell::new(Rc::from(""));
}

/// The id of the request that is being answered; empty outside of any.
pub fn current() -> Rc<str> {
    CURRENT.with_borrow(Rc::clone)
}

/// Whether this request is one of those that are looked at: one of [`SAMPLE`], by the first of an id's 32 letters.
pub fn is_sampled() -> bool {
    CURRENT.with_borrow(|id| id.starts_with('a'))
}

/// Does work under an id.
pub async fn within<F: Future>(id: Rc<str>, work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|context| {
        let before = CURRENT.replace(Rc::clone(&id));
        let polled = work.as_mut().poll(context);
        CURRENT.set(before);
        polled
    })
    .await
}

/// The same work, under the id of whoever asks for it now: for what goes on after the answer.
pub fn keep<F: Future>(work: F) -> impl Future<Output = F::Output> {
    within(current(), work)
}

/// Does work that no request asked for, the schedule's, under an id of its own.
pub async fn alone<F: Future>(work: F) -> F::Output {
    within(fresh(), work).await
}

/// Headers for a question to another worker or object.
///
/// # Errors
/// Never for an id that was made here.
pub fn tell(headers: &Headers) -> worker::Result<()> {
    let id = current();
    if id.is_empty() { Ok(()) } else { headers.set(HEADER, &id) }
}

/// One request on its way through a worker or an object.
pub struct Visit {
    worker: &'static str,
    method: &'static str,
    route: &'static str,
    id: Rc<str>,
    began: i64,
    sampled: bool,
}

impl Visit {
    /// A request to a worker. `route` finds its row, so that what is written down is the route and never a path.
    pub fn begin(worker: &'static str, request: &Request, route: impl Fn(&Target<'_>, &str) -> Row) -> Self {
        let url = reply::url(request);
        let target = Target::parse(&url);
        let id = target.as_ref().filter(|target| is_inside(target.host)).and_then(|_| told(request));
        let row = target.as_ref().and_then(|target| route(target, &request.inner().method()));
        let (method, route) = row.unwrap_or(("", "none"));
        Self { worker, method, route, id: id.unwrap_or_else(fresh), began: crate::time::now_ms(), sampled: false }
    }

    /// A visitor's request, of which there are many: nothing is looked up, and only samples are written down.
    pub fn of_visitor(worker: &'static str) -> Self {
        Self { worker, method: "", route: "visit", id: fresh(), began: crate::time::now_ms(), sampled: true }
    }

    /// The id.
    pub fn id(&self) -> Rc<str> {
        Rc::clone(&self.id)
    }

    /// Answers under the request's id, which goes out with the answer, and writes down how it went.
    ///
    /// # Errors
    /// What the work gives.
    pub async fn answer(
        self,
        env: &Env,
        work: impl Future<Output = worker::Result<Response>>,
    ) -> worker::Result<Response> {
        let id = self.id();
        within(id, async {
            let answered = work.await;
            self.end(env, answered.as_ref().map_or(500, Response::status_code));
            signed(answered?, &self.id)
        })
        .await
    }

    /// The same for what says the id by itself. The work gives its status as well.
    pub async fn told<T>(self, env: &Env, work: impl Future<Output = (u16, T)>) -> T {
        within(self.id(), async {
            let (status, answer) = work.await;
            self.end(env, status);
            answer
        })
        .await
    }

    fn end(&self, env: &Env, status: u16) {
        if self.sampled && status < 500 && !is_sampled() {
            return;
        }
        let ms = crate::time::now_ms() - self.began;
        log::request(self.worker, self.method, self.route, status, ms);
        // A failure of a visitor's is always written down, and so stands for itself only.
        let stands_for = if self.sampled && status < 500 { SAMPLE } else { 1 };
        metrics::write(env, self.worker, stands_for, &metrics::Event::Request { route: self.route, status, ms });
        if status >= 500 {
            metrics::write(env, self.worker, 1, &metrics::Event::Error { what: self.route });
        }
    }
}

/// What [`Visit::begin`] wants of a route: method and pattern, `None` for what is in no table.
pub type Row = Option<(&'static str, &'static str)>;

/// The row of a route.
pub fn row<Id>(route: Option<&Route<Id>>) -> Row {
    route.map(|route| (route.method, route.path))
}

/// The id that a Durable Object is told by the worker that asks it.
pub fn of_object(request: &Request) -> Rc<str> {
    told(request).unwrap_or_else(fresh)
}

/// An answer that says its id.
///
/// # Errors
/// Never for an id that was made here.
pub fn signed(response: Response, id: &str) -> worker::Result<Response> {
    if response.headers().get(HEADER)?.is_some() || response.headers().set(HEADER, id).is_ok() {
        return Ok(response);
    }
    // The headers of an answer that was fetched cannot be changed; these are a copy.
    let headers = response.headers().clone();
    headers.set(HEADER, id)?;
    Ok(response.with_headers(headers))
}

/// Only service bindings lead to such a host: no zone can have the name, and no route names it.
fn is_inside(host: &str) -> bool {
    host.ends_with(".internal")
}

fn told(request: &Request) -> Option<Rc<str>> {
    request.headers().get(HEADER).ok().flatten().filter(|id| id::is_id(id)).map(Rc::from)
}

fn fresh() -> Rc<str> {
    Rc::from(id::random().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join;
    use std::task::{Context, Poll, Waker};

    fn block_on<F: Future>(work: F) -> F::Output {
        let mut work = pin!(work);
        loop {
            if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return done;
            }
        }
    }

    async fn yielding(times: usize) {
        let mut left = times;
        poll_fn(|context| {
            if left == 0 {
                return std::task::Poll::Ready(());
            }
            left -= 1;
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
    }

    #[test]
    fn each_of_two_at_once_has_its_own() {
        let one = |name: &'static str, turns: usize| {
            within(Rc::from(name), async move {
                for _ in 0..turns {
                    assert_eq!(&*current(), name);
                    yielding(1).await;
                }
                let kept = keep(async {
                    yielding(2).await;
                    current()
                });
                assert_eq!(&*within(Rc::from("inner"), async { current() }).await, "inner");
                assert_eq!(&*current(), name);
                Some(kept)
            })
        };
        let (first, second) = block_on(join(one("first", 5), one("second", 3)));
        assert_eq!(&*current(), "");
        assert_eq!(&*block_on(first.unwrap()), "first");
        assert_eq!(&*block_on(second.unwrap()), "second");
    }

    #[test]
    fn who_is_inside() {
        assert!(is_inside("agent.internal") && !is_inside("agent.internal.evil.test") && !is_inside("internal"));
    }
}
