//! URLs that people or websites wrote, read by the platform's own parser: it knows every spelling of a host, and costs
//! nothing in WASM.

use vetka_domain::external::domain::Parts;
use worker::web_sys;

/// Longest address that is looked at.
const MAX_BYTES: usize = 2000;

/// Reads what a person typed; without a scheme it is a website. `None` when it is no address at all.
pub fn typed(text: &str) -> Option<Parts> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_BYTES {
        return None;
    }
    let absolute = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    web_sys::Url::new(&absolute).ok().map(|url| parts(&url))
}

/// Where a link leads that stands at `base`.
pub fn resolve(base: &str, link: &str) -> Option<Parts> {
    if link.len() > MAX_BYTES {
        return None;
    }
    web_sys::Url::new_with_base(link, base).ok().map(|url| parts(&url))
}

/// The same, as it is spelled: `https://ann.example/p?q#f`.
pub fn join(base: &str, link: &str) -> Option<String> {
    if link.len() > MAX_BYTES {
        return None;
    }
    web_sys::Url::new_with_base(link, base).ok().map(|url| url.href())
}

fn parts(url: &web_sys::Url) -> Parts {
    Parts {
        scheme: url.protocol().trim_end_matches(':').to_owned(),
        host: url.hostname(),
        port: url.port().parse().ok(),
        credentials: !url.username().is_empty() || !url.password().is_empty(),
        path: url.pathname() + &url.search(),
    }
}
