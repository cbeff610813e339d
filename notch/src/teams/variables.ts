// A project's environment variables. Their values are never told again, so those that are there can be kept, replaced or
// removed, and others added.

import { h } from "../dom.ts";
import { type Json } from "../json.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;

export interface Variables {
  /** What to send: null keeps a value. Undefined when something is not as it can be, which then stands beside it. */
  read: () => Json | undefined;
  /** They are saved: what was new is among those that are set. */
  settle: (project: Json) => void;
  /** Adds an empty one, unless there is one of that name. */
  suggest: (name: string, example: string) => boolean;
}

/** Wires the list, on a page that has it. */
export function wireVariables(): Variables | null {
  const part = document.querySelector<HTMLElement>("[data-variables]");
  const kept = part?.querySelector<HTMLElement>("[data-kept]") ?? null;
  const fresh = part?.querySelector<HTMLElement>("[data-new]") ?? null;
  const none = part?.querySelector<HTMLElement>("[data-none]") ?? null;
  if (part === null || kept === null || fresh === null || none === null) return null;
  let number = 0;

  const keptNames = (): string[] => [...kept.children].flatMap((entry) => (entry instanceof HTMLElement && entry.dataset["gone"] === undefined ? [entry.dataset["name"] ?? ""] : []));

  const add = (name: string, value: string, isFixed = false, isSuggested = false): HTMLInputElement => {
    number += 1;
    const [nameId, valueId] = [`variable-${number}-name`, `variable-${number}-value`];
    const nameInput = h("input", {
      class: "input code", id: nameId, type: "text", value: name, autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: 100,
      placeholder: "API_URL", readonly: isFixed, "data-name": true, "aria-describedby": `variable-${number}-wrong`,
    });
    // Typed like a password, and not kept by the browser as one.
    const valueInput = h("input", { class: "input code", id: valueId, type: "password", value, autocomplete: "new-password", spellcheck: "false", "data-value": true, placeholder: isSuggested ? "Empty: it is left out" : null, "data-suggested": isSuggested });
    const row = h("div", { class: "variable-row" },
      h("div", { class: "field" }, h("label", { for: nameId }, "Name"), nameInput),
      h("div", { class: "field" }, h("label", { for: valueId }, "Value"), valueInput),
      h("button", { type: "button", class: "text-button", onclick: () => row.remove() }, "Leave out"),
      h("p", { class: "wrong", id: `variable-${number}-wrong`, role: "alert", "data-row-wrong": true }));
    fresh.append(row);
    return name === "" ? nameInput : valueInput;
  };

  const list = (names: string[]): void => {
    kept.replaceChildren(...names.map((name) => {
      const state = h("span", { "data-state": true }, "Set");
      return h("li", { class: "entry", "data-name": name },
        h("div", { class: "entry-words" }, h("p", { class: "entry-name" }, h("code", {}, name)), h("p", { class: "entry-facts" }, state)),
        h("button", { type: "button", class: "text-button", "data-replace": true, "aria-label": `Replace ${name}` }, "Replace"),
        h("button", { type: "button", class: "text-button", "data-remove": true, "aria-label": `Remove ${name}` }, "Remove"));
    }));
    none.hidden = names.length > 0;
  };

  kept.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const entry = button?.closest<HTMLElement>("[data-name]") ?? null;
    if (button === null || entry === null) return;
    const state = entry.querySelector("[data-state]");
    if (button.hasAttribute("data-replace")) {
      if (![...fresh.querySelectorAll<HTMLInputElement>("[data-name]")].some((input) => input.value === entry.dataset["name"])) add(entry.dataset["name"] ?? "", "", true).focus();
      return;
    }
    const goes = entry.dataset["gone"] === undefined;
    if (goes) entry.dataset["gone"] = "";
    else delete entry.dataset["gone"];
    if (state !== null) state.textContent = goes ? "Goes when you save" : "Set";
    button.textContent = goes ? "Keep" : "Remove";
    button.setAttribute("aria-label", `${goes ? "Keep" : "Remove"} ${entry.dataset["name"] ?? ""}`);
  });
  part.querySelector("[data-add]")?.addEventListener("click", () => add("", "").focus());

  return {
    read: () => {
      const envVars: Record<string, string | null> = Object.fromEntries(keptNames().map((name) => [name, null]));
      let isFine = true;
      for (const row of fresh.querySelectorAll<HTMLElement>(".variable-row")) {
        const name = row.querySelector<HTMLInputElement>("[data-name]")?.value.trim() ?? "";
        const value = row.querySelector<HTMLInputElement>("[data-value]")?.value ?? "";
        const wrong = row.querySelector<HTMLElement>("[data-row-wrong]");
        const isLeftOut = name === "" || row.querySelector("[data-suggested]") !== null;
        if (isLeftOut && value === "") continue;
        const words = !NAME.test(name) ? "A name is made of letters, digits and underscores, not a digit first." : value === "" ? "Give it a value, or leave it out." : "";
        if (wrong !== null) wrong.textContent = words;
        if (words !== "" && isFine) row.querySelector<HTMLInputElement>(value === "" ? "[data-value]" : "[data-name]")?.focus();
        isFine &&= words === "";
        envVars[name] = value;
      }
      return isFine ? { envVars } : undefined;
    },
    settle: (project) => {
      const names = project["envVarNames"];
      fresh.replaceChildren();
      list(Array.isArray(names) ? names.filter((name): name is string => typeof name === "string") : []);
    },
    suggest: (name, example) => {
      if (keptNames().includes(name)) return false;
      add(name, example, false, true);
      return true;
    },
  };
}
