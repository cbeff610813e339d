// Buttons that copy what stands beside them.

import { say } from "./dom.ts";

const SHOWN_MS = 2500;

/** Wires every `data-copies="<id>"` on the page, or in a part of it. */
export function wireCopying(within: ParentNode = document): void {
  for (const button of within.querySelectorAll<HTMLButtonElement>("button[data-copies]")) {
    const source = document.getElementById(button.dataset["copies"] ?? "");
    const words = button.textContent ?? "";
    if (source === null) continue;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", () => void copy(button, source, words));
  }
}

async function copy(button: HTMLButtonElement, source: HTMLElement, words: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(source.textContent ?? "");
    say(button, "Copied");
  } catch {
    // Where the browser does not let us, the text is at least marked, so that one key press copies it.
    getSelection()?.selectAllChildren(source);
    say(button, "Marked: copy it with your keyboard");
  }
  setTimeout(() => say(button, words), SHOWN_MS);
}
