// The forge's own door, which GitHub does not have: what a test, or a person at this machine, sets up. A page of
// another origin is not let in: it could have any folder of this machine taken in.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isObject, type JsonObject } from '../agents/checks.ts';
import { optionalFlag, optionalText, text } from './checks.ts';
import { ApiError, notFound, unprocessable } from './errors.ts';
import { parseFaults } from './faults.ts';
import type { Forge } from './forge.ts';
import { parseJson, readBody } from './http.ts';
import { normalized } from './scopes.ts';
import { protection, takeIn, type RepositorySource } from './taking-in.ts';
import { issue, revoke } from './tokens.ts';
import { PERMISSIONS, type Permission, type Protection, type Repository } from './types.ts';
import { repositoryView } from './views.ts';

const RULES: readonly string[] = ['requiredReviews', 'requiredChecks', 'strict', 'enforceAdmins', 'allowForcePushes', 'allowDeletions'];
const SOURCE: readonly string[] = ['owner', 'name', 'path', 'private', 'description', 'defaultBranch', 'collaborators', 'protections', 'drafts', 'deleteBranchOnMerge'];

function onlyKnown(body: JsonObject, known: readonly string[]): void {
  const unknown = Object.keys(body).find((key) => !known.includes(key));
  if (unknown !== undefined) throw unprocessable(`${unknown} is not known here. Known: ${known.join(', ')}.`);
}

/** Reads rules of which some may be left out. */
function parseRules(raw: unknown): Partial<Protection> {
  if (!isObject(raw)) throw unprocessable('The rules of a branch are an object.');
  onlyKnown(raw, RULES);
  const { requiredReviews, requiredChecks, ...flags } = raw;
  if (requiredReviews !== undefined && !(Number.isInteger(requiredReviews) && Number(requiredReviews) >= 0 && Number(requiredReviews) <= 6)) throw unprocessable('requiredReviews: expected 0 to 6.');
  if (requiredChecks !== undefined && !(Array.isArray(requiredChecks) && requiredChecks.every((entry) => typeof entry === 'string'))) throw unprocessable('requiredChecks: expected texts.');
  for (const key of Object.keys(flags)) optionalFlag(raw, key);
  return raw as Partial<Protection>;
}

function parseSource(body: JsonObject): RepositorySource {
  onlyKnown(body, SOURCE);
  const [collaborators, protections] = [body['collaborators'] ?? {}, body['protections'] ?? {}];
  if (!isObject(collaborators) || !Object.values(collaborators).every((entry) => PERMISSIONS.includes(entry as Permission))) throw unprocessable(`collaborators: expected one of ${PERMISSIONS.join(', ')} for each login.`);
  if (!isObject(protections)) throw unprocessable('protections: expected rules for each branch.');
  const given = { path: optionalText(body, 'path'), private: optionalFlag(body, 'private'), description: optionalText(body, 'description'), defaultBranch: optionalText(body, 'defaultBranch'), drafts: optionalFlag(body, 'drafts'), deleteBranchOnMerge: optionalFlag(body, 'deleteBranchOnMerge') };
  return {
    owner: text(body, 'owner'), name: text(body, 'name'),
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<RepositorySource>),
    collaborators: collaborators as Record<string, Permission>,
    protections: Object.fromEntries(Object.entries(protections).map(([branch, rules]) => [branch, parseRules(rules)])),
  };
}

function named(forge: Forge, body: JsonObject): Repository {
  const [owner = '', name = ''] = text(body, 'repository').split('/');
  const repository = forge.store.repository(owner, name);
  if (repository === undefined) throw notFound();
  return repository;
}

type Door = (forge: Forge, body: JsonObject) => object | Promise<object>;

const DOORS: Readonly<Record<string, Door>> = {
  /** A new repository, empty or from a folder of this machine. */
  async 'POST repositories'(forge, body) {
    const source = parseSource(body);
    if (forge.store.repository(source.owner, source.name) !== undefined) throw unprocessable(`${source.owner}/${source.name} is there already.`);
    const made = await takeIn(forge, source).catch((error: unknown) => {
      throw unprocessable(error instanceof Error ? error.message : String(error));
    });
    return repositoryView(forge, made, null, true);
  },
  'GET repositories': (forge) => ({ repositories: forge.store.state.repositories.map((repository) => repositoryView(forge, repository, null)) }),
  /** `{repository, branch, rules}`; without rules the branch is free again. */
  'POST protections'(forge, body) {
    onlyKnown(body, ['repository', 'branch', 'rules']);
    const [repository, branch] = [named(forge, body), text(body, 'branch')];
    if (body['rules'] === undefined || body['rules'] === null) delete repository.protections[branch];
    else repository.protections = { ...repository.protections, [branch]: protection(parseRules(body['rules'])) };
    forge.store.save();
    return { protections: repository.protections };
  },
  /** `{login, scopes}`: a token without a browser. */
  'POST tokens'(forge, body) {
    onlyKnown(body, ['login', 'scopes', 'clientId']);
    const user = forge.store.user(text(body, 'login'));
    if (user === undefined) throw notFound();
    const scopes: unknown = body['scopes'] ?? [];
    if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === 'string')) throw unprocessable('scopes: expected texts.');
    const wanted = normalized(scopes);
    return { token: issue(forge, user.login, optionalText(body, 'clientId') ?? 'door', wanted, false).token, scopes: wanted };
  },
  /** `{token}` or `{login}`: what was given out is good no more. */
  'DELETE tokens'(forge, body) {
    onlyKnown(body, ['login', 'token']);
    const [login, token] = [optionalText(body, 'login'), optionalText(body, 'token')];
    const one = token === undefined ? undefined : forge.store.token(token);
    return { revoked: revoke(forge, (other) => other === one || (login !== undefined && other.login === login)) };
  },
  'POST faults'(forge, body) {
    onlyKnown(body, ['requests']);
    const faults = parseFaults(body['requests']);
    for (const fault of faults) forge.faults.add(fault);
    return { requests: faults };
  },
  'DELETE faults'(forge) {
    forge.faults.clear();
    return { requests: [] };
  },
};

/** Answers `/_emulator/…`. */
export async function control(forge: Forge, request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  if (request.headers.origin !== undefined) throw new ApiError(403, 'This door is for programs on this machine, not for websites.');
  const name = `${request.method ?? ''} ${path.slice('/_emulator/'.length)}`;
  const door = Object.hasOwn(DOORS, name) ? DOORS[name] : undefined;
  if (door === undefined) throw notFound();
  const answer = await door(forge, parseJson(await readBody(request)));
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(answer));
}
