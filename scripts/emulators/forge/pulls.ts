// Pull requests: opening, listing, reading and changing them, and saying what one thinks of them.

import type { JsonObject } from '../agents/checks.ts';
import { mayWrite, needCaller, readable, sees, type Caller } from './access.ts';
import { oneOf, optionalFlag, optionalText } from './checks.ts';
import { apiOf, commitView, fileView } from './commit-views.ts';
import { diffText, patchText } from './diff.ts';
import { forbidden, notFound, unprocessable, validation, type Detail } from './errors.ts';
import { networkEnv, now, touch, type Forge } from './forge.ts';
import { bytes, created, listed, ok, pageLinks, pageOf, param, type Call, type Reply, type Route } from './http.ts';
import { mergeBase, missingFrom, readCommits, readRef } from './objects.ts';
import { pullContent, pullDetail, pullView, reviewView } from './pull-views.ts';
import { permits } from './scopes.ts';
import { keepHead } from './settle.ts';
import type { Pull, Repository, Review } from './types.ts';

const wrong = (field: string, code: Detail['code']): Error => validation({ resource: 'PullRequest', field, code });
const custom = (message: string): Error => validation({ resource: 'PullRequest', code: 'custom', message });
const REVIEWS = { APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED', COMMENT: 'COMMENTED' } as const;

/** The pull request that the path names. */
export function pullOf(forge: Forge, call: Call, repository: Repository): Pull {
  const number = Number(param(call, 'number'));
  const pull = forge.store.pull(repository, number);
  if (pull === undefined) throw notFound();
  return pull;
}

export function pullRoutes(forge: Forge): Route[] {
  const { git, store } = forge;
  const tipOf = async (repository: Repository, branch: string): Promise<string | null> => await readRef(git, store.folderOf(repository), `refs/heads/${branch}`);

  /** Where a head is: `branch` here, or `owner:branch` in a repository of the same network. */
  function headOf(call: Call, repository: Repository, head: string, name: string | undefined): { repository: Repository; ref: string } | null {
    const colon = head.indexOf(':');
    if (colon < 0) return { repository, ref: head };
    const owner = head.slice(0, colon).toLowerCase();
    const candidates = store.network(repository).filter((other) => other.owner.toLowerCase() === owner && sees(forge, call.caller, other));
    const wanted = name?.split('/').at(-1)?.toLowerCase();
    const found = wanted === undefined ? (candidates.find(({ id }) => id === repository.id) ?? candidates[0]) : candidates.find((other) => other.name.toLowerCase() === wanted);
    return found === undefined ? null : { repository: found, ref: head.slice(colon + 1) };
  }

  function fieldsOf(body: JsonObject) {
    const [title, head, base] = [optionalText(body, 'title', 256), optionalText(body, 'head', 300), optionalText(body, 'base', 300)];
    const missing = [['title', title?.trim()], ['head', head], ['base', base]].filter(([, value]) => !value).map(([field]) => ({ resource: 'PullRequest', field: String(field), code: 'missing_field' as const }));
    if (missing.length > 0) throw validation(...missing);
    return { title: title ?? '', head: head ?? '', base: base ?? '', text: optionalText(body, 'body', 65_536) ?? null, draft: optionalFlag(body, 'draft') === true, maintainers: optionalFlag(body, 'maintainer_can_modify') ?? false };
  }

  async function open(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const caller = needCaller(call);
    if (!permits(caller.scopes, 'repo', 'public_repo')) throw notFound();
    if (repository.archived) throw forbidden('Repository was archived so is read-only.');
    const body = await call.json();
    const wanted = fieldsOf(body);
    const head = headOf(call, repository, wanted.head, optionalText(body, 'head_repo'));
    const headTip = head === null ? null : await tipOf(head.repository, head.ref);
    if (head === null || headTip === null) throw wrong('head', 'invalid');
    const baseTip = await tipOf(repository, wanted.base);
    if (baseTip === null) throw wrong('base', 'invalid');
    if (!mayWrite(forge, caller, head.repository)) throw forbidden('You must have write access to the head branch of a pull request.');
    if (wanted.draft && !repository.drafts) throw unprocessable('Draft pull requests are not supported in this repository.');

    const [folder, env] = [store.folderOf(repository), networkEnv(forge, repository)];
    const isSame = head.repository.id === repository.id && head.ref === wanted.base;
    if (!isSame && (await mergeBase(git, folder, baseTip, headTip, env)) === null) throw custom(`The ${wanted.base} branch has no history in common with ${wanted.head}`);
    if (isSame || (await missingFrom(git, folder, baseTip, headTip, env)).length === 0) throw custom(`No commits between ${wanted.base} and ${wanted.head}`);
    // From here to the entry in the list nothing waits: of two that come at once, one is told of the other.
    const twin = store.pullsOf(repository).find((pull) => pull.state === 'open' && pull.base.ref === wanted.base && pull.head.repository === head.repository.id && pull.head.ref === head.ref);
    if (twin !== undefined) throw custom(`A pull request already exists for ${head.repository.owner}:${head.ref}.`);
    const at = now(forge);
    const pull: Pull = {
      id: store.newId(), number: repository.nextNumber, repository: repository.id, title: wanted.title, body: wanted.text, author: caller.user.login, state: 'open', draft: wanted.draft,
      head: { repository: head.repository.id, owner: head.repository.owner, ref: head.ref, sha: headTip }, base: { ref: wanted.base, sha: baseTip },
      maintainerCanModify: wanted.maintainers && head.repository.id !== repository.id, reviews: [], createdAt: at, updatedAt: at, closedAt: null, mergedAt: null, mergedBy: null, mergeCommit: null,
    };
    repository.nextNumber += 1;
    store.state.pulls.push(pull);
    await keepHead(forge, repository, pull, headTip);
    touch(forge, repository, false);
    return created(await pullDetail(forge, repository, pull, caller, call.version), `${apiOf(forge, repository)}/pulls/${pull.number}`);
  }

  function list(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const { query } = call;
    const state = query.get('state') ?? 'open';
    if (!['open', 'closed', 'all'].includes(state)) throw validation({ resource: 'Issue', field: 'state', code: 'invalid' });
    const [head, base] = [query.get('head'), query.get('base')];
    const found = store.pullsOf(repository).filter((pull) =>
      (state === 'all' || pull.state === state) && (base === null || pull.base.ref === base)
      // Without an owner in front GitHub takes it for no filter at all.
      && (head === null || !head.includes(':') || `${pull.head.owner.toLowerCase()}:${pull.head.ref}` === `${head.slice(0, head.indexOf(':')).toLowerCase()}${head.slice(head.indexOf(':'))}`));
    const key = query.get('sort') === 'updated' ? (pull: Pull) => pull.updatedAt : (pull: Pull) => pull.createdAt;
    const direction = query.get('direction') ?? (query.has('sort') ? 'asc' : 'desc');
    found.sort((one, other) => key(one).localeCompare(key(other)) || one.number - other.number);
    if (direction !== 'asc') found.reverse();
    return listed(call, found, (pull) => pullView(forge, repository, pull, call.caller, call.version));
  }

  async function read(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const pull = pullOf(forge, call, repository);
    const folder = store.folderOf(repository);
    if (call.media === 'patch') return bytes(await patchText(git, folder, pull.base.sha, pull.head.sha), 'application/vnd.github.patch; charset=utf-8');
    if (call.media === 'diff') {
      const common = (await mergeBase(git, folder, pull.base.sha, pull.head.sha)) ?? pull.base.sha;
      return bytes(await diffText(git, folder, common, pull.head.sha), 'application/vnd.github.diff; charset=utf-8');
    }
    return ok(await pullDetail(forge, repository, pull, call.caller, call.version));
  }

  /** May change it: whoever wrote it, and those who may push. */
  function changeable(call: Call): { repository: Repository; pull: Pull; caller: Caller } {
    const repository = readable(forge, call);
    const caller = needCaller(call);
    const pull = pullOf(forge, call, repository);
    if (!permits(caller.scopes, 'repo', 'public_repo')) throw notFound();
    if (pull.author !== caller.user.login && !mayWrite(forge, caller, repository)) throw forbidden('Must have push access to the repository, or have opened the pull request.');
    if (repository.archived) throw forbidden('Repository was archived so is read-only.');
    return { repository, pull, caller };
  }

  async function change(call: Call): Promise<Reply> {
    const { repository, pull, caller } = changeable(call);
    const body = await call.json();
    const [title, state, base] = [optionalText(body, 'title', 256), oneOf(optionalText(body, 'state'), ['open', 'closed'], 'state'), optionalText(body, 'base', 300)];
    if (title?.trim() === '') throw wrong('title', 'missing_field');
    const maintainers = optionalFlag(body, 'maintainer_can_modify');
    const written = 'body' in body ? (optionalText(body, 'body', 65_536) ?? null) : pull.body;
    const head = store.repositoryById(pull.head.repository);
    const [baseTip, headTip] = [await tipOf(repository, base ?? pull.base.ref), head === undefined ? null : await tipOf(head, pull.head.ref)];
    if (base !== undefined && (baseTip === null || pull.state === 'closed')) throw wrong('base', 'invalid');
    if (base !== undefined && base !== pull.base.ref && baseTip !== null && (await missingFrom(git, store.folderOf(repository), baseTip, pull.head.sha)).length === 0) throw custom(`There are no new commits between base branch '${base}' and head branch '${pull.head.ref}'`);
    if (state === 'open' && pull.state === 'closed') {
      if (pull.mergedAt !== null) throw wrong('state', 'invalid');
      if (headTip === null || baseTip === null) throw custom(`state cannot be changed. The ${pull.head.ref} branch has been deleted.`);
      const twin = store.pullsOf(repository).some((other) => other !== pull && other.state === 'open' && other.base.ref === pull.base.ref && other.head.repository === pull.head.repository && other.head.ref === pull.head.ref);
      if (twin) throw custom('state cannot be changed. There is already an open pull request for this branch.');
      await keepHead(forge, repository, pull, headTip);
      Object.assign(pull, { state: 'open', closedAt: null });
      pull.head.sha = headTip;
    }
    if (state === 'closed' && pull.state === 'open') Object.assign(pull, { state: 'closed', closedAt: now(forge) });
    if (pull.state === 'open' && baseTip !== null) pull.base = { ref: base ?? pull.base.ref, sha: baseTip };
    Object.assign(pull, { title: title ?? pull.title, body: written, maintainerCanModify: maintainers ?? pull.maintainerCanModify, updatedAt: now(forge) });
    store.save();
    return ok(await pullDetail(forge, repository, pull, caller, call.version));
  }

  async function files(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const pull = pullOf(forge, call, repository);
    const found = (await pullContent(forge, repository, pull)).files.slice(0, 3000);
    return await listed(call, found, (file) => fileView(forge, repository, file, pull.head.sha));
  }

  async function commits(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const pull = pullOf(forge, call, repository);
    const all = (await missingFrom(git, store.folderOf(repository), pull.base.sha, pull.head.sha)).slice(0, 250);
    const at = pageOf(call);
    const shown = await readCommits(git, store.folderOf(repository), all.slice((at.page - 1) * at.perPage, at.page * at.perPage));
    return { status: 200, body: shown.map((commit) => commitView(forge, repository, commit)), headers: pageLinks(call, all.length, at) };
  }

  async function review(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const { user, scopes } = needCaller(call);
    const pull = pullOf(forge, call, repository);
    if (!permits(scopes, 'repo', 'public_repo')) throw notFound();
    const body = await call.json();
    const event = oneOf(optionalText(body, 'event'), ['APPROVE', 'REQUEST_CHANGES', 'COMMENT'], 'event');
    if (event === undefined) throw unprocessable('Pending reviews are not supported here: give an event.');
    if (user.login === pull.author && event !== 'COMMENT') throw unprocessable(`Review Can not ${event === 'APPROVE' ? 'approve' : 'request changes on'} your own pull request`);
    const written = optionalText(body, 'body', 65_536) ?? '';
    if (event !== 'APPROVE' && written.trim() === '') throw unprocessable('Review body is required.');
    const made: Review = { id: store.newId(), user: user.login, state: REVIEWS[event], body: written, commit: pull.head.sha, submittedAt: now(forge) };
    pull.reviews.push(made);
    store.save();
    return ok(reviewView(forge, repository, pull, made));
  }

  const [scopes, at] = [['repo'], '/repos/:owner/:repo/pulls'];
  return [
    { method: 'POST', path: at, endpoint: 'pulls.create', scopes, handle: open },
    { method: 'GET', path: at, endpoint: 'pulls.list', scopes, handle: list },
    { method: 'GET', path: `${at}/:number`, endpoint: 'pulls.get', scopes, handle: read },
    { method: 'PATCH', path: `${at}/:number`, endpoint: 'pulls.update', scopes, handle: change },
    { method: 'GET', path: `${at}/:number/files`, endpoint: 'pulls.listFiles', scopes, handle: files },
    { method: 'GET', path: `${at}/:number/commits`, endpoint: 'pulls.listCommits', scopes, handle: commits },
    { method: 'POST', path: `${at}/:number/reviews`, endpoint: 'pulls.createReview', scopes, handle: review },
    {
      method: 'GET', path: `${at}/:number/reviews`, endpoint: 'pulls.listReviews', scopes,
      handle(call) {
        const repository = readable(forge, call);
        const pull = pullOf(forge, call, repository);
        return listed(call, pull.reviews, (entry) => reviewView(forge, repository, pull, entry));
      },
    },
  ];
}
