/**
 * The API held to its own document by generated requests (schemathesis): whatever is sent, no answer is a failure of
 * ours, and each is of a status, a kind and a shape that the document names.
 *
 * Left out: POST /api/agent/stream, whose answer is a stream that lasts as long as a turn, and GET /ws, a WebSocket.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { root } from '../../scripts/stack/root.ts';
import { type TestStack, startTestStack } from '../http/harness.ts';
import { Publishing, newId, sha256 } from '../http/publishing.ts';
import { SESSION_COOKIE, SESSION_KEY, signToken } from '../http/session-token.ts';

/** More than the run sends requests to routes that need somebody; they go round again when not. */
const PEOPLE = 2_000;
const RICH = 3;
/** A file that the people who publish in several requests send. */
const FILE = '<h1>Sent in several requests</h1>';
const ADMIN_KEY = 'an operator’s key, for the contract run alone'.normalize('NFKD').replaceAll(/[^a-z]/g, '-');
/** A run takes two minutes and a half on two free cores. */
const LONGEST_MS = 600_000;
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'allow_header_conformance',
];

/** Operations whose success needs what only a person or a website gives; their own tests have it. */
const REFUSED_ONLY = new Set([
  'checkCode', // a code from the mail
  'signInCode',
  'verifyEmail', // nothing to verify: always refused
  'postSession', // always refused
  'unlinkAccount', // an identity at a provider
  'proveSite', // a website one owns
  'redeemGrant', // a code from our own window, and only our own frame may ask
  'notchBearer',
  'notchSignOut',
  'notchNonce',
  'endGrant', // a site that knows them
  'readThread', // a message that somebody wrote
  'editMessage',
  'deleteMessage',
  'acceptInvite', // a link that somebody was given
  'leaveOrganization', // another admin
  'removeMember',
  'listRepositories', // a connection to GitHub
  'getRepository',
  'getProposal',
  'createProject',
  'buildTemplate', // e2b
  'createWorkSession',
  'sessionMessages', // what an object of a session that ran knows
  'sessionChanges',
  'createPullRequest',
  'commitToMain',
  'discardSession',
  'extendSession',
  'undoTurn',
  'createPreview',
]);

interface Someone {
  email: string;
  cookie: string;
  domain: string;
  site?: string;
  report?: string;
  /** What they left on a page of their own, and where somebody mentions it. */
  reaction?: string;
  mention?: string;
  snapshot?: string;
  upload?: string;
  /** Publishing in several requests: one whose files are all there, and one to give up. */
  publishing?: string;
  abandoned?: string;
  token?: string;
  /** An organization of theirs, with an invite, a project, and a session that is over. */
  organization?: string;
  invite?: string;
  project?: string;
  work?: string;
  user?: string;
}

const here = fileURLToPath(new URL('.', import.meta.url));
let stack: TestStack;
let folder: string;

before(async () => {
  // Without e2b: each build of a template would keep this machine busy for seconds, and they are asked for by the dozen.
  stack = await startTestStack({ settings: { SESSION_KEY, ADMIN_KEY, E2B_API_KEY: '' } });
  folder = mkdtempSync(join(tmpdir(), 'vetka-contract-'));
});
after(async () => {
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
});

const id = (kind: string, number: number): string => `${kind}${number.toString(2).padStart(24 - kind.length, '0')}`.replaceAll('0', 'a').replaceAll('1', 'b');

/** People as the database has them, without the mail that real ones read. */
async function crowd(): Promise<Someone[]> {
  const now = Date.now();
  const numbers = Array.from({ length: PEOPLE }, (_, number) => number);
  const rows = numbers.map((number) => ({
    user: id('u', number),
    session: id('s', number),
    site: id('w', number),
    email: `crowd-${number}@example.test`,
    label: `crowd-${number}`,
    report: newId(),
    reaction: newId(),
    mention: newId(),
    organization: newId(),
    invite: newId(),
    project: newId(),
    work: newId(),
  }));
  const db = await stack.db();
  const all = JSON.stringify(rows);
  const each = `FROM json_each(?1)`;
  // Some have none yet.
  const some = `${each} WHERE key % 3 > 0`;
  const field = (name: string): string => `value ->> '${name}'`;
  const later = now + 7 * 86_400_000;
  await db.batch([
    db
      .prepare(
        `INSERT INTO user (id, name, email, email_verified, created_at, updated_at)
         SELECT ${field('user')}, '', ${field('email')}, 1, ?2, ?2 ${each}`,
      )
      .bind(all, now),
    db
      .prepare(
        `INSERT INTO session (id, token, user_id, expires_at, ip_address, user_agent, created_at, updated_at)
         SELECT ${field('session')}, ${field('session')}, ${field('user')}, ?3, '', '', ?2, ?2 ${each}`,
      )
      .bind(all, now, later),
    db
      .prepare(
        `INSERT INTO site (id, domain, user_id, kind, subdomain, status, created_at, updated_at)
         SELECT ${field('site')}, ${field('label')} || '.vetka.localhost', ${field('user')}, 'generated', ${field('label')}, 'draft', ?2, ?2 ${some}`,
      )
      .bind(all, now),
    db
      .prepare(
        `INSERT INTO report (id, site_id, url, reason, created_at)
         SELECT ${field('report')}, ${field('site')}, 'http://' || (${field('label')}) || '.vetka.localhost/', 'spam', ?2 ${some}`,
      )
      .bind(all, now),
    db
      .prepare(
        `INSERT INTO organization (id, name, slug, created_at, updated_at)
         SELECT ${field('organization')}, 'A team', ${field('organization')}, ?2, ?2 ${each}`,
      )
      .bind(all, now),
    db
      .prepare(
        `INSERT INTO organization_member (organization_id, user_id, role, created_at)
         SELECT ${field('organization')}, ${field('user')}, 'ADMIN', ?2 ${each}`,
      )
      .bind(all, now),
    db
      .prepare(
        `INSERT INTO organization_invite (id, organization_id, token_hash, role, expires_at, created_at)
         SELECT ${field('invite')}, ${field('organization')}, ${field('invite')}, 'MEMBER', ?3, ?2 ${each}`,
      )
      .bind(all, now, later),
    db
      .prepare(
        `INSERT INTO project (id, organization_id, name, repository, repository_url, default_branch, preview_port, model, created_at, updated_at)
         SELECT ${field('project')}, ${field('organization')}, 'A project', 'ann-ash/harbor-bakery', 'https://forge.test/ann-ash/harbor-bakery', 'main', 3000, 'claude-sonnet-5', ?2, ?2 ${each}`,
      )
      .bind(all, now),
    db
      .prepare(
        `INSERT INTO work_session (id, organization_id, project_id, user_id, title, branch, status, outcome, started_at, ended_at, sandbox_gone_at)
         SELECT ${field('work')}, ${field('organization')}, ${field('project')}, ${field('user')}, 'Make it warmer', 'vendi/session-' || (${field('work')}), 'COMPLETED', 'DISCARDED', ?2, ?2, ?2 ${each}`,
      )
      .bind(all, now),
    // Each has left something on a page of their own, and was mentioned elsewhere.
    ...['page', 'anchor', 'reaction', 'mention'].map((table) => {
      const columns: Record<string, string> = {
        page: `(id, url, site_id, created_at) SELECT ${field('reaction')}, 'http://' || (${field('label')}) || '.vetka.localhost/', ${field('site')}, ?2`,
        anchor: `(id, page_id, exact, x, y, created_at, updated_at) SELECT ${field('reaction')}, ${field('reaction')}, 'a word', 1, 1, ?2, ?2`,
        reaction: `(id, anchor_id, page_id, site_id, author_user_id, author_site_id, signal, created_at, updated_at)
          SELECT ${field('reaction')}, ${field('reaction')}, ${field('reaction')}, ${field('site')}, ${field('user')}, ${field('site')}, 'heart', ?2, ?2`,
        mention: `(id, source, target, site_id, state, created_at) SELECT ${field('mention')}, 'https://elsewhere.example/' || key, 'http://' || (${field('label')}) || '.vetka.localhost/', ${field('site')}, 'waiting', ?2`,
      };
      return db.prepare(`INSERT INTO ${table} ${columns[table]} ${some}`).bind(all, now);
    }),
  ]);
  const seconds = Math.floor(now / 1000);
  return rows.map(({ user, session, site, report, reaction, mention, organization, invite, project, work, email, label }) => ({
    email,
    site,
    report,
    reaction,
    mention,
    organization,
    invite,
    project,
    work,
    user,
    // Young for the whole run, so that no reader asks for the session's record.
    cookie: `${SESSION_COOKIE}=${signToken({ sid: session, uid: user, iat: seconds, exp: seconds + 300 })}`,
    domain: `${label}.vetka.localhost`,
  }));
}

/** Somebody who has sent a file, talked with the agent, and has versions. */
async function talker(number: number): Promise<Someone> {
  const owner = await stack.owner(`talker-${number}`);
  const form = new FormData();
  form.append('file', new Blob(['hello'], { type: 'text/plain' }), 'note.txt');
  const sent = new Request('http://upload.test', { method: 'POST', body: form });
  const upload = await owner.json<{ id: string }>('/api/agent/upload', {
    method: 'POST',
    headers: { 'content-type': sent.headers.get('content-type') ?? '' },
    body: await sent.text(),
  });
  for (const message of ['A site about my bakery', 'Make it green']) {
    await (await owner.send('POST', '/api/agent/stream', { message })).text();
  }
  const { snapshots } = await owner.json<{ snapshots: { id: string }[] }>(`/api/sites/${owner.domain}/snapshots`);
  assert.ok(snapshots[1], 'the demo agent published no two versions');
  const token = await (await Publishing.of(stack)).token(owner.siteId);
  const [publishing, abandoned] = [await begin(token, 'index.html'), await begin(token, 'other/index.html', 'index.html')];
  await publish('PUT', `/${publishing}/blobs/${sha256(FILE)}`, token, FILE);
  await owner.send('PUT', `/api/sites/${owner.domain}/domain`, { hostname: `www.talker-${number}.example` });
  const { cookieHeader, ...known } = { cookieHeader: owner.cookieHeader(), email: owner.email, domain: owner.domain, site: owner.siteId };
  return { ...known, token, cookie: cookieHeader, snapshot: snapshots[1].id, upload: upload.id, publishing, abandoned };
}

async function publish(method: string, path: string, token: string, body: string): Promise<Record<string, unknown>> {
  const response = await stack.anybody.fetch(`/api/agent/deploy/uploads${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(method === 'POST' ? { 'content-type': 'application/json' } : {}) },
    body,
  });
  assert.ok(response.ok, `${method} ${path} answered ${response.status}`);
  return response.status === 204 ? {} : ((await response.json()) as Record<string, unknown>);
}

/** Begins to publish the file under these names; gives the upload's id. */
async function begin(token: string, ...paths: string[]): Promise<string> {
  const files = paths.map((path) => ({ path, sha256: sha256(FILE), size: Buffer.byteLength(FILE) }));
  return String((await publish('POST', '', token, JSON.stringify({ files, live: false })))['uploadId']);
}

async function run(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number | null; output: string }> {
  return await new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], timeout: LONGEST_MS, killSignal: 'SIGKILL' });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

describe('generated requests', () => {
  it('find no failure of ours and no answer that is not described', { timeout: 660_000 }, async () => {
    const people = await crowd();
    const rich = await Promise.all(Array.from({ length: RICH }, (_, number) => talker(number)));
    const contract = join(folder, 'contract.json');
    const page = `${stack.siteOrigin('talker-0')}/`;
    const left = await stack.owner('reads-and-reacts');
    const reaction = await left.json<{ id: string }>('/api/notch/reactions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url: page, signal: 'heart', body: 'Well said', anchor: { exact: 'bakery', x: 1, y: 1 } }),
    });
    writeFileSync(contract, JSON.stringify({ origin: stack.addresses.app, people, rich, page, reaction: reaction.id, adminKey: ADMIN_KEY, file: { text: FILE, sha256: sha256(FILE) } }));
    const { code, output } = await run(
      join(root, 'target/tools/schemathesis'),
      [
        'run', join(root, 'docs/openapi.json'), '--url', stack.addresses.app,
        '--checks', CHECKS.join(','), '--phases', 'examples,coverage,fuzzing', '--mode', 'all',
        '--max-examples', process.env['CONTRACT_EXAMPLES'] ?? '20', '--generation-deterministic', '--seed', '1',
        '--exclude-operation-id', 'stream', '--continue-on-failure', '--request-timeout', '20', '--workers', '2',
        '--max-redirects', '0', '--suppress-health-check', 'all', '--warnings', 'off', '--no-color',
      ],
      { PYTHONPATH: here, SCHEMATHESIS_HOOKS: 'hooks', PYTHONDONTWRITEBYTECODE: '1', VETKA_CONTRACT: contract },
    );
    assert.notEqual(code, null, `it was cut off after ${LONGEST_MS / 1000} s:\n${output}`);
    console.log(output.slice(output.lastIndexOf('Test cases:')));
    const answers = JSON.parse(readFileSync(`${contract}.answers`, 'utf8')) as Record<string, Record<string, number>>;
    for (const [operation, counts] of Object.entries(answers)) console.log(operation, JSON.stringify(counts));
    assert.equal(code, 0, output);
    // Refusals alone would be no proof.
    const neverDone = Object.keys(answers).filter((operation) => !REFUSED_ONLY.has(operation) && !Object.keys(answers[operation]!).some((status) => status < '400'));
    assert.deepEqual(neverDone, []);
  });
});
