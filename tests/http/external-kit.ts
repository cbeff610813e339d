/** What tests of connected websites share: people with their tag, asking for a look, and connecting. */
import assert from 'node:assert/strict';
import { type Client, type Person, type Response, type TestStack } from './harness.ts';
import type { Websites } from './open-web.ts';

export interface Seen {
  domain: string;
  found: boolean;
  method: 'tag' | 'dns' | null;
  reason: string | null;
  message: string;
}
export interface Site {
  id: string;
  domain: string;
  kind: string;
  label: string | null;
  url: string;
  status: string;
  proof: { method: string; provedAt: string; missingSince: string | null; lostAt: string | null; formerDomain: string | null } | null;
}

/** Somebody with the tag that the page gives them, and the record. */
export type Owner = Person & { tag: string; key: string; record: string };

export const page = (head: string, body = ''): string => `<!doctype html><html><head><title>A site</title>${head}</head><body>${body}</body></html>`;

export class External {
  readonly #stack: TestStack;
  readonly #web: Websites;

  constructor(stack: TestStack, web: Websites) {
    this.#stack = stack;
    this.#web = web;
  }

  async check(client: Client, domain: string): Promise<Response> {
    return await client.fetch(`/api/notch/check?domain=${encodeURIComponent(domain)}`);
  }

  async see(client: Client, domain: string): Promise<Seen> {
    const answer = await this.check(client, domain);
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return JSON.parse(text) as Seen;
  }

  async connect(client: Client, domain: string): Promise<Response> {
    return await client.send('POST', '/api/sites', { kind: 'external', domain });
  }

  async somebody(): Promise<Owner> {
    const person = await this.#stack.person();
    const page = await (await person.fetch('/setup/script?domain=somewhere.example')).text();
    const text = page.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
    const tag = /<script async src="[^"]+\/notch\.js" data-vetka="(vt_[0-9a-f]{32})"><\/script>/.exec(text);
    assert.ok(tag?.[1], 'the page shows the tag');
    assert.ok(text.includes(`vetka-site-verification=${tag[1]}`), 'and the text of the record');
    assert.ok(tag[0].includes(`src="${this.#stack.addresses.app}/notch.js"`));
    return Object.assign(person, { tag: tag[0], key: tag[1], record: `vetka-site-verification=${tag[1]}` });
  }

  /** Somebody whose website is connected. */
  async connected(domain: string): Promise<Owner & { siteId: string; domain: string }> {
    const owner = await this.somebody();
    this.#web.site(domain, page(owner.tag));
    const answer = await this.connect(owner, domain);
    assert.equal(answer.status, 201, await answer.clone().text());
    return Object.assign(owner, { siteId: ((await answer.json()) as Site).id, domain });
  }

  async audit(client: Person): Promise<string[]> {
    const { results } = await (await this.#stack.db())
      .prepare('SELECT a.kind, a.subject FROM audit_event a JOIN user u ON u.id = a.user_id WHERE u.email = ?1 ORDER BY a.seq')
      .bind(client.email)
      .all<{ kind: string; subject: string }>();
    return results.filter(({ kind }) => /^(site|proof|domain)_/.test(kind)).map(({ kind, subject }) => `${kind} ${subject}`);
  }

  async sql(text: string, ...values: unknown[]): Promise<void> {
    await (await this.#stack.db()).prepare(text).bind(...values).run();
  }

  async row(id: string): Promise<Record<string, unknown> | null> {
    return await (await this.#stack.db()).prepare('SELECT * FROM site WHERE id = ?1').bind(id).first();
  }
}
