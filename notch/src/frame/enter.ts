// Logging in, as it looks in the frame.

import { fail } from "./words.ts";
import { type Json, object, text } from "../json.ts";
import { bear, call } from "./api.ts";
import { type Handing, handing } from "./handing.ts";
import { back, look, me, origin, site, siteless, hasBack, go, tell } from "./state.ts";
import { h } from "./ui.ts";
import { needsSite } from "./wheel.ts";

let current: Handing | null = null;

const start = (): Handing =>
  (current ??= handing({
    app: location.origin,
    origin,
    domain: site.domain,
    // Never under a name: a page could get hold of a named window.
    open: (url) => window.open(url, "_blank", "popup,width=480,height=680"),
    listen: (hear) => {
      addEventListener("message", hear);
      return () => removeEventListener("message", hear);
    },
    every: (ms, run) => {
      const timer = setInterval(run, ms);
      return () => clearInterval(timer);
    },
    redeem: async (body) => {
      const answer = await call("notch/redeem", "POST", body);
      // What was there before has ended with it, and is not to stand beside a cookie.
      if (answer.ok) bear("");
      return answer;
    },
    retry: async (body) => {
      const answer = await call("notch/bearer", "POST", body);
      if (answer.ok) bear(text(object<Json>(answer.body) ?? {}, "bearer"));
    },
    look: async () => {
      await look();
      return me.value != null || siteless.value;
    },
  }));

export function enter(): HTMLElement {
  const process = start();
  const code = h("input", { id: "code", autocomplete: "one-time-code", autocapitalize: "characters", spellcheck: "false", maxlength: 12, placeholder: "ABCD-2345" });
  const typed = (): HTMLElement =>
    h("form", { class: "typed", onsubmit: (event) => {
      event.preventDefault();
      if (code.value.trim() !== "") void process.type(code.value);
    } },
      h("label", { for: "code" }, "Code from the window"),
      h("div", { class: "side" }, code, h("button", { class: "plain" }, "Go on")),
    );
  const tab = (): HTMLElement => h("p", { class: "quiet small mid" }, "No window? ", h("a", { href: process.address, target: "_blank", rel: "noopener" }, "Open it in a tab"), ", and type its code here.");
  const main = (words: string): HTMLElement => h("button", { class: "main wide", disabled: () => process.step.value === "getting-ready", onclick: process.begin }, words);
  return h("div", { class: "pad enter" }, () => {
    const step = process.step.value;
    if (step === "done") {
      queueMicrotask(() => {
        current = null;
        if (hasBack.peek()) back();
        else go({ name: "site" });
        if (me.peek() != null) tell(`You are here as ${me.peek()?.site.name ?? ""}.`);
      });
      return null;
    }
    if (siteless.value) return needsSite();
    const failed = fail(step, process.why.value);
    return h("div", {},
      h("h2", { tabindex: -1 }, "Follow, react, write"),
      h("p", { class: "quiet" }, `With one account on every site that has Notch. A small window of ours opens; ${site.name} learns who you are only if you say so there.`),
      failed === "" ? null : h("p", { class: "note", role: "alert" }, failed),
      step === "open" ? h("div", { class: "mid" }, h("p", { class: "busyline", role: "status" }, "Go on in the window that has opened."), h("button", { class: "quietly", onclick: process.begin }, "Open it again")) : null,
      step === "redeeming" ? h("p", { class: "busyline mid", role: "status" }, "One moment…") : null,
      step === "open" || step === "redeeming" ? null : main(step === "typing" || step === "closed" ? "Open the window again" : "Sign in"),
      step === "typing" || step === "closed" || step === "open" ? [typed(), tab()] : null,
    );
  });
}
