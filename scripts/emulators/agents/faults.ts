// The faults that a test turns on. Request faults wait for a matching request; session faults change how one
// session behaves. Nothing here is part of the vendor's API: the door to it is `control.ts`.

import { isObject, object, type JsonObject } from './checks.ts';
import { invalid } from './errors.ts';

/** Spoils the next `times` requests of an endpoint (`events.send`, `sessions.create`, …, `*` for any). */
export interface RequestFault {
  endpoint: string;
  times: number;
  /** Answered instead of the real answer: 429, 529, 500, … */
  status?: number;
  /** Seconds, sent as `retry-after`. */
  retryAfter?: number;
  /** Waits before anything else happens. On the stream: before its headers. */
  delayMs?: number;
  /** Does the work and then drops the connection in place of the answer. */
  loseAnswer?: boolean;
}

/** How one session misbehaves. */
export interface SessionFaults {
  /** Drops open streams after that many further events; `how` is a reset or a clean end. */
  dropStream?: { afterEvents: number; how: 'reset' | 'end'; times: number };
  /** Every event is delivered twice on the stream. */
  deliverTwice?: boolean;
  /** The stream's headers come this late. */
  delayHeadersMs?: number;
  /** The next turn emits one event of a type that no client knows. */
  unknownEvent?: boolean;
  /** The session dies: at once, or after that many events of the running or next turn. */
  terminate?: 'now' | { afterEvents: number };
  /** Time of one step of the agent. */
  stepMs?: number;
  /** Message previews stop after their first piece. */
  shedDeltas?: boolean;
  /** `status` of the session still says running for this long after an idle event. */
  staleStatusMs?: number;
  /** The next model request fails like this; `retrying` goes on by itself, the others end the turn. */
  modelError?: { type: 'model_overloaded_error' | 'model_rate_limited_error' | 'model_request_failed_error'; retry: 'retrying' | 'exhausted' | 'terminal' };
  /** Custom tools called beside `get_deploy_credentials`, in the same breath. */
  alsoAsk?: string[];
  /** What the SSE `event:` line says: the event's type (default), or `message` for old clients. */
  streamEventName?: 'type' | 'message';
}

const REQUEST_KEYS = new Set(['endpoint', 'times', 'status', 'retryAfter', 'delayMs', 'loseAnswer']);
const SESSION_KEYS = new Set([
  'dropStream', 'deliverTwice', 'delayHeadersMs', 'unknownEvent', 'terminate', 'stepMs', 'shedDeltas', 'staleStatusMs',
  'modelError', 'alsoAsk', 'streamEventName',
]);

function parseRequestFault(value: unknown): RequestFault {
  const raw = object(value, 'requests[]');
  const unknown = Object.keys(raw).find((key) => !REQUEST_KEYS.has(key));
  if (unknown !== undefined) throw invalid(`requests[].${unknown} is no request fault.`);
  return { endpoint: '*', times: 1, ...raw };
}

/** Reads `{…session faults, "requests": […]}`. A misspelt fault is refused, or a test would pass for nothing. */
export function parseFaults(body: JsonObject): { session: SessionFaults; requests: RequestFault[] } {
  const { requests = [], ...session } = body;
  const unknown = Object.keys(session).find((key) => !SESSION_KEYS.has(key));
  if (unknown !== undefined) throw invalid(`${unknown} is no fault.`);
  const drop = session['dropStream'];
  if (isObject(drop)) session['dropStream'] = { afterEvents: 0, how: 'reset', times: 1, ...drop };
  if (!Array.isArray(requests)) throw invalid('requests: expected an array.');
  return { session: session as SessionFaults, requests: requests.map(parseRequestFault) };
}

/** The faults that wait for a request, and those of the next session to be created. */
export class Faults {
  #waiting: { fault: RequestFault; session: string | null }[] = [];
  #next: SessionFaults = {};

  add(fault: RequestFault, session: string | null): void {
    this.#waiting.push({ fault: { ...fault }, session });
  }

  /** The fault for this request, if one waits for it; it is used up by being taken. */
  take(endpoint: string, session: string | null): RequestFault | null {
    const hit = this.#waiting.find(
      ({ fault, session: only }) => (fault.endpoint === '*' || fault.endpoint === endpoint) && (only === null || only === session),
    );
    if (!hit) return null;
    hit.fault.times -= 1;
    if (hit.fault.times <= 0) this.#waiting = this.#waiting.filter((other) => other !== hit);
    return hit.fault;
  }

  forNextSession(faults: SessionFaults): void {
    this.#next = { ...this.#next, ...faults };
  }

  takeForNewSession(): SessionFaults {
    const taken = this.#next;
    this.#next = {};
    return taken;
  }

  clear(): void {
    this.#waiting = [];
    this.#next = {};
  }
}
