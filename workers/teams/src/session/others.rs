//! Those who work on the same project at the same time: what both change may clash, so each is told of the other.

use super::Object;
use crate::contract;
use vetka_domain::team::frame::{Body, Other, Person};
use vetka_edge::Result;

impl Object {
    /// Shows who else works on the project.
    pub fn tell_of_others(&self, sessions: Vec<Other>) -> Result<()> {
        if sessions.is_empty() || self.known()?.status.is_over() {
            return Ok(());
        }
        self.append(&Body::ConflictWarning { text: words(&sessions), sessions })
    }
}

impl From<contract::Session> for Other {
    fn from(session: contract::Session) -> Self {
        let started_by = session.started_by.map(|person| Person { id: person.id, name: person.name });
        Self { id: session.id, title: session.title, started_by }
    }
}

fn words(sessions: &[Other]) -> String {
    let mut names: Vec<&str> =
        sessions.iter().map(|other| other.started_by.as_ref().map_or("Somebody", |person| &person.name)).collect();
    names.sort_unstable();
    names.dedup();
    let who = match names.as_slice() {
        [one] => format!("{one} has"),
        [first, second] => format!("{first} and {second} have"),
        [first, rest @ ..] => format!("{first} and {} others have", rest.len()),
        [] => "Somebody has".to_owned(),
    };
    format!(
        "{who} a session of this project open as well. What you both change in the same place may clash later, so tell each other what you work on."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_those_who_work_elsewhere() {
        let other = |name: &str| Other {
            id: "s".to_owned(),
            title: String::new(),
            started_by: Some(Person { id: "u".to_owned(), name: name.to_owned() }),
        };
        assert!(words(&[other("Ann")]).starts_with("Ann has a session"));
        assert!(words(&[other("Ben"), other("Ann"), other("Ben")]).starts_with("Ann and Ben have"));
        assert!(words(&[other("Ben"), other("Ann"), other("Eva")]).starts_with("Ann and 2 others have"));
        assert!(words(&[Other { started_by: None, ..other("x") }]).starts_with("Somebody has"));
    }
}
