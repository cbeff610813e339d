// What the repository itself says about how it starts, put into the fields with the reason beside it. Nothing is saved by
// that: whoever sets the project up looks at it first.

import { ask } from "../api.ts";
import { fill, h, need, say } from "../dom.ts";
import { type Claimed, type Json, list, number, object, text } from "../json.ts";
import { target } from "./send.ts";
import type { Variables } from "./variables.ts";

interface Suggested<T> {
  value: T;
  because: string;
}

/** Asks for it, for a project about which not everything is said. What somebody has said stays as it is. */
export async function propose(setup: HTMLElement, variables: Variables | null): Promise<void> {
  if (setup.dataset["open"] === undefined) return;
  const isNew = isEmpty("startup-commands");
  const card = need("proposal", HTMLElement);
  const words = need("proposal-words", HTMLElement);
  card.hidden = false;
  say(words, "Reading the repository, to suggest how it starts…");
  const { path } = target(setup.dataset["proposal"]);
  const answer = await ask(`${path}?repository=${encodeURIComponent(setup.dataset["repository"] ?? "")}`);
  if (!answer.ok) {
    say(words, `The repository could not be read, so nothing is filled in: ${answer.message} You can write it yourself.`);
    return;
  }
  const proposal = object<Json>(answer.body) ?? {};
  const filled = [
    isNew && put("startupCommands", list(proposal, "startupCommands", suggested(string)), lines("startup-commands")),
    isNew && put("previewPort", one(proposal["previewPort"], suggested(whole)), ([port]) => port !== undefined && set("preview-port", String(port.value))),
    isNew && put("requiredServices", list(proposal, "requiredServices", suggested(string)), (services) => {
      for (const box of document.querySelectorAll<HTMLInputElement>("[name=requiredServices]")) box.checked = services.some(({ value }) => value === box.value);
    }),
    put("envVars", list(proposal, "envVars", suggested(variable)), (wanted) => {
      for (const { value } of wanted) variables?.suggest(value.name, value.example);
    }),
    isEmpty("patterns") && put("allowedFilePatterns", list(proposal, "allowedFilePatterns", suggested(string)), lines("patterns")),
    isEmpty("context") && put("contextInstructions", one(proposal["contextInstructions"], suggested(string)), ([draft]) => draft !== undefined && set("context", draft.value)),
  ];
  say(words, isNew
    ? filled.some((some) => some)
      ? "This is what the repository suggests, here and in the next steps, with the reasons. Look it over: nothing is kept until you save it."
      : "The repository does not say how it starts, so it is for you to write."
    : "What you have not said yet is filled in from the repository, with the reasons. Nothing is kept until you save it.");
  fill(need("proposal-notes", HTMLElement), ...list(proposal, "notes", string).map((note) => h("li", {}, note)));
}

/** Puts what is suggested into its fields, and why beside them; gives whether there was anything. */
function put<T>(of: string, found: Suggested<T>[], into: (found: Suggested<T>[]) => unknown): boolean {
  if (found.length === 0) return false;
  into(found);
  const place = document.querySelector<HTMLElement>(`[data-because="${of}"]`);
  if (place === null) return true;
  place.hidden = false;
  fill(place, h("ul", {}, ...found.map(({ value, because }) => h("li", {}, h("code", {}, called(value)), ` ${because}`))));
  return true;
}

/** What a value is called where its reason stands: a long text is not said again. */
function called(value: unknown): string {
  const named = object<Json>(value);
  const words = named === null ? String(value) : text(named, "name");
  return words.length > 60 ? `${words.slice(0, 59)}…` : words;
}

const lines = (id: string) => (found: Suggested<string>[]): void => set(id, found.map(({ value }) => value).join("\n"));

function isEmpty(id: string): boolean {
  const field = document.getElementById(id);
  return field instanceof HTMLTextAreaElement && field.value.trim() === "";
}

function set(id: string, value: string): void {
  const field = document.getElementById(id);
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.value = value;
}

const string = (value: unknown): string | null => (typeof value === "string" ? value : null);
const whole = (value: unknown): number | null => number({ value }, "value");

function variable(value: unknown): { name: string; example: string } | null {
  const found = object<Json>(value);
  return found === null || text(found, "name") === "" ? null : { name: text(found, "name"), example: text(found, "example") };
}

function one<T>(value: unknown, read: (item: unknown) => T | null): T[] {
  const found = read(value);
  return found === null ? [] : [found];
}

const suggested = <T>(read: (value: unknown) => T | null) => (item: unknown): Suggested<T> | null => {
  const found: Claimed<Json> | null = object<Json>(item);
  const value = found === null ? null : read(found["value"]);
  return found === null || value === null ? null : { value, because: text(found, "because") };
};
