// What the hub, profiles and notifications do beyond their forms and links: following without leaving the page, more of a
// list in its place, times as the reader's clock has them. All of it works without this, too.

import { ask } from "./api.ts";
import { say } from "./dom.ts";
import { exactly, when } from "./format.ts";
import { toast } from "./toast.ts";

/** Times as the reader's clock has them. */
function localTimes(within: ParentNode): void {
  const now = new Date();
  for (const time of within.querySelectorAll<HTMLTimeElement>("time[data-when]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = exactly(at);
    say(time, when(at, now));
  }
}

/** One press follows, the next unfollows. The form stays what it is, so that it works when this does not. */
function wireFollows(within: ParentNode): void {
  for (const form of within.querySelectorAll<HTMLFormElement>("form[data-follows]")) {
    const wish = form.elements.namedItem("wish");
    const button = form.querySelector("button");
    const word = form.querySelector("[data-word]");
    if (!(wish instanceof HTMLInputElement) || button === null || word === null) continue;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button.getAttribute("aria-disabled") === "true") return;
      const following = wish.value === "follow";
      button.setAttribute("aria-disabled", "true");
      const path = `/api/notch/follows/${encodeURIComponent(form.dataset["follows"] ?? "")}`;
      const answer = await ask(path, { method: following ? "PUT" : "DELETE" });
      button.removeAttribute("aria-disabled");
      if (!answer.ok) {
        if (answer.status === 401) return location.reload();
        return toast(answer.message);
      }
      wish.value = following ? "unfollow" : "follow";
      button.classList.toggle("plain", following);
      say(word, following ? "Following" : "Follow");
    });
  }
}

/** The next page of a list is taken out of the page that the link leads to. */
function wireOlder(): void {
  const pages = document.getElementById("news-pages");
  const list = document.getElementById("news-list");
  if (pages === null || list === null) return;
  pages.addEventListener("click", async (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("#older") : null;
    if (link === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.getAttribute("aria-busy") === "true") return;
    link.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(link.href, { credentials: "same-origin" });
      if (!response.ok || response.redirected) throw new Error(`answered ${response.status}`);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const entries = [...page.querySelectorAll("#news-list > li")].map((entry) => document.adoptNode(entry));
      list.append(...entries);
      localTimes(list);
      const next = page.querySelector("#older");
      if (next === null) link.remove();
      else link.setAttribute("href", next.getAttribute("href") ?? "");
      const first = entries[0];
      if (first instanceof HTMLElement) {
        first.tabIndex = -1;
        first.focus({ preventScroll: true });
      }
    } catch {
      location.assign(link.href);
    } finally {
      link.removeAttribute("aria-busy");
    }
  });
}

/** What somebody has before their eyes is read: the count goes, the marks stay until the page is left. */
function wireReading(): void {
  const form = document.getElementById("mark-read");
  const newest = form?.querySelector<HTMLInputElement>("input[name=upTo]")?.value;
  if (!(form instanceof HTMLFormElement) || newest === undefined) return;
  const read = async (): Promise<void> => {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", read);
    const answer = await ask("/api/notch/notifications/read", { method: "POST", body: { upTo: newest } });
    if (!answer.ok) return;
    form.remove();
    document.getElementById("unread")?.toggleAttribute("hidden", true);
  };
  document.addEventListener("visibilitychange", read);
  window.setTimeout(() => void read(), 1500);
}

/** Wires all of it that the page has. */
export function wireSocial(): void {
  localTimes(document);
  wireFollows(document);
  wireOlder();
  wireReading();
}
