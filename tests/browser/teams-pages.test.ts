/** The pages of teams, as two people use them, and each of them at a phone's and a desktop's width, in light and dark. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type Person, type TestStack, startTestStack } from '../http/harness.ts';
import { answered, join, organization, userId } from '../http/teams-kit.ts';
import { type Look, browserIn, desktop, launch, lookAt, looks, phone, signInAs, watch } from './browser.ts';
import { connectGithub, insertProject, insertSession, keyChecker, signInHere } from './teams-kit.ts';

const KEY = 'sk-ant-canary-0c4e';

let stack: TestStack;
let browser: Browser;
let model: Awaited<ReturnType<typeof keyChecker>>;

before(async () => {
  model = await keyChecker((key) => key === KEY);
  stack = await startTestStack({ settings: { MODEL_API_URL: model.url } });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.close();
  model?.close();
});

const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const dialog = (page: Page, name: string) => page.getByRole('dialog', { name });

describe('a team of two', () => {
  let admin: { context: BrowserContext; page: Page; person: Person };
  let other: { context: BrowserContext; page: Page };
  const otherEmail = 'ben.bay@example.test';
  const problems: string[] = [];
  let orgId: string;
  let projectId: string;
  let link: string;

  const open = async (look: Look): Promise<{ context: BrowserContext; page: Page }> => {
    const context = await browserIn(browser, look);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    watch(page, problems);
    return { context, page };
  };

  before(async () => {
    const person = await stack.person();
    await person.send('PATCH', '/api/account', { name: 'Ann Ash' });
    admin = { ...(await open(desktop)), person };
    await signInAs(admin.context, stack, person);
    other = await open(phone);
  });
  after(async () => {
    await admin?.context.close();
    await other?.context.close();
  });

  it('is found in the navigation and made, after a slip', async () => {
    const { page } = admin;
    await page.goto(stack.addresses.app);
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Teams' }).click();
    await page.getByText('Change the website or app that you make together').waitFor();
    await page.getByRole('link', { name: 'Make a team' }).click();
    await page.getByLabel('Name').fill('   ');
    await page.getByRole('button', { name: 'Make the team' }).click();
    await page.getByRole('alert').getByText('Give it a name.').waitFor();
    await page.getByLabel('Name').fill('Harbor & Sons');
    await page.getByRole('button', { name: 'Make the team' }).click();
    await page.getByRole('heading', { level: 1, name: 'Harbor & Sons' }).waitFor();
    await page.getByText('Your team is there.').waitFor();
    orgId = /\/orgs\/([^?]+)/.exec(page.url())?.[1] ?? assert.fail(page.url());
  });

  it('is given a name and a budget', async () => {
    const { page } = admin;
    await page.getByRole('link', { name: 'Settings', exact: true }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('Harbor Works');
    await page.getByLabel('Dollars a month').fill('25');
    await region(page, 'Name and budget').getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    assert.equal(await page.getByLabel('Dollars a month').inputValue(), '25');
    await page.getByLabel('Dollars a month').fill('');
    await region(page, 'Name and budget').getByRole('button', { name: 'Save' }).click();
    await page.waitForFunction(() => (document.querySelector('#monthly') as HTMLInputElement).defaultValue === '');
  });

  it('invites by a link that is shown once, and by mail', async () => {
    const { page } = admin;
    const invites = region(page, 'Invites');
    await invites.getByRole('button', { name: 'Invite', exact: true }).click();
    await page.getByText('Here is the link.').waitFor();
    link = await page.locator('#invite-link').innerText();
    assert.match(link, /\/invite\/vi_/);
    await invites.getByText('Whoever has the link').waitFor();
    await invites.getByRole('button', { name: 'Copy the link' }).click();
    await invites.getByText(/Copied|Marked/).waitFor();
    await page.reload();
    assert.ok(!(await page.content()).includes(link), 'the link is told twice');
    await page.getByLabel('E-mail address').fill('cleo@example.test');
    await page.getByRole('radio', { name: /Admin/ }).check();
    await invites.getByRole('button', { name: 'Invite', exact: true }).click();
    await page.getByText('A mail is on its way to cleo@example.test.').waitFor();
    assert.ok((await stack.mails()).some(({ to, text }) => to.includes('cleo@example.test') && text.includes('/invite/vi_')));
    await invites.getByRole('button', { name: 'Take back the invite for cleo@example.test' }).click();
    await page.getByText('The invite is taken back.').waitFor();
    assert.equal(await invites.getByText('cleo@example.test').count(), 0);
  });

  it('is joined by the second person, who signs in on the way', async () => {
    const { page } = other;
    await page.goto(link);
    await page.getByRole('heading', { name: 'Join Harbor Works' }).waitFor();
    await page.getByText('Ann Ash invites you').waitFor();
    await page.getByRole('link', { name: 'Sign in to go on' }).click();
    await signInHere(page, stack, otherEmail);
    await page.getByRole('button', { name: 'Accept the invite' }).click();
    await page.getByText('You are in. Welcome.').waitFor();
    await page.getByText('An admin of Harbor Works has to add a project first.').waitFor();
    assert.equal(await page.getByRole('link', { name: 'Add a project' }).count(), 0);
    await page.goto(link);
    await page.getByRole('heading', { name: 'You are in already' }).waitFor();
    await page.goto(`${stack.addresses.app}/orgs/${orgId}/projects/new`);
    await page.getByText('Only an admin can set up projects.').waitFor();
    await lookAt(page, 'teams-for-admins');
  });

  it('connects GitHub and picks a repository', async () => {
    const { page } = admin;
    await page.goto(`${stack.addresses.app}/orgs/${orgId}`);
    await page.getByRole('link', { name: 'Add a project' }).click();
    await page.getByRole('link', { name: 'Connect GitHub' }).click();
    await page.getByText('ann-ash').first().click();
    // GitHub may ask once more what it lets us do.
    await page.getByRole('button', { name: /Authorize/ }).click({ timeout: 2_000 }).catch(() => undefined);
    await page.getByText('GitHub is connected.').waitFor();
    await page.getByText('3 repositories').waitFor();
    await page.getByRole('searchbox').fill('tide');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('1 repository').waitFor();
    await page.getByRole('searchbox').fill('nothing like it');
    await page.keyboard.press('Enter');
    await page.getByText('None of your repositories is called').waitFor();
    await page.getByRole('searchbox').fill('');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Use this one: ann-ash/harbor-bakery' }).click();
    await page.waitForURL('**/setup');
    projectId = /\/projects\/([^/]+)\/setup/.exec(page.url())?.[1] ?? assert.fail(page.url());
  });

  it('sets it up step by step', async () => {
    const { page } = admin;
    const save = async (heading: string): Promise<void> => {
      await page.getByRole('button', { name: 'Save and go on' }).click();
      await page.getByRole('heading', { level: 2, name: heading }).waitFor();
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), heading, 'the keyboard stays behind');
    };
    // What the repository suggests comes by itself, or it is said why not; either way a person can write.
    await page.getByText(/what the repository suggests|does not say how it starts|could not be read/).waitFor();
    await page.getByLabel('Commands, one a line').fill('npm ci\n\n npm run dev ');
    await page.getByRole('checkbox', { name: /Redis/ }).check();
    await page.getByLabel('Port of the preview').fill('5173');
    await save('Variables');
    await page.getByRole('button', { name: 'Add a variable' }).click();
    await page.getByLabel('Name', { exact: true }).last().fill('9 lives');
    await page.getByLabel('Value').last().fill('canary-value-1');
    await page.getByRole('button', { name: 'Save and go on' }).click();
    await page.getByText('A name is made of letters, digits and underscores').waitFor();
    await page.getByLabel('Name', { exact: true }).last().fill('SHOP_KEY');
    await save('What the agent should know');
    await page.getByLabel('In your words').fill('Prices are in euros.');
    await save('What may be changed');
    await page.getByLabel('Patterns, one a line').fill('src/**\n[');
    await page.getByRole('button', { name: 'Save and go on' }).click();
    await page.getByRole('alert').getByText(/The pattern/).waitFor();
    await page.getByLabel('Patterns, one a line').fill('src/**\n!src/payments/**');
    await save('Limits');
    await page.getByLabel('Dollars for one session').fill('2.5');
    await page.getByRole('radio', { name: /Claude Haiku/ }).check();
    await save('Prepare the workspace');
    await page.getByText('Nobody can start a session before it is prepared.').waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 2, name: 'Limits' }).waitFor();
    const project = await answered<Record<string, unknown>>(admin.person, 200, 'GET', `/api/v1/orgs/${orgId}/projects/${projectId}`);
    assert.deepEqual(
      ['startupCommands', 'requiredServices', 'previewPort', 'envVarNames', 'contextInstructions', 'allowedFilePatterns', 'maxBudgetUsd', 'model'].map((name) => project[name]),
      [['npm ci', 'npm run dev'], ['redis'], 5173, ['SHOP_KEY'], 'Prices are in euros.', ['src/**', '!src/payments/**'], 2.5, 'claude-haiku-4-5'],
    );
  });

  it('changes what was set, keeping values that nobody sees', async () => {
    const { page } = admin;
    await page.goto(`${stack.addresses.app}/orgs/${orgId}/projects/${projectId}/settings`);
    assert.ok(!(await page.content()).includes('canary-value-1'));
    const variables = region(page, 'Variables');
    await variables.getByRole('button', { name: 'Add a variable' }).click();
    await variables.getByLabel('Name', { exact: true }).fill('OTHER');
    await variables.getByLabel('Value').fill('canary-value-2');
    await variables.getByRole('button', { name: 'Save' }).click();
    await page.locator('#toast').getByText('Saved.').waitFor();
    await variables.getByText('OTHER').waitFor();
    assert.equal(await variables.getByLabel('Value').count(), 0, 'a value stays on the page');
    await variables.getByRole('button', { name: 'Remove OTHER' }).click();
    await variables.getByText('Goes when you save').waitFor();
    await variables.getByRole('button', { name: 'Save' }).click();
    await page.waitForFunction(() => !document.querySelector('[data-kept]')?.textContent?.includes('OTHER'));
    const names = async (): Promise<unknown> => (await answered<{ envVarNames: string[] }>(admin.person, 200, 'GET', `/api/v1/orgs/${orgId}/projects/${projectId}`)).envVarNames;
    assert.deepEqual(await names(), ['SHOP_KEY']);
    await region(page, 'Name and branch').getByLabel('Main branch').fill('..');
    await region(page, 'Name and branch').getByRole('button', { name: 'Save' }).click();
    await page.getByText('A branch cannot be called that. Copy its name from GitHub.').waitFor();
  });

  it('asks before a second session of the same project is started', async () => {
    const { page } = admin;
    const ben = await userId(stack, await stack.person(otherEmail));
    await (await stack.db()).prepare("UPDATE project SET template_status = 'READY' WHERE id = ?1").bind(projectId).run();
    const id = await insertSession(stack, { orgId, projectId, userId: ben, title: 'A friendlier headline', status: 'RUNNING' });
    await page.goto(`${stack.addresses.app}/orgs/${orgId}`);
    await page.getByRole('button', { name: 'Start a session' }).click();
    const asked = dialog(page, 'Somebody is at it already');
    await asked.getByText('ben.bay has a session of harbor-bakery open at this moment.').waitFor();
    assert.match((await asked.getByRole('link', { name: 'Join in: A friendlier headline' }).getAttribute('href')) ?? '', new RegExp(`/session/${id}$`));
    await lookAt(page, 'teams-others');
    const [request] = await Promise.all([page.waitForRequest('**/api/v1/sessions'), asked.getByRole('button', { name: 'Start another one' }).click()]);
    assert.deepEqual([request.method(), request.postDataJSON()], ['POST', { projectId }]);
  });

  it('gives roles, and keeps its last admin', async () => {
    const { page } = admin;
    await page.goto(`${stack.addresses.app}/orgs/${orgId}/settings`);
    const people = region(page, 'People');
    await people.getByText('The only admin, and a team needs one.').waitFor();
    await people.getByRole('button', { name: `Make an admin: ${otherEmail}` }).click();
    await page.getByText('Their role is changed.').waitFor();
    await people.getByRole('button', { name: `Make a member: ${otherEmail}` }).click();
    await people.getByText('The only admin, and a team needs one.').waitFor();
  });

  it('is left by the second person', async () => {
    const { page } = other;
    await page.goto(`${stack.addresses.app}/orgs/${orgId}/settings`);
    await page.getByRole('button', { name: 'Leave Harbor Works' }).click();
    await dialog(page, 'Leave Harbor Works?').getByRole('button', { name: 'Leave' }).click();
    await page.getByText('You are not in that team any more.').waitFor();
    await page.goto(`${stack.addresses.app}/orgs/${orgId}`);
    await page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
  });

  it('removes a person, a project and itself, each after asking', async () => {
    const { page } = admin;
    await join(admin.person, orgId, await stack.person('dora@example.test'));
    await page.goto(`${stack.addresses.app}/orgs/${orgId}/settings`);
    await page.getByRole('button', { name: 'Remove dora@example.test' }).click();
    const sure = dialog(page, 'Remove dora@example.test?');
    await sure.getByRole('button', { name: 'Keep them' }).click();
    await page.getByRole('button', { name: 'Remove dora@example.test' }).click();
    await sure.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('They are not in the team any more.').waitFor();
    await page.goto(`${stack.addresses.app}/orgs/${orgId}/projects/${projectId}/settings`);
    await page.getByRole('button', { name: 'Remove the project' }).click();
    await page.getByLabel(/Type harbor-bakery/).fill('harbor');
    assert.equal(await dialog(page, 'Remove harbor-bakery?').getByRole('button', { name: 'Remove for good' }).isEnabled(), false);
    await page.getByLabel(/Type harbor-bakery/).fill('harbor-bakery');
    await dialog(page, 'Remove harbor-bakery?').getByRole('button', { name: 'Remove for good' }).click();
    await page.getByText('The project is removed here.').waitFor();
    await page.goto(`${stack.addresses.app}/orgs/${orgId}/settings`);
    await page.getByRole('button', { name: 'Delete Harbor Works' }).click();
    await page.getByLabel(/Type Harbor Works/).fill('harbor works');
    await dialog(page, 'Delete Harbor Works?').getByRole('button', { name: 'Delete for good' }).click();
    await page.getByText('The team is deleted.').waitFor();
    assert.deepEqual(problems, []);
  });
});

for (const look of looks) {
  describe(`the pages of teams, ${look.name}`, () => {
    let context: BrowserContext;
    let page: Page;
    let person: Person;
    let orgId: string;
    let memberOf: string;
    const projects: Record<string, string> = {};
    const problems: string[] = [];
    const at = (path: string): string => `${stack.addresses.app}${path}`;
    const seen = async (name: string, path?: string): Promise<void> => {
      if (path !== undefined) await page.goto(at(path));
      await lookAt(page, `teams-${look.name}-${name}`, true);
    };

    before(async () => {
      person = await stack.person();
      await person.send('PATCH', '/api/account', { name: 'Ann Ash' });
      context = await browserIn(browser, look);
      await signInAs(context, stack, person);
      page = await context.newPage();
      page.setDefaultTimeout(10_000);
      watch(page, problems);
    });
    after(async () => await context?.close());

    it('when there is nothing yet', async () => {
      await seen('none', '/orgs');
      await seen('new', '/orgs/new');
      orgId = (await organization(person, 'Harbor Works')).id;
      await seen('empty', `/orgs/${orgId}`);
      await seen('history-none', `/orgs/${orgId}/sessions`);
      await seen('pick-unconnected', `/orgs/${orgId}/projects/new`);
      const ben = await stack.person();
      memberOf = (await organization(ben, 'The Lighthouse Keepers’ Association of the Northern Coast')).id;
      await join(ben, memberOf, person);
      await seen('empty-member', `/orgs/${memberOf}`);
      await seen('settings-member', `/orgs/${memberOf}/settings`);
    });

    it('when there is something', async () => {
      await connectGithub(person, 'ann-ash');
      const own = await userId(stack, person);
      for (const [name, status] of [['Harbor bakery', 'READY'], ['Tide tables', 'BUILDING'], ['Crew handbook', 'FAILED'], ['Shop', 'PENDING']] as const) {
        projects[status] = await insertProject(stack, orgId, name, status);
      }
      const row = { orgId, projectId: projects['READY']!, userId: own };
      await insertSession(stack, { ...row, title: 'A friendlier headline on the home page', status: 'COMPLETED', outcome: 'PR_CREATED', minutes: 22, cost: 420_000 });
      await insertSession(stack, { ...row, title: 'Opening hours for the winter, with a note about the holidays and how to reach us', status: 'COMPLETED', outcome: 'COMMITTED_TO_MAIN', minutes: 100, cost: 1_200_000 });
      await insertSession(stack, { ...row, userId: null, title: '', status: 'ERRORED', minutes: 3 });
      await insertSession(stack, { ...row, title: 'A darker blue for the buttons', status: 'RUNNING', cost: 60_000 });
      await seen('list', '/orgs');
      await seen('dashboard', `/orgs/${orgId}`);
      await seen('history', `/orgs/${orgId}/sessions`);
      await seen('history-no-match', `/orgs/${orgId}/sessions?q=nothing%20like%20it`);
      await page.getByRole('searchbox').fill('winter');
      await page.keyboard.press('Enter');
      await page.getByText('Sessions that match').waitFor();
      assert.equal(await page.getByRole('link', { name: /Opening hours/ }).count(), 1);
      await page.goto(at(`/orgs/${orgId}/settings`));
      await page.getByRole('button', { name: 'Invite', exact: true }).click();
      await page.locator('#invite-made').waitFor();
      await seen('settings');
      await page.getByRole('button', { name: 'Delete Harbor Works' }).click();
      await lookAt(page, `teams-${look.name}-delete`);
    });

    it('of a project', async () => {
      await page.goto(at(`/orgs/${orgId}/projects/new`));
      await page.getByText('3 repositories').waitFor();
      await seen('pick');
      await seen('project', `/orgs/${orgId}/projects/${projects['READY']}/settings`);
      const setup = `/orgs/${orgId}/projects/${projects['PENDING']}/setup`;
      for (const step of ['start', 'variables', 'knowledge', 'files', 'limits', 'prepare']) {
        await page.goto('about:blank');
        await page.goto(at(`${setup}#${step}`));
        if (step === 'variables') await page.getByRole('button', { name: 'Add a variable' }).click();
        await seen(`setup-${step}`);
      }
    });

    it('of an invite, for each who may look at it', async () => {
      const ben = await stack.person();
      await ben.send('PATCH', '/api/account', { name: 'Ben Bay' });
      const { id } = await organization(ben, 'Tidewater');
      const invited = async (body: unknown): Promise<string> => new URL((await answered<{ url: string }>(ben, 201, 'POST', `/api/v1/orgs/${id}/invites`, body)).url).pathname;
      await seen('invite', await invited({ role: 'MEMBER' }));
      await seen('invite-other', await invited({ email: 'somebody@example.test', role: 'MEMBER' }));
      await seen('invite-none', '/invite/vi_none');
      const visitor = await browserIn(browser, look);
      const mine = page;
      page = await visitor.newPage();
      await seen('invite-visitor', await invited({ role: 'ADMIN' }));
      await seen('invite-sign-in', await invited({ email: 'somebody@example.test', role: 'MEMBER' }));
      await visitor.close();
      page = mine;
    });

    it('of what somebody needs of their own', async () => {
      await page.goto(at('/settings#teams'));
      const part = region(page, 'Teams');
      await part.getByText('Connected as').waitFor();
      await part.getByText('None is set.').waitFor();
      await part.getByLabel('Key').fill('sk-ant-wrong-one');
      await part.getByRole('button', { name: 'Save the key' }).click();
      await part.getByText('Anthropic does not know this key.').waitFor();
      await lookAt(page, `teams-${look.name}-account`, true);
      await part.getByLabel('Key').fill(KEY);
      await part.getByRole('button', { name: 'Save the key' }).click();
      await part.getByText('A key is set.').waitFor();
      assert.ok(!(await page.content()).includes(KEY), 'the key stays on the page');
      await part.getByRole('button', { name: 'Remove the key' }).click();
      await part.getByRole('button', { name: 'Keep it' }).click();
      await part.getByRole('button', { name: 'Remove the key' }).click();
      await part.getByText('Without it you cannot start sessions.').waitFor();
      await part.getByRole('button', { name: 'Remove the key' }).click();
      await part.getByText('None is set.').waitFor();
      await part.getByRole('button', { name: 'Disconnect GitHub' }).click();
      await part.getByRole('button', { name: 'Disconnect GitHub' }).click();
      await part.getByRole('link', { name: 'Connect GitHub' }).waitFor();
      assert.deepEqual(problems, []);
    });
  });
}
