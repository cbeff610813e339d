// The faults that a test turns on: each waits for a matching request and is used up by it. Nothing here is part of the
// vendor's API: the door to it is `control.ts`.

import { list, object } from '../agents/checks.ts';
import { invalid } from '../agents/errors.ts';
import type { Reply } from './types.ts';

/** Spoils the next `times` requests of an endpoint. */
export interface Fault {
  endpoint: 'messages' | 'count_tokens' | 'models' | '*';
  times: number;
  /** Only for requests with this key, so that tests side by side leave each other alone. */
  apiKey?: string;
  /** Answered instead of the real answer: 401, 429, 529, 500, … */
  status?: number;
  /** Seconds, sent as `retry-after`. */
  retryAfter?: number;
  /** Waits before anything else happens. */
  delayMs?: number;
  /** Does the work and then drops the connection in place of the answer. */
  loseAnswer?: boolean;
  /** A stream breaks off after that many events, without its end. */
  cutAfterEvents?: number;
  /** A stream tells of an overloaded service after that many events. */
  errorAfterEvents?: number;
  /** Pause between the events of a stream. */
  pieceMs?: number;
  /** The model misbehaves: calls a tool that nobody has, or does the same failing thing again. */
  mind?: 'wrong_tool' | 'same_failure';
  /** Answered in place of what the model would say. */
  reply?: Reply;
}

const KINDS: Readonly<Record<keyof Fault, (value: unknown) => boolean>> = {
  endpoint: (value) => value === 'messages' || value === 'count_tokens' || value === 'models' || value === '*',
  times: (value) => typeof value === 'number' && value >= 1,
  apiKey: (value) => typeof value === 'string',
  status: (value) => Number.isInteger(value) && Number(value) >= 400 && Number(value) <= 599,
  retryAfter: (value) => typeof value === 'number',
  delayMs: (value) => typeof value === 'number',
  loseAnswer: (value) => typeof value === 'boolean',
  cutAfterEvents: (value) => Number.isInteger(value),
  errorAfterEvents: (value) => Number.isInteger(value),
  pieceMs: (value) => typeof value === 'number',
  mind: (value) => value === 'wrong_tool' || value === 'same_failure',
  reply: Array.isArray,
};

/** Reads `{"faults": […]}`. A misspelt fault is refused, or a test would pass for nothing. */
export function parseFaults(body: unknown): Fault[] {
  return list(object(body, 'body')['faults'], 'faults').map((value, at) => {
    const raw: Record<string, unknown> = { endpoint: 'messages', times: 1, ...object(value, `faults[${at}]`) };
    for (const [name, entry] of Object.entries(raw)) {
      if (!(name in KINDS) || !KINDS[name as keyof Fault](entry)) throw invalid(`faults[${at}].${name} is no fault that this emulator knows.`);
    }
    return raw as unknown as Fault;
  });
}

/** What a model that has gone wrong answers, for ever. */
export function misbehaviour(kind: NonNullable<Fault['mind']>): Reply {
  if (kind === 'wrong_tool') return [{ type: 'tool_use', name: 'Teleport', input: { to: 'the answer' } }];
  return [{ type: 'tool_use', name: 'Edit', input: { file_path: '/nowhere/at-all.html', old_string: 'this', new_string: 'that' } }];
}

/** The faults that wait. */
export class Faults {
  #waiting: Fault[] = [];

  add(faults: readonly Fault[]): void {
    this.#waiting.push(...faults);
  }

  /** The fault for this request, if one waits for it. */
  take(endpoint: Fault['endpoint'], apiKey: string): Fault | null {
    const hit = this.#waiting.find((fault) => (fault.endpoint === '*' || fault.endpoint === endpoint) && (fault.apiKey ?? apiKey) === apiKey);
    if (!hit) return null;
    hit.times -= 1;
    if (hit.times < 1) this.#waiting = this.#waiting.filter((other) => other !== hit);
    return { ...hit };
  }

  clear(): void {
    this.#waiting = [];
  }
}
