/** Who somebody is here: name, handle and picture, and what was done with the account, over JSON as programs see it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { refused } from './account-kit.ts';
import { type Client, type Response, type TestStack, startTestStack } from './harness.ts';
import { frame, jpeg, riff, webp } from './pictures.ts';

interface Account {
  id: string;
  email: string;
  name: string;
  handle: string | null;
  image: string | null;
  deletionAt: string | null;
  createdAt: string;
}
interface Event {
  kind: string;
  subject: string;
  ipAddress: string;
  userAgent: string;
  place: string;
  createdAt: string;
}

let stack: TestStack;
before(async () => (stack = await startTestStack()));
after(async () => await stack.close());

const account = (person: Client): Promise<Account> => person.json<Account>('/api/account');
const change = (person: Client, wish: unknown): Promise<Response> => person.send('PATCH', '/api/account', wish);
const put = (person: Client, file: Buffer, type = 'image/webp'): Promise<Response> =>
  person.fetch('/api/account/picture', { method: 'PUT', body: file, headers: { 'content-type': type } });
const events = (person: Client, query = ''): Promise<{ events: Event[]; nextCursor: string | null }> =>
  person.json(`/api/account/audit${query}`);
/** What was written down about the profile, oldest first. */
const noted = async (person: Client): Promise<string[]> =>
  (await events(person, '?limit=100')).events.filter(({ kind }) => kind === 'profile_changed').map(({ subject }) => subject).reverse();
/** What the bucket keeps of somebody's pictures. */
const kept = async (id: string): Promise<string[]> =>
  (await (await stack.bucket()).list({ prefix: `pictures/${id}/` })).objects.map(({ key }) => key);
const addressOf = (image: string | null): string => image?.replace(stack.addresses.app, '') ?? '';

describe('name and handle', () => {
  it('are empty for somebody new, and are theirs once given', async () => {
    const ann = await stack.person('ann@example.test');
    const first = await account(ann);
    assert.deepEqual([first.email, first.name, first.handle, first.image, first.deletionAt], ['ann@example.test', '', null, null, null]);
    assert.ok(Date.now() - Date.parse(first.createdAt) < 60_000);

    const changed = await change(ann, { name: '  Ann \t Müller ', handle: '@Ann-M' });
    assert.equal(changed.status, 200);
    const now = (await changed.json()) as Account;
    assert.deepEqual([now.name, now.handle], ['Ann Müller', 'ann-m']);
    assert.deepEqual(await account(ann), now);
    assert.deepEqual(await noted(ann), ['name', 'handle']);
  });

  it('that stay as they are are not written down again', async () => {
    const person = await stack.person();
    await change(person, { name: 'Bea', handle: 'bea' });
    await change(person, { name: 'Bea ', handle: 'BEA' });
    assert.deepEqual(await noted(person), ['name', 'handle']);
  });

  it('can be given up', async () => {
    const person = await stack.person();
    await change(person, { name: 'Cleo', handle: 'cleo' });
    const now = (await (await change(person, { name: '', handle: null })).json()) as Account;
    assert.deepEqual([now.name, now.handle], ['', null]);
    const other = await stack.person();
    assert.equal((await change(other, { handle: 'cleo' })).status, 200);
  });

  it('are refused in words when they cannot be shown', async () => {
    const person = await stack.person();
    for (const name of ['Ann\u0000', 'Ann\u202enimda', '\u3164', 'a'.repeat(101)]) await refused(change(person, { name }), 422, 'invalid_name');
    for (const handle of ['', 'a', 'a'.repeat(31), 'ann.b', 'änn', '-ann', 'a--b']) await refused(change(person, { handle }), 422, 'invalid_handle');
    for (const handle of ['support', 'Adm1n', 'vetka-team']) await refused(change(person, { handle }), 422, 'reserved_handle');
    await refused(change(person, {}), 400, 'nothing_to_change');
    await refused(change(person, { email: 'other@example.test' }), 400, 'nothing_to_change');
    await refused(change(person, { name: null, handle: 7 }), 400, 'malformed_json');
    await refused(person.fetch('/api/account', { method: 'PATCH', body: '{"name":"x"}', headers: { 'content-type': 'text/plain' } }), 415, 'unsupported_media_type');
    assert.deepEqual(await noted(person), []);
  });

  it('are changed together or not at all', async () => {
    const [first, second] = [await stack.person(), await stack.person()];
    await change(first, { handle: 'dora' });
    await refused(change(second, { name: 'Dora', handle: 'dora' }), 409, 'handle_taken');
    assert.equal((await account(second)).name, '');
    assert.deepEqual(await noted(second), []);
  });

  it('a handle is one person’s, with free neighbours for the next', async () => {
    const [first, second, third] = [await stack.person(), await stack.person(), await stack.person()];
    await change(first, { handle: 'emil' });
    await change(second, { handle: 'emil-2' });
    const refusal = await change(third, { handle: 'Emil' });
    assert.equal(refusal.status, 409);
    const { suggestions } = (await refusal.json()) as { suggestions: string[] };
    assert.equal(suggestions.length, 3);
    assert.ok(!suggestions.includes('emil') && !suggestions.includes('emil-2'), suggestions.join());
    assert.equal((await change(third, { handle: suggestions[0] })).status, 200);
  });

  it('of fifty people who want a handle at once, one gets it', async () => {
    const people = await Promise.all(Array.from({ length: 5 }, () => stack.person()));
    const answers = await Promise.all(Array.from({ length: 50 }, (_, at) => change(people[at % 5]!, { handle: 'flora' })));
    const owners = new Set(answers.flatMap((answer, at) => (answer.status === 200 ? [at % 5] : [])));
    assert.equal(owners.size, 1);
    assert.ok(answers.every(({ status }) => status === 200 || status === 409));
  });
});

describe('a picture', () => {
  it('is served as it was sent, for ever and as nothing but a picture', async () => {
    const person = await stack.person();
    const answer = await put(person, webp());
    assert.equal(answer.status, 200);
    const { id, image } = (await answer.json()) as Account;
    assert.match(addressOf(image), new RegExp(`^/pictures/${id}/[a-z2-7]{24}$`));

    const shown = await stack.anybody.fetch(addressOf(image));
    assert.equal(shown.status, 200);
    assert.deepEqual(Buffer.from(await shown.arrayBuffer()), webp());
    assert.equal(shown.headers.get('content-type'), 'image/webp');
    assert.equal(shown.headers.get('cache-control'), 'public, max-age=86400');
    assert.equal(shown.headers.get('x-content-type-options'), 'nosniff');
    assert.match(shown.headers.get('content-security-policy') ?? '', /sandbox/);
    assert.equal(shown.headers.get('set-cookie'), null);
    const again = await stack.anybody.fetch(addressOf(image), { headers: { 'if-none-match': shown.headers.get('etag') ?? '' } });
    assert.equal(again.status, 304);
    assert.equal((await stack.anybody.fetch(addressOf(image), { method: 'HEAD' })).status, 200);
  });

  it('gives way to the next one, which leaves nothing of it behind', async () => {
    const person = await stack.person();
    const first = (await (await put(person, webp())).json()) as Account;
    const second = (await (await put(person, jpeg(), 'image/jpeg')).json()) as Account;
    assert.notEqual(second.image, first.image);
    assert.equal((await stack.anybody.fetch(addressOf(first.image))).status, 404);
    const shown = await stack.anybody.fetch(addressOf(second.image));
    assert.equal(shown.headers.get('content-type'), 'image/jpeg');
    assert.deepEqual(await kept(first.id), [addressOf(second.image).slice(1)]);
    assert.deepEqual(await noted(person), ['picture', 'picture']);
  });

  it('can be taken away, twice', async () => {
    const person = await stack.person();
    const { id, image } = (await (await put(person, webp())).json()) as Account;
    for (const _ of [1, 2]) assert.equal((await person.fetch('/api/account/picture', { method: 'DELETE' })).status, 204);
    assert.equal((await account(person)).image, null);
    assert.equal((await stack.anybody.fetch(addressOf(image))).status, 404);
    assert.deepEqual(await kept(id), []);
  });

  it('of ten sent at once, one stays, and the bucket holds no other', async () => {
    const person = await stack.person();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, at) => put(person, webp(512, 512, 8 + 2 * at))));
    assert.ok(answers.every(({ status }) => status === 200));
    const { id, image } = await account(person);
    assert.deepEqual(await kept(id), [addressOf(image).slice(1)]);
  });

  it('is refused when it is none, has another size, or tells more than it shows', async () => {
    const person = await stack.person();
    const { id } = await account(person);
    const strange = [
      Buffer.alloc(0),
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
      Buffer.from('GIF89a'),
      jpeg(),
      webp(511, 512),
      webp(16383, 16383),
      webp().subarray(0, 24),
      Buffer.concat([webp(), Buffer.from('<script>')]),
      riff([frame(512, 512), ['EXIF', Buffer.from('GPS 47.07 15.43')]]),
      riff([frame(512, 512), ['XMP ', Buffer.from('<x:xmpmeta/>')]]),
    ];
    for (const file of strange) await refused(put(person, file), 422, 'invalid_picture');
    for (const marker of [0xe1, 0xed, 0xfe]) {
      await refused(put(person, jpeg(512, 512, [[marker, 'Exif\0\0']]), 'image/jpeg'), 422, 'invalid_picture');
    }
    await refused(put(person, webp(), 'image/png'), 415, 'unsupported_media_type');
    await refused(put(person, webp(512, 512, 300 * 1024)), 413, 'too_large');
    assert.equal((await account(person)).image, null);
    assert.deepEqual(await kept(id), []);
  });

  it('may be as large as 300 KB', async () => {
    const person = await stack.person();
    const file = webp(512, 512, 300 * 1024 - 30);
    assert.equal(file.length, 300 * 1024);
    assert.equal((await put(person, file)).status, 200);
  });

  it('that nobody has is not there, whatever the address says', async () => {
    const person = await stack.person();
    const { id, image } = (await (await put(person, webp())).json()) as Account;
    const name = addressOf(image).split('/').at(-1) ?? '';
    const addresses = [
      `/pictures/${id}/${'a'.repeat(24)}`,
      `/pictures/${'a'.repeat(24)}/${name}`,
      `/pictures/${id}/..%2f..%2flive%2fann`,
      `/pictures/%ff/${name}`,
      `/pictures/${id}/${name}/`,
      `/pictures/${id}`,
    ];
    for (const address of addresses) {
      const answer = await stack.anybody.fetch(address);
      assert.equal(answer.status, 404, address);
      assert.match(answer.headers.get('content-type') ?? '', /^text\/html/, address);
    }
  });
});

describe('what was done', () => {
  it('is listed newest first, with where it came from, a page at a time', async () => {
    const person = await stack.person();
    for (const name of ['One', 'Two', 'Three', 'Four', 'Five']) {
      await person.send('PATCH', '/api/account', { name }, { headers: { 'user-agent': 'A browser of the test' } });
    }
    const whole = (await events(person)).events.filter(({ kind }) => kind === 'profile_changed');
    assert.equal(whole.length, 5);
    for (const { subject, userAgent, createdAt } of whole) {
      assert.deepEqual([subject, userAgent], ['name', 'A browser of the test']);
      assert.ok(Date.now() - Date.parse(createdAt) < 60_000);
    }
    const times = whole.map(({ createdAt }) => createdAt);
    assert.deepEqual(times, [...times].sort().reverse());

    const walked: Event[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Awaited<ReturnType<typeof events>> = await events(person, `?limit=2${cursor && `&cursor=${cursor}`}`);
      assert.ok(page.events.length <= 2);
      walked.push(...page.events);
      cursor = page.nextCursor;
    }
    assert.deepEqual(walked, (await events(person, '?limit=100')).events);
    await refused(person.fetch('/api/account/audit?limit=0'), 400, 'invalid_limit');
    await refused(person.fetch('/api/account/audit?cursor=x'), 400, 'invalid_cursor');
  });

  it('is nobody else’s to read, and cannot be changed afterwards', async () => {
    const [first, second] = [await stack.person(), await stack.person()];
    await change(first, { name: 'Only mine' });
    assert.deepEqual((await events(second)).events.filter(({ kind }) => kind === 'profile_changed'), []);
    const db = await stack.db();
    const { id } = await account(first);
    await assert.rejects(db.prepare("UPDATE audit_event SET subject = 'nothing' WHERE user_id = ?").bind(id).run(), /stays written/);
    await assert.rejects(db.prepare('DELETE FROM audit_event WHERE user_id = ?').bind(id).run(), /stays written/);
  });
});
