// git's proc-receive hook, a program of its own: it tells the forge what a push wants to change, and git what the forge
// said. With this hook, unlike the older ones, each ref is refused by itself and in the forge's words.

import { readSync, writeSync } from 'node:fs';
import { request } from 'node:http';

const STDIN = 0;
const STDOUT = 1;
const MAX_UPDATES = 10_000;

function readExactly(size: number): Buffer {
  const all = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    const read = readSync(STDIN, all, at, size - at, null);
    if (read === 0) throw new Error('git has stopped speaking');
    at += read;
  }
  return all;
}

/** One line of git's protocol; null at the end of a section. */
function readPacket(): string | null {
  const size = Number.parseInt(readExactly(4).toString(), 16);
  if (!(size >= 0) || (size > 0 && size < 4)) throw new Error('git speaks another protocol');
  return size === 0 ? null : readExactly(size - 4).toString('utf8').replace(/\n$/, '');
}

function writePacket(text: string | null): void {
  const body = Buffer.from(text ?? '');
  writeSync(STDOUT, Buffer.concat([Buffer.from(text === null ? '0000' : (body.length + 4).toString(16).padStart(4, '0')), body]));
}

function readSection(): string[] {
  const lines: string[] = [];
  for (let line = readPacket(); line !== null; line = readPacket()) {
    lines.push(line);
    if (lines.length > MAX_UPDATES) throw new Error('a push may change 10000 refs at most');
  }
  return lines;
}

/** The forge's word on each ref: null is yes. */
async function ask(updates: string[]): Promise<Record<string, { reason: string; said: string[] } | null>> {
  const body = JSON.stringify({ push: process.env['FORGE_PUSH'], updates });
  return await new Promise((resolve, reject) => {
    const asking = request(String(process.env['FORGE_ASK']), { method: 'POST', headers: { 'content-type': 'application/json' } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        if (answer.statusCode !== 200) return reject(new Error(`the forge answered ${answer.statusCode ?? 0}`));
        resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, { reason: string; said: string[] } | null>);
      });
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

readSection();
writePacket('version=1\0');
writePacket(null);
const updates = readSection();
const answers = await ask(updates);
for (const update of updates) {
  const ref = update.split(' ').slice(2).join(' ');
  const refusal = answers[ref];
  if (refusal === undefined) throw new Error(`the forge said nothing of ${ref}`);
  if (refusal === null) {
    writePacket(`ok ${ref}`);
    writePacket('option fall-through');
    continue;
  }
  for (const line of refusal.said) process.stderr.write(`${line}\n`);
  writePacket(`ng ${ref} ${refusal.reason}`);
}
writePacket(null);
