//! Settings, read from the worker's variables and secrets. The only place that knows their names.

use crate::{Result, error};
use vetka_domain::external::domain::House;
use worker::Env;

/// What every worker needs to know about where it runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// The one public origin of the app, without a trailing slash: `https://vetka.sh`. Links in mail are built from it.
    pub app_origin: String,
    /// Where sites live, with `{label}` in place of the name: `https://{label}.vetka.sh`.
    pub sites_origin: String,
    /// True only on a developer's machine. Opens the `X-Vetka-Subdomain` override, and nothing else.
    pub development: bool,
    /// `localhost` on a developer's machine: names below it can be connected as websites, without encryption.
    pub development_site_host: Option<String>,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// Internal, naming the variable that is missing or malformed.
    pub fn from_env(env: &Env) -> Result<Self> {
        let sites_origin = var(env, "SITES_ORIGIN")?;
        if !sites_origin.contains("://{label}.") {
            return Err(error::internal("SITES_ORIGIN must be like https://{label}.example.org"));
        }
        Ok(Self {
            app_origin: var(env, "APP_ORIGIN")?,
            sites_origin,
            development: var(env, "ENVIRONMENT")? == "development",
            development_site_host: optional(env, "DEVELOPMENT_SITE_HOST"),
        })
    }

    /// The address of a site by its label, with the final slash.
    pub fn site_url(&self, label: &str) -> String {
        format!("{}/", self.site_origin(label))
    }

    /// The same without the slash.
    pub fn site_origin(&self, label: &str) -> String {
        self.sites_origin.replace("{label}", label)
    }

    /// The address of one version: an origin of its own, so that nothing of one version is read by another.
    pub fn version_url(&self, snapshot_id: &str) -> String {
        self.site_url(&format!("v--{snapshot_id}"))
    }

    /// The domain under which sites live, without scheme and port: `vetka.sh`.
    pub fn sites_domain(&self) -> &str {
        let host = self.sites_origin.split_once("{label}.").map_or("", |(_, host)| host);
        host.split_once(':').map_or(host, |(host, _)| host)
    }

    /// What is ours, and so nobody's to connect.
    pub fn house(&self) -> House<'_> {
        let app = self.app_origin.split_once("://").map_or(self.app_origin.as_str(), |(_, host)| host);
        House {
            app_host: app.split_once(':').map_or(app, |(host, _)| host),
            sites_domain: self.sites_domain(),
            development: self.development_site_host.as_deref(),
        }
    }

    /// What a content security policy names to allow every site in a frame: `https://*.vetka.sh`.
    pub fn sites_frame_source(&self) -> String {
        self.sites_origin.replace("{label}", "*")
    }
}

/// A variable that must be there.
pub fn var(env: &Env, name: &str) -> Result<String> {
    env.var(name).map(|value| value.to_string()).map_err(|_| error::internal(format!("{name} is not set")))
}

/// A variable or a secret that may be missing; an empty one is missing.
pub fn optional(env: &Env, name: &str) -> Option<String> {
    // Both are read in the same way; only their deployment differs.
    env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
}

/// A secret that must be there. The value is for use, never for logs.
pub fn secret(env: &Env, name: &str) -> Result<String> {
    env.secret(name).map(|value| value.to_string()).map_err(|_| error::internal(format!("{name} is not set")))
}
