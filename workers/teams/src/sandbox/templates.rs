//! Templates: what sandboxes are made from, built at e2b.

use super::{
    account::Sandboxes,
    answers::{Failure, read},
};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use vetka_domain::{target::encode_component, team::startup::Template};
use worker::Method;

const ANSWER: Duration = Duration::from_secs(20);

/// A build that e2b waits for, of a template.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Build {
    /// The template; it is the same for all builds of a name.
    #[serde(rename = "templateID")]
    pub template_id: String,
    /// The build.
    #[serde(rename = "buildID")]
    pub build_id: String,
}

/// How far a build is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// `waiting`, `building`, `ready` or `error`.
    pub status: String,
    /// Its log from where one asked, a hundred lines at most.
    #[serde(default)]
    pub log_entries: Vec<Line>,
    /// Why it failed.
    pub reason: Option<Reason>,
}

/// A line of a build's log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Line {
    /// RFC 3339.
    #[serde(default)]
    pub timestamp: String,
    /// What a step printed, or what the builder says.
    #[serde(default)]
    pub message: String,
    /// The number of the step that it is from, from 1, or `base` or `finalize`.
    pub step: Option<String>,
}

/// Why a build failed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Reason {
    /// The number of a step from 1, or `base` or `finalize`.
    pub step: Option<String>,
}

impl Sandboxes {
    /// Announces a build of the template of that name, which is made when there is none.
    pub async fn new_build(&self, name: &str) -> Result<Build, Failure> {
        let body = json!({ "name": name, "cpuCount": 2, "memoryMB": 4096 });
        read(&self.question(Method::Post, "/v3/templates", ANSWER, Some(&body)).ask().await?)
    }

    /// Begins it. Other builds of the same template end with that.
    pub async fn start_build(&self, build: &Build, template: &Template) -> Result<(), Failure> {
        let body =
            serde_json::to_value(template).map_err(|_| Failure::Refused("a template cannot be written".to_owned()))?;
        let path = format!("/v2{}", path(build));
        self.question(Method::Post, &path, ANSWER, Some(&body)).ask().await?;
        Ok(())
    }

    /// Gives a template up, with all of its builds. One that is gone already is as well.
    pub async fn delete_template(&self, template_id: &str) -> Result<(), Failure> {
        let path = format!("/templates/{}", encode_component(template_id));
        match self.question(Method::Delete, &path, ANSWER, None).ask().await {
            Ok(_) | Err(Failure::Gone) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// How far it is, with its log from that line on.
    pub async fn build_status(&self, build: &Build, offset: i64) -> Result<Status, Failure> {
        let path = format!("{}/status?logsOffset={offset}&limit=100&level=info", path(build));
        read(&self.question(Method::Get, &path, ANSWER, None).ask().await?)
    }
}

fn path(Build { template_id, build_id }: &Build) -> String {
    format!("/templates/{}/builds/{}", encode_component(template_id), encode_component(build_id))
}
