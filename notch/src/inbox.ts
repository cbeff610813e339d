// `/messages`: every form posts like any form. This adds what a form cannot do: messages that come by themselves, that are
// sent without leaving the page and again when the network was away, and receipts.

import { need, say } from "./dom.ts";
import { listen } from "./live.ts";
import { localTimes, redrawInbox } from "./inbox/threads.ts";
import { Thread } from "./inbox/thread.ts";
import { wireShell } from "./shell.ts";

const page = need("messages", HTMLElement);
const { with: domain, me = "", earlier } = page.dataset;
const thread = domain === undefined ? null : new Thread(domain, me, earlier !== undefined);

wireShell();
localTimes(need("threads", HTMLElement));

let waiting = 0;
/** Several events come together; the list is asked for once. */
function inboxSoon(): void {
  clearTimeout(waiting);
  waiting = window.setTimeout(() => void redrawInbox(domain ?? ""), 100);
}

listen({
  heard: (event) => {
    if (event.type === "message" || event.type === "message_changed" || event.type === "read") {
      if (event.with === thread?.domain) void thread.refresh();
    }
    if (event.type !== "reaction") inboxSoon();
  },
  opened: () => {
    void thread?.refresh();
    inboxSoon();
  },
  state: (open) => {
    const place = document.getElementById("live-state");
    if (place !== null) say(place, open ? "" : "Connecting again. New messages will show then.");
  },
});

const looked = (): void => thread?.markRead();
document.addEventListener("visibilitychange", looked);
window.addEventListener("focus", looked);
