import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchSources } from '../../scripts/stack/watch.ts';

describe('watching the sources', () => {
  it('sees each change, also of a file that an editor saves by putting another in its place', async () => {
    const base = mkdtempSync(join(tmpdir(), 'vetka-watch-'));
    for (const folder of ['workers/api/src', 'workers/api/build', 'r2', 'notch', 'd1-migrations']) {
      mkdirSync(join(base, folder), { recursive: true });
    }
    const file = join(base, 'workers/api/src/lib.rs');
    writeFileSync(file, '');
    const seen: string[] = [];
    const stop = watchSources(base, (name) => seen.push(name));
    const after = async (change: () => void): Promise<string[]> => {
      seen.length = 0;
      change();
      await sleep(150);
      return [...new Set(seen)];
    };
    try {
      for (let time = 0; time < 3; time++) {
        const replaced = await after(() => {
          writeFileSync(join(base, 'workers/api/src/.lib.rs~'), `${time}`);
          renameSync(join(base, 'workers/api/src/.lib.rs~'), file);
        });
        assert.deepEqual(replaced, ['workers/api/src/lib.rs']);
        assert.deepEqual(await after(() => writeFileSync(file, `again ${time}`)), ['workers/api/src/lib.rs']);
      }
      await after(() => mkdirSync(join(base, 'notch/src')));
      assert.deepEqual(await after(() => writeFileSync(join(base, 'notch/src/hub.ts'), '')), ['notch/src/hub.ts']);
      assert.deepEqual(await after(() => writeFileSync(join(base, 'wrangler.toml'), '')), ['wrangler.toml']);
      assert.deepEqual(await after(() => writeFileSync(join(base, 'workers/api/build/index.rs'), '')), []);
      assert.deepEqual(await after(() => writeFileSync(join(base, 'notch/src/notes.txt'), '')), []);
    } finally {
      stop();
      rmSync(base, { recursive: true, force: true });
    }
  });
});
