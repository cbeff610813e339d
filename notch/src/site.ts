// `/sites/<domain>/settings`: every form posts like any form. This saves in place, and looks at the domain every few seconds
// while somebody waits for it.

import { ask } from "./api.ts";
import { wireConfirms } from "./confirm.ts";
import { wireCopying } from "./copy.ts";
import { wireDialog, wireOpeners } from "./dialogs.ts";
import { blame, find, need, say } from "./dom.ts";
import { clock, exactly, when } from "./format.ts";
import { type Wire, object, text } from "./json.ts";
import { wireShell } from "./shell.ts";
import { toast } from "./toast.ts";

const PAUSE_MS = 6000;
/** The longest pause, after looks that were refused. */
const LONGEST_MS = 120_000;

const page = need("site-settings", HTMLElement);
const api = `/api/sites/${page.dataset["domain"] ?? ""}`;

/** Runs what a form's button asks for; a second press while it runs does nothing. */
function onSubmit(form: HTMLFormElement, work: () => Promise<void>): void {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    const button = form.querySelector("button");
    form.setAttribute("aria-busy", "true");
    button?.setAttribute("aria-disabled", "true");
    try {
      await work();
    } finally {
      form.removeAttribute("aria-busy");
      button?.removeAttribute("aria-disabled");
    }
  });
}

function wireSaving(within: ParentNode): void {
  for (const form of within.querySelectorAll<HTMLFormElement>("form[data-saves]")) {
    const wrong = form.querySelector(".wrong");
    onSubmit(form, async () => {
      const fields = new FormData(form);
      const field = (name: string): string | undefined => (fields.has(name) ? String(fields.get(name)) : undefined);
      const change = {
        ...(fields.has("notFound") ? { notFound: field("notFound") } : {}),
        ...(fields.has("notchAsked") ? { notch: fields.has("notch") } : {}),
        ...(fields.has("canonical") ? { canonical: field("canonical") } : {}),
      } as Wire<"SiteSettingsChange">;
      const answer = await ask(`${api}/settings`, { method: "PATCH", body: change });
      if (wrong !== null) say(wrong, answer.ok ? "" : answer.message);
      if (answer.ok) toast("Saved. Visitors notice within seconds.");
    });
  }
}

/** Times as the reader's clock has them. */
function localTimes(within: ParentNode): void {
  const now = new Date();
  for (const time of within.querySelectorAll<HTMLTimeElement>("#domain time")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = exactly(at);
    say(time, time.id === "domain-looked" ? when(at, now) : clock(at, now));
  }
}

let timer = 0;
let looking = false;
let failures = 0;

/** The part about the domain as the server draws it now, in the place of the one that stands here. */
async function redraw(): Promise<void> {
  const response = await fetch(location.pathname, { credentials: "same-origin" });
  if (!response.ok || response.redirected) return location.reload();
  const drawn = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const id of ["domain", "remove-domain"]) {
    const [old, fresh] = [document.getElementById(id), drawn.getElementById(id)];
    if (old !== null && fresh !== null) old.replaceWith(document.adoptNode(fresh));
    else if (old !== null) old.remove();
    else if (fresh !== null) document.body.append(document.adoptNode(fresh));
  }
  const dialog = find("remove-domain", HTMLDialogElement);
  if (dialog !== null) wireDialog(dialog);
  wireOpeners(section());
  wireDomain();
}

const section = (): HTMLElement => need("domain", HTMLElement);

function later(ms: number): void {
  clearTimeout(timer);
  if (section().dataset["waits"] === "true") timer = window.setTimeout(() => void look(false), ms);
}

/** Looks once. What changed is drawn anew; what did not is left alone, so that nobody's place on the page is lost. */
async function look(asked: boolean): Promise<void> {
  if (looking || (!asked && document.visibilityState === "hidden")) return;
  looking = true;
  clearTimeout(timer);
  const before = section();
  try {
    const answer = await ask(`${api}/domain/check`, { method: "POST" });
    if (!answer.ok) {
      if (answer.status === 401) return toast(answer.message);
      if (answer.status === 404) return await redraw();
      failures += 1;
      if (asked) toast(answer.message);
      const pause = answer.retryAfter === null ? PAUSE_MS * 2 ** Math.min(failures, 4) : answer.retryAfter * 1000;
      return later(Math.min(LONGEST_MS, Math.max(PAUSE_MS, pause)));
    }
    failures = 0;
    const domain = object<Wire<"CustomDomain">>(answer.body) ?? {};
    const message = text(domain, "message");
    const seen = JSON.stringify(domain["records"]);
    const changed = text(domain, "state") !== before.dataset["state"] || message !== find("domain-message", HTMLElement)?.textContent || seen !== drawnRecords;
    drawnRecords = seen;
    if (changed) {
      const state = text(domain, "state");
      const arrived = state === "active" && before.dataset["state"] !== "active";
      await redraw();
      if (arrived) toast(`Your site is at ${text(domain, "hostname")} now.`);
    } else {
      const time = find("domain-looked", HTMLTimeElement);
      if (time !== null) {
        time.dateTime = text(domain, "lookedAt");
        localTimes(document);
      }
      if (asked) toast("Looked. Nothing has changed yet.");
    }
    later(PAUSE_MS);
  } finally {
    looking = false;
  }
}

let drawnRecords: string | undefined;

function wireDomain(): void {
  const here = section();
  localTimes(document);
  wireCopying(here);
  wireSaving(here);
  const begin = find("domain-form", HTMLFormElement);
  if (begin !== null) {
    const input = need("hostname", HTMLInputElement);
    onSubmit(begin, async () => {
      const answer = await ask(`${api}/domain`, { method: "PUT", body: { hostname: input.value } satisfies Wire<"NewDomain"> });
      if (!answer.ok) {
        blame(input, need("hostname-wrong", HTMLElement), answer.message);
        return input.focus();
      }
      await redraw();
      later(PAUSE_MS);
    });
  }
  const check = find("domain-check", HTMLFormElement);
  if (check !== null) onSubmit(check, async () => await look(true));
  const remove = find("domain-remove", HTMLFormElement);
  if (remove !== null) {
    onSubmit(remove, async () => {
      const answer = await ask(`${api}/domain`, { method: "DELETE" });
      find("remove-domain", HTMLDialogElement)?.close();
      if (!answer.ok) return toast(answer.message);
      await redraw();
      toast("The domain no longer leads to your site. Take its two records out of your DNS as well.");
    });
  }
}

wireShell();
wireConfirms();
for (const part of document.querySelectorAll(".settings-parts > section:not(#domain)")) wireSaving(part);
wireDomain();
document.addEventListener("visibilitychange", () => void (document.visibilityState === "visible" && later(0)));
later(PAUSE_MS);
