//! Projects: what an admin says about a repository, read once at the border.

pub use super::service::Service;
use super::startup::{Plan, check_name};
use std::collections::BTreeMap;

/// Minutes that a session has when nothing else is said.
pub const SESSION_MINUTES: i64 = 60;
/// Minutes that an admin may give a session.
pub const SESSION_MINUTES_RANGE: std::ops::RangeInclusive<i64> = 5..=240;
/// Micro-dollars that a session may cost when nothing else is said: five dollars.
pub const SESSION_BUDGET: i64 = 5_000_000;
/// Micro-dollars that an admin may give a session: ten cents to a hundred dollars.
pub const SESSION_BUDGET_RANGE: std::ops::RangeInclusive<i64> = 100_000..=100_000_000;
/// Where a preview answers when nothing else is said.
pub const PREVIEW_PORT: i64 = 3000;
/// The model that works when nothing else is said.
pub const MODEL: &str = "claude-sonnet-5";
/// Models that an admin may choose from: the ones whose prices are known.
pub const MODELS: [&str; 3] = ["claude-haiku-4-5", "claude-sonnet-5", "claude-opus-5-5"];
/// Projects of one organization.
pub const MAX_PROJECTS: i64 = 100;

const MAX_COMMANDS: usize = 20;
const MAX_COMMAND: usize = 1000;
const MAX_CONTEXT: usize = 20_000;
const MAX_VARIABLES: usize = 100;
const MAX_VALUE: usize = 8000;

/// How far the template of a project's sandboxes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateStatus {
    /// Nobody has built it, or the project has changed since.
    Pending,
    /// It is being built.
    Building,
    /// Sessions can start.
    Ready,
    /// Building it went wrong.
    Failed,
}

impl TemplateStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Building, Self::Ready, Self::Failed];

    /// On the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Building => "BUILDING",
            Self::Ready => "READY",
            Self::Failed => "FAILED",
        }
    }
}

impl TryFrom<String> for TemplateStatus {
    type Error = ();

    fn try_from(text: String) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(())
    }
}

/// A repository at GitHub: `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository(String);

impl Repository {
    /// Reads a full name. GitHub's own rules: letters, digits and hyphens for who owns it; dots and underscores too for
    /// what it is called, which is neither `.` nor `..` nor ends like a git folder.
    pub fn parse(full_name: &str) -> Option<Self> {
        let (owner, name) = full_name.split_once('/')?;
        let is_owner = (1..=39).contains(&owner.len())
            && owner.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !owner.starts_with('-');
        let is_name = (1..=100).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
            && !matches!(name, "." | "..")
            && !name.ends_with(".git");
        (is_owner && is_name).then(|| Self(full_name.to_owned()))
    }

    /// `owner/name`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Who owns it.
    pub fn owner(&self) -> &str {
        self.0.split_once('/').map_or("", |(owner, _)| owner)
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }
}

impl TryFrom<String> for Repository {
    type Error = ();

    fn try_from(text: String) -> Result<Self, ()> {
        Self::parse(&text).ok_or(())
    }
}

/// Checks the commands that start a project: each one line that a shell runs.
///
/// # Errors
/// A sentence for the person.
pub fn commands(typed: Vec<String>) -> Result<Vec<String>, &'static str> {
    let commands: Vec<String> =
        typed.into_iter().map(|command| command.trim().to_owned()).filter(|command| !command.is_empty()).collect();
    if commands.len() > MAX_COMMANDS {
        return Err("That is more than 20 commands. Put them into a script in the repository and name that.");
    }
    if commands.iter().any(|command| command.len() > MAX_COMMAND || command.contains(['\n', '\r', '\0'])) {
        return Err("Each command is one line of at most 1,000 characters.");
    }
    Ok(commands)
}

/// Checks the services that a project names.
///
/// # Errors
/// A sentence for the person.
pub fn services(typed: &[String]) -> Result<Vec<Service>, &'static str> {
    let mut services = typed
        .iter()
        .map(|text| Service::parse(text).ok_or("The services are postgresql and redis."))
        .collect::<Result<Vec<_>, _>>()?;
    services.sort_unstable();
    services.dedup();
    Ok(services)
}

/// Checks what a project's developers tell the agent.
///
/// # Errors
/// A sentence for the person.
pub fn context(typed: String) -> Result<String, &'static str> {
    if typed.chars().count() > MAX_CONTEXT {
        return Err("That is more than 20,000 characters. Put it into a file in the repository and name that.");
    }
    Ok(typed.replace('\0', ""))
}

/// Checks a project's environment variables.
///
/// # Errors
/// A sentence for the person, which never repeats a value.
pub fn variables(typed: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, String> {
    if typed.len() > MAX_VARIABLES {
        return Err("That is more than 100 variables.".to_owned());
    }
    for (name, value) in &typed {
        if !is_variable(name) {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
            return Err(format!(
                "“{shown}” is no name for a variable: letters, digits and underscores, not a digit first."
            ));
        }
        if is_ours(name) {
            return Err(format!("{name} is set by Vetka itself. Call yours something else."));
        }
        check_name(name).map_err(|wrong| wrong.sentence())?;
        if value.len() > MAX_VALUE || value.contains('\0') {
            return Err(format!("The value of {name} is longer than 8,000 characters, or is no text."));
        }
    }
    Ok(typed)
}

fn is_variable(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// Names by which the agent, git and the loader of programs are told what to do.
pub(super) fn is_ours(name: &str) -> bool {
    const WHOLE: [&str; 9] =
        ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "IS_SANDBOX", "NODE_OPTIONS", "BASH_ENV", "ENV"];
    const BEGIN: [&str; 6] = ["ANTHROPIC_", "CLAUDE_", "GIT_", "E2B_", "LD_", "VETKA_"];
    WHOLE.contains(&name) || BEGIN.iter().any(|begin| name.starts_with(begin))
}

/// Checks that what a project says of its start goes together: whoever starts a session could do nothing about it.
///
/// # Errors
/// A sentence for the person.
pub fn start(
    variables: Option<&BTreeMap<String, String>>,
    commands: &[String],
    services: &[Service],
    port: i64,
) -> Result<(), String> {
    let variables: Vec<(String, String)> = variables.cloned().unwrap_or_default().into_iter().collect();
    let port = u16::try_from(port).unwrap_or_default();
    Plan::new(&variables, commands, services, port).map(drop).map_err(|wrong| wrong.sentence())
}

/// Minutes of a session.
///
/// # Errors
/// A sentence for the person.
pub fn minutes(typed: i64) -> Result<i64, &'static str> {
    if SESSION_MINUTES_RANGE.contains(&typed) { Ok(typed) } else { Err("A session lasts from 5 to 240 minutes.") }
}

/// Micro-dollars of a session.
///
/// # Errors
/// A sentence for the person.
pub fn budget(typed: i64) -> Result<i64, &'static str> {
    if SESSION_BUDGET_RANGE.contains(&typed) { Ok(typed) } else { Err("A session may cost from $0.10 to $100.") }
}

/// The port at which the preview answers. Low ones are no program's that is not the system's.
///
/// # Errors
/// A sentence for the person.
pub fn port(typed: i64) -> Result<i64, &'static str> {
    // 49983 is the sandbox's own.
    if (1024..=65_535).contains(&typed) && typed != 49_983 {
        Ok(typed)
    } else {
        Err("A preview answers at a port from 1024 to 65535.")
    }
}

/// Dollars as they stand in JSON, as whole micro-dollars. `None` for what is no sensible sum.
pub fn micro_dollars(usd: f64) -> Option<i64> {
    let micro = (usd * 1_000_000.0).round();
    (micro.is_finite() && (0.0..=1e15).contains(&micro)).then_some(micro as i64)
}

/// The other way round.
pub fn dollars(micro: i64) -> f64 {
    micro as f64 / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories() {
        let repository = Repository::parse("ann-ash/harbor.bakery_2").unwrap();
        assert_eq!((repository.owner(), repository.name()), ("ann-ash", "harbor.bakery_2"));
        for bad in
            ["", "ann", "ann/", "/x", "ann/..", "ann/.", "ann/x/y", "ann/x.git", "a b/c", "-x/y", "ann/x%2e", "ann/x?y"]
        {
            assert_eq!(Repository::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_an_admin_may_not_say() {
        assert_eq!(commands(vec![" npm ci ".into(), String::new()]), Ok(vec!["npm ci".to_owned()]));
        assert!(commands(vec!["a\nb".into()]).is_err());
        assert_eq!(
            services(&["redis".into(), "postgresql".into(), "redis".into()]),
            Ok(vec![Service::Postgresql, Service::Redis])
        );
        assert!(services(&["mysql".into()]).is_err());
        assert!(minutes(4).is_err() && minutes(60).is_ok() && budget(5_000_000).is_ok() && budget(0).is_err());
        assert!(port(80).is_err() && port(49_983).is_err() && port(3000).is_ok());
    }

    #[test]
    fn variables_cannot_steer_the_agent_or_tell_a_value() {
        let one = |name: &str, value: &str| variables(BTreeMap::from([(name.to_owned(), value.to_owned())]));
        assert!(one("STRIPE_KEY", "sk_test_1\nwith lines").is_ok());
        for bad in ["ANTHROPIC_BASE_URL", "PATH", "GIT_CONFIG_COUNT", "LD_PRELOAD", "RANDOM", "1X", "A B", "", "A=B"] {
            let refusal = one(bad, "hush-hush").unwrap_err();
            assert!(!refusal.contains("hush"), "{refusal}");
        }
    }

    #[test]
    fn what_could_not_be_started_is_not_kept() {
        let one = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        assert_eq!(start(Some(&one), &["npm start".to_owned()], &Service::ALL, 3000), Ok(()));
        assert!(start(None, &[], &[], 5432).is_ok());
        let refusal = start(None, &[], &[Service::Postgresql], 5432).unwrap_err();
        assert!(refusal.starts_with("A preview cannot be on port 5432."), "{refusal}");
        // Each of them fits, and all together do not.
        let many = (0..100).map(|number| (format!("A{number}"), "x".repeat(2000))).collect();
        assert!(start(Some(&many), &[], &[], 3000).is_err());
    }

    #[test]
    fn the_price_of_every_model_that_is_offered_is_known() {
        assert!(MODELS.contains(&MODEL));
        for model in MODELS {
            assert!(crate::team::price::is_known(model), "{model}");
        }
    }

    #[test]
    fn money_to_the_millionth() {
        assert_eq!(micro_dollars(5.0), Some(SESSION_BUDGET));
        assert_eq!(micro_dollars(0.1 + 0.2), Some(300_000));
        assert_eq!(micro_dollars(-1.0), None);
        assert_eq!(micro_dollars(f64::NAN), None);
        assert!((dollars(4_200_000) - 4.2).abs() < f64::EPSILON);
    }
}
