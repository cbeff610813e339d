//! What people point at until a message takes it along: one tray for everybody in a session. Those who have gone are missed
//! with what they pointed at, and find it again when they come back.

use super::{
    client::MOST_PINS,
    frame::{Person, Pin, ShownPin},
};
use crate::conversation::client::Refusal;

/// A pin that waits, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What a message takes it by.
    pub id: String,
    /// Who pointed.
    pub author: Person,
    /// Where, and what is wished there.
    pub pin: Pin,
}

impl Kept {
    /// What everybody sees of it.
    pub fn shown(self) -> ShownPin {
        let Self { id, author, pin: Pin { label, page, width, note, picture, .. } } = self;
        ShownPin { id, author, label, page, width, note, picture }
    }

    /// What the agent is told of it.
    pub fn told(&self) -> Pin {
        Pin { author: Some(self.author.clone()), ..self.pin.clone() }
    }

    fn is_of(&self, people: &[Person]) -> bool {
        people.iter().any(|person| person.id == self.author.id)
    }
}

/// What is shown of those that wait, the eldest first, while these people are here.
pub fn shown(waiting: Vec<Kept>, here: &[Person]) -> Vec<ShownPin> {
    let of_those_here = waiting.into_iter().filter(|kept| kept.is_of(here));
    of_those_here.take(MOST_PINS).map(Kept::shown).collect()
}

/// Whether somebody who is here may point at one more place.
///
/// # Errors
/// When they, or all who are here together, point at as many as there may be.
pub fn check_room(waiting: &[Kept], here: &[Person], person: &str) -> Result<(), Refusal> {
    let own = waiting.iter().filter(|kept| kept.author.id == person).count();
    let seen = waiting.iter().filter(|kept| kept.is_of(here)).count();
    if own.max(seen) < MOST_PINS {
        return Ok(());
    }
    Err(Refusal {
        code: "tray_full",
        message: "Twelve places are pointed at already. Send them with a message, or remove one.",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str) -> Person {
        Person { id: id.into(), name: id.to_uppercase() }
    }

    fn kept(id: usize, author: &str) -> Kept {
        let pin = Pin {
            selector: "h1".into(),
            label: format!("place {id}"),
            text: "words".into(),
            page: "/".into(),
            width: 390,
            note: None,
            author: None,
            picture: None,
        };
        Kept { id: format!("p{id}"), author: person(author), pin }
    }

    fn here(people: &[&str]) -> Vec<Person> {
        people.iter().map(|id| person(id)).collect()
    }

    #[test]
    fn those_who_have_gone_are_missed_with_their_pins() {
        let waiting = vec![kept(1, "ann"), kept(2, "bo"), kept(3, "ann")];
        let ids = |people: &[&str]| -> Vec<String> {
            shown(waiting.clone(), &here(people)).into_iter().map(|pin| pin.id).collect()
        };
        assert_eq!(ids(&["ann", "bo"]), ["p1", "p2", "p3"]);
        assert_eq!(ids(&["ann"]), ["p1", "p3"]);
        assert!(ids(&[]).is_empty());
        let first = serde_json::to_value(&shown(waiting, &here(&["bo"]))[0]).unwrap();
        let expected = serde_json::json!({ "id": "p2", "author": { "id": "bo", "name": "BO" }, "label": "place 2", "page": "/", "width": 390 });
        assert_eq!(first, expected);
    }

    #[test]
    fn twelve_places_at_most() {
        let many = |person: &'static str, count: usize| (0..count).map(move |id| kept(id, person));
        let room = |waiting: Vec<Kept>, people: &[&str]| check_room(&waiting, &here(people), "ann").is_ok();
        assert!(room(many("ann", 11).collect(), &["ann"]));
        assert!(!room(many("ann", 12).collect(), &["ann"]));
        assert!(!room(many("ann", 4).chain(many("bo", 8)).collect(), &["ann", "bo"]));
        assert!(room(many("ann", 4).chain(many("bo", 8)).collect(), &["ann"]));
        let back = many("ann", 10).chain(many("bo", 10)).collect();
        assert_eq!(shown(back, &here(&["ann", "bo"])).len(), 12);
    }
}
