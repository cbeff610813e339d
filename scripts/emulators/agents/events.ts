// Sending and listing events. A batch is checked as a whole against the state of the session and only then
// accepted, event by event, in order.

import { list, object, text, type JsonObject } from './checks.ts';
import { invalid } from './errors.ts';
import { many, param, type Call, type Route } from './http.ts';
import { newId } from './ids.ts';
import { page } from './pages.ts';
import type { Living, Registry } from './registry.ts';
import { queuedMessage } from './turns.ts';
import type { CustomToolResult, SessionEvent, UserInterrupt, UserMessage } from './types.ts';

const SETTLING = '`user.tool_confirmation`, `user.custom_tool_result`, `user.tool_result`, or `user.interrupt`';
const CONTENT_TYPES: Readonly<Record<string, readonly string[]>> = {
  'user.message': ['text', 'image', 'document'],
  'user.custom_tool_result': ['text', 'image', 'document', 'search_result'],
};

function checkContent(type: string, value: unknown, field: string): void {
  for (const [index, entry] of list(value, `${field}.content`).entries()) {
    const block = object(entry, `${field}.content[${index}]`);
    const allowed = CONTENT_TYPES[type] ?? [];
    if (typeof block['type'] !== 'string' || !allowed.includes(block['type'])) {
      throw invalid(`${field}.content[${index}].type: expected one of ${allowed.join(', ')}.`);
    }
    if (block['type'] === 'text') text(block['text'], `${field}.content[${index}].text`, { min: 0 });
    else if (block['type'] !== 'search_result') object(block['source'], `${field}.content[${index}].source`);
  }
}

/** Throws the 400 of the first event that may not be sent now. Changes nothing. */
function check({ live }: Living, events: readonly JsonObject[], where: string): void {
  const { record } = live;
  if (record.session.archived_at || record.session.status === 'terminated') throw invalid('The session is terminated and takes no more events.');
  let blocked = record.blocked;
  const open = new Set(live.unanswered());
  for (const [index, event] of events.entries()) {
    const field = `${where}[${index}]`;
    const type = text(event['type'], `${field}.type`);
    if (type === 'user.interrupt') {
      blocked = false;
      open.clear();
    } else if (type === 'user.custom_tool_result') {
      const id = text(event['custom_tool_use_id'], `${field}.custom_tool_use_id`);
      if (event['content'] !== undefined) checkContent(type, event['content'], field);
      if (!open.delete(id)) {
        const waiting = open.size > 0 ? `: waiting on responses to events [${[...open].join(', ')}], not ${id}` : `: no call waits for ${id}`;
        throw invalid(`Invalid ${type} event at ${field}${waiting}`);
      }
      blocked = blocked && open.size > 0;
    } else if (type === 'user.message') {
      if (blocked) {
        throw invalid(`Invalid ${type} event at ${field}: waiting on responses to events [${[...open].join(', ')}]; only ${SETTLING} may be sent`);
      }
      checkContent(type, event['content'], field);
    } else if (type === 'user.tool_confirmation' || type === 'user.tool_result') {
      throw invalid(`Invalid ${type} event at ${field}: no tool of this session waits for it.`);
    } else {
      throw invalid(`Invalid event at ${field}: this emulator takes no ${type}.`);
    }
  }
}

/** Accepts a batch, or throws and accepts nothing of it. */
export function accept(living: Living, raw: readonly unknown[], where: string): SessionEvent[] {
  const events = raw.map((entry, index) => object(entry, `${where}[${index}]`));
  if (events.length === 0) throw invalid(`${where}: expected at least one event.`);
  check(living, events, where);
  const echoes = events.map((event): SessionEvent => {
    if (event['type'] === 'user.interrupt') {
      const interrupt: UserInterrupt = { id: newId('sevt'), type: 'user.interrupt', processed_at: null };
      living.turns.interrupt(interrupt);
      return interrupt;
    }
    if (event['type'] === 'user.message') {
      const message = queuedMessage(event['content'] as UserMessage['content']);
      living.live.enqueue(message);
      return message;
    }
    return living.turns.answer({
      type: 'user.custom_tool_result',
      custom_tool_use_id: String(event['custom_tool_use_id']),
      ...(event['content'] === undefined ? {} : { content: event['content'] as NonNullable<CustomToolResult['content']> }),
      is_error: event['is_error'] === true,
    });
  });
  living.turns.wake();
  return echoes;
}

export function eventRoutes(registry: Registry): Route[] {
  const find = (call: Call): Living => registry.find(param(call, 'session'));

  async function send(call: Call): Promise<object> {
    const body = await call.json();
    return { data: accept(find(call), list(body['events'], 'events'), 'events') };
  }

  function history(call: Call): object {
    const { query } = call;
    const types = new Set(many(query, 'types'));
    const bounds = (['gt', 'gte', 'lt', 'lte'] as const).flatMap((operator) => {
      const value = query.get(`created_at[${operator}]`);
      return value === null ? [] : [{ operator, at: Date.parse(value) }];
    });
    const within = (time: string | null | undefined) =>
      bounds.every(({ operator, at }) => {
        // What is still queued lies after every time.
        const difference = (time ? Date.parse(time) : Infinity) - at;
        return operator === 'gt' ? difference > 0 : operator === 'gte' ? difference >= 0 : operator === 'lt' ? difference < 0 : difference <= 0;
      });
    const order = query.get('order') === 'desc' ? 'desc' : 'asc';
    const items = find(call).live.history().filter(({ event }) => (types.size === 0 || types.has(event.type)) && within(event.processed_at));
    const { data, next_page } = page(items, ({ key }) => key, { query, order, standard: 1000, max: 1000 });
    return { data: data.map(({ event }) => event), next_page };
  }

  function threadHistory(call: Call): object {
    if (param(call, 'thread') !== find(call).live.record.threadId) throw invalid('The session has no such thread.');
    return history(call);
  }

  return [
    { method: 'POST', path: '/v1/sessions/:session/events', endpoint: 'events.send', beta: true, handle: send },
    { method: 'GET', path: '/v1/sessions/:session/events', endpoint: 'events.list', beta: true, handle: history },
    { method: 'GET', path: '/v1/sessions/:session/threads/:thread/events', endpoint: 'threads.events', beta: true, handle: threadHistory },
  ];
}
