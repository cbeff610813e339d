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

/** The agent program writes defaults into the inputs that it keeps: a call is the same when all that was asked is in it. */
function isSame(act: Act, step: Step): boolean {
  return act.name === step.name && Object.entries(act.input).every(([key, value]) => isDeepStrictEqual(step.input[key], value));
}

/** The next thing to answer. Steps that the plan knows nothing of (somebody else's) are passed over. */
export function advance(plan: Plan<string>, steps: readonly Step[]): Reply {
  let at = 0;
  let next = plan.next();
  while (!next.done) {
    const act = next.value;
    const found = steps.slice(at).findIndex((step) => isSame(act, step));
    if (found < 0) return [...(act.say === undefined ? [] : [{ type: 'text' as const, text: act.say }]), { type: 'tool_use', name: act.name, input: act.input }];
    at += found + 1;
    next = plan.next(steps[at - 1] as Step);
  }
  return [{ type: 'text', text: next.value }];
}
