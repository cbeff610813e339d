// Files by their path: reading them, and writing one at a time as a commit.

import { isObject } from '../agents/checks.ts';
import { readable, writable, type Caller } from './access.ts';
import { optionalText, text } from './checks.ts';
import { apiOf, gitCommitView, pageOf } from './commit-views.ts';
import { ApiError, notFound, unprocessable, validation } from './errors.ts';
import { touch, type Forge } from './forge.ts';
import { isExempt, missingChecks, reviewsWanted } from './guard.ts';
import { bytes, ok, param, type Call, type Reply, type Route } from './http.ts';
import { commitTree, moveRef, NO_COMMIT } from './merging.ts';
import { isBranchName, pathParts } from './names.ts';
import { entryAt, readBlob, readCommit, readRef, readTree, resolve, type Signature, type TreeEntry } from './objects.ts';
import { permits } from './scopes.ts';
import { settle } from './settle.ts';
import { withIndex } from './index-file.ts';
import { rulesOf } from './store.ts';
import type { Repository } from './types.ts';
import { inPath } from './views.ts';

const MEGABYTE = 1024 * 1024;
const MAX_ENTRIES = 1000;

/** Base64 in lines of sixty, as GitHub writes it. */
const inLines = (content: Buffer): string => content.toString('base64').replace(/.{1,60}/g, '$&\n');

function kindOf(entry: TreeEntry): 'file' | 'dir' | 'symlink' | 'submodule' {
  if (entry.type === 'tree') return 'dir';
  if (entry.type === 'commit') return 'submodule';
  return entry.mode === '120000' ? 'symlink' : 'file';
}

function entryView(forge: Forge, repository: Repository, entry: TreeEntry, path: string, ref: string): Record<string, unknown> {
  const [api, page] = [apiOf(forge, repository), pageOf(forge, repository)];
  const kind = kindOf(entry);
  const url = `${api}/contents/${inPath(path)}?ref=${encodeURIComponent(ref)}`;
  const html = `${page}/${kind === 'dir' ? 'tree' : 'blob'}/${inPath(ref)}/${inPath(path)}`;
  const object = `${api}/git/${kind === 'dir' ? 'trees' : 'blobs'}/${entry.sha}`;
  return {
    name: path.split('/').at(-1) ?? '', path, sha: entry.sha, size: entry.size ?? 0, url, html_url: html, git_url: object,
    download_url: kind === 'file' ? `${page}/raw/${inPath(ref)}/${inPath(path)}` : null, type: kind, _links: { self: url, git: object, html },
  };
}

export function contentRoutes(forge: Forge): Route[] {
  const { git, store } = forge;

  async function read(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const folder = store.folderOf(repository);
    const ref = call.query.get('ref') ?? repository.defaultBranch;
    const parts = pathParts(call.params['path'] ?? '');
    if (parts === null) throw notFound();
    const commit = await resolve(git, folder, ref);
    if (commit === null) throw new ApiError(404, call.query.has('ref') ? `No commit found for the ref ${ref.slice(0, 255)}` : 'This repository is empty.');
    const path = parts.join('/');
    const entry = parts.length === 0 ? null : await entryAt(git, folder, commit, parts);
    if (parts.length > 0 && entry === null) throw notFound();
    if (entry === null || entry.type === 'tree') {
      const entries = (await readTree(git, folder, entry?.sha ?? commit)) ?? [];
      const shown = entries.slice(0, MAX_ENTRIES).map((child) => entryView(forge, repository, child, [...parts, child.path].join('/'), ref));
      return ok(call.media === 'object' ? { type: 'dir', path, sha: entry?.sha ?? commit, entries: shown } : shown);
    }
    const view = entryView(forge, repository, entry, path, ref);
    if (entry.type === 'commit') return ok({ ...view, submodule_git_url: null });
    if ((entry.size ?? 0) > 100 * MEGABYTE) throw new ApiError(403, 'This API returns blobs up to 100 MB in size.');
    const content = await readBlob(git, folder, entry.sha);
    if (content === null) throw notFound();
    if (call.media === 'raw') return bytes(content, 'application/vnd.github.raw+json; charset=utf-8');
    if (view['type'] === 'symlink') return ok({ ...view, target: content.toString('utf8') });
    return ok(content.length > MEGABYTE ? { ...view, encoding: 'none', content: '' } : { ...view, encoding: 'base64', content: inLines(content) });
  }

  function signatureOf(value: unknown, field: string, otherwise: Signature): Signature {
    if (value === undefined || value === null) return otherwise;
    if (!isObject(value)) throw unprocessable(`Invalid request.\n\nFor 'properties/${field}', it is not an object.`);
    const date = Date.parse(optionalText(value, 'date') ?? '');
    return { name: text(value, 'name', 200), email: text(value, 'email', 200), at: Number.isNaN(date) ? otherwise.at : Math.floor(date / 1000) };
  }

  /** What both ways of changing a file have in common: where, on top of what, by whom. */
  async function target(call: Call) {
    const { repository, caller } = writable(forge, call);
    const body = call.request.method === 'DELETE' && call.query.has('sha') ? Object.fromEntries(call.query) : await call.json();
    const folder = store.folderOf(repository);
    const path = param(call, 'path');
    const parts = pathParts(path);
    if (parts === null || parts.length === 0) throw unprocessable('path contains a malformed path component');
    const message = text(body, 'message');
    const branch = optionalText(body, 'branch', 255) ?? repository.defaultBranch;
    if (!isBranchName(branch)) throw new ApiError(404, `Branch ${branch.slice(0, 255)} not found`);
    const tip = await readRef(git, folder, `refs/heads/${branch}`);
    // An empty repository gets its first branch by its first file.
    if (tip === null && (await resolve(git, folder, 'HEAD')) !== null) throw new ApiError(404, `Branch ${branch} not found`);
    // For these a token without the scope has nothing here, says GitHub.
    if (parts.slice(0, 2).join('/').toLowerCase() === '.github/workflows' && !permits(caller.scopes, 'workflow')) throw notFound();
    const at = Math.floor(forge.clock() / 1000);
    const self: Signature = { name: caller.user.name, email: caller.user.email, at };
    const committer = signatureOf(body['committer'], 'committer', self);
    const author = signatureOf(body['author'], 'author', body['committer'] === undefined ? self : committer);
    const entry = tip === null ? null : await entryAt(git, folder, tip, parts);
    return { repository, caller, body, folder, parts, path: parts.join('/'), message, branch, tip, author, committer, entry };
  }

  type Target = Awaited<ReturnType<typeof target>>;

  function checkRules(repository: Repository, caller: Caller, branch: string): void {
    const rules = rulesOf(repository, branch);
    if (rules === undefined || isExempt(forge, repository, rules, caller.user.login)) return;
    // A commit that does not exist yet has passed no check.
    const [check] = missingChecks(repository, rules, NO_COMMIT);
    const why = rules.requiredReviews > 0 ? reviewsWanted(rules.requiredReviews) : check === undefined ? null : `Required status check "${check}" is expected.`;
    if (why !== null) throw new ApiError(409, `Could not update file: ${why}`);
  }

  /** Writes the commit, and moves the branch. */
  async function commit({ repository, caller, folder, path, message, branch, tip, author, committer }: Target, line: string): Promise<string> {
    checkRules(repository, caller, branch);
    const tree = await withIndex(forge, repository, tip, `${line}\t${path}\0`);
    if (tree === null) throw unprocessable('path contains a malformed path component');
    const sha = await commitTree(git, folder, tree, tip === null ? [] : [tip], message, author, committer);
    if (!(await moveRef(git, folder, `refs/heads/${branch}`, sha, tip ?? NO_COMMIT))) throw new ApiError(409, `${branch} has moved meanwhile: is no longer at ${tip ?? 'nothing'}`);
    touch(forge, repository, true);
    await settle(forge, repository, caller.user.login);
    return sha;
  }

  async function write(call: Call): Promise<Reply> {
    const found = await target(call);
    const { repository, folder, entry, path, parts, branch, body } = found;
    const encoded = text(body, 'content', 140 * MEGABYTE).replace(/\s+/g, '');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded) || encoded.length % 4 === 1) throw unprocessable('content is not valid Base64');
    const sha = optionalText(body, 'sha');
    for (let above = parts.length - 1; above > 0 && found.tip !== null && entry === null; above--) {
      // git would put the folder in the place of the file.
      const parent = await entryAt(git, folder, found.tip, parts.slice(0, above));
      if (parent !== null && parent.type !== 'tree') throw unprocessable(`${parent.path} is a file`);
    }
    if (entry !== null && entry.type !== 'blob') throw unprocessable(`${path} is a directory`);
    if (entry !== null && sha === undefined) throw unprocessable('Invalid request.\n\n"sha" wasn\'t supplied.');
    if (sha !== undefined && sha !== entry?.sha) throw new ApiError(409, `${path} does not match ${sha.slice(0, 64)}`);
    const blob = await git.text(folder, ['hash-object', '-w', '--stdin'], { input: Buffer.from(encoded, 'base64') });
    const made = await commit(found, `${entry?.mode ?? '100644'} ${blob}`);
    const now = await entryAt(git, folder, made, parts);
    const view = now === null ? null : entryView(forge, repository, now, path, branch);
    return { status: entry === null ? 201 : 200, body: { content: view, commit: gitCommitView(forge, repository, await readCommit(git, folder, made)) } };
  }

  async function remove(call: Call): Promise<Reply> {
    const found = await target(call);
    const { repository, folder, entry, path, body } = found;
    const sha = text(body, 'sha');
    if (entry === null) throw notFound();
    if (entry.type !== 'blob') throw validation({ resource: 'Content', field: 'path', code: 'invalid' });
    if (sha !== entry.sha) throw new ApiError(409, `${path} does not match ${sha.slice(0, 64)}`);
    const made = await commit(found, `0 ${NO_COMMIT}`);
    return ok({ content: null, commit: gitCommitView(forge, repository, await readCommit(git, folder, made)) });
  }

  const scopes = ['repo'];
  return [
    { method: 'GET', path: '/repos/:owner/:repo/contents', endpoint: 'repos.getContent', scopes, handle: read },
    { method: 'GET', path: '/repos/:owner/:repo/contents/*path', endpoint: 'repos.getContent', scopes, handle: read },
    { method: 'PUT', path: '/repos/:owner/:repo/contents/*path', endpoint: 'repos.createOrUpdateFileContents', scopes, handle: write },
    { method: 'DELETE', path: '/repos/:owner/:repo/contents/*path', endpoint: 'repos.deleteFile', scopes, handle: remove },
  ];
}
