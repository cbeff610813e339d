//! What people point at until a message takes it along: one tray for all who are here.

use super::{Object, talk::refused};
use std::rc::Rc;
use vetka_domain::team::{
    client::Point,
    frame::{Body, Person},
    tray::{Kept, check_room, shown},
};
use vetka_edge::{Error, Result, error};

fn not_yours() -> Error {
    error::forbidden("not_your_pin", "Somebody else points at that. Only they can change or remove it.")
}

impl Object {
    /// Adds a pin, or changes the note of one's own. One that a message has taken stays as it was taken.
    pub(super) fn point(self: &Rc<Self>, point: Point, person: &Person) -> Result<()> {
        let Point { id, pin, .. } = point.check().map_err(refused)?;
        self.require_talk()?;
        match self.store.pin(&id)? {
            Some(kept) if kept.author.id != person.id => return Err(not_yours()),
            Some(_) => self.store.set_note(&id, pin.note.as_deref())?,
            None => {
                check_room(&self.store.waiting_pins()?, &self.people_here(), &person.id).map_err(refused)?;
                self.store.add_pin(&id, person, &pin)?;
                self.picture_pin(id, &pin, person);
            }
        }
        self.show_pins()
    }

    /// Takes a pin away.
    pub(super) fn unpoint(&self, id: &str, person: &Person) -> Result<()> {
        if self.store.pin(id)?.is_some_and(|kept| kept.author.id != person.id) {
            return Err(not_yours());
        }
        self.store.remove_pin(id)?;
        self.show_pins()
    }

    /// Those of the named pins that can be taken, of those who have gone meanwhile as well.
    pub(super) fn wanted_pins(&self, ids: &[String]) -> Result<Vec<Kept>> {
        let mut free = self.store.free_pins()?;
        free.retain(|kept| ids.contains(&kept.id));
        Ok(free)
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
        Ok(Body::Pins { pins: shown(self.store.waiting_pins()?, &self.people_here()) })
    }
}
