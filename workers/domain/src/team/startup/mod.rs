//! How a project starts in a sandbox: its settings become a shell script, and what the script says becomes events. And
//! what the sandbox is made of before that: the steps of a template.
//!
//! Settings are checked here once; whoever holds a [`Plan`] has a script that no value of it can break out of.

mod build;
mod database;
mod quote;
mod report;
mod script;
mod template;

pub use super::service::Service;
pub use build::{Look, Stage, failed, is_stuck};
pub use quote::shell as shell_quoted;
pub use report::{Event, Failure};
pub use template::{BASE_IMAGE, SDK, Step, Template, edition};

/// Where the repository is in a sandbox.
pub const WORKSPACE: &str = "/workspace";
/// Where what the commands print is kept: `command-1.log` and so on.
pub const LOGS: &str = "/tmp/vetka";
/// Most environment variables.
pub const MOST_VARIABLES: usize = 100;
/// Longest value of one, in bytes.
pub const MOST_VALUE: usize = 16 * 1024;
/// Longest value of all together, in bytes.
const MOST_VALUES: usize = 128 * 1024;
/// Most startup commands.
pub const MOST_COMMANDS: usize = 20;
/// Longest command, in bytes.
pub const MOST_COMMAND: usize = 2000;

/// What is wrong with a project's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// A variable's name is not one.
    Name(String),
    /// A variable that belongs to the shell or the loader of programs.
    Reserved(String),
    /// A variable stands there twice.
    Twice(String),
    /// A variable's value is too long or has a character that no environment can hold.
    Value(String),
    /// Too many variables, or too much in them.
    Variables,
    /// Too many commands.
    Commands,
    /// This command, counted from 1, is empty, too long or has a character that no command can hold.
    Command(usize),
    /// The port is not one that a preview can be on.
    Port(u16),
}

impl Wrong {
    /// What the person reads.
    pub fn sentence(&self) -> String {
        let short = |text: &str| text.chars().filter(|c| !c.is_control()).take(40).collect::<String>();
        match self {
            Self::Name(name) => format!(
                "“{}” cannot be the name of a variable. Use letters, digits and _, and begin with a letter.",
                short(name)
            ),
            Self::Reserved(name) => {
                format!("The variable {} belongs to the system. Call yours something else.", short(name))
            }
            Self::Twice(name) => format!("The variable {} is there twice. Leave one out.", short(name)),
            Self::Value(name) => {
                format!("The value of {} is too long (16 KB at most) or has a character that cannot be.", short(name))
            }
            Self::Variables => "There are too many variables: 100 at most, 128 KB together.".to_owned(),
            Self::Commands => "There are too many startup commands: 20 at most.".to_owned(),
            Self::Command(number) => {
                format!(
                    "Startup command {number} is empty, longer than 2000 characters, or has a character that cannot be."
                )
            }
            Self::Port(port) => {
                format!(
                    "A preview cannot be on port {port}. Use one from 1024 to 65535 that no service of the project has."
                )
            }
        }
    }
}

/// Settings that were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    variables: Vec<(String, String)>,
    commands: Vec<String>,
    services: Vec<Service>,
    port: u16,
    preview_host: Option<String>,
    folders: Folders,
    /// Longest time that a command but the last may take, and that the preview may take to answer. In seconds.
    patience: (u32, u32),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Folders {
    workspace: String,
    logs: String,
}

impl Plan {
    /// Checks a project's settings. `variables` are names and values, `port` is where the preview answers.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn new(
        variables: &[(String, String)],
        commands: &[String],
        services: &[Service],
        port: u16,
    ) -> Result<Self, Wrong> {
        let length: usize = variables.iter().map(|(name, value)| name.len() + value.len()).sum();
        if variables.len() > MOST_VARIABLES || length > MOST_VALUES {
            return Err(Wrong::Variables);
        }
        for (at, (name, value)) in variables.iter().enumerate() {
            check_name(name)?;
            if variables.iter().take(at).any(|(other, _)| other == name) {
                return Err(Wrong::Twice(name.clone()));
            }
            if value.len() > MOST_VALUE || value.contains('\0') {
                return Err(Wrong::Value(name.clone()));
            }
        }
        if commands.len() > MOST_COMMANDS {
            return Err(Wrong::Commands);
        }
        let broken =
            |command: &String| command.trim().is_empty() || command.len() > MOST_COMMAND || command.contains('\0');
        if let Some(at) = commands.iter().position(broken) {
            return Err(Wrong::Command(at + 1));
        }
        let mut services = services.to_vec();
        services.sort_unstable();
        services.dedup();
        // 49983 is the sandbox's own.
        if port < 1024 || port == 49983 || services.iter().any(|service| service.port() == port) {
            return Err(Wrong::Port(port));
        }
        let folders = Folders { workspace: WORKSPACE.to_owned(), logs: LOGS.to_owned() };
        Ok(Self {
            variables: variables.to_vec(),
            commands: commands.to_vec(),
            services,
            port,
            preview_host: None,
            folders,
            patience: (900, 180),
        })
    }

    /// Names the host that the preview is asked for, as some development servers answer no host that they do not know.
    #[must_use]
    pub fn with_preview_host(mut self, host: &str) -> Self {
        self.preview_host = Some(host.to_owned());
        self
    }

    /// The project's variables and those that its services bring where the project says nothing else.
    fn environment(&self) -> Vec<(&str, &str)> {
        let mut all: Vec<(&str, &str)> = self.variables.iter().map(|(name, value)| (&**name, &**value)).collect();
        for (service, name, value) in [
            (Service::Postgresql, "DATABASE_URL", database::URL),
            (Service::Redis, "REDIS_URL", "redis://127.0.0.1:6379"),
        ] {
            if self.services.contains(&service) && all.iter().all(|(known, _)| *known != name) {
                all.push((name, value));
            }
        }
        all
    }

    /// The script, for bash. It has the project's values in it: it is to be uploaded as a file that only its user may
    /// read, and run from there (`bash FILE`), never given on a command line. It deletes the file when it begins, and
    /// may be run again with a fresh one to start the project anew. What it prints is for [`Event::parse`].
    pub fn script(&self) -> String {
        script::write(self)
    }
}

/// Whether a variable may have this name.
///
/// # Errors
/// Why not.
pub fn check_name(name: &str) -> Result<(), Wrong> {
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if !first || name.len() > 100 || !bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(Wrong::Name(name.to_owned()));
    }
    const SHELL: [&str; 27] = [
        "_",
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "PWD",
        "OLDPWD",
        "IFS",
        "ENV",
        "UID",
        "EUID",
        "PPID",
        "SHELLOPTS",
        "RANDOM",
        "SRANDOM",
        "SECONDS",
        "LINENO",
        "HISTCMD",
        "FUNCNAME",
        "DIRSTACK",
        "GROUPS",
        "PIPESTATUS",
        "OPTIND",
        "OPTARG",
        "EPOCHSECONDS",
        "EPOCHREALTIME",
    ];
    let starts = ["BASH", "LD_", "DYLD_", "GIT_", "E2B_", "VETKA_", "COMP_"];
    if SHELL.contains(&name) || starts.iter().any(|start| name.starts_with(start)) {
        return Err(Wrong::Reserved(name.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
