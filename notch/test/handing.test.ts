// Signing in on somebody's page: every way through it, with a browser that is made up.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { failure, type Answer } from "../src/api.ts";
import type { FromFrame, Said } from "../src/handover.ts";
import { type Browser, type Handing, type Popup, handing } from "../src/frame/handing.ts";

const app = "https://vetka.example";
const state = "s".repeat(24);
const ok: Answer = { ok: true, status: 200, body: {} };

class Window implements Popup {
  closed = false;
  said: { message: FromFrame; target: string }[] = [];
  postMessage(message: FromFrame, target: string): void {
    this.said.push({ message, target });
  }
  close(): void {
    this.closed = true;
  }
}

interface World {
  process: Handing;
  popup: Window;
  opened: string[];
  redeemed: { code: string; verifier: string }[];
  retried: { retry: string; verifier: string }[];
  say: (data: unknown, from?: Partial<Said>) => void;
  tick: () => void;
}

/** `known`: whether somebody is there, at each look; the last one goes for all that follow. */
async function world(given: { opens?: boolean; answers?: Answer[]; known?: boolean[] } = {}): Promise<World> {
  const popup = new Window();
  const opened: string[] = [];
  const redeemed: World["redeemed"] = [];
  const retried: World["retried"] = [];
  const known = [...(given.known ?? [true])];
  const answers = [...(given.answers ?? [ok])];
  let hear: (said: Said) => void = () => {};
  let tick = (): void => {};
  const browser: Browser = {
    app, origin: "https://maya.example", domain: "maya.example",
    open: (url) => {
      opened.push(url);
      return given.opens === false ? null : popup;
    },
    listen: (wanted) => {
      hear = wanted;
      return () => (hear = () => {});
    },
    every: (_, run) => {
      tick = run;
      return () => (tick = () => {});
    },
    redeem: async (body) => {
      redeemed.push(body);
      return answers.shift() ?? ok;
    },
    retry: async (body) => void retried.push(body),
    look: async () => (known.length > 1 ? known.shift() : known[0]) === true,
  };
  const process = handing(browser, async () => ({ verifier: "v".repeat(43), challenge: "c".repeat(43), state }));
  await settle();
  return { process, popup, opened, redeemed, retried, say: (data, from = {}) => hear({ data, source: popup, origin: app, ...from }), tick: () => tick() };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe("signing in on a page", () => {
  it("opens a window, says where it stands, redeems what comes back", async () => {
    const { process, popup, opened, redeemed, say } = await world();
    assert.equal(process.step.value, "ready");
    process.begin();
    assert.equal(process.step.value, "open");
    const url = new URL(opened[0] ?? "", app);
    assert.deepEqual([url.pathname, url.searchParams.get("c"), url.searchParams.get("s"), url.searchParams.get("o")], ["/connect", "c".repeat(43), state, "https://maya.example"]);
    say({ t: "hello", s: state });
    assert.deepEqual(popup.said, [{ message: { t: "who", s: state, origin: "https://maya.example", domain: "maya.example" }, target: app }]);
    say({ t: "code", s: state, code: "vc_code" });
    await settle();
    assert.deepEqual(redeemed, [{ code: "vc_code", verifier: "v".repeat(43) }]);
    assert.equal(process.step.value, "done");
  });

  it("believes nobody but that window", async () => {
    const { process, popup, redeemed, say } = await world();
    process.begin();
    for (const from of [{ source: {} }, { source: null }, { origin: "https://maya.example" }, { origin: "null" }]) {
      say({ t: "hello", s: state }, from);
      say({ t: "code", s: state, code: "vc_code" }, from);
    }
    say({ t: "code", s: "x".repeat(24), code: "vc_code" });
    await settle();
    assert.deepEqual([popup.said, redeemed, process.step.value], [[], [], "open"]);
  });

  it("redeems once, however often the code comes", async () => {
    const { process, redeemed, say } = await world();
    process.begin();
    for (let n = 0; n < 5; n++) say({ t: "code", s: state, code: `vc_code${n}` });
    await settle();
    assert.equal(redeemed.length, 1);
  });

  it("that is refused changes nothing and can be begun again", async () => {
    const { process, popup, redeemed, say } = await world();
    process.begin();
    say({ t: "no", s: state });
    await settle();
    assert.deepEqual([process.step.value, popup.closed, redeemed.length], ["refused", true, 0]);
    process.begin();
    assert.equal(process.step.value, "open");
  });

  it("takes a typed code where no window answers", async () => {
    const { process, redeemed } = await world({ opens: false });
    process.begin();
    assert.equal(process.step.value, "typing");
    await process.type(" abcd-2345 ");
    assert.deepEqual(redeemed, [{ code: "ABCD2345", verifier: "v".repeat(43) }]);
    assert.equal(process.step.value, "done");
  });

  it("lets a mistyped code be typed again, with the same secret", async () => {
    const wrong = failure(400, { code: "code_wrong", message: "That is not the code." }, null);
    const { process, redeemed } = await world({ opens: false, answers: [wrong, ok] });
    process.begin();
    await process.type("AAAA2222");
    assert.deepEqual([process.step.value, process.why.value], ["typing", "That is not the code."]);
    await process.type("ABCD2345");
    assert.deepEqual([process.step.value, redeemed.length], ["done", 2]);
  });

  it("notices that the window is gone, and still takes its code", async () => {
    const { process, popup, tick } = await world();
    process.begin();
    popup.closed = true;
    tick();
    tick();
    assert.equal(process.step.value, "open", "a window that moves on looks closed for a moment");
    tick();
    assert.equal(process.step.value, "closed");
    await process.type("ABCD2345");
    assert.equal(process.step.value, "done");
  });

  it("asks for nothing else where the browser keeps who is there", async () => {
    const { process, retried, say } = await world({ answers: [{ ...ok, body: { retry: "vr_retry" } }] });
    process.begin();
    say({ t: "code", s: state, code: "vc_code" });
    await settle();
    assert.deepEqual([process.step.value, retried], ["done", []]);
  });

  it("asks once for something else to be known by where it does not", async () => {
    const { process, retried, say } = await world({ known: [false, true], answers: [{ ...ok, body: { retry: "vr_retry" } }] });
    process.begin();
    say({ t: "code", s: state, code: "vc_code" });
    await settle();
    assert.deepEqual([process.step.value, retried], ["done", [{ retry: "vr_retry", verifier: "v".repeat(43) }]]);
  });

  it("says when the browser keeps neither", async () => {
    const { process, retried, say } = await world({ known: [false] });
    process.begin();
    say({ t: "code", s: state, code: "vc_code" });
    await settle();
    assert.deepEqual([process.step.value, retried.length], ["kept", 1]);
  });

  it("starts with a new secret after a failure", async () => {
    let made = 0;
    const process = handing({ app, origin: "https://maya.example", domain: "maya.example", open: () => null, listen: () => () => {}, every: () => () => {}, redeem: async () => failure(500, null, null), retry: async () => {}, look: async () => true },
      async () => ({ verifier: `v${++made}`, challenge: "c", state }));
    await settle();
    assert.equal(made, 1);
    process.begin();
    await process.type("ABCD2345");
    assert.equal(process.step.value, "typing", "what was typed may have been a slip");
    process.stop();
    assert.ok(process.address().startsWith("/connect?c=c"));
  });
});
