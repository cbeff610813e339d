// What came of a wish.

/** Done: a sentence for the person and a line for the commit. Not done: why, in a sentence. */
export type Outcome = { done: string; commit: string } | { problem: string };
