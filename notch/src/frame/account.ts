// Who is there, what this page may know of that, and the ways out.

import { batch } from "./signal.ts";
import { bear } from "./api.ts";
import { face, out, ways } from "./bits.ts";
import { own } from "./protect.ts";
import { done, go, me, mode, site, siteless, tell, unread } from "./state.ts";
import { forget } from "./storage.ts";
import { h } from "./ui.ts";
import { needsSite } from "./wheel.ts";

async function leave(): Promise<void> {
  if (!await done("notch/sign-out", "POST")) return;
  forget();
  bear("");
  batch(() => {
    me.value = null;
    siteless.value = false;
    unread.value = { messages: 0, notifications: 0 };
    go({ name: "site" });
  });
  tell(`You are signed out on ${site.name}.`);
}

export function account(): HTMLElement {
  const leaving: HTMLElement = h("button", { class: "plain", onclick: own(() => leaving, leave) }, "Sign out here");
  return h("div", { class: "pad" }, h("h2", { class: "unseen", tabindex: -1 }, "Account"), () => {
    const known = me.value;
    return known == null
      ? siteless.value ? needsSite() : null
      : h("div", {},
        h("section", { class: "hero small" }, face(known.site, "large"), h("h3", {}, known.site.name), out(known.site.url, { class: "quiet" }, known.site.domain)),
        mode.value === "owner" ? null : h("section", { class: "card" },
          h("h3", {}, known.shared ? `${site.name} knows who you are` : `${site.name} does not know who you are`),
          h("p", { class: "quiet" }, known.shared ? "It sees your site’s name, address and picture when you come. What you read and write in here it cannot see." : "What you do in here stays between you and Vetka. What you leave on the page everybody can see."),
          h("button", { class: "plain", onclick: () => go({ name: "enter" }, true) }, known.shared ? "Change that" : "Let it know")),
      );
  },
  h("div", { class: "acts" }, out("/settings", { class: "plain" }, "Settings"), leaving),
  ways());
}
