// What scripts/doctor sees of a host from outside, of this machine, and of what an installation may do without.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import type { Finding } from '../../scripts/operate/finding.ts';
import { checkMachine } from '../../scripts/operate/machine.ts';
import { optional } from '../../scripts/operate/optional.ts';
import { seenFromOutside, type Outside } from '../../scripts/operate/outside.ts';
import { configure, readAllCommitted } from '../../scripts/release/config.ts';
import { readTarget } from '../../scripts/release/target.ts';
import { root } from '../../scripts/stack/root.ts';
import { OPTIONAL_SECRETS } from '../../scripts/stack/secrets.ts';
import { forElsewhere, forLocalhost } from './certificates.ts';

async function listening(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const lines = (findings: Finding[]): string[] => findings.map(({ state, what }) => `${state} ${what}`);

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a name that leads nowhere, and a certificate that does not cover it, are told apart', async (t) => {
  const resolve = async (host: string): Promise<void> => {
    if (host !== 'localhost') throw new Error(`getaddrinfo ENOTFOUND ${host}`);
  };
  const see = async (host: string, outside: Outside): Promise<string[]> => lines(await seenFromOutside(host, { resolve, patience: 2000, ...outside }));
  assert.deepEqual(await see('nobody.example', {}), ['missing nobody.example has no address: getaddrinfo ENOTFOUND nobody.example'], 'one thing to do at a time');

  const right = await listening(t, createTlsServer(forLocalhost, (socket) => socket.end()));
  assert.deepEqual(await see('localhost', { port: right, ca: forLocalhost.cert }), ['ok localhost has an address', 'ok the certificate covers localhost']);
  const [, unsigned = ''] = await see('localhost', { port: right });
  assert.match(unsigned, /^missing no TLS at localhost: self-signed certificate/);

  const other = await listening(t, createTlsServer(forElsewhere, (socket) => socket.end()));
  const [, uncovered = ''] = await see('localhost', { port: other, ca: forElsewhere.cert });
  assert.match(uncovered, /^missing no TLS at localhost: Hostname\/IP does not match certificate's altnames/);

  // Somebody who answers without TLS, and somebody who never does.
  const plain = await listening(t, createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
  assert.match((await see('localhost', { port: plain, ca: forLocalhost.cert }))[1] ?? '', /^missing no TLS at localhost: /);
  const silent = await listening(t, createServer((socket) => void t.after(() => socket.destroy())));
  assert.equal((await see('localhost', { port: silent, ca: forLocalhost.cert, patience: 200 }))[1], 'missing no TLS at localhost: no answer within 0.2 seconds');
  for (const { state, how } of await seenFromOutside('localhost', { resolve, port: silent, patience: 50 })) assert.ok(state === 'ok' || how?.includes('Edge Certificates'));
});

test('on a machine without tools the local doctor says which to get, and that nothing would run', (t) => {
  const folder = scratch(t);
  // Everything that the script itself wants, and none of the tools.
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const program of ['sh', 'dirname']) symlinkSync(spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim(), join(bin, program));
  const doctor = (path: string): { code: number | null; findings: Finding[]; err: string } => {
    const run = spawnSync(join(root, 'scripts/doctor'), ['--local', '--json', '--state', join(folder, 'state'), '--url', 'http://127.0.0.1:9'], { env: { PATH: path }, encoding: 'utf8' });
    return { code: run.status, findings: run.stdout === '' ? [] : (JSON.parse(run.stdout) as Finding[]), err: run.stderr };
  };
  const bare = doctor(bin);
  assert.equal(bare.code, 1, bare.err);
  const said = lines(bare.findings);
  for (const line of ['missing rustup is not there', 'missing cargo is not there', 'missing npm is not there', 'missing git is not there', 'warning python3 is not there', 'warning chromium is not there', 'ok worker-build']) {
    assert.ok(said.includes(line), `${line} is missing in:\n${said.join('\n')}`);
  }
  assert.match(bare.findings.find(({ what }) => what.startsWith('cargo'))?.how ?? '', /rustup\.rs/);
  // The same machine with one more tool.
  symlinkSync('/bin/true', join(bin, 'git'));
  assert.ok(lines(doctor(bin).findings).includes('ok git'));
});

test('a state folder that cannot be, a port that is taken, and half of a service', async (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, 'file'), '');
  const stranger = await listening(t, createHttpServer((_request, response) => response.end('<html>hello')));
  const vars = { ANTHROPIC_API_KEY: 'x', ANTHROPIC_AGENT_ID: 'x', GOOGLE_CLIENT_ID: 'x', CLOUDFLARE_SAAS_TOKEN: 'x', CLOUDFLARE_API_URL: 'x', SAAS_ZONE_ID: 'x' };
  const findings = await checkMachine({ state: join(folder, 'file/state'), url: `http://127.0.0.1:${stranger}` }, vars);
  const said = lines(findings);
  for (const line of [
    `missing ${join(folder, 'file/state')} cannot be written`,
    '.dev.vars has ANTHROPIC_API_KEY without ANTHROPIC_ENVIRONMENT_ID',
    '.dev.vars has GOOGLE_CLIENT_ID without GOOGLE_CLIENT_SECRET',
    "ok CLOUDFLARE_SAAS_TOKEN: people's own domains in a real zone",
    'ok no RESEND_API_KEY in .dev.vars: an emulator stands for mail that really leaves',
  ]) assert.ok(said.some((one) => one.includes(line)), `${line} is missing in:\n${said.join('\n')}`);
  assert.ok(said.some((line) => line.startsWith(`missing port ${stranger} is taken by something else: `)), said.join('\n'));
  const free = await checkMachine({ state: join(folder, 'state'), url: 'http://127.0.0.1:9' }, {});
  assert.ok(lines(free).includes(`ok ${join(folder, 'state')} will be made`));
  assert.ok(lines(free).includes('ok port 9 is free; scripts/dev would answer there'));
});

test('the secrets that are listed are those that the workers read, and the other way round', () => {
  const sources = (folder: string): string => {
    const { stdout } = spawnSync('grep', ['-rhoE', '"[A-Z][A-Z0-9_]+"', join(root, 'workers', folder, 'src'), '--include=*.rs'], { encoding: 'utf8' });
    return stdout;
  };
  const shared = sources('edge');
  const committed = readAllCommitted();
  for (const [worker, config] of Object.entries(committed)) {
    const read = `${sources(worker)}${shared}`;
    const secrets = [...(config.secrets?.required ?? []), ...(OPTIONAL_SECRETS[worker as keyof typeof committed] ?? [])];
    for (const name of [...secrets, ...Object.keys(config.vars ?? {})]) assert.ok(read.includes(`"${name}"`), `no source of ${worker} reads ${name}`);
    const bound = [
      ...(config.d1_databases ?? []), ...(config.r2_buckets ?? []), ...(config.kv_namespaces ?? []), ...(config.services ?? []), ...(config.analytics_engine_datasets ?? []),
    ].map(({ binding }) => binding);
    const asked = spawnSync('grep', ['-rhoE', 'config::(var|optional|secret)\\([^"]*"[A-Z0-9_]+"', join(root, 'workers', worker, 'src'), '--include=*.rs'], { encoding: 'utf8' }).stdout;
    const names = [...asked.matchAll(/"([A-Z0-9_]+)"/g)].map(([, name = '']) => name);
    assert.deepEqual(names.filter((name) => ![...secrets, ...Object.keys(config.vars ?? {}), ...bound].includes(name)), [], `${worker} reads what nobody sets`);
  }
});

test('what may be left out is told from what is half set, each with how to get it', () => {
  const api = (vars: Record<string, string>, ...there: string[]): Finding[] => {
    const workers = configure({ ...readTarget('production', '/nonexistent', 'vetka.sh'), vars }, '/tmp');
    const worker = workers.find(({ worker }) => worker === 'api');
    assert.ok(worker);
    return optional(worker, workers, new Set(['ADMIN_KEY', ...there]));
  };
  const bare = api({});
  assert.deepEqual(lines(bare), [
    'warning vetka-api has no GOOGLE_CLIENT_SECRET: signing in with Google is not offered',
    'warning vetka-api has no GITHUB_CLIENT_SECRET: signing in with GitHub, and changing repositories there is not offered',
    "warning vetka-api has no CLOUDFLARE_SAAS_TOKEN: a domain of one's own is not offered",
    'warning vetka-api has no BROWSER_RENDERING_TOKEN: a picture of each live site, and of what sessions change is not offered',
    'warning vetka-api has no SAFE_BROWSING_KEY: a look at the links of a version before it goes live is not offered',
  ]);
  for (const { how } of bare) assert.match(how ?? '', /^To offer it: .+ Put it into the secrets file and run scripts\/deploy\.$/);
  assert.match(bare[3]?.how ?? '', /Browser Rendering Edit/);
  assert.match(bare[2]?.how ?? '', /"ownDomains": true/);

  const set = api({ GOOGLE_CLIENT_ID: 'x', SAFE_BROWSING: 'on' }, 'SAFE_BROWSING_KEY', 'GITHUB_CLIENT_SECRET', 'BROWSER_RENDERING_TOKEN');
  for (const line of [
    'missing GOOGLE_CLIENT_ID is set, but vetka-api has no GOOGLE_CLIENT_SECRET: signing in with Google fails',
    'warning vetka-api has GITHUB_CLIENT_SECRET, but GITHUB_CLIENT_ID is not set: signing in with GitHub, and changing repositories there is not offered',
    'ok a look at the links of a version before it goes live is offered',
    'ok a picture of each live site, and of what sessions change is offered',
  ]) assert.ok(lines(set).includes(line), `${line} is missing in:\n${lines(set).join('\n')}`);
  assert.ok(lines(api({ SAFE_BROWSING: 'off' }, 'SAFE_BROWSING_KEY')).some((line) => line.includes('SAFE_BROWSING is not set')));
});
