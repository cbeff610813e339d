// How the demo model works without a memory: its plan is a generator that yields tool calls, and it is run from the
// beginning for every request. Calls that the conversation already has are answered from there; the first one that it
// does not have is the next to be made; and when the plan is through, its last word is the answer.

import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../agents/checks.ts';
import type { Reply } from '../types.ts';

/** A tool call to be made; `say` is said to the person before it. */
export interface Act {
  name: string;
  input: JsonObject;
  say?: string;
}

/** A tool call that was made. */
export interface Step {
  name: string;
  input: JsonObject;
  text: string;
  isError: boolean;
}

export type Plan<T> = Generator<Act, T, Step>;

const trimmed = (value: unknown): unknown => (typeof value === 'string' ? value.replace(/[^\S\n]+$/gm, '') : value);

/**
 * The agent program keeps a call with defaults filled in and without the white space at the ends of lines: it is the same
 * when all else that was asked for is in it.
 */
function isSame(act: Act, step: Step): boolean {
  return act.name === step.name && Object.entries(act.input).every(([key, value]) => isDeepStrictEqual(trimmed(step.input[key]), trimmed(value)));
}

/** So many calls that the plan knows nothing of, and it is no use to go on. */
const MOST_STRANGERS = 8;
const LOST = 'Something came between my steps and I do not know where I am, so I stopped. What I changed so far can be seen in the preview.';

/** The next thing to answer. Steps that the plan knows nothing of (somebody else's) are passed over. */
export function advance(plan: Plan<string>, steps: readonly Step[]): Reply {
  let at = 0;
  let next = plan.next();
  while (!next.done) {
    const act = next.value;
    const found = steps.slice(at).findIndex((step) => isSame(act, step));
    // Answering the same again and again would cost the person money and never end.
    if (found < 0 && steps.length - at > MOST_STRANGERS) return [{ type: 'text', text: LOST }];
    if (found < 0) return [...(act.say === undefined ? [] : [{ type: 'text' as const, text: act.say }]), { type: 'tool_use', name: act.name, input: act.input }];
    at += found + 1;
    next = plan.next(steps[at - 1] as Step);
  }
  return [{ type: 'text', text: next.value }];
}
