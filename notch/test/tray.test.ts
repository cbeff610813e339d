// What is pointed at: shown as the session has it, with what was done here on top, and nothing typed is lost.

import assert from "node:assert/strict";
import { beforeEach, describe, mock, test } from "node:test";
import type { Shelf } from "../src/conversation/outbox.ts";
import { type Pin, type ShownPin, readFrame } from "../src/session/frames.ts";
import { Tray } from "../src/session/tray.ts";

mock.timers.enable({ apis: ["setTimeout"] });

const pin = (label: string, note = ""): Pin => ({ label, page: "/", width: 390, note, selector: "h1", text: "words" });

function shelf(): Shelf & { kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return { kept, getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value), removeItem: (key) => void kept.delete(key) };
}

/** A session, as far as a tray knows one. */
class Session {
  up = true;
  readonly sent: string[] = [];
  pins: ShownPin[] = [];
  readonly tray: Tray;

  constructor(store: Shelf = shelf()) {
    this.tray = new Tray(store, {
      viewer: "me",
      changed: () => {},
      send: (frame) => {
        if (!this.up) return false;
        this.sent.push(frame.type === "pin" ? `${frame.pin.label}: ${frame.pin.note}` : "unpin");
        if (frame.type === "unpin") this.pins = this.pins.filter(({ id }) => id !== frame.id);
        else {
          const { label, page, width, note } = frame.pin;
          const at = this.pins.findIndex(({ id }) => id === frame.id);
          const waiting = { id: frame.id, label, page, width, note, author: { id: "me", name: "Ann" }, picture: null };
          this.pins = at === -1 ? [...this.pins, waiting] : this.pins.with(at, waiting);
        }
        return true;
      },
    });
    this.tray.keepAs("k");
  }

  get shown(): string[] {
    return this.tray.pins.map(({ label, note }) => `${label}: ${note}`);
  }

  tell(): void {
    this.tray.heard(this.pins);
  }
}

const bos: ShownPin = { id: "b", label: "the menu", page: "/", width: 0, note: "shorter", author: { id: "bo", name: "Bo" }, picture: null };

describe("the tray", () => {
  let session: Session;
  beforeEach(() => {
    session = new Session();
  });

  test("has everybody's, and one's own at once", () => {
    session.pins = [bos];
    session.tell();
    session.tray.add(pin("the heading"));
    assert.deepEqual(session.shown, ["the menu: shorter", "the heading: "]);
    session.tell();
    assert.deepEqual(session.shown, ["the menu: shorter", "the heading: "]);
    assert.deepEqual(session.tray.pins.map((pin) => session.tray.isOwn(pin)), [false, true]);
  });

  test("sends a note when the typing rests, and before a message", () => {
    session.tray.add(pin("the heading"));
    session.tell();
    const id = session.pins[0]?.id ?? "";
    for (const typed of ["w", "wa", "war"]) session.tray.note(id, typed);
    assert.deepEqual(session.sent, ["the heading: "]);
    mock.timers.tick(500);
    assert.deepEqual(session.sent, ["the heading: ", "the heading: war"]);
    session.tray.note(id, "warm ");
    session.tell();
    assert.deepEqual(session.shown, ["the heading: warm "]);
    session.tray.flush();
    session.tray.flush();
    assert.deepEqual(session.sent.slice(2), ["the heading: warm"]);
    session.tell();
    assert.deepEqual(session.shown, ["the heading: warm"]);
  });

  test("keeps what was typed without a connection, also over a reload", () => {
    const store = shelf();
    session = new Session(store);
    session.tray.add(pin("the heading"));
    session.tell();
    assert.equal(store.kept.size, 0, "what the session has is not kept here");
    session.up = false;
    session.tray.interrupted();
    session.tray.note(session.pins[0]?.id ?? "", "warmer");
    session.tray.add(pin("the picture", "larger"));
    mock.timers.tick(500);
    assert.deepEqual(session.shown, ["the heading: warmer", "the picture: larger"]);

    const after = new Session(store);
    after.pins = session.pins;
    after.tell();
    assert.deepEqual(after.shown, ["the heading: warmer", "the picture: larger"]);
    after.tray.flush();
    after.tell();
    assert.deepEqual([after.shown, after.sent], [["the heading: warmer", "the picture: larger"], ["the heading: warmer", "the picture: larger"]]);
    assert.equal(store.kept.size, 0);
  });

  test("sends again what may not have arrived", () => {
    session.tray.add(pin("the heading"));
    session.pins = [];
    session.tray.interrupted();
    session.tell();
    session.tray.flush();
    assert.deepEqual(session.sent, ["the heading: ", "the heading: "]);
    assert.deepEqual(new Set(session.tray.pins.map(({ id }) => id)).size, 1);
  });

  test("a message of somebody else leaves what was typed after it", () => {
    session.tray.add(pin("the heading"));
    session.tell();
    const [{ id }] = session.pins as [ShownPin];
    session.tray.note(id, "and warmer");
    session.pins = [];
    session.tell();
    mock.timers.tick(500);
    session.tell();
    assert.deepEqual(session.shown, ["the heading: and warmer"]);
    assert.notEqual(session.pins[0]?.id, id);
  });

  test("one's own message takes all of it", () => {
    session.tray.add(pin("the heading"));
    session.tell();
    session.tray.note(session.pins[0]?.id ?? "", "warmer");
    session.tray.flush();
    session.pins = [];
    session.tell();
    mock.timers.tick(500);
    assert.deepEqual([session.shown, session.sent.length], [[], 2]);
  });

  test("takes away what can be said to the session, and comes back to what it has", () => {
    session.tray.add(pin("the heading"));
    session.tell();
    const [waiting] = session.pins as [ShownPin];
    session.up = false;
    assert.equal(session.tray.remove(waiting.id), false);
    assert.equal(session.shown.length, 1);
    session.up = true;
    assert.equal(session.tray.remove(waiting.id), true);
    assert.deepEqual(session.shown, []);
    session.tray.heard([waiting]);
    assert.deepEqual(session.shown, [], "it was on its way");
    session.tray.interrupted();
    assert.equal(session.shown.length, 1, "it never arrived");
  });

  test("gives up what the session does not take", () => {
    session.tray.add(pin("one too many"));
    session.pins = [bos];
    session.tell();
    session.tray.refused();
    assert.deepEqual(session.shown, ["the menu: shorter"]);
  });

  test("what is kept or comes in another form is left out", () => {
    for (const kept of ["nonsense", "{}", '[{"id":"a"},{"pin":{"label":"x"}},7]']) {
      const store = shelf();
      store.kept.set("k", kept);
      assert.deepEqual(new Session(store).shown, []);
    }
    const frame = readFrame({ type: "pins", pins: [{ ...bos, note: undefined }, { label: "no id" }, { id: "no label" }, 7] });
    assert.deepEqual(frame?.type === "pins" && frame.pins, [{ ...bos, note: "" }]);
  });
});
