// The life of a session's turns: one at a time, first come first served; an interrupt overtakes. It owns the
// status events and the waiting for custom tools. What is done in a turn is the agent's affair.

import { performance } from 'node:perf_hooks';
import { Hands, TurnEnded } from './hands.ts';
import { newId } from './ids.ts';
import type { LiveSession } from './live.ts';
import type { CustomToolResult, EventDraft, StopReason, UserInterrupt, UserMessage } from './types.ts';

/** Something that answers a message with the hands it is given. */
export type Mind = (message: UserMessage, hands: Hands, session: LiveSession) => Promise<void>;

export const INTERRUPTED_TOOL = 'Tool execution was interrupted before completion. Please retry.';

export class Turns {
  readonly #live: LiveSession;
  readonly #mind: Mind;
  readonly #stepMs: number;
  #hands: Hands | null = null;
  #loop: Promise<void> | null = null;
  #pendingInterrupt: UserInterrupt | null = null;
  #closed = false;
  #terminateAfter: number | null = null;
  #sinceDrop = 0;

  constructor(live: LiveSession, mind: Mind, stepMs: number) {
    this.#live = live;
    this.#mind = mind;
    this.#stepMs = stepMs;
    live.onAppend = (event) => this.#watch(event.type);
  }

  /** Starts the loop if there is something to do and nobody does it; also carries on after a restart. */
  wake(): void {
    const { record } = this.#live;
    const work = record.activeMessage !== null || record.queued.some((event) => event.type === 'user.message');
    if (this.#loop || this.#closed || !work || record.session.status === 'terminated') return;
    this.#loop = this.#run().finally(() => {
      this.#loop = null;
      this.wake();
    });
  }

  /** Accepts an interrupt: at once when idle, else as soon as the running step lets go. */
  interrupt(event: UserInterrupt): void {
    this.#live.enqueue(event);
    if (this.#hands) {
      this.#pendingInterrupt = event;
      this.#hands.stop(new TurnEnded('interrupted'));
    } else {
      this.#live.process(event);
    }
  }

  /** An answer to a custom tool. Results are processed when they are accepted. */
  answer(draft: Omit<CustomToolResult, 'id' | 'processed_at'>): CustomToolResult {
    const event = this.#live.append(draft as EventDraft) as CustomToolResult;
    const left = this.#live.unanswered();
    if (this.#live.record.blocked) {
      if (left.length > 0) this.#live.idle({ type: 'requires_action', event_ids: left });
      else this.#live.running();
    }
    this.#hands?.answered(event);
    return event;
  }

  terminate(): void {
    if (this.#live.record.session.status === 'terminated') return;
    const { record } = this.#live;
    record.activeMessage = null;
    record.blocked = false;
    record.faults = { ...record.faults };
    delete record.faults.terminate;
    this.#live.setStatus('terminated');
    this.#live.append({ type: 'session.thread_status_terminated', session_thread_id: record.threadId, agent_name: record.session.agent.name });
    this.#live.append({ type: 'session.status_terminated' });
    this.#hands?.stop(new TurnEnded('terminated'));
  }

  /** Called when faults changed. */
  faultsChanged(): void {
    const { terminate } = this.#live.faults;
    if (terminate === 'now') this.#die();
    else if (terminate) this.#terminateAfter = terminate.afterEvents;
  }

  /** Stops working without a word, as a process that ends does; the log stays as it is. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#hands?.stop(new TurnEnded('closed'));
    await this.#loop;
  }

  #die(): void {
    this.#live.append({
      type: 'session.error',
      error: { type: 'unknown_error', message: 'The session cannot go on.', retry_status: { type: 'terminal' } },
    });
    this.terminate();
  }

  #watch(type: string): void {
    const { dropStream } = this.#live.faults;
    if (!this.#hands) return;
    if (dropStream) {
      this.#sinceDrop += 1;
      if (this.#sinceDrop >= dropStream.afterEvents) {
        this.#sinceDrop = 0;
        dropStream.times -= 1;
        if (dropStream.times <= 0) delete this.#live.record.faults.dropStream;
        this.#live.dropStreams(dropStream.how);
      }
    }
    if (this.#terminateAfter !== null && type !== 'session.error') {
      this.#terminateAfter -= 1;
      if (this.#terminateAfter <= 0) {
        this.#terminateAfter = null;
        queueMicrotask(() => this.#die());
      }
    }
  }

  async #run(): Promise<void> {
    const { record } = this.#live;
    for (;;) {
      if (this.#closed || record.session.status === 'terminated') return;
      const resumed = record.activeMessage;
      const message = resumed === null ? record.queued.find((event) => event.type === 'user.message') : this.#find(resumed);
      if (!message) {
        record.activeMessage = null;
        return;
      }
      this.faultsChanged();
      if (this.#live.record.session.status === 'terminated') return;
      this.#hands = new Hands(this.#live, this.#stepMs, message.id);
      if (resumed === null) {
        record.activeMessage = message.id;
        this.#live.process(message);
        this.#live.running();
      }
      const stop = record.queued.find((event): event is UserInterrupt => event.type === 'user.interrupt');
      if (resumed !== null && stop) {
        // Accepted before a restart, not yet applied.
        this.#pendingInterrupt = stop;
        this.#hands.stop(new TurnEnded('interrupted'));
      }
      await this.#turn(message, this.#hands);
      this.#hands = null;
    }
  }

  #find(id: string): UserMessage | undefined {
    return this.#live.log.find((event): event is UserMessage => event.type === 'user.message' && event.id === id);
  }

  async #turn(message: UserMessage, hands: Hands): Promise<void> {
    const started = performance.now();
    let reason: StopReason = { type: 'end_turn' };
    try {
      await this.#mind(message, hands, this.#live);
    } catch (error) {
      const why = error instanceof TurnEnded ? error.why : 'failed';
      if (why === 'closed' || why === 'terminated') return;
      if (why === 'failed') {
        process.stderr.write(`demo agent: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
        this.#live.append({
          type: 'session.error',
          error: { type: 'unknown_error', message: 'The demo agent failed at this request.', retry_status: { type: 'exhausted' } },
        });
      }
      if (why === 'terminal') return this.terminate();
      if (why === 'exhausted' || why === 'failed') reason = { type: 'retries_exhausted' };
      hands.letGo(INTERRUPTED_TOOL);
    }
    const interrupt = this.#pendingInterrupt;
    this.#pendingInterrupt = null;
    if (interrupt) this.#live.process(interrupt);
    this.#count((performance.now() - started) / 1000);
    this.#live.record.activeMessage = null;
    this.#live.idle(reason);
  }

  #count(seconds: number): void {
    const { session } = this.#live.record;
    const rounded = Math.round(seconds * 1000) / 1000;
    const active = (session.stats.active_seconds ?? 0) + rounded;
    session.stats = { active_seconds: active, duration_seconds: (session.stats.duration_seconds ?? 0) + rounded };
    session.usage = { ...session.usage, active_seconds: active };
  }
}

/** A queued input event, as the answer to sending it has it. */
export function queuedMessage(content: UserMessage['content']): UserMessage {
  return { id: newId('sevt'), type: 'user.message', content, processed_at: null };
}
