//! Setting a site otherwise: how it answers, its domain, and whether it is up at all.

use super::{Bucket, Ledger, Pointer, settle::settle};
use crate::{
    SiteId,
    settings::{Canonical, NotFound, TakenDown},
};
use serde::{Deserialize, Deserializer, de::Error};

/// What changing settings asks of the ledger.
#[expect(async_fn_in_trait, reason = "a worker runs on one thread; nothing here needs to be sent to another")]
pub trait Configure: Ledger {
    /// Makes a change and counts it.
    async fn configure(&self, site: &SiteId, change: &Change) -> Result<Changed, Self::Error>;
}

/// What is to be otherwise; what is not named stays. A change of nothing has the edge told once more.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Change {
    /// What an address without a file shows.
    pub not_found: Option<NotFound>,
    /// Whether pages get Notch.
    pub notch: Option<bool>,
    /// Which of two addresses others lead to.
    pub canonical: Option<Canonical>,
    /// The owner's own domain, or none.
    #[serde(deserialize_with = "domain")]
    pub domain: Option<Option<String>>,
    /// Why the site is to be taken down, or that it is to be up again.
    #[serde(deserialize_with = "present")]
    pub taken_down: Option<Option<TakenDown>>,
    /// More about why, for the owner.
    pub note: Option<String>,
}

/// Tells a null that was written from a field that was not.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn domain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    let name = Option::<String>::deserialize(deserializer)?;
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_host = |name: &String| {
        name.len() <= 253 && name.split('.').all(|part| !part.is_empty() && part.len() <= 63 && part.bytes().all(fits))
    };
    if name.as_ref().is_some_and(|name| !is_host(name)) {
        return Err(D::Error::custom("not a host name in lower case"));
    }
    Ok(Some(name))
}

/// How a change went in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It is made, and the edge is to know.
    Live(Pointer),
    /// It is made. Nothing is live, so there is nobody to tell.
    NothingLive,
    /// The site is gone or going.
    SiteGone,
    /// The domain is another site's.
    DomainTaken,
}

/// How changing settings went; refusals are [`Changed`]'s others.
#[derive(Debug, PartialEq, Eq)]
pub enum Configured<E> {
    /// It is made.
    Set {
        /// Why the edge was not told, for the log; [`super::repair`] will tell it.
        untold: Option<E>,
    },
    /// The site is gone or going.
    SiteGone,
    /// The domain is another site's.
    DomainTaken,
}

/// Changes settings. Visitors see it as soon as they would see another version.
///
/// # Errors
/// When the ledger cannot be reached. As with deploying, success means that the ledger has it.
pub async fn configure<E>(
    bucket: &impl Bucket<Error = E>,
    ledger: &impl Configure<Error = E>,
    site: &SiteId,
    change: &Change,
) -> Result<Configured<E>, E> {
    Ok(match ledger.configure(site, change).await? {
        Changed::Live(pointer) => Configured::Set { untold: settle(bucket, ledger, &pointer).await.err() },
        Changed::NothingLive => Configured::Set { untold: None },
        Changed::SiteGone => Configured::SiteGone,
        Changed::DomainTaken => Configured::DomainTaken,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_said_and_absence_is_not() {
        let read = |text: &str| serde_json::from_str::<Change>(text).ok();
        assert_eq!(read("{}"), Some(Change::default()));
        let lifted = Change { taken_down: Some(None), domain: Some(None), ..Change::default() };
        assert_eq!(read(r#"{"takenDown":null,"domain":null}"#), Some(lifted));
        let down = Change { taken_down: Some(Some(TakenDown::Abuse)), note: Some("No.".into()), ..Change::default() };
        assert_eq!(read(r#"{"takenDown":"abuse","note":"No."}"#), Some(down));
        for bad in [
            r#"{"takenDown":"boredom"}"#,
            r#"{"notch":1}"#,
            r#"{"seq":9}"#,
            r#"{"domain":"Ann.Example"}"#,
            r#"{"domain":"ann..example"}"#,
            r#"{"domain":"ann.example/evil"}"#,
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
