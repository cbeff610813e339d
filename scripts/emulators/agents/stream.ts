// The SSE stream of a session. Headers go out at once, or "open the stream, then send" would wait for ever.
// There is no replay: whoever was away lists the history.

import { setTimeout as sleep } from 'node:timers/promises';
import { invalid } from './errors.ts';
import { many, param, type Call, type Route } from './http.ts';
import type { Registry } from './registry.ts';
import type { StreamEvent } from './types.ts';

const PREVIEWS = new Set(['agent.message', 'agent.thinking']);

/** `data:` is one line; the `event:` line is there because the vendor's client drops frames without one. */
function frame(event: StreamEvent, name: 'type' | 'message'): string {
  return `event: ${name === 'type' ? event.type : 'message'}\ndata: ${JSON.stringify(event)}\n\n`;
}

export function streamRoutes(registry: Registry, keepAliveMs: number): Route[] {
  async function stream(call: Call): Promise<undefined> {
    const { live } = registry.find(param(call, 'session'));
    if (call.params['thread'] !== undefined && call.params['thread'] !== live.record.threadId) throw invalid('The session has no such thread.');
    const previews = many(call.query, 'event_deltas');
    if (previews.length > 100 || previews.some((name) => !PREVIEWS.has(name))) throw invalid('event_deltas: expected agent.message or agent.thinking.');
    if (live.faults.delayHeadersMs) await sleep(live.faults.delayHeadersMs);

    const { response } = call;
    const previewed = new Set<string>();
    const wanted = (event: StreamEvent): boolean => {
      if (event.type === 'event_start') {
        if (!previews.includes(event.event.type)) return false;
        previewed.add(event.event.id);
      }
      return event.type !== 'event_delta' || previewed.has(event.event_id);
    };
    const unlisten = live.listen({
      hear(event) {
        if (!wanted(event)) return;
        const text = frame(event, live.faults.streamEventName ?? 'type');
        response.write(live.faults.deliverTwice ? text + text : text);
      },
      drop(how) {
        unlisten();
        clearInterval(alive);
        if (how === 'end') response.end();
        else response.socket?.resetAndDestroy();
      },
    });
    const alive = setInterval(() => response.write('event: ping\ndata: {"type":"ping"}\n\n'), keepAliveMs);
    response.once('close', () => {
      clearInterval(alive);
      unlisten();
    });
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    response.flushHeaders();
    response.write(': open\n\n');
    return undefined;
  }

  const one = '/v1/sessions/:session';
  return [
    { method: 'GET', path: `${one}/events/stream`, endpoint: 'events.stream', beta: true, handle: stream },
    { method: 'GET', path: `${one}/stream`, endpoint: 'events.stream', beta: true, handle: stream },
    { method: 'GET', path: `${one}/threads/:thread/stream`, endpoint: 'threads.stream', beta: true, handle: stream },
  ];
}
