/** Teams in the browser tests: people who sign in there, GitHub's page, and rows that only a running session would write. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import type { Person, TestStack } from '../http/harness.ts';
import { pick } from '../http/identity-kit.ts';
import { newId } from '../http/publishing.ts';

/** The model's service, as far as it says whether a key is good. */
export async function keyChecker(isGood: (key: string) => boolean): Promise<{ url: string; close: () => void }> {
  const server: Server = createServer((request, response) => {
    const good = isGood(String(request.headers['x-api-key']));
    response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' });
    response.end(good ? '{"data":[]}' : '{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Signs in where the dialog stands open, with the code from the mail. */
export async function signInHere(page: Page, stack: TestStack, email: string): Promise<void> {
  await page.getByLabel('Your e-mail address').fill(email);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await page.getByLabel('The code from the mail').waitFor();
  await page.getByLabel('The code from the mail').fill(await stack.code(email));
  // The dialog may send a complete code by itself; a person who presses the button does no harm.
  await page.getByRole('button', { name: 'Sign in' }).last().click({ timeout: 2_000 }).catch(() => undefined);
}

/** Connects GitHub without looking at it. */
export async function connectGithub(person: Person, login: string): Promise<void> {
  const away = await person.fetch('/api/v1/auth/github');
  const back = await pick(new URL(away.headers.get('location') ?? ''), login);
  assert.equal((await person.fetch(back.pathname + back.search)).status, 303);
}

export async function insertProject(stack: TestStack, orgId: string, name: string, status: string): Promise<string> {
  const id = newId();
  await (await stack.db())
    .prepare(
      `INSERT INTO project (id, organization_id, name, repository, repository_url, default_branch, preview_port, model, template_status, created_at, updated_at)
       VALUES (?1, ?2, ?3, 'ann-ash/harbor-bakery', 'https://github.test/ann-ash/harbor-bakery', 'main', 3000, 'claude-sonnet-5', ?4, ?5, 0)`,
    )
    .bind(id, orgId, name, status, Date.now())
    .run();
  return id;
}

export interface SessionRow {
  orgId: string;
  projectId: string;
  userId: string | null;
  title: string;
  status: string;
  outcome?: string;
  minutes?: number;
  cost?: number;
}

export async function insertSession(stack: TestStack, row: SessionRow): Promise<string> {
  const [id, at] = [newId(), Date.now() - 3_600_000];
  await (await stack.db())
    .prepare(
      `INSERT INTO work_session (id, organization_id, project_id, user_id, title, branch, status, outcome, pr_url, cost, started_at, ended_at)
       VALUES (?1, ?2, ?3, ?4, ?5, 'vendi/session-x', ?6, ?7, ?8, ?9, ?10, ?11)`,
    )
    .bind(id, row.orgId, row.projectId, row.userId, row.title, row.status, row.outcome ?? null,
      row.outcome === 'PR_CREATED' ? 'https://github.test/ann-ash/harbor-bakery/pull/1' : null, row.cost ?? 0, at,
      row.minutes === undefined ? null : at + row.minutes * 60_000)
    .run();
  return id;
}
