/** The page of a session, in every state that it can stand in, at a phone's and a desktop's width, in light and dark. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, FrameLocator, Page } from 'playwright-core';
import { browserIn, desktop, launch, lookAt, looks, phone, shoot, watch } from './browser.ts';
import { type Home, sessionHome } from './session-home.ts';
import { ScriptedSession, bo } from './session-kit.ts';

let home: Home;
let browser: Browser;

before(async () => {
  home = await sessionHome();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await home?.close();
});

const running = { status: 'RUNNING', text: 'Ready', hasPreview: true, canExtend: true };
const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();

for (const look of looks) {
  describe(`a session, ${look.name}`, () => {
    const isPhone = look === phone;
    const problems: string[] = [];
    let context: BrowserContext;
    let page: Page;
    let session: ScriptedSession;
    let me: { id: string; name: string };
    const seen = async (name: string) => await lookAt(page, `session-${look.name}-${name}`);
    const tab = async (name: 'Chat' | 'Preview') => {
      if (isPhone) await page.getByRole('tab', { name }).click();
    };
    const preview = (): FrameLocator => page.frameLocator('#stage iframe >> nth=-1');
    const until = async (what: () => boolean) => {
      for (let tries = 0; !what(); tries += 1) {
        assert.ok(tries < 100, `never came: ${what}`);
        await page.waitForTimeout(50);
      }
    };
    const lastSaid = () => session.said.findLast(({ type }) => type === 'chat_message');
    const menu = async (name: RegExp) => {
      await page.locator('#finish summary').click();
      await page.getByRole('button', { name }).click();
    };

    before(async () => {
      context = await browserIn(browser, look);
      page = await context.newPage();
      watch(page, problems);
      const opened = await home.open(context);
      me = opened.viewer;
      session = new ScriptedSession(opened.id, home.app, opened.preview);
      session.viewer = me;
      await session.install(page);
    });
    after(async () => await context?.close());

    it('waits in words, with what is done already', async () => {
      session.stand({ status: 'STARTING', phase: 'startup', text: 'Starting the project', usual: 'about 20 seconds', since: new Date().toISOString(), endsAt: inMinutes(60) });
      await page.goto(`${home.app}/session/${session.id}`);
      await page.getByText(/Usually about 20 seconds\. \d+ seconds? so far/).first().waitFor();
      assert.equal(await page.locator('#waiting .step.done').count(), 3);
      await seen('waiting');
      await tab('Preview');
      await page.getByRole('heading', { name: 'The preview will appear here' }).waitFor();
      if (isPhone) await seen('waiting-preview');
      await tab('Chat');
    });

    it('keeps what is written meanwhile, and sends it once', async () => {
      await page.getByLabel('What should be different?').fill('a friendlier headline on the home page');
      await page.keyboard.press('Enter');
      await until(() => lastSaid() !== undefined);
      assert.equal(lastSaid()?.['content'], 'a friendlier headline on the home page');
      session.log({ type: 'chat_message', id: 'm1', role: 'user', text: lastSaid()?.['content'], turn: 1, author: me, clientId: lastSaid()?.['clientId'] });
      session.log({ type: 'turn_status', turn: 1, status: 'queued' });
      await page.getByText('Waits for its turn').waitFor();
      session.stand({ ...running, endsAt: inMinutes(47) });
      session.log({ type: 'cost_update', costUsd: 0, budgetUsd: 5, leftUsd: 5, tokensIn: 0, tokensOut: 0 });
      await page.getByText('47 min left').waitFor();
      await page.getByText('$0.00 of $5.00').waitFor();
      assert.equal(session.said.filter(({ type }) => type === 'chat_message').length, 1);
    });

    it('shows the work in one line, the words as they come, and the page beside it', async () => {
      session.pass({ type: 'people', people: [me, bo] });
      session.log({ type: 'turn_status', turn: 1, status: 'running' });
      session.log({ type: 'agent_status', turn: 1, step: 's1', state: 'done', phase: 'looking', text: 'Looking at the home page' });
      session.log({ type: 'agent_status', turn: 1, step: 's2', state: 'started', phase: 'writing', text: 'Editing the home page' });
      session.log({ type: 'chat_message', id: 'm2', role: 'user', text: 'And the button could be larger.', turn: 2, author: bo, pins: [{ id: 'bo-0', author: bo, label: 'the link “Order now”', page: '/', width: 390, note: 'Too small for thumbs' }] });
      session.log({ type: 'turn_status', turn: 2, status: 'queued' });
      session.pass({ type: 'agent_streaming', turn: 1, messageId: 'm3', text: 'I am giving the headline **a warmer' });
      session.log({ type: 'cost_update', costUsd: 0.42, budgetUsd: 5, leftUsd: 4.58, tokensIn: 9000, tokensOut: 300 });
      await page.getByText('$0.42 of $5.00').waitFor();
      await page.getByText('a warmer').waitFor();
      assert.equal(await page.locator('#timeline .step:visible').innerText(), 'Editing the home page');
      await page.getByRole('button', { name: 'Stop working' }).waitFor();
      await seen('working');
      await tab('Preview');
      await preview().getByRole('heading', { name: 'Welcome' }).waitFor();
      await page.locator('#place').getByText('/', { exact: true }).waitFor();
      if (isPhone) await seen('working-preview');
      await tab('Chat');
    });

    it('ends a turn with a receipt that can be undone', async () => {
      session.log({ type: 'agent_status', turn: 1, step: 's2', state: 'done', phase: 'writing', text: 'Editing the home page' });
      session.log({ type: 'chat_message', id: 'm3', role: 'assistant', text: 'The headline says **Come in, it is warm here** now.\n\n- It is larger\n- It is friendlier', turn: 1 });
      session.log({ type: 'receipt', turn: 1, changed: ['a page (index.html)', 'a style (site.css)', 'a picture (bread.jpg)'], checked: ['The first page opens in a browser without errors.'], costUsd: 0.42, canUndo: true, view: { page: '/', before: 'before', after: 'after' } });
      session.log({ type: 'preview_updated', turn: 1 });
      session.log({ type: 'turn_status', turn: 1, status: 'idle', outcome: 'done' });
      await page.getByText('2 steps').waitFor();
      const before = page.getByRole('link', { name: 'The first page before' });
      assert.equal(new URL((await before.getAttribute('href')) ?? '', page.url()).pathname, `/session/${session.id}/pictures/before`);
      await page.getByRole('img', { name: 'The first page after' }).waitFor();
      if (isPhone) assert.match((await page.locator('#tab-preview').getAttribute('class')) ?? '', /news/);
      session.answers['undo'] = { status: 202, body: { ok: true } };
      await page.getByRole('button', { name: 'Undo this change' }).click();
      await until(() => session.asked.some(({ what }) => what === 'POST undo'));
      assert.deepEqual(session.asked.find(({ what }) => what === 'POST undo')?.body, { turn: 1 });
      session.log({ type: 'receipt', turn: 3, changed: ['a page (index.html)'], checked: [], costUsd: 0, canUndo: true, undoOf: 1, view: { page: '/', before: 'gone', after: 'before' } });
      await page.locator('.receipt-mark').waitFor();
      await page.getByRole('button', { name: 'Bring it back' }).waitFor();
      await page.waitForFunction(() => document.querySelectorAll('.view').length === 3);
      await seen('receipts');
    });

    it('says calmly that the line is cut, keeps what is written, and catches up by number', async () => {
      await session.drop();
      await page.getByText('The connection was lost. Trying again.').waitFor();
      await page.getByLabel('What should be different?').fill('Is it there?');
      await page.keyboard.press('Enter');
      await page.getByText('Will be sent when the connection is back').waitFor();
      await seen('lost');
      const before = session.said.length;
      session.log({ type: 'chat_message', id: 'm4', role: 'assistant', text: 'Said while nobody listened.', turn: 2 });
      session.up = true;
      await page.getByText('Said while nobody listened.').waitFor();
      await until(() => lastSaid()?.['content'] === 'Is it there?');
      assert.equal(session.said.slice(before).filter(({ type }) => type === 'chat_message').length, 1);
      session.pass({ type: 'error', code: 'too_many_messages', message: 'That was a lot at once. Wait a minute.', final: true });
      await page.getByText('That was a lot at once. Wait a minute.').waitFor();
      await page.getByRole('button', { name: 'Remove the message that was not sent' }).click();
    });

    it('has what others point at, and what one points at oneself, in one tray', async () => {
      session.point([{ id: 'bo-1', author: bo, label: 'the link “Order now”', page: '/', width: 390, note: 'Larger, for thumbs', picture: 'after' }]);
      await tab('Preview');
      // What drives the browser does not find its way in a frame that is drawn smaller than it is.
      if (!isPhone) await page.getByRole('button', { name: 'As on a phone' }).click();
      await page.locator('#point[aria-disabled=false]').click();
      await page.getByText('Choose what you mean.').waitFor();
      if (!isPhone) {
        await preview().getByRole('heading').hover();
        await seen('pointing');
      }
      await preview().getByText('every morning').click();
      const note = page.getByLabel(/^Note on the text “We bake every morning from six\.”/);
      await note.fill('Make it seven');
      await tab('Preview');
      await page.locator('#point').click();
      await preview().getByRole('heading').click();
      await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Note on the heading “Welcome”');
      const tray = page.getByRole('list', { name: 'What the message is about' });
      const rows = tray.getByRole('listitem');
      await rows.nth(2).waitFor();
      assert.match(await rows.nth(0).innerText(), /Bo Lund points at: the link “Order now”[^]*Larger, for thumbs/);
      assert.equal(await rows.nth(0).locator('input, button').count(), 0, 'what others point at is theirs');
      await until(() => session.pins[1]?.['note'] === 'Make it seven');
      // Typed while somebody else points: the keyboard stays where it is.
      await note.press('End');
      await page.keyboard.type(', or ');
      session.point([...session.pins, { id: 'bo-2', author: bo, label: 'the picture “Rye”', page: '/', width: 390, picture: 'after' }]);
      await rows.nth(3).waitFor();
      await page.keyboard.type('eight');
      await page.getByText('Bo Lund points at: the picture “Rye”').last().waitFor();
      session.point(session.pins.filter(({ id }) => id !== 'bo-2'));
      await rows.nth(3).waitFor({ state: 'detached' });
      await page.getByLabel('What should be different?').fill('These, please');
      await seen('pins');
      await page.keyboard.press('Enter');
      await until(() => lastSaid()?.['content'] === 'These, please');
      assert.deepEqual(lastSaid()?.['pins'], session.pins.map(({ id }) => id));
      const flushed = session.said.findLast(({ type }) => type === 'pin');
      assert.equal((flushed?.['pin'] as Record<string, unknown>)['note'], 'Make it seven, or eight');
      const heading = session.said.find(({ type, pin }) => type === 'pin' && (pin as Record<string, unknown>)['label'] === 'the heading “Welcome”');
      assert.equal((heading?.['pin'] as Record<string, unknown>)['selector'], 'body > main > h1');
      await tray.waitFor({ state: 'hidden' });
      const { pins } = session;
      session.log({ type: 'chat_message', id: 'm5', role: 'user', text: 'These, please', turn: 4, author: me, clientId: lastSaid()?.['clientId'], pins });
      session.point([]);
      await page.locator('.pinned-who').getByText('Bo Lund:').waitFor();
      session.log({ type: 'turn_status', turn: 4, status: 'running' });
      session.log({ type: 'error', turn: 4, code: 'key_refused', message: 'Your Anthropic key was refused. Put a working key into your settings, then send your message again.', final: true });
      session.log({ type: 'turn_status', turn: 4, status: 'idle', outcome: 'failed' });
      session.log({ type: 'turn_status', turn: 2, status: 'running' });
      session.log({ type: 'turn_status', turn: 2, status: 'idle', outcome: 'done' });
      await page.getByRole('link', { name: 'Open your settings' }).waitFor();
      await seen('pinned');
    });

    it('asks again with what was pointed at', async () => {
      await page.getByRole('button', { name: 'Ask again' }).click();
      const [first, again] = await (async () => {
        const asked = () => session.said.filter((frame) => frame['type'] === 'chat_message' && frame['content'] === 'These, please');
        await until(() => asked().length === 2);
        return asked();
      })();
      assert.notEqual(again?.['clientId'], first?.['clientId']);
      assert.equal((first?.['pins'] as string[]).length, 3);
      assert.deepEqual(again?.['pins'], first?.['pins']);
      // What was not sent yet shows them as well.
      assert.equal(await page.locator('.said.user').last().locator('.pinned li').count(), 3);
      session.pass({ type: 'error', code: 'too_many_messages', message: 'That was a lot at once. Wait a minute.', final: true });
      await page.getByRole('button', { name: 'Remove the message that was not sent' }).click();
    });

    it('keeps what was typed at a pin over a lost connection and a reload, and says that nothing can be pointed at', async () => {
      session.point([{ id: 'me-1', author: me, label: 'the heading “Welcome”', page: '/', width: 390 }]);
      await tab('Chat');
      const note = page.getByLabel('Note on the heading “Welcome”');
      await note.waitFor();
      await session.drop();
      await page.getByText('The connection was lost. Trying again.').waitFor();
      await note.fill('Warmer');
      await tab('Preview');
      await page.locator('#point').click();
      await page.getByText('There is no connection just now, so nothing can be pointed at.').waitFor();
      assert.equal(await page.locator('#point').getAttribute('aria-pressed'), 'false');
      await tab('Chat');
      await page.getByRole('button', { name: 'Remove the heading “Welcome”' }).click();
      await page.getByText('There is no connection just now, so this stays until it is back.').waitFor();
      await page.reload();
      session.up = true;
      await until(() => session.pins[0]?.['note'] === 'Warmer');
      assert.equal(await note.inputValue(), 'Warmer');
      await page.getByRole('button', { name: 'Remove the heading “Welcome”' }).click();
      await note.waitFor({ state: 'detached' });
      assert.deepEqual(session.pins, []);
      await tab('Preview');
      await preview().getByRole('heading', { name: 'Welcome' }).waitFor();
      if (!isPhone) await page.getByRole('button', { name: 'As on a phone' }).click();
      await tab('Chat');
    });

    it('leaves pointing by the Escape key', { skip: isPhone }, async () => {
      await page.locator('#point').click();
      await preview().locator('body').press('Escape');
      await page.locator('#point[aria-pressed=false]').waitFor();
    });

    it('speaks of others, of money, of time and of a page that is in trouble', async () => {
      session.log({ type: 'conflict_warning', text: 'Bo Lund works on this project too, in another session.', sessions: [{ id: 'c'.repeat(24), title: 'New opening hours', startedBy: bo }] });
      session.log({ type: 'cost_update', costUsd: 4.2, budgetUsd: 5, leftUsd: 0.8, tokensIn: 0, tokensOut: 0 });
      session.stand({ ...running, endsAt: inMinutes(7) });
      await page.getByText(/This session ends in 7 minutes/).waitFor();
      await preview().locator('body').evaluate(() => console.error(new TypeError('bread is not defined')));
      await page.getByText('The page reported a problem.').waitFor();
      await seen('notices');
      await page.getByRole('button', { name: 'Ask the agent to look at it' }).click();
      await until(() => String(lastSaid()?.['content']).includes('TypeError: bread is not defined'));
      session.log({ type: 'chat_message', id: 'm6', role: 'user', text: lastSaid()?.['content'], turn: 5, author: me, clientId: lastSaid()?.['clientId'] });
      session.log({ type: 'turn_status', turn: 5, status: 'running' });
      session.log({ type: 'turn_status', turn: 5, status: 'idle', outcome: 'done' });
      await page.getByText('The page reported a problem.').waitFor({ state: 'hidden' });
      session.answers['extend'] = { body: {} };
      await page.getByRole('button', { name: 'Add time' }).click();
      await until(() => session.asked.some(({ what }) => what === 'POST extend'));
      session.stand({ ...running, canExtend: false, endsAt: inMinutes(37) });
      await page.getByText('37 min left').waitFor();
    });

    it('shows the page at the width of a phone', { skip: isPhone }, async () => {
      assert.equal(await preview().locator('html').evaluate(() => innerWidth), 390);
      await shoot(page, `session-${look.name}-as-phone`);
      await page.getByRole('button', { name: 'As on a screen' }).click();
      assert.ok((await preview().locator('html').evaluate(() => innerWidth)) >= 1024);
    });

    it('discards only for the word', async () => {
      await page.locator('#finish summary').click();
      await shoot(page, `session-${look.name}-menu`);
      await page.getByRole('button', { name: /^Discard/ }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel(/type the word/).fill('discar');
      await dialog.getByRole('button', { name: 'Discard it' }).click({ force: true });
      await dialog.getByText('The word is discard.').waitFor();
      await seen('discard');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      assert.ok(!session.asked.some(({ what }) => what === 'POST discard'));
    });

    it('hands over after what lies outside is left out, and is a record then', async () => {
      session.answers['changes'] = { body: { files: [{ what: 'a page (index.html)', change: 'changed' }, { what: 'a picture (bread.jpg)', change: 'added' }, { what: 'a setting (deploy.yml)', change: 'changed' }], outside: [{ what: 'a setting (deploy.yml)', why: 'lies outside pages and styles' }], count: 3, views: [{ page: '/', before: 'before', after: 'after' }] } };
      await menu(/^Make a pull request/);
      const dialog = page.getByRole('dialog');
      await dialog.getByText('2 changes to hand over').waitFor();
      await dialog.getByRole('button', { name: 'Make the pull request' }).click({ force: true });
      await dialog.getByText(/Leave out what lies outside first/).waitFor();
      const pictures = dialog.getByRole('checkbox', { name: 'Show what it looks like, before and after' });
      assert.equal(await pictures.isChecked(), true);
      await seen('outside');
      await pictures.uncheck();
      await dialog.getByRole('button', { name: 'Leave these out' }).click();
      session.answers['create-pr'] = { status: 409, body: { code: 'session_is_busy', message: 'The agent is still working. Stop it, or wait until it is done.' } };
      await dialog.getByRole('button', { name: 'Make the pull request' }).click();
      await dialog.getByText('The agent is still working.').waitFor();
      const prUrl = 'https://forge.example.test/harbor/bakery/pull/7';
      session.stand({ ...running, canExtend: false, endsAt: inMinutes(37), prUrl });
      await dialog.getByRole('button', { name: 'Make the pull request' }).click();
      assert.equal(await dialog.getByRole('alert').getByRole('link', { name: 'See the pull request' }).getAttribute('href'), prUrl);
      const over = { id: session.id, status: 'COMPLETED', outcome: 'PR_CREATED', prUrl, startedBy: me, totalCostUsd: 4.2, startedAt: inMinutes(-20), endedAt: inMinutes(0) };
      session.answers['create-pr'] = { body: over };
      session.answers[session.id] = { body: over };
      await dialog.getByRole('button', { name: 'Make the pull request' }).click();
      await dialog.getByRole('heading', { name: 'Your pull request is ready' }).waitFor();
      assert.deepEqual(session.asked.findLast(({ what }) => what === 'POST create-pr')?.body, { pictures: false, leaveOutside: true });
      assert.equal(await dialog.getByRole('link', { name: 'See the pull request' }).getAttribute('href'), prUrl);
      await seen('handed-over');
      session.stand({ status: 'COMPLETED', text: '', outcome: 'PR_CREATED', prUrl });
      await dialog.getByRole('button', { name: 'Close' }).last().click();
      await page.getByRole('heading', { name: 'A pull request was made' }).waitFor();
      assert.equal(await page.getByLabel('What should be different?').count(), 1);
      assert.equal(await page.getByLabel('What should be different?').isVisible(), false);
      await seen('record');
    });

    it('is read again later, whole', async () => {
      await page.reload();
      await page.getByRole('heading', { name: 'A pull request was made' }).waitFor();
      await page.getByText('Said while nobody listened.').waitFor();
      await page.getByText(/Cost \$4\.20, 20 minutes/).waitFor();
      assert.equal(await page.getByRole('button', { name: 'Undo this change' }).count(), 0);
    });

    it('broke no policy and threw nothing', () => assert.deepEqual(problems.filter((problem) => !problem.includes('bread is not defined')), []));
  });
}

describe('a session of others', () => {
  it('is not there for whoever is not in its team, and no page but its own may show its preview', async () => {
    const context = await browserIn(browser, phone);
    const page = await context.newPage();
    const { id, preview } = await home.open(context, home.stranger);
    const response = await page.goto(`${home.app}/session/${id}`);
    assert.equal(response?.status(), 404);
    const framed = async (path: string) => (await page.goto(`${home.app}${path}`))?.headers()['content-security-policy']?.match(/frame-src [^;]*/)?.[0];
    assert.equal(await framed(`/session/${id}`), `frame-src ${preview}`);
    assert.equal(await framed('/session/x'), "frame-src 'none'");
    await context.close();
  });
});

describe('a preview that means harm', () => {
  it('leads nobody away from the session, and is not spoken for by any other frame', async () => {
    const context = await browserIn(browser, desktop);
    const page = await context.newPage();
    const { id, preview } = await home.open(context);
    const session = new ScriptedSession(id, home.app, preview);
    await session.install(page);
    session.stand(running);
    await page.goto(`${home.app}/session/${id}`);
    const shown = page.frameLocator('#stage iframe >> nth=-1');
    await shown.getByRole('heading', { name: 'Welcome' }).waitFor();
    const place = page.locator('#place');
    await place.getByText('/', { exact: true }).waitFor();
    const frame = page.frames().find((frame) => frame.url().startsWith(preview)) ?? assert.fail('no preview');
    await frame.evaluate(() => {
      const [away, sent] = [document.createElement('a'), document.createElement('form')];
      Object.assign(away, { href: 'https://evil.test/', target: '_top', textContent: 'Away' });
      Object.assign(sent, { action: 'https://evil.test/', target: '_top', innerHTML: '<button>Sent away</button>' });
      document.querySelector('main')?.prepend(away, sent);
    });
    // By a key, which is a person's wish as much as a press: the page is shown smaller than it is.
    for (const way of [shown.getByRole('link', { name: 'Away' }), shown.getByRole('button', { name: 'Sent away' })]) await way.press('Enter');
    await page.waitForTimeout(300);
    assert.equal(page.url(), `${home.app}/session/${id}`);

    await place.evaluate((element) => {
      const seen: (string | null)[] = [];
      new MutationObserver(() => seen.push(element.textContent)).observe(element, { childList: true, characterData: true, subtree: true });
      Object.assign(globalThis, { seen });
    });
    const said = (where: string): object => ({ vetka: 'preview', kind: 'navigated', page: where });
    // The page itself, and a frame of the preview's own origin that is not the preview.
    await page.evaluate((said) => window.postMessage(said, '*'), said('/of-the-page'));
    await frame.evaluate(async () => {
      const inner = document.createElement('iframe');
      inner.src = '/inner';
      const loaded = new Promise((resolve) => inner.addEventListener('load', resolve));
      document.body.append(inner);
      await loaded;
    });
    await (frame.childFrames()[0] ?? assert.fail('no frame in it')).evaluate((said) => top?.postMessage(said, '*'), said('/of-another'));
    await frame.evaluate((said) => parent.postMessage(said, '*'), said('/of-the-preview'));
    await place.getByText('/of-the-preview').waitFor();
    await frame.evaluate((said) => parent.postMessage(said, '*'), { ...said('/'), kind: 'picked', selector: 'h1', label: 'a heading', text: '', width: 390 });
    await frame.evaluate((said) => parent.postMessage(said, '*'), said('/at-last'));
    await place.getByText('/at-last').waitFor();
    const seen = await page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);
    assert.deepEqual([...new Set(seen)], ['/of-the-preview', '/at-last']);
    assert.deepEqual(session.said.filter(({ type }) => type === 'pin'), [], 'nothing is pointed at by itself');
    await context.close();
  });
});

describe('a session that could not go on', () => {
  it('says what to do', async () => {
    const context = await browserIn(browser, phone);
    const page = await context.newPage();
    const { id, preview } = await home.open(context);
    const session = new ScriptedSession(id, home.app, preview);
    await session.install(page);
    session.stand({ status: 'ERRORED', text: 'The project did not start: its second command ended with an error.' });
    await page.goto(`${home.app}/session/${id}`);
    await page.getByText(/The project did not start.*Start a new one/).waitFor();
    await lookAt(page, 'session-errored');
    await context.close();
  });
});
