// The pages for a person: what repositories there are, what is in them, and a pull request with its difference.
// Nothing can be changed here. A private repository is shown to those who may see it, and does not exist for others.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { html, type Markup } from '../agents/demo/html.ts';
import { changedFiles, diffText, patchText } from './diff.ts';
import { ApiError, notFound } from './errors.ts';
import type { Forge } from './forge.ts';
import { frame } from './frame.ts';
import { readBody } from './http.ts';
import { pathParts } from './names.ts';
import { entryAt, listRefs, mergeBase, missingFrom, readBlob, readCommit, readCommits, readTree, resolve } from './objects.ts';
import { blobPage, commitPage, comparePage, homePage, pullPage, repositoryPage, treePage, visitorForm } from './page-parts.ts';
import { blockedBy, mergeability } from './pull-state.ts';
import { pullContent } from './pull-views.ts';
import type { Repository, User } from './types.ts';
import { answerPage, isForeign, userCookie, userOf } from './visitor.ts';

const MAX_SHOWN = 1024 * 1024;
const SVG = /^\/([^/]+)\.svg$/;

interface Shown {
  title: string;
  body: Markup;
}

export class Pages {
  readonly #forge: Forge;

  constructor(forge: Forge) {
    this.#forge = forge;
  }

  async handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const visitor = userOf(this.#forge, request);
    if (path === '/session' && request.method === 'POST') return await this.#become(request, response);
    const face = SVG.exec(path)?.[1];
    if (face !== undefined) return this.#face(response, face);
    const top = visitorForm(this.#forge.store.state.users, visitor);
    try {
      if (request.method !== 'GET' && request.method !== 'HEAD') throw notFound();
      const parts = decoded(path);
      const raw = await this.#raw(parts, visitor);
      if (raw !== null) {
        response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'; sandbox", 'cache-control': 'no-store' });
        return void response.end(raw);
      }
      const { title, body } = await this.#page(parts, visitor);
      answerPage(response, 200, frame(title, body, { top }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const body = error.status === 404 ? html`<h1>There is nothing here</h1><p>Or nothing that you may see: choose above who you are.</p>` : html`<h1>This cannot be shown</h1><p>${error.message}</p>`;
      answerPage(response, error.status, frame('Not here', body, { top }));
    }
  }

  /** Chooses who looks at the pages; nobody, when the name is empty. */
  async #become(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isForeign(request)) throw new ApiError(403, 'This form was sent from another website.');
    const login = this.#forge.store.user(new URLSearchParams((await readBody(request, 10_000)).toString('utf8')).get('login') ?? '')?.login ?? '';
    response.writeHead(303, { location: '/', 'set-cookie': userCookie(login) });
    response.end();
  }

  /** A face of letters, for those who have no other. */
  #face(response: ServerResponse, name: string): void {
    const login = this.#forge.store.user(name)?.login ?? this.#forge.store.organization(name)?.login ?? '?';
    const hue = [...login].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7);
    const { html: svg } = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="hsl(${hue} 45% 40%)"/><text x="32" y="43" font-family="sans-serif" font-size="32" text-anchor="middle" fill="#fff">${login.slice(0, 1).toUpperCase()}</text></svg>`;
    response.writeHead(200, { 'content-type': 'image/svg+xml', 'content-security-policy': "default-src 'none'", 'cache-control': 'public, max-age=3600' });
    response.end(svg);
  }

  #repository(owner: string | undefined, name: string | undefined, visitor: User | null): Repository {
    const repository = this.#forge.store.repository(owner ?? '', (name ?? '').replace(/\.git$/, ''));
    if (repository === undefined || this.#forge.store.permission(repository, visitor?.login ?? null) === null) throw notFound();
    return repository;
  }

  /** What is answered as plain text: a raw file, and a pull request's difference. */
  async #raw([owner, name, kind, ...rest]: string[], visitor: User | null): Promise<Buffer | null> {
    const { git, store } = this.#forge;
    const [, number, form] = kind === 'pull' && rest.length === 1 ? (/^(\d+)\.(diff|patch)$/.exec(rest[0] ?? '') ?? []) : [];
    if (number === undefined && kind !== 'raw') return null;
    const repository = this.#repository(owner, name, visitor);
    const folder = store.folderOf(repository);
    if (number === undefined) {
      const { commit, parts } = await this.#place(repository, rest);
      const entry = parts.length === 0 ? null : await entryAt(git, folder, commit, parts);
      const content = entry?.type === 'blob' ? await readBlob(git, folder, entry.sha) : null;
      if (content === null) throw notFound();
      return content;
    }
    const pull = store.pull(repository, Number(number));
    if (pull === undefined) throw notFound();
    if (form === 'patch') return await patchText(git, folder, pull.base.sha, pull.head.sha);
    return await diffText(git, folder, (await mergeBase(git, folder, pull.base.sha, pull.head.sha)) ?? pull.base.sha, pull.head.sha);
  }

  /** Splits `feat/x/src/a.js` into a branch (or tag, or commit) and a path: the longest name that there is. */
  async #place(repository: Repository, rest: string[]): Promise<{ ref: string; commit: string; parts: string[] }> {
    for (let length = Math.min(rest.length, 12); length > 0; length--) {
      const ref = rest.slice(0, length).join('/');
      const commit = await resolve(this.#forge.git, this.#forge.store.folderOf(repository), ref);
      const parts = pathParts(rest.slice(length).join('/'));
      if (commit !== null && parts !== null) return { ref, commit, parts };
    }
    throw notFound();
  }

  async #page([owner, name, kind, ...rest]: string[], visitor: User | null): Promise<Shown> {
    const { store } = this.#forge;
    if (name === undefined) {
      if (owner !== undefined && (store.user(owner) ?? store.organization(owner)) === undefined) throw notFound();
      const seen = store.state.repositories.filter((repository) => store.permission(repository, visitor?.login ?? null) !== null);
      const shown = owner === undefined ? seen : seen.filter((repository) => repository.owner.toLowerCase() === owner.toLowerCase());
      return { title: owner ?? 'The forge', body: homePage(shown, owner) };
    }
    const repository = this.#repository(owner, name, visitor);
    const full = `${repository.owner}/${repository.name}`;
    if (kind === undefined || kind === 'pulls' || kind === 'branches') return { title: full, body: await this.#overview(repository) };
    if (kind === 'pull') return await this.#pull(repository, rest, visitor);
    if (kind === 'commit' || kind === 'compare') return { title: full, body: await this.#changes(repository, kind, rest) };
    if (kind === 'tree' || kind === 'blob') return { title: `${rest.at(-1) ?? ''} · ${full}`, body: await this.#file(repository, rest) };
    throw notFound();
  }

  async #overview(repository: Repository): Promise<Markup> {
    const { git, store } = this.#forge;
    const folder = store.folderOf(repository);
    const tip = await resolve(git, folder, repository.defaultBranch);
    const entries = tip === null ? [] : ((await readTree(git, folder, tip)) ?? []);
    const branches = (await listRefs(git, folder, 'refs/heads/')).map(({ ref }) => ref.slice('refs/heads/'.length));
    return repositoryPage(this.#forge.url, repository, entries, branches, store.pullsOf(repository).reverse(), store.repositoryById(repository.parent));
  }

  async #pull(repository: Repository, rest: string[], visitor: User | null): Promise<Shown> {
    const { git, store } = this.#forge;
    const pull = /^\d+$/.test(rest[0] ?? '') && rest.length === 1 ? store.pull(repository, Number(rest[0])) : undefined;
    if (pull === undefined) throw notFound();
    const { commits, files } = await pullContent(this.#forge, repository, pull);
    const found = pull.state === 'open' ? mergeability(this.#forge, repository, pull) : null;
    const block = pull.state === 'open' ? await blockedBy(this.#forge, repository, pull, visitor?.login ?? '') : null;
    const read = await readCommits(git, store.folderOf(repository), commits.slice(0, 250));
    return { title: `${pull.title} · #${pull.number}`, body: pullPage(repository, pull, read, files, { mergeable: found?.mergeable ?? null, blocked: block?.why ?? null }) };
  }

  async #changes(repository: Repository, kind: 'commit' | 'compare', rest: string[]): Promise<Markup> {
    const { git, store } = this.#forge;
    const folder = store.folderOf(repository);
    const [left = '', right] = kind === 'compare' ? rest.join('/').split('...') : [rest.join('/')];
    const first = await resolve(git, folder, left);
    if (first === null) throw notFound();
    if (right === undefined) {
      const commit = await readCommit(git, folder, first);
      return commitPage(repository, commit, await changedFiles(git, folder, commit.parents[0] ?? null, first));
    }
    const second = await resolve(git, folder, right);
    const common = second === null ? null : await mergeBase(git, folder, first, second);
    if (second === null || common === null) throw notFound();
    const commits = await readCommits(git, folder, (await missingFrom(git, folder, first, second)).slice(0, 250));
    return comparePage(repository, left, right, commits, await changedFiles(git, folder, common, second));
  }

  async #file(repository: Repository, rest: string[]): Promise<Markup> {
    const { git, store } = this.#forge;
    const folder = store.folderOf(repository);
    const { ref, commit, parts } = await this.#place(repository, rest);
    const entry = parts.length === 0 ? null : await entryAt(git, folder, commit, parts);
    if (parts.length > 0 && entry === null) throw notFound();
    if (entry === null || entry.type === 'tree') return treePage(repository, ref, parts, (await readTree(git, folder, entry?.sha ?? commit)) ?? []);
    const content = entry.type === 'blob' && (entry.size ?? 0) <= MAX_SHOWN ? await readBlob(git, folder, entry.sha) : null;
    const isText = content !== null && !content.subarray(0, 8000).includes(0);
    return blobPage(repository, ref, parts, isText ? content.toString('utf8') : null, entry.size ?? 0);
  }
}

function decoded(path: string): string[] {
  try {
    return path.split('/').filter((part) => part !== '').map(decodeURIComponent);
  } catch {
    throw notFound();
  }
}
