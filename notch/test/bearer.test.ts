// What the frame sends along where the browser does not keep its cookie: kept for one origin, exchanged when the server says
// so, and gone when it means nobody any more.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { askAsNobody, bear, borne, call, openLine, standOn } from "../src/frame/api.ts";
import { forget, keep, recall } from "../src/frame/storage.ts";

const given = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket, localStorage: Object.getOwnPropertyDescriptor(globalThis, "localStorage"), location: Object.getOwnPropertyDescriptor(globalThis, "location") };
const kept = new Map<string, string>();
let sent: { path: string; authorization: string | null }[] = [];
let brings: Record<string, string> = {};
let opened: unknown[][] = [];

/** A storage as a browser has it: its keys are its own. */
const storage = (): object => new Proxy({
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, text: string) => void kept.set(key, text),
  removeItem: (key: string) => void kept.delete(key),
}, { ownKeys: () => [...kept.keys()], getOwnPropertyDescriptor: (_, key) => (kept.has(String(key)) ? { value: kept.get(String(key)), enumerable: true, configurable: true } : undefined) });
const set = (name: string, get: () => unknown): unknown => Object.defineProperty(globalThis, name, { get, configurable: true });
const usual = (): unknown => set("localStorage", storage);

before(() => {
  usual();
  set("location", () => ({ origin: "https://vetka.example" }));
  globalThis.fetch = async (path, init) => {
    sent.push({ path: String(path), authorization: new Headers(init?.headers).get("authorization") });
    return Response.json({}, { headers: brings });
  };
  globalThis.WebSocket = class {
    constructor(...asked: unknown[]) {
      opened.push(asked);
    }
  } as never;
});
after(() => {
  Object.assign(globalThis, { fetch: given.fetch, WebSocket: given.WebSocket });
  for (const name of ["localStorage", "location"] as const) if (given[name]) Object.defineProperty(globalThis, name, given[name]); else Reflect.deleteProperty(globalThis, name);
});
beforeEach(() => {
  usual();
  standOn("https://maya.example");
  bear("");
  forget();
  kept.clear();
  [sent, brings, opened] = [[], {}, []];
});

describe("a bearer", () => {
  it("goes along with what the frame asks, and with nothing that is asked as nobody", async () => {
    await call("notch/me");
    bear("vb_1");
    await call("notch/me");
    await askAsNobody("notch/reactions");
    assert.deepEqual(sent.map(({ authorization }) => authorization), [null, "Notch vb_1", null]);
  });

  it("goes along with the socket as a protocol, and never in its address", () => {
    openLine();
    bear("vb_1");
    openLine();
    const address = "wss://vetka.example/api/notch/live?notch=https%3A%2F%2Fmaya.example";
    assert.deepEqual(opened, [[address, []], [address, ["vetka-notch", "vb_1"]]]);
  });

  it("is for the origin that it was made for", async () => {
    bear("vb_1");
    standOn("https://www.maya.example");
    await call("notch/me");
    assert.equal(sent[0]?.authorization, null);
    bear("vb_2");
    standOn("https://maya.example");
    assert.equal(borne(), "vb_1");
  });

  it("gives way to the one that an answer brings", async () => {
    bear("vb_1");
    brings = { "x-notch-bearer": "vb_2" };
    await call("notch/me");
    brings = {};
    await call("notch/me");
    assert.deepEqual(sent.map(({ authorization }) => authorization), ["Notch vb_1", "Notch vb_2"]);
  });

  it("that another page of the site has exchanged is the one that is used", async () => {
    bear("vb_1");
    kept.set("notch-bearer https://maya.example", "vb_2");
    await call("notch/me");
    assert.equal(sent[0]?.authorization, "Notch vb_2");
  });

  it("stays when drafts are forgotten on the way out, but for one's own", () => {
    bear("vb_1");
    keep("draft to ann.example", "Hello");
    kept.set("notch-bearer https://www.maya.example", "vb_2");
    kept.set("theirs", "x");
    forget();
    bear("");
    assert.deepEqual([...kept.keys()], ["notch-bearer https://www.maya.example", "theirs"]);
  });

  it("is kept for as long as the page is open where the browser keeps nothing", async () => {
    set("localStorage", () => {
      throw new DOMException("no", "SecurityError");
    });
    assert.equal(recall("known"), undefined);
    bear("vb_1");
    await call("notch/me");
    bear("");
    await call("notch/me");
    assert.deepEqual(sent.map(({ authorization }) => authorization), ["Notch vb_1", null]);
  });
});
