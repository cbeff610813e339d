// What the frame around every page needs: its dialogs, its menus, signing out, and forms whose words are not lost.

import { wireDialogs } from "./dialogs.ts";
import { forgetForm, wireKept } from "./kept.ts";

/** Wires what every page has. */
export function wireShell(): void {
  wireDialogs();
  wireKept();
  for (const form of document.querySelectorAll<HTMLFormElement>("form[action='/sign-out']")) form.addEventListener("submit", clear);
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.account, details.finish")) wireMenu(menu);
}

/** Drafts and messages that were not sent belong to whoever signs out, not to the next person at this screen. */
function clear(): void {
  forgetForm();
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith("vetka:")) localStorage.removeItem(key);
  } catch {
    // Nothing was kept, then.
  }
}

function wireMenu(menu: HTMLDetailsElement): void {
  document.addEventListener("pointerdown", (event) => {
    if (menu.open && event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}
