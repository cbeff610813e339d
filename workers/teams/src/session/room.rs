//! Who looks on, and what they are told: the room of `vetka_edge`, with people in it.

use super::{Object, access};
use serde::{Deserialize, Serialize};
use vetka_domain::team::frame::{Body, Person, refusal};
use vetka_edge::{
    Result,
    room::{self, Limits},
    time,
};
use worker::{Response, WebSocket};

/// Sockets of one session of work.
pub const LIMITS: Limits =
    Limits { tabs: 20, sockets: 300, refusal: "This session is open in too many places. Close some and reload." };

/// Who sits at a socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onlooker {
    /// The sign-in that they came with.
    pub signed_in: String,
    /// Who that is.
    pub person: Person,
}

impl Object {
    /// Opens a socket: replays what came after `after`, says that this was it, and goes on live.
    pub fn open_socket(&self, after: i64, signed_in: String, person: Person) -> Result<Response> {
        let who = Onlooker { signed_in, person };
        let (pair, last) = self.room.open(&self.store, after, &who.signed_in, &who)?;
        pair.server.send_with_str(passing(&self.pins()?))?;
        let mut standing = self.standing()?;
        standing.replayed = Some(last);
        pair.server.send_with_str(passing(&Body::SessionStatus(standing)))?;
        pair.server.send_with_str(passing(&self.cost()?))?;
        self.show_people();
        Ok(Response::from_websocket(pair.client)?)
    }

    /// Appends a frame and shows it.
    pub fn append(&self, body: &Body) -> Result<()> {
        let frame = self.store.append(body)?;
        self.room.show(&self.store, std::slice::from_ref(&frame));
        Ok(())
    }

    /// Shows a frame that is not kept.
    pub fn show_passing(&self, body: &Body) {
        self.room.pass(&passing(body));
    }

    /// Shows who is here, and with that what they point at.
    pub fn show_people(&self) {
        self.show_passing(&Body::People { people: self.people_here() });
        if let Err(failure) = self.show_pins_anew() {
            failure.log("session");
        }
    }

    /// Who is here, each once, by their ids.
    pub fn people_here(&self) -> Vec<Person> {
        let mut people: Vec<Person> = Vec::new();
        for Onlooker { person, .. } in self.room.all() {
            if let Err(at) = people.binary_search_by(|known| known.id.cmp(&person.id)) {
                people.insert(at, person);
            }
        }
        people
    }

    /// Closes the sockets of those who are signed out or not in the organization any more.
    pub async fn close_ended(&self) -> Result<()> {
        let Some(memory) = self.memory()? else { return Ok(()) };
        let organization = &memory.begin.organization_id;
        let stands =
            async |who: &Onlooker| access::stands(&self.env, &who.signed_in, &who.person.id, organization).await;
        self.room.close_ended(stands, sign_out).await
    }

    /// Closes everything: the session is gone.
    pub fn close_doors(&self) {
        let last_words = refusal("session_gone", "This session was deleted, and what was said in it with it.");
        self.room.close(&passing(&last_words));
    }
}

fn passing(body: &Body) -> String {
    body.to_json(None, &time::rfc3339(time::now_ms()))
}

/// Tells one socket that something was refused.
pub fn refuse(socket: &WebSocket, code: &str, message: &str) {
    let _ = socket.send_with_str(passing(&refusal(code, message)));
}

/// Ends a socket whose sign-in is over.
pub fn sign_out(socket: &WebSocket) {
    refuse(socket, "unauthorized", "You are not signed in here any more. Sign in and try again.");
    room::sign_out(socket);
}
