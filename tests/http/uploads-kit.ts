/** What tests of publishing in several requests share: each request of the protocol, and all of it at once. */
import assert from 'node:assert/strict';
import { fetch as undiciFetch, type RequestInit, type Response } from 'undici';
import { type TestStack, loopback } from './harness.ts';
import { type Files, type Published, type Refusal, type Site, sha256 } from './publishing.ts';

export interface Begun {
  uploadId: string;
  missing: string[];
  expiresAt: string;
}

/** The request that lists files. */
export const list = (files: Files, more: object = {}): RequestInit => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    ...more,
    files: Object.entries(files).map(([path, content]) => ({ path, sha256: sha256(content), size: Buffer.byteLength(content) })),
  }),
});

export class Uploads {
  readonly #stack: TestStack;

  constructor(stack: TestStack) {
    this.#stack = stack;
  }

  at(path = ''): URL {
    return new URL(`/api/agent/deploy/uploads${path}`, this.#stack.addresses.app);
  }

  async ask(token: string, method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) };
    return await undiciFetch(this.at(path), { dispatcher: loopback, method, ...init, headers });
  }

  async begin(site: Site, files: Files, more: object = {}): Promise<Response> {
    return await this.ask(site.token, 'POST', '', list(files, more));
  }

  /** Begins, and throws unless that worked. */
  async begun(site: Site, files: Files, more: object = {}): Promise<Begun> {
    const response = await this.begin(site, files, more);
    assert.ok([200, 201].includes(response.status), `beginning answered ${response.status}`);
    return (await response.json()) as Begun;
  }

  async put(site: Site, id: string, content: string | Uint8Array, init: RequestInit = {}): Promise<Response> {
    return await this.ask(site.token, 'PUT', `/${id}/blobs/${sha256(content)}`, { body: content, ...init });
  }

  async putAll(site: Site, { uploadId, missing }: Begun, files: Files): Promise<void> {
    const byHash = new Map(Object.values(files).map((content) => [sha256(content), content]));
    for (const hash of missing) assert.equal((await this.put(site, uploadId, byHash.get(hash) ?? '')).status, 204);
  }

  async commit(site: Site, id: string): Promise<Response> {
    return await this.ask(site.token, 'POST', `/${id}/commit`);
  }

  async committed(site: Site, id: string): Promise<Published> {
    const response = await this.commit(site, id);
    if (response.status !== 201) throw new Error(`committing answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Published;
  }

  /** All of it at once. */
  async upload(site: Site, files: Files, more: object = {}): Promise<Published> {
    const one = await this.begun(site, files, more);
    await this.putAll(site, one, files);
    return await this.committed(site, one.uploadId);
  }
}

/** Expects a refusal in words. */
export async function refused(pending: Promise<Response>, status: number, code: string): Promise<Refusal & { missing?: string[] }> {
  const response = await pending;
  const refusal = (await response.json()) as Refusal;
  assert.deepEqual([response.status, refusal.code], [status, code], refusal.message);
  assert.match(refusal.message, /^[A-Z“].*\.$/);
  return refusal;
}

/** Waits for what happens after an answer. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < 600; n++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail('it never came to that');
}
