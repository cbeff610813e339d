// `/settings`: every form posts like any form. This adds what a form cannot do: cutting a picture, saying times as the
// reader's clock has them, and older entries without leaving the page.

import { wireConfirms } from "./confirm.ts";
import { blame, find, need, say } from "./dom.ts";
import { exactly, when } from "./format.ts";
import { handleObjection, tidyHandle } from "./handle.ts";
import { wirePicture } from "./picture.ts";
import { wireShell } from "./shell.ts";
import { wireTeams } from "./teams/account.ts";
import { TOAST_MS, toast } from "./toast.ts";

/** Times of day in the reader's own zone; days stay days. */
function localTimes(within: ParentNode): void {
  const now = new Date();
  for (const time of within.querySelectorAll<HTMLTimeElement>("#log time")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = exactly(at);
    say(time, when(at, now));
  }
}

function wireHandle(): void {
  const input = need("handle", HTMLInputElement);
  const wrong = need("handle-wrong", HTMLElement);
  const typed = (): void => {
    const handle = tidyHandle(input.value);
    if (handle !== input.value) {
      const caret = input.selectionStart ?? handle.length;
      input.value = handle;
      input.setSelectionRange(caret, caret);
    }
    blame(input, wrong, handleObjection(handle));
  };
  input.addEventListener("input", typed);
  for (const chip of document.querySelectorAll<HTMLElement>("[data-handle]")) {
    chip.addEventListener("click", (event) => {
      event.preventDefault();
      input.value = chip.dataset["handle"] ?? "";
      typed();
      input.focus();
    });
  }
}

/** The next page of the list is taken out of the page that the link leads to. */
function wireOlder(): void {
  const pages = find("log-pages", HTMLElement);
  const log = document.getElementById("log");
  if (pages === null || log === null) return;
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
      const entries = [...page.querySelectorAll("#log > li")].map((entry) => document.adoptNode(entry));
      log.append(...entries);
      localTimes(document);
      const next = page.querySelector<HTMLAnchorElement>("#older");
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

/** Marks the part that is being read in the list of parts. */
function wireParts(): void {
  const links = new Map<string, HTMLAnchorElement>();
  for (const link of document.querySelectorAll<HTMLAnchorElement>(".settings-nav a")) links.set(link.hash.slice(1), link);
  const seen = new Set<string>();
  const watch = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) seen.add(target.id);
        else seen.delete(target.id);
      }
      const current = [...links.keys()].find((id) => seen.has(id));
      for (const [id, link] of links) {
        if (id === current) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    },
    // A part counts while it crosses a line a third from the top.
    { rootMargin: "-33% 0px -66% 0px" },
  );
  for (const id of links.keys()) {
    const part = document.getElementById(id);
    if (part !== null) watch.observe(part);
  }
}

/** A second press would make the same archive again. */
function wireDownloads(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-download]")) {
    form.addEventListener("submit", (event) => {
      if (form.getAttribute("aria-busy") === "true") event.preventDefault();
      if (!navigator.onLine) return;
      form.setAttribute("aria-busy", "true");
      toast("Your zip is being made. The download begins in a moment.");
      window.setTimeout(() => form.removeAttribute("aria-busy"), TOAST_MS);
    });
  }
}

wireShell();
wireConfirms();
wireHandle();
wireOlder();
wireParts();
wireDownloads();
wirePicture(toast);
wireTeams();
localTimes(document);
