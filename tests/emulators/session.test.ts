// The life of a session against the vendor's own client: streams that break, events that come twice, the custom
// tool, interrupts, faults, and a restart in the middle of a turn.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import type { SessionEvent, StreamEvent } from '../../scripts/emulators/agents/types.ts';
import { bench, clientFor, credentials, endsTurn, history, inContext, said, temporaryFolder, turn, userMessage, type Bench } from './harness.ts';
import { startRelay, type Relay } from './relay.ts';
import { startAgentsEmulator } from '../../scripts/emulators/agents/index.ts';

let on: Bench;
let relay: Relay;
before(async () => {
  on = await bench();
  relay = await startRelay();
});
after(() => Promise.all([on.close(), relay.close()]));

const BUILD = 'Make a site for my bakery called Rye & Salt.';

async function send(session: string, text: string): Promise<void> {
  await on.client.beta.sessions.events.send(session, { events: [userMessage(inContext(relay, text))] });
}

async function answer(session: string, useId: string): Promise<void> {
  await on.client.beta.sessions.events.send(session, {
    events: [{ type: 'user.custom_tool_result', custom_tool_use_id: useId, content: [{ type: 'text', text: credentials(relay) }] }],
  });
}

async function until(session: string, found: (event: StreamEvent) => boolean): Promise<StreamEvent[]> {
  const heard: StreamEvent[] = [];
  const stream = await on.client.beta.sessions.events.stream(session);
  const known = await history(on.client, session);
  if (known.some(found)) return known;
  for await (const event of stream) {
    heard.push(event);
    if (found(event)) break;
  }
  return heard;
}

test('a turn has the events of a real one, in order, and times never go back', async () => {
  const session = await on.newSession();
  const heard = await turn(on.client, session, BUILD, relay);
  const types = heard.map(({ type }) => type);
  assert.deepEqual(types.slice(0, 5), ['user.message', 'user.message', 'session.status_running', 'session.thread_status_running', 'span.model_request_start']);
  assert.deepEqual(types.slice(-3), ['session.thread_status_idle', 'session.usage', 'session.status_idle']);
  for (const type of ['agent.thinking', 'agent.message', 'agent.tool_use', 'agent.tool_result', 'agent.custom_tool_use', 'user.custom_tool_result', 'span.model_request_end']) {
    assert.ok(types.includes(type as SessionEvent['type']), `${type} is missing`);
  }
  const log = await history(on.client, session);
  const times = log.map((event) => Date.parse(event.processed_at ?? ''));
  assert.deepEqual(times, [...times].sort((a, b) => a - b));
  const uses = new Set(log.flatMap((event) => (event.type === 'agent.tool_use' ? [event.id] : [])));
  const results = log.flatMap((event) => (event.type === 'agent.tool_result' ? [event.tool_use_id] : []));
  assert.deepEqual(new Set(results), uses);
  assert.ok(types.filter((type) => type === 'session.status_idle').length === types.filter((type) => type === 'session.usage').length);
});

test('a message is heard twice: queued without a time, then with one', async () => {
  const session = await on.newSession();
  const heard = await turn(on.client, session, 'hello', relay);
  const messages = heard.flatMap((event) => (event.type === 'user.message' ? [event] : []));
  assert.equal(messages.length, 2);
  assert.equal(messages[0]?.id, messages[1]?.id);
  assert.equal(messages[0]?.processed_at, null);
  assert.ok(messages[1]?.processed_at);
});

test('all events come through pages of two', async () => {
  const session = await on.newSession();
  await turn(on.client, session, BUILD, relay);
  const whole = await history(on.client, session);
  const small = await history(on.client, session, 2);
  assert.ok(whole.length > 20);
  assert.deepEqual(small.map(({ id }) => id), whole.map(({ id }) => id));
  const reversed: string[] = [];
  for await (const event of on.client.beta.sessions.events.list(session, { order: 'desc', limit: 3 })) reversed.push(event.id);
  assert.deepEqual(reversed, whole.map(({ id }) => id).reverse());
  const only = await on.client.beta.sessions.events.list(session, { types: ['user.message', 'session.status_idle'] });
  assert.deepEqual(new Set(only.data.map(({ type }) => type)), new Set(['user.message', 'session.status_idle']));
});

for (const how of ['reset', 'end'] as const) {
  test(`a stream that breaks mid-turn (${how}) is taken up again without loss`, async () => {
    const session = await on.newSession();
    await on.faults(session, { dropStream: { afterEvents: 6, how, times: 3 }, stepMs: 20 });
    const seen = new Map<string, StreamEvent>();
    let breaks = 0;
    let done = false;
    let sent = false;
    const take = async (event: StreamEvent): Promise<void> => {
      if (!('id' in event) || ('processed_at' in event && !event.processed_at) || seen.has(event.id)) return;
      seen.set(event.id, event);
      if (event.type === 'agent.custom_tool_use') await answer(session, event.id);
      if (endsTurn(event)) done = true;
    };
    while (!done) {
      const stream = await on.client.beta.sessions.events.stream(session);
      if (!sent) await send(session, BUILD);
      sent = true;
      for (const event of await history(on.client, session)) await take(event);
      try {
        for await (const event of stream) {
          await take(event);
          if (done) break;
        }
      } catch (error) {
        assert.ok(how === 'reset', String(error));
      }
      if (!done) breaks += 1;
    }
    assert.ok(breaks >= 1);
    assert.deepEqual(new Set(seen.keys()), new Set((await history(on.client, session)).map(({ id }) => id)));
  });
}

test('events delivered twice are the same events', async () => {
  const session = await on.newSession();
  await on.faults(session, { deliverTwice: true });
  const heard = await turn(on.client, session, 'hello', relay);
  const log = await history(on.client, session);
  assert.ok(heard.length > log.length);
  assert.deepEqual(new Set(heard.flatMap((event) => ('id' in event ? [event.id] : []))), new Set(log.map(({ id }) => id)));
});

test('the custom tool waits as long as it takes, and nothing else may be said meanwhile', async () => {
  const session = await on.newSession();
  await send(session, BUILD);
  const heard = await until(session, (event) => event.type === 'session.status_idle');
  const idle = heard.flatMap((event) => (event.type === 'session.status_idle' ? [event] : []))[0];
  assert.equal(idle?.stop_reason.type, 'requires_action');
  const waiting = idle?.stop_reason.type === 'requires_action' ? idle.stop_reason.event_ids : [];
  assert.equal(waiting.length, 1);
  assert.equal((await on.client.beta.sessions.retrieve(session)).status, 'idle');
  await assert.rejects(send(session, 'and a page about my dog'), (error: unknown) => {
    assert.ok(error instanceof Anthropic.BadRequestError);
    assert.match(error.message, /waiting on responses to events \[sevt_\w+\]/);
    return true;
  });
  await assert.rejects(answer(session, 'sevt_unknown'), Anthropic.BadRequestError);
  const before = relay.deploys.length;
  await answer(session, waiting[0] ?? '');
  await assert.rejects(answer(session, waiting[0] ?? ''), Anthropic.BadRequestError);
  await until(session, endsTurn);
  assert.equal(relay.deploys.length, before + 1);
});

test('of several open calls, answering one leaves the session waiting for the rest', async () => {
  const session = await on.newSession();
  await on.faults(session, { alsoAsk: ['get_weather'] });
  await send(session, BUILD);
  const heard = await until(session, (event) => event.type === 'session.status_idle');
  const calls = heard.flatMap((event) => (event.type === 'agent.custom_tool_use' ? [event] : []));
  assert.deepEqual(calls.map(({ name }) => name), ['get_deploy_credentials', 'get_weather']);
  await answer(session, calls[0]?.id ?? '');
  const idles = (await history(on.client, session)).flatMap((event) => (event.type === 'session.status_idle' ? [event.stop_reason] : []));
  assert.deepEqual(idles.at(-1), { type: 'requires_action', event_ids: [calls[1]?.id] });
  await answer(session, calls[1]?.id ?? '');
  await until(session, endsTurn);
});

test('a batch with one bad event is refused as a whole', async () => {
  const session = await on.newSession();
  await assert.rejects(
    on.client.beta.sessions.events.send(session, { events: [userMessage('one'), { type: 'user.custom_tool_result', custom_tool_use_id: 'sevt_nothing' }] }),
    Anthropic.BadRequestError,
  );
  assert.deepEqual(await history(on.client, session), []);
});

test('an interrupt stops the turn, closes what is open and ends with end_turn', async () => {
  const session = await on.newSession();
  await on.faults(session, { stepMs: 60 });
  await send(session, BUILD);
  await until(session, (event) => event.type === 'agent.tool_use');
  const before = relay.deploys.length;
  const { data } = await on.client.beta.sessions.events.send(session, { events: [{ type: 'user.interrupt' }] });
  assert.equal(data?.[0]?.processed_at, null);
  await until(session, endsTurn);
  const log = await history(on.client, session);
  const tail = log.slice(-4).map(({ type }) => type);
  assert.deepEqual(tail, ['user.interrupt', 'session.thread_status_idle', 'session.usage', 'session.status_idle']);
  const last = log.at(-1);
  assert.equal(last?.type === 'session.status_idle' && last.stop_reason.type, 'end_turn');
  const uses = log.flatMap((event) => (event.type === 'agent.tool_use' ? [event.id] : []));
  const results = log.flatMap((event) => (event.type === 'agent.tool_result' ? [event.tool_use_id] : []));
  assert.deepEqual(results, uses);
  assert.equal(relay.deploys.length, before);
});

test('an interrupt while the custom tool waits answers the call, and the message behind it is worked on', async () => {
  const session = await on.newSession();
  await send(session, BUILD);
  await until(session, (event) => event.type === 'session.status_idle');
  await on.client.beta.sessions.events.send(session, { events: [{ type: 'user.interrupt' }, userMessage('hello')] });
  await until(session, (event) => event.type === 'agent.message' && said([event]).includes('Tell me'));
  const log = await history(on.client, session);
  const closed = log.find((event) => event.type === 'user.custom_tool_result');
  assert.equal(closed?.type === 'user.custom_tool_result' && closed.is_error, true);
});

test('an interrupt of a resting session does nothing', async () => {
  const session = await on.newSession();
  await on.client.beta.sessions.events.send(session, { events: [{ type: 'user.interrupt' }] });
  const log = await history(on.client, session);
  assert.deepEqual(log.map(({ type }) => type), ['user.interrupt']);
  assert.ok(log[0]?.processed_at);
});

test('messages sent while a turn runs wait their turn, and are in the history at once', async () => {
  const session = await on.newSession();
  await on.faults(session, { stepMs: 40 });
  await send(session, 'hello');
  await until(session, (event) => event.type === 'session.status_running');
  await send(session, 'hi again');
  const log = await history(on.client, session);
  assert.deepEqual(log.slice(-1).map((event) => [event.type, event.processed_at]), [['user.message', null]]);
  for (;;) {
    const messages = (await history(on.client, session)).filter(({ type }) => type === 'session.status_idle');
    if (messages.length === 2) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

test('429 with retry-after is retried after that time by the client, 529 too', async () => {
  const session = await on.newSession();
  await on.faults(session, { requests: [{ endpoint: 'events.send', status: 429, retryAfter: 1, times: 1 }] });
  const started = performance.now();
  await send(session, 'hello');
  assert.ok(performance.now() - started > 950);
  await until(session, endsTurn);

  await on.faults(null, { requests: [{ endpoint: 'sessions.retrieve', status: 529, times: 1 }] });
  assert.equal((await on.client.beta.sessions.retrieve(session)).id, session);
  await on.faults(null, { requests: [{ endpoint: 'sessions.retrieve', status: 529, times: 9 }] });
  const impatient = new Anthropic({ baseURL: on.emulator.url, apiKey: 'k', maxRetries: 0 });
  await assert.rejects(impatient.beta.sessions.retrieve(session), (error: unknown) => {
    assert.ok(error instanceof Anthropic.APIError);
    assert.equal(error.status, 529);
    return true;
  });
  await fetch(`${on.emulator.url}/_emulator/faults`, { method: 'DELETE' });
});

test('an answer that is lost leaves the message in the history, so that it is not sent again', async () => {
  const session = await on.newSession();
  await on.faults(session, { requests: [{ endpoint: 'events.send', loseAnswer: true }] });
  const impatient = new Anthropic({ baseURL: on.emulator.url, apiKey: 'k', maxRetries: 0 });
  await assert.rejects(impatient.beta.sessions.events.send(session, { events: [userMessage('hello')] }));
  await until(session, endsTurn);
  assert.equal((await history(on.client, session)).filter(({ type }) => type === 'user.message').length, 1);
});

test('the headers of a stream can come late', async () => {
  const session = await on.newSession();
  await on.faults(session, { delayHeadersMs: 250 });
  const started = performance.now();
  const stream = await on.client.beta.sessions.events.stream(session);
  assert.ok(performance.now() - started > 240);
  stream.controller.abort();
});

test('an event of an unknown type passes through stream and history', async () => {
  const session = await on.newSession();
  await on.faults(session, { unknownEvent: true });
  const heard = await turn(on.client, session, 'hello', relay);
  assert.ok(heard.some(({ type }) => (type as string) === 'agent.hummed'));
  assert.ok((await history(on.client, session)).some(({ type }) => (type as string) === 'agent.hummed'));
});

test('a session terminated mid-turn says so and takes nothing more', async () => {
  const session = await on.newSession();
  await on.faults(session, { terminate: { afterEvents: 8 } });
  const heard = await turn(on.client, session, BUILD, relay);
  assert.deepEqual(heard.slice(-3).map(({ type }) => type), ['session.error', 'session.thread_status_terminated', 'session.status_terminated']);
  assert.equal((await on.client.beta.sessions.retrieve(session)).status, 'terminated');
  await assert.rejects(send(session, 'hello'), Anthropic.BadRequestError);
});

test('a model that is overloaded: tried again by itself, or given up', async () => {
  const session = await on.newSession();
  await on.faults(session, { modelError: { type: 'model_overloaded_error', retry: 'retrying' } });
  const heard = await turn(on.client, session, 'hello', relay);
  assert.ok(heard.some(({ type }) => type === 'session.status_rescheduled'));
  assert.match(said(heard), /Tell me/);

  await on.faults(session, { modelError: { type: 'model_overloaded_error', retry: 'exhausted' } });
  const failed = await turn(on.client, session, 'hello', relay);
  const last = failed.at(-1);
  assert.equal(last?.type === 'session.status_idle' && last.stop_reason.type, 'retries_exhausted');
  assert.match(said(await turn(on.client, session, 'hello', relay)), /Tell me/);
});

test('previews come only to those who asked, and add up to the message', async () => {
  const session = await on.newSession();
  const stream = await on.client.beta.sessions.events.stream(session, { event_deltas: ['agent.message'] });
  const plain = await on.client.beta.sessions.events.stream(session);
  const plainTypes: string[] = [];
  const reading = (async () => {
    for await (const event of plain) {
      plainTypes.push(event.type);
      if (endsTurn(event)) break;
    }
  })();
  await send(session, 'hello');
  let text = '';
  let started: string | null = null;
  for await (const event of stream) {
    if (event.type === 'event_start') started = event.event.id;
    if (event.type === 'event_delta') {
      assert.equal(event.event_id, started);
      text += event.delta.content?.type === 'text' ? event.delta.content.text : '';
    }
    if (event.type === 'agent.message') {
      assert.equal(event.id, started);
      assert.equal(text, said([event]));
    }
    if (endsTurn(event)) break;
  }
  await reading;
  assert.ok(!plainTypes.includes('event_delta') && !plainTypes.includes('event_start'));
  const wrong = await fetch(`${on.emulator.url}/v1/sessions/${session}/events/stream?event_deltas[]=agent.tool_use`, {
    headers: { 'x-api-key': 'k', 'anthropic-version': '2026-10-21', 'anthropic-beta': 'managed-agents-2026-04-01' },
  });
  assert.equal(wrong.status, 400);
});

test('a stream that has nothing to say keeps itself alive', async () => {
  const quick = await startAgentsEmulator({ keepAliveMs: 20 });
  const client = clientFor(quick.url);
  const agent = await client.beta.agents.create({ name: 'a', model: 'm' });
  const environment = await client.beta.environments.create({ name: 'e' });
  const session = await client.beta.sessions.create({ agent: agent.id, environment_id: environment.id });
  const answer = await fetch(`${quick.url}/v1/sessions/${session.id}/events/stream`, {
    headers: { 'x-api-key': 'k', 'anthropic-version': '2026-10-21', 'anthropic-beta': 'managed-agents-2026-04-01', accept: 'application/json' },
  });
  assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array);
    if (text.includes('event: ping')) break;
  }
  await quick.close();
});

test('a deleted session says goodbye on its stream and ends it', async () => {
  const session = await on.newSession();
  const stream = await on.client.beta.sessions.events.stream(session);
  await on.client.beta.sessions.delete(session);
  const types: string[] = [];
  for await (const event of stream) types.push(event.type);
  assert.deepEqual(types, ['session.deleted']);
});

test('a misspelt fault is refused', async () => {
  await assert.rejects(on.faults(await on.newSession(), { dropStraem: {} } as never), /no fault/);
});

test('a restart in the middle of a turn loses nothing and doubles nothing', async () => {
  const stateDir = temporaryFolder();
  const first = await bench({ stateDir, stepMs: 25 });
  const session = await first.newSession();
  await first.client.beta.sessions.events.send(session, { events: [userMessage(inContext(relay, BUILD))] });
  for (;;) {
    const log = await history(first.client, session);
    if (log.filter(({ type }) => type === 'agent.tool_result').length >= 3) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await first.close();

  const second = await startAgentsEmulator({ stateDir, stepMs: 5 });
  const client = clientFor(second.url);
  const before = relay.deploys.length;
  for (let done = false; !done; ) {
    const log = await history(client, session);
    const answered = new Set(log.flatMap((event) => (event.type === 'user.custom_tool_result' ? [event.custom_tool_use_id] : [])));
    for (const event of log) {
      if (event.type !== 'agent.custom_tool_use' || answered.has(event.id)) continue;
      await client.beta.sessions.events.send(session, {
        events: [{ type: 'user.custom_tool_result', custom_tool_use_id: event.id, content: [{ type: 'text', text: credentials(relay) }] }],
      });
    }
    done = log.some(endsTurn);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const log = await history(client, session);
  const written = log.flatMap((event) => (event.type === 'agent.tool_use' && event.name === 'write' ? [String(event.input['file_path'])] : []));
  assert.deepEqual(written, [...new Set(written)]);
  assert.equal(log.filter(({ type }) => type === 'user.message').length, 1);
  assert.equal(log.filter((event) => event.type === 'agent.message' && said([event]).includes('demo agent')).length, 1);
  assert.equal(relay.deploys.length, before + 1);
  assert.match(said(await turn(client, session, 'make it green', relay)), /green/);
  await second.close();
});

test('wherever a restart cuts a turn, it says and does everything once', async () => {
  const stateDir = temporaryFolder();
  const first = await bench({ stateDir, stepMs: 4 });
  const session = await first.newSession();
  await turn(first.client, session, BUILD, relay);
  await first.close();

  let emulator = await startAgentsEmulator({ stateDir, stepMs: 4 });
  for (const [words, cut] of [['remove the gallery', 5], ['make it blue', 9], ['call it Salt', 13], ['make it darker', 17], ['make it playful', 21], ['add a page about my cat', 26]] as const) {
    let client = clientFor(emulator.url);
    const before = new Set((await history(client, session)).map(({ id }) => id));
    const fresh = async () => (await history(client, session)).filter(({ id }) => !before.has(id));
    await client.beta.sessions.events.send(session, { events: [userMessage(inContext(relay, words))] });
    let restarted = false;
    for (let done = false; !done; ) {
      const log = await fresh();
      if (!restarted && log.length >= cut) {
        restarted = true;
        await emulator.close();
        emulator = await startAgentsEmulator({ stateDir, stepMs: 4 });
        client = clientFor(emulator.url);
        continue;
      }
      const answered = new Set(log.flatMap((event) => (event.type === 'user.custom_tool_result' ? [event.custom_tool_use_id] : [])));
      for (const event of log) {
        if (event.type !== 'agent.custom_tool_use' || answered.has(event.id)) continue;
        await client.beta.sessions.events.send(session, {
          events: [{ type: 'user.custom_tool_result', custom_tool_use_id: event.id, content: [{ type: 'text', text: credentials(relay) }] }],
        });
      }
      done = log.some(endsTurn);
    }
    const log = await fresh();
    const told = log.flatMap((event) => (event.type === 'agent.message' ? [said([event])] : []));
    assert.equal(told.length, 2, `${words}, cut at ${cut}: ${told.join(' / ')}`);
    assert.match(told[1] ?? '', /Your site is live/);
    const uses = log.flatMap((event) => (event.type === 'agent.tool_use' ? [JSON.stringify(event.input)] : []));
    assert.deepEqual(uses, [...new Set(uses)], words);
    assert.equal(log.filter(({ type }) => type === 'agent.custom_tool_use').length, 1);
    assert.equal(log.at(-1)?.type, 'session.status_idle');
  }
  await emulator.close();
});
