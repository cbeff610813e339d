//! What people point at until a message takes it along: one tray for all who are here.

use super::{Object, talk::refused};
use std::collections::BTreeSet;
use vetka_domain::team::{
    client::Point,
    frame::{Body, Person, Pin},
    tray::{Kept, check_room, shown},
};
use vetka_edge::{Error, Result, error};

fn not_yours() -> Error {
    error::forbidden("not_your_pin", "Somebody else points at that. Only they can change it or take it away.")
}

impl Object {
    /// Adds a pin, or changes the note of one's own. One that a message has taken stays as it was taken.
    pub(super) fn point(&self, point: Point, person: &Person) -> Result<()> {
        let Point { id, pin, .. } = point.check().map_err(refused)?;
        self.require_talk()?;
        match self.store.owner_of_pin(&id)? {
            Some(owner) if owner.user_id != person.id => return Err(not_yours()),
            Some(_) => self.store.set_note(&id, pin.note.as_deref())?,
            None => {
                check_room(&self.store.waiting_pins()?, &self.ids_here(), &person.id).map_err(refused)?;
                self.store.add_pin(&id, person, &pin)?;
            }
        }
        self.show_pins()
    }

    /// Takes a pin away.
    pub(super) fn unpoint(&self, id: &str, person: &Person) -> Result<()> {
        if self.store.owner_of_pin(id)?.is_some_and(|owner| owner.user_id != person.id) {
            return Err(not_yours());
        }
        self.store.remove_pin(id)?;
        self.show_pins()
    }

    /// Those of the named pins that wait, in the order in which they were named, with who pointed.
    pub(super) fn wanted_pins(&self, ids: &[String]) -> Result<Vec<(String, Pin)>> {
        let mut waiting = self.store.waiting_pins()?;
        let mut wanted = Vec::new();
        for id in ids {
            if let Some(at) = waiting.iter().position(|kept| kept.id == *id) {
                let Kept { id, author, pin } = waiting.swap_remove(at);
                wanted.push((id, Pin { author: Some(author), ..pin }));
            }
        }
        Ok(wanted)
    }

    /// Shows everybody what is pointed at.
    pub(super) fn show_pins(&self) -> Result<()> {
        self.show_passing(&self.pins()?);
        Ok(())
    }

    /// The same, after somebody came or went: it is another only where something waits.
    pub(super) fn show_pins_anew(&self) -> Result<()> {
        if self.store.waiting_pins()?.is_empty() { Ok(()) } else { self.show_pins() }
    }

    /// What is pointed at by those who are here, as a frame has it.
    pub(super) fn pins(&self) -> Result<Body> {
        Ok(Body::Pins { pins: shown(self.store.waiting_pins()?, &self.ids_here()) })
    }

    fn ids_here(&self) -> BTreeSet<String> {
        self.people_here().into_iter().map(|person| person.id).collect()
    }
}
