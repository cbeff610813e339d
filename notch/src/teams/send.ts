// Forms that say which route of the API they are for: `data-send="PUT /api/v1/orgs/…"`. What they hold is sent as JSON, a
// refusal stands in the form in the server's words, and after a yes the page goes where `data-then` says.

import { type Failure, ask } from "../api.ts";
import { say } from "../dom.ts";
import { type Json, object, text } from "../json.ts";
import { toast } from "../toast.ts";
import { isWaiting, wait } from "../wait.ts";

type Method = "GET" | "POST" | "PUT" | "DELETE";
type Field = HTMLInputElement | HTMLTextAreaElement;

/** `PUT /api/v1/orgs/a` in its two parts. */
export function target(words: string | undefined): { method: Method; path: string } {
  const [method = "GET", path = ""] = (words ?? "").split(" ");
  return { method: method as Method, path };
}

/** Wires every form with `data-send`. */
export function wireSends(within: ParentNode = document): void {
  for (const form of within.querySelectorAll<HTMLFormElement>("form[data-send]")) {
    form.addEventListener("submit", (event) => {
      const isRefused = event.defaultPrevented;
      event.preventDefault();
      if (!isRefused) void send(form);
    });
  }
}

/** Sends a form; gives the answer, or null when it was refused or is being sent already. */
export async function send(form: HTMLFormElement, more: Json = {}): Promise<Json | null> {
  if (form.getAttribute("aria-busy") === "true") return null;
  form.setAttribute("aria-busy", "true");
  blameForm(form, "");
  const { method, path } = target(form.dataset["send"]);
  const body = { ...read(form), ...more };
  const answer = await ask(path, Object.keys(body).length === 0 ? { method } : { method, body });
  form.removeAttribute("aria-busy");
  if (!answer.ok) {
    refuse(form, answer);
    return null;
  }
  const said = object<Json>(answer.body) ?? {};
  if (form.dataset["then"] !== undefined) go(form.dataset["then"].replace("{id}", encodeURIComponent(text(said, "id"))));
  else if (form.dataset["quietly"] === undefined) toast("Saved.");
  return said;
}

/** Says in a form why it was refused. */
export function refuse(form: HTMLElement, failure: Failure): void {
  blameForm(form, failure.message);
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  if (button !== null && failure.status === 429 && failure.retryAfter !== null && !isWaiting(button)) {
    wait(button, failure.retryAfter, () => blameForm(form, ""));
  }
  // What wants a name typed is asleep after a try; it wakes with the next letter, and with this.
  form.querySelector("input")?.dispatchEvent(new Event("input", { bubbles: true }));
}

function blameForm(form: HTMLElement, words: string): void {
  const wrong = form.querySelector("[data-wrong]");
  if (wrong !== null) say(wrong, words);
}

/** Goes to a page of ours, and does so too when only the part behind the `#` is another. */
export function go(path: string): void {
  const to = new URL(path, location.href);
  if (to.pathname === location.pathname && to.search === location.search) {
    history.replaceState(null, "", to);
    location.reload();
  } else {
    location.assign(to);
  }
}

/** What a form holds, by the names of its fields. */
export function read(form: HTMLElement): Json {
  const body: Json = {};
  for (const field of form.querySelectorAll<Field>("[data-kind][name]")) {
    const value = field.value;
    switch (field.dataset["kind"]) {
      case "number":
        body[field.name] = Number(value);
        break;
      case "number-or-none":
        body[field.name] = value.trim() === "" ? null : Number(value);
        break;
      case "lines":
        body[field.name] = value.split("\n").map((line) => line.trim()).filter((line) => line !== "");
        break;
      case "list": {
        const chosen = (body[field.name] ??= []) as string[];
        if (field instanceof HTMLInputElement && field.checked) chosen.push(value);
        break;
      }
      case "choice":
        if (field instanceof HTMLInputElement && field.checked) body[field.name] = value;
        break;
      default:
        body[field.name] = value;
    }
  }
  return body;
}
