/**
 * Publishing files of one's own and living with the versions, as a person does it: at a phone's and a desktop's width, in
 * light and dark; then once each what goes wrong on the way.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';
import { type TestStack, startTestStack } from '../http/harness.ts';
import { type Look, assertAccessible, browserIn, desktop, launch, lookAt, looks, shoot, signInAs, watch } from './browser.ts';

let stack: TestStack;
let browser: Browser;
let folder: string;

before(async () => {
  stack = await startTestStack({ agentStepMs: 400 });
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), 'vetka-own-files-'));
});
after(async () => {
  await browser?.close();
  await stack?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

type Owner = Awaited<ReturnType<TestStack['owner']>>;

const page_ = (headline: string, more = ''): string =>
  `<!doctype html>\n<html lang="en">\n<title>${headline}</title>\n<h1>${headline}</h1>\n<p>Open from seven.</p>\n${more}</html>\n`;

/** Writes a folder to choose, and gives where it is. */
function onDisk(name: string, files: Record<string, string | Uint8Array>): string {
  const at = join(folder, name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(at, path)), { recursive: true });
    writeFileSync(join(at, path), content);
  }
  return at;
}

/** Packs names and texts as another program does, whatever the names are. */
function zipped(name: string, files: Record<string, string>): string {
  const at = join(folder, name);
  const script = 'import sys,json,zipfile\nz=zipfile.ZipFile(sys.argv[1],"w",zipfile.ZIP_DEFLATED)\n'
    + 'for n,c in json.load(sys.stdin).items(): z.writestr(n,c)\nz.close()';
  execFileSync('python3', ['-c', script, at], { input: JSON.stringify(files) });
  return at;
}

/** A browser of somebody who has a site, with the builder open. */
class Desk {
  readonly owner: Owner;
  readonly context: BrowserContext;
  page: Page;
  readonly problems: string[] = [];
  private constructor(owner: Owner, context: BrowserContext, page: Page) {
    [this.owner, this.context, this.page] = [owner, context, page];
  }

  static async of(label: string, look: Look = desktop): Promise<Desk> {
    const owner = await stack.owner(label);
    const context = await browserIn(browser, look);
    await signInAs(context, stack, owner);
    const desk = new Desk(owner, context, await context.newPage());
    await desk.open(desk.page);
    return desk;
  }

  async open(page: Page): Promise<void> {
    page.setDefaultTimeout(10_000);
    watch(page, this.problems);
    await page.goto(`${stack.addresses.app}/sites/${this.owner.domain}/builder?tab=versions`);
    await page.getByRole('heading', { name: 'Publish files of your own' }).waitFor();
    await page.getByText('What should your site be?').or(page.locator('#timeline > *').first()).first().waitFor({ state: 'attached' });
  }

  get card(): Locator {
    return this.page.locator('#publish-work');
  }
  async tab(name: 'Chat' | 'Preview' | 'Versions'): Promise<void> {
    await this.page.getByRole('tab', { name }).click();
  }
  async folder(path: string): Promise<void> {
    await this.page.locator('#folder-input').setInputFiles(path);
  }
  async files(...paths: string[]): Promise<void> {
    await this.page.locator('#site-input').setInputFiles(paths);
  }
  /** Publishes what is ready, and waits until it is there. */
  async publish(how: 'Publish now' | 'Look first'): Promise<void> {
    await this.card.getByRole('button', { name: how }).click();
    await this.over(how === 'Publish now' ? /^Published/ : /^Your draft/);
  }
  /** Waits for the end of a publishing, whichever tab shows by then. */
  async over(words: RegExp): Promise<void> {
    await this.card.locator('h4', { hasText: words }).waitFor({ state: 'attached', timeout: 30_000 });
  }
  version(words: string | RegExp): Locator {
    return this.page.locator('.version').filter({ hasText: words });
  }
  preview(): FrameLocator {
    return this.page.frameLocator('#stage iframe >> nth=-1');
  }
  /** What visitors see, asked past every cache. */
  async site(path = '/'): Promise<string> {
    const visit = await this.context.newPage();
    await visit.goto(stack.siteOrigin(this.owner.label) + path);
    await visit.reload();
    const text = await visit.locator('body').innerText();
    await visit.close();
    return text;
  }
  async drop(target: Locator, paths: string[]): Promise<void> {
    const box = await target.boundingBox();
    assert.ok(box);
    const [x, y] = [box.x + box.width / 2, box.y + Math.min(box.height / 2, 200)];
    const cdp = await this.context.newCDPSession(this.page);
    const data = { items: [], files: paths, dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'dragOver', 'drop'] as const) {
      await cdp.send('Input.dispatchDragEvent', { type, x, y, data });
      if (type === 'dragOver') await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    }
    await cdp.detach();
  }
  async close(): Promise<void> {
    await this.context.close();
    assert.deepEqual(this.problems, []);
  }
}

for (const look of looks) {
  describe(`files of one's own, ${look.name}`, () => {
    let desk: Desk;
    const seen = async (name: string) => await lookAt(desk.page, `publish-${look.name}-${name}`);
    before(async () => {
      desk = await Desk.of(`own-${look.name}`, look);
    });
    after(async () => await desk?.close());

    it('a project without a home page is refused in words, with what could be done', async () => {
      await seen('nothing');
      await desk.folder(onDisk(`project-${look.name}`, {
        'package.json': '{}', 'src/main.ts': '', 'node_modules/left/index.js': '', '.env': 'SECRET=1',
        'dist/index.html': page_('Hearth'), 'dist/about.html': page_('About us'), 'dist/style.css': 'h1 { color: #7a3b12 }\n',
      }));
      await desk.card.getByText('There is no index.html').waitFor();
      await desk.card.getByText('2 things are left out').click();
      await desk.card.getByText('May hold passwords or keys').waitFor();
      await seen('no-home-page');
      await desk.card.getByRole('button', { name: 'Publish what is in “dist”' }).click();
      await desk.card.getByRole('heading', { name: /^Ready: 3 files/ }).waitFor();
      await seen('ready');
    });

    it('goes live with a sentence of its own', async () => {
      await desk.page.getByLabel('What is new?').fill('Our first page');
      await desk.publish('Publish now');
      assert.match(await desk.site(), /Hearth/);
      assert.match(await desk.site('/about'), /About us/);
      await desk.preview().locator('h1').waitFor();
      await seen('published');
      await desk.tab('Versions');
      const version = desk.version('Our first page');
      await version.locator('.badge', { hasText: 'Live' }).waitFor();
      const { snapshots } = await desk.owner.json<{ snapshots: { triggeredBy: string }[] }>(`/api/sites/${desk.owner.domain}/snapshots`);
      assert.equal(snapshots[0]?.triggeredBy, 'manual');
    });

    it('a zip is looked at first: the draft shows, visitors see nothing of it, then it goes live', async () => {
      await desk.files(zipped(`site-${look.name}.zip`, {
        'hearth/index.html': page_('Summer', '<p>Ice cream</p>\n'), 'hearth/about.html': page_('About us'), '__MACOSX/hearth/._index.html': 'x',
        'hearth/style.css': 'h1 { color: #7a3b12 }\n', 'hearth/_redirects': '/menu /about.html 301\n/x https://:host.example/ 301\n',
      }));
      await desk.card.getByRole('heading', { name: /^Ready: 4 files/ }).waitFor();
      await desk.publish('Look first');
      await desk.page.getByText('This is a draft. Visitors do not see it.').waitFor();
      assert.equal(await desk.preview().locator('h1').innerText(), 'Summer');
      await seen('draft');
      assert.match(await desk.site(), /Hearth/);

      await desk.tab('Versions');
      await desk.card.getByText(/of your rules will not do what you may expect/).waitFor();
      await desk.card.getByText('_redirects, line 2').waitFor();
      await desk.page.locator('.version.draft').waitFor();
      await seen('draft-in-list');
      await desk.page.locator('.version.draft').getByRole('button', { name: /^Go live/ }).click();
      await desk.page.getByRole('group', { name: 'Go live with this version?' }).getByRole('button', { name: 'Go live' }).click();
      await desk.page.getByText(/^Live\. Visitors see it now/).waitFor();
      assert.match(await desk.site(), /Summer/);
      await desk.tab('Versions');
    });

    it('gets a name and a note where it stands, by keyboard', async () => {
      const version = desk.version('Our first page');
      const more = version.locator('summary');
      await more.focus();
      await desk.page.keyboard.press('Enter');
      await seen('more');
      await version.getByRole('button', { name: 'Add a name or a note' }).press('Enter');
      const name = desk.page.getByLabel('Name', { exact: true });
      assert.ok(await name.evaluate((input) => input === document.activeElement), 'the field has the keyboard');
      await desk.page.keyboard.type('Never mind');
      await desk.page.keyboard.press('Escape');
      await name.waitFor({ state: 'detached' });
      assert.ok(await version.getByRole('button', { name: 'Add a name or a note' }).evaluate((button) => button === document.activeElement));

      await desk.page.keyboard.press('Enter');
      await name.fill('a\u202eb');
      await desk.page.keyboard.press('Enter');
      await desk.page.getByText('There is a character in it that cannot be shown').waitFor();
      await desk.page.getByLabel('Note', { exact: true }).fill('With the old prices.\nFor Mira.');
      await seen('name');
      await name.fill('Before the summer');
      await name.press('Enter');
      await version.locator('.version-name', { hasText: 'Before the summer' }).waitFor();
      await version.locator('.version-note', { hasText: 'For Mira.' }).waitFor();
    });

    it('has its words taken back when they were replaced by mistake', async () => {
      const version = desk.version('Before the summer');
      await version.getByRole('button', { name: 'Change name and note' }).click();
      await desk.page.getByLabel('Note', { exact: true }).fill('');
      await desk.page.getByLabel('Name', { exact: true }).fill('After the summer');
      await desk.page.getByLabel('Name', { exact: true }).press('Enter');
      await desk.version('After the summer').waitFor();
      const toast = desk.page.locator('#toast');
      await toast.getByText('Saved. Only you see these words.').waitFor();
      await seen('undo');
      await toast.getByRole('button', { name: 'Undo' }).click();
      await version.locator('.version-name', { hasText: 'Before the summer' }).waitFor();
      await version.locator('.version-note', { hasText: 'For Mira.' }).waitFor();
      await toast.getByText('Undone. The words from before are back.').waitFor();
      assert.equal(await toast.getByRole('button').count(), 0);
      const { snapshots } = await desk.owner.json<{ snapshots: { name: string; note: string }[] }>(`/api/sites/${desk.owner.domain}/snapshots`);
      assert.deepEqual(snapshots.filter(({ name }) => name !== '').map(({ name, note }) => [name, note]), [['Before the summer', 'With the old prices.\nFor Mira.']]);
    });

    it('is kept for good and let go again', async () => {
      const version = desk.version('Before the summer');
      await version.getByRole('button', { name: 'Keep for good' }).click();
      await version.locator('.badge', { hasText: 'Kept' }).waitFor();
      await version.getByRole('button', { name: 'Keep no longer' }).click();
      await version.locator('.badge', { hasText: 'Kept' }).waitFor({ state: 'detached' });
      await version.getByRole('button', { name: 'Keep for good' }).click();
      await version.locator('.badge', { hasText: 'Kept' }).waitFor();
    });

    it('says what changed, folded until somebody wants it', async () => {
      const version = desk.page.locator('.version.live');
      await version.locator('summary').first().click();
      await version.getByRole('button', { name: 'What changed' }).click();
      const changes = desk.page.getByRole('group', { name: 'What changed' });
      await changes.getByText('1 file changed, 1 added. 2 files are the same.').waitFor();
      const fold = changes.locator('details').filter({ hasText: 'index.html' });
      assert.equal(await fold.getAttribute('open'), null);
      await fold.locator('summary').click();
      await changes.locator('ins', { hasText: 'Ice cream' }).waitFor();
      await changes.locator('del', { hasText: 'Hearth' }).first().waitFor();
      await changes.scrollIntoViewIfNeeded();
      await seen('changes');
      await desk.page.keyboard.press('Escape');
      await changes.waitFor({ state: 'detached' });
    });

    it('is taken home as a zip', async () => {
      const version = desk.version('Before the summer');
      const coming = desk.page.waitForEvent('download');
      await version.getByRole('link', { name: 'Download as zip' }).click();
      const download = await coming;
      assert.match(download.suggestedFilename(), /before-the-summer-\d{4}-\d\d-\d\d-\d{4}\.zip$/);
      const names = execFileSync('python3', ['-c', 'import sys,zipfile;print(sorted(zipfile.ZipFile(sys.argv[1]).namelist()))', await download.path()], { encoding: 'utf8' });
      assert.equal(names.trim(), "['about.html', 'index.html', 'style.css']");
    });
  });
}

describe('on the way', () => {
  it('a folder dropped on the preview is published; a picture dropped on the conversation is a file for a message', async () => {
    const desk = await Desk.of('dropping');
    await desk.tab('Preview');
    await desk.drop(desk.page.locator('#panel-preview'), [onDisk('dropped', { 'index.html': page_('Dropped'), 'img/a.svg': '<svg/>', '.DS_Store': 'x' })]);
    await desk.card.getByRole('heading', { name: /^Ready: 2 files/ }).waitFor();
    await desk.card.getByRole('button', { name: 'Cancel' }).click();

    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
    await desk.drop(desk.page.locator('#panel-chat'), [join(onDisk('picture', { 'photo.png': png }), 'photo.png')]);
    await desk.page.locator('.file-name', { hasText: 'photo.png' }).waitFor();
    assert.ok(await desk.card.isHidden());

    await desk.drop(desk.page.locator('#panel-chat'), [zipped('chat.zip', { 'index.html': page_('Zipped') })]);
    await desk.card.getByRole('heading', { name: /^Ready: 1 file/ }).waitFor();
    await desk.publish('Publish now');
    assert.match(await desk.site(), /Zipped/);
    await desk.close();
  });

  it('archives that lie, lead out or are none are refused in words', async () => {
    const desk = await Desk.of('evil-zips');
    await desk.files(zipped('out.zip', { 'index.html': 'x', '../../evil.html': 'x' }));
    await desk.card.getByText('leads out of it').waitFor();
    await desk.files(zipped('bomb.zip', { 'index.html': 'x', 'big.txt': '0'.repeat(30_000_000) }));
    await desk.card.getByText('“big.txt” has more than 25 MB when it is unpacked.').waitFor();
    const lying = readFileSync(join(folder, 'bomb.zip'));
    const size = Buffer.alloc(4);
    size.writeUInt32LE(30_000_000);
    for (let at = lying.indexOf(size); at !== -1; at = lying.indexOf(size, at + 4)) lying.writeUInt32LE(10, at);
    writeFileSync(join(folder, 'liar.zip'), lying);
    await desk.files(join(folder, 'liar.zip'));
    await desk.card.getByText(/cannot be read|when it is unpacked/).waitFor();
    await desk.files(join(onDisk('none', { 'none.zip': 'no archive' }), 'none.zip'));
    await desk.card.getByText('This zip cannot be read.').waitFor();
    await assertAccessible(desk.page, 'a refused archive');
    await desk.close();
  });

  it('a lost network is waited out and only the rest is sent; cancelling leaves the site as it was', async () => {
    const desk = await Desk.of('losses');
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`f${at}.txt`, `file ${at} `.repeat(2000)]));
    let [down, puts] = [true, 0];
    await desk.page.route('**/blobs/*', async (route) => {
      if (++puts > 4 && down) await route.abort('internetdisconnected');
      else await route.continue();
    });
    await desk.folder(onDisk('losing', { 'index.html': page_('Survived'), ...files }));
    await desk.card.getByRole('button', { name: 'Publish now' }).click();
    await desk.card.getByText('The connection was lost. Trying again').waitFor();
    const bar = desk.card.getByRole('progressbar');
    const value = await bar.evaluate((bar) => (bar as HTMLProgressElement).position);
    assert.ok(value > 0 && value < 1, `${value}`);
    await shoot(desk.page, 'publish-lost');
    await assertAccessible(desk.page, 'lost');
    down = false;
    await desk.over(/^Published/);
    assert.match(await desk.site(), /Survived/);

    await desk.page.unroute('**/blobs/*');
    await desk.tab('Versions');
    const held: (() => Promise<void>)[] = [];
    await desk.page.route('**/blobs/*', (route) => void held.push(() => route.continue()));
    await desk.folder(onDisk('cancelled', { 'index.html': page_('Cancelled'), ...files }));
    await desk.card.getByText('12 files, ').waitFor({ state: 'detached' });
    await desk.card.getByRole('button', { name: 'Publish now' }).click();
    await desk.card.getByText(/are there from before/).waitFor();
    await desk.card.getByRole('button', { name: 'Cancel' }).click();
    await desk.page.getByText('Cancelled. The site is as it was.').waitFor();
    await Promise.all(held.map(async (go) => await go().catch(() => undefined)));
    assert.match(await desk.site(), /Survived/);
    await desk.close();
  });

  it('undo brings the version before back, and another tab sees all of it', async () => {
    const desk = await Desk.of('undoing');
    await desk.folder(onDisk('before', { 'index.html': page_('Before') }));
    await desk.publish('Publish now');
    const other = await desk.context.newPage();
    await desk.open(other);
    await desk.page.bringToFront();
    await desk.tab('Versions');
    await desk.folder(onDisk('after', { 'index.html': page_('After'), _redirects: 'nonsense\n' }));
    await desk.page.getByLabel('What is new?').fill('Seen in another tab');
    await desk.publish('Publish now');
    await other.locator('.version', { hasText: 'Seen in another tab' }).locator('.badge', { hasText: 'Live' }).waitFor();
    assert.match(await desk.site(), /After/);
    await desk.card.getByRole('button', { name: 'Undo' }).click();
    await desk.page.getByText('Undone. Visitors see the version from before again.').waitFor();
    assert.match(await desk.site(), /Before/);
    await other.locator('.version.live', { hasText: 'Brought back' }).waitFor();
    await desk.close();
  });

  it('what somebody unfolds stays unfolded when the list comes anew in that very moment', async () => {
    const desk = await Desk.of('unfolding');
    await desk.folder(onDisk('first', { 'index.html': page_('First') }));
    await desk.page.getByLabel('What is new?').fill('The first one');
    await desk.publish('Publish now');
    await desk.preview().getByRole('heading', { name: 'First' }).waitFor();
    await desk.tab('Versions');
    await desk.folder(onDisk('second', { 'index.html': page_('Second') }));
    await desk.page.getByLabel('What is new?').fill('The second one');
    await desk.publish('Publish now');
    await desk.preview().getByRole('heading', { name: 'Second' }).waitFor();
    await desk.tab('Versions');
    const [first, second] = [desk.version('The first one'), desk.version('The second one')];
    await second.locator('.badge', { hasText: 'Live' }).waitFor();
    // In one task: what stands open under another version is drawn before the browser tells anybody of the unfolding.
    await desk.page.locator('#version-list').evaluate((list) => {
      const click = (what: string): void => list.querySelector<HTMLElement>(what)?.click();
      click('.version:not(.live) summary');
      click('.version.live [data-does="words"]');
    });
    await second.getByLabel('Name', { exact: true }).waitFor();
    await first.getByRole('button', { name: 'Add a name or a note' }).waitFor();
    // And what is folded stays folded.
    await desk.page.locator('#version-list').evaluate((list) => {
      list.querySelector<HTMLElement>('.version:not(.live) summary')?.click();
      list.querySelector<HTMLElement>('.version.live form [type="button"]')?.click();
    });
    await second.getByLabel('Name', { exact: true }).waitFor({ state: 'detached' });
    await first.getByRole('button', { name: 'Add a name or a note' }).waitFor({ state: 'hidden' });
    await desk.close();
  });

  it('says what becomes of it while the agent works, and is reached by keyboard alone', async () => {
    const desk = await Desk.of('agent-at-work');
    // Heard from here on: a browser that is told to hand its file chooser over may open one before it has understood.
    desk.page.on('filechooser', () => undefined);
    await desk.page.getByLabel('What should be made or changed?').fill('A page about bread');
    await desk.page.getByRole('button', { name: 'Send' }).click();
    await desk.page.getByRole('button', { name: 'Stop working' }).waitFor();
    await desk.page.getByRole('button', { name: 'Choose a folder' }).focus();
    const chooser = desk.page.waitForEvent('filechooser');
    await desk.page.keyboard.press('Enter');
    await (await chooser).setFiles(onDisk('by-keyboard', { 'index.html': page_('By keyboard') }));
    await desk.card.getByText(/The agent is working\. What it publishes/).waitFor();
    await assertAccessible(desk.page, 'while the agent works');
    // The note goes when the agent is done.
    await desk.card.getByText(/The agent is working\. What it publishes/).waitFor({ state: 'hidden', timeout: 30_000 });
    await desk.card.getByRole('button', { name: 'Publish now' }).focus();
    await desk.page.keyboard.press('Enter');
    await desk.over(/^Published/);
    assert.match(await desk.site(), /By keyboard/);
    await desk.close();
  });
});
