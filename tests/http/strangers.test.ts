/**
 * What strangers can learn by asking: nothing. An address with an account and one without get the same answers, the same
 * mails and the same time; and nobody who asks for a code takes anything from its owner.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CHECK, SIGN_IN, address, form, send, signIn, wrong } from './account-kit.ts';
import { Client, type Response, type TestStack, startTestStack } from './harness.ts';

let stack: TestStack;
let known: string;
const browser = (): Client => new Client(stack.addresses.app);

before(async () => {
  stack = await startTestStack();
  known = (await stack.person(address())).email;
});
after(async () => await stack.close());

/** What an answer tells, without what differs between any two answers. */
async function told(response: Response, email: string): Promise<unknown> {
  const headers = [...response.headers]
    .filter(([name]) => !['date', 'x-request-id'].includes(name))
    .map(([name, value]) => [name, value.replace(/(__Host-vetka_otp=)[\w-]{43}/, '$1…')]);
  return { status: response.status, headers, body: (await response.text()).replaceAll(email, '…') };
}

const steps: [string, (client: Client, email: string) => Promise<Response>][] = [
  ['asking for a code', (client, email) => send(client, email)],
  ['checking a wrong code', async (client, email) => client.send('POST', CHECK, { email, type: 'sign-in', otp: wrong(await stack.code(email)) })],
  ['trying a wrong code', async (client, email) => signIn(client, email, wrong(await stack.code(email)))],
  ['the form that asks for a code', (client, email) => form(client, '/sign-in', { email })],
  ['the form with a wrong code', async (client, email) => form(client, '/sign-in/code', { email, code: wrong(await stack.code(email)) })],
  ['trying in another browser', (_, email) => signIn(browser(), email, '123456')],
  ['checking in another browser', (_, email) => browser().send('POST', CHECK, { email, type: 'sign-in', otp: '123456' })],
  ['asking for a code that is not for signing in', (client, email) =>
    client.send('POST', '/api/auth/email-otp/send-verification-otp', { email, type: 'forget-password' })],
];

describe('an address with an account and one without', () => {
  it('get the same answers, to the last header', async () => {
    const unknown = address();
    const [one, other] = [browser(), browser()];
    for (const [step, ask] of steps) {
      assert.deepEqual(await told(await ask(one, known), known), await told(await ask(other, unknown), unknown), step);
    }
  });

  it('get the same mail, once each', async () => {
    const unknown = address();
    const before = await stack.mails();
    await send(browser(), known);
    await send(browser(), unknown);
    const sent = (await stack.mails()).slice(0, -before.length);
    assert.equal(sent.length, 2);
    const same = (email: string): string => {
      const mail = sent.find(({ to }) => to.includes(email));
      assert.ok(mail);
      return JSON.stringify([mail.subject, mail.text, mail.html]).replaceAll(/\d{6}/g, '…').replaceAll(email, '…');
    };
    assert.equal(same(known), same(unknown));
  });

  it('take the same time', async () => {
    const median = (all: number[]): number => all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
    const unknown = Array.from({ length: 32 }, address);
    for (const [step, ask] of [
      ['asking', (client: Client, email: string) => send(client, email)],
      ['trying', (client: Client, email: string) => signIn(client, email, '000000')],
    ] as const) {
      const spent: [number[], number[]] = [[], []];
      const time = async (email: string, into: number[]): Promise<void> => {
        const client = browser();
        const started = performance.now();
        await (await ask(client, email)).text();
        into.push(performance.now() - started);
      };
      // In turns, so that whatever else this machine does falls on both. Each from its own network, or limits would answer.
      const owners = await Promise.all(unknown.map(async () => (await stack.person(address())).email));
      for (const [at, email] of unknown.entries()) {
        await time(owners[at] ?? '', spent[0]);
        await time(email, spent[1]);
      }
      const [one, other] = [median(spent[0]), median(spent[1])];
      assert.ok(Math.abs(one - other) < 3 + 0.5 * Math.min(one, other), `${step}: ${one.toFixed(1)} ms and ${other.toFixed(1)} ms`);
    }
  });
});

describe("somebody who asks for codes to another's address", () => {
  it("ends no code of its owner's, and uses up none of their tries", async () => {
    const email = address();
    const [owner, stranger] = [browser(), browser()];
    await send(owner, email);
    const code = await stack.code(email);
    for (let at = 0; at < 5; at++) assert.equal((await send(stranger, email)).status, 200);
    for (let at = 0; at < 4; at++) assert.notEqual((await signIn(stranger, email, wrong(await stack.code(email)))).status, 200);
    const signedIn = await owner.send('POST', SIGN_IN, { email, otp: code });
    assert.equal(signedIn.status, 200, await signedIn.text());
  });
});
