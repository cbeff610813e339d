// Whether a click is the visitor's own. The page around the frame can lay things over it, make it see-through, and move it
// under the pointer. So what acts for the visitor listens to clicks only where they could see for half a second what they
// click on, and where their pointer had come to rest on the frame before it did. Browsers that cannot tell what is covered
// have the confirming second click that everything of consequence asks for anyway.

/** How long a thing must have been in full view. */
export const SEEN_MS = 500;
/** How long the pointer must have been on the frame, and the frame in one place under it. */
export const STEADY_MS = 300;
/**
 * How long a pointer that is not heard of is believed to have stayed. Browsers do not always say to a frame of another process
 * that the pointer has left it, so one that comes back may have been anywhere. Whoever rests longer presses twice.
 */
export const GAP_MS = 1_000;
/** How far the frame may seem to move for the rounding of coordinates. */
const SLACK = 2;

import { tell } from "./state.ts";
import { gone } from "./ui.ts";

export interface Press {
  /** Whether it was the person, and not a script. */
  trusted: boolean;
  /** `mouse`, `pen`, `touch`; empty for keys, which do not land on what was pushed under them. */
  pointer: string;
  now: number;
  /** Since when it was in full view; null: it is not; undefined: this browser cannot tell. */
  seenSince: number | null | undefined;
  /** Since when the pointer is on the frame and the frame did not move under it; null: it is not. */
  steadySince: number | null;
}

/** Whether an act may be done for this. */
export function isOwn({ trusted, pointer, now, seenSince, steadySince }: Press): boolean {
  if (!trusted) return false;
  if (seenSince === null || (seenSince !== undefined && now - seenSince < SEEN_MS)) return false;
  // A finger is on the frame only while it presses: there is nothing before that could be held against it.
  if (pointer === "" || pointer === "touch") return true;
  return steadySince !== null && now - steadySince >= STEADY_MS;
}

/** Follows the pointer over the frame. */
export class Steadiness {
  since: number | null = null;
  #x = 0;
  #y = 0;
  #heard = 0;

  /** The pointer is on the frame; how far the frame's corner is from the screen's says whether that moved. */
  at(now: number, { screenX, screenY, clientX, clientY }: { screenX: number; screenY: number; clientX: number; clientY: number }): void {
    const [x, y] = [screenX - clientX, screenY - clientY];
    if (this.since === null || now - this.#heard > GAP_MS || Math.abs(x - this.#x) > SLACK || Math.abs(y - this.#y) > SLACK) {
      this.since = now;
      [this.#x, this.#y] = [x, y];
    }
    this.#heard = now;
  }

  left(): void {
    this.since = null;
  }
}

const steadiness = new Steadiness();
/** What held when the button went down: a click is judged by its beginning. */
let pressed: { pointer: string; steadySince: number | null; at: number } | null = null;

/** Begins to follow the pointer. */
export function watch(): void {
  const follow = (event: PointerEvent): void => {
    if (event.isTrusted && event.pointerType !== "touch") steadiness.at(event.timeStamp, event);
  };
  addEventListener("pointermove", follow, { capture: true, passive: true });
  addEventListener("pointerover", follow, { capture: true, passive: true });
  document.documentElement.addEventListener("pointerleave", () => steadiness.left());
  addEventListener("blur", () => steadiness.left());
  addEventListener("pointerdown", (event) => {
    follow(event);
    pressed = event.isTrusted ? { pointer: event.pointerType, steadySince: steadiness.since, at: event.timeStamp } : null;
  }, { capture: true, passive: true });
}

/** All of something where the frame is high enough for that to be seen at once, else the part of it that is pressed. */
export const inView = (whole: () => HTMLElement, pressed: () => HTMLElement) => (): HTMLElement => (whole().offsetHeight < innerHeight - 160 ? whole() : pressed());

/** Makes a handler that does `act` for the visitor's own clicks, while all of `region` is in view; others are asked to look first. */
export function own(region: () => Element, act: () => unknown): (event: Event) => void {
  let seenSince: number | null | undefined = null;
  let seenAtPress: number | null | undefined = null;
  // Where it cannot be told what is in view, at least nothing is done by the second half of a double click.
  const madeAt = performance.now();
  const observer = new IntersectionObserver((entries) => {
    const entry = entries.at(-1);
    if (entry === undefined) return;
    const { isVisible } = entry as { isVisible?: boolean };
    if (isVisible === undefined) seenSince = undefined;
    else if (!isVisible || entry.intersectionRatio < 0.99) seenSince = null;
    else seenSince ??= performance.now();
  }, { threshold: [0, 0.5, 0.99, 1], trackVisibility: true, delay: 100 } as IntersectionObserverInit);
  gone(() => observer.disconnect());
  requestAnimationFrame(() => {
    observer.observe(region());
    region().addEventListener("pointerdown", () => (seenAtPress = seenSince), { capture: true, passive: true });
  });
  return (event) => {
    const byPointer = event instanceof MouseEvent && event.detail > 0;
    const press = byPointer ? pressed : null;
    const now = press?.at ?? performance.now();
    const fits = isOwn({
      trusted: event.isTrusted && (!byPointer || press !== null),
      pointer: press?.pointer ?? "",
      now,
      seenSince: byPointer && seenSince !== null ? seenAtPress : seenSince,
      steadySince: press?.steadySince ?? null,
    });
    pressed = null;
    if (fits && now - madeAt >= SEEN_MS) act();
    else if (event.isTrusted) tell("Have a look first, then press once more.");
  };
}
