// Waiting as the server has asked for: the button sleeps, and says for how long.

import { say } from "./dom.ts";
import { countdown } from "./format.ts";

/** Longer than this nobody watches a button. */
const LONGEST_S = 10 * 60;

/** Whether this button is being kept asleep. */
export function isWaiting(button: HTMLButtonElement): boolean {
  return button.dataset["waiting"] !== undefined;
}

/** Keeps a button asleep for some seconds; `done` is called when it is awake again. Its words come back then. */
export function wait(button: HTMLButtonElement, seconds: number, done: () => void): void {
  if (isWaiting(button) || seconds > LONGEST_S) return;
  const words = button.textContent ?? "";
  const until = Date.now() + seconds * 1000;
  button.dataset["waiting"] = "";
  button.disabled = true;
  const tick = (): void => {
    const left = until - Date.now();
    if (left > 0) {
      say(button, `Wait ${countdown(left / 1000)}`);
      setTimeout(tick, Math.min(1000, left));
      return;
    }
    delete button.dataset["waiting"];
    button.disabled = false;
    say(button, words);
    done();
  };
  tick();
}
