// Whose click it is: what the page around the frame could have arranged is nobody's wish.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it, test } from "node:test";
import { GAP_MS, type Press, SEEN_MS, STEADY_MS, Steadiness, isOwn } from "../src/frame/protect.ts";

const now = 10_000;
const good: Press = { trusted: true, pointer: "mouse", now, seenSince: now - SEEN_MS, steadySince: now - STEADY_MS };

describe("a click", () => {
  it("counts after half a second in full view, with the pointer at rest on the frame", () => assert.ok(isOwn(good)));

  it("of a script counts never", () => {
    for (const pointer of ["mouse", "touch", "pen", ""]) assert.ok(!isOwn({ ...good, pointer, trusted: false }));
  });

  it("on what was covered counts not, nor on what was uncovered a moment ago", () => {
    for (const pointer of ["mouse", "touch", "pen", ""]) {
      assert.ok(!isOwn({ ...good, pointer, seenSince: null }), pointer);
      assert.ok(!isOwn({ ...good, pointer, seenSince: now - 68 }), pointer);
      assert.ok(!isOwn({ ...good, pointer, seenSince: now - SEEN_MS + 1 }), pointer);
    }
  });

  it("counts not where the frame was moved under the pointer", () => {
    assert.ok(!isOwn({ ...good, steadySince: null }));
    assert.ok(!isOwn({ ...good, steadySince: now - 60 }));
    assert.ok(!isOwn({ ...good, pointer: "pen", steadySince: now - STEADY_MS + 1 }));
  });

  it("by a finger or a key needs no rest, but it needs the view", () => {
    for (const pointer of ["touch", ""]) assert.ok(isOwn({ ...good, pointer, steadySince: null }));
  });

  it("in a browser that cannot tell what is covered is held to the rest", () => {
    assert.ok(isOwn({ ...good, seenSince: undefined }));
    assert.ok(!isOwn({ ...good, seenSince: undefined, steadySince: null }));
    assert.ok(!isOwn({ ...good, seenSince: undefined, trusted: false }));
  });
});

describe("the pointer at rest", () => {
  const at = (x: number, y: number, frameX = 100, frameY = 100): { screenX: number; screenY: number; clientX: number; clientY: number } => ({ clientX: x, clientY: y, screenX: x + frameX, screenY: y + frameY });

  it("is at rest while it moves over a frame that stands", () => {
    const steady = new Steadiness();
    for (let t = 0; t < 10; t++) steady.at(t * 50, at(t * 7, t * 3));
    assert.equal(steady.since, 0);
  });

  it("begins anew when the frame moves, however little the pointer does", () => {
    const steady = new Steadiness();
    steady.at(0, at(50, 50));
    steady.at(400, at(48, 50, 130));
    assert.equal(steady.since, 400);
    steady.at(450, at(48, 50, 130.6, 99.4));
    assert.equal(steady.since, 400, "coordinates are rounded");
    steady.at(900, at(48, 50, 130, 70));
    assert.equal(steady.since, 900);
  });

  it("begins anew after a time in which the pointer may have been elsewhere", () => {
    const steady = new Steadiness();
    for (let now = 0; now <= 3_000; now += GAP_MS) steady.at(now, at(1, 1));
    assert.equal(steady.since, 0);
    steady.at(3_001 + GAP_MS, at(1, 1));
    assert.equal(steady.since, 3_001 + GAP_MS);
  });

  it("is none once the pointer has left", () => {
    const steady = new Steadiness();
    steady.at(0, at(1, 1));
    steady.left();
    assert.equal(steady.since, null);
    steady.at(500, at(1, 1));
    assert.equal(steady.since, 500);
  });
});

test("no look of the frame keeps Chromium from seeing what is pressed", async () => {
  const css = await readFile(new URL("../css/frame.css", import.meta.url), "utf8");
  assert.doesNotMatch(css, /^\s*(filter|backdrop-filter|mix-blend-mode|mask|clip-path: (?!inset\(50%\)))/m);
});
