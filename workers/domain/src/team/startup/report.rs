//! What the startup script prints, one line for each thing that happens.

use super::Service;

/// A line of the script's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The project's environment is written.
    Environment,
    /// A service starts.
    Service(Service),
    /// A command starts: which one, and of how many.
    Command {
        /// From 1.
        number: u32,
        /// All of them.
        total: u32,
    },
    /// All commands ran or run; the preview is waited for.
    Waiting,
    /// The preview answers on this port.
    Ready(u16),
    /// There is no command, so nothing runs and nothing will answer.
    Idle,
    /// It did not start; nothing comes after this.
    Failed(Failure),
}

/// Why a project did not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The repository's folder is not there.
    Workspace,
    /// A service did not start.
    Service(Service),
    /// A command failed.
    Command {
        /// Which one, from 1.
        number: u32,
        /// Its exit status; 124 is too long a time.
        status: u8,
    },
    /// Nothing answers on this port.
    Port(u16),
}

impl Event {
    /// Reads a line; `None` for what is not the script's.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.trim_end().strip_prefix("vetka ")?.split(' ');
        let service = |name: Option<&str>| Service::parse(name?);
        let event = match words.next()? {
            "environment" => Self::Environment,
            "service" => Self::Service(service(words.next())?),
            "command" => Self::Command { number: words.next()?.parse().ok()?, total: words.next()?.parse().ok()? },
            "waiting" => words.next().map(|_| Self::Waiting)?,
            "ready" => Self::Ready(words.next()?.parse().ok()?),
            "idle" => Self::Idle,
            "failed" => Self::Failed(match words.next()? {
                "workspace" => Failure::Workspace,
                "service" => Failure::Service(service(words.next())?),
                "command" => {
                    Failure::Command { number: words.next()?.parse().ok()?, status: words.next()?.parse().ok()? }
                }
                "port" => Failure::Port(words.next()?.parse().ok()?),
                _ => return None,
            }),
            _ => return None,
        };
        words.next().is_none().then_some(event)
    }

    /// What the person reads while they wait.
    pub fn sentence(self) -> String {
        match self {
            Self::Environment => "Preparing the project’s settings".to_owned(),
            Self::Service(service) => format!("Starting {}", service.title()),
            Self::Command { number, total } => format!("Starting the project: step {number} of {total}"),
            Self::Waiting => "Waiting for the preview".to_owned(),
            Self::Ready(_) => "The preview is ready".to_owned(),
            Self::Idle => "This project has no startup commands, so there is no preview".to_owned(),
            Self::Failed(failure) => failure.sentence(),
        }
    }
}

impl Failure {
    /// What the person reads.
    pub fn sentence(self) -> String {
        match self {
            Self::Workspace => "The project’s files are not there.".to_owned(),
            Self::Service(service) => format!("{} did not start.", service.title()),
            Self::Command { number, status: 124 } => format!("Step {number} of starting the project took too long."),
            Self::Command { number, status: 127 } => {
                format!("Step {number} of starting the project failed: a program that it needs is not installed.")
            }
            Self::Command { number, .. } => format!("Step {number} of starting the project failed."),
            Self::Port(port) => {
                format!("The project started, but nothing answers on port {port}. Is this the port of its preview?")
            }
        }
    }
}
