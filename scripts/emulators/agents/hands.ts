// What an agent can do within a turn: think, speak, use a tool, ask the client. Each act becomes the events of
// a real session. When a turn is taken up again after a restart, the acts that are already in the log are not
// done twice: the agent is deterministic, so its n-th act is the n-th recorded one.

import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from './ids.ts';
import type { LiveSession } from './live.ts';
import type { CustomToolResult, SessionEvent, StreamEvent } from './types.ts';

/** Thrown through the agent when its turn is over before it is done. */
export class TurnEnded extends Error {
  readonly why: 'interrupted' | 'terminated' | 'closed' | 'exhausted' | 'terminal';
  constructor(why: TurnEnded['why']) {
    super(`the turn was ${why}`);
    this.why = why;
  }
}

export interface ToolOutcome {
  text: string;
  isError: boolean;
}

const PIECES = 6;
const RECORDED = new Set(['agent.thinking', 'agent.message', 'agent.tool_use', 'agent.tool_result', 'agent.custom_tool_use', 'user.custom_tool_result']);

/** The text of a tool's answer. */
export function resultText(event: CustomToolResult): string {
  return (event.content ?? []).flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n');
}

export class Hands {
  readonly #live: LiveSession;
  readonly #stepMs: number;
  readonly #abort = new AbortController();
  readonly #recorded: SessionEvent[];
  #openTool: string | null = null;
  #openSpan: string | null = null;
  /** True while the last model request may still be followed by its tool call. */
  #fresh = false;
  #waiting: { ids: Set<string>; done: () => void } | null = null;

  constructor(live: LiveSession, stepMs: number, messageId: string) {
    this.#live = live;
    this.#stepMs = stepMs;
    const start = live.log.findIndex((event) => event.id === messageId && event.type === 'user.message');
    this.#recorded = start < 0 ? [] : live.log.slice(start + 1).filter((event) => RECORDED.has(event.type));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  stop(why: TurnEnded): void {
    this.#abort.abort(why);
  }

  answered(event: CustomToolResult): void {
    this.#waiting?.ids.delete(event.custom_tool_use_id);
    if (this.#waiting?.ids.size === 0) this.#waiting.done();
  }

  /** Closes whatever an interrupted turn left open, with error results. */
  letGo(reason: string): void {
    const content = [{ type: 'text' as const, text: reason }];
    if (this.#openSpan) this.#endSpan(true);
    if (this.#openTool) this.#live.append({ type: 'agent.tool_result', tool_use_id: this.#openTool, content, is_error: true });
    for (const id of this.#live.unanswered()) {
      this.#live.append({ type: 'user.custom_tool_result', custom_tool_use_id: id, content, is_error: true });
    }
  }

  async think(): Promise<void> {
    if (this.#replay('agent.thinking')) return;
    await this.#request();
    const id = newId('sevt');
    this.#preview({ type: 'event_start', event: { type: 'agent.thinking', id } });
    await this.#pause(this.#step());
    this.#live.append({ type: 'agent.thinking' }, id);
    // The message or the tool call that was thought about belongs to the same model request.
  }

  async say(text: string): Promise<void> {
    if (this.#replay('agent.message')) return;
    await this.#request();
    const id = newId('sevt');
    this.#preview({ type: 'event_start', event: { type: 'agent.message', id } });
    for (const [index, piece] of pieces(text).entries()) {
      if (index > 0 && this.#live.faults.shedDeltas) break;
      this.#preview({ type: 'event_delta', event_id: id, delta: { type: 'content_delta', index: 0, content: { type: 'text', text: piece } } });
      await this.#pause(this.#step() / PIECES);
    }
    this.#live.append({ type: 'agent.message', content: [{ type: 'text', text }] }, id);
    this.#endSpan(false);
    this.#fresh = true;
  }

  /** Uses a built-in tool. `work` is what really happens; it is skipped when its result is already in the log. */
  async tool(name: string, input: Record<string, unknown>, work: () => Promise<ToolOutcome>): Promise<ToolOutcome> {
    const use = this.#replay('agent.tool_use') ?? (await this.#toolUse(name, input));
    const recorded = this.#replay('agent.tool_result');
    if (recorded?.type === 'agent.tool_result') {
      const text = (recorded.content ?? []).flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n');
      return { text, isError: recorded.is_error ?? false };
    }
    this.#openTool = use.id;
    await this.#pause(this.#step() / 2);
    const outcome = await this.#unlessStopped(work());
    this.#live.append({
      type: 'agent.tool_result',
      tool_use_id: use.id,
      content: [{ type: 'text', text: outcome.text === '' ? '(no output)' : outcome.text }],
      is_error: outcome.isError,
    });
    this.#openTool = null;
    return outcome;
  }

  /** Calls custom tools side by side and waits, as long as it takes, for the client's answers. */
  async ask(calls: { name: string; input: Record<string, unknown> }[]): Promise<CustomToolResult[]> {
    const uses: string[] = [];
    for (const call of calls) uses.push((this.#replay('agent.custom_tool_use') ?? (await this.#customUse(call))).id);
    this.#fresh = false;
    for (const _ of calls) this.#replay('user.custom_tool_result');
    const left = () => uses.filter((id) => this.#live.unanswered().includes(id));
    if (left().length > 0) {
      const waited = new Promise<void>((resolve) => {
        this.#waiting = { ids: new Set(left()), done: resolve };
      });
      // A quick client may answer before the session goes idle.
      if (!this.#live.record.blocked) await this.#pause(Math.min(this.#step(), 20));
      if (left().length > 0 && !this.#live.record.blocked) this.#live.idle({ type: 'requires_action', event_ids: left() });
      await this.#unlessStopped(waited);
      this.#waiting = null;
    }
    return uses.flatMap((id) =>
      this.#live.log.filter((event): event is CustomToolResult => event.type === 'user.custom_tool_result' && event.custom_tool_use_id === id),
    );
  }

  async #toolUse(name: string, input: Record<string, unknown>): Promise<SessionEvent> {
    if (!this.#fresh) await this.#request();
    if (this.#openSpan) this.#endSpan(false);
    this.#fresh = false;
    return this.#live.append({ type: 'agent.tool_use', name, input, evaluated_permission: 'allow', evaluation: { type: 'always_allow' } });
  }

  async #customUse(call: { name: string; input: Record<string, unknown> }): Promise<SessionEvent> {
    if (!this.#fresh) await this.#request();
    if (this.#openSpan) this.#endSpan(false);
    this.#fresh = true;
    return this.#live.append({ type: 'agent.custom_tool_use', name: call.name, input: call.input });
  }

  /** Opens a model request unless one is open; this is where a model would fail. */
  async #request(): Promise<void> {
    if (this.#openSpan) return;
    this.#fresh = false;
    this.#openSpan = this.#live.append({ type: 'span.model_request_start' }).id;
    if (this.#live.faults.unknownEvent) {
      this.#live.setFaults({ unknownEvent: false });
      // Outside of the vendor's union on purpose: clients must let types pass that they do not know.
      this.#live.append({ type: 'agent.hummed', tune: 'a new one' } as never);
    }
    const failure = this.#live.faults.modelError;
    if (!failure) return;
    delete this.#live.record.faults.modelError;
    this.#endSpan(true);
    this.#live.append({
      type: 'session.error',
      error: { type: failure.type, message: 'The model is overloaded.', retry_status: { type: failure.retry } },
    });
    if (failure.retry === 'exhausted') throw new TurnEnded('exhausted');
    if (failure.retry === 'terminal') throw new TurnEnded('terminal');
    this.#live.append({ type: 'session.status_rescheduled' });
    await this.#pause(this.#step());
    this.#live.running();
    await this.#request();
  }

  #endSpan(isError: boolean): void {
    if (!this.#openSpan) return;
    this.#live.append({
      type: 'span.model_request_end',
      model_request_start_id: this.#openSpan,
      is_error: isError,
      model_usage: { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
    });
    this.#openSpan = null;
  }

  #preview(event: StreamEvent): void {
    this.#live.publish(event);
  }

  #step(): number {
    return this.#live.faults.stepMs ?? this.#stepMs;
  }

  #replay(type: SessionEvent['type']): SessionEvent | null {
    const next = this.#recorded[0];
    if (!next) return null;
    if (next.type === type) return this.#recorded.shift() ?? null;
    // The script has changed since; from here on everything is done anew.
    this.#recorded.length = 0;
    return null;
  }

  async #pause(milliseconds: number): Promise<void> {
    await this.#unlessStopped(sleep(milliseconds));
  }

  async #unlessStopped<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#abort;
    signal.throwIfAborted();
    let stop = (): void => undefined;
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason as Error);
      signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([work, stopped]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}

/** Cuts a text at spaces into a handful of pieces that join to the whole. */
function pieces(text: string): string[] {
  const words = text.split(/(?<=\s)/);
  const size = Math.max(1, Math.ceil(words.length / PIECES));
  const result: string[] = [];
  for (let at = 0; at < words.length; at += size) result.push(words.slice(at, at + size).join(''));
  return result;
}
