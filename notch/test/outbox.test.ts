// Nothing typed is lost: the outbox, over reloads, losses and refusals.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Attachment, readAttachment } from "../src/builder/frames.ts";
import { Outbox, type Shelf } from "../src/conversation/outbox.ts";

function shelf(): Shelf & { kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return { kept, getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value), removeItem: (key) => void kept.delete(key) };
}

const ids = (outbox: Outbox<Attachment>): string[] => outbox.items.map(({ clientId, state }) => `${clientId} ${state}`);

test("messages go one at a time, in order", () => {
  const outbox = new Outbox(shelf(), readAttachment, () => {});
  outbox.add("a", "one", []);
  outbox.add("b", "two", []);
  assert.equal(outbox.next()?.clientId, "a");
  assert.equal(outbox.next(), null);
  outbox.arrived("a");
  assert.equal(outbox.next()?.clientId, "b");
});

test("a lost connection sends the same message again under the same name", () => {
  const outbox = new Outbox(shelf(), readAttachment, () => {});
  outbox.add("a", "one", []);
  outbox.next();
  outbox.interrupted();
  assert.equal(outbox.next()?.clientId, "a");
});

test("a refused message stays, with the reason, and lets the next one through", () => {
  const outbox = new Outbox(shelf(), readAttachment, () => {});
  outbox.add("a", "one", []);
  outbox.add("b", "two", []);
  outbox.next();
  outbox.refuse("Too long.");
  assert.deepEqual(ids(outbox), ["a failed", "b waiting"]);
  assert.equal(outbox.items[0]?.problem, "Too long.");
  assert.equal(outbox.next()?.clientId, "b");
  outbox.arrived("b");
  outbox.retry("a");
  assert.equal(outbox.next()?.clientId, "a");
});

test("a dropped page finds everything again, and what was under way is sent again", () => {
  const store = shelf();
  const before = new Outbox(store, readAttachment, () => {});
  before.keepAs("k");
  before.add("a", "one", [{ id: "u", name: "n", mediaType: "image/png", size: 1, url: "/api/agent/uploads/u" }]);
  before.add("b", "two", []);
  before.next();
  before.refuse("No.");
  before.next();

  const after = new Outbox(store, readAttachment, () => {});
  after.add("c", "typed before the conversation was known", []);
  after.keepAs("k");
  assert.deepEqual(ids(after), ["a failed", "b waiting", "c waiting"]);
  assert.equal(after.items[0]?.attachments[0]?.id, "u");
});

test("an empty outbox leaves nothing behind, and rubbish on the shelf is no message", () => {
  const store = shelf();
  store.kept.set("k", '[{"text":"no name"},7,null]');
  const outbox = new Outbox(store, readAttachment, () => {});
  outbox.keepAs("k");
  assert.deepEqual(outbox.items, []);
  outbox.add("a", "x", []);
  outbox.arrived("a");
  assert.equal(store.kept.size, 0);
  store.kept.set("k", "not json");
  outbox.keepAs("k");
  assert.deepEqual(outbox.items, []);
});

test("a shelf that refuses is no reason to stop", () => {
  const refusing: Shelf = { getItem: () => { throw new Error("no"); }, setItem: () => { throw new Error("no"); }, removeItem: () => { throw new Error("no"); } };
  const outbox = new Outbox(refusing, readAttachment, () => {});
  outbox.keepAs("k");
  outbox.add("a", "x", []);
  assert.deepEqual(ids(outbox), ["a waiting"]);
});
