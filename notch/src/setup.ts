// `/setup/generate`: says while typing whether a name is free. The form itself posts like any form.

import { ask } from "./api.ts";
import { blame, fill, h, need, say } from "./dom.ts";
import { type Wire, list, object, oneOf, text } from "./json.ts";
import { objection, tidy } from "./label.ts";
import { wireShell } from "./shell.ts";

const PAUSE_MS = 250;

const REASONS: Record<NonNullable<Wire<"Availability">["reason"]>, string> = {
  taken: "Somebody has that name already.",
  reserved: "That name is kept for Vetka itself. Pick another one.",
  invalid: "That name cannot be an address. Use small letters, digits and hyphens, from 3 to 63 of them.",
};

interface Verdict {
  available: boolean;
  words: string;
  suggestions: string[];
}

function readVerdict(body: unknown, address: string): Verdict | null {
  const answer = object<Wire<"Availability">>(body);
  if (answer === null) return null;
  if (answer["available"] === true) return { available: true, words: `${address} is free.`, suggestions: [] };
  const reason = oneOf(answer["reason"], ["taken", "reserved", "invalid"]) ?? "invalid";
  return {
    available: false,
    words: text(answer, "message", REASONS[reason]),
    suggestions: list(answer, "suggestions", (item) => (typeof item === "string" ? item : null)),
  };
}

function wirePick(): void {
  const form = need("pick", HTMLFormElement);
  const input = need("label", HTMLInputElement);
  const wrong = need("label-wrong", HTMLElement);
  const state = need("label-state", HTMLElement);
  const suggestions = need("suggestions", HTMLElement);
  const chips = suggestions.querySelector("ul");
  const submit = form.querySelector("button[type=submit]");
  const suffix = form.dataset["suffix"] ?? "";
  let timer = 0;
  let asking: AbortController | null = null;

  const show = (words: string, free: boolean): void => {
    say(state, words);
    state.classList.toggle("free", free);
  };

  const suggest = (labels: string[]): void => {
    suggestions.hidden = labels.length === 0;
    if (chips === null) return;
    fill(chips, ...labels.map((label) => h("li", {}, h("button", { type: "button", class: "chip", "data-label": label }, label))));
  };

  const check = async (label: string): Promise<void> => {
    asking?.abort();
    const mine = new AbortController();
    asking = mine;
    try {
      const answer = await ask(`/api/sites/check?label=${encodeURIComponent(label)}`, { signal: mine.signal });
      if (mine.signal.aborted) return;
      const verdict = answer.ok ? readVerdict(answer.body, `${label}${suffix}`) : null;
      if (!answer.ok && answer.status === 429 && answer.retryAfter !== null) {
        // Somebody who types fast, or shares their network with many. Nothing to bother them with.
        timer = window.setTimeout(() => void check(label), answer.retryAfter * 1000);
        return;
      }
      if (verdict === null) {
        show(answer.ok ? "" : answer.message, false);
        return;
      }
      show(verdict.available ? verdict.words : "", verdict.available);
      blame(input, wrong, verdict.available ? "" : verdict.words);
      suggest(verdict.suggestions);
    } catch {
      // Another letter was typed meanwhile; its own check answers.
    }
  };

  const typed = (): void => {
    clearTimeout(timer);
    asking?.abort();
    const label = tidy(input.value);
    if (label !== input.value) {
      const caret = input.selectionStart ?? label.length;
      input.value = label;
      input.setSelectionRange(caret, caret);
    }
    const problem = objection(label);
    blame(input, wrong, problem ?? "");
    if (problem !== null) {
      show("", false);
      suggest([]);
      return;
    }
    show("Looking whether it is free…", false);
    timer = window.setTimeout(() => void check(label), PAUSE_MS);
  };

  input.addEventListener("input", typed);
  suggestions.addEventListener("click", (event) => {
    const chip = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-label]") : null;
    const label = chip?.dataset["label"];
    if (label === undefined) return;
    event.preventDefault();
    input.value = label;
    input.focus();
    typed();
  });

  // A second press would ask for a second site. The way back through the browser's history finds the button awake.
  form.addEventListener("submit", (event) => {
    if (form.getAttribute("aria-busy") === "true") event.preventDefault();
    form.setAttribute("aria-busy", "true");
    if (submit !== null) say(submit, "Taking it…");
  });
  const awake = (): void => {
    form.removeAttribute("aria-busy");
    if (submit !== null) say(submit, "Take this name");
  };
  window.addEventListener("pageshow", awake);
  form.addEventListener("unsent", awake);

  // What the server found wrong with this very name stays until the name changes.
  if (input.value !== "" && wrong.textContent === "") typed();
}

wireShell();
wirePick();
