// A session while the emulator runs: its log, its listeners and its place in the store. What is appended is
// on disk before anybody hears of it, in one tick, so that a client which opens the stream and then lists the
// history misses nothing.

import type { SessionFaults } from './faults.ts';
import { newId, rfc3339 } from './ids.ts';
import type { QueuedEvent, SessionRecord, Store } from './store.ts';
import type { EventDraft, Session, SessionEvent, StopReason, StreamEvent } from './types.ts';

/** Somebody who listens to the stream of a session. */
export interface Listener {
  hear(event: StreamEvent): void;
  /** Ends this stream; `reset` cuts the connection, `end` closes it cleanly. */
  drop(how: 'reset' | 'end'): void;
}

/** Queued events sort after everything that was processed. */
const QUEUED_KEY = 1e15;

export class LiveSession {
  readonly record: SessionRecord;
  readonly log: SessionEvent[];
  readonly #store: Store;
  readonly #listeners = new Set<Listener>();
  #lastTime = 0;
  #staleUntil = 0;
  /** Called after each appended event; the turns watch for faults with it. */
  onAppend: (event: SessionEvent) => void = () => undefined;

  constructor(record: SessionRecord, store: Store) {
    this.record = record;
    this.#store = store;
    this.log = store.readEvents(record.session.id);
    const last = this.log[this.log.length - 1]?.processed_at;
    if (last) this.#lastTime = Date.parse(last);
  }

  get id(): string {
    return this.record.session.id;
  }

  get faults(): SessionFaults {
    return this.record.faults;
  }

  setFaults(faults: SessionFaults): void {
    this.record.faults = { ...this.record.faults, ...faults };
    this.save();
  }

  save(): void {
    this.#store.saveSession(this.record);
  }

  /** The session as `GET` answers it. */
  view(): Session {
    const stale = this.#store.milliseconds() < this.#staleUntil && this.record.session.status === 'idle';
    return stale ? { ...this.record.session, status: 'running' } : this.record.session;
  }

  setStatus(status: Session['status']): void {
    const was = this.record.session.status;
    this.record.session = { ...this.record.session, status, updated_at: this.#store.now() };
    if (was === 'running' && status === 'idle' && this.faults.staleStatusMs) {
      this.#staleUntil = this.#store.milliseconds() + this.faults.staleStatusMs;
    }
    this.save();
  }

  /** Times never go backwards within a session; events of one millisecond keep the order of the log. */
  #stamp(): string {
    this.#lastTime = Math.max(this.#lastTime, this.#store.milliseconds());
    return rfc3339(this.#lastTime);
  }

  append(draft: EventDraft, id: string = newId('sevt')): SessionEvent {
    const event = { ...draft, id, processed_at: this.#stamp() } as SessionEvent;
    this.log.push(event);
    this.#store.appendEvent(this.id, event);
    this.publish(event);
    this.onAppend(event);
    return event;
  }

  enqueue(event: QueuedEvent): void {
    this.record.queued.push(event);
    this.save();
    this.publish(event);
  }

  /** Moves a queued event into the log, now with a time; streams hear it a second time. */
  process(event: QueuedEvent): void {
    this.record.queued = this.record.queued.filter((other) => other.id !== event.id);
    const { id, processed_at: _, ...draft } = event;
    this.append(draft as EventDraft, id);
    this.save();
  }

  publish(event: StreamEvent): void {
    for (const listener of [...this.#listeners]) listener.hear(event);
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  dropStreams(how: 'reset' | 'end'): void {
    for (const listener of [...this.#listeners]) listener.drop(how);
  }

  /** The history with its sorting keys: the log in order, then what is still queued. */
  history(): { event: SessionEvent; key: number }[] {
    return [
      ...this.log.map((event, index) => ({ event, key: index })),
      ...this.record.queued.map((event, index) => ({ event, key: QUEUED_KEY + index })),
    ];
  }

  /** Custom tool calls that nobody has answered yet. */
  unanswered(): string[] {
    const answered = new Set<string>();
    for (const event of this.log) if (event.type === 'user.custom_tool_result') answered.add(event.custom_tool_use_id);
    return this.log.flatMap((event) => (event.type === 'agent.custom_tool_use' && !answered.has(event.id) ? [event.id] : []));
  }

  running(): void {
    this.record.blocked = false;
    this.setStatus('running');
    this.append({ type: 'session.status_running' });
    this.append({ type: 'session.thread_status_running', session_thread_id: this.record.threadId, agent_name: this.record.session.agent.name });
  }

  /** The three events that end or pause a turn. `status` is set first, so that whoever hears them reads it. */
  idle(reason: StopReason): void {
    this.record.blocked = reason.type === 'requires_action';
    this.setStatus('idle');
    this.append({
      type: 'session.thread_status_idle',
      session_thread_id: this.record.threadId,
      agent_name: this.record.session.agent.name,
      stop_reason: reason,
      stop_details: null,
    });
    const { list_cost: cost, server_tool_use: serverTools, ...usage } = this.record.session.usage;
    this.append({
      type: 'session.usage',
      usage: { ...usage, ...(cost ? { list_cost: cost } : {}), ...(serverTools ? { server_tool_use: serverTools } : {}) },
      budget: this.record.session.budget,
    });
    this.append({ type: 'session.status_idle', stop_reason: reason, stop_details: null });
  }
}
