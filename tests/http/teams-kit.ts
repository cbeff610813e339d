/** Organizations and the people in them, for tests. */
import assert from 'node:assert/strict';
import type { Person, TestStack } from './harness.ts';
import { pick } from './identity-kit.ts';

export interface Organization {
  id: string;
  name: string;
  slug: string;
  role: 'ADMIN' | 'MEMBER';
  memberCount: number;
  monthlyBudgetUsd: number | null;
}

export interface Refusal {
  code: string;
  message: string;
}

/** Asks with JSON, and expects a status. */
export async function answered<T = Refusal>(person: Person, status: number, method: string, path: string, body?: unknown): Promise<T> {
  const response = body === undefined ? await person.fetch(path, { method }) : await person.send(method, path, body);
  const text = await response.text();
  assert.equal(response.status, status, `${method} ${path}: ${text}`);
  return (text === '' ? {} : JSON.parse(text)) as T;
}

export async function organization(admin: Person, name = 'Harbor Works'): Promise<Organization> {
  return await answered<Organization>(admin, 201, 'POST', '/api/v1/orgs', { name });
}

/** Invites somebody by their address and has them accept. */
export async function join(admin: Person, orgId: string, person: Person, role: 'ADMIN' | 'MEMBER' = 'MEMBER'): Promise<void> {
  const { url } = await answered<{ url: string }>(admin, 201, 'POST', `/api/v1/orgs/${orgId}/invites`, { email: person.email, role });
  await answered(person, 200, 'POST', `/api/v1/orgs/invites/${tokenOf(url)}/accept`);
}

/** Connects GitHub as a browser does; gives where that ends. */
export async function connect(person: Person, login: string, next = '/orgs'): Promise<string> {
  const away = await person.fetch(`/api/v1/auth/github?next=${encodeURIComponent(next)}`);
  assert.equal(away.status, 303);
  const back = await pick(new URL(away.headers.get('location') ?? ''), login);
  const answer = await person.fetch(back.pathname + back.search);
  assert.equal(answer.status, 303, await answer.text());
  return answer.headers.get('location') ?? '';
}

export const tokenOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

/** The account's id, as the database has it. */
export async function userId(stack: TestStack, person: Person): Promise<string> {
  const row = await (await stack.db()).prepare('SELECT id FROM user WHERE email = ?1').bind(person.email).first<{ id: string }>();
  assert.ok(row);
  return row.id;
}
