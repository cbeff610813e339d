//! What is done every minute, a file for each.

pub mod digests;
pub mod feeds;
pub mod forget;
pub mod homes;
pub mod mentions;
pub mod rel_me;
pub mod sending;
pub mod versions;

use futures::{StreamExt, stream};

/// Websites that are asked at the same time. The platform lets a worker have six open connections.
const AT_ONCE: usize = 4;

/// Does work for things of several websites: side by side, and those of one website one after another.
async fn per_host<T, F: Future<Output = ()>>(things: Vec<T>, host: impl Fn(&T) -> String, work: impl Fn(T) -> F) {
    let mut hosts: Vec<(String, Vec<T>)> = Vec::new();
    for thing in things {
        let name = host(&thing);
        match hosts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, things)) => things.push(thing),
            None => hosts.push((name, vec![thing])),
        }
    }
    let work = &work;
    stream::iter(hosts)
        .for_each_concurrent(AT_ONCE, |(_, things)| async move {
            for thing in things {
                work(thing).await;
            }
        })
        .await;
}

/// The host of an address, with its port where there is one.
pub fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
}
