/** What tests of the openweb worker share: a stack on a web that the test plays, and time that passes when it is told to. */
import type { D1Database } from '@cloudflare/workers-types';
import { Response as WebResponse, type Request as WebRequest } from 'miniflare';
import { fetch as undiciFetch } from 'undici';
import { type TestStack, loopback, newNetwork, startTestStack } from './harness.ts';
import { Websites } from './open-web.ts';
import { Publishing, type Site } from './publishing.ts';

/** A request with a body that a website was sent. */
export interface Post {
  url: string;
  headers: Record<string, string>;
  body: string;
}

type Door = (post: Post) => WebResponse | Promise<WebResponse>;

export class World {
  readonly web = new Websites();
  readonly posts: Post[] = [];
  readonly #doors = new Map<string, Door>();
  stack!: TestStack;
  publishing!: Publishing;
  db!: D1Database;

  static async begin(settings: Record<string, string> = {}): Promise<World> {
    const world = new World();
    world.stack = await startTestStack({ settings, openWeb: async (request) => await world.#answer(request) });
    world.web.use(world.stack.stack.web);
    world.publishing = await Publishing.of(world.stack);
    world.db = await world.stack.db();
    return world;
  }

  async #answer(request: WebRequest): Promise<WebResponse> {
    if (request.method !== 'POST') return await this.web.openWeb(request);
    const post = { url: request.url, headers: Object.fromEntries(request.headers), body: await request.text() };
    this.posts.push(post);
    const door = this.#doors.get(request.url);
    return door === undefined ? new WebResponse('nobody is here', { status: 404 }) : await door(post);
  }

  /** Who answers what is sent to an address. */
  door(url: string, door: Door): void {
    this.#doors.set(url, door);
  }

  get app(): string {
    return this.stack.addresses.app;
  }

  /** A page of a site that is made here. */
  page(site: { label: string }, path = '/'): string {
    return `${this.stack.siteOrigin(site.label)}${path}`;
  }

  /** Somebody with a site that they can publish. */
  async owner(label: string) {
    const person = await this.stack.owner(label);
    const site: Site = { id: person.siteId, label, token: await this.publishing.token(person.siteId) };
    return { person, site };
  }

  /** A minute goes by. */
  async minute(): Promise<void> {
    await this.stack.scheduled('openweb');
  }

  /** As if the time that a row waits for had come. */
  async due(table: 'feed' | 'mention' | 'mention_sent' | 'home_look' | 'rel_me' | 'version_due'): Promise<void> {
    await this.db.prepare(`UPDATE ${table} SET due_at = 1 WHERE due_at IS NOT NULL`).run();
  }

  async rows<T = Record<string, unknown>>(sql: string, ...values: unknown[]): Promise<T[]> {
    return (await this.db.prepare(sql).bind(...values).all<T>()).results;
  }

  async row<T = Record<string, unknown>>(sql: string, ...values: unknown[]): Promise<T | null> {
    return await this.db.prepare(sql).bind(...values).first<T>();
  }

  async get(path: string, headers: Record<string, string> = {}, method = 'GET') {
    const answer = await undiciFetch(new URL(path, this.app), { dispatcher: loopback, redirect: 'manual', headers, method });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  /** Sends a form, as a program on the web would: without an Origin and without a cookie. */
  async form(path: string, fields: [string, string][], headers: Record<string, string> = {}) {
    return await this.post(path, new URLSearchParams(fields).toString(), { 'content-type': 'application/x-www-form-urlencoded', ...headers });
  }

  async post(path: string, body: string, headers: Record<string, string>) {
    const answer = await undiciFetch(new URL(path, this.app), { dispatcher: loopback, method: 'POST', headers: { 'cf-connecting-ip': newNetwork(), ...headers }, body });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  async tell(source: string, target: string) {
    return await this.form('/webmention', [['source', source], ['target', target]]);
  }

  async close(): Promise<void> {
    await this.stack.close();
  }
}
