/** Where pages of sessions come from, for tests: the stack, with an organization, a project and somebody in it. */
import type { BrowserContext } from 'playwright-core';
import { type Person, startTestStack } from '../http/harness.ts';
import { organization, userId } from '../http/teams-kit.ts';
import { signInAs } from './browser.ts';

export interface Home {
  app: string;
  /** A new session, and a browser signed in as somebody who may see it. */
  open(context: BrowserContext, person?: Person): Promise<{ id: string; preview: string; viewer: { id: string; name: string } }>;
  /** Somebody who is in no organization. */
  stranger: Person;
  close(): Promise<void>;
}

/** Sessions are written straight into the database: nothing stands behind these but a script. */
export async function sessionHome(): Promise<Home> {
  const stack = await startTestStack();
  const [admin, stranger] = [await stack.person(), await stack.person()];
  const db = await stack.db();
  const { id: org } = await organization(admin, 'Harbor Works');
  const viewer = { id: await userId(stack, admin), name: 'Ann Ode' };
  const now = Date.now();
  await db
    .prepare("INSERT INTO project (id, organization_id, name, repository, repository_url, default_branch, preview_port, model, created_at, updated_at) VALUES (?1, ?2, 'Harbor Bakery', 'harbor/bakery', 'https://forge.example.test/harbor/bakery', 'main', 3000, 'claude-sonnet-4-5', ?3, ?3)")
    .bind('p'.repeat(24), org, now)
    .run();
  let sessions = 0;
  return {
    app: stack.addresses.app,
    stranger,
    async open(context, person = admin) {
      const id = `s${String((sessions += 1)).padStart(23, '0')}`;
      await db
        .prepare("INSERT INTO work_session (id, organization_id, project_id, user_id, branch, status, started_at) VALUES (?1, ?2, ?3, ?4, 'vendi/session-x', 'RUNNING', ?5)")
        .bind(id, org, 'p'.repeat(24), viewer.id, now)
        .run();
      await signInAs(context, stack, person);
      const preview = new URL(stack.addresses.app);
      preview.hostname = `${id}.preview.${preview.hostname}`;
      return { id, preview: preview.origin, viewer };
    },
    close: () => stack.close(),
  };
}
