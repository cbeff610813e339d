/** The settings, as somebody uses them: at a phone's and a desktop's width, in light and dark, and without scripts. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type Person, type TestStack, startTestStack } from '../http/harness.ts';
import { assertFits, browserIn, launch, lookAt, looks, signInAs, watch } from './browser.ts';

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

/** Another device of the same person. */
async function again(person: Person): Promise<Person> {
  return await stack.person(person.email);
}

/** A photo as a phone writes it: JPEG, three times as wide as high, with a note of where it was taken. */
async function photo(page: Page): Promise<Buffer> {
  const data = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [1800, 600];
    const pen = canvas.getContext('2d')!;
    for (const [at, colour] of ['#c00', '#0a0', '#00c'].entries()) {
      pen.fillStyle = colour;
      pen.fillRect(at * 600, 0, 600, 600);
    }
    return canvas.toDataURL('image/jpeg', 0.95);
  });
  const jpeg = Buffer.from(data.split(',')[1] ?? '', 'base64');
  const exif = Buffer.from('Exif\0\0MM\0*\0\0\0\x08GPSLatitude 47.0707 GPSLongitude 15.4395', 'latin1');
  const head = Buffer.from([0xff, 0xe1, (exif.length + 2) >> 8, (exif.length + 2) & 255]);
  return Buffer.concat([jpeg.subarray(0, 2), head, exif, jpeg.subarray(2)]);
}

/** The colour in the middle of a picture, as red, green and blue. */
async function middle(page: Page, url: string): Promise<number[]> {
  return await page.evaluate(async (url) => {
    const image = await createImageBitmap(await (await fetch(url)).blob());
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.width, image.height];
    const pen = canvas.getContext('2d')!;
    pen.drawImage(image, 0, 0);
    return [image.width, image.height, ...pen.getImageData(image.width / 2, image.height / 2, 1, 1).data.slice(0, 3)];
  }, url);
}

for (const look of looks) {
  describe(`the settings, ${look.name}`, () => {
    let person: Person;
    let context: BrowserContext;
    let page: Page;
    const problems: string[] = [];
    const seen = async (name: string, fullPage = false) => {
      await lookAt(page, `settings-${look.name}-${name}`, fullPage);
    };
    const part = (name: string) => page.getByRole('region', { name, exact: true });

    before(async () => {
      person = await stack.owner(`settings-${look.name}`);
      await again(person);
      context = await browserIn(browser, look);
      await signInAs(context, stack, person);
      page = await context.newPage();
      page.setDefaultTimeout(8_000);
      watch(page, problems);
    });
    after(async () => await context?.close());

    it('are found in the account menu', async () => {
      await page.goto(stack.addresses.app);
      await page.locator('details.account summary').click();
      await seen('menu');
      await page.getByRole('link', { name: 'Settings', exact: true }).click();
      await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
      await seen('all', true);
    });

    it('take a name and a handle, after a slip', async () => {
      await page.getByLabel('Name', { exact: true }).fill('  Mira Kovač ');
      await page.getByLabel('Handle').fill('Sup port');
      assert.equal(await page.getByLabel('Handle').inputValue(), 'sup-port');
      await page.locator('#profile-form').getByRole('button', { name: 'Save' }).click();
      await page.getByText(/is kept for Vetka itself/).waitFor();
      assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), '  Mira Kovač ', 'what was typed is lost');
      await seen('refused');
      await page.getByLabel('Handle').fill(`mira-${look.name}`);
      await page.locator('#profile-form').getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved.').waitFor();
      const { name, handle } = await person.json<{ name: string; handle: string }>('/api/account');
      assert.deepEqual([name, handle], ['Mira Kovač', `mira-${look.name}`]);
      assert.equal(await page.locator('.avatar').first().innerText(), 'MK');
    });

    it('offer neighbours of a handle that somebody has', async () => {
      await page.getByLabel('Handle').fill(`mira-${look.name}`);
      const other = await stack.person();
      await other.send('PATCH', '/api/account', { handle: `taken-${look.name}` });
      await page.getByLabel('Handle').fill(`taken-${look.name}`);
      await page.locator('#profile-form').getByRole('button', { name: 'Save' }).click();
      await page.getByText('Somebody has that handle already').waitFor();
      await page.getByRole('link', { name: `taken-${look.name}-2` }).click();
      assert.equal(await page.getByLabel('Handle').inputValue(), `taken-${look.name}-2`);
      await page.locator('#profile-form').getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved.').waitFor();
    });

    it('cut a photo to the chosen square, and send nothing else of it', async () => {
      const file = await photo(page);
      assert.ok(file.includes('GPSLatitude'));
      const sent: Buffer[] = [];
      await page.route('**/api/account/picture', async (route) => {
        sent.push(route.request().postDataBuffer() ?? Buffer.alloc(0));
        await route.continue();
      });
      await page.locator('#picture-file').setInputFiles({ name: 'IMG_1.jpg', mimeType: 'image/jpeg', buffer: file });
      const dialog = page.getByRole('dialog', { name: 'Choose what to show' });
      await dialog.waitFor();
      const view = page.locator('#crop-view');
      assert.ok(await view.evaluate((canvas) => canvas === document.activeElement), 'the keys do not reach the picture');
      await seen('crop');
      // From the green middle to the red left: with the keys, or by dragging.
      if (look.name.startsWith('phone')) {
        for (let press = 0; press < 6; press++) await page.keyboard.press('Shift+ArrowLeft');
      } else {
        const box = (await view.boundingBox())!;
        await page.mouse.move(box.x + 20, box.y + 100);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width - 10, box.y + 120, { steps: 5 });
        await page.mouse.up();
        await page.mouse.move(box.x + 20, box.y + 100);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width - 10, box.y + 100, { steps: 5 });
        await page.mouse.up();
      }
      await page.keyboard.press('+');
      assert.notEqual(await page.locator('#zoom').inputValue(), '0');
      await page.getByRole('button', { name: 'Use this picture' }).click();
      await page.getByText('Your new picture is saved.').waitFor();
      assert.equal(sent.length, 1);
      assert.ok(sent[0]!.length > 100 && !sent[0]!.includes('Exif') && !sent[0]!.includes('GPS'), 'more than the picture was sent');
      const { image } = await person.json<{ image: string }>('/api/account');
      const [width, height, red = 0, green = 0, blue = 0] = await middle(page, image);
      assert.deepEqual([width, height], [512, 512]);
      assert.ok(red > 150 && green < 60 && blue < 60, `${red} ${green} ${blue} is not the left of the photo`);
      assert.equal(await page.locator('.avatar img').count(), 2, 'it stands in the header and in the profile');
      await page.reload();
      assert.equal(await page.locator('.avatar img').count(), 2);
      await seen('picture');
      await page.getByRole('button', { name: 'Remove the picture' }).click();
      await page.getByText('Your picture is removed.').waitFor();
      assert.equal(await page.locator('.avatar img').count(), 0);
    });

    it('say so when a file is no picture', async () => {
      await page.locator('#picture-file').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
      await page.getByText(/cannot read that picture/).waitFor();
    });

    it('sign another device out, at once for all that it would change', async () => {
      const other = await again(person);
      assert.equal((await other.send('PATCH', '/api/account', { name: 'Still here' })).status, 200);
      await page.goto(`${stack.addresses.app}/settings#devices`);
      const devices = part('Devices');
      assert.equal(await devices.getByText('This device').count(), 1);
      await devices.getByRole('button', { name: 'Sign out everywhere else' }).waitFor();
      const rows = await devices.getByRole('listitem').count();
      await devices.getByRole('button', { name: /^Sign out / }).first().click();
      await page.getByText('That device is signed out.').waitFor();
      assert.equal(await devices.getByRole('listitem').count(), rows - 1);
      assert.equal((await other.send('PATCH', '/api/account', { name: 'Gone?' })).status, 401);
      const settings = await other.fetch('/settings');
      assert.equal(settings.status, 303, 'the settings are shown to a device that was signed out');
      await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
      await page.getByText('All your other devices are signed out.').waitFor();
      assert.equal(await part('Devices').getByRole('listitem').count(), 1);
    });

    it('tell what was done, and more of it on request', async () => {
      for (let at = 0; at < 25; at++) await person.send('PATCH', '/api/account', { name: `Mira ${at}` });
      await page.goto(`${stack.addresses.app}/settings`);
      const log = page.locator('#log > li');
      assert.equal(await log.count(), 20);
      await page.locator('#older').click();
      await page.waitForFunction(() => document.querySelectorAll('#log > li').length > 20);
      const words = await page.locator('#log').innerText();
      for (const part of ['Changed the handle', 'Signed out another device', 'Signed in with a code by mail']) assert.ok(words.includes(part), part);
      await page.locator('#activity').scrollIntoViewIfNeeded();
      await seen('activity');
    });

    it('ask twice before an account is deleted, and can be told to keep it on every page', async () => {
      await page.getByRole('link', { name: 'Delete my account' }).click();
      const dialog = page.getByRole('dialog', { name: 'Delete your account?' });
      await dialog.getByText(/all of this goes/).waitFor();
      const press = dialog.getByRole('button', { name: 'Delete my account' });
      await dialog.getByRole('textbox').fill('somebody@else.test');
      assert.equal(await press.getAttribute('aria-disabled'), 'true');
      await seen('delete');
      await dialog.getByRole('textbox').fill(person.email.toUpperCase());
      await press.click();
      await page.getByText('Your account will be deleted in seven days.').waitFor();
      await seen('leaving');
      await page.goto(stack.addresses.app);
      const bar = page.getByRole('complementary', { name: 'Deletion of your account' });
      await bar.getByText(/Your account will be deleted on \d+ \w+ \d{4}/).waitFor();
      await page.goto(`${stack.addresses.app}/sites/settings-${look.name}.vetka.localhost/builder`);
      await seen('leaving-builder');
      await bar.getByRole('button', { name: 'Keep my account' }).click();
      await page.getByText('Your account stays.').waitFor();
      assert.equal(await bar.count(), 0);
      assert.equal((await person.json<{ deletionAt: string | null }>('/api/account')).deletionAt, null);
    });

    it('met no script error and nothing that the policy refused', () => assert.deepEqual(problems, []));
  });
}

describe('the settings without scripts', () => {
  it('change what can be changed without them', async () => {
    const person = await stack.person();
    const other = await again(person);
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, javaScriptEnabled: false });
    await signInAs(context, stack, person);
    const page = await context.newPage();
    await page.goto(`${stack.addresses.app}/settings`);
    await assertFits(page, 'settings without scripts');
    assert.ok(!(await page.locator('#choose-picture').isVisible()));
    await page.getByText(/Choosing a picture needs scripts/).waitFor();

    await page.getByLabel('Name', { exact: true }).fill('Plain');
    await page.getByLabel('Handle').fill('@Plain-One');
    await page.locator('#profile-form').getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    assert.equal(await page.getByLabel('Handle').inputValue(), 'plain-one');

    await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
    await page.getByText('All your other devices are signed out.').waitFor();
    assert.equal((await other.send('PATCH', '/api/account', { name: 'Gone?' })).status, 401);

    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download everything' }).first().click();
    assert.match((await download).suggestedFilename(), /^vetka-.*\.zip$/);

    for (const typed of ['nobody@example.test', person.email]) {
      await page.goto(`${stack.addresses.app}/settings`);
      await page.getByRole('link', { name: 'Delete my account' }).click();
      await page.getByRole('dialog').getByRole('textbox').fill(typed);
      await page.getByRole('dialog').getByRole('button', { name: 'Delete my account' }).click();
      await page.waitForLoadState();
      const { deletionAt } = await person.json<{ deletionAt: string | null }>('/api/account');
      assert.equal(deletionAt !== null, typed === person.email, typed);
    }
    await page.getByRole('button', { name: 'Keep my account' }).first().click();
    await page.getByText('Your account stays.').waitFor();
    await context.close();
  });
});
