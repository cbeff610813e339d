/**
 * The main job of teams, as two people do it: one sets up a team and a repository, the other, who has never seen code,
 * changes the website by talking to it. Two browsers at once, one of them a phone's; nothing behind the pages is scripted.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';
import { type TestStack, startTestStack } from '../http/harness.ts';
import { type Look, browserIn, desktop, launch, lookAt, phone, shoot, watch } from './browser.ts';
import { signInHere } from './teams-kit.ts';

/** Whoever sits at a browser. */
interface Seat {
  name: string;
  email: string;
  look: Look;
  phone: boolean;
  context: BrowserContext;
  page: Page;
}

const KEY = 'sk-ant-canary-of-a-story';
const REPOSITORY = 'ann-ash/harbor-bakery';
const FRIENDLIER = 'a friendlier headline on the home page';
const GREEN = 'Make the buttons green';

const PAIRS = [
  { ann: desktop, cleo: phone },
  { ann: phone, cleo: desktop },
];

let browser: Browser;
before(async () => void (browser = await launch()));
after(async () => await browser?.close());

for (const pair of PAIRS) {
  describe(`the story of a team, the second person at ${pair.cleo.name}`, () => {
    const problems: string[] = [];
    let stack: TestStack;
    let ann: Seat;
    let cleo: Seat;
    let team: string;
    let session: string;
    let broken = false;

    const at = (path: string): string => `${stack.addresses.app}${path}`;
    const sit = async (name: string, look: Look): Promise<Seat> => {
      const context = await browserIn(browser, look);
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      watch(page, problems);
      page.on('console', (message) => {
        const { url } = message.location();
        // The inbox and the forge are not ours.
        if (message.type() === 'error' && url.includes('vetka.localhost')) problems.push(`${name}: ${message.text()} (${url})`);
      });
      const email = `${name.toLowerCase()}@example.test`;
      return { name, email, look, phone: look.width < 700, context, page };
    };
    const seen = async ({ look, page }: Seat, name: string, full = false) => await lookAt(page, `teams-story-${look.name}-${name}`, full);
    const tab = async ({ phone, page }: Seat, name: 'Chat' | 'Preview') => {
      if (phone) await page.getByRole('tab', { name }).click();
    };
    const headline = ({ page }: Seat): Locator => preview(page).locator('h1').first();
    const say = async (seat: Seat, words: string) => {
      await tab(seat, 'Chat');
      await seat.page.getByLabel('What should be different?').fill(words);
      await seat.page.keyboard.press('Enter');
    };
    const finish = async ({ page }: Seat, way: RegExp) => {
      await page.locator('#finish summary').click();
      await page.getByRole('button', { name: way }).click();
      return page.getByRole('dialog');
    };
    const receipts = ({ page }: Seat): Locator => page.locator('#timeline .receipt');
    const ready = async ({ page }: Seat) => await page.locator('#first, #timeline li').first().waitFor({ timeout: 60_000 });
    /** What the repository's main branch has as its first page. */
    const onMain = async (): Promise<string> => await (await fetch(`${stack.addresses.forge}/${REPOSITORY}/raw/main/site/index.html`)).text();

    before(async () => {
      stack = await startTestStack();
      ann = await sit('Ann', pair.ann);
      cleo = await sit('Cleo', pair.cleo);
    });
    after(async () => {
      await ann?.context.close();
      await cleo?.context.close();
      await stack?.close();
    });

    /** A story breaks off where it breaks: what comes after would only wait. */
    const step = (what: string, does: () => Promise<void>) =>
      it(what, async (test) => {
        if (broken) return test.skip('the story broke off before');
        broken = true;
        try {
          await does();
          broken = false;
        } finally {
          if (broken) for (const seat of [ann, cleo]) await shoot(seat.page, `teams-story-${seat.look.name}-broke`).catch(() => undefined);
        }
      });
    const connectGithub = async (seat: Seat, login: string) => {
      await seat.page.getByRole('link', { name: 'Connect GitHub' }).click();
      await seat.page.getByRole('button', { name: login }).click();
    };
    const putInKey = async (seat: Seat) => {
      const part = seat.page.getByRole('region', { name: 'Teams', exact: true });
      await part.getByLabel('Key').fill(KEY);
      await part.getByRole('button', { name: 'Save the key' }).click();
      await part.getByText('A key is set.').waitFor();
    };

    step('signs in and makes a team', async () => {
      const { page } = ann;
      await page.goto(at('/orgs'));
      await signInHere(page, stack, ann.email);
      await page.getByRole('link', { name: 'Make a team' }).click();
      await page.getByLabel('Name').fill('Harbor Works');
      await seen(ann, 'new');
      await page.getByRole('button', { name: 'Make the team' }).click();
      await page.getByRole('heading', { level: 1, name: 'Harbor Works' }).waitFor();
      team = /\/orgs\/([^?]+)/.exec(page.url())?.[1] ?? assert.fail(page.url());
      await seen(ann, 'empty');
    });

    step('invites a second person by mail, who accepts', async () => {
      const { page } = ann;
      await page.getByRole('link', { name: 'Invite people' }).click();
      await page.getByLabel('E-mail address').fill(cleo.email);
      await page.getByRole('button', { name: 'Invite', exact: true }).click();
      await page.getByText(`A mail is on its way to ${cleo.email}.`).waitFor();
      await seen(ann, 'invited', true);

      const inbox = await cleo.context.newPage();
      await inbox.goto(stack.addresses.inbox);
      const link = /https?:\/\/\S+\/invite\/[\w.-]+/.exec(await inbox.locator('body').innerText())?.[0];
      await inbox.close();
      await cleo.page.goto(link ?? assert.fail('the mail has no link'));
      await cleo.page.getByRole('link', { name: 'Sign in to go on' }).click();
      await signInHere(cleo.page, stack, cleo.email);
      await cleo.page.getByRole('heading', { name: 'Join Harbor Works' }).waitFor();
      await seen(cleo, 'invite');
      await cleo.page.getByRole('button', { name: 'Accept the invite' }).click();
      await cleo.page.getByText('You are in. Welcome.').waitFor();
      await seen(cleo, 'joined');
    });

    step('puts in a key, connects GitHub and picks a repository', async () => {
      const { page } = ann;
      await page.goto(at('/settings#teams'));
      await putInKey(ann);
      await seen(ann, 'key');
      await page.goto(at(`/orgs/${team}/projects/new`));
      await connectGithub(ann, 'ann-ash');
      await page.getByText('GitHub is connected.').waitFor();
      await seen(ann, 'pick', true);
      await page.getByRole('button', { name: `Use this one: ${REPOSITORY}` }).click();
      await page.waitForURL('**/setup');
    });

    step('takes over what the repository proposes, and has the workspace prepared', async () => {
      const { page } = ann;
      const save = async (heading: string) => {
        await page.getByRole('button', { name: 'Save and go on' }).click();
        await page.getByRole('heading', { level: 2, name: heading }).waitFor();
      };
      await page.getByText('This is what the repository suggests').waitFor();
      assert.equal(await page.getByLabel('Commands, one a line').inputValue(), 'npm install\nnpm run start');
      assert.equal(await page.getByLabel('Port of the preview').inputValue(), '3000');
      await seen(ann, 'proposal', true);
      await save('Variables');
      await save('What the agent should know');
      assert.match(await page.getByLabel('In your words').inputValue(), /bakery on Quay Street/);
      await save('What may be changed');
      await seen(ann, 'patterns', true);
      await save('Limits');
      await save('Prepare the workspace');
      await page.getByRole('button', { name: 'Prepare the workspace' }).click();
      await page.locator('#workspace-state').getByText(/Being prepared|Ready to work on/).waitFor();
      await seen(ann, 'preparing', true);
      await page.getByText('Ready to work on').waitFor({ timeout: 90_000 });
      await page.getByRole('button', { name: 'Start the first session' }).waitFor();
      await seen(ann, 'prepared', true);
    });

    step('gives the second person what they need of their own, step by step', async () => {
      const { page } = cleo;
      await page.goto(at(`/orgs/${team}`));
      await page.getByRole('heading', { name: 'Before you start a session' }).waitFor();
      await seen(cleo, 'before', true);
      await connectGithub(cleo, 'cleo-cedar');
      await page.getByRole('heading', { level: 1, name: 'Harbor Works' }).waitFor();
      await page.getByRole('link', { name: 'Add your Anthropic key' }).click();
      await putInKey(cleo);
      await page.goto(at(`/orgs/${team}`));
    });

    step('starts a session, reads what is happening, and sees the page come up', async () => {
      const { page } = cleo;
      await page.getByRole('button', { name: 'Start a session' }).click();
      await page.waitForURL('**/session/*');
      session = /\/session\/([^/?]+)/.exec(page.url())?.[1] ?? assert.fail(page.url());
      await page.getByRole('heading', { name: 'Getting ready' }).waitFor();
      await page.locator('#waiting .step.started').waitFor();
      await seen(cleo, 'waiting');
      await page.getByRole('heading', { name: 'What should be different?' }).waitFor({ timeout: 60_000 });
      await seen(cleo, 'ready');
      await tab(cleo, 'Preview');
      await headline(cleo).getByText('Bread, before the boats go out').waitFor({ timeout: 30_000 });
      await seen(cleo, 'preview');
      await tab(cleo, 'Chat');
    });

    step('is joined by the first person, from the page of the team', async () => {
      const { page } = ann;
      await page.goto(at(`/orgs/${team}`));
      await seen(ann, 'dashboard', true);
      await page.getByRole('list', { name: 'Sessions of harbor-bakery that go on' }).getByRole('link').click();
      await page.waitForURL(`**/session/${session}`);
      await ready(ann);
      for (const seat of [ann, cleo]) await seat.page.locator('#people li').nth(1).waitFor();
    });

    step('asks for a friendlier headline, and both see the work, the receipt, the cost and the page', async () => {
      await say(cleo, FRIENDLIER);
      for (const { page } of [cleo, ann]) await page.getByRole('button', { name: 'Stop working' }).waitFor();
      await shoot(cleo.page, `teams-story-${cleo.look.name}-working`);
      for (const seat of [cleo, ann]) {
        const { page } = seat;
        await receipts(seat).getByText('Changed a page (index.html)').waitFor({ timeout: 30_000 });
        await page.locator('#timeline').getByText(FRIENDLIER).first().waitFor();
        await page.locator('.said.assistant').getByText(/friendl|Hello, and welcome!/).first().waitFor();
        await page.waitForFunction(() => /^\$0\.(?!00)\d\d of \$/.test(document.querySelector('#cost-words')?.textContent ?? ''));
        await tab(seat, 'Preview');
        await headline(seat).getByText('Hello, and welcome!').waitFor();
        await seen(seat, 'changed-preview');
        await tab(seat, 'Chat');
        await seen(seat, 'changed');
      }
      await ann.page.locator('.said.user.other .who').getByText(/cleo/i).waitFor();
      const talk = await cleo.page.locator('#timeline').innerText();
      assert.doesNotMatch(talk, /<\/?h1|\bdiff\b|site\/index|\b(Edit|Bash|Grep|Read)\b/, 'the talk has words of a program in it');
    });

    step('hears the first person ask for one more thing, and takes it back', async () => {
      const background = async () => await preview(cleo.page).locator('a.button').evaluate((button) => getComputedStyle(button).backgroundColor);
      const before = await background();
      await say(ann, GREEN);
      await cleo.page.locator('.said.user.other').getByText(GREEN).waitFor();
      for (const seat of [ann, cleo]) await receipts(seat).nth(1).waitFor({ timeout: 90_000 });
      await until('the button is green', async () => (await background()) !== before);
      await seen(ann, 'second');
      await receipts(cleo).nth(1).getByRole('button', { name: 'Undo this change' }).click();
      for (const seat of [cleo, ann]) await receipts(seat).nth(1).getByText('Undone').waitFor({ timeout: 60_000 });
      await until('the button is as it was', async () => (await background()) === before);
      await seen(cleo, 'undone');
    });

    const point = async (seat: Seat, name: string) => {
      const { page } = seat;
      await tab(seat, 'Preview');
      if (!seat.phone) await page.getByRole('button', { name: 'As on a phone' }).click();
      await page.locator('#point[aria-disabled=false]').click();
      await preview(page).getByRole('heading', { name }).click();
      await page.getByLabel(new RegExp(`^Note on the heading “${name}`)).waitFor();
    };

    step('points at something in the page, as the first person does, and asks for both in one message', async () => {
      const tray = ({ page }: Seat): Locator => page.getByRole('list', { name: 'What the message is about' }).getByRole('listitem');
      await point(ann, 'Hello, and welcome!');
      await ann.page.getByLabel(/^Note on the heading/).fill('Change it to "Good morning, and welcome!"');
      await tray(cleo).getByText(/^ann points at: the heading “Hello, and welcome!/i).waitFor();
      await tray(cleo).getByText('Change it to "Good morning, and welcome!"').waitFor();
      await point(cleo, 'In the oven today');
      await tray(ann).getByText(/^cleo points at: the heading “In the oven today”/i).waitFor();
      for (const seat of [ann, cleo]) {
        await tab(seat, 'Chat');
        assert.equal(await tray(seat).count(), 2);
        await seen(seat, 'both-point');
      }
      await say(cleo, 'Change it to "Fresh from the oven"');
      for (const seat of [ann, cleo]) {
        await tray(seat).first().waitFor({ state: 'detached' });
        const pinned = seat.page.locator('.said.user .pinned').last();
        await pinned.getByText(seat === ann ? 'You:' : /^ann: $/i).waitFor();
        await pinned.getByText(/In the oven today/).waitFor();
      }
      await receipts(cleo).last().getByText(/Changed a page/).waitFor({ timeout: 60_000 });
      await tab(cleo, 'Preview');
      await preview(cleo.page).getByRole('heading', { name: 'Fresh from the oven' }).waitFor({ timeout: 30_000 });
      await headline(cleo).getByText('Good morning, and welcome!').waitFor();
      await tab(cleo, 'Chat');
      for (const seat of [ann, cleo]) await seen(seat, 'pointed');
    });

    step('makes a pull request, and finds it at the forge with what has changed', async () => {
      const { page } = cleo;
      const dialog = await finish(cleo, /^Make a pull request/);
      await dialog.getByText(/changes? to hand over/).waitFor();
      await seen(cleo, 'hand-over');
      await dialog.getByRole('button', { name: 'Make the pull request' }).click();
      await dialog.getByRole('heading', { name: 'Your pull request is ready' }).waitFor({ timeout: 60_000 });
      await seen(cleo, 'handed-over');
      const [forge] = await Promise.all([cleo.context.waitForEvent('page'), dialog.getByRole('link', { name: 'See the pull request' }).click()]);
      await forge.getByRole('heading', { name: /1 file changed/ }).waitFor();
      const diff = await forge.locator('.diff').first().innerText();
      assert.match(diff, /-.*Bread, before the boats go out/);
      assert.match(diff, /\+.*Good morning, and welcome!/);
      assert.doesNotMatch(diff, /green/i, 'what was undone is in it');
      const told = await forge.locator('body').innerText();
      assert.match(told, /asked for[^]*friendlier headline/i, 'it says nothing of what was asked for');
      assert.doesNotMatch(/asked for[^]*What was done/i.exec(told)?.[0] ?? '', /green/i, 'it asks for what was undone');
      await shoot(forge, `teams-story-${cleo.look.name}-forge`, true);
      await forge.close();
      await dialog.getByRole('button', { name: 'Close' }).last().click();
      for (const seat of [cleo, ann]) await seat.page.getByRole('heading', { name: 'A pull request was made' }).waitFor();
      await seen(ann, 'record');
      await page.reload();
      await page.getByRole('heading', { name: 'A pull request was made' }).waitFor();
      await page.locator('#timeline').getByText(FRIENDLIER).first().waitFor();
      await seen(cleo, 'record');
    });

    const another = async (words: string) => {
      const { page } = ann;
      await page.goto(at(`/orgs/${team}`));
      await page.getByRole('button', { name: 'Start a session' }).click();
      await page.waitForURL('**/session/*');
      await page.getByRole('heading', { name: 'What should be different?' }).waitFor({ timeout: 60_000 });
      await say(ann, words);
      await receipts(ann).first().waitFor({ timeout: 60_000 });
    };

    step('merges the work of another session into main', async () => {
      await another('Change the headline on the home page to "Bread for early boats"');
      const dialog = await finish(ann, /^Put it into/);
      await dialog.getByText(/change to hand over/).waitFor();
      await seen(ann, 'to-main');
      await dialog.getByRole('button', { name: 'Put it into the main branch' }).click();
      await dialog.getByRole('heading', { name: 'It is in the main branch' }).waitFor({ timeout: 60_000 });
      await seen(ann, 'on-main');
      assert.match(await onMain(), /<h1>Bread for early boats<\/h1>/);
    });

    step('discards a third, for the word', async () => {
      await another('Change the headline on the home page to "No bread at all"');
      const dialog = await finish(ann, /^Discard/);
      await dialog.getByLabel(/type the word/).fill('discard');
      await seen(ann, 'discard');
      await dialog.getByRole('button', { name: 'Discard it' }).click();
      await ann.page.getByRole('heading', { name: 'The work was discarded' }).waitFor({ timeout: 60_000 });
      assert.match(await onMain(), /Bread for early boats/);
    });

    step('finds all three again, with what came of them', async () => {
      const { page } = cleo;
      await page.goto(at(`/orgs/${team}/sessions`));
      for (const state of ['Sent for review', 'Put into the main branch', 'Discarded']) await page.getByText(state).waitFor();
      await seen(cleo, 'history', true);
      await ann.page.goto(at(`/orgs/${team}`));
      await seen(ann, 'after', true);
    });

    step('leaves no sandbox behind', async () => {
      await until('the sandboxes are gone', async () => ((await (await fetch(`${stack.addresses.sandboxes}/_emulator/sandboxes`)).json()) as { sandboxes: unknown[] }).sandboxes.length === 0);
    });

    it('met no error in any page and nothing that a policy refused', () => assert.deepEqual(problems, []));
  });
}

function preview(page: Page): FrameLocator {
  return page.frameLocator('#stage iframe >> nth=-1');
}

async function until(what: string, holds: () => Promise<boolean>, ms = 30_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > end) assert.fail(`waited ${ms} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
