/** A limiter that does not work limits nothing: it is there to protect people, and must not lock them out. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import { address, send } from './account-kit.ts';
import { Client, startTestStack } from './harness.ts';

it('people whose limits cannot be kept are let through', async () => {
  const stack = await startTestStack();
  try {
    const client = new Client(stack.addresses.app);
    const email = address();
    for (let at = 0; at < 5; at++) assert.equal((await send(client, email)).status, 200);
    assert.equal((await send(client, email)).status, 429);

    await stack.stack.miniflare().dispose();
    const files = globSync('v3/**/*Limiter*/*.sqlite', { cwd: stack.stateDir });
    const broken = files.filter((file) => {
      const db = new DatabaseSync(join(stack.stateDir, file));
      const { n } = db.prepare("SELECT COUNT(*) AS n FROM sqlite_master WHERE name = 'bucket'").get() as { n: number };
      // Every use of it fails from now on.
      if (n === 1) db.exec('DROP TABLE bucket; CREATE VIEW bucket AS SELECT 1 AS broken');
      db.close();
      return n === 1;
    });
    assert.ok(broken.length >= 3, `${broken.length} of ${files.length}`);
    await stack.stack.restart();

    for (let at = 0; at < 7; at++) assert.equal((await send(client, email)).status, 200);
    assert.equal((await stack.mails()).filter(({ to }) => to.includes(email)).length, 12);
  } finally {
    await stack.close();
  }
});
