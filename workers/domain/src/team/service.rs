//! What a project may need beside its own code, and a sandbox can have.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A service that a sandbox can have beside the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// A database at 127.0.0.1:5432; `DATABASE_URL` says where.
    Postgresql,
    /// A store at 127.0.0.1:6379; `REDIS_URL` says where.
    Redis,
}

impl Service {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Postgresql, Self::Redis];

    /// As settings, JSON, the database and the script write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postgresql => "postgresql",
            Self::Redis => "redis",
        }
    }

    /// As people write it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Postgresql => "PostgreSQL",
            Self::Redis => "Redis",
        }
    }

    /// Where it listens.
    pub const fn port(self) -> u16 {
        match self {
            Self::Postgresql => 5432,
            Self::Redis => 6379,
        }
    }

    /// Reads it; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_in_one_way() {
        for service in Service::ALL {
            assert_eq!(Service::parse(service.as_str()), Some(service));
            assert_eq!(serde_json::to_value(service).unwrap(), service.as_str());
        }
        assert_eq!(Service::parse("mysql"), None);
    }
}
