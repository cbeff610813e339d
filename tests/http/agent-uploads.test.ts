/** Files that go with messages: taken by what they are, given to the agent, and given back to nobody but their owner. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FormData } from 'undici';
import { Faults, Seat, session, stream } from './agent-kit.ts';
import { type Client, type Person, type Response, type TestStack, startTestStack } from './harness.ts';

let stack: TestStack;
let faults: Faults;
let ann: Person;
before(async () => {
  stack = await startTestStack();
  faults = new Faults(stack);
  ann = await stack.owner('ann');
});
after(async () => await stack.close());

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const PDF = Buffer.from('%PDF-1.4\n%âãÏÓ\n1 0 obj\n<<>>\nendobj\n');

interface Upload {
  id: string;
  name: string;
  mediaType: string;
  size: number;
  url: string;
}

async function send(client: Client, name: string, bytes: Uint8Array | string, type = 'application/octet-stream', init = {}): Promise<Response> {
  const body = new FormData();
  body.set('file', new File([bytes as BlobPart], name, { type }));
  return await client.fetch('/api/agent/upload', { method: 'POST', body, ...init });
}

async function upload(client: Client, name: string, bytes: Uint8Array | string): Promise<Upload> {
  const response = await send(client, name, bytes);
  const text = await response.text();
  assert.equal(response.status, 201, text);
  return JSON.parse(text) as Upload;
}

const code = async (pending: Promise<Response>): Promise<unknown[]> => {
  const response = await pending;
  return [response.status, ((await response.json()) as { code: string }).code];
};

describe('a file', () => {
  it('is taken, shown in the chat, mounted in the session, and told to the agent', async () => {
    const picture = await upload(ann, 'dog.png', PNG);
    assert.deepEqual([picture.name, picture.mediaType, picture.size], ['dog.png', 'image/png', PNG.length]);
    const note = await upload(ann, 'notes.md', '# About my dog');
    const paper = await upload(ann, 'menu.pdf', PDF);
    const seat = await Seat.open(ann);
    seat.say('A site about my dog', { attachments: [picture.id, note.id, paper.id] });
    assert.equal((await seat.over(1)).outcome, 'done');
    const message = await seat.find(({ role }) => role === 'user');
    assert.deepEqual(message.attachments, [picture, note, paper]);
    const { conversationId, messages } = await session(ann);
    assert.deepEqual(messages[0]?.attachments, [picture, note, paper]);
    const [upstream] = await faults.sessions(conversationId);
    const history = await faults.history(upstream!.id);
    const told = history.find(({ type }) => type === 'user.message')?.content as { type: string; text?: string; source?: { type: string }; title?: string }[];
    assert.deepEqual(told.map(({ type, source, title }) => [type, source?.type, title]), [
      ['text', undefined, undefined], ['image', 'file', undefined], ['document', 'file', 'notes.md'], ['document', 'file', 'menu.pdf'],
    ]);
    for (const { id, name } of [picture, note, paper]) {
      assert.match(told[0]?.text ?? '', new RegExp(`\\nuploaded_file: /mnt/session/uploads/${id}-${name.replace('.', '\\.')} \\(${name}, `));
    }
    await seat.close();
  });

  it('is mounted again in a new session, and its bytes arrive as they were', async () => {
    const { conversationId } = await session(ann);
    const [first] = await faults.sessions(conversationId);
    await faults.setFor(first!.id, { terminate: 'now' });
    await (await stream(ann, { message: 'make it green' })).text();
    const second = (await faults.sessions(conversationId)).find(({ id }) => id !== first!.id);
    const [told = ''] = await faults.told(second!.id);
    assert.equal(told.match(/\nuploaded_file: /g)?.length, 3);
  });

  it('alone is a message too', async () => {
    const picture = await upload(ann, 'cat.png', PNG);
    const text = await (await stream(ann, { attachments: [picture.id] })).text();
    assert.match(text, /event: done/);
  });

  it('comes back to its owner: pictures shown, everything else for saving, nothing that could run', async () => {
    const picture = await upload(ann, 'Blume "rot".png', PNG);
    const shown = await ann.fetch(picture.url);
    assert.equal(shown.status, 200);
    assert.deepEqual(Buffer.from(await shown.arrayBuffer()), PNG);
    assert.equal(shown.headers.get('content-type'), 'image/png');
    assert.match(shown.headers.get('content-disposition') ?? '', /^inline/);
    const note = await upload(ann, 'page.txt', '<script>alert(1)</script>');
    const saved = await ann.fetch(note.url);
    assert.match(saved.headers.get('content-disposition') ?? '', /^attachment; filename\*=UTF-8''page\.txt$/);
    for (const response of [shown, saved]) {
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
      assert.match(response.headers.get('content-security-policy') ?? '', /sandbox/);
      assert.match(response.headers.get('cache-control') ?? '', /private/);
    }
  });

  it('of twenty megabytes is taken whole', async () => {
    const large = Buffer.alloc(20 * 1024 * 1024, 'a');
    const stored = await upload(ann, 'long.txt', large);
    assert.equal(stored.size, large.length);
    assert.ok(large.equals(Buffer.from(await (await ann.fetch(stored.url)).arrayBuffer())));
  });

  it('has a harmless name', async () => {
    assert.equal((await upload(ann, '../../<b>x</b>.png', PNG)).name, 'b_.png');
  });
});

describe('what is refused', () => {
  it('by what it is, whatever it calls itself', async () => {
    for (const [name, bytes, type] of [
      ['page.html', '<script>alert(1)</script>', 'text/html'], ['drawing.svg', '<svg onload="alert(1)"/>', 'image/svg+xml'],
      ['fake.png', '<script>alert(1)</script>', 'image/png'], ['a.txt', Buffer.from([0, 1, 2, 3]), 'text/plain'],
      ['run.exe', 'MZ', 'application/octet-stream'], ['noname', 'text', 'text/plain'],
    ] as const) {
      assert.deepEqual(await code(send(ann, name, bytes, type)), [415, 'unsupported_file'], name);
    }
  });

  it('when it is too large or empty', async () => {
    assert.deepEqual(await code(send(ann, 'a.txt', Buffer.alloc(20 * 1024 * 1024 + 1, 'a'))), [413, 'too_large']);
    assert.deepEqual(await code(send(ann, 'a.txt', Buffer.alloc(21 * 1024 * 1024, 'a'))), [413, 'too_large']);
    assert.deepEqual(await code(send(ann, 'a.txt', '')), [400, 'empty_file']);
  });

  it('when it is no form, or holds no file', async () => {
    assert.deepEqual(await code(ann.send('POST', '/api/agent/upload', {})), [415, 'unsupported_media_type']);
    const text = new FormData();
    text.set('file', 'just text');
    assert.deepEqual(await code(ann.fetch('/api/agent/upload', { method: 'POST', body: text })), [400, 'malformed_upload']);
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    assert.deepEqual(await code(ann.fetch('/api/agent/upload', { method: 'POST', body: 'nonsense', headers })), [400, 'malformed_upload']);
  });

  it('to nobody, to somebody else, and from another origin', async () => {
    const picture = await upload(ann, 'dog.png', PNG);
    const mallory = await stack.owner('mallory');
    assert.deepEqual(await code(stack.anybody.fetch(picture.url)), [401, 'unauthorized']);
    assert.deepEqual(await code(mallory.fetch(picture.url)), [404, 'not_found']);
    assert.deepEqual(await code(mallory.fetch('/api/agent/uploads/..%2F..%2Flive%2Fann')), [404, 'not_found']);
    assert.deepEqual(await code(send(stack.anybody, 'a.png', PNG)), [401, 'unauthorized']);
    assert.deepEqual(await code(send(ann, 'a.png', PNG, 'image/png', { headers: { origin: 'https://evil.test' } })), [403, 'wrong_origin']);
    assert.deepEqual(await code(stream(mallory, { message: 'x', attachments: [picture.id] })), [404, 'upload_not_found']);
    const { conversationId } = await session(ann);
    const body = new FormData();
    body.set('file', new File([PNG], 'a.png'));
    assert.deepEqual(await code(mallory.fetch(`/api/agent/upload?conversationId=${conversationId}`, { method: 'POST', body })), [404, 'not_found']);
  });
});
