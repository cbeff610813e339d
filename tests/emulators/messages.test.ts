// The Messages API emulator against the vendor's own client: answers in one piece and as streams, what is counted, what
// is refused, and the faults that tests turn on.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import type { RunningEmulator } from '../../scripts/emulators/agents/index.ts';
import type { HeardRequest } from '../../scripts/emulators/messages/control.ts';
import type { Fault } from '../../scripts/emulators/messages/faults.ts';
import { startMessagesEmulator } from '../../scripts/emulators/messages/index.ts';

let emulator: RunningEmulator;
let client: Anthropic;
let now = 1_000_000;
before(async () => {
  emulator = await startMessagesEmulator({ pieceMs: 0, clock: () => now });
  client = clientWith('sk-ant-test-1');
});
after(() => emulator.close());
afterEach(() => fetch(`${emulator.url}/_emulator/faults`, { method: 'DELETE' }));

const clientWith = (apiKey: string, maxRetries = 0): Anthropic => new Anthropic({ baseURL: emulator.url, apiKey, maxRetries });

async function faults(...wanted: Partial<Fault>[]): Promise<void> {
  const response = await fetch(`${emulator.url}/_emulator/faults`, { method: 'POST', body: JSON.stringify({ faults: wanted }) });
  assert.equal(response.status, 200, await response.text());
}

const HELLO = { model: 'claude-sonnet-5', max_tokens: 1000, messages: [{ role: 'user' as const, content: 'Hello' }] };
const TOOLS = ['Grep', 'Read', 'Edit', 'Bash'].map((name) => ({ name, input_schema: { type: 'object' as const } }));
const WISH = { ...HELLO, tools: TOOLS, messages: [{ role: 'user' as const, content: 'Make the buttons green' }] };

const raw = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${emulator.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': 'local', 'anthropic-version': '2023-06-01', 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

async function refused(body: unknown, status: number, type: string, words: RegExp): Promise<void> {
  const response = await raw(body);
  const answer = (await response.json()) as { type: string; error: { type: string; message: string }; request_id: string };
  assert.equal(response.status, status);
  assert.deepEqual([answer.type, answer.error.type], ['error', type]);
  assert.match(answer.error.message, words);
  assert.equal(answer.request_id, response.headers.get('request-id'));
}

test('an answer in one piece says that it is no model', async () => {
  const { data, request_id } = await client.messages.create(HELLO).withResponse();
  assert.match(request_id ?? '', /^req_/);
  assert.equal(data.role, 'assistant');
  assert.equal(data.stop_reason, 'end_turn');
  const [block] = data.content;
  assert.ok(block?.type === 'text' && block.text.includes('demo model'));
});

test('the same answer as a stream comes in pieces that join to the whole', async () => {
  const whole = await client.messages.create(HELLO);
  const stream = client.messages.stream(HELLO);
  let pieces = 0;
  stream.on('text', () => (pieces += 1));
  const message = await stream.finalMessage();
  assert.deepEqual(message.content.map((block) => block.type === 'text' && block.text), whole.content.map((block) => block.type === 'text' && block.text));
  assert.ok(pieces > 2, `${pieces} pieces`);
  assert.equal(message.usage.output_tokens, whole.usage.output_tokens);
});

test('a tool call is streamed as JSON in pieces and taken up with its result', async () => {
  const message = await client.messages.stream(WISH).finalMessage();
  assert.equal(message.stop_reason, 'tool_use');
  const call = message.content.find((block) => block.type === 'tool_use');
  assert.ok(call);
  assert.equal(call.name, 'Grep');
  assert.equal(typeof (call.input as { pattern: string }).pattern, 'string');
  const next = await client.messages.create({
    ...WISH,
    messages: [...WISH.messages, { role: 'assistant', content: message.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: 'No files found' }] }],
  });
  assert.equal(next.stop_reason, 'end_turn');
  assert.ok(next.content.some((block) => block.type === 'text' && block.text.includes('could not find')));
});

test('a key is good, bad, expired or missing, and asking for the models tells which without costs', async () => {
  const models = await clientWith('local').models.list();
  assert.ok(models.data.some(({ id }) => id === 'claude-sonnet-5'));
  await clientWith('sk-ant-anything').models.list();
  for (const key of ['sk-wrong', 'vs_session_token', 'sk-ant-expired-1']) {
    await assert.rejects(clientWith(key).models.list(), (error: unknown) => {
      assert.ok(error instanceof Anthropic.AuthenticationError);
      assert.equal(error.type, 'authentication_error');
      return true;
    });
  }
  const none = await fetch(`${emulator.url}/v1/models`, { headers: { 'anthropic-version': '2023-06-01' } });
  assert.equal(none.status, 401);
  const bearer = await fetch(`${emulator.url}/v1/models`, { headers: { authorization: 'Bearer sk-ant-x', 'anthropic-version': '2023-06-01' } });
  assert.equal(bearer.status, 200);
  const unversioned = await fetch(`${emulator.url}/v1/models`, { headers: { 'x-api-key': 'local' } });
  assert.equal(unversioned.status, 400);
});

test('models are listed by pages and found by name; what is unknown is a 404', async () => {
  const names: string[] = [];
  for await (const { id } of client.models.list({ limit: 4 })) names.push(id);
  assert.equal(new Set(names).size, names.length);
  for (const name of ['claude-sonnet-5', 'claude-opus-5-5', 'claude-haiku-5-5', 'claude-haiku-4-5-20251001']) assert.ok(names.includes(name), name);
  assert.equal((await client.models.retrieve('claude-haiku-4-5')).id, 'claude-haiku-4-5-20251001');
  await assert.rejects(client.models.retrieve('gpt-4'), Anthropic.NotFoundError);
  await assert.rejects(client.messages.create({ ...HELLO, model: 'claude-sonnet-17' }), (error: unknown) => {
    assert.ok(error instanceof Anthropic.NotFoundError);
    assert.match(error.message, /model: claude-sonnet-17/);
    return true;
  });
});

test('what is wrong with a request is said by its place', async () => {
  const { model, max_tokens, messages } = HELLO;
  const invalid = (body: unknown, words: RegExp): Promise<void> => refused(body, 400, 'invalid_request_error', words);
  await invalid('{', /not valid JSON/);
  await invalid('[]', /object/);
  await invalid({ model, messages }, /^max_tokens: Field required/);
  await invalid({ model, max_tokens: 0, messages }, /^max_tokens: /);
  await invalid({ model, max_tokens: 999_999, messages }, /maximum allowed/);
  await invalid({ max_tokens, messages }, /^model: Field required/);
  await invalid({ model, max_tokens, messages: [] }, /at least one message/);
  await invalid({ model, max_tokens, messages: [{ role: 'robot', content: 'x' }] }, /^messages\.0\.role/);
  await invalid({ model, max_tokens, messages: [{ role: 'user', content: [{ type: 'text' }] }] }, /^messages\.0\.content\.0/);
  await invalid({ model, max_tokens, messages: [{ role: 'user', content: '' }] }, /non-empty content/);
  await invalid({ ...HELLO, max_tokns: 1 }, /max_tokns: Extra inputs/);
  await invalid({ ...HELLO, tools: [{ name: 'a' }, { name: 'a' }] }, /unique/);
  const call = { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'Read', input: {} }] };
  await invalid({ model, max_tokens, messages: [...messages, call] }, /without `tool_result` blocks immediately after: t1/);
  await invalid({ model, max_tokens, messages: [...messages, call, { role: 'user', content: 'and?' }] }, /without `tool_result`/);
  await invalid({ model, max_tokens, messages: [...messages, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't2', content: 'x' }] }] }, /unexpected `tool_use_id`/);
  assert.equal((await raw({ ...HELLO, messages: [{ role: 'user', content: 'Hello' }, { role: 'system', content: 'It is Thursday.' }] })).status, 200);
});

test('a body that is too large is a 413', async () => {
  await refused(`{"model":"${'x'.repeat(33 * 1024 * 1024)}"}`, 413, 'request_too_large', /maximum size/);
});

test('no other endpoint is there', async () => {
  const response = await fetch(`${emulator.url}/v1/files`, { headers: { 'x-api-key': 'local', 'anthropic-version': '2023-06-01' } });
  assert.equal(response.status, 404);
});

test('an answer stops at a stop sequence and at its most tokens', async () => {
  const short = await client.messages.create({ ...HELLO, max_tokens: 5 });
  assert.deepEqual([short.stop_reason, short.usage.output_tokens], ['max_tokens', 5]);
  const stopped = await client.messages.create({ ...HELLO, stop_sequences: ['demo'] });
  assert.deepEqual([stopped.stop_reason, stopped.stop_sequence], ['stop_sequence', 'demo']);
  assert.ok(stopped.content[0]?.type === 'text' && !stopped.content[0].text.includes('demo'));
});

test('tokens are about four characters, and counting them is the same as being charged for them', async () => {
  const body = { model: 'claude-sonnet-5', system: 's'.repeat(400), messages: [{ role: 'user' as const, content: 'x'.repeat(4000) }] };
  const { input_tokens } = await client.messages.countTokens(body);
  assert.equal(input_tokens, 1100);
  const { usage } = await client.messages.create({ ...body, max_tokens: 500 });
  assert.deepEqual([usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens], [1100, 0, 0]);
});

test('a marked beginning is put into the cache once, read from there five minutes long, and never by another key', async () => {
  const system = [{ type: 'text' as const, text: `You are careful. ${'y'.repeat(8000)}`, cache_control: { type: 'ephemeral' as const } }];
  const ask = async (by: Anthropic, content: string): Promise<(number | null)[]> => {
    const { usage } = await by.messages.create({ ...HELLO, system, messages: [{ role: 'user', content }] });
    return [usage.cache_creation_input_tokens, usage.cache_read_input_tokens, usage.input_tokens];
  };
  assert.deepEqual(await ask(client, 'hello'), [2005, 0, 2]);
  assert.deepEqual(await ask(client, 'hi there'), [0, 2005, 2]);
  assert.deepEqual(await ask(clientWith('sk-ant-other'), 'hello'), [2005, 0, 2]);
  now += 5 * 60_000;
  assert.deepEqual(await ask(client, 'hello'), [2005, 0, 2]);
});

test('the cache grows with a conversation, whether a text is written as a string or as a block', async () => {
  const long = 'z'.repeat(6000);
  const mark = { cache_control: { type: 'ephemeral' as const } };
  const first = await client.messages.create({ ...HELLO, messages: [{ role: 'user', content: [{ type: 'text', text: long, ...mark }] }] });
  assert.equal(first.usage.cache_creation_input_tokens, 1500);
  const second = await client.messages.create({
    ...HELLO,
    messages: [{ role: 'user', content: long }, { role: 'assistant', content: 'Yes?' }, { role: 'user', content: [{ type: 'text', text: 'x'.repeat(400), ...mark }] }],
  });
  assert.deepEqual([second.usage.cache_read_input_tokens, second.usage.cache_creation_input_tokens], [1500, 101]);
});

test('429 and 529 come as often as asked for, and the client comes through when it tries again', async () => {
  await faults({ status: 529, times: 2 });
  assert.equal((await clientWith('sk-ant-patient', 2).messages.create(HELLO)).type, 'message');
  await faults({ status: 429, retryAfter: 7 });
  await assert.rejects(client.messages.create(HELLO), (error: unknown) => {
    assert.ok(error instanceof Anthropic.RateLimitError);
    assert.equal(error.headers?.get('retry-after'), '7');
    return true;
  });
  await faults({ status: 401, endpoint: 'models' });
  await assert.rejects(client.models.list(), Anthropic.AuthenticationError);
});

test('a fault for one key leaves the others alone', async () => {
  await faults({ status: 500, apiKey: 'sk-ant-unlucky' });
  await client.messages.create(HELLO);
  await assert.rejects(clientWith('sk-ant-unlucky').messages.create(HELLO), Anthropic.InternalServerError);
});

test('a stream can be cut, tell of an error, or be slow', async () => {
  await faults({ cutAfterEvents: 5 });
  await assert.rejects(client.messages.stream(HELLO).finalMessage());
  await faults({ errorAfterEvents: 5 });
  await assert.rejects(client.messages.stream(HELLO).finalMessage(), /overloaded_error|Overloaded/);
  await faults({ pieceMs: 30 });
  const started = performance.now();
  await client.messages.stream({ ...HELLO, max_tokens: 10 }).finalMessage();
  assert.ok(performance.now() - started > 100);
  await faults({ loseAnswer: true });
  await assert.rejects(client.messages.create(HELLO), Anthropic.APIConnectionError);
});

test('a model that has gone wrong calls tools that nobody has, or fails in the same way for ever', async () => {
  await faults({ mind: 'wrong_tool' });
  assert.ok((await client.messages.create(WISH)).content.some((block) => block.type === 'tool_use' && block.name === 'Teleport'));
  await faults({ mind: 'same_failure', times: 3 });
  const inputs = new Set<string>();
  for (let at = 0; at < 3; at += 1) inputs.add(JSON.stringify((await client.messages.create(WISH)).content.flatMap((block) => (block.type === 'tool_use' ? [block.input] : []))));
  assert.equal(inputs.size, 1);
});

test('a misspelt fault is refused', async () => {
  for (const fault of [{ stauts: 500 }, { status: 200 }, { endpoint: 'mesages' }, { times: 0 }]) {
    const response = await fetch(`${emulator.url}/_emulator/faults`, { method: 'POST', body: JSON.stringify({ faults: [fault] }) });
    assert.equal(response.status, 400, JSON.stringify(fault));
  }
});

test('what was asked can be looked at, with the key that came', async () => {
  await fetch(`${emulator.url}/_emulator/requests`, { method: 'DELETE' });
  await clientWith('sk-ant-seen').messages.create(HELLO);
  await assert.rejects(clientWith('wrong').messages.create(HELLO));
  const { requests } = (await (await fetch(`${emulator.url}/_emulator/requests`)).json()) as { requests: HeardRequest[] };
  assert.deepEqual(requests.map(({ endpoint, apiKey, body }) => [endpoint, apiKey, body?.['model']]), [['messages', 'sk-ant-seen', 'claude-sonnet-5']]);
});

test('a pull request is written as JSON, from what was done', async () => {
  const { content } = await client.messages.create({
    ...HELLO,
    system: 'Write a title and a description for a pull request. Answer with JSON {"title": "…", "body": "…"} and nothing else.',
    messages: [{ role: 'user', content: 'Commits:\n- Change the headline on the home page\n- Make the buttons green\n\ndiff --git a/index.html b/index.html\n-old\n+new' }],
  });
  const [block] = content;
  const { title, body } = JSON.parse(block?.type === 'text' ? block.text : '') as { title: string; body: string };
  assert.equal(title, 'Change the headline on the home page');
  assert.match(body, /- Make the buttons green/);
  assert.match(body, /demo model/);
  assert.doesNotMatch(body, /diff --git|\+new/);
});

test('a conversation gets a name, and a summary with what was asked and answered', async () => {
  const named = await client.messages.create({ ...HELLO, system: 'Generate a title for this coding session. Return JSON with a "title" field.', messages: [{ role: 'user', content: 'Make the buttons green' }] });
  assert.deepEqual(named.content.map((block) => block.type === 'text' && block.text), ['{"title":"Make the buttons green"}']);
  const summed = await client.messages.create({
    ...WISH,
    messages: [
      ...WISH.messages,
      { role: 'assistant', content: 'Done. The buttons are green now.' },
      { role: 'user', content: 'Your task is to create a detailed summary of the conversation. Wrap your thoughts in <analysis> tags and the rest in <summary> tags.' },
    ],
  });
  const [block] = summed.content;
  assert.ok(block?.type === 'text');
  assert.match(block.text, /<analysis>[\s\S]+<\/analysis>[\s\S]*<summary>[\s\S]*Make the buttons green[\s\S]*green now[\s\S]*<\/summary>/);
});
