// What was written goes out once the log is known, one message at a time, and is told to have failed when nothing comes of it.

import assert from "node:assert/strict";
import { beforeEach, describe, mock, test } from "node:test";
import { Delivery } from "../src/conversation/delivery.ts";
import { Outbox } from "../src/conversation/outbox.ts";

mock.timers.enable({ apis: ["setTimeout"] });

const nothing = { getItem: () => null, setItem: () => {}, removeItem: () => {} };

describe("a message on its way", () => {
  let outbox: Outbox<string>;
  let delivery: Delivery<string>;
  let up: boolean;
  let sent: string[];
  const states = (): string[] => outbox.items.map(({ text, state }) => `${text} ${state}`);
  const idOf = (words: string): string => outbox.items.find(({ text }) => text === words)?.clientId ?? "";

  beforeEach(() => {
    up = true;
    sent = [];
    outbox = new Outbox<string>(nothing, () => null, () => {});
    delivery = new Delivery(outbox, ({ text, attachments }) => {
      if (up) sent.push([text, ...attachments].join(" "));
      return up;
    });
  });

  test("waits for the log, and is not sent when that has it", () => {
    delivery.add("one", []);
    delivery.add("two", ["p"]);
    assert.deepEqual(sent, []);
    const one = idOf("one");
    delivery.resume((id) => id === one);
    assert.deepEqual([sent, states()], [["two p"], ["two sending"]]);
  });

  test("is followed by the next when the log shows it, whatever others say meanwhile", () => {
    delivery.resume(() => false);
    delivery.add("one", []);
    delivery.add("two", []);
    mock.timers.tick(11_000);
    delivery.arrived("of-somebody-else");
    mock.timers.tick(1_000);
    assert.deepEqual(states(), ["one failed", "two sending"], "nobody else's message is an answer to this one");
    delivery.arrived(idOf("two"));
    mock.timers.tick(60_000);
    assert.deepEqual(states(), ["one failed"]);
    delivery.retry(idOf("one"));
    assert.deepEqual(sent, ["one", "two", "one"]);
  });

  test("is what a refusal is about, or nothing is", () => {
    delivery.resume(() => false);
    assert.equal(delivery.refuse("Slower."), false);
    delivery.add("one", []);
    assert.equal(delivery.refuse("Slower."), true);
    assert.deepEqual(outbox.items.map(({ state, problem }) => `${state}: ${problem}`), ["failed: Slower."]);
  });

  test("goes again after a loss, and has not failed meanwhile", () => {
    delivery.resume(() => false);
    delivery.add("one", []);
    delivery.pause();
    mock.timers.tick(60_000);
    assert.deepEqual(states(), ["one waiting"]);
    up = false;
    delivery.resume(() => false);
    assert.deepEqual(states(), ["one waiting"]);
    up = true;
    delivery.resume(() => false);
    assert.deepEqual(sent, ["one", "one"]);
  });
});
