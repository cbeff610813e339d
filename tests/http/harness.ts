/**
 * A stack for tests: fresh state, free ports, real workerd. Tests say who is asking: `stack.anybody`, or a `Person`
 * from `stack.person()`, who has signed in as people do, with a code read from the mail.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { D1Database, KVNamespace, R2Bucket } from '@cloudflare/workers-types';
import { Agent, WebSocket, fetch as undiciFetch, type RequestInit, type Response } from 'undici';
import { stripEnvironment } from '../../scripts/stack/settings.ts';
import { scriptName, startStack, type Addresses, type Stack } from '../../scripts/stack/stack.ts';
import type { Point } from '../../scripts/stack/counter.ts';
import type { OpenWeb } from '../../scripts/stack/outbound.ts';
import type { WorkerName } from '../../scripts/stack/build.ts';

stripEnvironment();

/** Every name under .localhost is this machine; Node's resolver does not know that, browsers do. */
const lookup: LookupFunction = (hostname, options, callback) => {
  void hostname;
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};
export const loopback = new Agent({ connect: { lookup }, bodyTimeout: 0, headersTimeout: 0 });

export type { RequestInit, Response };

let networks = 0;
/** A network that nobody else in this process has. */
export const newNetwork = (): string => `10.${++networks >> 16}.${(networks >> 8) & 255}.${networks & 255}`;

/**
 * A browser without pages: keeps cookies for the app's origin, and sends Origin with what changes state. Each comes from a
 * network of its own, as Cloudflare would say it; limits are counted by network.
 */
export class Client {
  readonly cookies = new Map<string, string>();
  readonly origin: string;
  network = newNetwork();
  constructor(origin: string) {
    this.origin = origin;
  }

  cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers as HeadersInit | undefined);
    if (!headers.has('cf-connecting-ip')) headers.set('cf-connecting-ip', this.network);
    const cookie = this.cookieHeader();
    if (cookie && !headers.has('cookie')) headers.set('cookie', cookie);
    const changes = !['GET', 'HEAD', undefined].includes(init.method?.toUpperCase());
    if (changes && !headers.has('origin')) headers.set('origin', this.origin);
    if (headers.get('origin') === '') headers.delete('origin');
    const response = await undiciFetch(new URL(path, this.origin), {
      redirect: 'manual',
      dispatcher: loopback,
      ...init,
      headers: [...headers],
    });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    return response;
  }

  /** Sends JSON. */
  async send(method: string, path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
    const headers = { 'content-type': 'application/json', ...(init.headers as Record<string, string> | undefined) };
    return await this.fetch(path, { ...init, method, headers, body: JSON.stringify(body) });
  }

  async json<T = Record<string, unknown>>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await this.fetch(path, init);
    if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Opens a WebSocket as a page of this origin would. */
  socket(path: string, headers: Record<string, string> = {}, protocols: string[] = []): WebSocket {
    const url = new URL(path, this.origin);
    url.protocol = 'ws:';
    return new WebSocket(url, {
      dispatcher: loopback,
      protocols,
      headers: { origin: this.origin, cookie: this.cookieHeader(), 'cf-connecting-ip': this.network, ...headers },
    });
  }

  /** Asks for a WebSocket and tells with which status that was answered; 101 is a yes. */
  async upgrade(path: string, headers: Record<string, string> = {}): Promise<number> {
    return await new Promise((resolve, reject) => {
      const asking = httpRequest(new URL(path, this.origin), {
        lookup,
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
          origin: this.origin,
          cookie: this.cookieHeader(),
          'cf-connecting-ip': this.network,
          ...headers,
        },
      });
      asking.on('upgrade', (_response, socket) => {
        socket.destroy();
        resolve(101);
      });
      asking.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asking.on('error', reject);
      asking.end();
    });
  }

  #keep(cookie: string): void {
    const [pair = '', ...attributes] = cookie.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    if (attributes.some((attribute) => attribute.toLowerCase() === 'max-age=0')) this.cookies.delete(name);
    else this.cookies.set(name, pair.slice(at + 1));
  }
}

/** Somebody who is signed in. */
export class Person extends Client {
  readonly email: string;
  constructor(origin: string, email: string) {
    super(origin);
    this.email = email;
  }
}

export interface Mail {
  to: string[];
  subject: string;
  text: string;
  html: string;
  at: string;
}

export interface TestStack {
  addresses: Addresses;
  stack: Stack;
  /** Everything the stack keeps on disk. */
  stateDir: string;
  anybody: Client;
  /** Signs somebody in with a code from the mail; a new address makes a new account. */
  person: (email?: string) => Promise<Person>;
  /** Somebody with a generated site of that name. */
  owner: (label: string, email?: string) => Promise<Person & { label: string; domain: string; siteId: string }>;
  /** The code in the newest mail to an address. */
  code: (email: string) => Promise<string>;
  mails: () => Promise<Mail[]>;
  /** The origin of a site, or of a version with `v--<id>`. */
  siteOrigin: (label: string) => string;
  db: () => Promise<D1Database>;
  bucket: () => Promise<R2Bucket>;
  sessions: () => Promise<KVNamespace>;
  /** Runs a worker's scheduled event. */
  scheduled: (worker: WorkerName) => Promise<void>;
  close: () => Promise<void>;
}

let people = 0;

export async function startTestStack(
  options: { agentStepMs?: number; settings?: Record<string, string>; openWeb?: OpenWeb; counted?: (point: Point) => void } = {},
): Promise<TestStack> {
  const stateDir = mkdtempSync(join(tmpdir(), 'vetka-test-'));
  const stack = await startStack({ port: 0, stateDir, agentStepMs: options.agentStepMs ?? 5, settings: options.settings ?? {},
    ...(options.openWeb === undefined ? {} : { openWeb: options.openWeb }),
    ...(options.counted === undefined ? {} : { counted: options.counted }),
  });
  const { addresses } = stack;
  const mails = async (): Promise<Mail[]> => (await (await undiciFetch(addresses.mail)).json()) as Mail[];

  const code = async (email: string): Promise<string> => {
    const mail = (await mails()).find((mail) => mail.to.includes(email));
    const found = /\b\d{6}\b/.exec(mail?.text ?? '')?.[0];
    if (!found) throw new Error(`no code in the mail to ${email}`);
    return found;
  };

  const person = async (email = `person-${++people}@example.test`): Promise<Person> => {
    const somebody = new Person(addresses.app, email);
    await expectOk(somebody.send('POST', '/api/auth/email-otp/send-verification-otp', { email, type: 'sign-in' }));
    await expectOk(somebody.send('POST', '/api/auth/sign-in/email-otp', { email, otp: await code(email) }));
    return somebody;
  };

  return {
    addresses,
    stack,
    stateDir,
    anybody: new Client(addresses.app),
    person,
    owner: async (label, email) => {
      const somebody = await person(email);
      const created = await expectOk(somebody.send('POST', '/api/sites', { kind: 'generated', label }));
      const site = (await created.json()) as { id: string; domain: string };
      return Object.assign(somebody, { label, domain: site.domain, siteId: site.id });
    },
    code,
    mails,
    siteOrigin: (label) => addresses.sites.replace('{label}', label),
    db: async () => (await stack.miniflare().getD1Database('DB', scriptName('api'))) as unknown as D1Database,
    bucket: async () => (await stack.miniflare().getR2Bucket('BUCKET', scriptName('deploy'))) as unknown as R2Bucket,
    sessions: async () =>
      (await stack.miniflare().getKVNamespace('SESSIONS', scriptName('api'))) as unknown as KVNamespace,
    scheduled: async (worker) => {
      const fetcher = await stack.miniflare().getWorker(scriptName(worker));
      await fetcher.scheduled({});
    },
    close: async () => {
      await stack.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

async function expectOk(pending: Promise<Response>): Promise<Response> {
  const response = await pending;
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
  return response;
}
