/** What people point at in the preview until a message takes it along: one tray for everybody in a session. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RunningEmulator } from '../../scripts/emulators/agents/index.ts';
import { startMessagesEmulator } from '../../scripts/emulators/messages/index.ts';
import { skip } from '../emulators/e2b-harness.ts';
import { type Person, type TestStack, startTestStack } from './harness.ts';
import { colleague, type Frame, Seat, type Session, started, team, type Team } from './session-kit.ts';
import { answered, userId } from './teams-kit.ts';

const ofType = (seat: Seat, type: string): Frame[] => seat.frames.filter((frame) => frame.type === type);

describe('what people point at', { skip }, () => {
  const heading = { selector: 'main > h1', label: 'the heading “Bread, before the boats go out”', text: 'Bread, before the boats go out', page: '/', width: 390 };
  const hours = { selector: 'main > p', label: 'the text “Open from six”', text: 'Open from six', page: '/', width: 1024 };
  let messages: RunningEmulator;
  let stack: TestStack;
  let harbor: Team;
  let session: Session;
  let ann: Seat;
  let bo: Seat;
  let boId: string;
  let boPerson: Person;

  const shown = (frame: Frame): string[] => (frame.pins ?? []).map(({ id, author, note }) => `${id} ${author?.name}${note === undefined ? '' : `: ${note}`}`);
  /** Waits until somebody is shown exactly this. */
  const shows = async (seat: Seat, wanted: string[], from = 0): Promise<Frame> =>
    await seat.find((frame) => frame.type === 'pins' && JSON.stringify(shown(frame)) === JSON.stringify(wanted), `pins ${wanted.join(', ')}`, { from });
  const refused = async (seat: Seat, code: string, does: () => void): Promise<Frame> => {
    const from = seat.frames.length;
    does();
    return await seat.find((frame) => frame.type === 'error' && frame.code === code, code, { from });
  };
  const point = (seat: Seat, id: string, pin: object): void => seat.send({ type: 'pin', id, pin });

  before(async () => {
    messages = await startMessagesEmulator({ pieceMs: 1 });
    stack = await startTestStack({ settings: { MODEL_API_URL: messages.url } });
    harbor = await team(stack);
    boPerson = await colleague(harbor);
    boId = await userId(stack, boPerson);
    const db = await stack.db();
    await db.prepare('UPDATE user SET name = ?2 WHERE id = ?1').bind(boId, 'Bo Birch').run();
    await db.prepare('UPDATE user SET name = ?2 WHERE id = ?1').bind(await userId(stack, harbor.admin), 'Ann Ash').run();
    ({ session, seat: ann } = await started(harbor.admin, harbor.projectId));
    bo = await Seat.take(boPerson, session.id);
  });
  after(async () => {
    ann.close();
    bo.close();
    await stack.close();
    await messages.close();
  });

  it('is seen by all who are there, with their names, and without what is for the agent alone', async () => {
    point(ann, 'a-1', { ...heading, author: { id: boId, name: 'Bo Birch' } });
    await shows(bo, ['a-1 Ann Ash']);
    point(bo, 'b-1', { ...hours, note: ' Seven,\nplease ' });
    for (const seat of [ann, bo]) {
      const { pins = [] } = await shows(seat, ['a-1 Ann Ash', 'b-1 Bo Birch: Seven, please']);
      assert.deepEqual(Object.keys(pins[0] ?? {}).sort(), ['author', 'id', 'label', 'page', 'width']);
    }
    point(ann, 'a-1', { ...heading, label: 'something else', note: 'Warmer' });
    const { pins = [] } = await shows(bo, ['a-1 Ann Ash: Warmer', 'b-1 Bo Birch: Seven, please']);
    assert.equal(pins[0]?.label, heading.label, 'only the note can be another');
  });

  it('can be changed and taken away by nobody else', async () => {
    await refused(bo, 'not_your_pin', () => bo.send({ type: 'unpin', id: 'a-1' }));
    await refused(bo, 'not_your_pin', () => point(bo, 'a-1', { ...heading, note: 'Colder' }));
    await refused(bo, 'malformed_frame', () => point(bo, 'a 1', heading));
    await refused(bo, 'malformed_frame', () => point(bo, 'a-2', { label: 'without a selector' }));
    point(bo, 'b-2', hours);
    await shows(ann, ['a-1 Ann Ash: Warmer', 'b-1 Bo Birch: Seven, please', 'b-2 Bo Birch']);
    const from = ann.frames.length;
    bo.send({ type: 'unpin', id: 'b-2' });
    await shows(ann, ['a-1 Ann Ash: Warmer', 'b-1 Bo Birch: Seven, please'], from);
  });

  it('is missed while its author is gone, and there again when they are back', async () => {
    let from = ann.frames.length;
    bo.close();
    await shows(ann, ['a-1 Ann Ash: Warmer'], from);
    from = ann.frames.length;
    bo = await Seat.take(boPerson, session.id);
    await shows(ann, ['a-1 Ann Ash: Warmer', 'b-1 Bo Birch: Seven, please'], from);
    const hello = bo.frames.findIndex(({ replayed }) => replayed !== undefined);
    assert.deepEqual(shown(bo.frames.slice(0, hello).find(({ type }) => type === 'pins') ?? assert.fail(bo.told())), ['a-1 Ann Ash: Warmer', 'b-1 Bo Birch: Seven, please']);
  });

  it('is twelve places at most', async () => {
    for (let at = 3; at < 13; at++) point(bo, `b-${at}`, hours);
    await bo.find(({ type, pins }) => type === 'pins' && pins?.length === 12, 'twelve');
    await refused(ann, 'tray_full', () => point(ann, 'a-3', heading));
    await refused(ann, 'too_many_pins', () => ann.say('All', { pins: Array.from({ length: 13 }, (_, at) => `b-${at}`) }));
    const from = ann.frames.length;
    for (let at = 3; at < 13; at++) bo.send({ type: 'unpin', id: `b-${at}` });
    await shows(ann, ['a-1 Ann Ash: Warmer', 'b-1 Bo Birch: Seven, please'], from);
  });

  it('goes with one message of one of them, once, with the notes that were typed just before', async () => {
    await refused(bo, 'empty_message', () => bo.say('', { pins: ['nothing-like-it'] }));
    const from = ann.frames.length;
    point(bo, 'b-1', { ...hours, note: 'Seven' });
    point(bo, 'b-1', { ...hours, note: 'Half past seven' });
    for (let times = 0; times < 2; times++) bo.say('What do you see here?', { pins: ['gone', 'b-1', 'a-1', 'a-1'], clientId: 'both' });
    // Too late: it went as it was.
    point(bo, 'b-1', { ...hours, note: 'Eight' });
    const said = await ann.find((frame) => frame.type === 'chat_message' && frame.role === 'user', 'the message', { from });
    assert.equal(said.author?.name, 'Bo Birch');
    assert.doesNotMatch(JSON.stringify(said), /selector|main > h1/);
    assert.deepEqual(said.pins?.map(({ author, label, note }) => [author?.name, label, note]), [
      ['Ann Ash', heading.label, 'Warmer'],
      ['Bo Birch', hours.label, 'Half past seven'],
    ]);
    await shows(ann, [], from);
    await shows(bo, []);
    assert.equal((await ann.over(said.turn ?? 0, from)).end.outcome, 'done', ann.told());
    const asked = ofType(ann, 'chat_message').filter(({ role }) => role === 'user');
    assert.equal(asked.length, 1, ann.told());
    const last = ofType(ann, 'pins').at(-1);
    assert.deepEqual(last?.pins, [], 'a note that came too late brought it back');

    const { requests } = (await (await fetch(`${messages.url}/_emulator/requests`)).json()) as { requests: { body: unknown }[] };
    const prompt = requests.map(({ body }) => JSON.stringify(body)).find((body) => body.includes('What do you see here?')) ?? assert.fail('the model was not asked');
    assert.match(prompt, /1\. Ann Ash points at the heading “Bread, before the boats go out”;.*selector .*main > h1.*What Ann Ash wishes there: Warmer/);
    assert.match(prompt, /2\. Bo Birch points at the text “Open from six”;.*What Bo Birch wishes there: Half past seven/);
  });

  it('goes once more when the turn that took it failed and is asked for again, by whomever, and not when it was done', async () => {
    const ask = async (seat: Seat, words: string): Promise<{ took: string[]; outcome: string | undefined }> => {
      const from = seat.frames.length;
      seat.say(words, { pins: ['a-30', 'b-30'] });
      const said = await seat.find((frame) => frame.type === 'chat_message' && frame.role === 'user', 'the message', { from });
      return { took: shown(said), outcome: (await seat.over(said.turn ?? 0, from)).end.outcome };
    };
    const faults = `${messages.url}/_emulator/faults`;
    assert.ok((await fetch(faults, { method: 'POST', body: JSON.stringify({ faults: [{ status: 401, times: 1000 }] }) })).ok);
    point(ann, 'a-30', { ...heading, note: 'Warmer' });
    point(bo, 'b-30', hours);
    const both = ['a-30 Ann Ash: Warmer', 'b-30 Bo Birch'];
    await shows(ann, both);
    assert.deepEqual(await ask(ann, 'What do you see now?'), { took: both, outcome: 'failed' }, ann.told());
    point(ann, 'a-30', { ...heading, note: 'Colder' });
    const from = bo.frames.length;
    bo.send({ type: 'unpin', id: 'b-30' });
    await shows(bo, [], from);
    assert.deepEqual(await ask(bo, 'What do you see now?'), { took: both, outcome: 'failed' }, 'what was taken changed, or went');
    assert.ok((await fetch(faults, { method: 'DELETE' })).ok);
    assert.deepEqual(await ask(bo, 'What do you see now, again?'), { took: both, outcome: 'done' }, bo.told());
    const { requests } = (await (await fetch(`${messages.url}/_emulator/requests`)).json()) as { requests: { body: unknown }[] };
    const prompt = requests.map(({ body }) => JSON.stringify(body)).find((body) => body.includes('What do you see now, again?')) ?? assert.fail('the model was not asked');
    assert.match(prompt, /now, again\?.{0,80}1\. Ann Ash points at .*selector .*main > h1.*What Ann Ash wishes there: Warmer.*2\. Bo Birch points at/);

    const later = ann.frames.length;
    point(ann, 'a-31', { ...heading, note: 'What is it?' });
    await shows(bo, ['a-31 Ann Ash: What is it?']);
    ann.say('What is this?', { pins: ['a-31'] });
    await ann.over((await ann.find((frame) => frame.type === 'chat_message' && frame.role === 'user', 'the message', { from: later })).turn ?? 0, later);
    await refused(bo, 'empty_message', () => bo.say('', { pins: ['a-31'] }));
  });

  it('needs no words where a wish is there, and is gone for those who left the team', async () => {
    point(ann, 'a-9', heading);
    await refused(ann, 'empty_message', () => ann.say('', { pins: ['a-9'] }));
    point(ann, 'a-9', { ...heading, note: 'Say hello' });
    const from = ann.frames.length;
    ann.say('', { pins: ['a-9'] });
    const said = await ann.find((frame) => frame.type === 'chat_message' && frame.role === 'user', 'the message', { from });
    await ann.over(said.turn ?? 0, from);
    point(bo, 'b-20', hours);
    await shows(ann, ['b-20 Bo Birch']);
    const later = ann.frames.length;
    await answered(harbor.admin, 200, 'DELETE', `/api/v1/orgs/${harbor.org.id}/members`, { userId: boId });
    await shows(ann, [], later);
  });
});
