// What the page and the frame say to each other: everything that is not exactly one of the messages is dropped.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { draw } from "../src/drawing.ts";
import { fromFrame, fromPopup } from "../src/handover.ts";
import { answered, judge } from "../src/frame/holder.ts";
import { brief, readSite } from "../src/frame/site.ts";
import { fromPage, pathOn, readStickers } from "../src/messages.ts";

const anchor = { exact: "words", prefix: "before", suffix: "after", start: 3, css: "body>p", x: 10, y: 20 };
const nonsense: unknown[] = [null, undefined, 0, "", "open", [], [{ t: "size" }], {}, { t: 1 }, { t: "toString" }, { t: "__proto__" }, { t: "react" }, { t: "visitor" }, { t: "ready" }, () => {}, new Date()];

describe("what the page says", () => {
  it("is taken when it is whole", () => {
    assert.deepEqual(fromPage({ t: "size", open: true }), { t: "size", open: true });
    assert.deepEqual(fromPage({ t: "page", url: "https://a.example/a?b=c", title: "A" }), { t: "page", url: "https://a.example/a?b=c", title: "A" });
    assert.deepEqual(fromPage({ t: "pick", anchor, more: 1 }), { t: "pick", anchor });
    assert.deepEqual(fromPage({ t: "sticker", id: "an_1" }), { t: "sticker", id: "an_1" });
  });

  it("is nothing when it is anything else", () => {
    for (const one of nonsense) assert.equal(fromPage(one), null, String(one));
    for (const url of ["", "a", "/a", "javascript:1", "file:///a", `https://a.example/${"a".repeat(5000)}`]) assert.equal(fromPage({ t: "page", url, title: "" }), null, url);
    for (const x of [-1, 101, Number.NaN, "5", null]) assert.equal(fromPage({ t: "pick", anchor: { ...anchor, x } }), null);
    for (const id of ["", "a b", "<img>", "a".repeat(65)]) assert.equal(fromPage({ t: "sticker", id }), null);
  });

  it("is cut to size", () => {
    const long = fromPage({ t: "pick", anchor: { ...anchor, exact: "e".repeat(5000), prefix: "p".repeat(500), suffix: "s".repeat(500), css: "c".repeat(5000), start: 1.5 } });
    assert.ok(long?.t === "pick");
    assert.ok(long.anchor.exact.length <= 500 && long.anchor.prefix.length <= 64 && long.anchor.suffix.length <= 64 && long.anchor.css.length <= 500);
    assert.equal(long.anchor.start, null);
    assert.equal(fromPage({ t: "page", url: "https://a.example/", title: "t".repeat(900) })?.t, "page");
  });

  it("names a page of its own origin, or none", () => {
    const on = (address: string): string | null => pathOn("https://a.example", address);
    assert.equal(on("https://a.example/a/b?c=d#e"), "/a/b?c=d");
    assert.equal(on("https://a.example"), "/");
    for (const address of ["", "/a", "https://b.example/", "http://a.example/", "https://a.example.b.example/", "https://a.example@b.example/", "blob:x"]) assert.equal(on(address), null, address);
  });
});

describe("what the page is told", () => {
  it("are stickers and nothing of who looks", () => {
    const [one] = readStickers([{ anchorId: "an_1", anchor: { ...anchor, state: "placed" }, signal: "heart", tilt: 40, count: 2, mine: "re_1", names: [{ domain: "ann.example", name: "Ann", url: "https://ann.example/", email: "x" }] }]);
    assert.deepEqual(one, { id: "an_1", anchor, signal: "heart", label: "heart", art: null, tilt: 13, count: 2, names: [{ name: "Ann", url: "https://ann.example/" }] });
  });

  it("leaves out what cannot be read, and links that lead nowhere good", () => {
    const good = { id: "an_1", anchor, signal: "heart", tilt: 0, count: 1, names: [{ name: "Eve", url: "javascript:alert(1)" }, 3, {}] };
    const read = readStickers([...nonsense, { ...good, signal: "a b" }, { ...good, count: 0 }, { ...good, anchor: {} }, good]);
    assert.deepEqual(read.map(({ names }) => names), [[{ name: "Eve", url: "" }]]);
    for (const one of nonsense) assert.deepEqual(readStickers(one).length, 0);
  });

  it("brings its drawing as numbers and lines, which are never more than that", () => {
    const art = (art: unknown): unknown => readStickers([{ id: "a", anchor, signal: "heart", count: 1, art }])[0]?.art;
    assert.deepEqual(art([1, "Love this", "M0 0"]), [1, "Love this", "M0 0"]);
    for (const one of [...nonsense.filter((one) => !Array.isArray(one)), "svg", { 0: "svg" }]) assert.equal(art(one), null);
  });
});

describe("a drawing", () => {
  /** Only what is asked of it: an element that remembers what it was given. */
  interface Made { tag: string; attributes: Record<string, unknown>; inside: Made[] }
  const given = globalThis.document;
  before(() => {
    globalThis.document = {
      createElementNS: (_: string, tag: string) => {
        const made: Made = { tag, attributes: {}, inside: [] };
        return { ...made, setAttribute: (name: string, value: unknown) => (made.attributes[name] = value), append: (...more: Made[]) => made.inside.push(...more) };
      },
    } as unknown as Document;
  });
  after(() => (globalThis.document = given));

  it("is made of the same few elements and attributes, whatever it says", () => {
    const allowed = /^(svg|path|circle|viewBox|aria-hidden|stroke|d|fill|fill-opacity|cx|cy|r)$/;
    const look = ({ tag, attributes, inside }: Made): void => {
      for (const name of [tag, ...Object.keys(attributes)]) assert.match(name, allowed);
      for (const value of Object.values(attributes)) assert.equal(typeof value, "string");
      inside.forEach(look);
    };
    const strange: unknown[] = [["<script>", "x", "javascript:alert(1)", { toString: () => "url(x)" }, "onload"], [1, "", "M0 0", "M1 1", 19], [], [0, [], [], [], []]];
    for (const drawing of strange) look(draw(drawing as never) as unknown as Made);
  });
});

describe("what the window for signing in says", () => {
  const app = "https://vetka.example";
  const popup = {};
  const s = "s".repeat(24);
  const said = (data: unknown, source: unknown = popup, origin = app): Parameters<typeof fromPopup>[0] => ({ data, source, origin });

  it("counts from that window, of our origin, with this attempt's state", () => {
    assert.deepEqual(fromPopup(said({ t: "hello", s }), popup, app, s), { t: "hello", s });
    assert.deepEqual(fromPopup(said({ t: "code", s, code: "vc_abcdef" }), popup, app, s), { t: "code", s, code: "vc_abcdef" });
    for (const one of [
      said({ t: "hello", s }, {}), said({ t: "hello", s }, null), said({ t: "hello", s }, popup, "https://evil.example"), said({ t: "hello", s }, popup, "null"),
      said({ t: "hello", s: "x".repeat(24) }), said({ t: "hello" }), said({ t: "code", s }), said({ t: "code", s, code: "a b" }), ...nonsense.map((data) => said(data)),
    ]) assert.equal(fromPopup(one, popup, app, s), null, JSON.stringify(one));
    assert.equal(fromPopup(said({ t: "hello", s: "" }), popup, app, ""), null, "no state is no state");
    assert.equal(fromPopup(said({ t: "hello", s }, null), null, app, s), null, "no window is no window");
  });

  it("is answered with an origin, which the window takes only as one", () => {
    const who = { t: "who", s, origin: "https://maya.example", domain: "maya.example" };
    assert.deepEqual(fromFrame(said(who), popup, app, s), who);
    for (const origin of ["maya.example", "https://maya.example/", "https://maya.example/x", "javascript:1", "null", "https://MAYA.example", "https://a@maya.example"]) {
      assert.equal(fromFrame(said({ ...who, origin }), popup, app, s), null, origin);
    }
  });
});

describe("where the frame stands", () => {
  const origins = ["https://maya.example", "https://www.maya.example"];
  const usual = { ancestors: ["https://maya.example"], outermost: true, own: "https://vetka.example", origins };

  it("is one of the site's origins, at the very top, or nowhere", () => {
    assert.deepEqual(judge(usual), { origin: "https://maya.example" });
    assert.deepEqual(judge({ ...usual, ancestors: ["https://www.maya.example"] }), { origin: "https://www.maya.example" });
    assert.deepEqual(judge({ ...usual, ancestors: ["https://evil.example"] }), { refused: "stranger" });
    assert.deepEqual(judge({ ...usual, ancestors: ["http://maya.example"] }), { refused: "stranger" });
    assert.deepEqual(judge({ ...usual, ancestors: ["https://maya.example", "https://evil.example"] }), { refused: "nested" });
    assert.deepEqual(judge({ ...usual, ancestors: ["https://maya.example", "https://maya.example"] }), { refused: "nested" });
    assert.deepEqual(judge({ ...usual, outermost: false }), { refused: "nested" });
    assert.deepEqual(judge({ ...usual, ancestors: [] }), { refused: "nested" });
    assert.deepEqual(judge({ ...usual, own: "null" }), { refused: "sandbox" });
    assert.deepEqual(judge({ ...usual, ancestors: ["null"] }), { ask: true });
    assert.deepEqual(judge({ ...usual, ancestors: null }), { ask: true });
  });

  it("is believed of the parent alone, when it has to be asked", () => {
    const parent = {};
    const event = { source: parent, origin: "https://maya.example", data: { t: "me", n: "1-2" } };
    assert.equal(answered(event, parent, "1-2", origins), "https://maya.example");
    assert.equal(answered({ ...event, source: {} }, parent, "1-2", origins), null);
    assert.equal(answered({ ...event, origin: "https://evil.example" }, parent, "1-2", origins), null);
    assert.equal(answered(event, parent, "1-3", origins), null);
    assert.equal(answered({ ...event, data: { t: "ready" } }, parent, "1-2", origins), null);
  });

  it("is written into the frame's page by the server", () => {
    const written = { domain: "maya.example", name: "Maya", url: "https://maya.example/", image: "/pictures/1.webp", origins };
    assert.deepEqual(readSite(JSON.stringify(written)), written);
    assert.equal(readSite(JSON.stringify({ ...written, image: "https://elsewhere.example/1.webp" }))?.image, null);
    for (const bad of [undefined, "", "{", "[]", JSON.stringify({ ...written, origins: [] }), JSON.stringify({ ...written, origins: ["maya.example"] }), JSON.stringify({ ...written, url: "javascript:1" })]) {
      assert.equal(readSite(bad), null, bad);
    }
    assert.equal(brief({ domain: "a.example", name: "", url: "https://a.example/" })?.name, "a.example");
  });
});
