/** What a session sees of its own preview with a browser: pictures and errors, for whom they are, and how long they stay. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RunningEmulator } from '../../scripts/emulators/agents/index.ts';
import { startMessagesEmulator } from '../../scripts/emulators/messages/index.ts';
import { skip } from '../emulators/e2b-harness.ts';
import { Client, type Person, type Response, type TestStack, startTestStack } from './harness.ts';
import { Inside } from './sandbox-kit.ts';
import { colleague, ForgeDoor, type Frame, Seat, type Session, started, team, type Team, until } from './session-kit.ts';
import { answered } from './teams-kit.ts';

interface View {
  page: string;
  before?: string;
  after: string;
}

describe('what a session sees of its preview', { skip }, () => {
  let messages: RunningEmulator;
  let stack: TestStack;
  let harbor: Team;
  let session: Session;
  let ann: Seat;
  let bo: Person;
  let first: View;

  const address = (name: string): string => `/session/${session.id}/pictures/${name}`;
  const picture = async (person: Person | TestStack['anybody'], name: string): Promise<Response> => await person.fetch(address(name));
  const viewOf = (receipt: Frame | undefined): View => (receipt as { view?: View } | undefined)?.view ?? assert.fail(`no view in ${JSON.stringify(receipt)}`);
  const bytes = async (person: Person, name: string): Promise<Buffer> => {
    const response = await picture(person, name);
    assert.equal(response.status, 200);
    return Buffer.from(await response.arrayBuffer());
  };

  before(async () => {
    messages = await startMessagesEmulator({ pieceMs: 1 });
    stack = await startTestStack({ settings: { MODEL_API_URL: messages.url } });
    harbor = await team(stack, { project: { startupCommands: ['cd site && python3 -m http.server 3000'] } });
    bo = await colleague(harbor);
    ({ session, seat: ann } = await started(harbor.admin, harbor.projectId));
  });
  after(async () => {
    ann.close();
    await stack.close();
    await messages.close();
  });

  it('is the page of whoever asked, before and after', async () => {
    const { receipt } = await ann.ask('Change the headline on the home page to "Warm bread at six"');
    assert.deepEqual(receipt?.checked?.at(-1), 'The first page opens in a browser without errors.', ann.told());
    first = viewOf(receipt);
    assert.equal(first.page, '/');
    const [before, after] = [await bytes(bo, first.before ?? ''), await bytes(bo, first.after)];
    assert.equal(before.subarray(8, 12).toString(), 'WEBP');
    assert.ok(!before.equals(after), 'the two pictures show the same');
    const kept = await answered<{ messages: Frame[] }>(bo, 200, 'GET', `/api/v1/sessions/${session.id}/messages`);
    assert.deepEqual(kept.messages.find(({ type }) => type === 'receipt'), { ...receipt });
  });

  it('is looked at again where it was, so that the next change begins with the last picture', async () => {
    const { receipt } = await ann.ask('Change the headline on the home page to "Fresh bread at seven"');
    const second = viewOf(receipt);
    assert.equal(second.before, first.after);
    const undo = ann.frames.length;
    await answered(harbor.admin, 202, 'POST', `/api/v1/sessions/${session.id}/undo`, { turn: receipt?.turn });
    const undone = await ann.find(({ type }) => type === 'receipt', 'the receipt', { from: undo });
    assert.equal(viewOf(undone).before, second.after);
  });

  it('says that something goes wrong on a page, and nothing of what', async () => {
    const inside = await Inside.of(stack, session.id);
    await inside.bash(`printf '<!doctype html><head><title>Menu</title></head><h1>Menu</h1><script>console.error("secret-word"); null.x</script>' > /workspace/site/menu-of-a-test.html`);
    const from = ann.frames.length;
    ann.say('Change the headline on the home page to "Bread and more"', { page: '/menu-of-a-test.html?day=1#top' });
    const receipt = await ann.find(({ type }) => type === 'receipt', 'the receipt', { from });
    assert.equal(receipt.checked?.at(-1), 'The page /menu-of-a-test.html opens, but something goes wrong on it. Ask the agent to look into it.');
    assert.equal(viewOf(receipt).page, '/menu-of-a-test.html?day=1');
    assert.doesNotMatch(ann.told(), /secret-word/);
  });

  it('is told by nobody but our own browser', async () => {
    const { url } = await answered<{ url: string }>(bo, 200, 'POST', `/api/v1/sessions/${session.id}/preview`);
    const { origin } = new URL(url);
    const browser = new Client(origin);
    assert.equal((await browser.fetch(url)).status, 303);
    const report = async (body: string): Promise<number> => (await browser.fetch('/__vetka/report', { method: 'POST', body, headers: { origin } })).status;
    let isAsking = true;
    const saying = (async () => {
      while (isAsking) assert.equal(await report('Everything is broken'), 204);
    })();
    const { receipt } = await ann.ask('Change the headline on the home page to "Nothing is broken"');
    isAsking = false;
    await saying;
    assert.equal(receipt?.checked?.at(-1), 'The first page opens in a browser without errors.', 'what others say is heard and not believed');
    assert.equal(await report('x'.repeat(300_000)), 204, 'no more of it is read than is kept');
    assert.equal((await browser.fetch('/__vetka/report', { method: 'POST', body: 'x', headers: { origin: stack.addresses.app } })).status, 403);
    assert.equal((await new Client(origin).fetch('/__vetka/report', { method: 'POST', body: 'x' })).status, 401);
  });

  it('has what is pointed at, for those who are there and for the agent', async () => {
    ann.send({ type: 'pin', id: 'p-1', pin: { selector: 'main h1, h1', label: 'the heading', text: 'Bread', page: '/', width: 390, note: 'Larger', picture: 'made-up' } });
    const { pins = [] } = await ann.find(({ type, pins }) => type === 'pins' && pins?.[0] !== undefined && 'picture' in pins[0], 'a pin with its picture');
    const name = (pins[0] as { picture?: string }).picture ?? '';
    assert.notEqual(name, 'made-up');
    assert.equal((await bytes(bo, name)).subarray(8, 12).toString(), 'WEBP');
    const from = ann.frames.length;
    ann.say('What do you see here?', { pins: ['p-1'] });
    const said = await ann.find((frame) => frame.type === 'chat_message' && frame.role === 'user', 'the message', { from });
    assert.equal((said.pins?.[0] as { picture?: string } | undefined)?.picture, name);
    const { end } = await ann.over(said.turn ?? 0, from);
    assert.equal(end.outcome, 'done', ann.told());
    const file = await (await Inside.of(stack, session.id)).bash(`head -c 4 /tmp/vetka/place-${said.turn}-1.webp`);
    assert.equal(file, 'RIFF');
  });

  it('has no picture of what cannot be found, and goes on without', async () => {
    const { browser } = stack.stack;
    const before = browser.asked.length;
    ann.send({ type: 'pin', id: 'p-2', pin: { selector: '#nothing-like-it', label: 'nothing', page: '/' } });
    await until('the look at the place', async () => browser.asked.length > before);
    const from = ann.frames.length;
    for (const [refusal, hour] of [[{ status: 429, retryAfter: 600 }, 'eight'], [{ status: 500 }, 'nine']] as const) {
      browser.refuse(refusal);
      const { receipt, end } = await ann.ask(`Change the headline on the home page to "Bread at ${hour}"`);
      assert.equal(end.outcome, 'done');
      assert.deepEqual([receipt?.checked?.at(-1), receipt && 'view' in receipt], ['The first page opens.', false], ann.told());
    }
    const shown = ann.frames.slice(from).filter(({ type }) => type === 'pins').flatMap(({ pins = [] }) => pins);
    assert.ok(!shown.some((pin) => 'picture' in pin), 'a picture of a place that is not there');
    ann.send({ type: 'unpin', id: 'p-2' });
  });

  it('is for the organization alone, until a pull request shows it to everybody', async () => {
    const stranger = await stack.person();
    assert.equal((await picture(stranger, first.after)).status, 404);
    assert.equal((await picture(stack.anybody, first.after)).status, 401);
    for (const odd of ['x', '..%2f..%2flive', `${first.after}x`]) assert.equal((await picture(bo, odd)).status, 404, odd);
    const changes = await answered<{ views: View[] }>(bo, 200, 'GET', `/api/v1/sessions/${session.id}/changes`);
    const home = changes.views.find(({ page }) => page === '/') ?? assert.fail(JSON.stringify(changes));
    assert.equal(home.before, first.before, 'what it looked like before the session');

    await answered(bo, 200, 'POST', `/api/v1/sessions/${session.id}/create-pr`, { pictures: true });
    const forge = new ForgeDoor(stack);
    const [pull] = (await forge.get<{ body: string }[]>(`pulls?state=all&head=ann-ash:${session.branchName}`)) ?? [];
    const shown = [...(pull?.body ?? '').matchAll(/!\[(?:Before|After)\]\((\S+?)\)/g)].map(([, url]) => url ?? '');
    assert.ok(shown.includes(`${stack.addresses.app}${address(home.after)}`), pull?.body);
    for (const url of shown) {
      const response = await stack.anybody.fetch(url);
      assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'image/webp']);
    }
    assert.ok(!shown.some((url) => url.endsWith(first.after)));
    assert.equal((await picture(stack.anybody, first.after)).status, 401, 'what it does not show stays with the organization');
  });

  it('goes with the project, and with it what was printed', async () => {
    const bucket = await stack.bucket();
    const left = async (): Promise<string[]> => {
      const found: string[] = [];
      for (const folder of ['views', 'shown', 'transcripts']) found.push(...(await bucket.list({ prefix: `${folder}/${session.id}/` })).objects.map(({ key }) => key));
      return found;
    };
    const before = await left();
    for (const folder of ['views', 'shown', 'transcripts']) assert.ok(before.some((key) => key.startsWith(folder)), folder);
    await answered(harbor.admin, 200, 'DELETE', `/api/v1/orgs/${harbor.org.id}/projects/${harbor.projectId}`);
    await (await stack.db()).prepare('UPDATE work_session_gone SET gone_at = gone_at - 60000').run();
    await stack.scheduled('teams');
    assert.deepEqual(await left(), []);
    const { count } = (await (await stack.db()).prepare('SELECT count(*) AS count FROM work_session_gone').first<{ count: number }>()) ?? { count: -1 };
    assert.equal(count, 0);
  });
});
