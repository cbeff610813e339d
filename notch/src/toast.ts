/** A sentence that passes by: what was done, where there is nothing to decide but perhaps to take it back. */
import { fill, h, need } from "./dom.ts";

/** How long it stays, in milliseconds. */
export const TOAST_MS = 6000;
/** How long when it can be taken back: that wants reading, and a way to the button. */
const UNDO_MS = 12_000;
let toasting = 0;

/** Shows a sentence for a few seconds, in place of the one before, and a button that takes back what it is about. */
export function toast(words: string, undo: (() => void) | null = null): void {
  const place = need("toast", HTMLElement);
  const button = undo !== null && h("button", {
    type: "button", class: "text-button", "data-does": "undo",
    onclick: () => {
      leave(place);
      undo();
    },
  }, "Undo");
  // A live region speaks of what changes while it stands on the page, so it is shown first.
  place.hidden = false;
  fill(place, h("span", {}, words), button);
  wait(place, undo === null ? TOAST_MS : UNDO_MS);
}

/** Nothing goes away under somebody's pointer or keyboard. */
function wait(place: HTMLElement, ms: number): void {
  clearTimeout(toasting);
  toasting = window.setTimeout(() => {
    if (place.matches(":hover") || place.contains(document.activeElement)) wait(place, TOAST_MS);
    else leave(place);
  }, ms);
}

function leave(place: HTMLElement): void {
  clearTimeout(toasting);
  place.hidden = true;
  fill(place);
}
