/** Publishing again with one file changed, by the program for a shell: bytes on the wire against those of the first time. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestStack } from '../../tests/http/harness.ts';
import { Publishing } from '../../tests/http/publishing.ts';
import { root } from '../stack/root.ts';
import { table } from './table.ts';

const FILES = 1_000;
const SIZE = 16 * 1024;

export async function redeploying(stack: TestStack, folder: string): Promise<void> {
  const publishing = await Publishing.of(stack);
  const site = await publishing.site();
  const wire = await countingWire(Number(new URL(stack.addresses.app).port));
  const put = (name: string, text: string): void => {
    const path = join(folder, 'site', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  const publish = async (): Promise<{ bytes: number; ms: number }> => {
    wire.sent = 0;
    const start = performance.now();
    await promisify(execFile)('sh', [join(root, 'workers/deploy/deploy.sh'), join(folder, 'site')], {
      env: { PATH: process.env['PATH'] ?? '', VETKA_DEPLOY_URL: `http://vetka.localhost:${wire.port}/api/agent/deploy`, VETKA_DEPLOY_TOKEN: site.token },
    });
    return { bytes: wire.sent, ms: performance.now() - start };
  };
  try {
    for (let n = 0; n < FILES - 1; n++) put(`part-${n % 20}/page-${n}.html`, `${n} ${site.id} `.repeat(SIZE).slice(0, SIZE));
    put('index.html', 'first');
    const full = await publish();
    put('index.html', 'changed');
    const again = await publish();
    table(
      [`publishing ${FILES} files of 16 KB`, 'bytes sent', 'ms'],
      [
        ['all of them', String(full.bytes), full.ms.toFixed(0)],
        ['again, one changed', `${again.bytes} (${((again.bytes / full.bytes) * 100).toFixed(2)} %)`, again.ms.toFixed(0)],
      ],
    );
  } finally {
    wire.close();
  }
}

interface Wire {
  port: number;
  /** Bytes that went to the workers. */
  sent: number;
  close: () => void;
}

/** Passes everything on to a port of this machine, and counts. */
async function countingWire(to: number): Promise<Wire> {
  const server = createServer((client) => {
    const worker = connect(to, '127.0.0.1');
    client.on('data', (bytes: Buffer) => (wire.sent += bytes.length));
    client.pipe(worker).pipe(client);
    for (const end of [client, worker]) end.on('error', () => [client.destroy(), worker.destroy()]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const wire: Wire = { port: (server.address() as AddressInfo).port, sent: 0, close: () => server.close() };
  return wire;
}
