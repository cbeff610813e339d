/** What tests of publishing and serving share: sites and tokens made straight in the database, and a publisher. */
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { D1Database, R2Bucket } from '@cloudflare/workers-types';
import { fetch as undiciFetch, type RequestInit, type Response } from 'undici';
import { loopback, type TestStack } from './harness.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

export const newId = (): string => [...randomBytes(24)].map((byte) => ALPHABET[byte & 31]).join('');
export const base64 = (content: string | Uint8Array): string => Buffer.from(content).toString('base64');
export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

export interface Site {
  id: string;
  label: string;
  token: string;
}

export type Files = Record<string, string | Uint8Array>;

/** What publishing answers. */
export interface Published {
  snapshotId: string;
  url: string;
  previewUrl: string;
  fileCount: number;
  byteSize: number;
  message: string;
  live: boolean;
  warnings: { file: string; line: number; message: string }[];
}

/** A refusal in the one shape that all have. */
export interface Refusal {
  code: string;
  message: string;
  path?: string;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

let sites = 0;

export class Publishing {
  readonly #stack: TestStack;
  readonly db: D1Database;
  readonly bucket: R2Bucket;

  private constructor(stack: TestStack, db: D1Database, bucket: R2Bucket) {
    this.#stack = stack;
    this.db = db;
    this.bucket = bucket;
  }

  static async of(stack: TestStack): Promise<Publishing> {
    return new Publishing(stack, await stack.db(), await stack.bucket());
  }

  /** A generated site with an owner and a token that lasts. */
  async site(label = `site-${++sites}-${newId().slice(0, 6)}`): Promise<Site> {
    const now = Date.now();
    const [user, id] = [newId(), newId()];
    await this.db.batch([
      this.db
        .prepare('INSERT INTO user (id, email, created_at, updated_at) VALUES (?1, ?2, ?3, ?3)')
        .bind(user, `${user}@example.test`, now),
      this.db
        .prepare(
          `INSERT INTO site (id, domain, user_id, kind, subdomain, created_at, updated_at)
           VALUES (?1, ?2, ?3, 'generated', ?4, ?5, ?5)`,
        )
        .bind(id, new URL(this.#stack.siteOrigin(label)).hostname, user, label, now),
    ]);
    return { id, label, token: await this.token(id) };
  }

  async token(site: string, expiresAt = Date.now() + 7_200_000): Promise<string> {
    const token = `vdt_${randomBytes(32).toString('base64url')}`;
    await this.db
      .prepare('INSERT INTO deploy_token (id, site_id, token_hash, expires_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5)')
      .bind(newId(), site, sha256(token), expiresAt, Date.now())
      .run();
    return token;
  }

  /** Asks the deploy route with any body. */
  async post(token: string | undefined, body: string | Uint8Array | ReadableStream, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers({ 'content-type': 'application/json', ...(init.headers as Record<string, string>) });
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    return await undiciFetch(new URL('/api/agent/deploy', this.#stack.addresses.app), {
      dispatcher: loopback,
      method: 'POST',
      ...init,
      headers: [...headers],
      body,
    });
  }

  /** Announces a body of some length and never sends it. */
  async announce(token: string, length: number): Promise<{ status: number; text: string }> {
    const app = new URL(this.#stack.addresses.app);
    return await new Promise((resolve, reject) => {
      const asking = request({
        host: '127.0.0.1',
        port: app.port,
        path: '/api/agent/deploy',
        method: 'POST',
        headers: {
          host: app.host,
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-length': length,
        },
      });
      asking.on('error', reject);
      asking.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          asking.destroy();
          resolve({ status: response.statusCode ?? 0, text });
        });
      });
      asking.flushHeaders();
    });
  }

  async send(token: string | undefined, files: Files, more: object = {}): Promise<Response> {
    const list = Object.entries(files).map(([path, content]) => ({ path, contentBase64: base64(content) }));
    return await this.post(token, JSON.stringify({ files: list, ...more }));
  }

  /** Publishes, and throws unless that worked. */
  async publish(site: Site, files: Files, more: object = {}): Promise<Published> {
    const response = await this.send(site.token, files, more);
    if (response.status !== 201) throw new Error(`publishing answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Published;
  }

  /** Asks the deploy worker as another worker does. */
  async internal(method: string, path: string, body?: object): Promise<{ status: number; json: unknown }> {
    const worker = await this.#stack.stack.miniflare().getWorker('vetka-deploy');
    const response = await worker.fetch(`http://deploy.internal${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    });
    const text = await response.text();
    return { status: response.status, json: text ? (JSON.parse(text) as unknown) : undefined };
  }

  async restore(site: Site, snapshotId: string, expectedLive?: string | null) {
    const body = expectedLive === undefined ? { snapshotId } : { snapshotId, expectedLive };
    return await this.internal('POST', `/sites/${site.id}/restore`, body);
  }

  /** Looks at a site as a browser does; `reload` as one whose reload button was pressed. */
  async get(label: string, path = '/', init: RequestInit & { reload?: boolean } = {}): Promise<Answer> {
    const { reload, ...rest } = init;
    const headers = {
      // Lengths are of the file itself, not of what the runtime makes of it on the way.
      'accept-encoding': 'identity',
      ...(reload ? { 'cache-control': 'no-cache' } : {}),
      ...(rest.headers as Record<string, string>),
    };
    const response = await undiciFetch(this.#stack.siteOrigin(label) + path, {
      dispatcher: loopback,
      redirect: 'manual',
      ...rest,
      headers,
    });
    return { status: response.status, headers: response.headers as unknown as Headers, text: await response.text() };
  }

  /** Everything that is stored about a site, to see that a refusal changed nothing. */
  async everything(site: Site): Promise<string> {
    const rows = await this.db.prepare('SELECT * FROM site_snapshot WHERE site_id = ?1').bind(site.id).all();
    const row = await this.db.prepare('SELECT * FROM site WHERE id = ?1').bind(site.id).first();
    return JSON.stringify([rows.results, row, await this.keys('')]);
  }

  async keys(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.bucket.list({ prefix, ...(cursor ? { cursor } : {}) });
      keys.push(...page.objects.map((object) => `${object.key} ${object.etag}`));
      cursor = page.truncated ? page.cursor : undefined;
    } while (cursor);
    return keys;
  }

  async live(site: Site): Promise<string | null> {
    const row = await this.db
      .prepare('SELECT live_snapshot_id AS live FROM site WHERE id = ?1')
      .bind(site.id)
      .first<{ live: string | null }>();
    return row?.live ?? null;
  }
}
