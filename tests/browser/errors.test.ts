/**
 * What goes wrong between a person and us, as they meet it: the network is away, they are signed out, it was a lot at once, we are
 * in trouble, somebody was faster, another tab did something else. Each is said in words, and nothing typed is lost.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type Person, type TestStack, startTestStack } from '../http/harness.ts';
import { Publishing } from '../http/publishing.ts';
import { answered, organization } from '../http/teams-kit.ts';
import { browserIn, desktop, launch, shoot, signInAs, watch } from './browser.ts';
import { insertProject, signInHere } from './teams-kit.ts';

let stack: TestStack;
let browser: Browser;

before(async () => {
  stack = await startTestStack();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

const problems: string[] = [];

/** A browser in which somebody is signed in. */
async function desk(person: Person): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browserIn(browser, desktop);
  await signInAs(context, stack, person);
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  watch(page, problems);
  return { context, page };
}

/** The session is over at the server, and the browser does not know. */
async function signOutElsewhere(person: Person): Promise<void> {
  await answered(person, 200, 'POST', '/api/auth/sign-out', {});
}

const at = (path: string): string => stack.addresses.app + path;

describe('a form that posts like any form', () => {
  let ann: Person;
  let context: BrowserContext;
  let page: Page;
  const name = (): ReturnType<Page['getByLabel']> => page.getByLabel('Name', { exact: true });
  const save = async (): Promise<void> => await page.locator('#profile').getByRole('button', { name: 'Save' }).click();
  before(async () => {
    ann = await stack.person('ann@example.test');
    ({ context, page } = await desk(ann));
    await page.goto(at('/settings'));
  });
  after(async () => await context?.close());

  it('is not sent without a network, and says so', async () => {
    await name().fill('Ann of the tunnel');
    await context.setOffline(true);
    await save();
    await page.getByText('You are offline, so this was not sent.').waitFor();
    await shoot(page, 'errors-offline');
    await context.setOffline(false);
    await save();
    await page.getByText('Saved').first().waitFor();
    assert.equal(await name().inputValue(), 'Ann of the tunnel');
    assert.equal(await page.getByText('You are offline').count(), 0);
  });

  it('is filled again after signing in, when the sign-in had ended', async () => {
    await name().fill('Ann who was away');
    await signOutElsewhere(ann);
    await save();
    await page.getByRole('dialog').waitFor();
    await shoot(page, 'errors-signed-out');
    await signInHere(page, stack, 'ann@example.test');
    await page.getByText('This did not arrive. What you typed is still here').waitFor();
    await shoot(page, 'errors-brought-back');
    assert.equal(await name().inputValue(), 'Ann who was away');
    await save();
    await page.getByText('Saved').first().waitFor();
    await page.reload();
    assert.equal(await page.getByText('This did not arrive').count(), 0);
  });

  it('shows nothing of it to whoever signs in next', async () => {
    await name().fill('Not for Ben');
    await context.clearCookies();
    await save();
    await page.getByRole('dialog').waitFor();
    await signInHere(page, stack, 'ben@example.test');
    await page.locator('#profile').waitFor();
    assert.notEqual(await name().inputValue(), 'Not for Ben');
    assert.equal(await page.getByText('This did not arrive').count(), 0);
  });

  it('is filled again after we were in trouble', async () => {
    const db = await stack.db();
    await name().fill('Ben in bad weather');
    await db.prepare('ALTER TABLE user RENAME TO user_away').run();
    try {
      await save();
      await page.getByRole('heading', { name: /went wrong on our side|not ready/ }).waitFor();
      await shoot(page, 'errors-trouble');
    } finally {
      await db.prepare('ALTER TABLE user_away RENAME TO user').run();
    }
    await page.getByRole('link', { name: 'Go to the start' }).click();
    await page.goto(at('/settings'));
    await page.getByText('This did not arrive').waitFor();
    assert.equal(await name().inputValue(), 'Ben in bad weather');
  });
});

/** What a page may be told instead of an answer, and the words that it has for it. */
const failures = [
  { name: 'no network', words: /No answer came|offline/, make: { abort: true } },
  { name: 'an answer that is no JSON', words: /did not work/, make: { status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' } },
  { name: 'our fault', words: /on our side/i, make: { status: 500, contentType: 'application/json', body: '{"code":"internal","message":"Something went wrong on our side."}' } },
  { name: 'too much at once', words: /Wait|wait|Try again in/, make: { status: 429, contentType: 'application/json', headers: { 'retry-after': '2' }, body: '{"code":"too_many_requests","message":"That was a lot at once. Try again in 2 seconds."}' } },
] as const;

/** Has the next requests to a path fail, tries, and has them through again. */
async function failing(page: Page, path: string, failure: (typeof failures)[number], tryIt: () => Promise<void>): Promise<void> {
  await page.route(path, async (route) => {
    if (route.request().method() === 'GET') return await route.fallback();
    if ('abort' in failure.make) await route.abort('internetdisconnected');
    else await route.fulfill(failure.make);
  });
  try {
    await tryIt();
    await page.getByText(failure.words).first().waitFor();
  } finally {
    await page.unroute(path);
  }
}

describe('a form that is sent in place', () => {
  let ann: Awaited<ReturnType<TestStack['owner']>>;
  let context: BrowserContext;
  let page: Page;
  let org: string;
  before(async () => {
    ann = await stack.owner('in-place');
    org = (await organization(ann, 'Harbor Works')).id;
    ({ context, page } = await desk(ann));
  });
  after(async () => await context?.close());

  for (const failure of failures) {
    it(`of a team: ${failure.name}`, async () => {
      await page.goto(at(`/orgs/${org}/settings`));
      const form = page.locator('form', { has: page.getByLabel('Name', { exact: true }) }).first();
      await form.getByLabel('Name', { exact: true }).fill(`Harbour, ${failure.name}`);
      await failing(page, `**/api/v1/orgs/${org}`, failure, async () => await form.getByRole('button', { name: 'Save' }).click());
      assert.equal(await form.getByLabel('Name', { exact: true }).inputValue(), `Harbour, ${failure.name}`);
      await form.getByRole('button', { name: 'Save' }).click();
      await page.waitForURL('**/settings?notice=team-saved#about');
      await page.goto(at(`/orgs/${org}/settings`));
      assert.equal(await form.getByLabel('Name', { exact: true }).inputValue(), `Harbour, ${failure.name}`);
    });

    it(`of a site: ${failure.name}`, async () => {
      await page.goto(at(`/sites/${ann.domain}/settings`));
      await page.getByLabel('Your domain').fill('www.in-place.example');
      await failing(page, `**/api/sites/${ann.domain}/domain`, failure, async () => await page.getByRole('button', { name: 'Use this domain' }).click());
      assert.equal(await page.getByLabel('Your domain').inputValue(), 'www.in-place.example');
    });

    it(`following: ${failure.name}`, async () => {
      const other = await stack.owner(`followed-${failures.indexOf(failure)}`);
      await page.goto(at(`/sites/${other.domain}`));
      await failing(page, '**/api/notch/follows/**', failure, async () => await page.getByRole('button', { name: 'Follow' }).first().click());
      await page.getByRole('button', { name: 'Follow' }).first().click();
      await page.getByRole('button', { name: /Unfollow|Following/ }).first().waitFor();
    });
  }

  it('says how to go on when somebody is signed out meanwhile', async () => {
    await page.goto(at(`/orgs/${org}/settings`));
    const form = page.locator('form', { has: page.getByLabel('Name', { exact: true }) }).first();
    await form.getByLabel('Name', { exact: true }).fill('Harbour of the signed out');
    await signOutElsewhere(ann);
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('You are signed out. Sign in in another tab').waitFor();
    const tab = await context.newPage();
    await tab.goto(at('/?sign-in'));
    await signInHere(tab, stack, ann.email);
    await tab.waitForURL((url) => url.search === '' || !url.search.includes('sign-in'));
    await tab.close();
    await form.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL('**/settings?notice=team-saved#about');
  });

  it('says that a project is gone when another tab has removed it', async () => {
    const again = await stack.person(ann.email);
    const project = await insertProject(stack, org, 'Shop', 'READY');
    await page.goto(at(`/orgs/${org}/projects/${project}/settings`));
    await page.getByLabel('In your words').fill('Prices are in euros.');
    await answered(again, 200, 'DELETE', `/api/v1/orgs/${org}/projects/${project}`);
    await page.locator('form', { has: page.getByLabel('In your words') }).getByRole('button', { name: 'Save' }).click();
    await page.getByText(/project/i).and(page.locator('[data-wrong]')).first().waitFor();
    await shoot(page, 'errors-project-gone');
    assert.equal(await page.getByLabel('In your words').inputValue(), 'Prices are in euros.');
  });
});

describe('somebody else', () => {
  it('took the name a second ago', async () => {
    const [slow, fast] = [await stack.person(), await stack.person()];
    const { context, page } = await desk(slow);
    await page.goto(at('/setup/generate'));
    await page.getByLabel('Name of your site').fill('lantern');
    await page.getByText(/is free/).waitFor();
    await answered(fast, 201, 'POST', '/api/sites', { kind: 'generated', label: 'lantern' });
    await page.getByRole('button', { name: 'Take this name' }).click();
    await page.getByText('Somebody has that name already').first().waitFor();
    await shoot(page, 'errors-name-taken');
    assert.equal(await page.getByLabel('Name of your site').inputValue(), 'lantern');
    await page.locator('#suggestions').getByRole('button').or(page.locator('#suggestions a')).first().click();
    await page.getByRole('button', { name: 'Take this name' }).click();
    await page.waitForURL('**/builder');
    await context.close();
  });
});

describe('the builder', () => {
  it('says that a version is gone when it was let go of elsewhere, and has the list right again', async () => {
    const owner = await stack.owner('let-go');
    const publishing = await Publishing.of(stack);
    const site = { id: owner.siteId, label: 'let-go', token: await publishing.token(owner.siteId) };
    for (const words of ['one', 'two', 'three']) await publishing.publish(site, { 'index.html': `<!doctype html><title>${words}</title><h1>${words}</h1>` });
    const { context, page } = await desk(owner);
    await page.goto(at(`/sites/${owner.domain}/builder?tab=versions`));
    await page.locator('.version').nth(2).waitFor();
    // As the schedule does with what nothing names any more.
    const gone = await publishing.db.prepare('SELECT id FROM site_snapshot WHERE site_id = ?1 ORDER BY rowid LIMIT 1').bind(owner.siteId).first<{ id: string }>();
    await publishing.db.prepare('DELETE FROM site_snapshot WHERE id = ?1').bind(gone!.id).run();
    await page.locator('.version').last().getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('button', { name: 'Restore it' }).click();
    await page.getByText('It may have made room for newer ones.').waitFor();
    await shoot(page, 'errors-version-gone');
    await page.waitForFunction(() => document.querySelectorAll('.version').length === 2);
    await context.close();
  });

  it('says that the site is gone when another tab has deleted it, and keeps what is typed', async () => {
    const owner = await stack.owner('deleted-elsewhere');
    const { context, page } = await desk(owner);
    await page.goto(at(`/sites/${owner.domain}/builder`));
    await page.getByLabel('What should be made or changed?').fill('A page about bread, which took me long to write');
    await answered(owner, 204, 'DELETE', `/api/sites/${owner.domain}`);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('#connection').getByRole('link', { name: 'Your site' }).waitFor();
    await page.getByText('Not sent').waitFor();
    await page.getByText('A page about bread, which took me long to write').waitFor();
    await shoot(page, 'errors-site-gone');
    await context.close();
  });

  it('says that one is signed out, and has what was typed after signing in', async () => {
    const owner = await stack.owner('signed-out-there');
    const { context, page } = await desk(owner);
    await page.goto(at(`/sites/${owner.domain}/builder`));
    await page.getByLabel('What should be made or changed?').fill('A page about bread');
    await signOutElsewhere(owner);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('You are signed out. What you wrote is kept.').waitFor();
    await page.getByRole('link', { name: 'Sign in again' }).click();
    await signInHere(page, stack, owner.email);
    await page.waitForURL('**/builder*');
    await page.locator('#timeline').getByText('A page about bread').waitFor();
    await page.getByText('A new version is on the web').waitFor();
    await shoot(page, 'errors-builder-back');
    await context.close();
  });
});

it('met no script error and nothing that a policy refused', () => assert.deepEqual(problems, []));
