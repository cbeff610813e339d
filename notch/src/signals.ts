// The eight signals, drawn in the hand of the mark: 24 units square, strokes of 1.5, round ends, filled bud-dots. The
// same lines stand in workers/api/src/pages/signals.rs for pages from the server; a test holds the two together.

import type { Drawing } from "./drawing.ts";

const SIGNALS = {
  heart: [1, "Love this", "M12 20c-4.6-3.4-8.6-6.6-8.6-10.8a4.7 4.7 0 0 1 8.6-2.5 4.7 4.7 0 0 1 8.6 2.5c0 4.2-4 7.4-8.6 10.8z"],
  star: [1, "A standout", "M12 3.4l2.7 5.6 6.1.9-4.4 4.2 1.1 6.1-5.5-2.9-5.5 2.9 1.1-6.1-4.4-4.2 6.1-.9z"],
  fire: [1, "This is great", "M12.4 3c.2 4.2 5.9 6 5.9 11.5a6.3 6.3 0 0 1-12.6 0c0-2.5 1.2-4.4 2.8-5.7.1 1.5.6 2.5 1.6 3.1-.1-3.3.4-6.7 2.3-8.9z", "M12.2 14.4c1.2.8 1.9 1.6 1.9 2.8"],
  wow: [1, "That surprised me", "M12 3.2a2.3 2.3 0 0 1 2.3 2.5l-.8 6.9a1.5 1.5 0 0 1-3 0l-.8-6.9a2.3 2.3 0 0 1 2.3-2.5z", "", 19],
  like: [0, "Agree, nice work", "M7.6 11l3.5-7.1a2.3 2.3 0 0 1 2.5 2.3v3.4h4.6a2.1 2.1 0 0 1 2.1 2.4l-1.1 6.2a2.1 2.1 0 0 1-2.1 1.8h-9.5z", "M7.6 20h-2.4a1.5 1.5 0 0 1-1.5-1.5v-6a1.5 1.5 0 0 1 1.5-1.5h2.4"],
  idea: [0, "Insightful", "M9.3 17.2c0-1.7-.6-2.5-1.6-3.7a6 6 0 1 1 8.6 0c-1 1.2-1.6 2-1.6 3.7z", "M10.2 20.6h3.6M12 17.2v-4.6"],
  save: [0, "Keep for later", "M6.2 5.4a2 2 0 0 1 2-2h7.6a2 2 0 0 1 2 2v15l-5.8-4.2-5.8 4.2z"],
  question: [0, "I have a question", "M7.2 8.3a4.8 4.8 0 1 1 6.8 4.2c-1.4.7-2 1.4-2 2.5", "", 19],
  comment: [0, "A comment", "M6.2 4.6h11.6a2.6 2.6 0 0 1 2.6 2.6v6.4a2.6 2.6 0 0 1-2.6 2.6h-6.2l-4 3.8v-3.8h-1.4a2.6 2.6 0 0 1-2.6-2.6v-6.4a2.6 2.6 0 0 1 2.6-2.6z"],
} satisfies Record<string, Drawing>;

export type Signal = keyof typeof SIGNALS;

/** The eight, in the order in which they are offered. A comment is none of them. */
export const EIGHT = (Object.keys(SIGNALS) as Signal[]).slice(0, 8);

/** Whether it is one, from wherever it came. */
export const isSignal = (name: unknown): name is Signal => typeof name === "string" && Object.hasOwn(SIGNALS, name);

/** What it says, for whoever hears the page. */
export const says = (signal: Signal): string => SIGNALS[signal][1];

/** How it is drawn. */
export const drawingOf = (signal: Signal): Drawing => SIGNALS[signal];
