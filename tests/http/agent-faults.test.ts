/** The conversation when things go wrong upstream or underneath: whatever happens, a turn ends properly, nothing is lost and nothing is doubled. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { Faults, type Frame, Seat, session } from './agent-kit.ts';
import { type Person, type TestStack, startTestStack } from './harness.ts';

let stack: TestStack;
let faults: Faults;
before(async () => {
  stack = await startTestStack({ agentStepMs: 10 });
  faults = new Faults(stack);
});
after(async () => await stack.close());

let owners = 0;
interface Scene {
  who: Person;
  seat: Seat;
  conversationId: string;
}

async function scene(nextSession: object = {}): Promise<Scene> {
  await faults.clear();
  await faults.set(nextSession);
  const who = await stack.owner(`tea-${++owners}`);
  const { conversationId } = await session(who);
  return { who, seat: await Seat.open(who), conversationId };
}

/** What must hold after one whole turn, whatever went wrong on the way. */
async function checkWhole({ seat, conversationId }: Scene, turns = ['A site about tea']): Promise<void> {
  seat.checkLog();
  assert.deepEqual(seat.said('user'), turns);
  assert.equal(new Set(seat.said('assistant')).size, seat.said('assistant').length, 'the agent says something twice');
  const ends = seat.log().filter(({ status }) => status === 'idle');
  assert.deepEqual(ends.map(({ turn, outcome }) => [turn, outcome]), turns.map((_, at) => [at + 1, 'done']));
  const told = (await Promise.all((await faults.sessions(conversationId)).map(async ({ id }) => await faults.told(id)))).flat();
  assert.deepEqual(told.map((text) => text.split('\n').at(-1)), turns, 'the agent was told something twice, or not at all');
}

const versions = async ({ who }: Scene): Promise<number> => {
  const { snapshots } = await who.json<{ snapshots: unknown[] }>(`/api/sites/${(await session(who)).site.domain}/snapshots`);
  return snapshots.length;
};

const errors = (seat: Seat): Frame[] => seat.log().filter(({ type }) => type === 'error');

describe('the upstream stream', () => {
  for (const how of ['reset', 'end']) {
    it(`that is dropped in the middle (${how}), several times, loses and doubles nothing`, async () => {
      const here = await scene({ dropStream: { afterEvents: 4, how, times: 5 } });
      here.seat.say('A site about tea');
      await here.seat.over(1);
      await checkWhole(here);
      assert.equal(await versions(here), 1);
    });
  }

  it('that delivers everything twice doubles nothing', async () => {
    const here = await scene({ deliverTwice: true });
    here.seat.say('A site about tea');
    await here.seat.over(1);
    await checkWhole(here);
  });

  it('whose headers are late is waited for before anything is sent', async () => {
    const here = await scene({ delayHeadersMs: 1500 });
    here.seat.say('A site about tea');
    await here.seat.over(1);
    await checkWhole(here);
  });

  it('that brings a type of event nobody knows is read on', async () => {
    const here = await scene({ unknownEvent: true, shedDeltas: true });
    here.seat.say('A site about tea');
    await here.seat.over(1);
    await checkWhole(here);
  });
});

describe('a busy service', () => {
  for (const [status, code] of [[529, 'agent_overloaded'], [429, 'agent_overloaded']] as const) {
    it(`(${status} with retry-after) is asked again, and the person is told once`, async () => {
      const here = await scene({ requests: [{ endpoint: 'events.send', status, retryAfter: 1, times: 2 }] });
      const asked = Date.now();
      here.seat.say('A site about tea');
      await here.seat.over(1);
      assert.ok(Date.now() - asked >= 2000, 'it did not wait as long as it was asked to');
      assert.deepEqual(errors(here.seat).map((frame) => [frame.code, frame.final]), [[code, false]]);
      await checkWhole(here);
    });
  }

  it('when the session is made, or the stream opened, is asked again', async () => {
    const here = await scene({ requests: [{ endpoint: 'sessions.create', status: 529 }, { endpoint: 'events.stream', status: 500 }] });
    here.seat.say('A site about tea');
    await here.seat.over(1);
    await checkWhole(here);
    assert.equal((await faults.sessions(here.conversationId)).length, 1);
  });

  it('whose answer to our message is lost is not told it twice', async () => {
    const here = await scene({ requests: [{ endpoint: 'events.send', loseAnswer: true }] });
    here.seat.say('A site about tea');
    await here.seat.over(1);
    await checkWhole(here);
  });

  it('whose answer to our tool result is lost still publishes once', async () => {
    const here = await scene({ stepMs: 40 });
    here.seat.say('A site about tea');
    await here.seat.find(({ phase }) => phase === 'writing');
    const [upstream] = await faults.sessions(here.conversationId);
    await faults.setFor(upstream!.id, { requests: [{ endpoint: 'events.send', loseAnswer: true }] });
    await here.seat.over(1);
    await checkWhole(here);
    assert.equal(await versions(here), 1);
  });

  it('that keeps failing ends the turn with a sentence, and the next one goes well', async () => {
    const here = await scene({ requests: [{ endpoint: 'events.send', status: 529, retryAfter: 600 }] });
    here.seat.say('A site about tea');
    assert.equal((await here.seat.over(1)).outcome, 'failed');
    const last = errors(here.seat).at(-1)!;
    assert.deepEqual([last.code, last.final], ['agent_overloaded', true]);
    assert.match(last.message ?? '', /send your message again/);
    here.seat.say('A site about tea');
    assert.equal((await here.seat.over(2)).outcome, 'done');
    here.seat.checkLog();
  });

  it('that refuses our key is not asked again and again', async () => {
    const here = await scene({ requests: [{ endpoint: 'sessions.create', status: 401 }] });
    here.seat.say('A site about tea');
    assert.equal((await here.seat.over(1)).outcome, 'failed');
    assert.deepEqual(errors(here.seat).map(({ code }) => code), ['agent_unavailable']);
  });
});

describe('a model request that fails', () => {
  it('and is retried by the service is told once and goes on', async () => {
    const here = await scene({ modelError: { type: 'model_overloaded_error', retry: 'retrying' } });
    here.seat.say('A site about tea');
    await here.seat.over(1);
    assert.deepEqual(errors(here.seat).map(({ code, final }) => [code, final]), [['agent_overloaded', false]]);
    await checkWhole(here);
  });

  it('for good ends the turn as failed, with a sentence and no open step', async () => {
    const here = await scene({ modelError: { type: 'model_request_failed_error', retry: 'exhausted' } });
    here.seat.say('A site about tea');
    assert.equal((await here.seat.over(1)).outcome, 'failed');
    assert.deepEqual(errors(here.seat).map(({ code, final }) => [code, final]), [['agent_trouble', true]]);
    here.seat.checkLog();
    here.seat.say('make it green');
    assert.equal((await here.seat.over(2)).outcome, 'done');
  });
});

describe('questions of the agent', () => {
  it('for tools we do not have are answered, so that it can go on', async () => {
    const here = await scene({ alsoAsk: ['read_minds', 'print_money'] });
    here.seat.say('A site about tea');
    await here.seat.over(1);
    await checkWhole(here);
  });
});

describe('a session', () => {
  it('that dies in the middle of a turn is replaced, and the turn ends in the new one', async () => {
    const here = await scene({ terminate: { afterEvents: 12 } });
    here.seat.say('A site about tea');
    assert.equal((await here.seat.over(1)).outcome, 'done');
    here.seat.checkLog();
    assert.deepEqual(here.seat.said('user'), ['A site about tea']);
    assert.deepEqual(errors(here.seat).map(({ code, final }) => [code, final]), [['agent_workspace_lost', false]]);
    assert.deepEqual((await faults.sessions(here.conversationId)).map(({ status }) => status), ['terminated', 'idle']);
  });

  it('that died between turns is replaced by one that is told what the site looks like now', async () => {
    const here = await scene();
    here.seat.say('A site about tea');
    await here.seat.over(1);
    const [first] = await faults.sessions(here.conversationId);
    await faults.setFor(first!.id, { terminate: 'now' });
    here.seat.say('make it green');
    assert.equal((await here.seat.over(2)).outcome, 'done');
    here.seat.checkLog();
    assert.deepEqual(errors(here.seat), [], 'nobody lost anything that is worth a word');
    const second = (await faults.sessions(here.conversationId)).find(({ id }) => id !== first!.id);
    const [told = ''] = await faults.told(second!.id);
    assert.match(told, /\nsite_now: \d+ files are live at .*fresh workspace/);
    assert.match(told, /\nlive_file: index\.html\n/);
    assert.ok(told.endsWith('make it green'));
  });

  it('that dies again and again ends the turn with a sentence', async () => {
    const here = await scene({ terminate: { afterEvents: 6 } });
    const again = setInterval(() => void faults.set({ terminate: { afterEvents: 6 } }), 15);
    here.seat.say('A site about tea');
    const end = await here.seat.over(1).finally(() => clearInterval(again));
    await faults.clear();
    assert.equal(end.outcome, 'failed');
    assert.equal(errors(here.seat).at(-1)?.final, true);
    here.seat.checkLog();
  });
});

describe('stopping', () => {
  it('ends even when the service does not listen', async () => {
    const here = await scene({ stepMs: 300 });
    here.seat.say('A site about tea');
    await here.seat.find(({ type }) => type === 'agent_status');
    const [upstream] = await faults.sessions(here.conversationId);
    await faults.setFor(upstream!.id, { requests: [{ endpoint: 'events.send', status: 500, times: 3 }] });
    here.seat.send({ type: 'stop' });
    assert.equal((await here.seat.over(1)).outcome, 'stopped');
    here.seat.checkLog();
  });

  it('lets go of a service that waits for an answer', async () => {
    const here = await scene({ requests: [], stepMs: 30 });
    here.seat.say('A site about tea');
    await here.seat.find(({ phase }) => phase === 'writing');
    const [upstream] = await faults.sessions(here.conversationId);
    // Our answers get lost on the way, so the session stays blocked until it is interrupted.
    await faults.setFor(upstream!.id, { requests: [{ endpoint: 'events.send', status: 503, times: 2 }] });
    await here.seat.find(({ text, state }) => text === 'Getting ready to publish' && state === 'started');
    here.seat.send({ type: 'stop' });
    assert.equal((await here.seat.over(1)).outcome, 'stopped');
    here.seat.say('A site about coffee');
    assert.equal((await here.seat.over(2)).outcome, 'done');
    here.seat.checkLog();
  });
});

describe('a restart of workerd', () => {
  /** A point in the log after which the runtime is killed and started again on the same state. */
  const points: [string, (frame: Frame) => boolean][] = [
    ['as soon as the message is accepted', ({ status }) => status === 'running'],
    ['while the agent thinks', ({ phase, seq }) => phase === 'thinking' && seq !== undefined],
    ['while it writes', ({ phase }) => phase === 'writing'],
    ['while it waits for credentials', ({ text, state }) => text === 'Getting ready to publish' && state === 'started'],
    ['after it has published', ({ type }) => type === 'preview_updated'],
  ];
  for (const [when, point] of points) {
    it(`${when}: whoever looks next sees it go on at once, nothing lost, nothing doubled`, async () => {
      const here = await scene({ stepMs: 60 });
      here.seat.say('A site about tea');
      // So that it still waits when the runtime ends, and is not in the middle of publishing already.
      if (when === 'while it waits for credentials') {
        await here.seat.find(({ phase }) => phase === 'writing');
        const [upstream] = await faults.sessions(here.conversationId);
        await faults.setFor(upstream!.id, { requests: [{ endpoint: 'events.send', delayMs: 1_500, times: 1 }] });
      }
      const seen = await here.seat.find(point);
      const before = here.seat.log().filter(({ seq }) => seq! <= seen.seq!);
      await stack.stack.restart();
      const back = await Seat.open(here.who, seen.seq);
      assert.equal((await back.over(1)).outcome, 'done');
      const seat = await Seat.open(here.who);
      assert.deepEqual(seat.log(), [...before, ...back.log()], 'what was seen before is not what is there now');
      await checkWhole({ ...here, seat });
      assert.equal(await versions(here), 1);
    });
  }

  it('with messages waiting runs them in order', async () => {
    const here = await scene({ stepMs: 40 });
    here.seat.say('A site about tea');
    await here.seat.find(({ phase }) => phase === 'writing');
    here.seat.say('make it green');
    await here.seat.find(({ status }) => status === 'queued');
    await stack.stack.restart();
    const seat = await Seat.open(here.who);
    await seat.over(2);
    await checkWhole({ ...here, seat }, ['A site about tea', 'make it green']);
  });

  it('while it is being stopped stops it', async () => {
    const here = await scene({ stepMs: 150 });
    here.seat.say('A site about tea');
    await here.seat.find(({ phase }) => phase === 'writing');
    here.seat.send({ type: 'stop' });
    await here.seat.find(({ status }) => status === 'stopping');
    await stack.stack.restart();
    const seat = await Seat.open(here.who);
    assert.equal((await seat.over(1)).outcome, 'stopped');
    seat.checkLog();
  });

  it('again and again ends the turn with a sentence instead of trying for ever', async () => {
    const here = await scene({ stepMs: 4000 });
    here.seat.say('A site about tea');
    await here.seat.find(({ type }) => type === 'agent_status');
    for (let n = 0; n < 5; n += 1) {
      await stack.stack.restart();
      await session(here.who);
      await sleep(100);
    }
    const seat = await Seat.open(here.who);
    assert.equal((await seat.over(1)).outcome, 'failed');
    assert.deepEqual(errors(seat).map(({ code, final }) => [code, final]), [['too_many_restarts', true]]);
    seat.checkLog();
  });
});
