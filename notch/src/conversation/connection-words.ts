import { type Child, fill } from "../dom.ts";

/** What the line over the field says about the connection. */
export function connectionWords(place: HTMLElement, words: string, action: Child): void {
  place.hidden = words === "";
  if (place.dataset["words"] === words) return;
  place.dataset["words"] = words;
  fill(place, words, action);
}
