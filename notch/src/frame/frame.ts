// The frame that Notch shows on people's pages: of our origin, so that what is the visitor's stays with them. It hears from the
// page around it where that stands and what is pointed at, takes nothing from it as the visitor's wish, and acts only on what
// they do in here.

import { batch, effect, untracked } from "./signal.ts";
import { fromPage, pathOn } from "../messages.ts";
import { standOn } from "./api.ts";
import { holder } from "./holder.ts";
import { happened, keepOpen, letGo } from "./live.ts";
import { comments, follow } from "./marks.ts";
import { watch } from "./protect.ts";
import { shell } from "./shell.ts";
import { readSite } from "./site.ts";
import { go, isOpen, look, mayBeKnown, me, mode, online, origin, page, pick, stand, tellPage, view } from "./state.ts";

const root = document.getElementById("notch");
const site = readSite(root?.dataset["site"]);
if (root !== null && site !== null) void begin(root, site);

async function begin(root: HTMLElement, site: NonNullable<ReturnType<typeof readSite>>): Promise<void> {
  const at = await holder(site.origins);
  // Then the words stay that stand in the page, and lead to a tab of their own.
  if (!("origin" in at)) return;
  stand(site, at.origin);
  standOn(at.origin);
  watch();
  addEventListener("message", hear);
  addEventListener("online", () => (online.value = true));
  addEventListener("offline", () => (online.value = false));
  shell(root);
  effect(() => void document.documentElement.classList.toggle("closed", !isOpen.value));
  follow();
  tellPage({ t: "ready" });

  if (mayBeKnown()) void look();
  else me.value = null;
  effect(() => {
    if (me.value == null) return untracked(letGo);
    untracked(() => keepOpen(() => {
      void look();
      void comments.load();
    }));
  });
  // The owner's own page is nothing new to them.
  effect(() => {
    if (mode.value === "owner" && view.value.name === "site") view.value = { name: "updates" };
  });
  let seen = happened.peek();
  let soon: ReturnType<typeof setTimeout>;
  effect(() => {
    const now = happened.value;
    if (now === seen) return;
    if (now["reaction"] !== seen["reaction"] || now["notification"] !== seen["notification"]) void comments.load();
    seen = now;
    clearTimeout(soon);
    soon = setTimeout(() => void look(), 200);
  });
}

function hear(event: MessageEvent): void {
  if (event.source !== parent || event.origin !== origin) return;
  const message = fromPage(event.data);
  switch (message?.t) {
    case "page": {
      const path = pathOn(origin, message.url);
      if (path !== null && path !== page.peek()?.path) batch(() => {
        page.value = { path, title: message.title };
        pick.value = null;
      });
      break;
    }
    case "size":
      isOpen.value = message.open;
      if (!message.open && view.peek().name === "wheel") go({ name: "site" });
      break;
    case "pick":
      batch(() => {
        pick.value = message.anchor;
        if (view.peek().name !== "wheel") go({ name: "wheel" });
      });
      break;
    case "sticker":
      go({ name: "reactions", at: message.id });
  }
}
