/**
 * The way of a stranger, timed: a fresh clone, one command, signed in, a site on the web, and a first change of a repository, by
 * clicks in Chromium as the README has them. What a person takes to read and to type is not in it.
 *
 * node scripts/measure/first-steps.ts --built    in this checkout as it is, for the clicks alone
 * node scripts/measure/first-steps.ts            a clone, with what this machine has cached of tools and packages
 * node scripts/measure/first-steps.ts --nothing  as on a machine with nothing but what the README asks for; takes much longer
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Page, chromium } from 'playwright-core';
import type { Addresses } from '../stack/stack.ts';
import { root } from '../stack/root.ts';
import { stripEnvironment } from '../stack/settings.ts';
import { table } from './table.ts';

const REPOSITORY = 'ann-ash/harbor-bakery';
const isBuilt = process.argv.includes('--built');
const hasNothing = process.argv.includes('--nothing');
const folder = mkdtempSync(join(tmpdir(), 'vetka-stranger-'));
const began = Date.now();
const rows: string[][] = [];
let before = began;

/** Notes that something is reached. */
function reached(what: string): void {
  const now = Date.now();
  rows.push([what, seconds(now - before), seconds(now - began)]);
  before = now;
  console.error(`${what}: ${rows.at(-1)?.[1]}`);
}
const seconds = (ms: number): string => `${Math.floor(ms / 60_000)}:${String(Math.round((ms % 60_000) / 1000)).padStart(2, '0')}`;

async function signIn(page: Page, { app, inbox }: Addresses): Promise<void> {
  await page.goto(app);
  await page.getByRole('link', { name: 'Start your site' }).click();
  await page.getByLabel('Your e-mail address').fill('stranger@example.test');
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await page.getByLabel('The code from the mail').waitFor();
  const mails = await page.context().newPage();
  await mails.goto(inbox);
  const code = /\b\d{6}\b/.exec(await mails.locator('body').innerText())?.[0] ?? '';
  await mails.close();
  await page.getByLabel('The code from the mail').fill(code);
  await page.waitForURL('**/setup');
}

async function makeSite(page: Page): Promise<void> {
  await page.getByRole('link', { name: /Make a new site/ }).click();
  await page.getByLabel('Name of your site').fill('morning-crumb');
  await page.getByText(/is free\./).first().waitFor();
  await page.getByRole('button', { name: 'Take this name' }).click();
  await page.getByLabel('What should be made or changed?').fill('A site for my bakery, with opening hours, in warm colours');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('A new version is on the web').waitFor({ timeout: 120_000 });
}

async function setUpProject(page: Page, { app }: Addresses): Promise<void> {
  await page.goto(`${app}/orgs/new`);
  await page.getByLabel('Name').fill('Harbor Works');
  await page.getByRole('button', { name: 'Make the team' }).click();
  await page.getByRole('link', { name: 'Add a project' }).first().click();
  await page.getByRole('link', { name: 'Connect GitHub' }).click();
  await page.getByRole('button', { name: 'ann-ash' }).click();
  await page.getByRole('button', { name: `Use this one: ${REPOSITORY}` }).click();
  await page.getByText('This is what the repository suggests').waitFor();
  for (const next of ['Variables', 'What the agent should know', 'What may be changed', 'Limits', 'Prepare the workspace']) {
    await page.getByRole('button', { name: 'Save and go on' }).click();
    await page.getByRole('heading', { level: 2, name: next }).waitFor();
  }
  await page.getByRole('button', { name: 'Prepare the workspace' }).click();
  await page.getByText('Ready to work on').waitFor({ timeout: 300_000 });
}

async function changeRepository(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Harbor Works' }).first().click();
  await page.getByRole('link', { name: 'Add your Anthropic key' }).click();
  const key = page.getByRole('region', { name: 'Teams', exact: true });
  await key.getByLabel('Key').fill('sk-ant-of-a-stranger');
  await key.getByRole('button', { name: 'Save the key' }).click();
  await key.getByText('A key is set.').waitFor();
  await page.goBack();
  await page.reload();
  await page.getByRole('button', { name: 'Start a session' }).click();
  await page.getByRole('heading', { name: 'What should be different?' }).waitFor({ timeout: 120_000 });
  await page.getByLabel('What should be different?').fill('a friendlier headline on the home page');
  await page.keyboard.press('Enter');
  await page.locator('#timeline .receipt').getByText('Changed a page').waitFor({ timeout: 120_000 });
}

async function makePullRequest(page: Page): Promise<void> {
  await page.locator('#finish summary').click();
  await page.getByRole('button', { name: /^Make a pull request/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make the pull request' }).click();
  await page.getByRole('heading', { name: 'Your pull request is ready' }).waitFor({ timeout: 120_000 });
}

/** What the stack gets: nothing of whoever runs this, and caches of its own where there are to be none. */
function environment(): NodeJS.ProcessEnv {
  const { PATH = '', HOME = '', LANG = 'C.UTF-8', RUSTUP_HOME = join(HOME, '.rustup'), CARGO_HOME = join(HOME, '.cargo') } = stripEnvironment();
  const home = join(folder, 'home');
  if (!hasNothing) return { PATH, HOME, LANG, RUSTUP_HOME, CARGO_HOME };
  // rustup is asked for; what it has installed is not.
  return { PATH, LANG, HOME: home, RUSTUP_HOME: join(home, '.rustup'), CARGO_HOME: join(home, '.cargo'), npm_config_cache: join(home, '.npm') };
}

let dev: ChildProcess | undefined;
try {
  const [clone, ready, state] = [isBuilt ? root : join(folder, 'vetka'), join(folder, 'ready.json'), join(folder, 'state')];
  if (!isBuilt) execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${root}`, clone]);
  reached('cloned');
  dev = spawn('scripts/dev', ['--port', '0', '--state', state, '--ready-file', ready], { cwd: clone, env: environment(), stdio: ['ignore', 'ignore', 'inherit'] });
  while (!existsSync(ready)) {
    if (dev.exitCode !== null) throw new Error(`scripts/dev ended with ${dev.exitCode}`);
    await sleep(100);
  }
  const addresses = JSON.parse(readFileSync(ready, 'utf8')) as Addresses;
  reached('all set up and running');
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium-headless-shell', args: ['--no-sandbox'] });
  const page = await (await browser.newContext()).newPage();
  for (const [what, does] of [
    ['signed in', signIn], ['a site is on the web', makeSite], ['a team, and its repository prepared', setUpProject],
    ['a first change of the repository, seen in its preview', changeRepository], ['a pull request', makePullRequest],
  ] as const) {
    await does(page, addresses).catch(async (error: unknown) => {
      await page.screenshot({ path: join(tmpdir(), 'vetka-stranger.png') });
      throw new Error(`Not reached: ${what}. See ${join(tmpdir(), 'vetka-stranger.png')}`, { cause: error });
    });
    reached(what);
  }
  await browser.close();
  table(['', 'took, min:s', 'since the clone'], rows);
} finally {
  if (dev !== undefined && dev.exitCode === null) {
    const ended = new Promise((resolve) => dev?.once('exit', resolve));
    dev.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}
