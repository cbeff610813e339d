// What was typed into a form that posts like any form, for the case that it does not arrive: there was no network, the sign-in
// had ended meanwhile, we were in trouble. It stands in the form again when its page is next opened in this tab.

import { h, say } from "./dom.ts";

const KEY = "vetka:form";
const LASTS_MS = 60 * 60_000;

const OFFLINE = "You are offline, so this was not sent. Nothing is lost: press it again when you are online.";
const LOST = "This did not arrive. What you typed is still here: send it once more.";

/** A field by its name, and what was in it; for a box or a button of several, the value and whether it was chosen. */
export type Field = readonly [name: string, value: string, chosen?: boolean];

interface Kept {
  /** The path of the page with the form. */
  page: string;
  /** Where the form goes, which tells it from others on its page. */
  action: string;
  /** Who was signed in: what one person typed is not for the next one at this screen. */
  who: string;
  /** Unix milliseconds. */
  at: number;
  /** It is known not to have arrived. */
  lost: boolean;
  fields: readonly Field[];
}

/** Wires the forms of this page, and fills the one whose words did not arrive. */
export function wireKept(): void {
  bringBack();
  // On the window, so that a form which is sent in another way has said so before.
  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !(form instanceof HTMLFormElement) || form.method !== "post") return;
    if (!navigator.onLine) {
      event.preventDefault();
      form.dispatchEvent(new Event("unsent"));
      tell(form, OFFLINE);
      return;
    }
    const fields = fieldsOf(form);
    if (fields.length > 0) keep({ page: location.pathname, action: actionOf(form), who: who(), at: Date.now(), lost: false, fields });
  });
}

/** Forgets what is kept. */
export function forgetForm(): void {
  keep(null);
}

function bringBack(): void {
  const kept = recall();
  if (kept === null) return;
  if (document.querySelector(".problem") !== null || document.getElementById("sign-in")?.hasAttribute("data-next") === true) {
    keep({ ...kept, lost: true });
    return;
  }
  const isHere = kept.page === location.pathname;
  // Whatever else answered a form has taken it, or has said what is wrong with it.
  if (isHere || !kept.lost) keep(null);
  if (!isHere || !kept.lost || kept.who !== who()) return;
  const form = [...document.forms].find((form) => form.method === "post" && actionOf(form) === kept.action);
  if (form === undefined) return;
  refill(form, kept.fields);
  tell(form, LOST);
}

/** What somebody typed or chose in a form. Secrets, codes and files are theirs to give again. */
export function fieldsOf(form: HTMLFormElement): Field[] {
  const fields: Field[] = [];
  for (const field of form.elements) {
    if (field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement) {
      fields.push([field.name, field.value]);
    } else if (field instanceof HTMLInputElement && field.name !== "") {
      if (["checkbox", "radio"].includes(field.type)) fields.push([field.name, field.value, field.checked]);
      else if (["text", "email", "url", "search", "number"].includes(field.type) && field.autocomplete !== "one-time-code") fields.push([field.name, field.value]);
    }
  }
  return fields;
}

function refill(form: HTMLFormElement, fields: readonly Field[]): void {
  for (const [name, value, chosen] of fields) {
    for (const field of form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>(`[name="${CSS.escape(name)}"]`)) {
      if (chosen === undefined) field.value = value;
      else if (field instanceof HTMLInputElement && field.value === value) field.checked = chosen;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}

/** Says something at the button of a form. */
function tell(form: HTMLFormElement, words: string): void {
  const said = form.querySelector("[data-unsent]");
  if (said !== null) return say(said, words);
  const place = h("p", { class: "wrong", role: "alert", "data-unsent": "" }, words);
  const button = form.querySelector("button:not([type=button])");
  if (button === null) form.append(place);
  else (button.closest(".row") ?? button).before(place);
  place.scrollIntoView({ block: "center" });
}

const actionOf = (form: HTMLFormElement): string => form.getAttribute("action") ?? "";
const who = (): string => document.querySelector(".account-who")?.textContent ?? "";

function recall(): Kept | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Kept | null;
    return kept !== null && Date.now() - kept.at < LASTS_MS ? kept : null;
  } catch {
    return null;
  }
}

function keep(kept: Kept | null): void {
  try {
    if (kept === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing loses what browsers lose.
  }
}
